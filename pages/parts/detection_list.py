"""The table of single detections: one page of it, and the choice of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from analytics.detections import payload, words
from analytics.detections.results import Page
from analytics.warehouse.contract import SLICE_PREFIX
from pages.parts import detection_ways, exact, heads

BRIEF = ("occurred_at", "score", "decision", "verdict")
FULL = (*BRIEF, "label_source", "payload", "technique", "region", "segment", "application", "entity", "case_id")
NAMES = {
    "occurred_at": "Time",
    "score": "Score",
    "decision": "Decision",
    "verdict": "Verdict",
    "label_source": "Verdict from",
    "payload": "What was scored",
    "technique": "Technique",
    "region": "Region",
    "segment": "Segment",
    "application": "Application",
    "entity": "Source",
    "case_id": "Case",
}
ROW_PX, MOST_PX = 35, 560
_DRAWN = {
    "Score": st.column_config.NumberColumn(format="%.4g"),
    "Verdict": st.column_config.TextColumn(width=105),  # few have one, so the first rows do not tell its width
}


def show(page: Page, zone: str, key: str, columns: Sequence[str], several: bool = False) -> list[int]:
    """Show the rows of a page; choosing one opens it. Return those that are chosen where several may be.

    Parameters
    ----------
    zone
        Business zone, in which times are told.
    key
        Changes with the page, so that a choice in one is none in another.
    columns
        Which are shown, of those that the rows have.
    several
        Boxes choose rows, and only a cell opens one.
    """
    table = texts(page.rows, zone, columns)
    found = st.dataframe(
        table,
        hide_index=True,
        key=key,
        height=min(MOST_PX, ROW_PX * (len(table) + 1) + 3),
        on_select=_chosen(page, key, several),
        selection_mode=("multi-row" if several else "single-row", "single-cell"),
        column_config=heads.explained(table, _DRAWN),
        placeholder="not scored",
        alt="Detections",
    )
    return list(found.selection.rows) if several else []


def texts(rows: pd.DataFrame, zone: str, columns: Sequence[str] = FULL) -> pd.DataFrame:
    """Return rows as a screen shows them: times of the business zone, verdicts in words, texts spelled."""
    found = pd.DataFrame(index=rows.index)
    for c in (c for c in columns if c in rows):
        values, name = rows[c], column_name(c)
        if pd.api.types.is_datetime64_any_dtype(values):
            found[name] = times(values, zone, "%Y-%m-%d %H:%M:%S").fillna("")
        elif c == "score":
            found[name] = exact.frame(rows[[c]])[c]
        elif pd.api.types.is_numeric_dtype(values):
            found[name] = values.map(lambda v: "" if pd.isna(v) else f"{v:g}")
        else:
            named = _verdicts(rows) if c == "verdict" else values
            found[name] = cells(named)
    return found


def _verdicts(rows: pd.DataFrame) -> pd.Series:
    """Return verdicts in words: what passed was no alarm, so none that was true or false."""
    decisions = rows["decision"] if "decision" in rows else pd.Series("", index=rows.index)
    return rows["verdict"].where(
        rows["verdict"].isna(), [words.verdict(str(v), d) for v, d in zip(rows["verdict"], decisions, strict=True)]
    )


def column_name(column: str) -> str:
    """Return what a column is called on screens."""
    return NAMES.get(column) or column.removeprefix(SLICE_PREFIX).replace("_", " ").capitalize()


def cells(values: pd.Series) -> pd.Series:
    """Return values as cells of a table: one line, spelled; empty where there is none."""
    return values.map(lambda v: "" if pd.isna(v) else payload.cell(str(v)))


def times(values: pd.Series, zone: str, how: str) -> pd.Series:
    """Return times of UTC as texts of the business zone."""
    return pd.to_datetime(values, utc=True).dt.tz_convert(ZoneInfo(zone)).dt.strftime(how)


def _chosen(page: Page, key: str, several: bool) -> Callable[[], None]:
    def chosen() -> None:
        selection = st.session_state[key].selection
        rows = [*([] if several else selection.rows), *(cell[0] for cell in selection.cells)]
        if rows:
            detection_ways.go(detection_ways.way(page, rows[0]))

    return chosen
