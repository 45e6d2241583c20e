"""The fields of a verdict: which, why, what came of it, whether the reason was right, a note."""

from __future__ import annotations

import streamlit as st

from analytics.feedback import verdicts
from analytics.feedback import words_verdicts as words
from analytics.feedback.verdicts import Source, Verdict
from analytics.warehouse.verdicts import FALSE_POSITIVES, LONGEST_NOTE
from pages.parts import blocks

_ANSWERS = {None: "Not said", True: "Yes", False: "No"}


def show(
    verdict: str,
    right: bool | None,
    service: str,
    sources: list[Source],
    acted: tuple[str | None, str | None],
    confirm: str = "",
) -> Verdict | None:
    """Show the fields and return the verdict once it is whole and somebody has asked to record it.

    Parameters
    ----------
    verdict, right
        What is chosen at first.
    service
        Reasons are offered by it.
    sources
        As what it can count, the likeliest first.
    acted
        Decision and mode of the detection: the likely outcome follows from them.
    confirm
        What is about to happen, where it is more than one record.
    """
    names = list(words.NAMES)
    chosen = st.radio(
        "Verdict", names, names.index(verdict), format_func=words.NAMES.__getitem__, horizontal=True, key="form-verdict"
    )  # fmt: skip
    blocks.note("form-meaning", words.MEANINGS[chosen])
    with st.form("verdict-form", border=False):
        reason = _reason(chosen, service)
        outcome = _outcome(chosen, acted)
        answers = list(_ANSWERS)
        was = st.radio(words.QUESTION, answers, answers.index(right), format_func=_ANSWERS.__getitem__, horizontal=True)
        source = _source(sources)
        note = st.text_input("Note", max_chars=LONGEST_NOTE)
        blocks.note("form-confirm", confirm)
        if not st.form_submit_button("Record verdict"):
            return None
    if chosen in FALSE_POSITIVES and not reason:
        blocks.reason("form", words.NEEDS_REASON)
        return None
    return Verdict(chosen, outcome, reason, was, note, source)


def _reason(chosen: str, service: str) -> str:
    offered = words.reasons(chosen, service)
    if not offered:
        return ""
    found = st.selectbox(
        "Why was the alarm false?", offered, None, accept_new_options=True, key=f"form-reason-{chosen}",
        placeholder="Choose a reason or type your own",
    )  # fmt: skip
    return (found or "").strip()


def _outcome(chosen: str, acted: tuple[str | None, str | None]) -> str:
    likely = verdicts.likely_outcome(chosen, *acted)
    if chosen in FALSE_POSITIVES:  # there was no attack that could have come to anything
        return likely
    names, key = list(words.OUTCOMES), f"form-outcome-{likely}"
    return st.radio(
        "What came of the attack", names, names.index(likely), format_func=words.OUTCOMES.__getitem__, horizontal=True,
        key=key,
    )  # fmt: skip


def _source(sources: list[Source]) -> Source:
    told = {s.label_source: words.SOURCES.get(s.label_source, s.label_source) for s in sources}
    name = sources[0].label_source
    if len(sources) > 1:
        name = st.selectbox("Counts as", list(told), format_func=told.__getitem__)
    return next(s for s in sources if s.label_source == name)
