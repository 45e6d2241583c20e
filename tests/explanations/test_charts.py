"""Pictures of explanations: everything that moved the score is in them, and text does nothing."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from analytics import numbers
from analytics.explanations import charts, tables, words
from analytics.explanations.results import Background, Contribution, Explanation
from analytics.look import label

DAY = datetime(2026, 11, 1, tzinfo=UTC)
HOSTILE = "<b>x</b>\u202e${7*7}%{y}\x00'"


def of_text(payload: str, values: list[float], rest: float = 0.0, others: float = 0.0) -> Explanation:
    """An explanation of a text whose pieces are single characters."""
    pieces = tuple(Contribution(c, "payload", v, 1.0, 0.1, 0.1, 0.1) for c, v in zip(payload, values, strict=True) if v)
    return Explanation(
        model_id="m", model_version="1", event_id="e", raised=(), lowered=(), others=0.0, rest=rest, base=-1.0,
        output=-1.0 + sum(values) + rest + others, unit="log-odds", score=0.5, stored_score=0.5, threshold=0.4,
        threshold_output=-0.4, method="exact", n_background=200, background=Background(200, DAY, DAY), residual=0.0,
        error=0.0, values=tuple(values), marks=(), pieces=pieces, caveats=(), sentence="Because.",
    )  # fmt: skip


@pytest.mark.parametrize("n", [3, 40])
def test_the_bars_add_up_to_what_moved_the_output(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n).tolist()
    e = of_text("".join(chr(97 + i % 26) for i in range(n)), values, rest=0.4, others=-0.2)
    (bars,) = charts.moved(e).data
    assert sum(bars.x) == pytest.approx(e.output - e.base)
    assert len(bars.x) <= 2 * charts.MOST + 2
    assert "what ordinary texts have and this one lacks" in charts.moved(e).layout.yaxis.ticktext


def test_where_scores_are_rounded_parts_are_shares_that_tell_no_sum() -> None:
    e = of_text("abc", [3.0, -1.0, 0.5], rest=0.5)

    def drawn() -> tuple[list[float], list[str], np.ndarray, str | None]:
        numbers.tell_exactly(False)
        (bars,) = charts.moved(e).data
        heat = charts.marked("abc", e).data[0]
        return list(bars.x), [d[2] for d in bars.customdata], np.asarray(heat.z)[0, :3], heat.hovertemplate

    x, told, shade, hover = copy_context().run(drawn)
    assert (x, told) == ([60.0, 10.0, -20.0, 10.0], ["+60 %", "+10 %", "-20 %", "+10 %"])
    assert shade.tolist() == [1, pytest.approx(-1 / 3), pytest.approx(1 / 6)] and hover is None
    assert copy_context().run(lambda: (numbers.tell_exactly(False), words.base(e))[1]) == (
        "From the mean of 200 ordinary rows to this one, in log-odds."
    )


def test_every_character_is_drawn_defused_with_its_value() -> None:
    e = of_text(HOSTILE, [float(i) for i in range(len(HOSTILE))])
    heat, text = charts.marked(HOSTILE, e).data
    assert list(text.text) == [label(c) for c in HOSTILE]
    assert not any(set(t) & set("<>$%{}'") for t in text.text)
    drawn = np.asarray(heat.z, dtype=float).ravel()
    assert drawn[: len(HOSTILE)].tolist() == list(e.values)
    assert np.isnan(drawn[len(HOSTILE) :]).all()
    names = charts.moved(e).layout.yaxis.ticktext
    assert not any(set(n) & set("<>$%{}'") for n in names)


def test_a_long_text_is_drawn_from_its_start() -> None:
    n = 5_000
    heat, text = charts.marked("a" * n, of_text("a" * n, [0.0] * n)).data
    assert len(text.text) == charts.WIDE * charts.LINES
    assert np.asarray(heat.z).shape == (charts.LINES, charts.WIDE)
    charts.marked("", of_text("", []))


def test_what_was_seen_stands_beside_what_is_usual() -> None:
    seen = (
        Contribution("log(peers + 0.001)", "f.peers", 0.4, 1200.0, 34.6, 5.0, 80.0),
        Contribution("unknown", "f.unknown", 0.3, 1.0, float("nan"), float("nan"), float("nan")),
        Contribution("protocol", "f.protocol", 0.1, *[float("nan")] * 4, word="udp\u202e", usual_word="tcp"),
    )
    low = (Contribution("share_of_digits", "f.share_of_digits", -0.9, -0.5, 0.25, 0.0, 0.5),)
    table = tables.usual(replace(of_text("", []), raised=seen, lowered=low))
    assert table.to_numpy().tolist() == [
        ["share of digits", "-0.5", "0.25", "0 and 0.5"],
        ["peers", "1,200", "34.6", "5 and 80"],
        ["protocol", "udp⟨U+202E⟩", "tcp", ""],
    ]
    assert tables.usual(of_text("abc", [1.0, 2.0, 3.0])).empty, "pieces of a text are drawn"
