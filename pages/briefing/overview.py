"""Overview: are the defences effective, what changed, what needs somebody; one screen, thirty seconds."""

from __future__ import annotations

import streamlit as st

from analytics.overview import charts, measures, words
from pages.parts import (
    attention,
    blocks,
    cache,
    happening_choice,
    panel,
    perimeter_bar,
    present,
    service_table,
    tiles,
)

EFFICACY = "analysis/efficacy.py"

view = cache.current()
zone = view.reader.snapshot.zone
found = view.measure(measures.overview, perimeter_bar.since(view))
o = found.result
wanted = words.items(o, zone)


def page() -> None:
    """Show the one screen."""
    with st.container(gap="xsmall", key="overview"):
        blocks.title(words.headline(o, zone), "headline")
        blocks.note("data", " ".join(o.notes))
        tiles.row(words.tiles(o, zone))
        left, right = st.columns([1.5, 1], gap="large")
        with left:
            attention.show(wanted, EFFICACY, view, found.provenance)
            if words.unknown(o):
                with st.container(horizontal=True, gap="small", key="unknown-line"):
                    blocks.lamp("cannot tell", "")
                    blocks.note("unknown", words.unknown(o))
        with right:
            if o.happenings:
                h = happening_choice.show(o.happenings[:4], zone)
                key = (h.kind, h.scope.to_text(), view.scope.to_text(), zone)
                panel.show(
                    "happening",
                    words.happening(h, zone),
                    words.usual(h),
                    panel.kept(view, key, lambda: charts.happening(h, zone, 140)),
                    found.provenance,
                    h.hours,
                )
            for item in words.better(o, zone):
                blocks.note(f"better-{item.subject}", item.text)
        service_table.show(o.services, EFFICACY, view.scope.snapshot)
        blocks.note("base", words.base(o, zone))


def slides() -> list[present.Slide]:
    """Return the overview one idea at a time."""
    base, seen = words.base(o, zone), found.provenance
    first = present.Slide(words.headline(o, zone), lambda: tiles.row(words.tiles(o, zone)), base, seen)
    events = [
        present.Slide(words.happening(h, zone), charts.happening(h, zone), words.usual(h), seen) for h in o.happenings
    ]
    table = present.Slide(
        words.unknown(o) or "What each service catches, and what it costs",
        lambda: service_table.show(o.services, EFFICACY, view.scope.snapshot),
        base,
        seen,
    )
    return [first, *events, table]


if present.on():
    present.show(slides())
else:
    page()
