"""Drift: whether what a model sees, and what it says, has changed against a reference; how far, and since when."""

from __future__ import annotations

import streamlit as st

from analytics.drift import charts, measures, tables, words
from analytics.drift.results import Distribution
from pages.parts import blocks, cache, choice, drift_bar, inspect, panel, present

COLUMN = "column"  # key in the address: which column is looked at

view = cache.current()
zone = view.reader.snapshot.zone
reference = drift_bar.reference(view)
found = view.ask(measures.drift, reference, view.scope)
d = found.result
ranked = words.ranked(d)
names = [c.column for c in ranked]


def chosen() -> Distribution:
    """Return the column that the address names, else the one that moved most."""
    asked = st.query_params.get(COLUMN, "")
    return ranked[names.index(asked) if asked in names else 0]


def page() -> None:
    """Show the page."""
    blocks.title(words.headline(d), "headline")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation"):
        blocks.note("base", words.base(d, zone))
        inspect.popover("drift", found.provenance, tables.columns(d))
    if not any(c.psi.value is not None for c in d.columns):
        return
    c = chosen()
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        finding, note = words.moved(d)
        panel.show("moved", finding, note, charts.moved(ranked), found.provenance, tables.columns(d))
        course = view.ask(measures.course, reference, view.scope, c.column)
        finding, note = words.course(course.result)
        panel.show("course", finding, note, charts.course(course.result), course.provenance, tables.days(course.result))
    with right:
        st.selectbox(
            "Column",
            names,
            names.index(c.column),
            format_func=words.name,
            **choice.bound("drift-column", c.column, lambda n: st.query_params.update({COLUMN: n})),
        )
        finding, note = words.shape(c)
        panel.show("shape", finding, note, charts.shape(c, 420), found.provenance, tables.bins(c))


def slides() -> list[present.Slide]:
    """Return the page one idea at a time."""
    base, c = words.base(d, zone), chosen()
    return [
        present.Slide(words.headline(d), charts.moved(ranked), base, found.provenance),
        present.Slide(words.shape(c)[0], charts.shape(c), base, found.provenance),
    ]


if present.on():
    present.show(slides())
else:
    page()
