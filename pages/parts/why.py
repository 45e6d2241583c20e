"""Why a version gave a detection its score: the reason, what of it moved the score, and how that is known."""

from __future__ import annotations

import streamlit as st

from analytics.detections.results import Detection
from analytics.errors import NoData
from analytics.explanations import charts, measures, words
from analytics.explanations.results import NotExplained
from pages.parts import blocks, inspect, panel
from pages.parts.cache import View


def show(view: View, d: Detection, chosen: str, event: str | None) -> None:
    """Show the reason and the pictures that prove it, or why there is none."""
    try:
        found = view.measure(measures.explain, chosen, event)
    except NoData as e:
        blocks.reason("why", f"Why it decided so cannot be told: {e.found}")
        return
    e = found.result
    if isinstance(e, NotExplained):
        blocks.reason("why", f"Why it decided so cannot be told: {e.why}")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        blocks.finding("why", e.sentence)
        inspect.popover("why", found.provenance)
    blocks.note("why", " ".join([words.NO_PROOF, *e.caveats]))
    text = d.row.get("payload")
    if e.values and text is not None:
        figure = charts.marked(str(text), e)
        alt = "The text with what each character adds: " + e.sentence
        st.plotly_chart(figure, theme=None, key="chart-why-marked", config=panel.CONFIG, alt=alt)
    st.plotly_chart(charts.moved(e), theme=None, key="chart-why", config=panel.CONFIG, alt=e.sentence)
    blocks.note("why-how", f"{words.base(e)} {words.method(e)} {words.background(e)}")
