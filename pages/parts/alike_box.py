"""What is like the open detection, why each is, and how they were judged: same case, same source, nearest."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from analytics.detections import nearest, single, words, words_alike
from analytics.detections.results import Detection
from pages.parts import blocks, cache, evidence, inspect, second
from pages.parts.cache import View

LOOKED, MOST = 20, 5
"""Rows of the same case and source that are looked for; of these, and of the nearest ones, so many are listed."""


@st.fragment
@cache.alone("alike")
def show(view: View, d: Detection, chosen: str, event: str | None) -> None:
    """Show what is like a detection."""
    zone, hidden = view.reader.snapshot.zone, second.hides(view, d)
    own = second.similar(view, view.measure(single.similar, chosen, LOOKED, event), d)
    near = view.measure(nearest.nearest, chosen, MOST, event)
    s, n = own.result, near.result
    blocks.note("card-similar", words.similar(s))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        blocks.note("card-nearest", words_alike.nearest(n, zone, hidden))
        asked, beside = own.provenance, near.provenance
        seen = replace(beside, queries=asked.queries + beside.queries, ms=asked.ms + beside.ms)
        inspect.popover("nearest", seen, rests=words_alike.base(n, s, LOOKED, MOST))
    parts = [s.rows.head(MOST).assign(near=None), n.rows]
    rows = pd.concat([p for p in parts if len(p)] or [s.rows], ignore_index=True)
    if rows.empty:
        return
    rows = second.rows(view, rows, d).assign(model_id=str(d.row["model_id"]))
    table = evidence.table(rows, zone)
    table.insert(
        0, "Why", [words_alike.why_alike(a, x, n.by) for a, x in zip(rows["alike"], rows["near"], strict=True)]
    )
    evidence.show(f"alike {event}", table, rows, "Detections that are like it")
