"""Sections of Efficacy that hold a version against something: another version, an earlier day, the other layers."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.efficacy import against, charts_more, layered, measures, revised, words
from analytics.efficacy import words_known as known_words
from analytics.efficacy import words_search as found_words
from analytics.numbers import count
from pages.parts import exact, panel, window
from pages.parts.cache import View

FORTNIGHT, YEAR = timedelta(days=14), timedelta(days=365)


def candidate(view: View) -> None:
    """Another version against this one, on the same events."""
    versions = view.ask(measures.versions).result
    mine = versions[(versions["model_id"] == view.scope.model) & (versions["model_version"] != view.scope.version)]
    others = mine[mine["since"].notna()]["model_version"].tolist()
    if not others:
        st.text("No other version of this model has scored anything.")
        return
    other = st.selectbox("Compare with", others, key="against", bind="query-params") if len(others) > 1 else others[0]
    found = view.measure(against.against, other)
    a = found.result
    exact.shown(view, str(other))
    panel.show(
        "against",
        found_words.against(a),
        found_words.against_note(a),
        a.why or charts_more.against(a),
        found.provenance,
        a.counts,
    )
    if a.segments:
        panel.table(
            "segments",
            f"Otherwise than elsewhere in {count(len(a.segments))} of {count(a.searched)} slices",
            found_words.segment_note(a),
            found_words.segment_table(a),
            found.provenance,
        )


def known_then(view: View, asked: float | None) -> None:
    """The same window as it was known on an earlier day, beside what is known of it now."""
    snapshot = view.reader.snapshot
    if snapshot.data_until is None:
        return
    first, last = window.days(view.scope.since or snapshot.data_until - YEAR, snapshot.data_until, snapshot.zone)
    most = view.measure(revised.differing).result
    chosen = st.date_input(
        "As known at the end of", value=min(max(first, most or last - FORTNIGHT), last), min_value=first,
        max_value=last, key="then", format="YYYY-MM-DD", bind="query-params",
    )  # fmt: skip
    if not isinstance(chosen, date):
        return
    at = min(window.between(chosen, chosen, snapshot.zone)[1], snapshot.data_until)
    if view.scope.since and view.scope.since >= at:
        st.text("The window begins after this day.")
        return
    then, now = (view.ask(measures.efficacy, scope, asked) for scope in revised.then_and_now(view.scope, at))
    end = words.day(min(view.scope.until or at, at), ZoneInfo(snapshot.zone))
    note = f"Detections before {end}, judged by the labels of then and of now."
    if chosen == most and asked is None:
        note = f"{note} {known_words.differs_most(then.result, now.result)}".strip()
    panel.table(
        "then",
        known_words.then_and_now(then.result, now.result),
        note,
        known_words.table(then.result, now.result),
        then.provenance,
    )


def layers(view: View) -> None:
    """What this model adds to rules and other models."""
    found = view.measure(layered.layered)
    n = found.result
    panel.show(
        "layers",
        found_words.layers(n),
        "As served; labelled attacks as they are, not weighted. A rule counts where it fired on the same request.",
        found_words.no_layers(n) or charts_more.layers(n),
        found.provenance,
        n.detail,
    )
