"""Hours in which nothing came although something usually does: gaps shorter than a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.drift import queries, windows
from analytics.drift.mixes import Gap
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

WEEKS = 4
"""Of data, from which the usual volume of an hour of the week is known."""
ONCE = 0.001
"""Chance with which any of the hours there are would be named although nothing is wrong."""


def hours(reader: Reader, scope: Scope, trace: Trace) -> tuple[list[Gap], str]:
    """Return the hours without events in which that is no chance, and why none are looked for; empty where they are.

    Parameters
    ----------
    scope
        Names model and version; all of its data is looked at, but the running day.
    """
    if scope.where:
        return [], "Of a slice only whole days are looked at, not hours."
    found = trace.run(*queries.hourly(scope))
    last = windows.last_day(reader)
    if found.empty or last is None:
        return [], ""
    zone = reader.snapshot.zone
    end = pd.Timestamp(windows.midnight(last + timedelta(days=1), zone)).tz_convert("UTC").floor("h")
    grid = pd.date_range(found["hour"].min(), end.tz_localize(None), freq="h", inclusive="left")
    if len(grid) < WEEKS * 7 * 24:
        return [], f"Hours are looked at from {WEEKS} weeks of data on."
    rows = found.set_index("hour")["rows"].astype(float).reindex(grid, fill_value=0.0).tz_localize("UTC")
    return list(silent(rows.tz_convert(zone))), ""


def silent(rows: pd.Series) -> Iterator[Gap]:
    """Yield the hours without a row where that happens by chance less than once in 1 ÷ ONCE such stretches of data.

    What is usual is the median of the same hour of the week. Silence over hours in which Λ rows are usual has the
    chance exp(−Λ/φ) (Poisson, where rows come φ at a time: φ is how much more than a Poisson count the same hour
    varies between weeks, the median over the hours of a week, at least 1). Days that are silent as a whole are not
    told again.

    Parameters
    ----------
    rows
        Rows of every hour, in the business zone.
    """
    at = pd.DatetimeIndex(rows.index)
    slots = rows.groupby(at.day_of_week * 24 + at.hour)
    usual = slots.transform("median").to_numpy()
    mean = slots.mean()
    lumps = max(1.0, float((slots.var() / mean)[mean > 0].median()))
    day = rows.groupby(at.date).transform("sum").to_numpy()
    for first, stop in runs((rows.to_numpy() == 0) & (day > 0)):
        something = first + np.flatnonzero(usual[first:stop] > 0)
        if not len(something):
            continue
        a, b = something[0], something[-1] + 1  # a night in which nothing ever comes neither begins nor ends a gap
        if usual[a:b].sum() / lumps > np.log(len(rows) / ONCE):
            start, end = at[a].to_pydatetime(), (at[b - 1] + pd.Timedelta(hours=1)).to_pydatetime()
            yield Gap("nothing came", start.date(), _last(end), 1.0, "", (start, end))


def _last(end: datetime) -> date:
    """Return the day of the last hour before an end."""
    return (end - timedelta(microseconds=1)).date()


def runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield [first, end) of each run of True."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    yield from ((int(a), int(b)) for a, b in list(pairwise(ends))[::2])
