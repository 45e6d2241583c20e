"""Feedback: what to label next and why, and what is made of what people found."""

from __future__ import annotations

from functools import partial

import streamlit as st

from analytics.feedback import queue, words
from analytics.warehouse import records
from pages.parts import (
    audit_form,
    blocks,
    cache,
    inspect,
    misses_list,
    opened,
    present,
    queue_list,
    sections,
    sections_feedback,
)

SECTIONS = (
    ("plan", "How much must be looked at to tell what is missed", sections_feedback.plan),
    ("people", "How verdicts come about: time, work, agreement", sections_feedback.people),
    ("through", "What got through, and what came of it", misses_list.show),
    ("labelled", "The labelled set for those who build models", sections_feedback.export),
    ("retraining", "The loop closed once: fitted anew, compared on what came later", sections_feedback.retraining),
)

view = cache.current()
zone = view.reader.snapshot.zone
found = view.measure(queue.queue, records.position(view.directory))
q = found.result


def page() -> None:
    """Show the page."""
    audit_form.told()
    blocks.title(words.headline(q), "headline")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="foundation"):
        blocks.note("base", words.base(q))
        if view.may_record("audit_drawn"):
            opened.popover("Draw an audit", "audit", lambda: audit_form.show(view))
        inspect.popover("queue", found.provenance, q.rows, words.base(q))
    if len(q.rows):
        queue_list.show(q, zone)
    blocks.note("searched", words.searched(q, zone))
    for key, title, show in SECTIONS:
        sections.section(key, title, partial(show, view))


if present.on():
    slide = present.Slide(words.headline(q), lambda: queue_list.show(q, zone), words.base(q), found.provenance)
    present.show([slide])
else:
    page()
