"""The sections under the first screen of Explanations; each is computed when it is opened."""

from __future__ import annotations

import streamlit as st

from analytics.explanations import charts_drivers as charts
from analytics.explanations import drivers as measures
from analytics.explanations import tables
from analytics.explanations import words_drivers as words
from analytics.explanations.driven import Drivers
from analytics.results import Provenance
from analytics.warehouse.explained import Of
from pages.parts import blocks, choice, panel
from pages.parts.cache import View

FEATURE, PAIR = "feature", "pair"  # keys in the address
FEW_ROWS = "A sample this small says nothing of it."


def followed(d: Drivers) -> list[str]:
    """Return the features that have values to follow; parts of texts are there or not."""
    return [o.name for o in d.drivers if o.direction is not None]


def dependence(view: View, of: Of, d: Drivers) -> None:
    """How one feature's value goes with what it adds, of a model that has such features."""
    names = followed(d)
    asked = st.query_params.get(FEATURE, "")
    chosen = asked if asked in names else names[0]
    st.selectbox(
        "Feature",
        names,
        names.index(chosen),
        format_func=words.name,
        **choice.bound("explained-feature", chosen, lambda n: st.query_params.update({FEATURE: n})),
    )
    found = view.measure(measures.dependence, of, chosen)
    x = found.result
    if x is None:
        blocks.reason("dependence", FEW_ROWS)
        return
    note, rows = words.dependence_note(x), tables.followed(x)
    panel.show("depends", words.dependence(x), note, charts.dependence(x), found.provenance, rows)


def cohorts(view: View, of: Of) -> None:
    """Two groups of rows side by side."""
    asked = st.query_params.get(PAIR, "")
    pair = asked if asked in words.PAIRS else next(iter(words.PAIRS))
    st.segmented_control(
        "Compare",
        list(words.PAIRS),
        default=pair,
        required=True,
        format_func=words.PAIRS.__getitem__,
        **choice.bound("explained-pair", pair, lambda p: st.query_params.update({PAIR: p})),
    )
    found = view.measure(measures.cohorts, of, pair)
    c = found.result
    if c is None:
        return
    picture = c.why or charts.cohorts(c)
    finding = "These two cannot be compared" if c.why else words.cohorts(c)
    panel.show("cohort", finding, words.cohorts_note(c), picture, found.provenance, tables.cohorts(c))


def parts(d: Drivers, seen: Provenance) -> None:
    """Which parts of texts matter, of a model that reads texts."""
    note = f"The {len(d.drivers)} that move scores most; a part may lie inside another."
    panel.table("parts", words.importance(d), note, tables.parts(d), seen)


def course(view: View, of: Of) -> None:
    """Whether what drives the model is the same week by week."""
    found = view.measure(measures.course, of)
    c = found.result
    finding, note = words.course(c)
    picture = FEW_ROWS if c is None else charts.course(c)
    panel.show("moves", finding, note, picture, found.provenance, None if c is None else c.weeks)


def trust(view: View, of: Of) -> None:
    """What a second method and small changes say over a handful of rows."""
    found = view.measure(measures.trust, of)
    t = found.result
    if t is None:
        return
    panel.table("trusted", words.trust(t), words.trust_note(t), tables.trust(t), found.provenance)
