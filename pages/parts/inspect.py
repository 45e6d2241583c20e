"""*Inspect*: where the figures of a panel come from, and their data as a file."""

from __future__ import annotations

import json
import numbers
from inspect import cleandoc
from typing import Any

import pandas as pd
import streamlit as st

from analytics.numbers import count, exactly
from analytics.results import Provenance
from analytics.viewer import Viewer, no_export
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.rows import HIDDEN
from pages.parts import blocks, cache, exact, opened
from pages.parts.download import to_csv


def popover(key: str, seen: Provenance, data: pd.DataFrame | None = None, rests: str = "") -> None:
    """Show a quiet button that opens what the figures rest on, SQL, bound values, scope, snapshot and time.

    Parameters
    ----------
    key
        Name of the panel, unique on the page; also the name of the file.
    seen
        Where the panel's figures come from.
    data
        What the panel draws, for download.
    rests
        What the figures rest on, in words, where the measure does not say it in numbers.
    """

    def show() -> None:
        told(seen, rests)
        if data is not None:
            given = exact.frame(_for_file(data))  # as it may be seen now: the file is made in another thread
            if len(given.columns) < len(data.columns):
                blocks.note(f"left-out-{key}", f"What was scored is not in the file. {no_export(_viewer())}")
            st.download_button(
                "Download the data (CSV)",
                data=lambda: to_csv(given),
                file_name=f"bartizan-{key}.csv",
                mime="text/csv",
                on_click="ignore",
                key=f"download-{key}",
            )

    opened.popover("Inspect", f"inspect-{key}", show)


def _viewer() -> Viewer:
    return cache.current().reader.viewer


def _for_file(data: pd.DataFrame) -> pd.DataFrame:
    """Return a table without what was scored, texts or features, for those who may make no file of it."""
    if not no_export(_viewer()):
        return data
    return data[[c for c in data.columns if c != "payload" and not str(c).startswith(FEATURE_PREFIX)]]


def told(seen: Provenance, rests: str = "") -> None:
    """Show what the figures rest on, scope, snapshot, log position, time, and every query with its bound values."""
    if base := _rows(seen) or rests:
        st.text(f"Rests on: {blocks.unbroken(base)}", width="stretch")
    st.text(
        f"Scope: {seen.scope or 'everything'}\nSnapshot: {seen.snapshot}, "
        f"records up to number {seen.log_position}\nTime: {seen.ms:.0f} ms"
    )
    if not exactly():
        st.text("Bound numbers are left out: thresholds are among them.", width="stretch")
    for sql, bound in seen.queries:
        st.code(cleandoc(sql), language="sql")
        if bound:
            values = bound if exactly() else _without_numbers(bound)
            st.code(json.dumps(values, default=str, indent=1, ensure_ascii=False), language="json")


def _rows(seen: Provenance) -> str:
    """Return the rows behind the figures; empty where the measure does not say."""
    if seen.rows is None:
        return ""
    stand = "" if seen.events is None or round(seen.events) == seen.rows else f" for {count(seen.events)} events"
    known = "" if seen.labelled is None else f", {count(seen.labelled)} labelled"
    return f"{count(seen.rows)} rows{stand}{known}"


def _without_numbers(value: Any) -> Any:
    """Return bound values of which no number is told."""
    if isinstance(value, dict):
        return {k: _without_numbers(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_numbers(v) for v in value]
    return HIDDEN if isinstance(value, numbers.Number) and not isinstance(value, bool) else value
