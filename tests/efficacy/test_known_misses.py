"""Attacks that are known to have passed: no figure says that fewer did, whatever was estimated; by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.efficacy import cheapest, consequences, evaluate, facts, lowered, measures
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.facts import Labelled, totals
from analytics.efficacy.identify import identify
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.cost import cost_curve
from analytics.stats.intervals import wilson
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader
from analytics.warehouse.bins import bin_of

NAN = float("nan")
START = datetime(2026, 3, 2, tzinfo=UTC)
SCOPE = Scope(model="m", version="1")
COSTS = Assumptions(cost_missed=100, cost_false_alarm=2, cost_hour=0)
Group = tuple[float, bool, str, int, float]
"""score, attack, label source (empty: not labelled), events, inclusion probability."""
Build = Callable[[list[Group]], Reader]

HEARD: list[Group] = [
    (0.9, True, "triage", 30, NAN),
    (0.9, False, "triage", 30, NAN),
    (0.9, True, "", 20, NAN),
    (0.9, False, "", 20, NAN),
    (0.4, True, "complaint", 20, NAN),
    (0.1, True, "complaint", 30, NAN),
    (0.1, True, "random_audit", 2, 0.5),
    (0.1, False, "random_audit", 998, 0.5),
    (0.1, False, "", 980, NAN),
]
"""Served at .5, over ten days: 60 of 100 alarms judged, half of them attacks. Complaints brought 50 misses, an audit 2
more, which stand for 4."""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Import groups of equal events, served at .5, over exactly ten days."""

    def make(groups: list[Group]) -> Reader:
        (tmp_path / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
        import_files(tmp_path / "w", "models", [str(tmp_path / "models.csv")])
        frame = pd.DataFrame(
            [(s, int(a) if seen else None, seen, p) for s, a, seen, k, p in groups for _ in range(k)],
            columns=["score", "label", "label_source", "inclusion_probability"],
        ).astype({"label": "Int64"})
        n = len(frame)
        frame["event_id"] = [f"e{k}" for k in range(n)]
        frame["occurred_at"] = [(START + timedelta(days=10) * k / (n - 1)).isoformat() for k in range(n)]
        frame["decision"] = np.where(frame["score"] >= 0.5, "block", "allow")
        frame.assign(model_id="m", model_version="1").to_csv(tmp_path / "d.csv", index=False)
        report = import_files(tmp_path / "w", "detections", [str(tmp_path / "d.csv")])
        assert report.rejected == 0, report.reasons
        return open_reader(tmp_path / "w", local_viewer())

    return make


def told(e: Estimate) -> tuple[float, float, float]:
    """Return value and ends, which must be there."""
    assert e.value is not None and e.low is not None and e.high is not None
    return e.value, e.low, e.high


def test_no_fewer_are_missed_a_day_than_are_known(build: Build) -> None:
    reader = build(HEARD)
    now = consequences.consequences(reader, SCOPE, 0.5, COSTS).result
    value, low, high = told(now.missed)
    assert (value, low) == (pytest.approx(5.2), pytest.approx(5.2))  # 50 heard of and 2 found, in ten days
    assert high > 5.2
    # Where alarms lack labels more may have been caught, which leaves recall its upper end, and misses theirs.
    most = 100 * float(wilson(30, 60)[1])
    assert told(measures.efficacy(reader, SCOPE).result.estimates["recall"])[2] == pytest.approx(most / (most + 52))
    wrong, least_wrong, _ = told(now.false_alarms)
    assert told(now.cost)[:2] == (pytest.approx(520 + 2 * wrong), pytest.approx(520 + 2 * least_wrong))
    lower = consequences.consequences(reader, SCOPE, 0.3, COSTS).result
    assert told(lower.missed)[:2] == (pytest.approx(3.2), pytest.approx(3.2))  # the 20 that score .4 are caught
    assert told(lower.cost)[1] == pytest.approx(320 + 2 * told(lower.false_alarms)[1])


def test_a_point_below_what_is_known_is_lifted_in_tile_curve_and_cost_alike(build: Build) -> None:
    """The audit found nothing, so its rows say that none was missed; complaints brought 50."""
    heard = [g for g in HEARD if (g[1], g[2]) != (True, "random_audit")]
    reader = build(heard)
    o, drawn = cheapest.optimum(reader, SCOPE, COSTS).result, measures.curves(reader, SCOPE).result
    for at, missed in ((0.9, 50), (0.1, 0)):
        now = consequences.consequences(reader, SCOPE, at, COSTS).result
        recall = told(measures.efficacy(reader, SCOPE, at).result.estimates["recall"])[0]
        assert (told(now.missed)[0], recall) == (pytest.approx(missed / 10), pytest.approx(50 / (50 + missed)))
        for curve in (drawn.pr, drawn.roc):
            assert curve.loc[curve["threshold"] == at, "recall"].iloc[0] == pytest.approx(recall)
        cost = o.curve.loc[o.curve["threshold"] == at, "cost"].iloc[0]
        assert told(now.cost)[0] == pytest.approx(cost)
        if at == 0.9:
            assert cost == pytest.approx(50 / 10 * 100 + 50 / 10 * 2)


def test_a_row_that_stands_for_less_than_itself_was_missed_all_the_same() -> None:
    """Every passed event was drawn, as far as told; the design counts 1,050 where 1,000 passed."""
    groups: list[Group] = [
        (0.9, True, "triage", 50, NAN),
        (0.1, True, "random_audit", 20, 1.0),
        (0.1, False, "random_audit", 515, 0.5),
        (0.1, False, "", 465, NAN),
    ]
    value, _, high = told(_judged(groups, 0.5)[0]["recall"])
    assert value == pytest.approx(50 / 70)
    assert high == pytest.approx(50 / 70)  # all alarms are labelled, so no more were caught


def test_the_cost_curve_counts_known_misses_where_rows_tell_fewer() -> None:
    label, score, weight = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.4, 0.2]), np.array([1.0, 1.0, 2.0, 6.0])
    known = {np.inf: 3.0, 0.9: 5.0, 0.8: 4.0, 0.4: 1.0, 0.2: 0.0}
    found = cost_curve(label, score, weight, 10, 1, known=lambda at: np.array([known[t] for t in at]))
    #                  none   .9          .8          .4          .2: missed × 10 + false alarms, of ten events
    assert found.cost * 10 == pytest.approx([30, 5 * 10, 4 * 10 + 1, 1 * 10 + 1, 7])
    assert found.threshold[found.best] == 0.2


def _judged(groups: list[Group], at: float) -> tuple[dict[str, Estimate], float, float, float]:
    """Return the rates at a threshold; attacks caught, known to be missed, and caught at most, in events."""
    cells = [(bin_of(s), k, float(k), "block" if s >= 0.5 else "allow", "act") for s, _, _, k, _ in groups]
    volume = pd.DataFrame(cells, columns=["score_bin", "n", "represented", "decision", "mode"])
    seen = [g for g in groups if g[2] for _ in range(g[3])]
    score, attack, inclusion = (np.array([g[i] for g in seen], dtype=np.float64) for i in (0, 1, 4))
    ones = np.ones(len(seen))
    rows = Labelled(score, attack > 0, ones, inclusion, None, score >= 0.5, ones > 0, ones)
    around = totals(facts.cells(volume), at, 0.5)
    found = identify(rows, around, at)
    caught = float(found.weight[found.flagged & found.rows.attack].sum())
    most = lowered.caught_at_most(found, around, evaluate.strata(found)) if at < 0.5 else 0.0
    return evaluate.rates(found, around, at), caught, found.known[3], max(most, caught)


BANDS = (0.1, 0.2, 0.3, 0.4)


@st.composite
def streams(draw: st.DrawFn) -> list[Group]:
    """Draw alarms, all judged, and bands below of which one in twenty was audited and some misses were heard of."""
    n = st.integers(1, 60)
    groups: list[Group] = [(0.9, True, "triage", draw(n), NAN), (0.9, False, "triage", draw(n), NAN)]
    for s in BANDS:
        for attack, found in ((True, draw(st.integers(0, 3))), (False, draw(st.integers(1, 40)))):
            groups += [(s, attack, "random_audit", found, 0.05), (s, attack, "", 19 * found, NAN)]
        groups.append((s, True, "complaint", draw(st.integers(0, 30)), NAN))
    return groups


@given(streams())
@settings(max_examples=80, deadline=None)
def test_a_lower_threshold_misses_no_more_and_never_fewer_than_are_known(groups: list[Group]) -> None:
    before = (np.inf, np.inf)
    for at in (0.5, *reversed(BANDS)):
        estimates, caught, known, most = _judged(groups, at)
        assert known == sum(k for s, attack, seen, k, _ in groups if attack and seen and s < at)
        if estimates["recall"].value is None:
            return  # the misses that were heard of are too many for the audit to stand for all
        recall, _, upper = told(estimates["recall"])
        assert recall <= caught / (caught + known) + 1e-12
        assert upper <= max(most / (most + known), recall) + 1e-12
        value, low, high = told(consequences._missed(caught, estimates["recall"], known))
        assert known <= low + 1e-9 and low <= value + 1e-9 and value <= high + 1e-9
        assert value <= before[0] + 1e-6 and known <= before[1]
        before = (value, known)
