"""The overview of a perimeter: what the first page, a command and a notebook call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.efficacy import measures as efficacy
from analytics.efficacy.seeded import seeded
from analytics.efficacy.versions import in_use as of_one_model
from analytics.errors import BadInput, NoData
from analytics.overview import changes, events, queries
from analytics.overview.events import false_alarms
from analytics.overview.happenings import quiet_days
from analytics.overview.results import Change, Measure, Overview, Service, Silence
from analytics.overview.volumes import DAY, HOUR, Volumes
from analytics.results import Estimate, Measured
from analytics.scope import Scope
from analytics.stats.differences import Difference
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

BEFORE = timedelta(days=28)
"""The weeks that a later period is compared with: every weekday as often."""
Quiet = tuple[date, date, float]
"""First and last day without a label, and how many are usual a day."""
TREND = 90
"""Days of the small picture in each row."""


@dataclass(frozen=True, slots=True)
class InUse:
    """The model version in use of one service."""

    model: str
    version: str
    name: str
    """Of the service."""
    called: str
    """Of the model in the inventory."""
    notes: str = ""


def in_use(versions: pd.DataFrame) -> list[InUse]:
    """Return the version in use of every model that has seen events, in the order of their names.

    Parameters
    ----------
    versions
        As ``efficacy.measures.versions`` returns them.
    """
    seen = versions[versions["since"].notna()]
    services = Counter(seen.drop_duplicates("model_id")["service"])
    found = []
    for model, rows in seen.groupby("model_id"):
        row = of_one_model(rows.to_dict("records"))
        service = str(row["service"])
        name = service if service and services[service] == 1 else " · ".join(filter(None, (service, str(row["name"]))))
        found.append(InUse(str(model), str(row["model_version"]), name, str(row["name"]), str(row["notes"])))
    return sorted(found, key=lambda u: (u.name, u.model))


def regions(reader: Reader) -> Measured[list[str]]:
    """Return the regions that the snapshot knows, sorted."""
    trace = Trace(reader)
    found = trace.run(queries.REGIONS, {})
    return Measured(found["region"].tolist(), trace.provenance(Scope()))


def overview(reader: Reader, scope: Scope, since: datetime, review: datetime | None = None) -> Measured[Overview]:
    """Return the perimeter at a glance.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Window, and a region or none; its model and version play no part.
    since
        Start of the period that is compared with the four weeks before it: the last review, say.
    review
        When somebody last reviewed all of it, if anybody did. What has got worse since then and goes on stays told
        where ``since`` is later: the days before it were bad already.

    Raises
    ------
    NoData
        There are no detections.
    BadInput
        The scope has a slice other than a region.
    """
    trace, zone = Trace(reader), reader.snapshot.zone
    used, now = _in_view(reader, scope)
    region = dict(scope.where).get("region")
    versions = [(u.model, u.version) for u in used]
    told = trace.run(*queries.hours(versions, None, region))
    every = Volumes(told, now, zone)
    each = [(u, _scope(scope, u), Volumes(told[told["model_id"] == u.model], now, zone)) for u in used]
    arrived = trace.run(*queries.arrivals(versions, zone, region))
    quiet = _quiet(used, arrived, every)

    def compared_since(start: datetime) -> list[Change]:
        lost = trace.run(*queries.missed(versions, start, region))
        found = [c for u, own, volumes in each for c in _compared(reader, own, u, volumes, start)]
        for u, own, volumes in each:
            found += _missed(own, u, volumes, start, arrived, lost, quiet[u.model])
        return found

    compared = compared_since(since)
    before_that = compared_since(review) if review and review < since else []
    known = trace.run(*queries.known_alarms(versions, scope.since, scope.until, region))
    services = [_service(reader, own, u, volumes, known[known["model_id"] == u.model]) for u, own, volumes in each]
    happened, before = events.happened(trace, [(u.name, own, volumes) for u, own, volumes in each], since)
    return Measured(
        Overview(
            services=services,
            changes=changes.standing(changes.called(compared), changes.called(before_that), review),
            happenings=happened,
            before=before,
            silences=[s for u, own, _ in each for s in _silences(own, u, quiet[u.model], every, since)],
            since=since,
            until=now,
            compared=len(compared) + len(before_that),
            rows=sum(s.efficacy.n for s in services),
            events=sum(s.efficacy.n_represented for s in services),
            checked=sum(s.checked for s in services),
            acted=sum(s.acted for s in services),
            checked_change=_changed(every, "checked", since, now),
            acted_change=_changed(every, "acted", since, now),
            notes=_notes(used),
            truth=_truth(known, every, scope),
        ),
        trace.provenance(scope),
    )


def _in_view(reader: Reader, scope: Scope) -> tuple[list[InUse], datetime]:
    """Return the versions in use and the end of the data, where the overview can be given."""
    used, now = in_use(efficacy.versions(reader).result), reader.snapshot.data_until
    if now is None or not used:
        raise NoData("opening the overview", "This snapshot holds no detections.", "Import some as shown above.")
    if any(column != "region" for column, _ in scope.where):
        raise BadInput("opening the overview", "its selection is not a region.", "Clear the selection.")
    return used, now


def _notes(used: list[InUse]) -> dict[str, tuple[str, ...]]:
    """Return what owners note of their models, and the services of each."""
    found: dict[str, tuple[str, ...]] = {}
    for u in used:
        if u.notes:
            found[u.notes] = (*found.get(u.notes, ()), u.name)
    return found


def _scope(scope: Scope, used: InUse) -> Scope:
    return replace(scope, model=used.model, version=used.version)


def _service(reader: Reader, scope: Scope, used: InUse, volumes: Volumes, known: pd.DataFrame) -> Service:
    e = efficacy.efficacy(reader, scope, over_all=False).result
    days = max(volumes.length(scope.since, scope.until), 1e-9)
    events, unscored, acted, guarded = (
        volumes.sum(c, scope.since, scope.until) / days for c in ("events", "unscored", "acted", "guarded")
    )
    trend = volumes.days()
    return Service(
        name=used.name,
        scope=scope,
        efficacy=e,
        false_alarms=false_alarms(e.estimates["precision"], acted),
        checked=events - unscored,
        acted=acted,
        acts=guarded > 0,
        seeded=seeded(reader, scope).result.get("red_team"),
        days=trend[["day", "acted", "whole"]].tail(TREND).reset_index(drop=True),
        truth=_truth(known, volumes, scope),
        model=used.called,
    )


def _compared(reader: Reader, scope: Scope, used: InUse, volumes: Volumes, since: datetime) -> list[Change]:
    """Return every comparison of the time since with the weeks before it."""
    if since >= volumes.until:
        return []
    later = replace(scope, since=since, until=volumes.until + timedelta(microseconds=1))
    earlier = replace(scope, since=since - BEFORE, until=since)
    a, b = (efficacy.efficacy(reader, s, over_all=False).result.estimates for s in (later, earlier))
    found = []
    for name in ("precision", "recall"):
        found += changes.shares(used.name, later, name, a[name], b[name])
    measured: tuple[Measure, ...] = ("acted", "checked")
    for name in measured:
        days = (volumes.whole_days(name, *ends) for ends in ((since, volumes.until), (since - BEFORE, since)))
        found += changes.volumes(used.name, later, name, *days)
    return found


def _missed(
    scope: Scope,
    used: InUse,
    volumes: Volumes,
    since: datetime,
    arrived: pd.DataFrame,
    lost: pd.DataFrame,
    quiet: list[Quiet],
) -> list[Change]:
    """Return the comparison of how many missed attacks a day became known, whenever they happened, if any did.

    Days on which no label came, of any kind, say nothing and are in neither period.
    """
    days = pd.DatetimeIndex(volumes.whole()["day"])
    mine = arrived[arrived["model_id"] == used.model].set_index("day")["missed"]
    mine.index = pd.to_datetime(mine.index)
    counted = mine.groupby(level=0).sum().reindex(days, fill_value=0)
    cut = pd.Timestamp(since.astimezone(ZoneInfo(volumes.zone)).replace(tzinfo=None))
    counted = counted[counted.index >= cut - BEFORE]
    if not counted.any():
        return []
    drawn = pd.DataFrame({"day": counted.index, "value": counted.to_numpy(float), "later": counted.index >= cut})
    drawn["silent"] = False
    for start, end, _ in quiet:
        drawn["silent"] |= drawn["day"].between(pd.Timestamp(start), pd.Timestamp(end))
    told = drawn[~drawn["silent"]]
    told = told.set_index("day")
    later, earlier = (told["value"][k] for k in (told["later"], told.index + DAY <= cut))
    found = changes.volumes(used.name, replace(scope, since=since - BEFORE, until=None), "missed", later, earlier)
    found = [changes.begun(replace(c, days=drawn)) for c in found]
    mine = lost[lost["model_id"] == used.model]
    for t in mine.head(1).itertuples():
        told = {"technique": str(t.technique), "of_it": int(t.missed), "of_all": int(mine["missed"].sum())}
        found = [replace(c, **told, first=pd.Timestamp(t.first).tz_localize(UTC).to_pydatetime()) for c in found]
    return found


def _quiet(used: list[InUse], arrived: pd.DataFrame, every: Volumes) -> dict[str, list[Quiet]]:
    """Return the runs of days without a label of each model."""
    last = _last_day(every)
    return {u.model: quiet_days(arrived[arrived["model_id"] == u.model], last) if last else [] for u in used}


def _last_day(every: Volumes) -> date | None:
    """Return the last whole day of the data."""
    whole = every.whole()["day"]
    return None if whole.empty else whole.iloc[-1].date()


def _silences(scope: Scope, used: InUse, quiet: list[Quiet], every: Volumes, since: datetime) -> list[Silence]:
    last, zone = _last_day(every), ZoneInfo(every.zone)
    return [
        Silence(used.name, scope, first, until, until == last, normal)
        for first, until, normal in quiet
        if events.told(scope, since, datetime.combine(first, time(), zone), datetime.combine(until + DAY, time(), zone))
    ]


def _changed(every: Volumes, column: str, since: datetime, now: datetime) -> Difference | None:
    """Return how many times as much there is a day as in the weeks before; None where too few days tell."""
    found = changes.of_days(every.whole_days(column, since, now), every.whole_days(column, since - BEFORE, since))
    return None if pd.isna(found.value) else found


def _truth(known: pd.DataFrame, volumes: Volumes, scope: Scope) -> Estimate:
    """Return the share of what was acted on whose truth is known: counted, so its interval is the value itself."""
    n, acted = int(known["n"].sum()), volumes.sum("acted", scope.since, scope.until)
    if scope.since and scope.until and scope.until - scope.since < HOUR:
        why = "Alarms are counted by hour, and this window is shorter."
        return Estimate(None, None, None, n, quality="not_measurable", why=why)
    if acted <= 0:
        return Estimate(None, None, None, 0, quality="no_data", why="Nothing was acted on in this window.")
    value = min(float(known["known"].sum()) / acted, 1.0)
    return Estimate(value, value, value, n, represents=acted, coverage=value, method="count")
