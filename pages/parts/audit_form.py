"""Drawing an audit: how many events, by which design; what was drawn is recorded at once."""

from __future__ import annotations

import secrets
from uuid import uuid4

import streamlit as st

from analytics.efficacy.results import Efficacy
from analytics.efficacy.wording import UNCOUNTED
from analytics.errors import BartizanError
from analytics.feedback import draws, words
from analytics.feedback.draws import Design
from analytics.scope import Scope
from analytics.stats.planning import Audit
from pages.parts import url
from pages.parts.cache import View

PAGE = "assurance/feedback.py"

USUAL = 100
TOLD = "audit-told"
DESIGNS: dict[Design, str] = {
    "score": "As many from each band of scores",
    "simple": "Every event with the same chance",
}


def show(view: View) -> None:
    """Show the form."""
    st.text("Draws events that passed, by chance. Their verdicts then tell how much is missed.", width="stretch")
    n = st.number_input("Events", 1, draws.MOST, USUAL, 10, key="audit-events")
    design = st.radio("Design", list(DESIGNS), key="audit-design", format_func=DESIGNS.__getitem__)
    if not st.button("Record a draw", key="audit-draw"):
        return
    draw(view, view.scope, int(n or USUAL), design or "score")


def draw(view: View, scope: Scope, n: int, design: Design, audit: Audit | None = None) -> None:
    """Draw and record it, and begin anew with what was drawn; or say why nothing was."""
    try:
        with st.spinner("Drawing"):
            found = draws.draw(view.reader, scope, n, design, secrets.randbits(32), audit).result
            draws.record_draw(view.directory, view.reader.viewer, found, view.reader.snapshot.id, uuid4().hex)
    except BartizanError as error:
        st.text(str(error), width="stretch")
    else:
        st.session_state[TOLD] = words.drawn(found)
        st.rerun()


def offer(e: Efficacy, scope: Scope) -> None:
    """Show the way to the audit planner where recall cannot be told, and an audit would help."""
    recall = e.estimates["recall"]
    if recall.quality == "not_measurable" and recall.why != UNCOUNTED:
        query = url.pairs(scope) | {"plan": ["true"]}
        st.page_link(PAGE, label="What would it take to measure the attacks caught? →", query_params=query)


def told() -> None:
    """Show what was drawn last in this session, once."""
    text = st.session_state.pop(TOLD, "")
    if text:
        st.toast(text.replace("[", "\\["), duration="long")
