"""What drives a model -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics import dates
from analytics.explanations.driven import Cohorts, Course, Dependence, Drivers
from analytics.explanations.words_drivers import CLEAR, name, scale
from analytics.look import ATTACK, BENIGN, GRID, INK, dressed, label
from analytics.numbers import count, percent

MOST = 12
"""Features or parts of texts that a picture holds."""
HALF = 0.38
"""Of a row's height: how far points are moved aside."""
_COLOURS = [(0.0, BENIGN), (0.5, INK), (1.0, ATTACK)]


def importance(d: Drivers) -> Figure:
    """Draw how far each moves the score, with its interval; the colour says in which direction, where in one."""
    shown = d.drivers[:MOST]
    rows = list(range(len(shown)))
    ways = [float(np.sign(o.where)) if d.base.text else o.direction or 0.0 for o in shown]
    colours = [INK if abs(way) < CLEAR else ATTACK if way > 0 else BENIGN for way in ways]
    told = [
        [label(name(o.name, d.base.text)), f"{o.importance:.3g} ({o.low:.3g} to {o.high:.3g})", f"{percent(o.share)} %"]
        for o in shown
    ]
    fig = go.Figure(layout={"height": 80 + 27 * len(rows)})
    fig.add_trace(
        go.Bar(
            x=[o.importance for o in shown], y=rows, orientation="h", width=0.6, customdata=told,
            marker={"color": colours, "line": {"width": 0}},
            error_x={"type": "data", "symmetric": False, "array": [o.high - o.importance for o in shown],
                     "arrayminus": [o.importance - o.low for o in shown], "color": INK, "thickness": 1.5, "width": 3},
            hovertemplate="%{customdata[0]}: %{customdata[1]}<br>%{customdata[2]} of all<extra></extra>",
        )
    )  # fmt: skip
    _named(fig, [label(name(o.name, d.base.text)) for o in shown])
    fig.update_xaxes(title={"text": f"moves the score by, on average ({scale(d.base)})"}, rangemode="tozero", nticks=5)
    return dressed(fig)


def beeswarm(d: Drivers) -> Figure:
    """Draw single rows: each a point a feature, at what was added; the colour is the feature's own value by rank."""
    names = [o.name for o in d.drivers[:MOST] if (d.points["name"] == o.name).any()]
    fig = go.Figure(layout={"height": 80 + 27 * len(names)})
    there = "there" if d.base.text else ""  # of a category the value itself is not in the sample
    for row, one in enumerate(names):
        mine = d.points[d.points["name"] == one]
        own = mine["own"].to_numpy()
        colour = own if np.isfinite(own).any() else [ATTACK if v > 0 else BENIGN for v in mine["added"]]
        fig.add_trace(
            go.Scatter(
                x=mine["added"], y=row + HALF * _aside(mine["added"].to_numpy()), mode="markers",
                marker={"size": 5, "opacity": 0.7, "color": colour, "colorscale": _COLOURS, "cmin": 0, "cmax": 1},
                customdata=[[label(name(one, d.base.text)), f"{v:.3g}" if np.isfinite(v) else there]
                            for v in mine["value"]],
                hovertemplate="%{customdata[0]} %{customdata[1]}: %{x:+.3f}<extra></extra>",
            )
        )  # fmt: skip
    _named(fig, [label(name(n, d.base.text)) for n in names])
    fig.update_xaxes(title={"text": f"added to the score ({scale(d.base)})"}, zeroline=True, nticks=6)
    return dressed(fig)


def _aside(x: np.ndarray) -> np.ndarray:
    """Return how far each point is moved aside, from −1 to 1, so that a crowd shows as one."""
    if len(x) < 2 or np.ptp(x) == 0:
        return np.zeros(len(x))
    bins = np.minimum(((x - x.min()) / np.ptp(x) * 40).astype(int), 39)
    place = pd.Series(bins).groupby(bins).cumcount().to_numpy()
    side = np.where(place % 2, -(place + 1) // 2, place // 2)
    return side / max(np.abs(side).max(), 8)


def dependence(d: Dependence) -> Figure:
    """Draw what a feature's own value added, row by row, coloured by the feature that tells rows apart."""
    p = d.points
    colour = p["other"] if d.other else BENIGN
    fig = go.Figure(layout={"height": 340})
    fig.add_trace(
        go.Scatter(
            x=p["own"], y=p["added"], mode="markers",
            marker={"size": 6, "opacity": 0.7, "color": colour, "colorscale": _COLOURS, "cmin": 0, "cmax": 1},
            hovertemplate="%{x:.3g}: %{y:+.3f}<extra></extra>",
        )
    )  # fmt: skip
    wide = (p["own"] > 0).all() and p["own"].max() > 1000 * p["own"].min()
    fig.update_xaxes(title={"text": label(name(d.name))}, nticks=6, type="log" if wide else "linear")
    fig.update_yaxes(title={"text": f"added to the score ({scale(d.base)})"}, zeroline=True, nticks=6)
    return dressed(fig)


def cohorts(c: Cohorts) -> Figure:
    """Draw how far two cohorts differ in what each feature adds, with intervals."""
    shown = c.features[:MOST]
    colours = [INK if a.q > 0.05 else ATTACK if a.difference > 0 else BENIGN for a in shown]
    rows = list(range(len(shown)))
    told = [
        [label(name(a.name, c.base.text)), f"{a.left:+.3g}", f"{a.right:+.3g}", label(c.left), label(c.right)]
        for a in shown
    ]
    fig = go.Figure(layout={"height": 80 + 27 * len(rows)})
    fig.add_trace(
        go.Scatter(
            x=[a.difference for a in shown], y=rows, mode="markers", customdata=told,
            marker={"size": 10, "color": colours},
            error_x={"type": "data", "symmetric": False, "array": [a.high - a.difference for a in shown],
                     "arrayminus": [a.difference - a.low for a in shown], "color": INK, "thickness": 1.5, "width": 0},
            hovertemplate="%{customdata[0]}<br>%{customdata[3]} %{customdata[1]}, "
                          "%{customdata[4]} %{customdata[2]}<extra></extra>",
        )
    )  # fmt: skip
    fig.add_vline(x=0, line={"color": INK, "width": 1})
    _named(fig, [label(name(a.name, c.base.text)) for a in shown])
    fig.update_xaxes(title={"text": f"difference ({scale(c.base)})"}, nticks=5)
    return dressed(fig)


def course(c: Course) -> Figure:
    """Draw how far the importances of each week are from those of the others, and what chance alone makes."""
    w = c.weeks
    beyond = w["moved"] > w["chance"]
    fig = go.Figure(layout={"height": 260})
    fig.add_trace(
        go.Bar(x=w["week"], y=w["chance"], marker={"color": GRID, "line": {"width": 0}}, hoverinfo="skip", width=4e8)
    )
    fig.add_trace(
        go.Scatter(
            x=w["week"], y=w["moved"], mode="markers",
            marker={"size": 10, "color": [ATTACK if b else INK for b in beyond]},
            customdata=[[count(n), label(name(str(x), c.base.text))] for n, x in zip(w["n"], w["name"], strict=True)],
            hovertemplate="%{x|%-d %b %Y}: %{y:.0%}, %{customdata[0]} rows<br>most: %{customdata[1]}<extra></extra>",
        )
    )  # fmt: skip
    fig.update_xaxes(
        tickformat=dates.ticks(next(iter(w["week"]), None)), tickvals=list(w["week"]), title={"text": "week from"}
    )
    fig.update_yaxes(tickformat=".0%", rangemode="tozero", nticks=5, title={"text": "importances moved"})
    return dressed(fig)


def _named(fig: Figure, names: list[str]) -> None:
    """Put names beside rows, the first on top."""
    rows = list(range(len(names)))
    fig.update_yaxes(tickvals=rows, ticktext=names, range=[len(rows) - 0.5, -0.5], showgrid=False)
