"""Overview: are the defences effective, what changed, what needs somebody; one screen, thirty seconds."""

from __future__ import annotations

import streamlit as st

from analytics.overview import charts, measures, words
from pages.parts import attention, blocks, cache, happening_choice, inspect, panel, perimeter_bar, service_table, tiles

EFFICACY = "analysis/efficacy.py"

view = cache.current()
zone = view.reader.snapshot.zone
found = view.measure(measures.overview, perimeter_bar.since(view))
o = found.result
wanted = words.items(o, zone)

with st.container(gap="xsmall", key="overview"):
    blocks.title(words.headline(o, zone), "headline")
    tiles.row(words.tiles(o, zone))
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            blocks.finding("attention", "What wants attention" if wanted else "Nothing wants attention")
            inspect.popover("attention", found.provenance)
        attention.show(wanted, EFFICACY, view)
        if words.unknown(o):
            with st.container(horizontal=True, gap="small", key="unknown-line"):
                blocks.lamp("cannot tell", "")
                blocks.note("unknown", words.unknown(o))
    with right:
        if o.happenings:
            h = happening_choice.show(o.happenings[:4], zone)
            panel.show(
                "happening",
                words.happening(h, zone),
                words.usual(h),
                charts.happening(h, zone, 165),
                found.provenance,
                h.hours,
            )
        for item in words.better(o, zone):
            blocks.note(f"better-{item.subject}", item.text)
    service_table.show(o.services, EFFICACY, view.scope.snapshot)
    blocks.note("base", words.base(o, zone))
