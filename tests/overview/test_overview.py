"""The overview of a small perimeter whose figures are worked out by hand (see ``conftest``), and its parts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.errors import BadInput, NoData
from analytics.overview import measures, words, words_items
from analytics.overview.results import Overview
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
SINCE = datetime(2026, 11, 30, tzinfo=BERLIN)
MONTH = Scope(since=datetime(2026, 11, 7, tzinfo=BERLIN), until=datetime(2026, 12, 7, tzinfo=BERLIN))
"""30 days: 120 blocked rows of the WAF, of which 23 × 1 + 7 × 3 = 44 were benign."""


@pytest.fixture(scope="module")
def reader(perimeter: Path) -> Reader:
    """A reader of the perimeter."""
    return open_reader(perimeter, local_viewer())


def seen(reader: Reader, scope: Scope = MONTH, since: datetime = SINCE) -> Overview:
    """The overview."""
    return measures.overview(reader, scope, since).result


@pytest.fixture(scope="module")
def month(reader: Reader) -> Overview:
    """The overview of 30 days."""
    return seen(reader)


def test_services_by_hand(month: Overview) -> None:
    dns, waf = month.services
    assert [(s.name, s.scope.model, s.scope.version, s.acts) for s in month.services] == [
        ("DNS", "d", "2", False),
        ("WAF", "w", "1", True),
    ]
    assert (waf.checked, waf.acted) == (pytest.approx(19), pytest.approx(4))
    assert waf.efficacy.estimates["precision"].value == pytest.approx(76 / 120)
    assert waf.false_alarms.value == pytest.approx(44 / 30)
    assert 0 < float(waf.false_alarms.low or 0) < 44 / 30 < float(waf.false_alarms.high or 0) < 4
    # 102 an hour; in the storm 3 × 978 more, 3 × 78 of them alerts; 60 not checked
    assert dns.checked == pytest.approx(102 * 24 + (3 * 978 - 60) / 30)
    assert dns.acted == pytest.approx(48 + 3 * 78 / 30)
    assert dns.false_alarms.value is None


def test_totals_by_hand(month: Overview) -> None:
    assert month.rows == 600
    assert month.events == pytest.approx(600 + 30 * 24 * 102 + 3 * 978)
    assert month.acted == pytest.approx(4 + 48 + 7.8)
    assert month.truth.value == pytest.approx(120 / (120 + 30 * 48 + 234))
    assert month.truth.n == 120
    assert [(s.truth.value, s.truth.n) for s in month.services] == [(0, 0), (1, 120)]
    assert month.until == datetime(2026, 12, 7, tzinfo=BERLIN)
    days = month.services[1].days
    assert (days["acted"].tolist(), days["whole"].tolist()) == ([4] * 35 + [0], [True] * 35 + [False])


def test_changes_by_hand(month: Overview) -> None:
    """Compared are precision, alarms, events and misses of the WAF; of the DNS, which nobody judges, two of these."""
    assert month.compared == 6
    assert [(c.service, c.measure, c.worse) for c in month.changes] == [
        ("WAF", "missed", True),
        ("WAF", "precision", True),
    ]
    missed, precision = month.changes
    assert (missed.before, missed.after, missed.of_it) == (0, 3, 21)
    by_day = missed.days.groupby("later")["value"].agg(["sum", "count"])
    assert by_day.to_dict() == {"sum": {False: 0, True: 21}, "count": {False: 28, True: 7}}
    assert (precision.before, precision.after) == (pytest.approx(0.75), pytest.approx(0.25))
    assert precision.scope.since == SINCE


def test_what_goes_on_since_the_review_stays_told_where_since_is_later(reader: Reader) -> None:
    """From 30 November on three misses are found a day and one alarm in four is right: one day alone tells neither."""
    later = SINCE + timedelta(days=6)
    alone = measures.overview(reader, MONTH, later).result
    assert (alone.changes, words_items.attention(alone, ZONE)) == ([], [])
    both = measures.overview(reader, MONTH, later, SINCE).result
    assert [(c.measure, c.since) for c in both.changes] == [("missed", SINCE), ("precision", SINCE)]
    assert both.compared == alone.compared + 6
    assert words.headline(both, ZONE) == (
        "One of two services needs attention. WAF: 3.0 missed attacks found a day, up from 0.0 before 30 Nov."
    )
    assert "WAF: right alarms fell from 75 % to 25 % since 30 Nov." in [i.text for i in words_items.items(both, ZONE)]
    # Where since is the review itself, nothing is compared twice.
    assert measures.overview(reader, MONTH, SINCE, SINCE).result.compared == 6


def with_labels(folder: Path, files: dict, labels: pd.DataFrame) -> Overview:
    """The overview of the perimeter with other labels."""
    folder.mkdir()
    labels.to_csv(folder / "labels.csv", index=False)
    for kind, path in {**files, "labels": folder / "labels.csv"}.items():
        import_files(folder / "w", kind, [str(path)], zone=ZONE if kind == "models" else None)
    return seen(open_reader(folder / "w", local_viewer()))


def test_misses_that_no_longer_come_are_a_change_and_silence_is_none(tmp_path: Path, perimeter_files: dict) -> None:
    """Three a day from 16 to 22 November and none since: 21 in 28 days before, 0 after."""
    moved = pd.read_csv(perimeter_files["labels"])
    moved["event_id"] = [
        f"w{int(e[1:].split('-')[0]) - 14}-{e.split('-')[1]}" if int(e.split("-")[1]) >= 5 else e
        for e in moved["event_id"]
    ]
    late = moved["event_id"].str.split("-").str[1].astype(int) >= 5
    moved.loc[late, "labelled_at"] = (pd.to_datetime(moved["labelled_at"]) - pd.Timedelta(days=14)).map(
        pd.Timestamp.isoformat
    )
    o = with_labels(tmp_path / "fewer", perimeter_files, moved)
    (fewer,) = (c for c in o.changes if c.measure == "missed")
    assert (fewer.before, fewer.after, fewer.worse, fewer.technique) == (0.75, 0, False, "")
    assert words_items.better(o, ZONE)[0].text == "WAF: 0.0 missed attacks found a day, down from 0.8 before 30 Nov."
    quiet = with_labels(tmp_path / "quiet", perimeter_files, moved[moved["labelled_at"] < SINCE.isoformat()])
    assert [(s.service, s.first, s.ongoing) for s in quiet.silences][-1] == ("WAF", date(2026, 11, 30), True)
    assert not [c for c in quiet.changes if c.measure == "missed"], (
        "nobody looked: nothing was found, and nothing is told"
    )


def test_what_happened_by_hand(month: Overview) -> None:
    outage, storm = month.happenings
    assert (outage.kind, outage.start, outage.end) == (
        "unchecked", datetime(2026, 11, 25, 3, tzinfo=BERLIN), datetime(2026, 11, 25, 4, tzinfo=BERLIN)
    )  # fmt: skip
    assert (outage.events, outage.peak, outage.reason) == (60, pytest.approx(60 / 102), "time-out")
    assert (storm.kind, storm.start, storm.end) == (
        "storm", datetime(2026, 11, 20, 10, tzinfo=BERLIN), datetime(2026, 11, 20, 13, tzinfo=BERLIN)
    )  # fmt: skip
    assert (storm.regions, storm.peak, storm.events, storm.usual) == (("EMEA",), 40, 240, 6)
    (silence,) = month.silences
    assert (silence.service, silence.first, silence.last, silence.ongoing) == (
        "WAF", date(2026, 11, 18), date(2026, 11, 19), False
    )  # fmt: skip


def test_the_sentences(month: Overview) -> None:
    assert words.headline(month, ZONE) == (
        "One of two services needs attention. "
        "WAF: 3.0 missed attacks found a day, up from 0.0 before 30 Nov."
    )  # fmt: skip
    missed = "WAF: 3.0 missed attacks found a day, up from 0.0 before 30 Nov"
    assert [(i.urgency, i.text) for i in words_items.items(month, ZONE)] == [
        ("now", f"{missed}; mostly “<b>sqli</b> [x](http://x.example)”, missed since 30 Nov."),
        ("now", "WAF: right alarms fell from 75 % to 25 % since 30 Nov."),
        (
            "earlier",
            "DNS: 60 of 102 events passed unchecked in EMEA, within Wed 25 Nov 03:00–04:00 (mostly: time-out).",
        ),
        ("earlier", "DNS: storm in EMEA, Fri 20 Nov 10:00–13:00, up to 40 times the usual alarms."),
        ("earlier", "No verdicts on alarms arrived for WAF from 18 Nov to 19 Nov."),
    ]


def test_a_region(reader: Reader) -> None:
    """In EMEA 2 blocked and 1 unscored of 10 a day: 7 of 60 blocked were benign, all after 30 November."""
    o = seen(reader, Scope(since=MONTH.since, until=MONTH.until, where=(("region", "EMEA"),)))
    dns, waf = o.services
    assert (waf.checked, waf.acted) == (pytest.approx(9), pytest.approx(2))
    assert waf.false_alarms.value == pytest.approx(7 / 30)
    assert dns.acted == pytest.approx(55.8)
    assert o.truth.value == pytest.approx(60 / (60 + 1674))
    assert [h.scope.where for h in o.happenings] == [(("region", "EMEA"),)] * 2
    apac = seen(reader, Scope(since=MONTH.since, until=MONTH.until, where=(("region", "APAC"),)))
    assert apac.happenings == []
    assert [s.checked for s in apac.services] == [0, 10]


def test_a_service_that_a_region_does_not_have_stands_there_empty(reader: Reader) -> None:
    o = seen(reader, Scope(where=(("region", "<b>nowhere</b>"),)))
    assert [(s.name, s.checked, s.acted, len(s.days)) for s in o.services] == [("DNS", 0, 0, 0), ("WAF", 0, 0, 0)]
    assert (o.changes, o.happenings, o.truth.value) == ([], [], None)


def test_a_window_without_events_and_one_of_ten_minutes(reader: Reader) -> None:
    old = seen(reader, Scope(since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 2, 1, tzinfo=UTC)))
    assert words.headline(old, ZONE) == (
        "No events in this selection: nothing was checked. One of two services needs attention since 30 Nov."
    )
    start = datetime(2026, 11, 24, 15, tzinfo=BERLIN)
    for minutes in (0, 50):
        since = start + timedelta(minutes=minutes)
        o = seen(reader, Scope(since=since, until=since + timedelta(minutes=10)))
        assert o.services[0].checked == pytest.approx(102 * 24), "as many a day as in the whole hour"
        assert o.truth.quality == "not_measurable"


def test_what_is_told_lies_in_the_window_or_after_the_review(reader: Reader) -> None:
    def found(scope: Scope, since: datetime) -> tuple[list[str], int]:
        o = seen(reader, scope, since)
        return [h.kind for h in o.happenings], len(o.silences)

    day = datetime(2026, 11, 20, tzinfo=BERLIN)
    assert found(Scope(), SINCE) == (["unchecked", "storm"], 1)
    assert found(Scope(since=SINCE), SINCE) == ([], 0)
    assert found(Scope(since=day, until=day + timedelta(days=1)), SINCE) == (["storm"], 0)
    assert found(Scope(since=SINCE), day) == (["unchecked", "storm"], 0)
    assert found(Scope(since=day - timedelta(days=9), until=day), SINCE) == ([], 1)


def test_a_slice_other_than_a_region_is_refused(reader: Reader) -> None:
    with pytest.raises(BadInput):
        seen(reader, Scope(where=(("segment", "x"),)))


def test_regions(reader: Reader) -> None:
    assert measures.regions(reader).result == ["APAC", "EMEA"]


def test_without_detections_there_is_no_overview(tmp_path: Path, perimeter_files: dict) -> None:
    import_files(tmp_path / "w", "models", [str(perimeter_files["models"])])
    with pytest.raises(NoData):
        seen(open_reader(tmp_path / "w", local_viewer()))


def test_one_service_alone(tmp_path: Path, perimeter_files: dict) -> None:
    few = pd.read_csv(perimeter_files["detections"]).query("model_id == 'w'").head(100)
    few.to_csv(tmp_path / "d.csv", index=False)
    import_files(tmp_path / "w", "models", [str(perimeter_files["models"])])
    import_files(tmp_path / "w", "detections", [str(tmp_path / "d.csv")])
    reader = open_reader(tmp_path / "w", local_viewer())
    until = reader.snapshot.data_until
    assert until is not None
    o = seen(reader, Scope(), until - timedelta(days=7))
    assert [s.name for s in o.services] == ["WAF"]
    assert words.headline(o, "UTC") == (
        "Whether anything got worse since 30 Oct cannot be told: there is nothing to compare."
    )
    assert words.unknown(o).startswith("How many more attacks get past WAF cannot be told")
    assert (words.quality(o.services[0]), o.truth.value) == ("no verdicts yet", 0)


VERSION = {"service": "WAF", "name": "Wall", "role": "champion", "since": date(2026, 1, 1), "until": date(2026, 2, 1)}


def versions(*rows: dict) -> pd.DataFrame:
    """Versions as the efficacy room returns them."""
    return pd.DataFrame([VERSION | {"notes": ""} | r for r in rows])


def test_the_champion_is_in_use_even_where_another_was_seen_later() -> None:
    found = measures.in_use(versions(
        {"model_id": "w", "model_version": "1"},
        {"model_id": "w", "model_version": "2", "role": "challenger", "until": date(2026, 3, 1)},
    ))  # fmt: skip
    assert [(u.model, u.version, u.name) for u in found] == [("w", "1", "WAF")]


def test_of_none_or_two_champions_the_one_seen_last_is_in_use() -> None:
    for role in ("challenger", "champion"):
        found = measures.in_use(versions(
            {"model_id": "w", "model_version": "1", "role": role, "until": date(2026, 3, 1)},
            {"model_id": "w", "model_version": "2", "role": role},
            {"model_id": "w", "model_version": "3", "role": role, "since": None, "until": None},
        ))  # fmt: skip
        assert [u.version for u in found] == ["1"]


def test_services_are_named_apart_and_hostile_names_stay_as_they_are() -> None:
    hostile = "<b>x</b> [a](http://x.example) =cmd()"
    found = measures.in_use(versions(
        {"model_id": "b", "model_version": "1", "name": hostile},
        {"model_id": "a", "model_version": "1"},
        {"model_id": "c", "model_version": "1", "service": "", "name": hostile},
        {"model_id": "d", "model_version": "1", "service": hostile},
    ))  # fmt: skip
    assert [u.name for u in found] == [hostile, hostile, f"WAF · {hostile}", "WAF · Wall"]
    assert [u.model for u in found] == ["c", "d", "b", "a"]
    assert measures.in_use(versions({"model_id": "a", "model_version": "1", "since": None})) == []


@pytest.mark.parametrize(
    ("precision", "found"),
    [
        ((0.9, 0.8, 0.95), (20, 10, 40)),
        ((None, 0.5, 1.0), (None, 0, 100)),
        ((None, None, None), (None, None, None)),
        ((1.0, 0.9, 1.0), (0, 0, 20)),
    ],
)
def test_false_alarms_are_the_volume_times_the_rest(precision: tuple, found: tuple) -> None:
    e = measures.false_alarms(Estimate(*precision, n=50, method="wilson", quality="few"), 200)
    assert (e.value, e.low, e.high) == tuple(None if x is None else pytest.approx(x) for x in found)
    assert (e.unit, e.n, e.quality) == ("count", 50, "few")


def test_days_are_cut_in_utc_where_that_is_the_zone(tmp_path: Path, perimeter_files: dict) -> None:
    """Verdicts of 20:00 in Berlin are of the same day in UTC: the silence is the same."""
    for kind, path in perimeter_files.items():
        import_files(tmp_path / "w", kind, [str(path)])
    reader = open_reader(tmp_path / "w", local_viewer())
    o = seen(reader, Scope(), datetime(2026, 11, 29, 23, tzinfo=UTC))
    assert [(s.first, s.last) for s in o.silences] == [(date(2026, 11, 18), date(2026, 11, 19))]
