"""Drift: whether what a model sees, and what it says, has changed against a reference; how far, and since when."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analytics.drift import charts, measures, tables, traffic, words, words_mix
from analytics.drift.results import Distribution
from pages.parts import blocks, cache, choice, drift_bar, inspect, panel, present
from pages.parts import drift_sections as parts
from pages.parts.sections import section

COLUMN = "column"  # key in the address: which column is looked at

view = cache.current()
zone = view.reader.snapshot.zone
reference = drift_bar.reference(view)
found = view.ask(measures.drift, reference, view.scope)
d = replace(found.result, weights=parts.weighing(view))
ranked = d.ranked()
names = [c.column for c in ranked]


def chosen() -> Distribution:
    """Return the column that the address names, else the one that moved most."""
    asked = st.query_params.get(COLUMN, "")
    return ranked[names.index(asked) if asked in names else 0]


def page() -> None:
    """Show the page."""
    blocks.title(words.headline(d), "headline")
    seen = view.ask(traffic.traffic, reference, view.scope).result
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation"):
        blocks.note("base", f"{words.base(d, zone)} {words_mix.beside(seen)}".strip())
        inspect.popover("drift", found.provenance, tables.columns(d), words.base(d, zone))
    if d.told:
        pictures(chosen())
    section("distances", "Every column, every distance", lambda: parts.columns(d, found.provenance))
    section("mixes", "What it decided, and how alarms were judged", lambda: parts.judged(view, reference))
    section("gaps", "What was not scored, gaps, and what is new", lambda: parts.gaps(view, reference))
    parts.lead(view.scope)


def pictures(c: Distribution) -> None:
    """Show how far all columns moved, and one of them in full."""
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        finding, note = words.moved(d)
        picture = charts.moved(ranked, weights=d.weights)
        panel.show("moved", finding, note, picture, found.provenance, tables.columns(d))
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
    t, v = view.ask(traffic.traffic, reference, view.scope), view.ask(traffic.judged, reference, view.scope)
    mixes = [(words_mix.decisions, t.result.decisions, t), (words_mix.verdicts, v.result, v)]
    return [
        present.Slide(words.headline(d), charts.moved(ranked, weights=d.weights), base, found.provenance),
        present.Slide(words.shape(c)[0], charts.shape(c), base, found.provenance),
        *(present.Slide(say(m)[0], m.why or charts.mix(m), say(m)[1], seen.provenance) for say, m, seen in mixes),
        present.Slide(words_mix.gaps(t.result), words_mix.unchecked(t.result.unchecked)[0], base, t.provenance),
    ]


if present.on():
    present.show(slides())
else:
    page()
