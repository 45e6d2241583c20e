"""*Inspect*: where the figures of a panel come from, and their data as a file."""

from __future__ import annotations

import json
from inspect import cleandoc

import pandas as pd
import streamlit as st

from analytics.results import Provenance
from pages.parts import opened
from pages.parts.download import to_csv


def popover(key: str, seen: Provenance, data: pd.DataFrame | None = None) -> None:
    """Show a quiet button that opens SQL, bound values, scope, snapshot, log position and time.

    Parameters
    ----------
    key
        Name of the panel, unique on the page; also the name of the file.
    seen
        Where the panel's figures come from.
    data
        What the panel draws, for download.
    """

    def show() -> None:
        told(seen)
        if data is not None:
            st.download_button(
                "Download the data (CSV)",
                data=lambda: to_csv(data),
                file_name=f"bartizan-{key}.csv",
                mime="text/csv",
                on_click="ignore",
                key=f"download-{key}",
            )

    opened.popover("Inspect", f"inspect-{key}", show)


def told(seen: Provenance) -> None:
    """Show scope, snapshot, log position, time, and every query with its bound values."""
    st.text(
        f"Scope: {seen.scope or 'everything'}\nSnapshot: {seen.snapshot}, "
        f"{seen.log_position} records of the log folded in\nTime: {seen.ms:.0f} ms"
    )
    for sql, bound in seen.queries:
        st.code(cleandoc(sql), language="sql")
        if bound:
            st.code(json.dumps(bound, default=str, indent=1, ensure_ascii=False), language="json")
