"""What the picture of alarms and misses says agrees with the headline and the tiles, to the digit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.efficacy import charts_more, tables, words, words_confusion, words_threshold
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.cheapest import Optimum
from analytics.efficacy.consequences import Consequences, Ladder
from analytics.efficacy.results import Confusion, Efficacy
from analytics.results import Estimate

NO_DATA = Estimate(None, None, None, 0, quality="no_data", why="No row is labelled.")
UNKNOWN = Estimate(None, 0.13, 0.94, 0, quality="not_measurable", why="Only alarms carry labels.")
RIGHT = Estimate(0.9672, 0.9632, 0.9709, 8_591)
CAUGHT = Estimate(0.7084, 0.0087, 0.7348, 6_222)


def share(value: float, low: float, high: float) -> Estimate:
    """An estimate of a share."""
    return Estimate(value, low, high, 100)


def a_day(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    """A number a day."""
    return Estimate(value, low, high, 0, unit="count", quality="ok" if value is not None else "not_measurable")


def efficacy(precision: Estimate = RIGHT, recall: Estimate = CAUGHT, **changes: Any) -> Efficacy:
    """The web firewall of the sample: a third of its labelled alarms are false, of all alarms one in 30."""
    given: dict[str, Any] = {
        "threshold": 0.329713, "basis": "audit", "confusion": Confusion(tp=5_647, fp=2_944, tn=1_289, fn=575)
    } | changes  # fmt: skip
    estimates = {"precision": precision, "recall": recall, "fpr": changes.pop("fpr", NO_DATA)}
    given.pop("fpr", None)
    return Efficacy(
        "waf", "4", threshold_from="in force", population="production", n=9, n_represented=9.0, n_cases=None,
        n_scored=9, n_labelled=10_455, estimates=estimates, **given,
    )  # fmt: skip


NOW = Consequences(
    0.329713, a_day(80_610.7), a_day(2_641.4, 2_349, 2_969), a_day(77_969.3, 77_642, 78_262),
    a_day(32_089.6, 28_145.8, 8_933_269.9), NO_DATA, "labels", NO_DATA, NO_DATA, {},
)  # fmt: skip


def test_the_cells_are_the_estimates_and_not_the_labelled_rows() -> None:
    caught, missed, false, passed = words_confusion.cells(efficacy(), NOW)
    assert (caught.figure, caught.lines) == (
        "about 967",
        ("of 1,000 alarms", "were attacks", "96.3–97.1 %", "78.0 k a day"),
    )
    assert (false.figure, false.lines) == ("about 33", ("of 1,000 alarms", "were false", "2.9–3.7 %", "2,640 a day"))
    assert (missed.figure, missed.lines) == ("27–99", ("of 100 attacks", "missed", "28 k–8.9 M a day"))
    assert passed.figure == ""  # nobody counts what passed rightly
    assert not any(n in str((caught, missed, false, passed)) for n in ("5,647", "2,944", "575", "1,289"))
    assert words_confusion.finding(efficacy()) == (
        "Of 1,000 alarms about 33 were false; of 100 attacks between 27 and 99 were missed"
    )


def test_cells_headline_and_tiles_agree_to_the_digit() -> None:
    e = efficacy()
    caught, missed, *_ = words_confusion.cells(e, NOW)
    assert f"of 1,000 alarms {caught.figure} were attacks; of 100 attacks between 1 and 73 are" in words.headline(e)
    assert caught.lines[2] == words.tile("precision", RIGHT).range
    assert missed.lines[2] == f"{words_threshold.a_day(NOW.missed)[0]} a day"


def test_what_was_missed_is_no_number_where_only_alarms_are_labelled() -> None:
    e = efficacy(recall=UNKNOWN, basis="alarms")
    missed = words_confusion.cells(e, NOW)[1]
    assert (missed.figure, missed.lines) == ("cannot tell", ("attacks missed", "575 known so far"))
    assert words_confusion.finding(e) == "Of 1,000 alarms about 33 were false; what was missed cannot be told"


def test_of_a_full_set_all_four_are_known() -> None:
    e = efficacy(share(0.15, 0.11, 0.2), share(0.45, 0.35, 0.55), basis="full", fpr=share(255 / 9_900, 0.02, 0.03))
    caught, missed, false, passed = words_confusion.cells(e, NOW)
    assert [c.figure for c in (caught, missed, false, passed)] == ["about 15", "about 55", "about 85", "about 974"]
    assert words_confusion.finding(e) == "Of 100 alarms about 85 were false; of 100 attacks about 55 were missed"


def test_nothing_is_said_a_day_where_there_is_no_rate() -> None:
    none = Consequences(0.3, *(a_day(None),) * 4, NO_DATA, "labels", NO_DATA, NO_DATA, {})
    for cell in words_confusion.cells(efficacy(), none):
        assert "a day" not in "".join(cell.lines)


def test_a_share_that_is_hardly_known_is_a_range_on_both_sides() -> None:
    e = efficacy(share(0.5, 0.1, 0.96))
    caught, _, false, _ = words_confusion.cells(e, NOW)
    assert (caught.figure, false.figure) == ("10–96", "4–90")


@pytest.mark.parametrize(("value", "right", "false"), [(1.0, "all", "none"), (0.0, "none", "all")])
def test_all_and_none_are_words(value: float, right: str, false: str) -> None:
    e = share(value, value - 0.01 if value else 0.0, value if value else 0.01)
    assert (words.of_alarms(e)[1], words.of_alarms(e, false=True)[1]) == (right, false)


@given(st.integers(1, 400), st.data())
def test_right_and_false_alarms_add_up(n: int, data: st.DataObject) -> None:
    value = data.draw(st.integers(0, n)) / n
    e = share(value, max(value - 0.1, 0), min(value + 0.1, 1))
    whole, right = words.of_alarms(e)
    told = [t.removeprefix("about ").replace(",", "") for t in (right, words.of_alarms(e, false=True)[1])]
    if all(t.isdecimal() for t in told):
        assert sum(map(int, told)) == int(whole.replace(",", ""))
    else:
        assert {t.split()[0] for t in told} in ({"all", "none"}, {"fewer", "more"})


def test_what_is_not_known_says_why() -> None:
    nothing = efficacy(precision=NO_DATA, confusion=Confusion(0, 0, 0, 0))
    assert words_confusion.nothing(nothing) == "No row is labelled."
    assert words_confusion.finding(nothing) == "No scored row carries a label yet"
    no_threshold = efficacy(threshold=None, confusion=Confusion(0, 0, 0, 0))  # nothing is counted by it
    assert words_confusion.finding(no_threshold) == "10,455 labelled rows and no threshold to judge by"
    assert words_confusion.finding(efficacy(precision=UNKNOWN)) == "How many alarms were right cannot be told"
    assert words_confusion.nothing(efficacy()) == ""
    through = efficacy(confusion=Confusion(1, 2, 3, 4, unscored_attacks=5))
    assert words_confusion.finding(through).endswith("; 5 known attacks got through unscored")


def test_the_table_has_the_rows_and_what_they_are_estimated_to_be() -> None:
    found = tables.confusion(efficacy().confusion, NOW).set_index(["truth", "decision"])
    assert found["rows"].tolist() == [5_647, 575, 0, 2_944, 1_289, 0]
    assert found.loc[("benign", "alarm"), ["a_day", "low", "high"]].tolist() == [2_641.4, 2_349, 2_969]
    assert found.loc[("benign", "no alarm"), ["a_day", "low", "high"]].isna().all()


def test_the_tile_of_right_alarms_says_how_many_cases_were_right() -> None:
    e = efficacy()
    tiles = words_threshold.tiles
    cases = {**e.estimates, "precision_by_case": share(0.577, 0.564, 0.59)}
    told = dict(tiles(replace(e, estimates=cases), NOW, None, Assumptions(), "", {}))["precision"].help
    assert told.endswith("the share that were attacks. Of 100 cases with an alarm about 58 held an attack.")
    assert "cases" not in dict(tiles(e, NOW, None, Assumptions(), "", {}))["precision"].help


def test_a_cost_says_its_currency_once() -> None:
    cost = replace(NOW, cost=a_day(100, 90, 110))
    tile = dict(words_threshold.tiles(efficacy(), cost, None, Assumptions(), "", {}))["cost"]
    assert tile.range == "in the bank's currency\n90–110"
    assert "currency" not in tile.base + tile.why + tile.help
    unsaid = dict(words_threshold.tiles(efficacy(), NOW, None, Assumptions(), "", {}))["cost"]
    assert "currency" not in unsaid.range


@pytest.mark.parametrize(("own", "same", "other"), [
    ("in force", "as in force", "+10 against in force"),
    ("its own threshold", "as at its own threshold", "+10 against its own threshold"),
])  # fmt: skip
def test_a_change_is_told_against_the_threshold_by_its_name(own: str, same: str, other: str) -> None:
    now, before = (replace(NOW, alarms=a_day(n)) for n in (20, 10))
    for then, said in ((now, same), (before, other)):
        assert dict(words_threshold.tiles(efficacy(), now, then, Assumptions(), "", {}, own))["alarms"].range == said


def test_slider_and_cost_name_the_threshold_of_a_candidate_as_its_own() -> None:
    ladder = Ladder((0.3, 0.5), (9.0, 3.0), 0.5)
    own = "its own threshold"
    assert words_threshold.step(ladder, 0.5, None, own) == "0.5 · 3 alarms a day · its own threshold"
    assert words_threshold.step(ladder, 0.5) == "0.5 · 3 alarms a day · in force"
    curve = pd.DataFrame({"threshold": [0.3, 0.5], "cost": [3_200.0, 4_100.0], "near": [True, False]})
    best = Optimum(curve, 0.3, 0.3, 0.3, "")
    assert words_threshold.optimum(best, 0.5, own) == "Cost is least at 0.3. Its own, 0.5, is not among them"
    figure = charts_more.cost(best, 0.5, 0.5, own)
    assert [a.text for a in figure.layout.annotations] == ["cheapest", own]
    assert "in the bank's currency" in figure.layout.yaxis.title.text


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (12.0, 250_000.0, ["100", "1,000", "10 k", "100 k"]),
        (16_000.0, 260_000.0, ["20 k", "50 k", "100 k", "200 k"]),
        (3_100.0, 7_500.0, ["4,000", "5,000", "6,000", "7,000"]),
        (3_100.0, 3_700.0, ["3,200", "3,400", "3,600"]),
        (5.0, 5.0, ["5"]),
    ],
)
def test_the_axis_of_cost_has_ticks_that_tell_its_scale(low: float, high: float, ticks: list[str]) -> None:
    curve = pd.DataFrame({"threshold": [0.0, 0.3, 0.5], "cost": [0.0, low, high], "near": False})
    axis = charts_more.cost(Optimum(curve, 0.3, 0.3, 0.3, ""), None, None).layout.yaxis
    assert (list(axis.ticktext), axis.type) == (ticks, "log")
