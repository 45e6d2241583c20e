"""Guided questions on the card of a detection: each answered when it is asked, in a sentence and at most five rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analytics.detections import blind
from analytics.detections.filters import Filters
from analytics.detections.guided import questions, words
from analytics.detections.results import Answer, Detection
from analytics.scope import Scope
from pages.parts import blocks, cells, detection_filters, detection_list, identity, inspect, second
from pages.parts.cache import View

_TURN = "question-turn"
_SHOWN = ("Time", "Score", "Decision", "Verdict", "Application", "Source", "What was scored")


@st.fragment
def show(view: View, d: Detection, service: str) -> None:
    """Show the questions that can be asked of a detection, and the answer to the chosen one."""
    identity.check()
    hidden = second.hides(view, d)
    asked = {q.key: q.text for q in questions.offered(d, service) if not (hidden and q.tells_verdicts)}
    if not asked:
        return
    event = str(d.row["event_id"])
    with st.container(key="questions", gap="xsmall"):
        blocks.note("questions", "What else would help to tell?")
        key = st.pills(
            "Questions", list(asked), format_func=asked.__getitem__, key=f"question {event}",
            label_visibility="collapsed",
        )  # fmt: skip
        if key is not None:
            _answer(view, d, str(key), hidden)


def _answer(view: View, d: Detection, key: str, hidden: bool) -> None:
    event = str(d.row["event_id"])
    found = view.measure(questions.answer, key, str(d.row["detection_id"]), event)
    a, zone = blind.unseen_answer(found.result) if hidden else found.result, view.reader.snapshot.zone
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        blocks.finding("answer", words.sentence(a, zone))
        inspect.popover("answer", found.provenance, a.rows)
    if len(a.rows):
        _rows(a, zone, key, event)


def _rows(a: Answer, zone: str, key: str, event: str) -> None:
    """Show the rows of an answer; choosing one opens it."""
    told = st.dataframe(
        _table(a, zone), hide_index=True, key=f"answer {event} {key} {st.session_state.get(_TURN, 0)}",
        on_select="rerun", selection_mode=("single-row", "single-cell"),
        column_config={"Score": st.column_config.NumberColumn(format="%.4g")}, alt="Rows of the answer",
    )  # fmt: skip
    picked = told.selection.rows or [cell[0] for cell in told.selection.cells]
    if picked and picked[0] < len(a.rows):
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        row = a.rows.iloc[picked[0]]
        one = {detection_filters.CHOSEN: [str(row["detection_id"])], detection_filters.EVENT: [str(row["event_id"])]}
        scope = Scope(str(row["model_id"]), str(row["model_version"]))
        st.switch_page(cells.PAGE, query_params=cells.pairs(scope, Filters()) | one)


def _table(a: Answer, zone: str) -> pd.DataFrame:
    table = detection_list.texts(a.rows, zone).dropna(axis="columns", how="all")
    table = table[[c for c in _SHOWN if c in table and not (table[c] == "").all()]]
    if "n" in a.rows:
        table.insert(0, "Times", a.rows["n"])
    if "name" in a.rows:
        table.insert(0, "Model", detection_list.cells(a.rows["name"]))
    return table
