"""Feedback -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics import dates
from analytics.detections.words import VERDICTS
from analytics.feedback.misses import Misses
from analytics.feedback.people import KINDS, People
from analytics.feedback.planner import Plan
from analytics.look import ATTACK, BENIGN, GRID, INK, dressed

_MIX = (ATTACK, "#e69f00", BENIGN, "#56b4e9", INK)
"""Of the verdicts, in their order."""


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


def course(p: People, height: int = 240) -> Figure:
    """Draw the share of alarms that are judged by the days since they were raised, with its interval."""
    fig = go.Figure(layout={"height": height})
    c = p.course
    if c is not None and len(c.time):
        x = np.concatenate([[0.0], c.time / 24])
        low, high, done = (np.concatenate([[0.0], y]) for y in (c.low, c.high, c.done))
        band = {"mode": "lines", "hoverinfo": "skip", "line": {"width": 0, "shape": "hv"}}
        fig.add_trace(go.Scatter(x=x, y=high, **band))
        fig.add_trace(go.Scatter(x=x, y=low, fill="tonexty", fillcolor=GRID, **band))
        fig.add_trace(
            go.Scatter(
                x=x, y=done, mode="lines", line={"color": INK, "width": 2, "shape": "hv"},
                hovertemplate="%{y:.0%} within %{x:.1f} days<extra></extra>",
            )
        )  # fmt: skip
    fig.update_xaxes(title={"text": "days since the alarm"}, rangemode="tozero")
    fig.update_yaxes(tickformat=".0%", range=[0, 1], nticks=5)
    return dressed(fig)


def work(p: People, capacity: float | None, height: int = 240) -> Figure:
    """Draw the hours worked by week, those that arrived, and those that people have."""
    fig = go.Figure(layout={"height": height, "bargap": 0.3})
    week = p.weeks["week"]
    fig.add_trace(
        go.Bar(
            x=week, y=p.weeks["hours"], marker={"color": BENIGN, "line": {"width": 0}}, name="worked",
            hovertemplate="%{x|%-d %b %Y}: %{y:.0f} hours worked<extra></extra>",
        )
    )  # fmt: skip
    fig.add_trace(
        go.Scatter(
            x=week, y=p.weeks["due"], mode="lines+markers", line={"color": ATTACK, "width": 2}, name="arrived",
            hovertemplate="%{x|%-d %b %Y}: %{y:.0f} hours arrived<extra></extra>",
        )
    )  # fmt: skip
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.15})
    if capacity:
        fig.add_hline(y=capacity, line={"color": INK, "width": 1.5, "dash": "dash"})
    fig.update_xaxes(tickformat=dates.ticks(next(iter(week), None)), nticks=6)
    fig.update_yaxes(rangemode="tozero", title={"text": "hours a week"}, nticks=5)
    return dressed(fig)


def mix(p: People, height: int = 240) -> Figure:
    """Draw the verdicts by week, each kind its share."""
    fig = go.Figure(layout={"height": height, "barmode": "stack", "bargap": 0.2})
    kinds = [k for k in KINDS if k in p.mix]
    every = p.mix[kinds].sum(axis=1, min_count=1)
    for kind, colour in zip(kinds, _MIX, strict=True):
        fig.add_trace(
            go.Bar(
                x=p.mix["week"], y=p.mix[kind] / every, name=VERDICTS[kind], customdata=p.mix[kind],
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate=f"%{{x|%-d %b %Y}}: %{{customdata:,}} {VERDICTS[kind]}<extra></extra>",
            )
        )  # fmt: skip
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.2, "font": {"size": 11}})
    fig.update_xaxes(tickformat=dates.ticks(next(iter(p.mix["week"]), None)), nticks=6)
    fig.update_yaxes(tickformat=".0%", range=[0, 1], nticks=5)
    return dressed(fig)


def loop(m: Misses, height: int = 220) -> Figure:
    """Draw the share of known misses that have a test case, and a released fix, by the days since they were known."""
    fig = go.Figure(layout={"height": height})
    for name, step, colour, dash in (
        ("test case", m.tested, BENIGN, "solid"),
        ("released fix", m.released, ATTACK, "dash"),
    ):
        c = step.course
        fig.add_trace(
            go.Scatter(
                x=np.concatenate([[0.0], c.time]), y=np.concatenate([[0.0], c.done]), mode="lines", name=name,
                line={"color": colour, "width": 2, "shape": "hv", "dash": dash},
                hovertemplate=f"{name}: %{{y:.0%}} within %{{x:.1f}} days<extra></extra>",
            )
        )  # fmt: skip
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.15})
    fig.update_xaxes(title={"text": "days since it was known"}, rangemode="tozero")
    fig.update_yaxes(tickformat=".0%", range=[0, 1], nticks=5)
    return dressed(fig)
