"""Drift -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics import dates
from analytics.drift.mixes import Mix
from analytics.drift.results import Course, Distribution, Weights
from analytics.drift.words import name
from analytics.drift.words_mix import called
from analytics.drift.words_mix import drawn as parts_drawn
from analytics.look import ATTACK, BENIGN, GRID, INK, dressed, label
from analytics.numbers import count, percent

MOST = 20
"""Columns, and values of a text, that a picture holds."""
HALF_DAY = timedelta(hours=12)


def moved(columns: list[Distribution], height: int = 0, weights: Weights | None = None) -> Figure:
    """Draw how far each column moved, and how far it does by chance.

    Parameters
    ----------
    columns
        In the order in which they stand.
    weights
        Names get the share of what drives the score, where it is known.
    """
    drawn = [c for c in columns if c.psi.value is not None][:MOST]
    rows = list(range(len(drawn)))
    by_chance = [c.psi_by_chance or 0.0 for c in drawn]
    told = [f"by chance below {c.psi_by_chance:.3f}" if c.psi_by_chance is not None else "" for c in drawn]
    fig = go.Figure(layout={"height": height or 90 + 26 * len(drawn)})
    fig.add_trace(
        go.Bar(
            x=[x**0.5 for x in by_chance], y=rows, orientation="h", width=0.5, hoverinfo="skip",
            marker={"color": GRID, "line": {"width": 0}},
        )
    )  # fmt: skip
    fig.add_trace(
        go.Scatter(
            x=[(c.psi.value or 0.0) ** 0.5 for c in drawn], y=rows, mode="markers",
            marker={
                "size": 10,
                "color": [ATTACK if c.beyond_chance else INK for c in drawn],
                "symbol": ["circle-open" if c.beyond_chance and c.effect == "little" else "circle" for c in drawn],
                "line": {"width": 2, "color": [ATTACK if c.beyond_chance else INK for c in drawn]},
            },
            customdata=[[label(name(c.column)), f"{c.psi.value:.3f}", t] for c, t in zip(drawn, told, strict=True)],
            hovertemplate="%{customdata[0]}: %{customdata[1]}<br>%{customdata[2]}<extra></extra>",
        )
    )  # fmt: skip
    largest = max([*by_chance, *(c.psi.value or 0.0 for c in drawn), 0.01])
    ticks = [x for x in (0, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16) if x <= 1.15 * largest]
    fig.update_xaxes(
        tickvals=[x**0.5 for x in ticks], ticktext=[f"{x:g}" for x in ticks], range=[0, (1.2 * largest) ** 0.5],
        title={"text": "population stability index"},
    )  # fmt: skip
    shares = weights.shares if weights else {}
    names = [label(name(c.column)) + (f" · {percent(x)} %" if (x := shares.get(c.column)) else "") for c in drawn]
    fig.update_yaxes(tickvals=rows, ticktext=names, range=[len(drawn) - 0.5, -0.5], showgrid=False)
    return dressed(fig)


def shape(c: Distribution, height: int = 300) -> Figure:
    """Draw the shares of one column then and now: a number by tenths of the reference, a text by value."""
    size = int(c.place.max()) + 1
    then, now = (_shares(np.bincount(c.place, side.bins, size)) for side in (c.reference, c.current))
    names = _tenths(c) if c.reference.edges.is_number else [*map(label, c.reference.edges.values), "all others"]
    order = np.arange(size) if c.reference.edges.is_number else np.argsort(-np.maximum(then, now), kind="stable")[:MOST]
    order = order[(then + now)[order] > 0]
    at = np.arange(len(order))
    fig = go.Figure(layout={"height": height, "bargap": 0.25, "barmode": "overlay"})
    for shares, words, look in (
        (then, "reference", {"color": GRID, "line": {"width": 1, "color": INK}}),
        (now, "now", {"color": BENIGN, "line": {"width": 0}}),
    ):
        fig.add_trace(
            go.Bar(
                x=at, y=shares[order], name=words, marker=look, width=0.8 if words == "reference" else 0.45,
                customdata=[[names[i], percent(shares[i], 1)] for i in order],
                hovertemplate=f"%{{customdata[0]}}: {words} %{{customdata[1]}} %<extra></extra>",
            )
        )  # fmt: skip
    fig.update_xaxes(tickvals=at, ticktext=[names[i] for i in order], tickangle=-35 if len(order) > 6 else 0)
    fig.update_yaxes(tickformat=".0%", rangemode="tozero", nticks=5)
    return dressed(fig)


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / counts.sum() if counts.sum() else counts


def _tenths(c: Distribution) -> list[str]:
    """Return what each bin of the index holds, in the feature's own unit."""
    last = np.flatnonzero(np.diff(c.place))
    ends = [None, *(c.reference.edges.inner[i] for i in last), None]
    found = []
    for low, high in pairwise(ends):
        if low is None or high is None:
            found.append("all" if low is high else f"≤ {_brief(high)}" if high is not None else f"> {_brief(low)}")
        else:
            first, last = _brief(low), _brief(high)
            found.append(first if first == last else f"{first} – {last}")
    return found


def _brief(x: float | None) -> str:
    return "" if x is None else "0" if abs(x) < 1e-300 else f"{x:.3g}"


def course(c: Course, height: int = 240) -> Figure:
    """Draw one column day by day against the reference; a day without rows is a gap."""
    x = [d.date for d in c.days]
    y = [d.psi for d in c.days]
    colours = {"reference": INK, "window": ATTACK, "": BENIGN}
    fig = go.Figure(layout={"height": height})
    for side in ("reference", "window"):
        mine = [d.date for d in c.days if d.inside == side]
        if mine:
            fig.add_vrect(
                x0=_at(mine[0]) - HALF_DAY, x1=_at(mine[-1]) + HALF_DAY,
                fillcolor=GRID if side == "reference" else ATTACK,
                opacity=1 if side == "reference" else 0.12, line_width=0, layer="below",
            )  # fmt: skip
    fig.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines+markers", connectgaps=False, line={"color": INK, "width": 1},
            marker={"size": 6, "color": [colours[d.inside] for d in c.days]},
            customdata=[count(d.rows) for d in c.days],
            hovertemplate="%{x|%a %-d %b %Y}: %{y:.3f}, %{customdata} rows<extra></extra>",
        )
    )  # fmt: skip
    for first, last in _gaps(c):
        fig.add_vrect(
            x0=first - HALF_DAY, x1=last + HALF_DAY, line={"color": INK, "width": 1, "dash": "dot"},
            annotation={"text": "gap", "font": {"size": 12, "color": INK}}, annotation_position="top left",
        )  # fmt: skip
    if c.psi_by_chance is not None:
        fig.add_hline(y=c.psi_by_chance, line={"color": INK, "width": 1.5, "dash": "dash"})
    fig.update_xaxes(tickformat=dates.ticks(x[0] if x else None), nticks=8)
    fig.update_yaxes(rangemode="tozero", nticks=5)
    return dressed(fig)


def _at(day: date) -> datetime:
    return datetime.combine(day, time())


def _gaps(c: Course) -> list[tuple[datetime, datetime]]:
    """Return the runs of days without rows."""
    found: list[tuple[datetime, datetime]] = []
    for d in c.days:
        if d.rows:
            continue
        day = _at(d.date)
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def mix(m: Mix) -> Figure:
    """Draw the parts of a mix then and now, each with its interval; one beside which the others vanish is left out."""
    parts = parts_drawn(m)[:MOST]
    fig = go.Figure(layout={"height": 96 + 44 * len(parts)})
    sides = (("then", -0.16, INK), ("now", 0.16, BENIGN))
    for side, shift, colour in sides:
        found = [p.reference if side == "then" else p.current for p in parts]
        x = [e.value or 0.0 for e in found]
        moved = [p.beyond_chance and side == "now" for p in parts]
        fig.add_trace(
            go.Scatter(
                x=x, y=[i + shift for i in range(len(parts))], mode="markers+text", name=side,
                text=[side, *[""] * (len(parts) - 1)], textposition="top center" if side == "then" else "bottom center",
                marker={"size": 9, "color": [ATTACK if it else colour for it in moved]},
                error_x={
                    "type": "data", "symmetric": False, "color": colour, "thickness": 1.5, "width": 3,
                    "array": [(e.high if e.high is not None else v) - v for e, v in zip(found, x, strict=True)],
                    "arrayminus": [v - (e.low if e.low is not None else v) for e, v in zip(found, x, strict=True)],
                },
                customdata=[[percent(v, 2), count(e.n)] for e, v in zip(found, x, strict=True)],
                hovertemplate=f"{side}: %{{customdata[0]}} %, n %{{customdata[1]}}<extra></extra>",
            )
        )  # fmt: skip
    fig.update_xaxes(tickformat="~%", rangemode="tozero", nticks=6)
    names = [label(called(p.name)) for p in parts]
    fig.update_yaxes(tickvals=list(range(len(parts))), ticktext=names, range=[len(parts) - 0.5, -0.5], showgrid=False)
    return dressed(fig)
