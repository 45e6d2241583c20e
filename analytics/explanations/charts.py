"""Explanations -> plotly figures. Draws, never computes; knows nothing of Streamlit.

Text from data enters a figure character by character, each defused: nothing of it is read as markup.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.explanations.results import Contribution, Explanation
from analytics.explanations.words import compared, lacking, plain
from analytics.look import ATTACK, BENIGN, INK, dressed, label
from analytics.numbers import exactly

MOST = 8
"""Bars in either direction."""
WIDE, LINES = 64, 12
"""Characters of a line, and lines, of a marked text."""
_SHADES = [(0.0, BENIGN), (0.5, "rgba(0, 114, 178, 0)"), (0.5, "rgba(213, 94, 0, 0)"), (1.0, ATTACK)]


def moved(e: Explanation) -> Figure:
    """Draw what raised and what lowered the output, the strongest first; all bars together are what moved it.

    Where scores are not told exactly bars are shares of all that moved it: their sum would tell the score.
    """
    every = e.pieces if e.values else (*e.raised, *e.lowered)
    chosen = [c for sign in (1, -1) for c in _strongest(every, sign)]
    names = [label(f"“{c.name}”" if c.column == "payload" else plain(c.column)) for c in chosen]
    values, told = [c.value for c in chosen], [label(compared(c, e.background.n)) for c in chosen]
    colours = [ATTACK if c.value > 0 else BENIGN for c in chosen]
    others = e.output - e.base - e.rest - sum(values)
    for words, value in ((lacking(), e.rest), ("everything else", others)):
        if abs(value) > 1e-6:
            names, values, told, colours = [*names, words], [*values, value], [*told, ""], [*colours, INK]
    unit, axis = "", "spoke against an attack ← → for one"
    if not exactly():
        values, unit, axis = _shares(values), " %", f"{axis}, in % of all that moved the score"
    rows = list(range(len(values)))
    fig = go.Figure(layout={"height": 70 + 26 * len(rows)})
    fig.add_trace(
        go.Bar(
            x=values, y=rows, orientation="h", width=0.6, marker={"color": colours, "line": {"width": 0}},
            customdata=[[n, t, f"{v:+.3g}{unit}"] for n, t, v in zip(names, told, values, strict=True)],
            hovertemplate="%{customdata[0]}: %{customdata[2]}<br>%{customdata[1]}<extra></extra>",
        )
    )  # fmt: skip
    fig.update_yaxes(tickvals=rows, ticktext=names, range=[len(rows) - 0.5, -0.5], showgrid=False)
    fig.update_xaxes(title={"text": axis}, nticks=5, zeroline=True)
    return dressed(fig)


def _shares(values: list[float]) -> list[float]:
    """Return parts in percent of all of them, whichever way they point."""
    whole = sum(map(abs, values)) or 1.0
    return [round(100 * v / whole, 1) for v in values]


def _strongest(every: tuple[Contribution, ...], sign: int) -> list[Contribution]:
    return sorted((c for c in every if sign * c.value > 0), key=lambda c: -abs(c.value))[:MOST]


def marked(payload: str, e: Explanation) -> Figure:
    """Draw the start of a text with what each character adds behind it: orange for an attack, blue against.

    Parameters
    ----------
    payload
        The text whose characters ``e.values`` are of.
    """
    n = min(len(payload), WIDE * LINES)
    lines = -(-n // WIDE) if n else 1
    grid = np.full(lines * WIDE, np.nan)
    grid[:n] = e.values[:n]
    most = float(np.nanmax(np.abs(grid))) if n else 1.0
    most, scale = (most or 1.0, 1.0) if exactly() else (1.0, most or 1.0)  # the sum of all would tell the score
    at = np.arange(n)
    fig = go.Figure(layout={"height": 30 + 26 * lines, "margin": {"l": 4, "r": 4, "t": 4, "b": 4}})
    fig.add_trace(
        go.Heatmap(
            z=(grid / scale).reshape(lines, WIDE), zmin=-most, zmax=most, colorscale=_SHADES, showscale=False,
            opacity=0.75, xgap=0, ygap=4, hoverongaps=False,
            **({"hovertemplate": "%{z:+.3f}<extra></extra>"} if exactly() else {"hoverinfo": "skip"}),
        )
    )  # fmt: skip
    fig.add_trace(
        go.Scatter(
            x=at % WIDE, y=at // WIDE, mode="text", text=[label(c) for c in payload[:n]], hoverinfo="skip",
            textfont={"family": "ui-monospace, Menlo, Consolas, monospace", "size": 13},
        )
    )  # fmt: skip
    fig.update_xaxes(visible=False, range=[-0.6, WIDE - 0.4])
    fig.update_yaxes(visible=False, range=[lines - 0.5, -0.5])
    return dressed(fig)
