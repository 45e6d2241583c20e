"""What draws charts, fetched by the browser while the server still works out the first figures.

It is by far the largest part of the app's own files, and is asked for when a chart comes. So the first run of a
session begins with an empty one that nobody sees.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import plotly.graph_objects as go
import streamlit as st

_FETCHED = "charts-fetched"
"""Key in the session."""


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
