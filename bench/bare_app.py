"""The elements of our two pages in kind and number, with constant texts: what Streamlit takes for them, without us.

Counted with ``streamlit.testing``: to be counted anew when a page changes.
"""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

st.set_page_config(layout="wide")


def texts(n: int, name: str) -> None:
    """Show lines, each in a container with a key, as the styled ones of ours are."""
    for i in range(n):
        with st.container(key=f"{name}-{i}"):
            st.text("A line of text that says what was measured")


def head(name: str, boxes: int) -> None:
    """Show what stands above both pages."""
    st.html("<style>.none { color: red; }</style>")
    with st.container(horizontal=True):
        st.title(name)
        st.button("Present")
        st.popover("Words")
        st.popover("Share")
    with st.grid(boxes, min_column_width=150):
        for i in range(boxes):
            st.selectbox(f"Box {i}", ["one", "two", "three"], key=f"box-{name}-{i}")


def tiles(n: int) -> None:
    """Show figures side by side."""
    grid = st.grid(n, min_column_width=165)
    for i in range(n):
        with grid.container(key=f"tile-{i}"):
            st.metric(f"Tile {i}", "1,000", help="What it is")
            st.text("900-1,100")


def chart(name: str, k: int) -> None:
    """Show a panel."""
    with st.container(key=f"panel-{name}"):
        with st.container(horizontal=True):
            st.text("What it shows")
            st.popover("Inspect")
        fig = go.Figure(go.Scatter(x=list(range(100)), y=[(v * k) % 17 for v in range(100)]))
        st.plotly_chart(fig.update_layout(height=250), key=f"chart-{name}")


def overview() -> None:
    """62 texts, 40 links, 24 small images, one chart; a row of the table is one container."""
    head("Overview", 3)
    tiles(4)
    left, right = st.columns([1.5, 1])
    with left:
        for i in range(4):
            with st.container(key=f"item-{i}"):
                st.text("Something that wants attention")
                with st.container(horizontal=True, key=f"foot-{i}"):
                    st.text("nobody has taken this on")
                    st.page_link(PAGES["Analysis"][0], label="Look into it")
                    st.popover("Assign")
    with right:
        st.segmented_control("Events", ["one", "two"], default="one", key="event")
        chart("storm", 3)
    for row in range(7):
        with st.container(key=f"row-{row}"):
            for i in range(15 if row else 9):
                if not row or i in (0, 1, 10, 12, 14):
                    st.text("a cell")
                elif i in (4, 6, 8, 13):
                    st.image('<svg viewBox="0 0 9 9" width="90" height="9"><path d="M0 4h9" stroke="red"/></svg>')
                else:
                    st.page_link(PAGES["Analysis"][0], label="**12 %** :small[9–15 %]")
    texts(5, "note")


@st.fragment
def moving() -> None:
    """What the slider runs."""
    with st.container(horizontal=True):
        k = st.select_slider("k", list(range(60)), 30, key="k")
        st.text_input("Threshold")
    st.text(f"at {k}")
    with st.popover("Costs"):
        for i in range(5):
            st.number_input(f"Cost {i}", value=1.0)
    tiles(6)
    for column, names in zip(st.columns(2), (("a", "b"), ("c", "d")), strict=True):
        with column:
            for name in names:
                chart(name, k)
    for i in range(7):
        st.expander(f"Section {i}", key=f"section-{i}", on_change="rerun")


def efficacy() -> None:
    """18 texts, 6 tiles, 8 popovers, 7 sections, four charts and a slider."""
    head("Efficacy", 4)
    texts(6, "line")
    moving()


PAGES = {
    "Briefing": [st.Page(overview, title="Overview", url_path="overview", default=True)],
    "Analysis": [st.Page(efficacy, title="Efficacy", url_path="efficacy")],
}
st.navigation(PAGES, position="top").run()
