"""The slider over thresholds, by alarms a day, beside the box for an exact one; both write the address."""

from __future__ import annotations

import streamlit as st

from analytics.efficacy.cheapest import Optimum
from analytics.efficacy.consequences import Ladder
from analytics.efficacy.words_threshold import optimum, step
from pages.parts import choice, url


def show(ladder: Ladder, at: float | None, best: Optimum, own: str) -> None:
    """Show the slider; nothing where there is no threshold to choose.

    Parameters
    ----------
    ladder
        The thresholds that it offers.
    at
        The one that the page speaks of; it becomes a step of its own.
    best
        The cheapest one; a step of its own where there is one.
    own
        What the threshold that the version has is called.
    """
    steps = sorted({*ladder.thresholds, *(t for t in (at, best.threshold) if t is not None)})
    if len(steps) < 2 or at is None:
        return
    st.select_slider(
        "Threshold: fewer alarms to the right",
        steps,
        value=at,
        format_func=lambda t: step(ladder, t, best.threshold, own),
        help=f"Arrow keys go to the next step; the box takes an exact score. {optimum(best, ladder.in_force, own)}.",
        **choice.bound("threshold-slider", at, lambda t: url.write_threshold(None if t == ladder.in_force else t)),
    )
