"""Detections: the single events behind every figure; one of them with all that is known of it."""

from __future__ import annotations

import streamlit as st

from analytics.detections import measures, single, words
from analytics.detections.filters import Filters
from analytics.efficacy.measures import versions
from analytics.efficacy.words import selection
from pages.parts import (
    alike_box,
    blocks,
    cache,
    detection_card,
    detection_columns,
    detection_export,
    detection_filters,
    detection_list,
    detection_ways,
    exact,
    inspect,
    opened,
    placed,
    present,
    questions_box,
    second,
    test_case_form,
    verdict_bar,
    verdict_bulk,
    what_if,
    why,
)

SIZE = 50

view = cache.current()
zone = view.reader.snapshot.zone
filters, order = detection_filters.read(view), detection_filters.order(view)
n = view.measure(measures.count, filters).result
place = detection_filters.place(view)
found = view.measure(measures.page, filters, order, SIZE, place)
page, told = found.result, second.page(found.result)
title = words.title(filters, n, order)


def listed(brief: bool) -> None:
    """Show the list."""
    if not len(page.rows):
        every = view.measure(measures.count, Filters()).result
        blocks.reason("list", words.nothing(page, filters, view.scope, every) or words.stopped(page, zone))
    else:
        several = None if brief or present.on() else verdict_bulk.switch(view)
        # What was chosen is none of another list's rows, and done once a verdict is given.
        key = f"list {brief} {several is None} {view.reader.snapshot.log_position} {hash(tuple(page.rows['event_id']))}"
        columns = detection_list.BRIEF if brief else detection_columns.chosen(told)
        rows = detection_list.show(told, zone, key, columns, several is not None)
        if several is not None:
            with several:
                verdict_bulk.show(view, page, rows, service(str(view.scope.model)))
    detection_ways.places(page)
    if not view.exact:
        exact.rough(view)
    blocks.note("stopped", " ".join(filter(None, (words.stopped(page, zone), words.hidden(page.hidden)))))


def service(model: str) -> str:
    """Return the service of a model."""
    rows = view.ask(versions).result
    return str(next(iter(rows.loc[rows["model_id"] == model, "service"]), ""))


def show() -> None:
    """Show the page."""
    detection_filters.show(view, filters)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation"):
        with st.container(width="stretch", gap="xsmall"):
            blocks.title(title, "headline")
            blocks.note("base", " ".join(filter(None, (f"{selection(view.scope, zone)}.", n.why))))
        if filters != Filters():
            st.button("Clear the filter", on_click=detection_filters.write, args=(Filters(),), type="tertiary")
        if len(page.rows) and not st.query_params.get(detection_filters.CHOSEN):
            detection_columns.popover(told)
        opened.popover("Export", "export", lambda: detection_export.show(view, filters))
        inspect.popover("list", found.provenance, told.rows, title)
    chosen = st.query_params.get(detection_filters.CHOSEN)
    if not chosen:
        listed(brief=False)
        return
    left, right = st.columns([1, 1.9], gap="medium")
    with left:
        listed(brief=True)
    with right:
        event = st.query_params.get(detection_filters.EVENT) or None
        one = view.measure(single.detection, chosen, event)
        sentence, verdict, reason = detection_card.show(view, second.detection(view, one), page)
        with verdict:
            second.note(view, one.result)
            verdict_bar.show(view, one.result, page, service(str(view.scope.model)))
            test_case_form.offer(view, one.result)
        alike_box.show(view, one.result, chosen, event)
        questions_box.show(view, one.result, service(str(view.scope.model)))
        with reason:
            why.show(view, one.result, chosen, event, sentence)
            placed.show(view, one.result)
            what_if.show(view, one.result, chosen, event)


if present.on():
    present.show([present.Slide(title, lambda: listed(brief=False), selection(view.scope, zone), found.provenance)])
else:
    show()
