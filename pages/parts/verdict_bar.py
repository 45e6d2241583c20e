"""The verdict on an open detection: one key or click where nothing else is needed, a dialog where it is; undo."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import streamlit as st

from analytics.detections.results import Detection, Page
from analytics.errors import BartizanError
from analytics.feedback import verdicts
from analytics.feedback import words_verdicts as words
from analytics.feedback.verdicts import Source, Verdict
from analytics.warehouse import audits
from analytics.warehouse.verdicts import FALSE_POSITIVES
from pages.parts import blocks, detection_ways, queue_walk, second, url, verdict_form
from pages.parts.cache import View
from pages.parts.detection_ways import Way

_DONE, _RIGHT, _OPEN, _TOKEN = "verdict-done", "verdict-right", "verdict-open", "verdict-token"
"""Keys of the session: what was recorded last, whether the reason was right, what the dialog asks, its own number."""


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


def show(view: View, d: Detection, page: Page, service: str) -> None:
    """Show the five verdicts, and what was recorded of this event last.

    Parameters
    ----------
    page
        The rows among which it was chosen: the way to the next undecided one.
    service
        Of its model; reasons are offered by it.
    """
    event = str(d.row["event_id"])
    with st.container(key="verdict", gap="xsmall"):
        _told(view, d, event)
        why = words.PINNED if view.scope.snapshot else words.refused(view.reader.viewer)
        if why:
            blocks.note("verdict", why)
            if view.scope.snapshot:
                st.button("Show the newest", on_click=_unpin, type="tertiary", key="verdict-newest")
            return
        _buttons(view, d, page)
    asked = st.session_state.get(_OPEN)
    if asked and asked[0] == event:
        _dialog(view, d, page, service, asked[1], asked[2])
    else:
        _close()  # the way back to the event that it was asked of does not ask again


def _unpin() -> None:
    url.change({}, ["snapshot"])


def _told(view: View, d: Detection, event: str) -> None:
    done: Done | None = st.session_state.get(_DONE)
    if done is None or not done.alone or done.events != (event,):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="verdict-done"):
        came, now, earlier = "", (d.verdict, d.label_source), view.scope.known_at is not None
        if done.said:
            came = words.in_force(done.said.verdict, done.said.source, now, earlier)
        st.text(f"{done.text} {came}".strip(), width="content")
        if done.given:
            st.button("Undo", on_click=undo, args=(view, done), type="tertiary", shortcut="U", key="verdict-undo")
        if done.next is not None:
            st.button(
                done.next.name, on_click=detection_ways.go, args=(done.next,), type="tertiary", shortcut="J",
                key="verdict-next",
            )  # fmt: skip


def _buttons(view: View, d: Detection, page: Page) -> None:
    right = _right(d)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="verdict-five"):
        for i, (verdict, name) in enumerate(words.NAMES.items()):
            pressed, told = (view, d, page, verdict, right), words.MEANINGS[verdict]
            st.button(name, f"verdict-{verdict}", told, _pressed, pressed, shortcut=str(i + 1))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="verdict-more"):
        st.text(words.QUESTION, width="content")
        for answer, label, key in ((True, "Yes", "Y"), (False, "No", "N")):
            said = right is answer
            st.button(
                f"{label} ✓" if said else label, on_click=_answered, args=(d, None if said else answer), shortcut=key,
                type="secondary" if said else "tertiary", key=f"verdict-right-{label}",
            )  # fmt: skip
        st.button(
            "With outcome or note", on_click=_ask, args=(d, "true_positive", right), type="tertiary", shortcut="O",
            key="verdict-with",
        )  # fmt: skip


def _right(d: Detection) -> bool | None:
    event, answer = st.session_state.get(_RIGHT, ("", None))
    return answer if event == str(d.row["event_id"]) else None


def _answered(d: Detection, answer: bool | None) -> None:
    st.session_state[_RIGHT] = (str(d.row["event_id"]), answer)


def _ask(d: Detection, verdict: str, right: bool | None) -> None:
    st.session_state[_OPEN] = (str(d.row["event_id"]), verdict, right)
    st.session_state[_TOKEN] = uuid4().hex


def _pressed(view: View, d: Detection, page: Page, verdict: str, right: bool | None) -> None:
    """A key or click: recorded at once, or asked for what is missing."""
    if verdict in FALSE_POSITIVES:
        _ask(d, verdict, right)
        return
    outcome = verdicts.likely_outcome(verdict, d.row.get("decision"), d.row.get("mode"))
    source = _sources(view, d)[0]
    token = st.session_state.setdefault("verdict-session", uuid4().hex)
    # A second press before the page has changed has the same key, so it is the same record.
    key = f"{token}/{len(d.labels)}/{verdict}/{right}"
    record(view, [str(d.row["event_id"])], Verdict(verdict, outcome, "", right, "", source), key, page)


def _sources(view: View, d: Detection) -> list[Source]:
    """As what a verdict can count, the likeliest first."""
    drawn = audits.of_event(view.directory, str(d.row["model_id"]), str(d.row["event_id"]))
    found = verdicts.sources(d.labels, view.reader.viewer, Source(*drawn) if drawn else None)
    # Who does not know the first verdict gives one more; settling is for those who know both.
    return [s for s in found if s.label_source != "adjudication"] if second.hides(view, d) else found


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Verdict", width="medium", on_dismiss=_close)
def _dialog(view: View, d: Detection, page: Page, service: str, verdict: str, right: bool | None) -> None:
    act = d.row.get("decision"), d.row.get("mode")
    said = verdict_form.show(verdict, right, service, _sources(view, d), act)
    if said is not None:
        record(view, [str(d.row["event_id"])], said, st.session_state[_TOKEN], page)
        _close()
        st.rerun()


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
