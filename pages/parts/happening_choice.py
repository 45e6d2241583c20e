"""Which picture is drawn: what got worse, else the latest storm or outage, until somebody chooses another."""

from __future__ import annotations

import streamlit as st

from analytics.overview import words
from analytics.overview.words import Drawn


def show(found: list[Drawn], zone: str) -> Drawn:
    """Show the choice where there is one, and return what is chosen.

    Parameters
    ----------
    found
        At least one; the first is drawn until another is chosen.
    """
    if len(found) == 1:
        return found[0]
    names: dict[str, Drawn] = {}
    for d in found:
        when, twins = words.when(d, zone), sum(words.when(d, zone) == words.when(x, zone) for x in names.values())
        names[f"{when} ({twins + 1})" if twins else when] = d
    chosen = st.segmented_control(
        "Events", list(names), default=next(iter(names)), required=True, key="event", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    return names[chosen]
