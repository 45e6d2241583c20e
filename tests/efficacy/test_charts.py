"""Figures hold what the results hold: read from the traces, not from pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.efficacy import charts, charts_by
from analytics.efficacy.results import Confusion, Curves, Efficacy, ScoreHistogram, Week
from analytics.efficacy.words_confusion import Cell
from analytics.results import Estimate

EMPTY = pd.DataFrame({"reason": [], "rows": [], "represented": []})
NO_DATA = Estimate(None, None, None, 0, quality="no_data")


def estimate(value: float) -> Estimate:
    """An estimate with an interval of ten points."""
    return Estimate(value, value - 0.05, value + 0.05, 100)


def fine_bins() -> pd.DataFrame:
    """The 1/1000 grid with log-spaced edges inside both end cells."""
    ends = np.unique(np.r_[np.geomspace(1e-9, 1e-3, 100), np.arange(2, 1000) / 1000, 1 - np.geomspace(1e-3, 1e-9, 100)])
    low, high = np.r_[0, ends], np.r_[ends, 1]
    n = len(low)
    return pd.DataFrame(
        {"low": low, "high": high, "volume": np.arange(n) + 0.5, "attacks": np.arange(n) % 3, "benign": 1}
    )


def bars(fig, name: str):
    """The bars of one row of the histogram."""
    return next(t for t in fig.data if t.name == name)


def test_histogram_keeps_every_row_and_every_event() -> None:
    bins = fine_bins()
    fig = charts.histogram(ScoreHistogram(bins, EMPTY, 0.5))
    for name, column in (("labelled attacks", "attacks"), ("labelled benign", "benign"), ("all traffic", "volume")):
        drawn = bars(fig, name)
        assert len(drawn.y) == charts.BINS
        assert sum(drawn.y**2) == pytest.approx(bins[column].sum())
        assert sum(row[2] for row in drawn.customdata) == pytest.approx(bins[column].sum())


def test_histogram_puts_a_score_into_the_bar_that_covers_it() -> None:
    low = [0.0, 0.02, 0.04, 0.14, 0.28, 0.56, 0.58, 0.98]  # multiples of a bar whose floats fall either side
    bins = pd.DataFrame({"low": low, "high": [x + 0.001 for x in low], "volume": 1.0, "attacks": 0, "benign": 0})
    drawn = bars(charts.histogram(ScoreHistogram(bins, EMPTY, None)), "all traffic")
    assert [i for i, y in enumerate(drawn.y) if y] == [0, 1, 2, 7, 14, 28, 29, 49]


def test_unlabelled_traffic_has_no_label_rows() -> None:
    bins = fine_bins().assign(attacks=0, benign=0)
    fig = charts.histogram(ScoreHistogram(bins, EMPTY, 0.5))
    assert [t.name for t in fig.data] == ["all traffic"]


def test_unscored_stands_apart_and_its_reasons_are_inert() -> None:
    unscored = pd.DataFrame({"reason": ["time-out", "<b>x</b>"], "rows": [1, 2], "represented": [10.0, 20.0]})
    apart = bars(charts.histogram(ScoreHistogram(fine_bins(), unscored, None)), "not scored")
    assert list(apart.y) == pytest.approx([30**0.5])
    assert "not scored: 30<br>" in apart.hovertemplate
    assert apart.xaxis != "x"
    assert "<b>x" not in apart.hovertemplate
    assert "&#60;b&#62;x" in apart.hovertemplate


def test_the_threshold_is_named_once_with_all_its_digits() -> None:
    fig = charts.histogram(ScoreHistogram(fine_bins(), EMPTY, 0.998954))
    texts = [a.text for a in fig.layout.annotations]
    assert texts.count("threshold 0.998954") == 1
    assert {s.x0 for s in fig.layout.shapes} == {0.998954}


@pytest.mark.parametrize("threshold", [0.05, 0.49, 0.51, 0.95])
def test_no_two_names_of_the_histogram_share_a_place(threshold: float) -> None:
    unscored = pd.DataFrame({"reason": ["time-out"], "rows": [1], "represented": [10.0]})
    notes = charts.histogram(ScoreHistogram(fine_bins(), unscored, threshold)).layout.annotations
    rows = {a.text: a for a in notes if not a.text.startswith("threshold")}
    assert {(a.x, a.xanchor) for name, a in rows.items() if name != "not scored"} == {(0, "left")}
    assert (rows["not scored"].x, rows["not scored"].xanchor) == (1, "right")
    (above,) = (a for a in notes if a.text.startswith("threshold"))
    assert above.yshift > 13  # a line of its own above that of the first row's name


def curves() -> Curves:
    """Three points of each curve."""
    return Curves(
        roc=pd.DataFrame({"threshold": [np.inf, 0.5, 0.0], "fpr": [0, 0.1, 1], "recall": [0, 0.8, 1]}),
        pr=pd.DataFrame({"threshold": [0.9, 0.5], "recall": [0.2, 0.8], "precision": [1.0, 0.6]}),
        fpr=estimate(0.1),
        recall=estimate(0.8),
        precision=estimate(0.6),
        basis="full",
        why="",
    )


def test_curves_carry_the_operating_point_with_its_intervals() -> None:
    _, line, point = charts.roc(curves()).data
    assert (list(line.x), list(line.y)) == ([0, 0.1, 1], [0, 0.8, 1])
    assert (point.x, point.y) == ((0.1,), (0.8,))
    assert point.error_x.array[0] == pytest.approx(0.05)
    assert point.error_y.arrayminus[0] == pytest.approx(0.05)
    line, point = charts.precision_recall(curves()).data
    assert (list(line.x), list(line.y)) == ([0.2, 0.8], [1.0, 0.6])
    assert (point.x, point.y) == ((0.8,), (0.6,))


def test_curves_say_below_what_part_of_the_rows_they_show() -> None:
    c = curves()
    nearly = replace(c, recall=replace(c.recall, coverage=0.97))
    for draw in (charts.roc, charts.precision_recall):
        said = "<br>The curve is drawn from the 97 % that are labelled."
        assert draw(nearly).layout.xaxis.title.text == draw(c).layout.xaxis.title.text + said


def test_no_operating_point_without_a_figure() -> None:
    c = curves()
    bare = Curves(c.roc, c.pr, NO_DATA, c.recall, NO_DATA, "full", "")
    assert len(charts.roc(bare).data[-1].x) == 0


def efficacy(basis: str) -> Efficacy:
    """Counts 45, 55, 255, 9,645."""
    c = Confusion(tp=45, fp=255, tn=9_645, fn=55)
    return Efficacy("m", "1", 0.5, "asked", "production", basis, c, 10, 10.0, None, 10, 10, {})  # ty: ignore


def test_the_cheapest_threshold_is_a_second_line_with_a_name_of_its_own() -> None:
    h = ScoreHistogram(fine_bins(), EMPTY, 0.72)
    fig = charts.histogram(h, own="in force", cheapest=0.63)
    assert {(s.x0, s.line.dash) for s in fig.layout.shapes} == {(0.72, "dot"), (0.63, "dash")}
    names = {a.text: a for a in fig.layout.annotations}
    least, served = names["cheapest"], names["in force 0.72"]
    assert (least.x, served.x, least.xanchor, served.xanchor) == (0.63, 0.72, "right", "right")
    assert served.yshift > least.yshift > 13  # lines of text of their own; the right one above, so that neither is cut
    assert fig.layout.margin.t >= served.yshift + 17
    for same in (None, 0.72):  # unknown, or the one that is marked already
        alone = charts.histogram(h, cheapest=same)
        assert {s.x0 for s in alone.layout.shapes} == {0.72}
        assert "cheapest" not in [a.text for a in alone.layout.annotations]


def test_where_scores_are_told_roughly_lines_of_one_bar_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "place", lambda x: round(x, 1))
    fig = charts.histogram(ScoreHistogram(fine_bins(), EMPTY, 0.72), cheapest=0.71)
    assert {s.x0 for s in fig.layout.shapes} == {0.7}


def test_confusion_draws_its_cells_in_their_places_tinted_by_the_share_of_alarms() -> None:
    cells = [Cell("about 967", ("of 1,000 alarms", "", "78 k a day"), 0.967), Cell("26–97", ("missed",), None),
             Cell("about 33", ("of 1,000 alarms",), 0.033), Cell("", ("rightly passed",), None)]  # fmt: skip
    fig = charts.confusion(cells)
    told = {(a.x, a.y): a.text for a in fig.layout.annotations}
    assert told == {
        (0, 1): "<b>about 967</b><br>of 1,000 alarms<br>78 k a day",
        (1, 1): "<b>26–97</b><br>missed",
        (0, 0): "<b>about 33</b><br>of 1,000 alarms",
        (1, 0): "rightly passed",
    }
    caught, missed, false, passed = (s.opacity for s in fig.layout.shapes)
    assert caught > false > missed == passed


CHALLENGER = "attacks caught, candidate"


def weeks(values: list[float | None], running_last: bool = True) -> list[Week]:
    """Weeks with these recalls; precision is never known."""
    return [
        Week(
            date(2026, 10, 5) + timedelta(days=7 * i),
            running_last and i == len(values) - 1,
            100,
            {"recall": NO_DATA if v is None else estimate(v), "precision": NO_DATA},
        )
        for i, v in enumerate(values)
    ]


def test_a_gap_is_a_gap_in_line_and_band() -> None:
    fig = charts_by.weeks(weeks([0.8, 0.7, None, 0.6]))
    line = next(t for t in fig.data if t.name == "attacks caught")
    assert list(line.y) == [0.8, 0.7, None, 0.6]
    assert line.connectgaps is False
    bands = [t for t in fig.data if t.fill == "toself" and t.name != "not a whole week"]
    assert [len(b.x) for b in bands] == [4, 4]
    assert list(bands[1].y) == pytest.approx([0.65, 0.65, 0.55, 0.55])
    assert list(bands[0].y) == pytest.approx([0.85, 0.75, 0.65, 0.75])


def test_the_running_week_is_hatched_and_hollow() -> None:
    fig = charts_by.weeks(weeks([0.8, 0.7]))
    line = next(t for t in fig.data if t.name == "attacks caught")
    assert list(line.marker.symbol) == ["circle", "circle-open"]
    assert [t.fillpattern.shape for t in fig.data if t.name == "not a whole week"] == ["/"]
    assert not [t for t in charts_by.weeks(weeks([0.8, 0.7], False)).data if t.name == "not a whole week"]


def test_weeks_say_how_many_have_passed_since_training() -> None:
    found = weeks([0.8, 0.7, 0.6])
    trained = found[0].start + timedelta(days=2)  # on a Wednesday: the first week holds no whole one since
    axis = charts_by.weeks(found, trained=trained).layout.xaxis
    assert [text.split("<br>")[1] for text in axis.ticktext] == ["0", "1", "2"]
    assert axis.title.text == "week from Monday; weeks since training"
    assert charts_by.weeks(found).layout.xaxis.ticktext is None


def test_a_measure_that_is_never_known_is_not_drawn() -> None:
    fig = charts_by.weeks(weeks([0.8, 0.7]))
    assert "right alarms" not in [t.name for t in fig.data]
    assert [a.text for a in fig.layout.annotations] == ["attacks caught"]


def test_a_week_that_is_missing_from_the_result_is_a_gap_too() -> None:
    first, second, third = weeks([0.8, 0.7, 0.6])
    line = next(t for t in charts_by.weeks([first, third]).data if t.name == "attacks caught")
    assert list(line.x) == [first.start, second.start, third.start]
    assert list(line.y) == [0.8, None, 0.6]


def test_a_challenger_is_dashed_without_a_band_and_in_the_same_weeks_only() -> None:
    mine, theirs = weeks([0.8, 0.7, 0.6], False), weeks([0.9, None, 0.5, 0.4], False)
    fig = charts_by.weeks(mine, theirs)
    champion, challenger = (next(t for t in fig.data if t.name == n) for n in ("attacks caught", CHALLENGER))
    assert (champion.line.dash, challenger.line.dash) == (None, "dash")
    assert list(challenger.x) == [w.start for w in mine]
    assert list(challenger.y) == [0.9, None, 0.5]
    bands = [t for t in fig.data if t.fill == "toself"]
    assert bands == [t for t in charts_by.weeks(mine).data if t.fill == "toself"]
    ends = {a.text: a.font.color for a in fig.layout.annotations}
    assert ends == {"attacks caught": champion.line.color, "caught, candidate": challenger.line.color}
    nothing = charts_by.weeks(mine, weeks([None, None, None]))
    assert CHALLENGER not in [t.name for t in nothing.data]


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_names_of_lines_stand_apart_in_their_order_and_inside(ends: list[float]) -> None:
    mine, theirs = (
        [replace(w, estimates={"recall": estimate(a), "precision": estimate(b)}) for w in weeks([0.5, 0.5], False)]
        for a, b in (ends[:2], ends[2:])
    )
    heights = [a.y for a in charts_by.weeks(mine, theirs).layout.annotations]
    assert len(heights) == 4
    assert all(b - a >= charts_by.APART - 1e-9 for a, b in pairwise(heights))
    assert max(heights) <= 1
    assert all(abs(a - b) <= 3 * charts_by.APART + 1e-9 for a, b in zip(heights, sorted(ends), strict=True))


@pytest.mark.parametrize(
    ("largest", "texts"),
    [
        (0, ["0", "1"]),
        (3, ["0", "2"]),
        (9, ["0", "2", "8"]),
        (4_310, ["0", "1,000", "4,000"]),
        (67_740, ["0", "10 k", "40 k"]),
        (16_200_000_000, ["0", "2.5 bn", "10 bn"]),
    ],
)
def test_ticks_of_the_root_axis_lie_at_their_counts(largest: float, texts: list[str]) -> None:
    bins = pd.DataFrame({"low": [0.0], "high": [0.02], "volume": [largest], "attacks": [0], "benign": [0]})
    axis = charts.histogram(ScoreHistogram(bins, EMPTY, None)).layout.yaxis
    assert list(axis.ticktext) == texts
    counts = [float(t.replace(",", "").replace(" k", "e3").replace(" bn", "e9")) for t in texts]
    assert [v**2 for v in axis.tickvals] == pytest.approx(counts)
    assert axis.range[0] == 0


def sliced(values: dict[str, float | None]) -> list[Efficacy]:
    """One efficacy a value of the column family, with this recall; precision is never known."""
    return [
        replace(
            efficacy("full"),
            by={"s.family": name},
            estimates={"recall": NO_DATA if v is None else estimate(v), "precision": NO_DATA},
        )
        for name, v in values.items()
    ]


def test_slices_stand_in_their_order_with_intervals_and_inert_names() -> None:
    fig = charts_by.slices(sliced({"zeus": 0.9, "<b>x</b>": None, "matsnu": 0.3}))
    recall = next(t for t in fig.data if t.name == "attacks caught")
    assert list(recall.x) == [0.9, 0.3]
    assert [round(y) for y in recall.y] == [0, 2]
    assert list(recall.error_x.array) == pytest.approx([0.05, 0.05])
    assert fig.layout.yaxis.ticktext[0] == "zeus  n 10"
    assert "<b>" not in fig.layout.yaxis.ticktext[1]
    assert fig.layout.yaxis.range[0] > fig.layout.yaxis.range[1]


def test_slices_without_rows_are_left_out() -> None:
    kept, counted = sliced({"a": 0.9, "(none)": None})
    assert charts_by.stored([kept, replace(counted, n=0)]) == [kept]


def test_a_picture_of_slices_holds_the_first_ones() -> None:
    fig = charts_by.slices(sliced({f"f{i}": 0.5 for i in range(charts_by.MOST + 5)}))
    assert len(fig.layout.yaxis.ticktext) == charts_by.MOST
