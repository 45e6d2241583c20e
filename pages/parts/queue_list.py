"""The work queue as a table: why each is here, how long it takes; a choice opens the detection."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analytics.detections.filters import Filters
from analytics.feedback import words
from analytics.feedback.results import Queue
from pages.parts import cells, choice, detection_filters, detection_list, heads, queue_walk, url

HEIGHT_PX = 430
EVERY = "all"
_TURN = "queue-turn"
_HIDDEN = ("Verdict", "Verdict from", "Segment", "Application")
"""What the first judge said must not sway the second; the others say little here."""


def show(q: Queue, zone: str) -> None:
    """Show the rows of a reason, or all; the choice of the reason stands in the address."""
    names = {EVERY: f"All, {len(q.rows)}"} | words.kinds(q)
    asked = st.query_params.get(detection_filters.WHY, EVERY)
    chosen = asked if asked in names else EVERY
    st.segmented_control(
        "Why", list(names), default=chosen, required=True, format_func=names.__getitem__, label_visibility="collapsed",
        **choice.bound("queue-why", chosen, _choose),
    )  # fmt: skip
    table = _table(q, zone)
    if chosen != EVERY:
        table = table[(q.rows["reason"] == chosen).to_numpy()]
    # The table forgets a choice once it is followed: coming back does not open it again.
    key = f"queue {chosen} {st.session_state.get(_TURN, 0)}"
    event = st.dataframe(
        table,
        hide_index=True,
        key=key,
        height=min(HEIGHT_PX, detection_list.ROW_PX * (len(table) + 1) + 3),
        on_select="rerun",
        selection_mode=("single-row", "single-cell"),
        column_config=heads.explained(
            table,
            {
                "Score": st.column_config.NumberColumn(format="%.4g", width="small"),
                "Minutes": st.column_config.TextColumn(width=105),
                "Why": st.column_config.TextColumn(width="medium"),
            },
        ),
        alt="Work queue",
    )
    picked = event.selection.rows or [cell[0] for cell in event.selection.cells]
    if picked and picked[0] < len(table):
        _open(q, int(table.index[picked[0]]), None if chosen == EVERY else chosen)


def _choose(reason: str) -> None:
    key = detection_filters.WHY
    url.change({} if reason == EVERY else {key: [reason]}, [key] if reason == EVERY else [])


def _table(q: Queue, zone: str) -> pd.DataFrame:
    told = detection_list.texts(q.rows, zone).drop(columns=list(_HIDDEN), errors="ignore")
    told.insert(0, "Why", words.why(q, zone))
    told.insert(1, "Minutes", words.minutes(q))
    return told


def _open(q: Queue, at: int, why: str | None) -> None:
    """Go to the page of a detection of the queue, or of one reason of it."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    queue_walk.begin(q, why)
    step = next(s for s in queue_walk.steps(q, None) if s[1] == str(q.rows.iloc[at]["event_id"]))
    address = cells.pairs(q.scope, Filters()) | queue_walk.address(step)
    st.switch_page(cells.PAGE, query_params=address | ({detection_filters.WHY: [why]} if why else {}))
