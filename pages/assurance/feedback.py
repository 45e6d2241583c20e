"""Feedback: what to label next and why, and what is made of what people found."""

from __future__ import annotations

import streamlit as st

from analytics.feedback import queue, words
from analytics.warehouse import records
from pages.parts import audit_form, blocks, cache, inspect, opened, present, queue_list, sections, sections_feedback

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
        opened.popover("Draw an audit", "audit", lambda: audit_form.show(view))
        inspect.popover("queue", found.provenance, q.rows)
    if len(q.rows):
        queue_list.show(q, zone)
    blocks.note("searched", words.searched(q, zone))
    sections.section("plan", "How much must be looked at to tell what is missed", lambda: sections_feedback.plan(view))
    sections.section("people", "How verdicts come about: time, work, agreement", lambda: sections_feedback.people(view))
    sections.section("export", "The labelled set for those who build models", lambda: sections_feedback.export(view))


if present.on():
    slide = present.Slide(words.headline(q), lambda: queue_list.show(q, zone), words.base(q), found.provenance)
    present.show([slide])
else:
    page()
