"""What drift says, and what it draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from analytics.drift import charts, measures, tables, words
from analytics.drift.results import Course, Day, Distribution, Drift
from analytics.scope import Scope
from analytics.warehouse import Reader

CUT = datetime(2026, 9, 30, tzinfo=UTC)
REFERENCE, CURRENT = Scope("m", "1", until=CUT), Scope("m", "1", since=CUT)


@pytest.fixture(scope="module")
def found(reader: Reader) -> Drift:
    """The drift of the stream."""
    return measures.drift(reader, REFERENCE, CURRENT).result


def only(d: Drift, *columns: str, **change: object) -> Drift:
    """Some columns alone, each changed."""
    return replace(d, columns=tuple(replace(c, **change) for c in d.columns if c.column in columns))


def of(d: Drift, column: str) -> Distribution:
    """One column."""
    return next(c for c in d.columns if c.column == column)


def test_the_headline_names_what_moved(found: Drift) -> None:
    assert words.headline(found) == "Traffic has changed: “few”, “method”, “moved” moved beyond chance, of 7 columns."
    assert words.headline(only(found, "f.constant", "f.many")) == "No change beyond chance in any of 2 columns."
    assert words.headline(only(found, "score", psi_by_chance=0.0)) == "The score has moved beyond chance, but little."
    assert words.headline(only(found, "score")) == "No change beyond chance in the score."
    open_ = only(found, "score", "f.few", psi_by_chance=None)
    assert words.headline(open_) == "How far 2 columns moved is told; whether by more than chance is not."


def test_an_empty_window_says_so(reader: Reader) -> None:
    gone = Scope("m", "1", since=CUT + timedelta(days=900))
    d = measures.drift(reader, REFERENCE, gone).result
    assert words.headline(d) == "There are no rows in the window."
    assert words.moved(d)[0] == "What chance alone does cannot be told"
    assert charts.moved(d.ranked()).data[1].x == ()


def test_what_moved_stands_first(found: Drift) -> None:
    ranked = [c.column for c in found.ranked()]
    assert set(ranked[:3]) == {"f.moved", "f.few", "f.method"}
    fig = charts.moved(found.ranked())
    assert list(fig.layout.yaxis.ticktext[:3]) == [words.name(c) for c in ranked[:3]]
    by_chance, at = fig.data
    first = found.ranked()[0]
    assert first.psi.value is not None
    assert at.x[0] ** 2 == pytest.approx(first.psi.value)
    assert by_chance.x[0] ** 2 == pytest.approx(first.psi_by_chance)


def test_the_base_says_what_is_compared_and_what_chance_does(found: Drift) -> None:
    base = words.base(found, "UTC")
    assert base.startswith("since 30 Sep against everything until 29 Sep · 2,000 events against 4,000.")
    assert base.endswith("Of 7 columns that do not change, about 0.4 would still lie beyond chance.")
    assert "only its score" in words.base(only(found, "score"), "UTC")


def test_shares_are_drawn_as_they_are(found: Drift) -> None:
    d = of(found, "f.few")
    then, now = charts.shape(d).data
    assert sum(then.y) == pytest.approx(1)
    assert sum(now.y) == pytest.approx(1)
    names = charts.shape(d).layout.xaxis.ticktext
    assert "0" in names, "a bin of one value has its name"
    assert not [name for name in names if name.split(" – ") in ([x, x] for x in name.split(" – "))]
    finding, note = words.shape(d)
    assert finding == "few: moved beyond chance"
    assert "lie where the reference has none" in note
    assert "Without a value: 5" in words.shape(of(found, "f.moved"))[1]


def test_hostile_values_are_defused_in_pictures(found: Drift) -> None:
    fig = charts.shape(of(found, "f.method"))
    texts = [*fig.layout.xaxis.ticktext, *(c[0] for trace in fig.data for c in trace.customdata)]
    assert any("patch" in t for t in texts)
    assert not any("'" in t for t in texts)


def test_the_course_tells_since_when(reader: Reader) -> None:
    c = measures.course(reader, REFERENCE, CURRENT, "f.few").result
    assert [d.inside for d in c.days if d.date < CUT.date()] == ["reference"] * 60
    assert [d.inside for d in c.days if d.date >= CUT.date()] == ["window"] * 30
    assert words.course(c)[0] == "few is otherwise every day since 30 Sep"
    assert len(tables.days(c)) == 90


def test_gaps_and_days_of_few_rows_are_no_figures() -> None:
    start = date(2026, 9, 1)
    days = [
        Day(start, 500, 0.01, "reference"),
        Day(start + timedelta(1), 0, None, "reference"),
        Day(start + timedelta(2), 3, None, ""),
        Day(start + timedelta(3), 500, 0.5, "window"),
        Day(start + timedelta(4), 500, 0.0, "window"),
    ]
    c = Course("f.x", tuple(days), 0.1)
    finding, note = words.course(c)
    assert finding == "1 of 2 days of the window lie beyond what single days do by chance"
    assert note.endswith("Gaps, without rows: 2 Sep.")
    line = charts.course(c).data[0]
    assert [None if y is None or np.isnan(y) else y for y in line.y] == [0.01, None, None, 0.5, 0.0]
    assert words.course(replace(c, psi_by_chance=None))[0] == "x day by day"


def test_tables_hold_every_column_and_bin(found: Drift) -> None:
    table = tables.columns(found)
    assert table["column"].tolist() == [c.column for c in found.ranked()]
    assert table["beyond chance"].sum() == 3
    d = of(found, "f.moved")
    assert tables.bins(d)["current"].sum() == d.current.known


def test_scores_that_move_alone_are_told_as_scores(found: Drift) -> None:
    """What is scored is as it was: a scale that was changed without a word, say."""
    alone = of(only(found, "score", psi=of(found, "f.moved").psi, psi_by_chance=0.0), "score")
    still = only(found, "f.constant", "f.many").columns
    assert words.headline(replace(found, columns=(alone, *still))) == (
        "The scores have changed, what is scored has not: of 2 other columns none moved much."
    )
    both = words.headline(replace(found, columns=(alone, of(found, "f.moved"))))
    assert both.startswith("Traffic has changed: ")
