"""Which columns the list of detections shows: chosen in a popover, kept in the address."""

from __future__ import annotations

import streamlit as st

from analytics.detections.results import Page
from pages.parts import choice, detection_list, opened, url

COLUMNS = "columns"
"""Key of the address: names of columns with commas between; the usual ones where it is not there."""


def offered(page: Page) -> list[str]:
    """Return the columns that can be shown: what rows have and the viewer may see, the usual ones first."""
    there = [str(c) for c in page.rows.columns if c not in page.hidden]
    usual = [c for c in detection_list.FULL if c in there]
    return [*usual, *(c for c in there if c not in usual)]


def chosen(page: Page) -> list[str]:
    """Return the columns that the address asks for, as far as they are there; the usual ones where it asks for none."""
    there = offered(page)
    asked = [c for c in st.query_params.get(COLUMNS, "").split(",") if c in there]
    return asked or [c for c in there if c in detection_list.FULL]


def popover(page: Page) -> None:
    """Show the way to the choice."""
    shown = chosen(page)
    opened.popover("Columns", "columns", lambda: _choose(page, shown))


def _choose(page: Page, shown: list[str]) -> None:
    now, usual = chosen(page), [c for c in offered(page) if c in detection_list.FULL]

    def write(columns: list[str]) -> None:
        asked = [c for c in offered(page) if c in columns]
        same = asked in ([], usual)
        url.change({} if same else {COLUMNS: [",".join(asked)]}, [COLUMNS] if same else [])

    bound = choice.bound("list-columns", now, write)
    st.multiselect("Columns of the list", offered(page), now, format_func=detection_list.column_name, **bound)
    if now != shown:  # the list stands outside of what a choice in here runs
        st.rerun()
