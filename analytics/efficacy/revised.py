"""On which day what was known of a window then differs most from what is known now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.efficacy import queries
from analytics.efficacy.measures import efficacy
from analytics.efficacy.reading import read
from analytics.efficacy.results import Efficacy
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

COMPARED = 4
"""Days that are compared at most: each costs two readings of the labelled rows."""
_WEEK = timedelta(days=7)
"""In the first week of a window there are so few labels that then and now differ by chance."""


def then_and_now(scope: Scope, at: datetime) -> tuple[Scope, Scope]:
    """Return what of a scope had happened by a time, with the labels known then, and with those known now."""
    now = replace(scope, until=min(scope.until or at, at), known_at=None)
    return replace(now, known_at=at), now


def differing(reader: Reader, scope: Scope) -> Measured[date | None]:
    """Return the day at whose end right alarms or attacks caught, as served, differ most from what is known now.

    Compared are the days on which most labels were still to come, one a week and ``COMPARED`` at most. The first week
    of the window is left out; None where nothing is left, or no label came later.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    """
    facts, trace = read(reader, replace(scope, known_at=None)), Trace(reader)
    zone, end = ZoneInfo(reader.snapshot.zone), reader.snapshot.data_until or datetime.max.replace(tzinfo=UTC)
    asked = queries.arrivals(scope, facts.population, set(facts.columns), reader.snapshot.zone)
    best, most = None, -1.0
    for day in _late(trace.run(*asked)):
        at = min(datetime.combine(day + timedelta(days=1), time(), zone), end)
        then, now = (efficacy(reader, s, over_all=False).result for s in then_and_now(scope, at))
        if (apart := _apart(then, now)) > most:
            best, most = day, apart
    return Measured(best, trace.provenance(scope))


def _late(arrived: pd.DataFrame) -> list[date]:
    """Return the days with most labels still to come at their end, one a week, those with most first."""
    if arrived.empty:
        return []
    happened, known = (pd.to_datetime(arrived[c]) for c in ("happened", "known"))
    days = pd.date_range(happened.min(), happened.max())
    # A label is still to come from the day of its event to the day before its own.
    change, late = pd.Series(0, index=days), known > happened
    change = change.add(arrived["n"][late].groupby(happened[late]).sum(), fill_value=0)
    change = change.sub(arrived["n"][late].groupby(known[late]).sum(), fill_value=0)
    waiting = change.reindex(days).cumsum()[lambda w: (w.index >= days[0] + _WEEK) & (w > 0)]
    if waiting.empty:
        return []
    of_weeks = waiting.groupby(waiting.index.to_period("W")).idxmax()
    return [d.date() for d in waiting[of_weeks].sort_values(ascending=False, kind="stable").index[:COMPARED]]


def _apart(then: Efficacy, now: Efficacy) -> float:
    """Return by how much the figures differ; 0 where one of both times told none."""
    pairs = [(then.estimates[name].value, now.estimates[name].value) for name in ("precision", "recall")]
    return float(np.max([abs(a - b) for a, b in pairs if a is not None and b is not None], initial=0.0))
