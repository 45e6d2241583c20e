"""Ways from one detection of a list to another, to none, and to the rows before and behind those that are listed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analytics.detections.results import Page
from pages.parts import detection_filters, url


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
