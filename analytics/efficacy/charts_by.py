"""Efficacy by week and by slice -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics import dates
from analytics.efficacy.results import Efficacy, Week
from analytics.look import ATTACK, BENIGN, GRID, dressed, label, still
from analytics.numbers import count, interval, value
from analytics.results import Estimate

HALF_WEEK = timedelta(days=3.5)
STRIPE = timedelta(days=1)
"""Half the width of the band of a week without neighbours."""
MOST = 25
"""Values of a slice column that a picture holds."""
APART = 0.085
"""Share of the height by which the names of two lines stand apart."""
NOTHING = Estimate(None, None, None, 0, quality="no_data")

_LINES = (
    ("recall", "attacks caught", ATTACK, "circle"),
    ("precision", "right alarms", BENIGN, "diamond"),
)
_THEIRS = {"recall": "caught, candidate", "precision": "right, candidate"}
"""What the challenger's lines are called at their end, where there is little room."""


def weeks(found: list[Week], challenger: Sequence[Week] = (), height: int = 300, trained: date | None = None) -> Figure:
    """Draw attacks caught and right alarms by week with interval bands; a week without a figure is a gap.

    A week that is not whole is hatched, its points are hollow. A challenger's figures of the same weeks are dashed
    and have no bands: whether it differs is for the comparison on the same events to say. Where it is known until when
    the version was trained, each week says how many have passed since.
    """
    found = _every_week(found)
    x = [w.start for w in found]
    theirs = {w.start: w for w in challenger}
    traces: list[go.Scatter] = []
    ends: list[_End] = []
    for name, words, colour, symbol in _LINES:
        es = [w.estimates[name] for w in found]
        if all(e.value is None for e in es):
            continue
        hollow = [f"{symbol}-open" if w.running else symbol for w in found]
        traces += _band(x, es, colour)
        traces.append(_line(x, es, words, mode="lines+markers", line={"color": colour, "width": 2},
                            marker={"symbol": hollow, "size": 8, "color": colour}))  # fmt: skip
        ends += _end(x, es, words, colour)
        others = [theirs[day].estimates[name] if day in theirs else NOTHING for day in x]
        if any(e.value is not None for e in others):
            dashed = {"color": colour, "width": 1.5, "dash": "dash"}
            traces.append(_line(x, others, f"{words}, candidate", mode="lines", line=dashed))
            ends += _end(x, others, _THEIRS[name], colour)
    traces += [_running(w) for w in found if w.running]
    across: dict[str, Any] = {"title": {"text": "week from Monday"}, "tickformat": dates.ticks(x[0] if x else None)}
    if found:
        shown = x[:: len(x) // (9 if trained is None else 5) + 1]
        across |= {"range": [x[0] - HALF_WEEK, x[-1] + HALF_WEEK], "tickvals": shown}
        if trained is not None:
            across |= {"ticktext": [f"{dates.day(day)}<br>{since_training(day, trained)}" for day in shown]}
            across |= {"title": {"text": "week from Monday; weeks since training"}, "tickangle": 0}
    layout = {
        "height": height, "annotations": _names(ends, x),
        "xaxis": across,
        "yaxis": {"range": [0, 1.02], "tickformat": ".0%"},
    }  # fmt: skip
    return dressed(go.Figure(traces, still(layout, right=112 if challenger else 104)))


def since_training(day: date, trained: date) -> int:
    """Return how many whole weeks lie between the newest event of the training and the end of a week (its Monday)."""
    return (day + timedelta(days=7) - trained).days // 7


def _line(x: list[date], es: list[Estimate], words: str, **look: Any) -> go.Scatter:
    """One figure by week; a week without it is a gap."""
    return go.Scatter(
        x=x, y=[e.value for e in es], name=words, connectgaps=False,
        customdata=[[value(e), interval(e), count(e.n)] for e in es],
        hovertemplate=f"week of %{{x|%d %b %Y}}: {words} %{{customdata[0]}} "
        "[%{customdata[1]}], n %{customdata[2]}<extra></extra>",
        **look,
    )  # fmt: skip


def _every_week(found: list[Week]) -> list[Week]:
    """Put an empty week where nothing was seen, so that no line runs through it."""
    if not found:
        return []
    there = {w.start: w for w in found}
    n = (max(there) - min(there)).days // 7 + 1
    mondays = (min(there) + timedelta(days=7 * i) for i in range(n))
    names = found[0].estimates
    return [there.get(day, Week(day, False, 0, dict.fromkeys(names, NOTHING))) for day in mondays]


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


class _End(NamedTuple):
    """The last point of a line, and what stands there instead of a legend."""

    y: float
    x: date
    words: str
    colour: str


def _end(x: list[date], es: list[Estimate], words: str, colour: str) -> list[_End]:
    known = [(day, e.value) for day, e in zip(x, es, strict=True) if e.value is not None]
    return [_End(known[-1][1], known[-1][0], words, colour)] if known else []


def _names(ends: list[_End], x: list[date]) -> list[dict[str, Any]]:
    """Name each line at its last point; names that would touch move apart, from the lowest up, and stay inside."""
    ends = sorted(ends)
    at: list[float] = []
    for end in ends:
        at.append(max(end.y, at[-1] + APART) if at else end.y)
    room = [1.0 - APART * (len(at) - 1 - i) for i in range(len(at))]
    return [
        {
            "x": end.x + HALF_WEEK if end.x == x[-1] else end.x, "y": min(y, most), "text": end.words,
            "xanchor": "left", "xshift": 6, "showarrow": False, "font": {"color": end.colour},
        }
        for end, y, most in zip(ends, at, room, strict=True)
    ]  # fmt: skip


def _running(week: Week) -> go.Scatter:
    return go.Scatter(
        x=[week.start - HALF_WEEK, week.start + HALF_WEEK, week.start + HALF_WEEK, week.start - HALF_WEEK],
        y=[0, 0, 1.02, 1.02], fill="toself", mode="lines", line={"width": 0}, hoverinfo="skip",
        fillpattern={"shape": "/", "fgcolor": GRID, "size": 8}, name="not a whole week",
    )  # fmt: skip


def stored(found: list[Efficacy]) -> list[Efficacy]:
    """Return the slices that hold stored rows; counts without any tell volumes and no efficacy."""
    return [e for e in found if e.n]


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
