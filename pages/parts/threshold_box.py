"""The box that asks about another threshold than the one in force."""

from __future__ import annotations

import streamlit as st

from analytics.efficacy.results import Efficacy
from analytics.efficacy.versions import IN_FORCE
from analytics.numbers import score
from pages.parts import choice, url


def show(e: Efficacy, own: str) -> None:
    """Show the box; a typed number goes into the address, an emptied box takes it out.

    Parameters
    ----------
    e
        What is shown; its threshold stands in the box as a hint while nothing is asked.
    own
        What the threshold that the version has is called.
    """
    text = st.query_params.get(url.THRESHOLD, "")
    hint = f"{score(e.threshold)} {own}" if e.threshold is not None and e.threshold_from == "in force" else ""
    back = "the one in force" if own == IN_FORCE else own
    st.text_input(
        "Threshold",
        text,
        placeholder=hint or "none in force",
        help=f"Type a score from 0 to 1 to see what another threshold would do; empty the box for {back}.",
        width=220,
        **choice.bound("threshold-box", text, _chosen),
    )


def _chosen(text: str) -> None:
    if text.strip():
        st.query_params[url.THRESHOLD] = text.strip()  # judged when it is read: a wrong one says so on the page
    else:
        url.write_threshold(None)
