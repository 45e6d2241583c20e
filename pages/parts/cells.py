"""From the cells of the confusion picture to the single detections in them, by exactly their filter."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from analytics.detections.filters import Filters, Label
from analytics.efficacy.results import Efficacy
from analytics.numbers import count
from analytics.scope import Scope
from pages.parts import blocks, url

PAGE = "analysis/detections.py"
_CELLS: tuple[tuple[str, bool, Label, str], ...] = (
    ("tp", True, "attack", "right alarms"),
    ("fp", True, "benign", "false alarms"),
    ("fn", False, "attack", "missed attacks"),
    ("tn", False, "benign", "benign, no alarm"),
)


def show(e: Efficacy, scope: Scope, exact: bool) -> None:
    """Show a way to each cell that holds something; its address names the threshold, so only where that is told."""
    if e.threshold is None or not exact:
        return
    blocks.note("cells", "Labelled rows, as they were chosen:")
    with st.container(horizontal=True, gap="small", key="cells"):
        for name, flagged, judged, words in _CELLS:
            n = getattr(e.confusion, name)
            if not n:
                continue
            filters = Filters(flagged=flagged, threshold=e.threshold, label=judged, population=e.population)
            st.page_link(PAGE, label=f"{count(n)} {words} →", query_params=pairs(scope, filters))


def pairs(scope: Scope, filters: Filters) -> dict[str, list[str]]:
    """Return the address of a list as keys and values."""
    return url.pairs(scope) | {k: [v] for k, v in parse_qsl(filters.to_text(), keep_blank_values=True)}
