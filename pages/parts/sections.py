"""The sections under the first screen of Efficacy; each is computed when it is opened."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from analytics.efficacy import (
    charts_by,
    charts_more,
    cheapest,
    consequences,
    measures,
    served,
    tables,
    weak,
    words,
    words_served,
)
from analytics.efficacy import words_search as found_words
from analytics.efficacy import words_threshold as chain_words
from analytics.efficacy.assumptions import Assumptions
from pages.parts import efficacy_pictures as pictures
from pages.parts import leads, panel
from pages.parts.cache import View
from pages.parts.sections_against import candidate, known_then, layers

__all__ = ["candidate", "cost", "known_then", "layers", "more", "section", "unchecked", "weak_slices"]


def section(key: str, title: str, show: Callable[[], None]) -> None:
    """Show a section; ``show`` runs only while it is open. Whether it is stands in the address."""
    with st.expander(title, key=key, bind="query-params") as opened:
        pass
    if opened.open:
        with opened:
            show()


def weak_slices(view: View, asked: float | None) -> None:
    """Where the model fails: a search over slices, and any one column in full."""
    found = view.measure(weak.search, asked)
    s = found.result
    table = found_words.weak_table(s.found)
    panel.table("weak", found_words.search(s), found_words.searched(s) if s.searched else "", table, found.provenance)
    columns = view.ask(measures.slices, view.scope).result
    if not columns:
        return
    column = st.segmented_control(
        "By", list(columns), default=next(iter(columns)), required=True, key="by", bind="query-params",
        format_func=words.column_name,
    )  # fmt: skip
    split = view.measure(measures.by_slice, column, asked)
    slices = charts_by.stored(split.result)
    panel.show(
        "slices",
        words.slices(slices, column),
        f"The {charts_by.MOST} largest at most, with intervals, not corrected for their number.",
        words.no_slices(slices) or charts_by.slices(slices),
        split.provenance,
        tables.slices(slices),
        leads.slices(view.scope, slices),
    )


def cost(view: View, at: float | None, in_force: float | None, assumed: Assumptions) -> None:
    """Cost against the threshold, and the cheapest."""
    found = view.measure(cheapest.optimum, assumed)
    o, own = found.result, pictures.threshold_name(view)
    panel.show(
        "cost",
        chain_words.optimum(o, in_force, own),
        "A day, at the minutes and costs above; the band cannot be told from the cheapest. "
        "Attacks that no audit found are left out: they shift the whole curve.",
        o.why or charts_more.cost(o, at, in_force, own),
        found.provenance,
        o.curve,
    )


def unchecked(view: View, asked: float | None) -> None:
    """Traffic that no model checked, by reason."""
    found = view.measure(measures.histogram, asked)
    h = found.result
    picture = charts_more.unchecked(h.unscored) if len(h.unscored) else "Everything in this selection was scored."
    e, a_day = view.measure(measures.efficacy, asked).result, view.measure(consequences.checked).result
    panel.show(
        "unchecked",
        ". ".join(filter(None, (chain_words.checked(e, a_day), words.unscored(h) or "Nothing passed unchecked"))),
        "Events of this selection by the reason why they were not scored.",
        picture,
        found.provenance,
        h.unscored,
    )


def more(view: View, asked: float | None) -> None:
    """The ROC curve and the figures that specialists ask for."""
    found = view.measure(measures.efficacy, asked)
    panel.show(*pictures.roc(view, asked))
    gains = view.measure(consequences.gains)
    panel.table(
        "gains", "Gain: attacks among the highest scores", "", chain_words.gains(gains.result), gains.provenance
    )
    panel.table(
        "estimates", "Every figure with its interval and base", "", chain_words.figures(found.result), found.provenance
    )
    why = view.measure(served.served)
    panel.table(
        "served",
        words_served.served(why.result),
        words_served.note(why.result),
        words_served.table(why.result),
        why.provenance,
    )
