"""*Make it a test case*: what would be recorded of a judged detection, and the button that records it."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from analytics.detections.results import Detection
from analytics.errors import BadInput, BartizanError
from analytics.feedback import cases, words_cases
from analytics.feedback.cases import Case
from pages.parts import blocks, opened, second
from pages.parts.cache import View

SHORT, HEIGHT_PX = 240, 160
"""Characters up to which a text is shown whole; height of a longer one, which scrolls."""
_FAILED, _TOKEN = "case-failed", "case-token"
"""Keys of the session: the event and why it was not recorded; a number of the session's own."""


def offer(view: View, d: Detection) -> None:
    """Show the way to the form, where the detection can become a test case and the viewer may make it one."""
    if second.hides(view, d) or "payload" in d.hidden or not view.may_record(cases.CASE):
        return
    model, event = str(d.row["model_id"]), str(d.row["event_id"])
    done = cases.made(view.directory, model, event)
    if done is not None:
        blocks.note("case", words_cases.made(done, view.reader.snapshot.zone))
        return
    try:
        case = cases.planned(d, view.reader.snapshot.id)
    except BadInput:  # not judged yet, or nothing that was scored is stored
        return
    opened.popover("Make it a test case", "case", lambda: _form(view, case, event))


def _form(view: View, case: Case, event: str) -> None:
    done = cases.made(view.directory, case.body["model"], event)
    if done is not None:
        st.text(words_cases.made(done, view.reader.snapshot.zone), width="stretch")
        return
    st.text(words_cases.ASKS[case.body["polarity"]], width="stretch")
    text = case.body["input"]
    st.code(text, language=None, wrap_lines=True, height=HEIGHT_PX if len(text) > SHORT else "content")
    blocks.note("case-sanitised", " ".join(filter(None, (words_cases.sanitised(case), words_cases.missed(case)))))
    st.button("Record the test case", on_click=_record, args=(view, case, event), key="case-record")
    failed = st.session_state.get(_FAILED, ("", ""))
    if failed[0] == event:
        st.text(failed[1], width="stretch")


def _record(view: View, case: Case, event: str) -> None:
    token = st.session_state.setdefault(_TOKEN, uuid4().hex)
    try:
        cases.make_test_case(view.reader, view.scope, case.body["detection_id"], event, f"{token}/case/{event}")
    except BartizanError as e:
        st.session_state[_FAILED] = (event, f"Nothing was recorded. {e.found} {e.fix}")
