"""Feedback -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.feedback.planner import Plan
from analytics.look import ATTACK, GRID, INK, dressed


def plan(p: Plan, height: int = 260) -> Figure:
    """Draw how narrow recall's interval gets with the hours of an audit, and the width that is wanted."""
    fig = go.Figure(layout={"height": height})
    half = p.curve["width"] * 50
    fig.add_trace(
        go.Scatter(
            x=p.curve["hours"], y=half, mode="lines", line={"color": INK, "width": 2}, customdata=p.curve["checks"],
            hovertemplate="%{customdata:,} checks, %{x:,.0f} hours: ±%{y:.1f} points<extra></extra>",
        )
    )  # fmt: skip
    fig.add_hline(y=p.width * 50, line={"color": GRID, "width": 2})
    if p.checks:
        fig.add_trace(
            go.Scatter(
                x=[p.hours], y=[p.width * 50], mode="markers", marker={"size": 11, "color": ATTACK},
                customdata=[p.checks],
                hovertemplate="%{customdata:,} checks, %{x:,.0f} hours<extra></extra>",
            )
        )  # fmt: skip
    fig.update_xaxes(type="log", title={"text": "analyst hours"}, dtick=1)
    fig.update_yaxes(rangemode="tozero", title={"text": "± points of recall"}, nticks=5)
    return dressed(fig)
