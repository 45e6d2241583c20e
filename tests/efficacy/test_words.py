"""Sentences are checked against hand-written ones; nothing here draws or reads a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import numbers
from analytics.efficacy import words, words_weeks
from analytics.efficacy.results import ESTIMATES, Confusion, Curves, Efficacy, ScoreHistogram, Week
from analytics.results import Estimate
from analytics.scope import Scope


def share(value: float | None, low: float | None, high: float | None, n: int = 100, **more: Any) -> Estimate:
    """An estimate of a share."""
    return Estimate(value, low, high, n, **more)


NOT_MEASURABLE = share(None, 0.13, 0.94, 0, quality="not_measurable", why="Only alarms carry labels.")
NO_DATA = share(None, None, None, 0, quality="no_data", why="No row is labelled.")


USUAL = Efficacy(
    model_id="dns",
    model_version="7",
    threshold=0.82,
    threshold_from="in force",
    population="production",
    basis="full",
    confusion=Confusion(tp=45, fp=255, tn=9_645, fn=55),
    n=10_000,
    n_represented=10_000.0,
    n_cases=None,
    n_scored=10_000,
    n_labelled=10_000,
    estimates=dict.fromkeys(ESTIMATES, NO_DATA),
)


def efficacy(**changes: Any) -> Efficacy:
    """An efficacy with round figures; estimates are given by name."""
    estimates = {name: changes.pop(name, NO_DATA) for name in ESTIMATES}
    return replace(USUAL, estimates=estimates, **changes)


def test_a_range_stands_where_a_share_is_hardly_known() -> None:
    wide = efficacy(precision=share(0.12, 0.1, 0.96), recall=share(0.5, 0.4, 0.7), basis="audit")
    assert "of 100 alarms between 10 and 96 were attacks" in words.headline(wide)
    assert not words.only_a_range(share(0.12, 0.1, 0.3))


@pytest.mark.parametrize(
    ("value", "low", "high", "said", "between"),
    [
        (0.15, 0.13, 0.17, "15 %", "13–17 %"),
        (0.154, 0.1502, 0.1578, "15.4 %", "15.0–15.8 %"),
        (0.9995, 0.9993, 0.9997, "99.95 %", "99.93–99.97 %"),
        (0.00042, 0.0, 0.01, "0.04 %", "0.0–1.0 %"),
        (0.998, 0.98, 1.0, "99.8 %", "98–100 %"),
        (0.0, 0.0, 0.03, "0 %", "0–3 %"),
        (0.71, 0.71, 0.71, "71.0 %", ""),
        (1.0, 1.0, 1.0, "100 %", ""),
        (0.5, None, None, "50 %", ""),
    ],
)
def test_digits_follow_the_interval(value, low, high, said, between) -> None:
    e = share(value, low, high)
    assert numbers.value(e) == said
    assert numbers.interval(e) == between


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_share_is_never_rounded_to_certainty(value: float, a: float, b: float) -> None:
    low, high = min(a, b, value), max(a, b, value)
    text = numbers.value(share(value, low, high)).removesuffix(" %")
    if text.startswith(("under", "over")):
        assert 0 < value < 1e-8 or 1 - 1e-8 < value < 1
        return
    said = float(text)
    if 0 < value < 1:
        assert 0 < said < 100
    assert said == pytest.approx(100 * value, abs=max(0.6, 100 * (high - low)))


def test_absent_figures_are_said_in_words() -> None:
    tile = words.tile("recall", NOT_MEASURABLE)
    assert (tile.value, tile.range, tile.why) == (
        "not measurable",
        "the labels allow 13–94 %",
        "Only alarms carry labels.",
    )
    assert words.tile("recall", NO_DATA).value == "no data"
    assert words.tile("recall", NO_DATA).range == ""


def test_the_base_names_rows_cases_events_and_coverage() -> None:
    e = share(0.5, 0.4, 0.6, 41_000, n_cases=220, represents=2.4e9, coverage=0.713)
    assert numbers.base(e) == "n 41,000 in 220 cases, for 2.4 bn events · 71.3 % labelled"
    assert numbers.base(share(0.5, 0.4, 0.6, 12)) == "n 12"
    assert numbers.base(share(0.5, 0.5, 0.5, 12, coverage=1.0, method="count")) == "n 12"


@pytest.mark.parametrize(
    ("value", "whole", "said"),
    [
        (0.15, 1000, "about 150"), (0.0, 100, "none"), (1.0, 100, "all"),
        (0.0001, 1000, "fewer than 1"), (0.9999, 1000, "more than 999"),
    ],
)  # fmt: skip
def test_natural_frequencies(value: float, whole: int, said: str) -> None:
    assert numbers.out_of(share(value, 0, 1), whole) == said


def test_the_headline_says_what_the_threshold_does() -> None:
    both = efficacy(precision=share(0.15, 0.13, 0.17), recall=share(0.45, 0.38, 0.52))
    assert words.headline(both) == (
        "At threshold 0.82, of 100 alarms about 15 were attacks; of 100 attacks about 45 are caught."
    )
    alarms = efficacy(precision=share(0.15, 0.13, 0.17), recall=NOT_MEASURABLE, basis="alarms")
    assert words.headline(alarms).endswith("how many attacks get past it cannot be said.")
    assert "no threshold" in words.headline(efficacy(threshold=None)).lower()


def test_an_awkward_threshold_is_written_out() -> None:
    assert words.headline(efficacy(threshold=0.998954)).startswith("At threshold 0.998954,")
    said = [numbers.score(x) for x in (0.5421876907, 0.006012, 0.999998, 0.99999996, 1.0, 0.0)]
    assert said == ["0.542188", "0.006012", "0.999998", "0.99999996", "1", "0"]


def test_basis_and_served() -> None:
    e = efficacy(basis="audit", n_represented=2.4e6, n_cases=220, n_labelled=900, population="red_team")
    assert words.basis(e) == (
        "10,000 rows for 2,400,000 events · 10,000 scored · 900 labelled in 220 cases · "
        "estimated from a weighted audit · red-team rows, not production"
    )
    assert words.served(e) == ""
    assert words.served(efficacy(served_differs=12)).startswith("12 labelled rows were decided otherwise")
    assert words.served(efficacy(served_differs=1)).startswith("1 labelled row was decided otherwise than its score")


def test_audits_without_a_verdict_are_said_to_be_left_out() -> None:
    said = "audited detections were looked at without a verdict; they are left out"
    assert words.basis(efficacy(n_undetermined=12)).endswith(f" · 12 {said}")
    assert words.basis(efficacy(n_undetermined=1)).endswith(
        " · 1 audited detection was looked at without a verdict; it is left out"
    )
    assert words.basis(efficacy(n_undetermined=0)) == words.basis(efficacy())


def test_labels_of_alarms_never_read_as_no_misses() -> None:
    e = efficacy(basis="alarms", confusion=Confusion(812, 1_200, 0, 0))
    h = ScoreHistogram(pd.DataFrame(), pd.DataFrame(columns=["reason", "rows", "represented"]), 0.82)
    assert "812 of 812" not in words.scores(h, e)


def test_findings_of_a_full_set() -> None:
    e = efficacy()
    h = ScoreHistogram(pd.DataFrame(), pd.DataFrame(columns=["reason", "rows", "represented"]), 0.82)
    assert words.scores(h, e) == (
        "45 of 100 labelled attacks and 255 of 9,900 labelled benign rows score at or above the threshold"
    )


@pytest.mark.parametrize(("basis", "said"), [("full", ""), ("audit", "are no rates."), ("alarms", "are no rates.")])
def test_shares_of_rows_that_were_chosen_are_no_rates(basis: Any, said: str) -> None:
    assert words.chosen_rows(efficacy(basis=basis)).endswith(said)
    assert bool(words.chosen_rows(efficacy(basis=basis))) is bool(said)


def test_a_set_that_counts_as_full_says_how_much_of_it_is_labelled() -> None:
    h = ScoreHistogram(pd.DataFrame(), pd.DataFrame(columns=["reason", "rows", "represented"]), 0.82)
    nearly, whole = share(0.9712, 0.9712, 0.9712), share(1.0, 1.0, 1.0)
    assert words.scores(h, efficacy(label_coverage=nearly)).endswith("threshold; 97 % of the rows are labelled")
    assert words.scores(h, efficacy(label_coverage=whole)).endswith("at or above the threshold")
    empty = pd.DataFrame()
    for known, said in ((0.9712, "97 %"), (0.99999, "99.999 %")):
        point = share(0.9, 0.8, 1.0, coverage=known)
        drawn = Curves(empty, empty, point, point, point, "full", "")
        assert words.drawn_from(drawn) == f"The curve is drawn from the {said} that are labelled."
        assert words.drawn_from(replace(drawn, basis="audit")) == ""
    point = share(0.9, 0.8, 1.0, coverage=1.0)
    assert words.drawn_from(Curves(empty, empty, point, point, point, "full", "")) == ""


def test_unscored_rows_are_said_by_reason() -> None:
    frame = pd.DataFrame({"reason": ["time-out", "too large"], "rows": [8, 2], "represented": [800.0, 200.0]})
    h = ScoreHistogram(pd.DataFrame(), frame, None)
    assert words.unscored(h) == "1,000 events were not scored (time-out 800, too large 200)."
    assert words.unscored(ScoreHistogram(pd.DataFrame(), frame.iloc[:0], None)) == ""


def week(day: int, recall: Estimate, running: bool = False) -> Week:
    """A week of November 2026."""
    return Week(date(2026, 11, day), running, 100, {"recall": recall, "precision": NO_DATA})


HIGH, LOW = share(0.85, 0.8, 0.9), share(0.45, 0.38, 0.52)


def test_a_change_is_claimed_only_where_intervals_part() -> None:
    fell = [week(2, HIGH), week(9, NO_DATA), week(16, LOW)]
    assert words_weeks.weeks(fell) == "Attacks caught fell from 85 % to 45 % between the weeks of 2 Nov and 16 Nov"
    both = [
        Week(date(2026, 11, 2), False, 9, {"recall": HIGH, "precision": LOW}),
        Week(date(2026, 11, 9), False, 9, {"recall": LOW, "precision": HIGH}),
    ]
    assert words_weeks.weeks(both) == (
        "Attacks caught fell from 85 % to 45 % and right alarms rose from 45 % to 85 % "
        "between the weeks of 2 Nov and 9 Nov"
    )
    same = [week(2, HIGH), week(9, share(0.82, 0.77, 0.87))]
    assert words_weeks.weeks(same) == "No change beyond chance between the weeks of 2 Nov and 9 Nov"


def test_the_running_week_claims_nothing() -> None:
    found = [week(2, HIGH), week(9, LOW, running=True)]
    assert words_weeks.weeks(found) == "Fewer than two whole weeks with labels: no trend can be said"


def test_one_turn_of_many_weeks_is_told_though_the_ends_overlap() -> None:
    shares = [0.50, 0.60, 0.45, 0.53, 0.56, 0.41, 0.47, 0.56, 0.33, 0.37, 0.36, 0.30]
    monday = date(2026, 8, 31)
    found = [
        Week(
            monday + timedelta(days=7 * i),
            False,
            100,
            {"recall": share(v, v - 0.3, v + 0.2, basis="audit"), "precision": share(0.2, 0.1, 0.3)},
        )
        for i, v in enumerate(shares)
    ]
    said = "Attacks caught fell from most likely 51 % to 34 % on average, from the week of 26 Oct on"
    assert words_weeks.weeks(found) == said
    assert words_weeks.weeks([week for week in found if week.start < date(2026, 10, 26)]) == (
        "No change beyond chance between the weeks of 31 Aug and 19 Oct"
    )
    cut = [Week(monday - timedelta(days=7), True, 9, found[-1].estimates), *found]
    assert words_weeks.weeks(cut) == said
    level = [Week(w.start, False, 100, {"recall": NO_DATA, "precision": w.estimates["precision"]}) for w in found]
    assert words_weeks.weeks(level) == "No change beyond chance in the 12 whole weeks from 31 Aug to 22 Nov"


def test_of_a_trade_both_sides_are_told_and_the_week_from_which_on_it_holds() -> None:
    """Right alarms rose in the last two weeks, clear by their intervals; attacks caught fell there beyond chance."""
    caught = [0.55, 0.57, 0.59, 0.53, 0.58, 0.57, 0.59, 0.59, 0.52, 0.59, 0.36, 0.40]
    right = [0.41, 0.41, 0.43, 0.42, 0.41, 0.40, 0.42, 0.43, 0.42, 0.42, 0.92, 0.88]

    def weeks(caught: list[float]) -> list[Week]:
        return [
            Week(
                date(2026, 8, 31) + timedelta(days=7 * i),
                False,
                100,
                {
                    "recall": share(r, 0.01, r + 0.08, basis="audit"),
                    "precision": share(p, p - 0.04, p + 0.04, basis="audit"),
                },
            )
            for i, (r, p) in enumerate(zip(caught, right, strict=True))
        ]

    rose = "ight alarms rose from 42 % to 90 % on average, from the week of 9 Nov on"
    assert words_weeks.weeks(weeks(caught)) == f"Attacks caught fell from most likely 57 % to 38 % and r{rose}"
    assert words_weeks.weeks(weeks([*caught[:10], 0.56, 0.57])) == f"R{rose}"


def test_weeks_without_a_figure_give_the_reason() -> None:
    assert words_weeks.no_weeks([week(2, NOT_MEASURABLE)]) == "Only alarms carry labels."
    assert words_weeks.no_weeks([week(2, HIGH)]) == ""
    assert words_weeks.no_weeks([]) == "No week in this selection holds labelled rows."


def test_windows_are_said_in_the_business_zone() -> None:
    scope = Scope(since=datetime(2026, 10, 31, 23, tzinfo=UTC), until=datetime(2026, 11, 7, 12, tzinfo=UTC))
    assert words.window(scope, "Europe/Berlin") == "1 Nov 2026 until before 7 Nov 2026 13:00"
    assert words.window(Scope(), "UTC") == "All data"


def test_the_selection_names_every_slice_and_the_state_of_knowledge() -> None:
    scope = Scope(where=(("region", "EMEA"), ("s.family", "<b>zeus</b>")), known_at=datetime(2026, 11, 9, tzinfo=UTC))
    said = words.selection(scope, "UTC")
    assert said == "All data · region: EMEA · family: <b>zeus</b> · labels as known on 9 Nov 2026"


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0"), (12_345, "12,345"), (9_999_999, "9,999,999"), (2.4e7, "24.0 M"), (2.4e9, "2.4 bn")]
)
def test_counts(n: float, said: str) -> None:
    assert numbers.count(n) == said


def test_notes_of_the_version_in_view() -> None:
    versions = pd.DataFrame(
        {"model_id": ["a", "a", "b"], "model_version": ["1", "2", "1"], "notes": ["Invented times.", None, "Other."]}
    )
    assert words.notes(versions, Scope(model="a", version="1")) == "Invented times."
    assert words.notes(versions, Scope(model="a", version="2")) == ""


def test_an_empty_selection_says_so() -> None:
    e = efficacy(n=0, n_represented=0.0, n_scored=0, n_labelled=0)
    assert words.headline(e) == "This selection holds no detections."
    assert words.basis(e) == "0 rows · 0 scored · 0 labelled"


def test_curves_that_are_not_there_are_not_described() -> None:
    e = efficacy(precision=HIGH, recall=LOW, recall_at_fpr_01=LOW, auc=share(0.94, 0.93, 0.95))
    full = pd.DataFrame({"threshold": [0.5], "recall": [1.0], "precision": [1.0], "fpr": [0.0]})
    drawn = Curves(full, full, HIGH, LOW, HIGH, "full", "")
    none = Curves(full[:0], full[:0], HIGH, LOW, HIGH, "full", "Needs attacks and benign rows.")
    assert words.roc(e, drawn) == "At 1 % false alarms 45 % of the attacks are caught; area under the curve 0.940"
    assert words.precision_recall(e, drawn) == "45 % of the attacks caught, 85 % of the alarms right"
    assert words.roc(e, none).endswith("cannot be said")
    assert words.precision_recall(e, none).endswith("cannot be drawn")


def test_slices_are_named_from_the_lowest_to_the_highest() -> None:
    found = [
        efficacy(by={"s.family": name}, recall=e) for name, e in (("zeus", HIGH), ("matsnu", LOW), ("new", NO_DATA))
    ]
    assert words.slices(found, "s.family") == "Attacks caught by family: from 45 % in matsnu to 85 % in zeus"
    alarms = [efficacy(by={"region": r}, precision=e) for r, e in (("EMEA", HIGH), ("APAC", LOW))]
    assert words.slices(alarms, "region") == "Right alarms by region: from 45 % in APAC to 85 % in EMEA"
    same = [
        efficacy(by={"channel": c}, recall=share(v, v - 0.1, v + 0.1)) for c, v in (("mail", 0.449), ("web", 0.452))
    ]
    assert words.slices(same, "s.channel") == "Attacks caught by channel: about 45 % in both"
    sure = efficacy(by={"channel": "sure"}, recall=share(0.446, 0.441, 0.451))  # reads 44.6 % beside 45 %
    assert words.slices([sure, same[1]], "s.channel") == "Attacks caught by channel: about 45 % in both"
    third = efficacy(by={"channel": "app"}, recall=share(0.45, 0.35, 0.55))
    assert words.slices([*same, third], "s.channel") == "Attacks caught by channel: about 45 % in each of 3"
    assert words.slices(found[:1], "business_service") == "Fewer than two values of business service have a figure"
    assert words.no_slices(found) == ""
    assert words.no_slices(found[2:]) == "Of no value of this column is enough known."


def test_names_of_slice_columns_never_collide() -> None:
    names = [words.column_name(c) for c in ("region", "s.region", "s.family", "business_service")]
    assert names == ["region", "s.region", "family", "business service"]


def test_without_a_threshold_nothing_is_called_missed() -> None:
    why = share(None, None, None, 0, quality="no_data", why="No threshold is known for this version.")
    e = efficacy(threshold=None, precision=why)
    h = ScoreHistogram(pd.DataFrame(), pd.DataFrame(columns=["reason", "rows", "represented"]), None)
    assert words.scores(h, e).endswith("no threshold is in force")
