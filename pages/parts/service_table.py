"""One row a service; every figure is a link to the page that explains it, with the same selection."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from analytics.numbers import base, interval, short, value
from analytics.overview import charts, words
from analytics.overview.results import Service
from analytics.results import Estimate
from analytics.scope import Scope
from pages.parts import blocks, ways

HEADS = {
    "Service · in use": "What is guarded, and below it the version whose decisions count, with its model.",
    "Covered": "Share of the traffic that a model has checked which can stop it. Not how much it catches.",
    "Right alarms": "Share of the alarms that were attacks; the others were false.",
    "Caught in drills": "Share of the attacks caught that were sent on purpose, to test. Attackers know others.",
    "Caught, real traffic": "Where next to nothing of what passed was looked at, all that can be said is a range.",
    "False alarms a day": "Benign events that raised an alarm: the alarms a day times the share of those judged false.",
    "Checked a day": "Events that the model scored, and below it those that it alerted on, challenged or blocked.",
    "Alarms, 90 days": "Alarms of each day, drawn from nothing upwards; the dot at the end is the last whole day.",
    "What is measured": "Whether the verdicts are enough to tell both right alarms and attacks caught, or what lacks.",
}
"""Head of a column -> what it means, told where a pointer or the keyboard rests on it; a telephone has neither, nor
heads: there the stylesheet puts the name before the figure, and a fold above the table holds the meanings."""


def show(services: list[Service], snapshot: str | None) -> None:
    """Show the table.

    Parameters
    ----------
    services
        In the order in which they stand.
    snapshot
        The one that the address names, for the links; None: the one in force.
    """
    with st.container(key="services", gap=None):
        with st.container(key="services-meanings"), st.expander("What the figures mean"):
            st.text("\n".join(f"{head}: {meaning}" for head, meaning in HEADS.items()), width="stretch")
        with st.container(key="services-head", gap=None):
            for head, meaning in HEADS.items():
                st.text(head, help=meaning)
        for i, s in enumerate(services):
            with st.container(key=f"service-{i}", gap=None):
                _row(s, replace(s.scope, snapshot=snapshot))


def _row(s: Service, scope: Scope) -> None:
    """Show fifteen things, always as many: the stylesheet lays them out by their number, two in most columns.

    Names come from data and are no label of a link, which is Markdown: a link without visible words lies over them.
    """
    e, checked = s.efficacy.estimates, ways.opened(scope, ways.UNCHECKED)
    _text(s.name)
    _text(" · ".join(t for t in (str(scope.version), s.model) if t != s.name))
    st.page_link(ways.EFFICACY, label="Efficacy of this service", query_params=ways.opened(scope), width="stretch")
    covered = value(e["protected_share"]) if s.acts or not s.checked else "alerts only"
    _link(checked, covered, e["protected_share"])
    _link(ways.opened(scope), value(e["precision"]), e["precision"], interval(e["precision"]))
    st.image(charts.whisker(e["precision"]), alt="Right alarms with interval, from none to all")
    _link(ways.opened(scope), words.staged(s), s.seeded, interval(s.seeded) if s.seeded else "")
    if s.seeded:
        st.image(charts.whisker(s.seeded), alt="Staged attacks caught with interval, from none to all")
    else:
        _text("")
    span = words.caught_range(e["recall"])
    _link(ways.opened(scope), words.caught(e["recall"]), e["recall"], span)
    bare = replace(e["recall"], value=None) if span else e["recall"]  # a dot would pass for a best guess
    st.image(charts.whisker(bare), alt="Attacks caught with interval, from none to all")
    _link(ways.opened(scope), words.daily(s.false_alarms), s.false_alarms, words.daily_range(s.false_alarms))
    _link(checked, short(s.checked), None, f"{short(s.acted)} alarms")
    whole = s.days[s.days["whole"]]["acted"].to_numpy()
    st.image(charts.spark(whole), alt="Alarms a day over the last 90 days")
    mixes = ways.opened(replace(scope, since=None, until=None), ways.MIXES)  # whose window the picture does not have
    st.page_link(ways.DRIFT, label="Its decisions, of late and before", query_params=mixes, width="stretch")
    st.page_link(ways.EFFICACY, label=words.quality(s), query_params=ways.opened(scope, ways.FIGURES))


def _text(text: str) -> None:
    """Show text as it is, or an empty place."""
    st.text(blocks.unbroken(text), width="stretch")


def _link(query: dict[str, list[str]], text: str, e: Estimate | None, span: str = "") -> None:
    """Show a figure of our own making (digits and fixed words, no text from data) as a link to Efficacy."""
    label = f"**{text}**" + (f" :small[{blocks.unbroken(span)}]" if span else "")
    tip = None if e is None else " · ".join(filter(None, (interval(e), base(e))))
    st.page_link(ways.EFFICACY, label=label, help=tip, query_params=query)
