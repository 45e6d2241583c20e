"""Efficacy: what a model version catches, misses and disturbs at a threshold, and what another one would bring."""

from __future__ import annotations

import streamlit as st

from analytics.efficacy import cheapest, consequences, measures, tables, words
from pages.parts import (
    assumption_form,
    audit_form,
    blocks,
    cache,
    cells,
    exact,
    inspect,
    leads,
    panel,
    present,
    sections,
    threshold_box,
    threshold_slider,
    threshold_tiles,
    tiles,
)
from pages.parts import efficacy_pictures as pictures
from pages.parts.boundary import boundary


@st.fragment
def show() -> None:
    """Show all that depends on the threshold; the slider runs this alone."""
    with boundary():
        page()


def page() -> None:
    """Show the page."""
    view = cache.current()
    asked, why = exact.asked_or_why(view)
    assumed, agreed = assumption_form.current(view)
    found = view.measure(measures.efficacy, asked)
    e = found.result
    base = f"{words.selection(view.scope, view.reader.snapshot.zone)} · {words.basis(e)}"
    blocks.title(words.headline(e), "headline")
    ladder = view.measure(consequences.ladder).result
    if view.exact:
        with st.container(horizontal=True, vertical_alignment="bottom", key="operate"):
            own = pictures.threshold_name(view)
            threshold_slider.show(ladder, e.threshold, view.measure(cheapest.optimum, assumed).result, own)
            threshold_box.show(e, own)
    else:
        exact.rough(view)
    blocks.note("threshold", why)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation"):
        notes = words.notes(view.ask(measures.versions).result, view.scope)
        blocks.note("base", "\n".join(filter(None, (f"{base}. {words.served(e)}", notes))))
        assumption_form.show(view, assumed)
        inspect.popover("figures", found.provenance, tables.estimates(e))
    if not e.n_represented:
        return
    if e.threshold is not None:
        tiles.row(threshold_tiles.row(view, e, e.threshold, assumed, agreed))
        audit_form.offer(e, view.scope)
    left, right = st.columns(2, gap="medium")
    with left:
        panel.show(*pictures.drawn(pictures.scores, view, asked, assumed), lead=leads.bars(view.scope, e.population))
        panel.show(*pictures.drawn(pictures.confusion, view, asked, assumed))
        cells.show(e, view.scope, view.exact)
    with right:
        panel.show(*pictures.drawn(pictures.precision_recall, view, asked))
        weeks = leads.weeks(view.scope, view.reader.snapshot.zone)
        panel.show(*pictures.drawn(pictures.weeks, view, asked), lead=weeks)
    sections.section("weak", "Where it fails", lambda: sections.weak_slices(view, asked))
    sections.section("candidate", "Another version against this one", lambda: sections.candidate(view))
    sections.section(
        "costs", "Cost and the cheapest threshold", lambda: sections.cost(view, e.threshold, ladder.in_force, assumed)
    )
    sections.section("layers", "What it adds to the other layers", lambda: sections.layers(view))
    sections.section("known", "As known then, as known now", lambda: sections.known_then(view, asked))
    sections.section("unchecked", "Traffic that was not checked", lambda: sections.unchecked(view, asked))
    sections.section("more", "More figures", lambda: sections.more(view, asked))


def slides() -> list[present.Slide]:
    """Return the page one idea at a time."""
    view = cache.current()
    asked, assumed = exact.asked(view), assumption_form.current(view)[0]
    e = view.measure(measures.efficacy, asked).result
    base = f"{words.selection(view.scope, view.reader.snapshot.zone)} · {words.basis(e)}"
    first, judged = (make(view, asked, assumed) for make in (pictures.scores, pictures.confusion))
    rest = (judged, *(make(view, asked) for make in (pictures.precision_recall, pictures.weeks)))
    costs = []
    if e.threshold is not None and e.n_represented:
        costs = [threshold_tiles.slide(view, e, e.threshold, base, first.seen)]
    return [
        present.Slide(words.headline(e), first.picture, base, first.seen, words.chosen_rows(e)),
        *costs,
        *(present.Slide(p.finding, p.picture, base, p.seen) for p in rest),
    ]


if present.on():
    present.show(slides())
else:
    show()
