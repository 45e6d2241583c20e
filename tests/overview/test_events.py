"""A rule that overrules scores and a slice full of alarms, planted into a warehouse, and told to the hour and day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.overview import measures, overruled, words
from analytics.overview.happenings import Span
from analytics.overview.results import Overview
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader
from tests.overview.conftest import make_volumes

ZONE = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 9, 7, tzinfo=ZONE)
"""A Monday; nine weeks, in which the clocks go back."""
DAYS, RULED, FULL = 63, 51, range(22, 29)
END = FIRST + timedelta(days=DAYS)


def rows() -> pd.DataFrame:
    """Of every hour two requests that pass and one that is blocked, in two segments and regions.

    On day 51 from 10:20 a rule blocks 80 requests of the payments interface for half an hour, whatever their score. On
    the days 22 to 28 the segment "Wealth" has 20 more blocked ones a day.
    """
    made: list[tuple] = []
    for d in range(DAYS):
        day = FIRST + timedelta(days=d)
        for h in range(24):
            at = day + timedelta(hours=h, minutes=5)
            made += [(at, 0.1, "allow", "EMEA", "Retail", "Shop", None)] * 2
            made.append((at, 0.9, "block", ("EMEA", "APAC")[h % 2], ("Retail", "Wealth")[h % 4 == 0], "Shop", None))
        if d == RULED:
            at = day + timedelta(hours=10, minutes=20)
            made += [
                (at + timedelta(seconds=20 * i), 0.2, "block", "EMEA", "Retail", "Pay", "stop-1") for i in range(80)
            ]
        if d in FULL:
            made += [(day + timedelta(hours=i), 0.8, "block", "EMEA", "Wealth", "Shop", None) for i in range(20)]
    columns = ["occurred_at", "score", "decision", "region", "segment", "application", "rule_hits"]
    found = pd.DataFrame(made, columns=columns)
    found["occurred_at"] = [t.astimezone(UTC).isoformat() for t in found["occurred_at"]]
    names = [f"e{i}" for i in range(len(found))]
    return found.assign(event_id=names, model_id="w", model_version="1", mode="act")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The warehouse: half of what the rule blocked is judged, and so is every tenth other alarm, all benign."""
    folder = tmp_path_factory.mktemp("events")
    every = rows()
    ruled = every["rule_hits"].notna()
    judged = every[
        (ruled & (every.index % 2 == 0)) | (~ruled & (every["decision"] == "block") & (every.index % 10 == 0))
    ]
    labels = pd.DataFrame({"event_id": judged["event_id"], "label": 0, "label_source": "triage"})
    labels["labelled_at"] = (pd.to_datetime(judged["occurred_at"]) + pd.Timedelta(hours=1)).map(pd.Timestamp.isoformat)
    models = [{"model_id": "w", "model_version": "1", "service": "WAF", "role": "champion", "threshold": 0.5}]
    for kind, frame in (("models", pd.DataFrame(models)), ("detections", every), ("labels", labels)):
        frame.to_csv(folder / f"{kind}.csv", index=False)
        zone = ZONE.key if kind == "models" else None
        import_files(folder / "w", kind, [str(folder / f"{kind}.csv")], zone=zone)
    return open_reader(folder / "w", local_viewer())


def seen(reader: Reader, scope: Scope, since: datetime = END) -> Overview:
    """The overview."""
    return measures.overview(reader, scope, since).result


def test_both_are_told_with_what_those_say_who_judged_them(reader: Reader) -> None:
    o = seen(reader, Scope(since=FIRST))
    rule, full = o.happenings
    assert (rule.kind, rule.events, rule.judged, rule.right) == ("overruled", 80, 40, 0)
    assert (rule.start, rule.end) == (
        datetime(2026, 10, 28, 10, tzinfo=ZONE), datetime(2026, 10, 28, 11, tzinfo=ZONE)
    )  # fmt: skip
    assert words.happening(rule, ZONE.key) == (
        "WAF: 80 events blocked whatever their score in EMEA, Wed 28 Oct 10:00–11:00 (rule “stop-1”, “Pay”); "
        "none of 40 judged was an attack"
    )
    assert (full.kind, full.place, full.scope.where) == ("slice", "Wealth", (("segment", "Wealth"),))
    assert (full.start, full.end) == (FIRST + timedelta(days=22), FIRST + timedelta(days=29))
    assert full.events == 7 * 26
    # 6 of 24 alarms on a usual day, that of the rule apart
    assert full.usual == pytest.approx(7 * 18 * (14 * 6) / (14 * 18), rel=0.15)
    mine = rows().assign(at=lambda d: pd.to_datetime(d["occurred_at"]))
    inside = mine["at"].between(full.start, full.end, inclusive="left") & (mine["segment"] == "Wealth")
    assert full.judged == ((mine.index % 10 == 0) & inside & (mine["decision"] == "block")).sum()
    assert o.before == []


def test_what_ended_before_the_window_is_named_and_not_told(reader: Reader) -> None:
    o = seen(reader, Scope(since=END - timedelta(days=7)))
    assert (o.happenings, o.before) == ([], ["WAF"])
    late = seen(reader, Scope(since=FIRST + timedelta(days=40)))
    assert ([h.kind for h in late.happenings], late.before) == (["overruled"], ["WAF"])
    # Of a window that ends before, nothing is over before it.
    assert seen(reader, Scope(since=FIRST, until=FIRST + timedelta(days=3))).before == []


def test_one_region_tells_what_lies_there_whole(reader: Reader) -> None:
    """All that the rule blocked was in EMEA; a slice's alarms are known for all regions together alone."""
    here, there = (seen(reader, Scope(since=FIRST, where=(("region", r),))) for r in ("EMEA", "APAC"))
    assert [(h.kind, h.scope.where) for h in here.happenings] == [("overruled", (("region", "EMEA"),))]
    assert there.happenings == []


def test_a_storm_that_is_only_the_rule_is_told_once() -> None:
    """Three hours of a rule: the alarms are many times the usual because of it, the events are not."""
    n = 35 * 24
    hours = pd.date_range("2026-08-03", periods=n, freq="h")
    by_rule = np.zeros(n)
    by_rule[500:503] = 400
    acted, events = 50 + by_rule, np.full(n, 5000.0)
    counts = {"events": events, "acted": acted, "events_counted": events, "acted_counted": acted}
    volumes = make_volumes({"EMEA": counts})
    told = pd.DataFrame({"hour": hours[500:503], "events": 400.0, "rows": 0, "counted": 400.0, "threshold": 0.5})
    (rule,) = overruled.spans(volumes, told)
    start = volumes.grid[500].to_pydatetime().replace(tzinfo=UTC)
    assert (rule.start, rule.end) == (start, start + timedelta(hours=3))
    storm = Span("storm", rule.start, rule.end, frozenset({"EMEA"}))
    assert overruled.explains(rule, storm, volumes, told)
    assert not overruled.explains(rule, storm, volumes, told.assign(events=100.0))
    later = Span("storm", rule.end, rule.end + timedelta(hours=2), frozenset({"EMEA"}))
    assert not overruled.explains(rule, later, volumes, told)
    outage = Span("unchecked", rule.start, rule.end, frozenset({"EMEA"}))
    assert not overruled.explains(rule, outage, volumes, told)


def test_a_rule_that_always_acts_is_usual() -> None:
    n = 35 * 24
    events = np.full(n, 5000.0)
    volumes = make_volumes({"EMEA": {"events": events, "events_counted": events}})
    hours = pd.date_range("2026-08-03", periods=n, freq="h")
    told = pd.DataFrame({"hour": hours, "events": 400.0, "rows": 0, "counted": 400.0, "threshold": 0.5})
    assert overruled.spans(volumes, told) == []
    # few stored rows that stand for many events are chance
    rare = pd.DataFrame({"hour": hours[:1], "events": 400.0, "rows": 3, "counted": 0.0, "threshold": 0.5})
    assert overruled.spans(volumes, rare) == []
