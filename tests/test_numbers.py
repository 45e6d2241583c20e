"""Short counts by hand and by property; the other figures are tested where they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.numbers import edge, figures_of_band, short

UNITS = {"k": 1e3, "M": 1e6, "bn": 1e9}


def read(text: str) -> float:
    """The number that a reader takes from the text."""
    number, _, unit = text.replace(",", "").partition(" ")
    return float(number) * UNITS.get(unit, 1)


@pytest.mark.parametrize(
    ("n", "figures", "said"),
    [
        (0, 3, "0"), (0.4, 3, "0.4"), (0.04, 3, "0.04"),
        (-0.012, 2, "-0.01"), (1, 3, "1"), (9.96, 3, "10"), (80.6, 3, "81"), (999.6, 3, "1,000"),
        (2894, 3, "2,890"), (9994, 3, "9,990"), (9996, 3, "10.0 k"), (271_400, 3, "271 k"), (271_400, 2, "270 k"),
        (59_460_000, 3, "59.5 M"), (999_600, 3, "1.00 M"), (1_118_000_000, 3, "1.12 bn"),
        (999_600_000, 3, "1.00 bn"), (897_120_000, 2, "900 M"), (45_083_173, 2, "45 M"), (4.5e12, 3, "4,500 bn"),
        (-1234.0, 3, "-1,230"), (-59_460_000, 3, "-59.5 M"),
    ],
)  # fmt: skip
def test_by_hand(n: float, figures: int, said: str) -> None:
    assert short(n, figures) == said


COUNTS = st.floats(0.05, 1e13)


@given(COUNTS, st.sampled_from([2, 3]))
def test_within_half_of_the_last_figure(n: float, figures: int) -> None:
    allowed = max(0.5 * 10.0 ** (1 - figures) * n * 1.1, 0.051 if n < 10 else 0.51 if n < 1e4 else 0)
    assert abs(read(short(n, figures)) - n) <= allowed


@given(COUNTS, COUNTS, st.sampled_from([2, 3]))
def test_never_less_for_more(a: float, b: float, figures: int) -> None:
    low, high = sorted((a, b))
    assert read(short(low, figures)) <= read(short(high, figures))


@given(COUNTS, st.sampled_from([2, 3]))
def test_the_sign_is_kept(n: float, figures: int) -> None:
    assert short(-n, figures) == f"-{short(n, figures)}"


@pytest.mark.parametrize(
    ("band", "beside", "said"),
    [
        ((0.112345, 0.437261, 0.912345), None, ["0.1", "0.4", "0.9"]),
        ((0.871234, 0.890001, 0.912345), None, ["0.87", "0.89", "0.91"]),
        ((0.412345, 0.5, 0.978123), None, ["0.41", "0.5", "0.98"]),  # not to 1
        ((0.5, 0.971234567, 1.0), None, ["0.5", "0.97", "1"]),
        ((0.0, 0.000123456, 0.000456789), None, ["0", "0.0001", "0.0005"]),
        ((0.614111, 0.7, 0.912345), 0.61, ["0.614", "0.7", "0.912"]),  # 0.61 lies outside
        ((0.614111, 0.7, 0.912345), 0.612345, ["0.614", "0.7", "0.912"]),
        ((0.614111, 0.7, 0.912345), 0.614111, ["0.6", "0.7", "0.9"]),  # its own end
        ((0.1234561, 0.1234562, 0.1234563), None, ["0.123456"] * 3),  # six are the most
    ],
)  # fmt: skip
def test_a_band_of_scores_has_as_many_figures_as_tell_it(
    band: tuple[float, float, float], beside: float | None, said: list[str]
) -> None:
    figures = figures_of_band(*band, beside)
    assert [edge(x, figures) for x in band] == said


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (1e-7, "0.0000001"), (1.234567e-7, "0.000000123457"), (0.00001, "0.00001"), (2e-10, "2e-10"), (0.25, "0.25"),
        (0, "0"), (1, "1"), (0.99999999, "0.99999999"),
    ],
)  # fmt: skip
def test_a_small_score_is_written_out(score: float, said: str) -> None:
    assert edge(score) == said
