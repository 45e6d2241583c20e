"""Which labels tell what: designs as operations centres have them, with truths worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from analytics.efficacy import facts
from analytics.efficacy.evaluate import evaluate
from analytics.efficacy.facts import Labelled, totals
from analytics.results import Estimate
from analytics.stats.intervals import wilson
from analytics.warehouse.bins import bin_of

NAN = float("nan")
Group = tuple[float, bool, bool, int, float]
"""score, attack, labelled, events, inclusion probability."""


def told(e: Estimate) -> tuple[float, float, float]:
    """Return value and ends, which must be there."""
    assert e.value is not None and e.low is not None and e.high is not None
    return e.value, e.low, e.high


def judge(
    groups: list[Group], threshold: float | None = 0.5, served: float | None = 0.5, weight: float = 1.0
) -> dict[str, Estimate]:
    """Return the estimates of a stream that consists of groups of equal events."""
    cells = pd.DataFrame(
        [
            {
                "score_bin": bin_of(s),
                "n": k,
                "represented": k * weight,
                "decision": "block" if s >= (served or 2) else "allow",
            }
            for s, _, _, k, _ in groups
        ]
    ).assign(mode="act")
    seen = [g for g in groups if g[2]]

    def column(i: int) -> NDArray[np.float64]:
        return np.concatenate([np.full(g[3], g[i], dtype=np.float64) for g in seen] or [np.empty(0)])

    score = column(0)
    ones = np.ones(len(score))
    rows = Labelled(score, column(1) > 0, ones * weight, column(4), None, score >= (served or 2), ones > 0, ones)
    return evaluate(rows, totals(facts.cells(cells), threshold, served), threshold, True, False)[1]


def test_a_clean_audit_leaves_recall_open_also_where_every_alarm_is_an_attack() -> None:
    e = judge([(0.9, True, True, 100, NAN), (0.1, False, True, 300, 0.0003), (0.1, False, False, 999_600, NAN)])
    recall = e["recall"]
    assert recall.value == 1.0
    assert recall.low is not None and recall.low < 0.05  # 300 of a million: thousands may have been missed
    assert recall.coverage == pytest.approx(400 / 1_000_000)
    assert e["precision"].coverage == 1.0
    assert e["auc"].quality == "few" or (e["auc"].low or 0) < 0.05


def test_a_threshold_above_the_served_one_keeps_the_attacks_between() -> None:
    # Served at .5: 100 alarms, all labelled; 40 of 80 attacks score .6. The audit of the rest finds nothing.
    groups = [
        (0.9, True, True, 40, NAN),
        (0.6, True, True, 40, NAN),
        (0.6, False, True, 20, NAN),
        (0.1, False, True, 500, 0.05),
        (0.1, False, False, 9_500, NAN),
    ]
    recall = judge(groups, threshold=0.8)["recall"]
    assert recall.value == pytest.approx(0.5)
    assert recall.high is not None and recall.high <= 0.5 + 1e-9


def test_a_threshold_below_the_served_one_weighs_audited_rows_as_what_they_stand_for() -> None:
    # At .3 also 1,000 passed benign events count as alarms; one in twenty of what passed was audited.
    groups = [
        (0.9, True, True, 50, NAN),
        (0.4, False, True, 50, 0.05),
        (0.4, False, False, 950, NAN),
        (0.1, False, True, 450, 0.05),
        (0.1, False, False, 8_550, NAN),
    ]
    e = judge(groups, threshold=0.3)
    assert e["precision"].value == pytest.approx(50 / 1_050)
    assert e["fpr"].value == pytest.approx(1_000 / 10_000)


def test_a_random_audit_of_everything_beats_triage_that_picked_its_alarms() -> None:
    # 1,000 alarms, 300 attacks. Triage labelled 200 of the attacks; the audit drew a tenth of all.
    groups = [
        (0.9, True, True, 200, NAN),
        (0.9, True, True, 30, 0.1),
        (0.9, False, True, 70, 0.1),
        (0.9, True, False, 70, NAN),
        (0.9, False, False, 630, NAN),
        (0.1, False, True, 900, 0.1),
        (0.1, False, False, 8_100, NAN),
    ]
    assert judge(groups)["precision"].value == pytest.approx(0.3)


def test_a_few_labelled_alarms_say_nothing_of_all_alarms() -> None:
    e = judge([(0.9, True, True, 40, NAN), (0.6, False, False, 1_000, NAN), (0.1, False, False, 9_000, NAN)])
    precision = e["precision"]
    assert (precision.value, precision.quality) == (None, "not_measurable")
    assert (precision.low, precision.high) == (pytest.approx(40 / 1_040), 1.0)


def test_most_alarms_labelled_speak_for_the_rest_and_say_so() -> None:
    e = judge(
        [
            (0.9, True, True, 60, NAN),
            (0.9, False, True, 20, NAN),
            (0.9, False, False, 20, NAN),
            (0.1, False, False, 900, NAN),
        ]
    )
    assert e["precision"].value == 0.75
    assert "like the labelled ones" in e["precision"].why
    assert e["precision"].coverage == 0.8


def test_the_served_threshold_off_the_grid_takes_its_alarms_from_the_decisions() -> None:
    # Scores .9505 and .9501 share a bin; served at .9502.
    groups = [(0.9505, True, True, 500, NAN), (0.9505, False, True, 500, NAN), (0.9501, False, False, 8_000, NAN)]
    e = judge(groups, threshold=0.9502, served=0.9502)
    assert e["fpr"].value == pytest.approx(500 / 8_500)


def test_an_audit_that_covers_a_part_only_tells_no_recall() -> None:
    # One band of a tenth of the traffic was audited.
    groups = [
        (0.9, True, True, 50, NAN),
        (0.4, False, True, 500, 0.5),
        (0.4, False, False, 500, NAN),
        (0.1, False, False, 9_000, NAN),
    ]
    recall = judge(groups)["recall"]
    assert (recall.value, recall.quality) == (None, "not_measurable")


def test_recall_is_never_above_what_known_misses_allow() -> None:
    # The audit found nothing, but complaints brought 50 missed attacks.
    groups = [
        (0.9, True, True, 50, NAN),
        (0.1, True, True, 50, NAN),
        (0.1, False, True, 500, 0.05),
        (0.1, False, False, 9_450, NAN),
    ]
    recall = judge(groups)["recall"]
    assert recall.value == pytest.approx(0.5)
    assert recall.high is not None and recall.high <= 0.5 + 1e-9


def test_known_misses_of_every_source_count_and_alarms_without_a_label_may_be_right() -> None:
    # 60 of 100 alarms are labelled, half of them attacks. Complaints brought 50 missed attacks, the audit 2 more.
    groups = [
        (0.9, True, True, 30, NAN),
        (0.9, False, True, 30, NAN),
        (0.9, True, False, 20, NAN),
        (0.9, False, False, 20, NAN),
        (0.1, True, True, 50, NAN),
        (0.1, True, True, 2, 0.5),
        (0.1, False, True, 4_998, 0.5),
        (0.1, False, False, 4_950, NAN),
    ]
    recall = judge(groups)["recall"]
    assert recall.value == pytest.approx(50 / (50 + 52))
    most = 100 * float(wilson(30, 60)[1])  # the labelled alarms are a sample of all of them
    assert recall.high == pytest.approx(most / (most + 52))
    # Where every alarm is labelled, nothing more can have been caught.
    whole = judge([(s, a, True if s > 0.5 else seen, k, p) for s, a, seen, k, p in groups])["recall"]
    assert whole.value == whole.high == pytest.approx(50 / (50 + 52))


def one_band(between: int) -> list[Group]:
    """Served at .5: 100 alarms, all labelled, 60 attacks; below, 500 were audited, of those that score .4 none."""
    return [
        (0.9, True, True, 60, NAN),
        (0.9, False, True, 40, NAN),
        (0.4, False, False, between, NAN),
        (0.1, True, True, 1, 0.05),
        (0.1, False, True, 499, 0.05),
        (0.1, False, False, 9_400 - between, NAN),
    ]


def test_a_lower_threshold_counts_its_alarms_also_where_no_audit_looked() -> None:
    groups = one_band(900)
    e, served = judge(groups, threshold=0.3), judge(groups)
    assert e["precision"].value == pytest.approx(60 / 1_000)  # nothing was found among the 900 …
    assert e["precision"].high is not None and e["precision"].high >= 0.1  # … and who knows what is there
    assert e["precision"].low == pytest.approx(100 * told(served["precision"])[1] / 1_000, rel=1e-6)
    attacks = 60 + 9_900 / 500
    assert e["recall"].value == pytest.approx(60 / attacks)
    assert e["fpr"].value == pytest.approx((1_000 - 60) / (10_000 - attacks))
    p, r = told(e["precision"])[0], told(e["recall"])[0]
    assert e["f1"].value == pytest.approx(2 * p * r / (p + r))
    assert told(e["recall"])[1] >= told(served["recall"])[1] - 1e-12, "no fewer are caught than as served"


def test_alarms_of_which_no_label_tells_are_not_taken_for_wrong() -> None:
    """Above .8 people judged none of the ten that were blocked; the one event known there was let pass by a rule."""
    score = np.concatenate([np.full(190, 0.6), [0.9], np.full(500, 0.1)])
    attack = np.concatenate([np.arange(190) < 60, [True], np.zeros(500, dtype=bool)])
    acted, ones = np.arange(691) < 190, np.ones(691)
    inclusion = np.where(acted, np.nan, np.where(score > 0.5, 1.0, 0.05))
    cells = pd.DataFrame(
        [(0.6, 190, "block"), (0.9, 10, "block"), (0.9, 1, "allow"), (0.1, 10_000, "allow")],
        columns=["score_bin", "n", "decision"],
    ).assign(mode="act", represented=lambda d: d["n"], score_bin=lambda d: d["score_bin"].map(bin_of))
    rows = Labelled(score, attack, ones, inclusion, None, acted, ones > 0, ones)
    e = evaluate(rows, totals(facts.cells(cells), 0.8, 0.5), 0.8, True, False)[1]["precision"]
    assert e.value is None or e.value > 0.5, "the one label that there is says attack"


def test_a_little_lower_threshold_changes_little() -> None:
    groups = one_band(2)  # what was identified above cannot be lost
    e, served = judge(groups, threshold=0.3), judge(groups)
    for name, near in (("precision", 0.025), ("recall", 0.03)):
        for now, before in zip(told(e[name]), told(served[name]), strict=True):
            assert now == pytest.approx(before, abs=near)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_attacks_stay_as_many_whatever_the_threshold_below_the_one_in_force(data: st.DataObject) -> None:
    """Caught and missed add up to the same, and a lower threshold misses no more."""
    bands = [0.1, 0.2, 0.3, 0.4]
    groups: list[Group] = [
        (0.9, True, True, data.draw(st.integers(1, 80)), NAN),
        (0.9, False, True, data.draw(st.integers(1, 80)), NAN),
    ]
    for s in bands:
        for attack in (True, False):
            seen = data.draw(st.integers(0, 4) if attack else st.integers(0, 40))
            groups += [(s, attack, True, seen, 0.05), (s, attack, False, 19 * seen, NAN)]
    if not any(k for _, _, seen, k, p in groups if seen and p == 0.05):
        return
    found, missed = [], []
    for t in (0.5, *reversed(bands)):
        e = judge(groups, threshold=t)
        alarms = sum(k for s, _, _, k, _ in groups if s >= t)
        p, r = told(e["precision"])[0], told(e["recall"])[0]
        found.append(alarms * p + (alarms * p) * (1 / r - 1))
        missed.append(alarms * p * (1 / r - 1))
    assert found == pytest.approx([found[0]] * len(found), rel=1e-9)
    assert missed == sorted(missed, reverse=True) or missed == pytest.approx(sorted(missed, reverse=True), rel=1e-9)


def test_missing_labels_widen_rankings_too() -> None:
    groups = [
        (0.9, True, True, 95, NAN),
        (0.1, False, True, 9_800, NAN),
        (0.1, True, False, 5, NAN),
        (0.1, False, False, 100, NAN),
    ]
    e = judge(groups)
    assert e["auc"].value == 1.0
    assert e["auc"].low is not None and e["auc"].low <= 0.95  # five of a hundred attacks tie with the benign ones
    assert "missing" in e["auc"].why


def test_missing_labels_widen_partial_areas_by_the_worst_that_they_could_be() -> None:
    groups = [(0.9, True, True, 95, NAN), (0.1, False, True, 9_800, NAN), (0.1, False, False, 105, NAN)]
    found = judge(groups)
    label, score = np.repeat([1, 0, 1], [95, 9_800, 105]), np.repeat([0.9, 0.1, 0.1], [95, 9_800, 105])
    for name, max_fpr in (("partial_auc_01", 0.01), ("partial_auc_1", 0.1)):
        low = found[name].low
        assert found[name].value == 1.0
        assert low is not None and low <= metrics.roc_auc_score(label, score, max_fpr=max_fpr)


def test_attacks_that_an_audit_may_have_missed_lower_partial_areas_towards_their_floor() -> None:
    e = judge([(0.9, True, True, 50, NAN), (0.1, False, True, 500, 0.05), (0.1, False, False, 9_500, NAN)])
    recall = e["recall"].low
    assert recall is not None and recall < 0.5  # none was found in 500 of 10,000: some 60 may be there
    for name, f in (("partial_auc_01", 0.01), ("partial_auc_1", 0.1)):
        floor, low = (1 - f) / (2 - f), e[name].low
        assert e[name].value == 1.0
        assert low is not None and floor <= low <= floor + recall * (1 - floor) + 1e-12


def test_areas_on_two_attacks_are_few() -> None:
    e = judge([(0.9, True, True, 2, NAN), (0.1, False, True, 10_000, NAN)])
    assert e["auc"].quality == e["average_precision"].quality == "few"
    assert "2 labelled events" in e["auc"].why


def test_bounds_name_rows_not_the_events_that_they_stand_for() -> None:
    e = judge([(0.1, False, True, 3, NAN), (0.9, True, False, 50, NAN), (0.1, False, False, 50, NAN)], weight=1_000.0)
    assert e["recall"].n == 3


def test_no_threshold_at_all_leaves_rankings_of_a_full_set() -> None:
    e = judge([(0.9, True, True, 50, NAN), (0.1, False, True, 50, NAN)], threshold=None, served=None)
    assert (e["auc"].value, e["precision"].quality, e["prevalence"].value) == (1.0, "no_data", 0.5)
