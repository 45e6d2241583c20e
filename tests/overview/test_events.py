"""A rule that overrules scores and a slice full of alarms, planted into a warehouse, and told to the hour and day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.detections import measures as detections
from analytics.detections.filters import Filters, Label
from analytics.overview import measures, overruled, queries, words, words_picture
from analytics.overview.results import Change, Happening, Overview
from analytics.scope import Scope
from analytics.stats.differences import Difference
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader
from pages.parts import cells, ways
from pages.parts.cache import View
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
    assert rule.scope.where == (("region", "EMEA"),), "where all of it was"
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


def view(reader: Reader, exact: bool = True) -> View:
    """Who looks."""
    return View(reader, Scope(), reader.directory, exact)


def listed(reader: Reader, about: Happening, exact: bool = True) -> Callable[[Label], int | None]:
    """How many detections of a label there are where something can be looked into."""
    page, query = ways.of(about, view(reader, exact))
    assert page == cells.PAGE
    text = urlencode(query, doseq=True)
    scope, filters = Scope.from_text(text), Filters.from_text(text)
    return lambda label: detections.count(reader, scope, replace(filters, label=label)).result.n


def test_what_is_looked_into_is_the_very_rows_that_were_told(reader: Reader) -> None:
    rule, full = seen(reader, Scope(since=FIRST)).happenings
    assert rule.below == 0.5
    n = listed(reader, rule)
    assert (n("any"), n("labelled"), n("benign")) == (80, 40, 40)
    # Who may not ask about exact scores gets no address that is cut at one: that hour's own alarm is there too.
    assert "score_to" not in ways.of(rule, view(reader, exact=False))[1]
    assert listed(reader, rule, exact=False)("any") == 81
    query = ways.of(full, view(reader))[1]
    assert (query["label"], query["decision"], query["where"]) == (["benign"], ["block"], ["segment=Wealth"])
    assert listed(reader, full)("benign") == full.judged - full.right == full.judged
    unjudged = replace(full, judged=0)
    assert "label" not in ways.of(unjudged, view(reader))[1]


def test_a_pinned_view_stays_pinned(reader: Reader) -> None:
    rule = seen(reader, Scope(since=FIRST)).happenings[0]
    pinned = replace(view(reader), scope=Scope(snapshot=reader.snapshot.name))
    assert ways.of(rule, pinned)[1]["snapshot"] == [reader.snapshot.name]


def test_what_is_known_of_silent_hours_and_of_other_changes(reader: Reader) -> None:
    quiet = replace(seen(reader, Scope(since=FIRST)).happenings[0], kind="silent")
    page, query = ways.of(quiet, view(reader))
    assert (page, query["unchecked"]) == (ways.EFFICACY, ["true"])
    steady = Difference(2.0, 1.5, 2.5, 0.0)
    for measure, opened in (("checked", {"unchecked": ["true"]}), ("acted", {}), ("precision", {})):
        c = Change("WAF", Scope(model="w", version="1"), measure, 1.0, 2.0, steady, 0.0, worse=True)
        assert ways.of(c, view(reader)) == (ways.EFFICACY, {"model": ["w"], "version": ["1"], **opened})


def test_a_picture_rests_on_the_hours_and_days_that_it_draws(reader: Reader) -> None:
    rule, full = seen(reader, Scope(since=FIRST)).happenings
    assert words_picture.rests(rule, ZONE.key) == "80 alarms; 49 hours, Tue 27 Oct 10:00 to Thu 29 Oct 11:00"
    assert words_picture.scope(rule, ZONE.key) == (
        "WAF: model w, version 1 · 28 Oct 2026 10:00 until before 28 Oct 2026 11:00 · region: EMEA"
    )
    # Six alarms a day in two weeks before and after, 26 a day between them.
    assert words_picture.rests(full, ZONE.key) == f"{28 * 6 + 7 * 26} stored alarms; 35 days, 15 Sep to 19 Oct"


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


RULE = datetime(2026, 10, 28, 10, tzinfo=ZONE)
Cell = tuple[datetime, float, str, str, int]
"""Hour, score, decision, region and count."""


def of_a_month(folder: Path, rows: list[dict[str, Any]], counts: list[Cell], **model: Any) -> Reader:
    """Five weeks of counts (5,000 pass and 6 are blocked an hour and region) with some more counts, and stored rows.

    A row is blocked in EMEA with score .2 at ten past ten on 28 October, unless it says otherwise.
    """
    usual = [
        (FIRST + timedelta(days=28, hours=h), score, decision, region, n)
        for h in range(35 * 24)
        for region in ("EMEA", "APAC")
        for score, decision, n in ((0.1, "allow", 5000), (0.9, "block", 6))
    ]
    cells = pd.DataFrame([*usual, *counts], columns=["hour", "score", "decision", "region", "count"])
    cells = cells.assign(model_id="w", model_version="1", mode="act")
    cells["hour"] = [t.astimezone(UTC).isoformat() for t in cells["hour"]]
    given = {"score": 0.2, "decision": "block", "mode": "act", "region": "EMEA", "rule_hits": "r1", "at": RULE}
    stored = pd.DataFrame([given | row for row in [{"score": 0.1, "decision": "allow"}, *rows]])
    stored["occurred_at"] = [(t + timedelta(minutes=10)).astimezone(UTC).isoformat() for t in stored.pop("at")]
    stored = stored.assign(event_id=[f"e{i}" for i in range(len(stored))], model_id="w", model_version="1")
    judged = stored[stored["decision"] != "allow"]
    labels = pd.DataFrame({"event_id": judged["event_id"], "label": 0, "label_source": "triage"})
    labels["labelled_at"] = (pd.to_datetime(judged["occurred_at"]) + pd.Timedelta(days=1)).map(pd.Timestamp.isoformat)
    models = [{"model_id": "w", "model_version": "1", "service": "WAF", "role": "champion", "threshold": 0.5} | model]
    for kind, frame in (
        ("models", pd.DataFrame(models)),
        ("counts", cells),
        ("detections", stored),
        ("labels", labels),
    ):
        frame.to_csv(folder / f"{kind}.csv", index=False)
        import_files(folder / "w", kind, [str(folder / f"{kind}.csv")], zone=ZONE.key if kind == "models" else None)
    return open_reader(folder / "w", local_viewer())


def sentences(reader: Reader, **scope: Any) -> list[str]:
    """What is told of all that happened."""
    o = seen(reader, Scope(since=FIRST, **scope), FIRST + timedelta(days=62))
    return [words.happening(h, ZONE.key) for h in o.happenings]


def test_rows_and_counts_of_one_hour_are_one_rule_and_rows_alone_tell_which(tmp_path: Path) -> None:
    reader = of_a_month(tmp_path, [{"application": "Pay"}] * 3, [(RULE, 0.2, "block", "APAC", 1000)])
    said = "WAF: 1,000 events blocked whatever their score, Wed 28 Oct 10:00–11:00 (of those stored: rule “r1”, “Pay”)"
    assert sentences(reader) == [f"{said}; none of 3 judged was an attack"]
    assert seen(reader, Scope(since=FIRST)).happenings[0].events == 1003
    # Nobody can say of a region what part of it lies there, and a longer window would not tell it either.
    o = seen(reader, Scope(since=END - timedelta(days=5), where=(("region", "EMEA"),)))
    assert (sentences(reader, where=(("region", "EMEA"),)), o.before) == ([], [])
    early = Scope(model="w", version="1", since=RULE, until=RULE + timedelta(hours=1), known_at=RULE)
    known = reader.query(*queries.judged(early, {"region"}, 0.5))
    assert known["n"].item() == 0  # nobody had judged them by then


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{}] * 41 + [{"decision": "alert"}] * 39, "80 events acted on whatever"),
        ([{"mode": "shadow"}] * 80, "80 events flagged whatever"),
        ([{}] * 80, "80 events blocked whatever"),
        ([{"rule_hits": "x" * 500}] * 80, f"(rule “{'x' * 59}…”); none of 80"),
    ],
)
def test_what_was_done_is_said_where_it_was_done_to_all(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    (sentence,) = sentences(of_a_month(tmp_path, rows, []))
    assert said in sentence


def test_verdicts_are_those_of_the_events_that_are_told(tmp_path: Path) -> None:
    """Of scores in the threshold's own bin nobody can tell by counts what acted: they are not judged here either.

    A threshold that is only planned overrules nothing.
    """
    reader = of_a_month(tmp_path, [{}] * 80 + [{"score": 0.5002}] * 300, [], threshold=0.5005)
    later = tmp_path / "later.csv"
    later.write_text("model_id,model_version,threshold,effective_from\nw,1,0.1,2027-01-01\n")
    import_files(tmp_path / "w", "models", [str(later)])
    for r in (reader, open_reader(tmp_path / "w", local_viewer())):
        (sentence,) = sentences(r)
        assert "80 events blocked" in sentence
        assert "none of 80 judged" in sentence
    bound = measures.overview(reader, Scope(since=FIRST), END).provenance.queries
    assert not any(0.5005 in values.values() for _, values in bound)


def test_a_rule_that_acts_on_what_comes_is_one_thing(tmp_path: Path) -> None:
    hours = [RULE + timedelta(hours=h) for h in range(0, 24 * 6, 2)]
    reader = of_a_month(tmp_path, [], [(h, 0.2, "block", "EMEA", 40) for h in hours])
    (sentence,) = sentences(reader)
    assert "2,880 events blocked whatever their score in EMEA, Wed 28 Oct 10:00 to Tue 3 Nov" in sentence


def test_a_rule_hides_no_storm_elsewhere(tmp_path: Path) -> None:
    hours = [RULE + timedelta(hours=h) for h in range(3)]
    counts = [(h, 0.2, "block", "APAC", 400) for h in hours] + [(h, 0.95, "block", "EMEA", 200) for h in hours]
    rule, storm = sorted(sentences(of_a_month(tmp_path, [], counts)))
    assert "1,200 events blocked whatever their score in APAC" in rule
    assert "storm in EMEA, Wed 28 Oct 10:00–13:00, up to 34 times the usual alarms" in storm


def test_a_storm_that_is_only_the_rule_is_told_once(tmp_path: Path) -> None:
    """Three hours of a rule: the alarms of its region are many times the usual because of it, the events are not."""
    counts = [(RULE + timedelta(hours=h), 0.2, "block", "APAC", 200) for h in range(3)]
    (sentence,) = sentences(of_a_month(tmp_path, [], counts))
    assert "600 events blocked whatever their score in APAC, Wed 28 Oct 10:00–13:00" in sentence


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
