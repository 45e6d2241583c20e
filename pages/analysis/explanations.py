"""Explanations: what drives a model, over a stated sample of explained detections."""

from __future__ import annotations

import shlex

import streamlit as st

from analytics.efficacy.words import selection
from analytics.explanations import charts_drivers as charts
from analytics.explanations import drivers as measures
from analytics.explanations import tables
from analytics.explanations import words_drivers as words
from analytics.explanations.driven import Drivers
from analytics.results import Measured
from analytics.warehouse.explained import Of
from pages.parts import blocks, cache, choice, inspect, panel, present, sections
from pages.parts import explanation_sections as parts

view = cache.current()
zone = view.reader.snapshot.zone
ROWS = "rows"  # key in the address
rows = view.measure(measures.offered)
offered: list[Of] = rows.result
EMPTY = "Nothing of this version has been explained yet"


def chosen() -> Of:
    """Return which of the explained rows are looked at; the first that there are unless the address names others."""
    asked = next((of for of in offered if of == st.query_params.get(ROWS, "")), offered[0])
    if not present.on() and len(offered) > 1:
        st.segmented_control(
            "Explained rows",
            offered,
            default=asked,
            required=True,
            format_func=words.OF.__getitem__,
            **choice.bound("explained-rows", asked, lambda of: st.query_params.update({ROWS: of})),
        )
    return asked


def nothing() -> None:
    """Show what will be here and how it gets here."""
    blocks.title(EMPTY, "headline")
    st.text(
        "Here you will see what drives the model, on which rows and by how much; how one feature's value goes with the "
        "score; what sets false alarms apart; and whether any of that has changed. It stands on explanations of a "
        "sample, which are worked out once where the model's file lies beside the warehouse (the command says where a "
        "model cannot be explained, and why), or imported:"
    )
    folder, scope = shlex.quote(str(view.directory)), view.scope
    which = f"--model {shlex.quote(str(scope.model))} --model-version {shlex.quote(str(scope.version))}"
    st.code(
        f"bartizan explain --warehouse {folder} {which}\n"
        f"bartizan import explanations explanations.csv --warehouse {folder}",
        language="shell",
    )


def page(of: Of, found: Measured[Drivers | None]) -> None:
    """Show the page."""
    d = found.result
    if d is None:
        blocks.reason("none", f"No explained row lies in this selection ({selection(view.scope, zone)}). Widen it.")
        return
    blocks.title(words.headline(d), "headline")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation"):
        blocks.note("base", f"{words.base(d.base, zone)}")
        inspect.popover("drivers", found.provenance, tables.drivers(d), words.base(d.base, zone))
    left, right = st.columns(2, gap="large")
    with left:
        note = words.importance_note(d)
        panel.show("importance", words.importance(d), note, charts.importance(d), found.provenance, tables.drivers(d))
    with right:
        note = words.beeswarm_note(d, measures.POINTS)
        panel.show("beeswarm", words.beeswarm(d), note, charts.beeswarm(d), found.provenance, tables.points(d))
    if parts.followed(d):
        sections.section("dependence", "One feature, value by value", lambda: parts.dependence(view, of, d))
    sections.section("cohorts", "One group of rows against another", lambda: parts.cohorts(view, of))
    if d.base.text:
        sections.section("parts", "Which parts of texts", lambda: parts.parts(d, found.provenance))
    sections.section("course", "Has what drives it changed", lambda: parts.course(view, of))
    sections.section("trust", "How far to trust it (takes seconds)", lambda: parts.trust(view, of))


def slides(found: Measured[Drivers | None]) -> list[present.Slide]:
    """Return the page one idea at a time."""
    d = found.result
    if d is None:
        text = "No explained row lies in this selection."
        return [present.Slide(text, "Widen the selection.", selection(view.scope, zone), found.provenance)]
    base = words.base(d.base, zone)
    return [
        present.Slide(words.headline(d), charts.importance(d), base, found.provenance),
        present.Slide(words.beeswarm(d), charts.beeswarm(d), base, found.provenance),
    ]


if not offered and present.on():
    present.show([present.Slide(EMPTY, "Explain it first.", selection(view.scope, zone), rows.provenance)])
elif not offered:
    nothing()
else:
    of = chosen()
    found = view.measure(measures.drivers, of)
    if present.on():
        present.show(slides(found))
    else:
        page(of, found)
