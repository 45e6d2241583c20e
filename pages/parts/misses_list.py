"""What got through: the list, and small forms for what came of one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import streamlit as st

from analytics.detections.filters import Filters
from analytics.errors import BartizanError
from analytics.feedback import cases, charts, misses, words_misses
from analytics.feedback.misses import Misses
from analytics.warehouse import records
from pages.parts import blocks, cells, detection_filters, heads, panel
from pages.parts.cache import View

HEIGHT_PX = 320
DRAWN = 5
"""Recorded steps from which a curve says more than the sentence."""


def show(view: View) -> None:
    """Show the misses and, of a chosen one, the ways on."""
    found = view.measure(misses.misses, records.position(view.directory))
    m = found.result
    picture = charts.loop(m) if max(m.tested.done, m.released.done) >= DRAWN else ""
    if not m.n or not picture:
        panel.table("misses", words_misses.headline(m), words_misses.loop(m), m.rows.iloc[:0], found.provenance)
    else:
        panel.show("misses", words_misses.headline(m), words_misses.loop(m), picture, found.provenance, m.rows)
    if not m.n:
        return
    table = words_misses.table(m, view.reader.snapshot.zone)
    event = st.dataframe(
        table, hide_index=True, height=HEIGHT_PX, column_config=heads.explained(table),
        key=f"misses-list {hash(tuple(m.rows['event_id']))}",  # what was chosen in another list is none of this one
        on_select="rerun", selection_mode="single-row", alt="Attacks that got through",
    )  # fmt: skip
    if event.selection.rows:
        _one(view, m, event.selection.rows[0])
    elif view.may_record("miss_test_added"):
        blocks.note("misses-choose", "Choose one to open it, to make it a test case, or to record a test or a fix.")
    else:
        blocks.note("misses-choose", "Choose one to open it.")


def _one(view: View, m: Misses, at: int) -> None:
    """Show what can be done with one."""
    row = m.rows.iloc[at]
    event, model, viewer = str(row["event_id"]), str(m.scope.model), view.reader.viewer
    one = {detection_filters.CHOSEN: [str(row["detection_id"])], detection_filters.EVENT: [event]}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.page_link(cells.PAGE, label="Open it →", query_params=cells.pairs(m.scope, Filters()) | one)
        if view.may_record(cases.CASE) and st.button("Make it a test case", key="miss-case"):
            scope = replace(m.scope, since=None, until=None, where=())
            _record(
                lambda: cases.make_test_case(view.reader, scope, str(row["detection_id"]), event, uuid4().hex)
            )  # fmt: skip
    if not view.may_record("miss_test_added"):
        return
    with st.form(f"miss {event}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        what = st.selectbox("Record", ["a test was added", "a fix was released"], width=220)
        name = st.text_input("Which test, or which version or rule", max_chars=80, width=260)
        note = st.text_input("Note", max_chars=300, width=260)
        sent = st.form_submit_button("Record")
    if sent:
        do = misses.add_test if what == "a test was added" else misses.release_fix
        _record(lambda: do(view.directory, viewer, model, event, name, note, uuid4().hex))


def _record(do: Callable[[], object]) -> None:
    try:
        do()
    except BartizanError as error:
        st.text(str(error), width="stretch")
    else:
        st.rerun()
