"""One verdict on several detections of a list: chosen by their boxes, confirmed with their number."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.detections.results import Page
from analytics.feedback import words_verdicts as words
from analytics.feedback.verdicts import Source
from analytics.numbers import count
from analytics.warehouse.verdicts import REVIEWERS
from pages.parts import verdict_form, verdict_record
from pages.parts.cache import View

SEVERAL, _KEY = "choose-several", "verdict-several"


def switch(view: View) -> DeltaGenerator | None:
    """Show the switch that turns boxes of rows from opening one into choosing several.

    Returns
    -------
    DeltaGenerator or None
        The place for what is done with them; None where it is off.
    """
    if view.scope.snapshot or words.refused(view.reader.viewer):
        return None
    with st.container(horizontal=True, vertical_alignment="center", key="several-line"):
        told = "The boxes then choose rows; a click on a cell still opens one."
        on = st.toggle("Judge several", key=SEVERAL, help=told, width="content")
        return st.container(horizontal=True, vertical_alignment="center", key="several-place") if on else None


def show(view: View, page: Page, rows: list[int], service: str) -> None:
    """Show what was recorded of several last, and the button that judges the rows that are chosen."""
    _told(view)
    events = list(dict.fromkeys(str(e) for e in page.rows["event_id"].iloc[rows]))
    if not events:
        st.text("Tick the rows that you have looked at.", width="content")
        return
    what = "Give 1 event a verdict" if len(events) == 1 else f"Give {count(len(events))} events one verdict"
    if st.button(what, key="verdict-many", shortcut="V"):
        st.session_state[_KEY] = uuid4().hex
        _dialog(view, page, events, rows, service)


def _told(view: View) -> None:
    done = verdict_record.last()
    if done is None or done.alone:
        return
    st.text(done.text, width="content")
    if done.given:
        undo = (view, done)
        st.button("Undo", "several-undo", on_click=verdict_record.undo, args=undo, type="tertiary", shortcut="U")


@st.dialog("One verdict on several events", width="medium")
def _dialog(view: View, page: Page, events: list[str], rows: list[int], service: str) -> None:
    chosen = page.rows.iloc[rows]
    judged = chosen.dropna(subset="verdict")["event_id"].nunique()
    sources = [Source("triage")]
    if judged and REVIEWERS & view.reader.viewer.roles:
        sources.append(Source("adjudication"))
    decided = {(str(r["decision"]), str(r.get("mode", "act"))) for _, r in chosen.iterrows()}
    acted = decided.pop() if len(decided) == 1 else (None, None)
    said = verdict_form.show("undetermined", None, service, sources, acted, words.confirm(len(events), judged))
    if said is not None:
        verdict_record.record(view, events, said, st.session_state[_KEY], None)
        st.rerun()
