"""Guided questions on the card of a detection: each answered when it is asked, in a sentence and at most five rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analytics.detections import blind
from analytics.detections.guided import questions, words
from analytics.detections.results import Answer, Detection
from pages.parts import blocks, cache, detection_list, evidence, inspect, second
from pages.parts.cache import View


@st.fragment
@cache.alone("questions")
def show(view: View, d: Detection, service: str) -> None:
    """Show the questions that can be asked of a detection, and the answer to the chosen one."""
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
        inspect.popover("answer", found.provenance, a.rows, words.base(a, zone))
    if len(a.rows):
        evidence.show(f"answer {event} {key}", _table(a, zone), a.rows, "Rows of the answer")


def _table(a: Answer, zone: str) -> pd.DataFrame:
    table = evidence.table(a.rows, zone)
    if "n" in a.rows:
        table.insert(0, "Times", a.rows["n"])
    if "name" in a.rows:
        table.insert(0, "Model", detection_list.cells(a.rows["name"]))
    return table
