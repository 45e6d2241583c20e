"""Efficacy: what a model version catches, misses and disturbs at its threshold, and how sure that is."""

from __future__ import annotations

import streamlit as st

from analytics.efficacy import charts, charts_by, measures, tables, words
from pages.parts import blocks, cache, inspect, panel, threshold_box, tiles, url

TILES = ("precision", "recall", "fpr", "label_coverage", "protected_share")

view = cache.current()
asked = url.threshold()
found = view.measure(measures.efficacy, asked)
e = found.result
base = f"{words.selection(view.scope, view.reader.snapshot.zone)} · {words.basis(e)}"

blocks.title(words.headline(e), "headline")
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
    notes = words.notes(view.ask(measures.versions).result, view.scope)
    blocks.note("base", "\n".join(filter(None, (f"{base}. {words.served(e)}", notes))))
    threshold_box.show(e)
    inspect.popover("figures", found.provenance, tables.estimates(e))
tiles.row([(name, words.tile(name, e.estimates[name])) for name in TILES])
if not e.n_represented:
    st.stop()

left, right = st.columns(2, gap="medium")
with left:
    scores = view.measure(measures.histogram, asked)
    h = scores.result
    panel.show(
        "scores",
        words.scores(h, e),
        f"Rows by score, heights on a square-root scale. {words.unscored(h)}",
        charts.histogram(h) if len(h.bins) else "Nothing in this selection was scored.",
        scores.provenance,
        h.bins,
    )
curves = view.measure(measures.curves, asked)
c = curves.result
with right:
    panel.show(
        "precision-recall",
        words.precision_recall(e, c),
        "Every threshold; the point is the one above, its bars are the intervals.",
        charts.precision_recall(c) if len(c.pr) else c.why,
        curves.provenance,
        c.pr,
    )
left, right = st.columns(2, gap="medium")
with left:
    panel.show(
        "roc",
        words.roc(e, c),
        f"Every threshold, {words.BASIS[c.basis]}.",
        charts.roc(c) if len(c.roc) else c.why,
        curves.provenance,
        c.roc,
    )
with right:
    panel.show(
        "confusion",
        words.confusion(e),
        "Labelled rows as they are, not weighted.",
        words.no_confusion(e) or charts.confusion(e),
        found.provenance,
        tables.confusion(e.confusion),
    )
columns = ["week", *view.ask(measures.slices, view.scope).result]
split = st.segmented_control(
    "By", columns, default="week", required=True, key="by", bind="query-params", format_func=words.column_name
)
if split == "week":
    weekly = view.measure(measures.by_week, asked)
    panel.show(
        "weeks",
        words.weeks(weekly.result),
        "Each week from Monday with its interval; hatched: a week that is not whole. No figure: a gap.",
        words.no_weeks(weekly.result) or charts_by.weeks(weekly.result),
        weekly.provenance,
        tables.weeks(weekly.result),
    )
else:
    slices = view.measure(measures.by_slice, split, asked)
    panel.show(
        "slices",
        words.slices(slices.result, split),
        f"The {charts_by.MOST} largest at most, with intervals, not corrected for their number.",
        words.no_slices(slices.result) or charts_by.slices(slices.result),
        slices.provenance,
        tables.slices(slices.result),
    )
