"""Efficacy by week and by slice -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

from datetime import timedelta

import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.efficacy.results import Efficacy, Week
from analytics.look import ATTACK, BENIGN, GRID, dressed, label
from analytics.numbers import count, interval, value
from analytics.results import Estimate

HALF_WEEK = timedelta(days=3.5)
STRIPE = timedelta(days=1)
"""Half the width of the band of a week without neighbours."""
MOST = 25
"""Values of a slice column that a picture holds."""

_LINES = (
    ("recall", "attacks caught", ATTACK, "circle"),
    ("precision", "right alarms", BENIGN, "diamond"),
)


def weeks(found: list[Week], height: int = 300) -> Figure:
    """Draw attacks caught and right alarms by week with interval bands; a week without a figure is a gap.

    A week that is not whole is hatched, its points are hollow.
    """
    fig = go.Figure(layout={"height": height})
    found = _every_week(found)
    x = [w.start for w in found]
    for name, words, colour, symbol in _LINES:
        es = [w.estimates[name] for w in found]
        if all(e.value is None for e in es):
            continue
        for band in _band(x, es, colour):
            fig.add_trace(band)
        hollow = [f"{symbol}-open" if w.running else symbol for w in found]
        fig.add_trace(
            go.Scatter(
                x=x, y=[e.value for e in es], name=words, mode="lines+markers", connectgaps=False,
                line={"color": colour, "width": 2}, marker={"symbol": hollow, "size": 8},
                customdata=[[value(e), interval(e), count(e.n)] for e in es],
                hovertemplate=f"week of %{{x|%d %b %Y}}: {words} %{{customdata[0]}} "
                "[%{customdata[1]}], n %{customdata[2]}<extra></extra>",
            )
        )  # fmt: skip
    _ends(fig, found)
    for w in found:
        if w.running:
            _running(fig, w)
    if found:
        fig.update_xaxes(range=[x[0] - HALF_WEEK, x[-1] + HALF_WEEK], tickvals=x[:: len(x) // 9 + 1])
    fig.update_xaxes(title="week from Monday", tickformat="%-d %b")
    fig.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return dressed(fig).update_layout(margin={"r": 104})


def _every_week(found: list[Week]) -> list[Week]:
    """Put an empty week where nothing was seen, so that no line runs through it."""
    if not found:
        return []
    there = {w.start: w for w in found}
    nothing = Estimate(None, None, None, 0, quality="no_data")
    n = (max(there) - min(there)).days // 7 + 1
    mondays = (min(there) + timedelta(days=7 * i) for i in range(n))
    names = found[0].estimates
    return [there.get(day, Week(day, False, 0, dict.fromkeys(names, nothing))) for day in mondays]


def _band(x: list, es: list[Estimate], colour: str) -> list[go.Scatter]:
    """The interval as a pale band, one polygon for each run of weeks without a gap; a lone week has a stripe."""
    runs: list[list[int]] = []
    for i, e in enumerate(es):
        if e.value is None or e.low is None or e.high is None:
            continue
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    bands = []
    for run in runs:
        ends = [(x[i], es[i].low, es[i].high) for i in run]
        if len(run) == 1:
            at, low, high = ends[0]
            ends = [(at - STRIPE, low, high), (at + STRIPE, low, high)]
        bands.append(
            go.Scatter(
                x=[e[0] for e in ends] + [e[0] for e in reversed(ends)],
                y=[e[2] for e in ends] + [e[1] for e in reversed(ends)],
                fill="toself", fillcolor=colour, opacity=0.16, line={"width": 0}, mode="lines", hoverinfo="skip",
            )
        )  # fmt: skip
    return bands


def _ends(fig: Figure, found: list[Week]) -> None:
    """Name each line at its last point instead of a legend; names that would touch move apart."""
    ends = []
    for name, words, _, _ in _LINES:
        known = [(w.start, e.value) for w in found if (e := w.estimates[name]).value is not None]
        ends += [(known[-1][1], known[-1][0], words)] if known else []
    near = len(ends) == 2 and abs(ends[0][0] - ends[1][0]) < 0.1
    for rank, (y, x, words) in enumerate(sorted(ends)):
        at_edge = x == found[-1].start
        fig.add_annotation(
            x=x + HALF_WEEK if at_edge else x, y=y, text=words, xanchor="left", xshift=6, showarrow=False,
            yshift=(18 * rank - 9) if near else 0,
        )  # fmt: skip


def _running(fig: Figure, week: Week) -> None:
    fig.add_trace(
        go.Scatter(
            x=[week.start - HALF_WEEK, week.start + HALF_WEEK, week.start + HALF_WEEK, week.start - HALF_WEEK],
            y=[0, 0, 1.02, 1.02], fill="toself", mode="lines", line={"width": 0}, hoverinfo="skip",
            fillpattern={"shape": "/", "fgcolor": GRID, "size": 8}, name="not a whole week",
        )
    )  # fmt: skip


def slices(found: list[Efficacy]) -> Figure:
    """Draw attacks caught and right alarms of each value of a slice column with their intervals.

    Parameters
    ----------
    found
        One efficacy a value; the first ``MOST`` are drawn, top down.
    """
    found = found[:MOST]
    fig = go.Figure(layout={"height": 90 + 34 * len(found)})
    rows = list(range(len(found)))
    for (name, words, colour, symbol), shift in zip(_LINES, (-0.13, 0.13), strict=True):
        es = [(i + shift, e.estimates[name]) for i, e in zip(rows, found, strict=True)]
        es = [(y, e) for y, e in es if e.value is not None]
        fig.add_trace(
            go.Scatter(
                x=[e.value for _, e in es], y=[y for y, _ in es], mode="markers", name=words,
                marker={"color": colour, "symbol": symbol, "size": 9},
                error_x={
                    "type": "data", "thickness": 1.5, "width": 3,
                    "array": [_reach(e)[1] for _, e in es],
                    "arrayminus": [_reach(e)[0] for _, e in es],
                },
                customdata=[[value(e), interval(e), count(e.n)] for _, e in es],
                hovertemplate=f"{words} %{{customdata[0]}} [%{{customdata[1]}}], n %{{customdata[2]}}<extra></extra>",
            )
        )  # fmt: skip
    names = [f"{label(' '.join(e.by.values()))}  n {count(e.n_labelled)}" for e in found]
    fig.update_yaxes(tickvals=rows, ticktext=names, range=[len(found) - 0.5, -0.5], showgrid=False)
    fig.update_xaxes(range=[-0.01, 1.02], tickformat=".0%")
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "itemclick": False, "itemdoubleclick": False}
    return dressed(fig).update_layout(showlegend=True, legend=legend, margin={"t": 30})


def _reach(e: Estimate) -> tuple[float, float]:
    """How far the interval reaches below and above the value."""
    v = e.value or 0.0
    return v - (v if e.low is None else e.low), (v if e.high is None else e.high) - v
