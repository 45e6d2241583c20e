"""The sections under the first screen of Drift; each is computed when it is opened."""

from __future__ import annotations

import streamlit as st

from analytics.drift import charts, novel, tables, traffic, words, words_mix
from analytics.drift.results import Drift, Weights
from analytics.explanations import weights
from analytics.results import Provenance
from analytics.scope import Scope
from pages.parts import panel, url
from pages.parts.cache import View

EXPLANATIONS = "analysis/explanations.py"


def weighing(view: View) -> Weights:
    """Return how much each feature counts in the model, as its stored explanations say."""
    return Weights(*view.ask(weights.weights, Scope(view.scope.model, view.scope.version)).result)


def columns(d: Drift, seen: Provenance) -> None:
    """Every column with all its distances."""
    panel.table("distances", words.moved(d)[0], words.TABLE, tables.shown(d), seen)


def judged(view: View, reference: Scope) -> None:
    """What the model decided and how its alarms were judged, then and now."""
    t, v = view.ask(traffic.traffic, reference, view.scope), view.ask(traffic.judged, reference, view.scope)
    left, right = st.columns(2, gap="large")
    for place, key, m, told, seen in (
        (left, "decisions", t.result.decisions, words_mix.decisions(t.result.decisions), t.provenance),
        (right, "verdicts", v.result, words_mix.verdicts(v.result), v.provenance),
    ):
        with place:
            panel.show(key, *told, m.why or charts.mix(m), seen, tables.mix(m))
    panel.table("mixes", "Verdicts in figures", "", tables.mix(v.result), v.provenance, words_mix.verdicts(v.result)[1])


def gaps(view: View, reference: Scope) -> None:
    """What was not scored, days and hours with gaps, and values that the reference does not have."""
    t = view.ask(traffic.traffic, reference, view.scope)
    m = t.result.unchecked
    panel.table("unchecked", *words_mix.unchecked(m), tables.mix(m), t.provenance)
    panel.table("gaps", words_mix.gaps(t.result), words_mix.gaps_note(t.result), tables.gaps(t.result), t.provenance)
    n = view.ask(novel.novel, reference, view.scope)
    panel.table("news", *words_mix.news(n.result), tables.news(n.result), n.provenance)


def lead(scope: Scope) -> None:
    """Lead to whether what drives the model has changed."""
    query = url.pairs(scope) | {"course": ["true"]}
    st.page_link(EXPLANATIONS, label="Has what drives the model changed? →", query_params=query)
