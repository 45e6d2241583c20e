"""What this session recorded of detections last: giving a verdict, taking it back, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from analytics.detections.results import Page
from analytics.errors import BartizanError
from analytics.feedback import verdicts
from analytics.feedback import words_verdicts as words
from analytics.feedback.verdicts import Verdict
from pages.parts import detection_ways, queue_walk
from pages.parts.cache import View
from pages.parts.detection_ways import Way

_DONE = "verdict-done"
"""Key of the session."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was recorded last, or why it was not."""

    events: tuple[str, ...]
    text: str
    said: Verdict | None = None
    given: tuple[tuple[str, int], ...] = ()
    """Event and log position of each: what *Undo* takes back."""
    next: Way | None = None
    """The way to what comes next in the list or queue from which it was opened."""
    alone: bool = True
    """Whether a single one was open; else several were judged at once."""


def record(view: View, events: list[str], said: Verdict, key: str, page: Page | None) -> None:
    """Record a verdict on events and keep what came of it for the page to tell.

    Parameters
    ----------
    page
        The list among which a single one was open; None: several were chosen from it.
    """
    try:
        given = verdicts.give(view.reader, [(event, said) for event in events], key)
    except BartizanError as e:
        st.session_state[_DONE] = Done(
            tuple(events), f"Nothing was recorded. {e.found} {e.fix}", alone=page is not None
        )
        return
    following = _following(view, events[0], page) if page is not None else None
    pairs = tuple(zip(events, given, strict=True))
    text = words.recorded(said.verdict, len(events))
    st.session_state[_DONE] = Done(tuple(events), text, said, pairs, following, page is not None)


def _following(view: View, event: str, page: Page) -> Way | None:
    """Return what comes after an event: in the queue if it was opened from there, else the next undecided of a list."""
    queued = queue_walk.beside(view, {"event_id": event})
    return queued[1] if queued else detection_ways.way(page, detection_ways.undecided(page, [event]))


def undo(view: View, done: Done) -> None:
    """Take back what was recorded last."""
    try:
        verdicts.withdraw(view.directory, view.reader.viewer, done.given)
    except BartizanError as e:
        st.session_state[_DONE] = Done(done.events, f"It was not taken back. {e.found} {e.fix}", alone=done.alone)
        return
    n = len(done.given)
    text = "Taken back; the record of it stays." if n == 1 else f"All {n} were taken back; their records stay."
    st.session_state[_DONE] = Done(done.events, text, alone=done.alone)


def last() -> Done | None:
    """Return what was recorded last in this session."""
    return st.session_state.get(_DONE)
