"""Counts: the same as pandas, as the list, and as the cells that Efficacy counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.detections import Filters, counting
from analytics.detections.filters import bar
from analytics.detections.measures import count, page
from analytics.efficacy import measures as efficacy
from analytics.efficacy.results import Efficacy
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, open_reader

Truth = Callable[[Scope, Filters], pd.DataFrame]
START = datetime(2026, 9, 1, tzinfo=UTC)


def listed(reader: Reader, scope: Scope, f: Filters) -> int:
    """How many rows the list has."""
    found = page(reader, scope, f, size=1000).result
    assert found.next is None
    return len(found.rows)


def agree(reader: Reader, scope: Scope, found: Efficacy, more: Filters | None = None) -> None:
    """Every cell of a confusion matrix has as many rows as it counts, in the count and in the list."""
    c, at = found.confusion, found.threshold
    base = dataclasses.replace(more or Filters(), population=found.population)
    cells = {
        "tp": (c.tp, {"flagged": True, "threshold": at, "label": "attack"}),
        "fp": (c.fp, {"flagged": True, "threshold": at, "label": "benign"}),
        "tn": (c.tn, {"flagged": False, "threshold": at, "label": "benign"}),
        "fn": (c.fn, {"flagged": False, "threshold": at, "label": "attack"}),
        "unscored attacks": (c.unscored_attacks, {"scored": False, "label": "attack"}),
        "unscored benign": (c.unscored_benign, {"scored": False, "label": "benign"}),
        "labelled": (found.n_labelled, {"label": "labelled"}),
    }
    for name, (n, cell) in cells.items():
        f = dataclasses.replace(base, **cell)
        assert count(reader, scope, f).result.n == n, (name, f)
        assert listed(reader, scope, f) == n, (name, f)


@pytest.mark.parametrize("known", [None, START + timedelta(days=12)])
@pytest.mark.parametrize("at", [None, 0.0, 0.57, 0.615, 1.0])
@pytest.mark.parametrize("where", [(), (("region", "EMEA"),)])
def test_cells_of_efficacy_on_random_data(
    reader: Reader, at: float | None, known: datetime | None, where: tuple[tuple[str, str], ...]
) -> None:
    for version in ("1", "2"):
        scope = Scope("m", version, START + timedelta(hours=7), START + timedelta(days=25), where, None, known)
        found = efficacy.efficacy(reader, scope, at, over_all=False).result
        assert sum(dataclasses.astuple(found.confusion)) == found.n_labelled
        agree(reader, scope, found)


@pytest.mark.parametrize("column", ["region", "s.channel"])
def test_slices_of_efficacy(reader: Reader, column: str) -> None:
    scope = Scope("m", "1")
    found = efficacy.by_slice(reader, scope, column, 0.5).result
    names = {next(iter(e.by.values())) for e in found}
    assert names >= ({"(none)", "EMEA"} if column == "region" else {"(none)", "(other)", "ch3"})
    for e in found:
        part = (column, e.by[column])
        agree(reader, scope, e, Filters(part=part))
        every = count(reader, scope, Filters(part=part, population=e.population)).result.n
        assert every == e.n == listed(reader, scope, Filters(part=part)), part


def test_weeks_and_bars_of_efficacy(reader: Reader) -> None:
    scope = Scope("m", "1")
    for week in efficacy.by_week(reader, scope).result:
        since = datetime.combine(week.start, datetime.min.time(), UTC)
        mine = dataclasses.replace(scope, since=since, until=since + timedelta(days=7))
        assert count(reader, mine, Filters()).result.n == week.n == listed(reader, mine, Filters())
    shown = efficacy.histogram(reader, scope).result
    whose = efficacy.efficacy(reader, scope, over_all=False).result.population
    for low, high, rows, attacks, benign in shown.bins.itertuples(index=False):
        f = dataclasses.replace(bar(low, high), population=whose)
        n = count(reader, scope, f).result.n
        assert n == rows == listed(reader, scope, f)
        for label, labelled in (("attack", attacks), ("benign", benign)):
            assert count(reader, scope, dataclasses.replace(f, label=label)).result.n == labelled


def test_cells_of_the_small_warehouse(small_warehouse: Path, hostile_name: str) -> None:
    reader = open_reader(small_warehouse, local_viewer())
    for model, version in (("dns", "7"), ("dns", "8"), (hostile_name, "1")):
        for scope in (Scope(model, version), Scope(model, version, where=(("region", "APAC"),))):
            found = efficacy.efficacy(reader, scope, over_all=False).result
            assert found.n_labelled
            agree(reader, scope, found)


def test_seeded_attacks_count_where_a_scope_has_no_others(reader: Reader, labels: pd.DataFrame) -> None:
    mine = labels[labels["label_source"] != "red_team"]["event_id"]
    seeded = labels[(labels["label_source"] == "red_team") & (labels["label"] == "true_positive")]
    alone = seeded[~seeded["event_id"].isin(mine)]["event_id"].iloc[0]
    found = page(reader, Scope("m"), Filters(find=alone)).result.rows
    time = found["occurred_at"].iloc[0].to_pydatetime().replace(tzinfo=UTC)
    scope = Scope("m", found["model_version"].iloc[0], time, time + timedelta(microseconds=1))
    e = efficacy.efficacy(reader, scope, over_all=False).result
    if e.population == "red_team":
        agree(reader, scope, e)
    assert count(reader, scope, Filters(label="labelled", population="red_team")).result.n


filters = st.builds(
    lambda low, high, label, more: Filters(score_from=low, score_to=high, label=label, **more),
    st.sampled_from([None, 0.1, 0.57, 0.125]),
    st.sampled_from([None, 0.6, 1.0, 0.7777]),
    st.sampled_from(["any", "labelled", "unlabelled", "attack", "false_positive_data", "undetermined"]),
    st.sampled_from([{}, {"decision": "allow"}, {"case_id": "c7"}, {"entity": "host3"}, {"scored": True}]),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(f=filters, version=st.sampled_from([None, "1"]), days=st.sampled_from([None, 11]), sliced=st.booleans())
def test_counts_are_those_of_pandas(
    reader: Reader, truth: Truth, f: Filters, version: str | None, days: int | None, sliced: bool
) -> None:
    until = START + timedelta(days=days, minutes=7) if days else None
    scope = Scope("m", version, None, until, (("region", "EMEA"),) if sliced else ())
    assert count(reader, scope, f).result.n == len(truth(scope, f))


def test_what_would_take_long_is_not_counted(reader: Reader, truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    text = count(reader, Scope("m"), Filters(find="x")).result
    assert (text.n, text.why) == (None, counting.BY_TEXT)
    monkeypatch.setattr(counting, "CHEAP", 10)
    many = count(reader, Scope("m"), Filters(entity="host1")).result
    assert (many.n, many.why) == (None, counting.TOO_MANY)
    assert count(reader, Scope("m"), Filters(score_from=0.1234)).result.n is None
    edge = Filters(score_from=0.123)
    assert count(reader, Scope("m"), edge).result.n == len(truth(Scope("m"), edge)) > 0
    assert count(reader, Scope("nobody"), Filters()).result.n == 0
    assert np.isscalar(count(reader, Scope("m"), Filters(label="attack")).result.n)
