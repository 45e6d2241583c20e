"""The first page of the highest scores of a window, from the top files: no hour of it is read as a whole."""

from __future__ import annotations

from analytics.detections import queries
from analytics.detections.filters import Filters
from analytics.detections.listing import Asked
from analytics.detections.walk import Walked
from analytics.warehouse import tops
from analytics.warehouse.selection import Condition

_KEYS = ["occurred_at", "score", "event_id", "model_version"]


def highest(asked: Asked, size: int) -> tuple[Walked, tops.Held] | tuple[None, None]:
    """Return the keys of the first rows by score and where these are; nothing where the whole list is to be walked.

    That is so with a filter, with parts of the traffic, with more rows than top files keep, and where these and
    those that have no such file are not few or come to an end.
    """
    if size >= tops.KEPT or asked.selected.filters != Filters():
        return None, None
    held = tops.held(asked.stored, asked.trace.once)
    if held is None:
        return None, None
    sql, values = queries.keys(held.source(_KEYS), Condition("true", {}), "top", backwards=False, limit=size + 1)
    keys = asked.trace.run(sql, values)
    if len(keys) <= size or keys["score"].isna().any():
        return None, None
    return Walked(keys.iloc[:size], more=True, complete=True, resume=None), held
