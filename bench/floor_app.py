"""The least Streamlit app with as many charts as ours: a page with one, a page with four and a slider."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

st.set_page_config(layout="wide")


def body(name: str, charts: int) -> None:
    """Show a title, a slider and charts of a hundred points."""
    st.title(name)
    k = st.select_slider("k", list(range(60)), 30, key=f"k-{name}")
    st.text(f"at {k}")
    for i in range(charts):
        fig = go.Figure(go.Scatter(x=list(range(100)), y=[(v * k + i) % 17 for v in range(100)]))
        st.plotly_chart(fig.update_layout(height=250), key=f"chart-{name}-{i}")


st.navigation(
    [
        st.Page(lambda: body("Overview", 1), title="Overview", url_path="overview", default=True),
        st.Page(lambda: body("Efficacy", 4), title="Efficacy", url_path="efficacy"),
    ],
    position="top",
).run()
