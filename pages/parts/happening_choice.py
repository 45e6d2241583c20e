"""Which storm or outage is drawn: the latest, until somebody chooses another."""

from __future__ import annotations

import streamlit as st

from analytics.overview import words
from analytics.overview.results import Happening


def show(found: list[Happening], zone: str) -> Happening:
    """Show the choice where there is one, and return what is chosen.

    Parameters
    ----------
    found
        At least one; the latest first.
    """
    if len(found) == 1:
        return found[0]
    names: dict[str, Happening] = {}
    for h in reversed(found):
        when, twins = words.when(h, zone), sum(words.when(h, zone) == words.when(x, zone) for x in names.values())
        names[f"{when} ({twins + 1})" if twins else when] = h
    chosen = st.segmented_control(
        "Events", list(names), default=next(reversed(names)), required=True, key="event", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    return names[chosen]
