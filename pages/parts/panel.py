"""A panel: the finding in words, what is drawn, the picture or the reason why there is none, *Inspect*."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from analytics.look import dressed
from analytics.numbers import exactly
from analytics.results import Provenance
from pages.parts import blocks, exact, heads, inspect, leads
from pages.parts.cache import View

_FIGURE_ROWS = 100
"""What a figure counts for where results are kept."""
CONFIG = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False, "showTips": False}


def show(
    key: str,
    finding: str,
    note: str,
    picture: Figure | str,
    seen: Provenance,
    data: pd.DataFrame | None = None,
    lead: leads.Lead | None = None,
    rests: str = "",
) -> None:
    """Show a panel.

    Parameters
    ----------
    key
        Name of the panel, unique on the page.
    finding
        What the picture shows, in words.
    note
        What is drawn, of which rows.
    picture
        A figure, or the reason why there is none.
    seen, data
        What *Inspect* tells and gives.
    lead
        Where a click on a point of the picture leads.
    rests
        What it rests on, where neither the note nor the measure says so.
    """
    with st.container(key=f"panel-{key}", gap="xsmall"):
        _top(key, finding, rests or note, seen, data)
        if isinstance(picture, str):
            blocks.reason(key, picture)
            return
        _below(note)
        figure = dressed(picture, st.context.theme.type)
        alt = f"{finding}. {note}"
        if lead is None:
            st.plotly_chart(figure, theme=None, key=f"chart-{key}", config=CONFIG, alt=alt)
            return
        chosen = st.plotly_chart(
            figure, theme=None, key=leads.name(key), config=CONFIG, alt=alt, on_select="rerun", selection_mode="points"
        )
        leads.follow(key, chosen, lead)


def _top(key: str, finding: str, note: str, seen: Provenance, data: pd.DataFrame | None) -> None:
    with st.container(horizontal=True, wrap=False, horizontal_alignment="distribute", vertical_alignment="top"):
        st.text(blocks.unbroken(finding), width="stretch")
        inspect.popover(key, seen, data, note)


def _below(note: str) -> None:
    if note:
        st.text(blocks.unbroken(note), width="stretch")


def kept(view: View, key: tuple[str, ...], draw: Callable[[], Figure]) -> Figure:
    """Return a figure in the look of the viewer's theme, drawn once and kept with the reader.

    Parameters
    ----------
    key
        Names the figure and all that it depends on, besides the snapshot.
    """
    theme = st.context.theme.type
    return view.reader.kept.get(
        ("figure", *key, theme, exactly()), lambda: dressed(draw(), theme), lambda f: _FIGURE_ROWS
    )


def table(key: str, finding: str, note: str, data: pd.DataFrame, seen: Provenance, rests: str = "") -> None:
    """Show a panel whose picture is a table; its text stands as it is.

    Parameters
    ----------
    data
        One row a thing; empty: the finding says all.
    rests
        What its figures rest on, where neither the note nor the measure says so.
    """
    with st.container(key=f"panel-{key}", gap="xsmall"):
        _top(key, finding, rests or note, seen, data)
        _below(note)
        if len(data):
            shown = exact.frame(data)
            st.dataframe(shown, hide_index=True, key=f"table-{key}", alt=finding, column_config=heads.explained(shown))
