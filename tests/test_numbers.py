"""Short counts by hand and by property; the other figures are tested where they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.numbers import short

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
