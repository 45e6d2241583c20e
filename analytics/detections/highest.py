"""The first page of the highest scores of a window, from the top files: no hour of it is read as a whole."""

from __future__ import annotations

from dataclasses import replace

from analytics.detections import queries
from analytics.detections.filters import Filters
from analytics.detections.listing import Asked
from analytics.detections.walk import Walked
from analytics.warehouse import tops

_COLUMNS = {"occurred_at", "score", "event_id", "model_version", "decision"}


def highest(asked: Asked, size: int) -> Walked | None:
    """Return the first rows by score and where these are; None where the whole list is to be walked.

    That is so with most filters, with parts of the traffic, with more rows than top files keep, and where these and
    those that have no such file are not few or come to an end.
    """
    selected = asked.selected
    if size >= tops.KEPT or selected.scope.where or not _told(selected.filters):
        return None
    held = tops.held(asked.stored, asked.trace.once)
    if held is None:
        return None
    source = held.source([c for c in selected.columns if c in _COLUMNS])
    sql, values = queries.keys(source, selected.where, "top", backwards=False, limit=size + 1)
    keys = asked.trace.run(sql, values)
    if len(keys) <= size or keys["score"].isna().any():
        return None
    return Walked(keys.iloc[:size], more=True, complete=True, resume=None, held=held)


def _told(f: Filters) -> bool:
    """Tell whether a filter asks for a decision, for scores from some score on, or both: top files hold the first."""
    above = replace(f, decision=None, score_from=None, scored=None if f.scored else f.scored)
    if f.flagged:
        above = replace(above, flagged=None, threshold=None)
    return above == Filters()
