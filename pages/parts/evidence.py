"""A few detections as evidence beside the open one: a small table, of which a choice opens a row."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analytics.detections.filters import Filters
from analytics.scope import Scope
from pages.parts import cells, detection_filters, detection_list, heads

SHOWN = ("Time", "Score", "Decision", "Verdict", "What was scored", "Application", "Source")
_TURN = "evidence-turn"


def table(rows: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Return rows as a screen shows them: the columns of SHOWN in which anything stands."""
    found = detection_list.texts(rows, zone)
    return found[[c for c in SHOWN if c in found and not found[c].isin(["", None]).all()]]


def show(key: str, shown: pd.DataFrame, rows: pd.DataFrame, alt: str) -> None:
    """Show a table; choosing a row of it opens the detection.

    Parameters
    ----------
    key
        Changes with what is shown.
    shown
        What of the rows stands in the table, in their order.
    rows
        detection_id, event_id, model_version, and model_id.
    alt
        What the table holds; no text from data.
    """
    told = st.dataframe(
        shown, hide_index=True, key=f"{key} {st.session_state.get(_TURN, 0)}", on_select="rerun",
        height=detection_list.ROW_PX * (len(shown) + 1) + 3, selection_mode=("single-row", "single-cell"),
        column_config=heads.explained(shown, {"Score": st.column_config.NumberColumn(format="%.4g")}),
        placeholder="", alt=alt,
    )  # fmt: skip
    picked = told.selection.rows or [cell[0] for cell in told.selection.cells]
    if not picked or picked[0] >= len(rows):
        return
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # the table forgets a choice once it is followed
    row = rows.iloc[picked[0]]
    one = {detection_filters.CHOSEN: [str(row["detection_id"])], detection_filters.EVENT: [str(row["event_id"])]}
    scope = Scope(str(row["model_id"]), str(row["model_version"]))
    st.switch_page(cells.PAGE, query_params=cells.pairs(scope, Filters()) | one)
