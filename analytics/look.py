"""How figures look: one plotly template, set per figure, and the only way for data to enter a label.

Series colours are from Okabe and Ito's colour-blind-safe set, at least 3:1 on the light and on the dark
background; the background is the page's. State colours live in
``.streamlit/config.toml`` and are used for states only.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

import plotly.graph_objects as go
from plotly.graph_objects import Figure

ATTACK = "#d55e00"
"""Labelled attacks, and what speaks of them."""
BENIGN = "#0072b2"
"""Labelled benign rows, and what speaks of them."""
INK = "#7b8490"
"""Volumes, limits, reference lines: what is not the point of the chart."""
PALE = "rgba(123, 132, 144, 0.6)"
"""The same where a line of it stands out from it."""
GRID = "rgba(123, 132, 144, 0.22)"
LONGEST = 60
"""Characters of a name that a chart shows."""

State = Literal["ok", "at risk", "breach", "cannot tell", "not evaluated"]
STATES: dict[State, tuple[str, str]] = {
    "ok": ("●", "green"),
    "at risk": ("◆", "orange"),
    "breach": ("▲", "red"),
    "cannot tell": ("?", "blue"),
    "not evaluated": ("–", "gray"),
}
"""State -> symbol and the name of its theme colour, always shown with the word."""

_FORBIDDEN = {ord(c): f"&#{ord(c)};" for c in "&<>\"'$%{}[]"}
"""Characters that mean something to plotly (tags, entities, TeX, templates), as entities."""

FONT = {"light": "#1b222c", "dark": "#e8ecf1"}
"""Colour of text, the page's own."""

_AXIS = {
    "gridcolor": GRID,
    "zeroline": False,
    "ticks": "",
    "automargin": True,
    "ticklabelstandoff": 5,
    "title": {"font": {"size": 13}, "standoff": 10},
}
TEMPLATES = {
    theme: go.layout.Template(
        layout={
            "colorway": [ATTACK, BENIGN, "#009e73", "#cc79a7", "#56b4e9", "#e69f00"],
            "font": {"size": 13, "family": '"Source Sans", "Source Sans 3", sans-serif', "color": colour},
            "margin": {"l": 52, "r": 28, "t": 8, "b": 40},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {"font": {"size": 13}},
            "xaxis": _AXIS,
            "yaxis": _AXIS,
        }
    )
    for theme, colour in FONT.items()
}


def dressed(figure: Figure, theme: str | None = None) -> Figure:
    """Return the figure in the house look.

    Parameters
    ----------
    figure
        Any figure; its template is replaced.
    theme
        light (also where unknown, and for exports) | dark.
    """
    name = "dark" if theme == "dark" else "light"
    if figure.layout.meta == name:  # a figure that is kept and shared is never changed
        return figure
    return figure.update_layout(template=TEMPLATES[name], meta=name)


def still(layout: dict[str, Any], left: int = 52, right: int = 28, top: int = 8, bottom: int = 56) -> dict[str, Any]:
    """Return a layout with these margins, whatever its labels measure.

    For figures that are drawn anew at every move of a slider and whose labels are known to fit: plotly else
    measures every label and draws the axes again, a third of the browser's work.

    Parameters
    ----------
    layout
        Height, axes, shapes and annotations, as plotly names them.
    left, right, top, bottom
        Pixels.
    """
    axes = {"xaxis": {}, "yaxis": {}} | {k: v for k, v in layout.items() if k.startswith(("xaxis", "yaxis"))}
    return {
        **layout,
        **{name: {**axis, "automargin": False} for name, axis in axes.items()},
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "autoexpand": False},
    }


def label(value: object) -> str:
    """Return a value from data as text that plotly draws literally.

    Plotly reads a subset of HTML, entities, TeX between dollar signs and ``%{…}`` in templates out of
    every text. All of them are defused; control and direction characters become a space; long names
    are cut at ``LONGEST`` characters.

    Parameters
    ----------
    value
        A name that came from a file or a person.

    Returns
    -------
    str
        Text for a trace name, a tick, an annotation or customdata.
    """
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(value))
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return text.translate(_FORBIDDEN)
