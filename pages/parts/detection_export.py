"""A list of detections as a file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from analytics.detections import words
from analytics.detections.export import Format, export
from analytics.detections.filters import Filters
from analytics.viewer import no_export
from pages.parts import blocks
from pages.parts.cache import View

MOST, USUAL = 100_000, 10_000
FORMATS: dict[Format, str] = {"csv": "CSV", "parquet": "Parquet"}
MIME = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def show(view: View, filters: Filters) -> None:
    """Show the choices, make the file with its progress, and offer it; or why there is none for who looks."""
    if why := no_export(view.reader.viewer):
        blocks.reason("export", why)
        return
    kind: Format = st.segmented_control(
        "Format", list(FORMATS), default="csv", required=True, key="export-format", format_func=FORMATS.__getitem__
    )
    most = int(st.number_input("Rows at most, the newest first", 1, MOST, USUAL, 1_000, key="export-rows"))
    if not st.button("Make the file", key="export-make"):
        return
    bar = st.progress(0.0, "0 rows")

    def progress(n: int) -> None:
        bar.progress(min(n / most, 1.0), f"{n:,} rows")

    with TemporaryDirectory() as folder:
        path = Path(folder) / f"detections.{kind}"
        done = export(view.reader, view.scope, filters, path, kind, most, progress)
        content = path.read_bytes()
    bar.empty()
    st.text(words.exported(done.result))
    st.download_button("Save the file", content, path.name, MIME[kind], on_click="ignore", key="export-save")
