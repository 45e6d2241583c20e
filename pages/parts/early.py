"""What draws charts, fetched and made ready by the browser while the server still works out the first figures.

It is by far the largest part of the app's own files, and is asked for when a chart comes. So the page's own answer
already names it, and the first run of a session begins with an empty chart that nobody sees.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

_FETCHED = "charts-fetched"
"""Key in the session."""


def links() -> list[str]:
    """Return what a page's answer names in its Link header: Streamlit's file that draws charts, as it is named here."""
    files = sorted((Path(st.__file__).parent / "static" / "static" / "js").glob("PlotlyChart.*.js"))
    return [f"<./static/js/{file.name}>; rel=modulepreload; crossorigin" for file in files]


@contextmanager
def charts() -> Generator[None]:
    """Let the browser fetch what draws charts while this lasts, once a session."""
    place = st.empty()  # there in every run: what stands below keeps its place
    if _FETCHED in st.session_state:
        yield
        return
    st.session_state[_FETCHED] = True
    with place.container(key="unseen"):
        st.plotly_chart(go.Figure(), key="unseen-chart")
    try:
        yield
    finally:
        place.empty()
