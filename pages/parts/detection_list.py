"""The table of single detections: one page of it, places before and behind, and the choice of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from analytics.detections import payload, words
from analytics.detections.results import Page
from analytics.warehouse.contract import SLICE_PREFIX
from pages.parts import detection_filters, exact, url

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
        column_config={"Score": st.column_config.NumberColumn(format="%.4g")},
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
            named = values.map(lambda v: words.VERDICTS.get(str(v), v)) if c == "verdict" else values
            found[name] = cells(named)
    return found


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
            go(way(page, rows[0]))

    return chosen


@dataclass(frozen=True, slots=True)
class Way:
    """The way to another detection."""

    name: str
    to: dict[str, list[str]]
    """What of the address it changes."""


def way(page: Page, at: int | None) -> Way | None:
    """Return the way to a row of a page; None to none."""
    if at is None:
        return None
    row = page.rows.iloc[at]
    name = "Next undecided" if pd.isna(row["verdict"]) else "Next in the list"
    ids = {detection_filters.CHOSEN: [str(row["detection_id"])], detection_filters.EVENT: [str(row["event_id"])]}
    return Way(name, ids)


def go(to: Way | None) -> None:
    """Open what a way leads to."""
    if to is not None:
        url.change(to.to, [])


def beside(page: Page, row: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the rows before and behind a detection in the order of a page; None where there is none.

    A verdict may have taken the detection out of the list: its neighbours are then those between which it stood. One
    that belongs to another page has none.
    """
    places = [_place(page, r) for r in page.rows.to_dict("records")]
    mine = _place(page, row)
    before, behind = sum(p < mine for p in places), sum(p <= mine for p in places)
    elsewhere = before == behind and (
        (before == 0 and page.previous is not None) or (behind == len(places) and page.next is not None)
    )
    if elsewhere:
        return None, None
    return before - 1 if before else None, behind if behind < len(places) else None


def _place(page: Page, row: Mapping[str, Any]) -> tuple[float, str, str]:
    """Return what tells the order of a row: smaller is earlier in the list."""
    value = row["score"] if page.order == "top" else pd.to_datetime(row["occurred_at"], utc=True).timestamp()
    return math.inf if pd.isna(value) else -value, str(row["event_id"]), str(row["model_version"])


def undecided(page: Page, events: list[str]) -> int | None:
    """Return the row behind some events that nobody has decided yet; where all are, the row behind; None at the end."""
    ids = [str(i) for i in page.rows["event_id"]] if len(page.rows) else []
    behind = 1 + max((i for i, event in enumerate(ids) if event in events), default=-1)
    said = page.rows["verdict"] if len(page.rows) else pd.Series(dtype=object)
    open_rows = [i for i in range(behind, len(ids)) if pd.isna(said.iloc[i]) or said.iloc[i] == "undetermined"]
    return next(iter(open_rows), behind if behind < len(ids) else None)


def close() -> None:
    """Close what is open."""
    url.change({}, [detection_filters.CHOSEN, detection_filters.EVENT, detection_filters.WHY, detection_filters.REASON])


def places(page: Page) -> None:
    """Show the ways to the rows before and behind."""
    with st.container(horizontal=True, gap="small", key="places"):
        st.button(
            "Earlier in the list", on_click=detection_filters.go, args=(page.previous,), disabled=page.previous is None,
            type="tertiary",
        )  # fmt: skip
        st.button(
            "Further down",
            on_click=detection_filters.go,
            args=(page.next,),
            disabled=page.next is None,
            type="tertiary",
        )
