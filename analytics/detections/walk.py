"""Walking through a list in steps until a page is full, or time is up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import pandas as pd

from analytics.detections import queries
from analytics.detections.cursor import Cursor, Order
from analytics.detections.selecting import Selected
from analytics.detections.steps import Step, steps
from analytics.errors import TooSlow
from analytics.warehouse import tops
from analytics.warehouse.trace import Trace


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found."""

    keys: pd.DataFrame
    """occurred_at, score, event_id, model_version; in the order of the list, whichever way it was walked."""
    more: bool
    """There is at least one row more in this direction."""
    complete: bool
    """All of the list was looked at that can hold these rows."""
    resume: Cursor | None
    """Where to go on, if not; None: from the top."""
    held: tops.Held | None = None
    """Where all of these rows are, if not only in the files of all rows."""


def walk(
    selected: Selected, order: Order, size: int, cursor: Cursor | None, trace: Trace, deadline: float | None
) -> Walked:
    """Return the keys of the next rows of a list.

    Parameters
    ----------
    selected
        What is listed.
    size
        Rows at most.
    cursor
        Behind which, or before which where it looks backwards; None: from the top.
    deadline
        Time of ``perf_counter`` at which the walk stops where it is; None: never.
    """
    backwards = cursor is not None and cursor.backwards
    found: list[pd.DataFrame] = []
    missing, resume, complete, held = size + 1, cursor, True, None
    for step in steps(selected, order, cursor, missing, trace):
        part = _look(selected, step, order, cursor, missing, trace, deadline)
        if part is None:
            complete = False
            break
        if _passes(step.edge, cursor):
            resume = Cursor(order, step.edge, backwards=backwards)
        found.append(part)
        missing -= len(part)
        if missing <= 0:
            held = step.held if len(found) == 1 else None
            break
    keys = pd.concat([f for f in found if len(f)] or [_none()], ignore_index=True)
    more = len(keys) > size
    keys = keys.iloc[:size]
    if backwards:
        keys = keys.iloc[::-1].reset_index(drop=True)
    return Walked(keys, more, complete, None if complete else resume, held)


def _passes(edge: datetime | float | None, cursor: Cursor | None) -> bool:
    """Tell whether an edge lies no nearer to the top than a place, or no further where that looks backwards.

    A band of scores that only touches the place does not.
    """
    if cursor is None or cursor.at is None or edge is None:
        return True
    here, there = (x.timestamp() if isinstance(x, datetime) else x for x in (cursor.at, edge))
    return there > here if cursor.backwards else there <= here


def _look(
    selected: Selected,
    step: Step,
    order: Order,
    cursor: Cursor | None,
    limit: int,
    trace: Trace,
    deadline: float | None,
) -> pd.DataFrame | None:
    """Return the keys in one step; None where time is up."""
    stored = step.held or selected.stored
    source = stored.source(selected.columns, step.spans)
    if source is None:
        return _none()
    where = queries.joined(
        selected.where,
        queries.behind(cursor),
        queries.during(step.spans),
        queries.band(step.low, step.high, step.scored),
    )
    sql, values = queries.keys(source, where, order, cursor is not None and cursor.backwards, limit)
    if deadline is None:
        return trace.run(sql, values)
    left = int(1000 * (deadline - perf_counter()))
    if left <= 0:
        return None
    trace.queries.append((sql, values))
    try:
        return trace.reader.query(sql, values, left)
    except TooSlow:
        return None


def _none() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "occurred_at": pd.Series(dtype="datetime64[us]"),
            "score": pd.Series(dtype="float64"),
            "event_id": pd.Series(dtype="str"),
            "model_version": pd.Series(dtype="str"),
        }
    )
