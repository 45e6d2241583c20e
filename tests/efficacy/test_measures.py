"""Efficacy against scikit-learn, pandas and figures worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from analytics.efficacy import cheapest, consequences, measures
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.results import ESTIMATES
from analytics.errors import BadInput
from analytics.results import Measured
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

START = datetime(2026, 3, 2, tzinfo=UTC)
SCOPE = Scope(model="m", version="1")
Build = Callable[..., Reader]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Import a frame of detections (defaults filled in) and open the warehouse."""

    def make(frame: pd.DataFrame, threshold: float | None = 0.5, zone: str = "UTC") -> Reader:
        folder, directory = tmp_path / "files", tmp_path / "warehouse"
        folder.mkdir(exist_ok=True)
        model = {"model_id": "m", "model_version": "1"}
        pd.DataFrame([{**model, "threshold": threshold}]).to_csv(folder / "models.csv", index=False)
        n = np.arange(len(frame))
        given = {
            **model,
            "event_id": [f"e{i}" for i in n],
            "occurred_at": [START + timedelta(minutes=int(i)) for i in n],
        }
        frame.assign(**{k: v for k, v in given.items() if k not in frame}).to_csv(folder / "d.csv", index=False)
        import_files(directory, "models", [str(folder / "models.csv")], zone=zone)
        report = import_files(directory, "detections", [str(folder / "d.csv")])
        assert report.rejected == 0, report.reasons
        return open_reader(directory, local_viewer())

    return make


@pytest.fixture
def truth() -> pd.DataFrame:
    """A fully labelled set with ties, weights, slices and two weeks."""
    rng = np.random.default_rng(3)
    n = 3_000
    label = rng.random(n) < 0.2
    score = np.round(np.clip(rng.normal(0.35 + 0.3 * label, 0.2, n), 0, 1), 2)
    return pd.DataFrame(
        {
            "score": score,
            "label": label.astype(int),
            "sampling_weight": rng.integers(1, 5, n),
            "region": rng.choice(["EMEA", "APAC"], n),
            "s.family": rng.choice(["a", "b", "c"], n),
            "occurred_at": [(START + timedelta(minutes=6 * i)).isoformat() for i in range(n)],
        }
    )


@pytest.mark.parametrize("threshold", [0.5, 0.35, 0.0, 1.0, 0.123456])
def test_a_full_set_equals_scikit_learn_with_weights(build: Build, truth: pd.DataFrame, threshold: float) -> None:
    e = measures.efficacy(build(truth), SCOPE, threshold).result
    y, s, w = (truth[c].to_numpy() for c in ("label", "score", "sampling_weight"))
    flagged = s >= threshold
    tn, fp, fn, tp = metrics.confusion_matrix(y, flagged, labels=[0, 1]).ravel()
    assert (e.confusion.tp, e.confusion.fp, e.confusion.tn, e.confusion.fn) == (tp, fp, tn, fn)
    assert (e.basis, e.n, e.n_labelled, e.n_represented) == ("full", 3_000, 3_000, w.sum())
    expected = {
        "auc": metrics.roc_auc_score(y, s, sample_weight=w),
        "average_precision": metrics.average_precision_score(y, s, sample_weight=w),
        "partial_auc_01": metrics.roc_auc_score(y, s, sample_weight=w, max_fpr=0.01),
        "partial_auc_1": metrics.roc_auc_score(y, s, sample_weight=w, max_fpr=0.1),
        "brier": np.average((s - y) ** 2, weights=w),
        "precision": metrics.precision_score(y, flagged, sample_weight=w, zero_division=np.nan),
        "recall": metrics.recall_score(y, flagged, sample_weight=w),
        "f1": metrics.f1_score(y, flagged, sample_weight=w),
        "fpr": w[flagged & (y == 0)].sum() / w[y == 0].sum(),
        "prevalence": w[y == 1].sum() / w.sum(),
        "label_coverage": 1.0,
    }
    for name, value in expected.items():
        found = e.estimates[name]
        if np.isnan(value):
            assert (found.value, found.quality) == (None, "no_data")
            continue
        assert found.value == pytest.approx(value, abs=1e-9), name
        assert found.low is not None and found.high is not None
        assert found.low <= value + 1e-12 and found.high >= value - 1e-12, name


def test_the_record_has_every_name_and_no_other_number_form(build: Build, truth: pd.DataFrame) -> None:
    record = measures.efficacy(build(truth), SCOPE).result.to_record()
    assert set(ESTIMATES) < record.keys()
    assert all(set(record[name]) == set(record["auc"]) for name in ESTIMATES)


def test_alarms_alone_tell_precision_but_not_recall(build: Build) -> None:
    # 1,000 events, 40 alarms, all labelled, 30 of them attacks; nothing below is labelled.
    score = np.r_[np.full(40, 0.9), np.full(960, 0.1)]
    label = np.r_[np.ones(30), np.zeros(10), np.full(960, np.nan)]
    e = measures.efficacy(build(pd.DataFrame({"score": score, "label": label}), 0.5), SCOPE).result
    assert e.basis == "alarms"
    precision = e.estimates["precision"]
    assert (precision.value, precision.represents, precision.coverage) == (0.75, 40, 1.0)
    assert e.estimates["fpr"].value == pytest.approx(10 / 970)  # 960 unflagged taken for benign, and 10 wrong alarms
    recall = e.estimates["recall"]
    assert (recall.value, recall.quality) == (None, "not_measurable")
    assert (recall.low, recall.high) == (pytest.approx(30 / 990), 1.0)
    assert "audit" in recall.why
    for name in ("auc", "average_precision", "f1", "prevalence", "brier", "ece", "recall_at_fpr_01", "partial_auc_1"):
        assert (e.estimates[name].value, e.estimates[name].quality) == (None, "not_measurable"), name
    assert measures.curves(build_again(build), SCOPE).result.roc.empty


def build_again(build: Build) -> Reader:
    """Open what the test has built already."""
    frame = pd.DataFrame({"score": [0.9, 0.1], "label": [1, None], "event_id": ["x", "y"]})
    return build(frame, 0.5)


def test_an_audit_below_the_threshold_makes_recall_measurable(build: Build) -> None:
    # 100 alarms, all labelled, 60 attacks. Of 10,000 events below, every twentieth was audited (500): 3 attacks.
    # Attacks below: 3 x 20 = 60. Recall 60 / 120. Prevalence 120 / 10,100. FPR 40 / (40 + 497 x 20).
    label = np.r_[np.ones(60), np.zeros(40), np.full(10_000, np.nan)]
    audited = 100 + np.arange(500) * 20
    label[audited] = 0
    label[audited[:3]] = 1
    chance = np.where(np.arange(10_100) < 100, np.nan, 0.05)
    frame = pd.DataFrame({
        "score": np.r_[np.full(100, 0.9), np.full(10_000, 0.1)],
        "label": label,
        "inclusion_probability": np.where(np.isnan(label), np.nan, chance),
        "label_source": np.where(np.isnan(label), "", np.where(np.isnan(chance), "triage", "random_audit")),
    })  # fmt: skip
    e = measures.efficacy(build(frame, 0.5), SCOPE).result
    assert e.basis == "audit"
    # F1 knows no more of misses than recall does.
    right, caught, both = (e.estimates[name] for name in ("precision", "recall", "f1"))
    for p, r, end in ((right.low, caught.low, both.low), (right.high, caught.high, both.high)):
        assert p is not None and r is not None and end is not None
        worst = 2 * p * r / (p + r)
        assert end <= worst + 1e-9 if end == both.low else end >= worst - 1e-9
    assert e.estimates["precision"].value == pytest.approx(0.6)
    assert e.estimates["recall"].value == pytest.approx(0.5)
    assert e.estimates["prevalence"].value == pytest.approx(120 / 10_100)
    assert e.estimates["recall"].represents == pytest.approx(120)
    assert e.estimates["recall"].coverage == pytest.approx(600 / 10_100)
    assert e.estimates["fpr"].value == pytest.approx(40 / (40 + 497 * 20))
    assert e.estimates["f1"].value == pytest.approx(2 * 60 / (120 + 40 + 60))
    # ROC of two score values: area = 1/2 (1 + tpr - fpr)
    fpr, recall = 40 / (40 + 9_940), 0.5
    assert e.estimates["auc"].value == pytest.approx((1 + recall - fpr) / 2)
    low, high = e.estimates["recall"].low, e.estimates["recall"].high
    assert low is not None and high is not None
    # 3 finds are Poisson: the exact 95 % limits .62 and 8.77 finds, 20 events each, hold the (mid-p) interval.
    assert 60 / (60 + 8.77 * 20) <= low <= 60 / (60 + 7 * 20)
    assert 60 / (60 + 1 * 20) <= high <= 60 / (60 + 0.62 * 20)


def test_alarms_without_a_label_leave_an_audit_speechless_about_recall(build: Build) -> None:
    frame = pd.DataFrame({
        "score": [0.9] * 50 + [0.1] * 1_000,
        "label": [None] * 50 + [0] * 100 + [None] * 900,
        "inclusion_probability": [None] * 50 + [0.1] * 100 + [None] * 900,
    })  # fmt: skip
    recall = measures.efficacy(build(frame, 0.5), SCOPE).result.estimates["recall"]
    assert (recall.value, recall.quality) == (None, "not_measurable")
    assert "alarms" in recall.why


def test_a_few_missing_labels_widen_a_full_set_by_their_bounds(build: Build) -> None:
    score = np.r_[np.full(500, 0.9), np.full(500, 0.1)]
    label = np.r_[np.ones(450), np.zeros(40), np.full(10, np.nan), np.ones(20), np.zeros(470), np.full(10, np.nan)]
    e = measures.efficacy(build(pd.DataFrame({"score": score, "label": label}), 0.5), SCOPE).result
    recall = e.estimates["recall"]
    assert e.basis == "full"
    assert recall.value == pytest.approx(450 / 470)
    assert recall.low is not None and recall.high is not None
    assert recall.low < 450 / 480 and recall.high > 460 / 480  # every way to label the missing is inside
    assert "missing" in recall.why


def test_without_labels_there_is_no_figure_and_without_rows_no_share(build: Build) -> None:
    reader = build(pd.DataFrame({"score": [0.1, 0.9]}))
    e = measures.efficacy(reader, SCOPE).result
    assert e.basis is None
    assert {e.estimates[n].quality for n in ("precision", "recall", "auc")} == {"no_data"}
    assert e.estimates["label_coverage"].value == 0
    nothing = measures.efficacy(reader, Scope(model="m", version="1", until=START - timedelta(days=9))).result
    assert (nothing.n, nothing.basis, nothing.estimates["label_coverage"].quality) == (0, None, "no_data")


def test_unscored_attacks_got_through_and_are_no_false_negatives(build: Build) -> None:
    frame = pd.DataFrame({
        "score": [0.9, 0.1, None, None],
        "label": [1, 0, 1, 0],
        "unscored_reason": ["", "", "time-out", "too large"],
        "mode": "act",
    })  # fmt: skip
    reader = build(frame)
    e = measures.efficacy(reader, SCOPE).result
    c = e.confusion
    assert (c.tp, c.fp, c.tn, c.fn, c.unscored_attacks, c.unscored_benign) == (1, 0, 1, 0, 1, 1)
    assert (e.n, e.n_scored, e.basis) == (4, 2, "full")
    assert e.estimates["protected_share"].value == 0.5
    h = measures.histogram(reader, SCOPE).result
    assert dict(zip(h.unscored["reason"], h.unscored["rows"], strict=True)) == {"time-out": 1, "too large": 1}
    assert h.bins["volume"].sum() == 2


def test_protected_share_needs_the_mode(build: Build) -> None:
    share = measures.efficacy(build(pd.DataFrame({"score": [0.1, 0.2]})), SCOPE).result.estimates["protected_share"]
    assert (share.value, share.low, share.high, share.quality) == (None, 0.0, 1.0, "not_measurable")


def test_the_past_is_judged_by_the_labels_known_then(build: Build) -> None:
    frame = pd.DataFrame({
        "score": [0.9, 0.9, 0.1, 0.1],
        "label": [1, 1, 0, 1],
        "labelled_at": ["2026-03-03", "2026-03-10", "2026-03-03", "2026-03-12"],
    })  # fmt: skip
    reader = build(frame)
    then = measures.efficacy(reader, Scope(model="m", version="1", known_at=datetime(2026, 3, 5, tzinfo=UTC))).result
    now = measures.efficacy(reader, SCOPE).result
    assert (then.n_labelled, now.n_labelled) == (2, 4)
    assert (now.confusion.tp, now.confusion.fn) == (2, 1)


def test_red_team_is_a_population_of_its_own(build: Build) -> None:
    frame = pd.DataFrame({
        "score": [0.9, 0.9, 0.1, 0.9, 0.1],
        "label": [1, 0, 0, 1, 1],
        "label_source": ["triage", "triage", "triage", "red_team", "red_team"],
    })  # fmt: skip
    e = measures.efficacy(build(frame), SCOPE).result
    assert (e.population, e.n_labelled, e.confusion.fn) == ("production", 3, 0)


def test_benchmark_labels_alone_are_judged_as_a_benchmark(build: Build) -> None:
    frame = pd.DataFrame({"score": [0.9, 0.1, 0.2], "label": [1, 1, None], "label_source": ["benchmark"] * 2 + [""]})
    e = measures.efficacy(build(frame), SCOPE).result
    assert (e.population, e.basis, e.n, e.estimates["recall"].value) == ("benchmark", "full", 2, 0.5)


def test_slices_and_windows_equal_the_rows_that_pandas_selects(build: Build, truth: pd.DataFrame) -> None:
    reader = build(truth)
    for column in ("region", "s.family"):
        found = {e.by[column]: e for e in measures.by_slice(reader, SCOPE, column).result}
        for value, g in truth.groupby(column):
            tp = int(((g["score"] >= 0.5) & (g["label"] == 1)).sum())
            assert (found[str(value)].n, found[str(value)].confusion.tp) == (len(g), tp)
            where = Scope(model="m", version="1", where=((column, str(value)),))
            assert measures.efficacy(reader, where).result.to_record() == {**found[str(value)].to_record(), "by": None}
    both = Scope(model="m", version="1", where=(("region", "EMEA"), ("s.family", "a")))
    assert measures.efficacy(reader, both).result.n == ((truth["region"] == "EMEA") & (truth["s.family"] == "a")).sum()
    at = pd.to_datetime(truth["occurred_at"])
    since, until = START + timedelta(hours=5, minutes=3), START + timedelta(days=9, hours=7)
    window = Scope(model="m", version="1", since=since, until=until)
    e = measures.efficacy(reader, window).result
    inside = (at >= since) & (at < until)
    assert (e.n, e.n_labelled, e.basis) == (inside.sum(), inside.sum(), "full")


def test_a_slice_that_does_not_exist_is_empty_and_a_bad_name_is_refused(build: Build) -> None:
    reader = build(pd.DataFrame({"score": [0.1]}))
    assert measures.efficacy(reader, Scope(model="m", version="1", where=(("s.none", "x"),))).result.n == 0
    with pytest.raises(BadInput, match="slice"):
        measures.by_slice(reader, SCOPE, "score; DROP TABLE volume")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_weeks_start_on_monday_in_the_business_zone(build: Build, zone: str) -> None:
    # Monday 9 March 2026, 03:00 UTC is Sunday evening in New York.
    frame = pd.DataFrame({
        "occurred_at": ["2026-03-04T12:00:00Z", "2026-03-09T03:00:00Z", "2026-03-10T12:00:00Z"],
        "score": [0.9, 0.9, 0.1],
        "label": [1, 0, 0],
    })  # fmt: skip
    weeks = measures.by_week(build(frame, zone=zone), SCOPE).result
    assert [(str(w.start), w.n, w.running) for w in weeks] == (
        [("2026-03-02", 1, True), ("2026-03-09", 2, True)]
        if zone == "UTC"
        else [("2026-03-02", 2, True), ("2026-03-09", 1, True)]
    )


def test_every_figure_says_what_it_rests_on(build: Build) -> None:
    days = [START + timedelta(days=i % 20) for i in range(60)]
    frame = pd.DataFrame({
        "occurred_at": [d.isoformat() for d in days], "score": [0.9, 0.4, None] * 20, "label": [1, 0, None] * 20,
        "region": ["EMEA", "APAC"] * 30, "sampling_weight": 5.0,
    })  # fmt: skip
    reader = build(frame)
    e = measures.efficacy(reader, SCOPE).result
    costs = Assumptions(cost_missed=900.0, cost_false_alarm=40.0)
    asked: list[Measured[Any]] = [
        *(m(reader, SCOPE) for m in (measures.efficacy, measures.histogram, measures.curves, measures.by_week)),
        *(m(reader, SCOPE) for m in (consequences.gains, consequences.ladder)),
        consequences.consequences(reader, SCOPE, 0.5, costs),
        cheapest.optimum(reader, SCOPE, costs),
    ]
    for seen in (m.provenance for m in asked):
        assert (seen.rows, seen.events, seen.labelled) == (e.n, e.n_represented, e.n_labelled) == (60, 300, 40)
        assert seen.queries
    seen = measures.by_slice(reader, SCOPE, "region").provenance
    assert (seen.rows, seen.events, seen.labelled) == (60, 300, 40)
    assert measures.versions(reader).provenance.rows is None


def test_rows_served_otherwise_than_scored_are_counted(build: Build) -> None:
    frame = pd.DataFrame({"score": [0.9, 0.9, 0.1], "decision": ["block", "allow", "block"], "label": [1, 1, 0]})
    reader = build(frame)
    assert measures.efficacy(reader, SCOPE).result.served_differs == 2
    assert measures.efficacy(reader, SCOPE, 0.95).result.served_differs == 0  # another threshold is asked about


def test_what_was_acted_on_without_a_score_was_served_otherwise(build: Build) -> None:
    frame = pd.DataFrame({"score": [None, None, 0.1], "decision": ["block", "allow", "allow"], "label": [1, 1, 0]})
    assert measures.efficacy(build(frame), SCOPE).result.served_differs == 1


def test_cases_make_intervals_wider(build: Build) -> None:
    rng = np.random.default_rng(5)
    case = np.repeat(np.arange(40), 50)
    label = (rng.random(40) < 0.7)[case].astype(int)
    frame = pd.DataFrame({"score": 0.9, "label": label, "case_id": [f"c{i}" for i in case]})
    by_case = measures.efficacy(build(frame), SCOPE).result
    found = by_case.estimates["precision"]
    assert by_case.n_cases == 40
    assert (found.n, found.n_cases) == (2_000, 40)
    assert found.low is not None and found.high is not None
    width = 2 * 1.96 * np.sqrt(0.7 * 0.3 / 40)
    assert found.high - found.low == pytest.approx(width, rel=0.25)  # 40 draws, not 2,000


def test_labels_still_arriving_are_said(build: Build) -> None:
    days = [START + timedelta(hours=2 * i) for i in range(200)]
    frame = pd.DataFrame({
        "occurred_at": [d.isoformat() for d in days],
        "score": 0.9,
        "label": 1,
        "labelled_at": [(d + timedelta(days=6)).isoformat() for d in days],
    })  # fmt: skip
    reader = build(frame)
    last = days[-1]
    late = Scope(model="m", version="1", since=last - timedelta(days=7))
    early = Scope(model="m", version="1", since=START, until=last - timedelta(days=8))
    assert measures.efficacy(reader, late).result.estimates["precision"].quality == "arriving"
    assert measures.efficacy(reader, early).result.estimates["precision"].quality == "ok"


def test_a_scope_without_a_version_or_with_an_unknown_one_is_refused(build: Build) -> None:
    reader = build(pd.DataFrame({"score": [0.1]}))
    for scope in (Scope(model="m"), Scope(model="m", version="2"), Scope()):
        with pytest.raises(BadInput):
            measures.efficacy(reader, scope)


def test_provenance_names_queries_values_and_snapshot(build: Build) -> None:
    reader = build(pd.DataFrame({"score": [0.1], "region": ["EMEA"]}))
    p = measures.efficacy(reader, Scope(model="m", version="1", where=(("region", "EMEA"),))).provenance
    assert p.snapshot == reader.snapshot.id
    assert "EMEA" not in "".join(sql for sql, _ in p.queries)
    assert any("EMEA" in values.values() for _, values in p.queries)


def test_slices_add_up_with_the_rest_and_the_rows_without_a_value(build: Build) -> None:
    values = [f"app{i % 60:02}" for i in range(600)] + [None] * 30
    frame = pd.DataFrame({"score": [0.9, 0.1, 0.1] * 210, "label": [1, 0, 0] * 210, "application": values})
    found = {e.by["application"]: e for e in measures.by_slice(build(frame), SCOPE, "application").result}
    assert sum(e.n for e in found.values()) == 630
    assert sum(e.n_labelled for e in found.values()) == 630
    assert (found["(other)"].n, found["(other)"].n_labelled, found["(none)"].n) == (100, 100, 30)


def test_a_threshold_of_the_future_is_not_in_force(tmp_path: Path, build: Build) -> None:
    build(pd.DataFrame({"score": [0.7], "label": [1]}), 0.5)
    later = tmp_path / "later.csv"
    later.write_text("model_id,model_version,threshold,effective_from\nm,1,0.9,2027-01-01\n")
    import_files(tmp_path / "warehouse", "models", [str(later)])
    reader = open_reader(tmp_path / "warehouse", local_viewer())
    assert measures.efficacy(reader, SCOPE).result.threshold == 0.5
    assert measures.versions(reader).result["threshold"].tolist() == [0.5]


def test_what_was_not_seen_then_is_no_part_of_what_was_known_then(build: Build) -> None:
    days = [START + timedelta(days=i) for i in range(28)]
    frame = pd.DataFrame({"occurred_at": [d.isoformat() for d in days], "score": 0.9, "label": 1})
    e = measures.efficacy(build(frame), Scope(model="m", version="1", known_at=START + timedelta(days=14))).result
    assert (e.n, e.basis, e.estimates["label_coverage"].value) == (14, "full", 1.0)


def test_a_week_cut_by_the_window_is_not_whole(build: Build) -> None:
    days = [START + timedelta(days=i) for i in range(28)]
    frame = pd.DataFrame({"occurred_at": [d.isoformat() for d in days], "score": 0.9, "label": 1})
    scope = Scope(model="m", version="1", since=START + timedelta(days=4), until=START + timedelta(days=21))
    assert [w.running for w in measures.by_week(build(frame), scope).result] == [True, False, False]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize(("first", "whole"), [("2026-03-02T06:00:00Z", True), ("2026-03-03T06:00:00Z", False)])
def test_the_week_in_which_a_version_begins_is_whole_from_monday_only(
    build: Build, zone: str, first: str, whole: bool
) -> None:
    frame = pd.DataFrame({"occurred_at": [first, "2026-03-10T12:00:00Z", "2026-03-16T12:00:00Z"], "score": 0.9})
    weeks = measures.by_week(build(frame, zone=zone), SCOPE).result
    assert [w.running for w in weeks] == [not whole, False, True]


@pytest.mark.parametrize("threshold", [float("nan"), -0.1, 1.5])
def test_a_threshold_that_is_no_score_is_refused(build: Build, threshold: float) -> None:
    with pytest.raises(BadInput, match="threshold"):
        measures.efficacy(build(pd.DataFrame({"score": [0.1]})), SCOPE, threshold)
