"""Overview: are the defences effective, what changed, what needs somebody; one screen, thirty seconds."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analytics.overview import charts, measures, reviews, words, words_items, words_picture
from analytics.overview.words import Drawn
from analytics.results import Provenance
from pages.parts import (
    attention,
    blocks,
    cache,
    happening_choice,
    opened,
    panel,
    perimeter_bar,
    present,
    service_table,
    still,
    tiles,
)

NOTES_LONG = 300
"""Characters that two lines hold."""

view = cache.current()
zone = view.reader.snapshot.zone
found = view.measure(measures.overview, *perimeter_bar.compared(view))
o = replace(found.result, accepted=still.read("accepted", lambda: reviews.acceptances(view.directory)))
wanted, pictures = words_items.items(o, zone), words.drawn(o)


def page() -> None:
    """Show the one screen."""
    with st.container(gap="xsmall", key="overview"):
        blocks.title(words.headline(o, zone), "headline")
        data_notes()
        tiles.row(words.tiles(o, zone))
        left, right = st.columns([1.6, 1], gap="large")
        with left:
            base = words.base(o, zone)
            attention.show(wanted, words.nothing_wanted(o), view, found.provenance, base)
            blocks.note("before", words.before(o, view.scope, zone))
            if words.unknown(o):
                with st.container(horizontal=True, gap="small", vertical_alignment="center", key="unknown-line"):
                    blocks.lamp("cannot tell", "")
                    blocks.note("unknown", words.unknown(o))
        with right:
            if pictures:
                d = happening_choice.show(pictures, zone)
                key = (words.title(d, o, zone), view.scope.to_text(), zone)
                figure = panel.kept(view, key, lambda: charts.drawn(d, zone, 140))
                title, note = words.title(d, o, zone), words.usual(d)
                rests = words_picture.rests(d, zone)
                panel.show("happening", title, note, figure, drawn_from(d), charts.data(d), rests=rests)
            for item in words_items.better(o, zone):
                blocks.note(f"better-{item.subject}", f"Also: {item.text}")
        service_table.show(words.in_table(o), view.scope.snapshot)
        blocks.note("left-out", words.left_out(o))
        blocks.note("base", words.base(o, zone))


def data_notes() -> None:
    """Show what owners say of their data; what would take more than two lines waits until somebody opens it."""
    said = words.notes(o)
    if sum(map(len, said)) <= NOTES_LONG:
        blocks.note("data", " ".join(said))
    else:
        opened.popover("Notes on the data", "notes-on-data", lambda: blocks.note("all", "\n\n".join(said)))


def drawn_from(d: Drawn) -> Provenance:
    """Return where a picture comes from: the page's queries, for its own model, days and place."""
    return replace(found.provenance, scope=words_picture.scope(d, zone))


def slides() -> list[present.Slide]:
    """Return the overview one idea at a time."""
    base, seen = words.base(o, zone), found.provenance
    first = present.Slide(words.headline(o, zone), lambda: tiles.row(words.tiles(o, zone)), base, seen)
    told = [(d, f"{words.usual(d)} {words_picture.rests(d, zone)}.") for d in pictures]
    events = [present.Slide(words.title(d, o, zone), charts.drawn(d, zone), t, drawn_from(d)) for d, t in told]
    table = present.Slide(
        words.unknown(o) or "What each service catches, and what it costs",
        lambda: service_table.show(words.in_table(o), view.scope.snapshot),
        base,
        seen,
    )
    return [first, *events, table]


if present.on():
    present.show(slides())
else:
    page()
