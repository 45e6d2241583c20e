"""What happened to the services: storms, outages, rules that overruled scores, slices full of alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pandas as pd

from analytics.efficacy import measures as efficacy
from analytics.overview import overruled, queries, slices
from analytics.overview.happenings import Span, described, spans
from analytics.overview.results import Happening
from analytics.overview.volumes import Volumes
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

Each = tuple[str, Scope, Volumes]
"""A service: its name, the version in use with window and region, and its volumes there."""


def happened(trace: Trace, each: list[Each], since: datetime) -> tuple[list[Happening], list[str]]:
    """Return what happened in the window or the time since, the latest first, and whose was over before both.

    A slice's share of the alarms is known for all regions together: in one region nothing is said of it, and of a
    rule only where all of it lies there.
    """
    versions = [(str(scope.model), str(scope.version)) for _, scope, _ in each]
    now = trace.reader.snapshot.data_until or since
    ruled, sliced = (trace.once(*query) for query in (queries.overruled(versions, now), queries.slices(versions, now)))
    found: list[Happening] = []
    before: list[str] = []
    for service, scope, volumes in each:
        own, by_slice = (f[f["model_id"] == scope.model] for f in (ruled, sliced))
        rules = [s for s in overruled.spans(volumes, own) if _noted(scope, since, service, s, before)]
        acted = [h for s in rules if (h := overruled.described(trace, volumes, own, s, service, scope))]
        by_model = spans(volumes, overruled.by_region(acted, volumes, own))
        days = [] if scope.where else _days(trace.reader, scope, volumes, by_slice)
        found += acted
        found += [
            _described(trace, volumes, s, service, scope)
            for s in (*by_model, *days)
            if _noted(scope, since, service, s, before)
        ]
    return sorted(found, key=lambda h: h.start, reverse=True), list(dict.fromkeys(before))


def _days(reader: Reader, scope: Scope, volumes: Volumes, by_slice: pd.DataFrame) -> list[slices.Days]:
    """Return the episodes of a model's slices, kept with the reader: they are the same in every window."""
    key = ("slice days", scope.model, scope.version)
    return reader.kept.get(key, lambda: slices.found(volumes, by_slice), len)


def _noted(scope: Scope, since: datetime, service: str, s: Span | slices.Days, before: list[str]) -> bool:
    """Tell whether a span is told; note the service of one that had ended before.

    Of a rule nobody knows without reading whether it acted in one region.
    """
    if told(scope, since, s.start, s.end):
        return True
    known = not scope.where or (isinstance(s, Span) and s.kind != "overruled")
    if known and scope.since and s.end <= min(scope.since, since):
        before.append(service)
    return False


def _described(trace: Trace, volumes: Volumes, s: Span | slices.Days, service: str, scope: Scope) -> Happening:
    if isinstance(s, slices.Days):
        return slices.described(trace, s, service, scope)
    h = described(volumes, s, service, scope)
    return replace(h, disturbed=_disturbed(trace.reader, h.scope, volumes)) if h.kind == "storm" else h


def told(scope: Scope, since: datetime, start: datetime, end: datetime) -> bool:
    """Tell whether what lasted from start to end touches the window, or the time since."""
    within = (not scope.since or end > scope.since) and (not scope.until or start < scope.until)
    return within or end > since


def _disturbed(reader: Reader, scope: Scope, volumes: Volumes) -> Estimate:
    """Return how many benign events were acted on in a storm."""
    regions = frozenset(v for c, v in scope.where if c == "region")
    acted = (volumes.of(regions) if regions else volumes).sum("acted", scope.since, scope.until)
    return false_alarms(efficacy.efficacy(reader, scope, over_all=False).result.estimates["precision"], acted)


def false_alarms(precision: Estimate, acted: float) -> Estimate:
    """Return how many of the events acted on were benign: the volume is known, the share has the interval.

    Parameters
    ----------
    precision
        Share of right alarms among them.
    acted
        Events acted on.
    """
    ends = (precision.value, precision.high, precision.low)
    value, low, high = (None if x is None else acted * (1 - x) for x in ends)
    return replace(
        precision, value=value, low=low, high=high, unit="count", method=f"volume × (1 − {precision.method})"
    )
