"""The verdict on an open detection: one key or click where nothing else is needed, a dialog where it is; undo."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from analytics.detections.results import Detection, Page
from analytics.feedback import verdicts
from analytics.feedback import words_verdicts as words
from analytics.feedback.verdicts import Source, Verdict
from analytics.warehouse import audits
from analytics.warehouse.verdicts import FALSE_POSITIVES
from pages.parts import blocks, detection_ways, second, url, verdict_form, verdict_record
from pages.parts.cache import View

_RIGHT, _OPEN, _TOKEN = "verdict-right", "verdict-open", "verdict-token"
"""Keys of the session: whether the reason was right, what the dialog asks, its own number."""


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
                st.button("Show the newest", on_click=url.unpin, type="tertiary", key="verdict-newest")
            return
        _buttons(view, d, page)
    asked = st.session_state.get(_OPEN)
    if asked and asked[0] == event:
        _dialog(view, d, page, service, asked[1], asked[2])
    else:
        _close()  # the way back to the event that it was asked of does not ask again


def _told(view: View, d: Detection, event: str) -> None:
    done = verdict_record.last()
    if done is None or not done.alone or done.events != (event,):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="verdict-done"):
        came, now, earlier = "", (d.verdict, d.label_source), view.scope.known_at is not None
        if done.said:
            came = words.in_force(done.said.verdict, done.said.source, now, earlier)
        st.text(f"{done.text} {came}".strip(), width="content")
        if done.given:
            st.button(
                "Undo", on_click=verdict_record.undo, args=(view, done), type="tertiary", shortcut="U",
                key="verdict-undo",
            )  # fmt: skip
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
    verdict_record.record(view, [str(d.row["event_id"])], Verdict(verdict, outcome, "", right, "", source), key, page)


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
        verdict_record.record(view, [str(d.row["event_id"])], said, st.session_state[_TOKEN], page)
        _close()
        st.rerun()
