"""The sections under the first screen of Efficacy; each is computed when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.efficacy import against, charts_by, charts_more, consequences, layered, measures, tables, weak, words
from analytics.efficacy import words_known as known_words
from analytics.efficacy import words_search as found_words
from analytics.efficacy import words_threshold as chain_words
from analytics.efficacy.assumptions import Assumptions
from analytics.numbers import count
from pages.parts import efficacy_pictures as pictures
from pages.parts import panel, window
from pages.parts.cache import View

FORTNIGHT, YEAR = timedelta(days=14), timedelta(days=365)


def section(key: str, title: str, show: Callable[[], None]) -> None:
    """Show a section; ``show`` runs only while it is open. Whether it is stands in the address."""
    with st.expander(title, key=key, bind="query-params") as opened:
        pass
    if opened.open:
        with opened:
            show()


def weak_slices(view: View, asked: float | None) -> None:
    """Where the model fails: a search over slices, and any one column in full."""
    found = view.measure(weak.search, asked)
    s = found.result
    table = found_words.weak_table(s.found)
    panel.table("weak", found_words.search(s), found_words.searched(s) if s.searched else "", table, found.provenance)
    columns = view.ask(measures.slices, view.scope).result
    if not columns:
        return
    column = st.segmented_control(
        "By", list(columns), default=next(iter(columns)), required=True, key="by", bind="query-params",
        format_func=words.column_name,
    )  # fmt: skip
    slices = view.measure(measures.by_slice, column, asked)
    panel.show(
        "slices",
        words.slices(slices.result, column),
        f"The {charts_by.MOST} largest at most, with intervals, not corrected for their number.",
        words.no_slices(slices.result) or charts_by.slices(slices.result),
        slices.provenance,
        tables.slices(slices.result),
    )


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
            "Of 100 that the version in use catches or raises; false discovery rate 5 %.",
            found_words.segment_table(a),
            found.provenance,
        )


def cost(view: View, at: float | None, in_force: float | None, assumed: Assumptions) -> None:
    """Cost against the threshold, and the cheapest."""
    found = view.measure(consequences.optimum, assumed)
    o = found.result
    panel.show(
        "cost",
        chain_words.optimum(o, in_force),
        "A day, at the minutes and costs above; the band cannot be told from the cheapest. "
        "Attacks that no audit found are left out: they shift the whole curve.",
        o.why or charts_more.cost(o, at, in_force),
        found.provenance,
        o.curve,
    )


def known_then(view: View, asked: float | None) -> None:
    """The same window as it was known on an earlier day, beside what is known of it now."""
    snapshot = view.reader.snapshot
    if snapshot.data_until is None:
        return
    first, last = window.days(view.scope.since or snapshot.data_until - YEAR, snapshot.data_until, snapshot.zone)
    chosen = st.date_input(
        "As known at the end of", value=max(first, last - FORTNIGHT), min_value=first, max_value=last, key="then",
        format="YYYY-MM-DD",
    )  # fmt: skip
    if not isinstance(chosen, date):
        return
    at = min(window.between(chosen, chosen, snapshot.zone)[1], snapshot.data_until)
    if view.scope.since and view.scope.since >= at:
        st.text("The window begins after this day.")
        return
    end = min(view.scope.until or at, at)
    then = view.ask(measures.efficacy, replace(view.scope, until=end, known_at=at), asked)
    now = view.ask(measures.efficacy, replace(view.scope, until=end, known_at=None), asked)
    panel.table(
        "then",
        known_words.then_and_now(then.result, now.result),
        f"Detections until {words.day(end, ZoneInfo(snapshot.zone))}, judged by the labels of then and of now.",
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
        charts_more.layers(n) if n.attacks else "Import correlation_id, which ties the layers of one request together.",
        found.provenance,
        n.detail,
    )


def unchecked(view: View, asked: float | None) -> None:
    """Traffic that no model checked, by reason."""
    found = view.measure(measures.histogram, asked)
    h = found.result
    picture = charts_more.unchecked(h.unscored) if len(h.unscored) else "Everything in this selection was scored."
    panel.show(
        "unchecked",
        words.unscored(h) or "Everything was checked",
        "Events of this selection by the reason why they were not scored.",
        picture,
        found.provenance,
        h.unscored,
    )


def more(view: View, asked: float | None) -> None:
    """The ROC curve and the figures that specialists ask for."""
    found = view.measure(measures.efficacy, asked)
    panel.show(*pictures.roc(view, asked))
    gains = view.measure(consequences.gains)
    panel.table(
        "gains", "Gain: attacks among the highest scores", "", chain_words.gains(gains.result), gains.provenance
    )
    panel.table(
        "estimates", "Every figure with its interval and base", "", chain_words.figures(found.result), found.provenance
    )
