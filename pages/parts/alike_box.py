"""What is like the open detection, why each is, and how they were judged: same case, same source, nearest."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analytics.detections import nearest, single, words, words_alike
from analytics.detections.results import Detection
from pages.parts import blocks, cache, evidence, inspect, second
from pages.parts.cache import View

OF_ITS_OWN, NEAREST = 5, 5
"""Rows of the same case and source, and nearest ones, at most."""


@st.fragment
@cache.alone("alike")
def show(view: View, d: Detection, chosen: str, event: str | None) -> None:
    """Show what is like a detection."""
    zone, hidden = view.reader.snapshot.zone, second.hides(view, d)
    own = second.similar(view, view.measure(single.similar, chosen, 20, event), d)
    near = view.measure(nearest.nearest, chosen, NEAREST, event)
    s, n = own.result, near.result
    blocks.note("card-similar", words.similar(s))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        blocks.note("card-nearest", words_alike.nearest(n, zone, hidden))
        inspect.popover("nearest", near.provenance)
    parts = [s.rows.head(OF_ITS_OWN).assign(near=None), n.rows]
    rows = pd.concat([p for p in parts if len(p)] or [s.rows], ignore_index=True)
    if rows.empty:
        return
    rows = second.rows(view, rows, d).assign(model_id=str(d.row["model_id"]))
    table = evidence.table(rows, zone)
    table.insert(
        0, "Why", [words_alike.why_alike(a, x, n.by) for a, x in zip(rows["alike"], rows["near"], strict=True)]
    )
    evidence.show(f"alike {event}", table, rows, "Detections that are like it")
