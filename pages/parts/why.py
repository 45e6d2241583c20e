"""Why a version gave a detection its score: the reason, what of it moved the score, and how that is known."""

from __future__ import annotations

import streamlit as st
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from analytics.detections.results import Detection
from analytics.errors import BadInput, NoData
from analytics.explanations import charts, measures, tables, words
from analytics.explanations.results import NotExplained
from analytics.look import dressed
from pages.parts import blocks, heads, inspect, opened, panel
from pages.parts.cache import View


def show(view: View, d: Detection, chosen: str, event: str | None, sentence: DeltaGenerator) -> None:
    """Show the reason in the place kept for it and here the pictures that prove it, or there why there is none."""
    try:
        found = view.measure(measures.explain, chosen, event)
    except (BadInput, NoData) as e:  # no file of the model, or not the one that was saved
        _none(sentence, f"{e.found} {e.fix}")
        return
    e = found.result
    if isinstance(e, NotExplained):
        _none(sentence, e.why)
        return
    with sentence:
        blocks.finding("why", e.sentence)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation-why"
    ):
        blocks.note("why", " ".join(words.caveats(e)))
        if e.background.n:  # what was imported cannot be worked out anew
            opened.popover("How far to trust it", "check", lambda: _check(view, chosen, event))
        inspect.popover("why", found.provenance, rests=f"this one detection. {words.base(e)}")
    text = d.row.get("payload")
    if e.values and text is not None:
        with st.container(key="marked"):  # too wide for a telephone, where the text above has to do
            _draw("marked", charts.marked(str(text), e), f"The text with what each character adds. {e.sentence}")
    _draw("moved", charts.moved(e), f"What raised and what lowered the score. {e.sentence}")
    usual = tables.usual(e)
    if len(usual):
        blocks.note("why-usual", "What the model saw, beside what is usual of ordinary rows (nine of ten lie between).")
        st.dataframe(
            usual, hide_index=True, key="why-usual-table", alt="Features beside what is usual",
            column_config=heads.explained(usual),
        )  # fmt: skip
    how = (words.base(e), words.method(e), words.background(e), e.source)
    blocks.note("why-how", " ".join(filter(None, how)))


def _none(sentence: DeltaGenerator, why: str) -> None:
    with sentence:
        blocks.reason("why", f"Why it decided so cannot be told: {why}")


def _check(view: View, chosen: str, event: str | None) -> None:
    """What a second method and small changes say; seconds of work, so only where somebody asks."""
    found = view.measure(measures.check, chosen, event).result
    st.text(found.why if isinstance(found, NotExplained) else words.agreement(found), width="stretch")


def _draw(key: str, figure: Figure, alt: str) -> None:
    figure = dressed(figure, st.context.theme.type)
    st.plotly_chart(figure, theme=None, key=f"chart-why-{key}", config=panel.CONFIG, alt=alt)
