"""From one detection of the work queue to the next, in the queue's order, while verdicts take them out of it.

The order in which it was opened is kept in the session, for its model; an address that is opened elsewhere finds it
anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from analytics.feedback import queue
from analytics.feedback.results import Queue
from analytics.warehouse import records
from pages.parts import detection_filters, second, url
from pages.parts.cache import View
from pages.parts.detection_ways import Way

PAGE = "assurance/feedback.py"
NEXT = "Next in the queue"
_KEY = "queue-walk"
Step = tuple[str, str, str, str]
"""Detection, event, version, and for which reason it is opened."""


def begin(q: Queue, why: str | None) -> None:
    """Keep the order of a queue, or of one reason of it, for whoever opens one of its rows."""
    st.session_state[_KEY] = (q.scope.model, tuple(steps(q, why)))


def steps(q: Queue, why: str | None) -> Iterator[Step]:
    """Return the rows of a queue that have a reason, or all, as steps."""
    for row in q.rows.to_dict("records"):
        if why in (None, row["reason"]):
            # Whoever is to judge it a second time must not see the first verdict, whatever else it is here for.
            again = second.SECOND in (row["reason"], *str(row["also"]).split(", "))
            reason = second.SECOND if again else str(row["reason"])
            yield str(row["detection_id"]), str(row["event_id"]), str(row["model_version"]), reason


def address(step: Step) -> dict[str, list[str]]:
    """Return what of the address opens a step; the rest of it is the queue's own."""
    names = (detection_filters.CHOSEN, detection_filters.EVENT, "version", detection_filters.REASON)
    return {name: [value] for name, value in zip(names, step, strict=True)}


def beside(view: View, row: Mapping[str, Any]) -> tuple[Way | None, Way | None] | None:
    """Return the ways to the detections before and behind one in the queue; None where it was not opened from there.

    Of one that the queue does not hold any more, and that was opened elsewhere, the way on leads to the queue's first.
    """
    if not st.query_params.get(detection_filters.REASON):
        return None
    event, model = str(row["event_id"]), view.scope.model
    whose, kept = st.session_state.get(_KEY, (model, ()))
    kept = kept if whose == model else ()
    events = [step[1] for step in kept]
    if event not in events:
        if kept:  # chosen in the list beside it
            return None
        kept = _anew(view)
        events = [step[1] for step in kept]
        if event in events:
            st.session_state[_KEY] = (model, kept)
    at = events.index(event) if event in events else -1
    before = _way(kept[at - 1]) if at > 0 else None
    return before, _way(kept[at + 1]) if at + 1 < len(kept) else None


def _anew(view: View) -> tuple[Step, ...]:
    every = replace(view, scope=replace(view.scope, version=None))
    found = every.measure(queue.queue, records.position(view.directory)).result
    return tuple(steps(found, st.query_params.get(detection_filters.WHY)))


def _way(step: Step) -> Way:
    return Way(NEXT, address(step))


def back(view: View) -> None:
    """Show the way back to the queue, on a detection that was opened from there."""
    if st.query_params.get(detection_filters.REASON):
        why = st.query_params.get(detection_filters.WHY)
        query = url.pairs(replace(view.scope, version=None)) | ({detection_filters.WHY: [why]} if why else {})
        st.page_link(PAGE, label="The work queue →", query_params=query)
