"""Rows of events whose times are known: only the hours in which they lie are read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from analytics.feedback import queries
from analytics.warehouse import Trace
from analytics.warehouse.rows import Stored

_HOURS = 64
"""Hours that one query names."""
_HOUR = timedelta(hours=1)


def of_events(trace: Trace, every: Stored, keys: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the rows of some events, those of every version that scored them at these times.

    Parameters
    ----------
    every
        Where they are stored.
    keys
        event_id, occurred_at (UTC, without a zone).
    columns
        What is read of them.
    """
    hours = keys["occurred_at"].dt.floor("h")
    names = sorted({h.to_pydatetime() for h in hours})
    found = []
    for at in range(0, len(names), _HOURS):
        some: list[datetime] = names[at : at + _HOURS]
        mine = keys[hours.isin(some)]
        source = every.source(columns, [(h, h + _HOUR) for h in some])
        if source is not None:
            found.append(trace.run(*queries.of_events(source, some, mine["event_id"].tolist())))
    found = [f for f in found if len(f)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
