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

    A slice's share of the alarms is known for all regions together: in one region nothing is said of it.
    """
    versions = [(str(scope.model), str(scope.version)) for _, scope, _ in each]
    ruled, sliced = (trace.run(*query) for query in (queries.overruled(versions), queries.slices(versions)))
    found: list[Happening] = []
    before: list[str] = []
    for service, scope, volumes in each:
        own, by_slice = (f[f["model_id"] == scope.model] for f in (ruled, sliced))
        rules = overruled.spans(volumes, own)
        by_model = [s for s in spans(volumes) if not any(overruled.explains(r, s, volumes, own) for r in rules)]
        days = [] if scope.where else slices.found(volumes, by_slice)
        for s in (*by_model, *rules, *days):
            if told(scope, since, s.start, s.end):
                found += _described(trace, volumes, own, s, service, scope)
            elif scope.since and s.end <= min(scope.since, since):
                before.append(service)
    return sorted(found, key=lambda h: h.start, reverse=True), list(dict.fromkeys(before))


def _described(
    trace: Trace, volumes: Volumes, ruled: pd.DataFrame, span: Span | slices.Days, service: str, scope: Scope
) -> list[Happening]:
    if isinstance(span, slices.Days):
        return [slices.described(trace, volumes, span, service, scope)]
    if span.kind == "overruled":
        found = overruled.described(trace, volumes, ruled, span, service, scope)
        return [found] if found else []
    h = described(volumes, span, service, scope)
    return [replace(h, disturbed=_disturbed(trace.reader, h.scope, volumes)) if h.kind == "storm" else h]


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
