"""Efficacy results -> plotly figures. Draws, never computes a measure; knows nothing of Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.efficacy import words
from analytics.efficacy.results import Curves, ScoreHistogram
from analytics.efficacy.words_confusion import Cell
from analytics.look import ATTACK, BENIGN, INK, dressed, label, still
from analytics.numbers import count, exactly, interval, place, score, short, value
from analytics.results import Estimate

BINS = 50
"""Bars drawn between score 0 and 1; stored bins are finer and are added up."""

_SPACING = 0.12
"""Between the rows of the histogram, as a share of its height."""
_LINE = 17
"""Pixels that a line of text takes."""
_BANDS = {"attacks": ("labelled attacks", ATTACK), "benign": ("labelled benign", BENIGN)}


def histogram(h: ScoreHistogram, height: int = 330, own: str = "threshold", cheapest: float | None = None) -> Figure:
    """Draw scores by label above all traffic, each on its own axis from zero; unscored stands apart.

    Heights are square roots of counts (a rootogram, Tukey 1977): scores crowd at both ends, and what
    lies around the threshold would else not be seen. Axes and hover give the counts.

    Parameters
    ----------
    h
        The binned scores.
    height
        Pixels.
    own
        What the threshold in the picture is called.
    cheapest
        Where cost is least: a line of its own, where the two are drawn apart.
    """
    bins = _coarse(h.bins)
    rows = [(c, *_BANDS[c]) for c in ("attacks", "benign") if bins[c].sum()] + [("volume", "all traffic", INK)]
    apart = not h.unscored.empty and bool(h.unscored["represented"].sum())
    marks = _marks(h.threshold, own, cheapest)
    axes = ["y", *(f"y{i}" for i in range(2, len(rows) + 1))]
    # One layout written at once: adding its parts one by one takes five times as long.
    layout: dict[str, Any] = {
        "height": height,
        "bargap": 0,
        "xaxis": {
            "domain": [0, 0.84 if apart else 1], "range": [0, 1], "anchor": axes[-1],
            "title": {"text": "score (higher is more suspicious)"},
        },
        "shapes": [],
        "annotations": [],
    }  # fmt: skip
    tall = (1 - _SPACING * (len(rows) - 1)) / len(rows)
    for i, ((column, name, _), axis) in enumerate(zip(rows, axes, strict=True)):
        top = 1 - i * (tall + _SPACING)
        layout[f"yaxis{axis[1:]}"] = {"domain": [max(top - tall, 0), top], **_root_axis(bins[column].max())}
        layout["annotations"].append(_name(name, "x", axis))
        layout["shapes"] += [_line(at, axis, dash) for at, _, dash in marks]
    # From the middle outwards: where both names stand on one side of their lines, none stands between the other's.
    inside_out = sorted(marks, key=lambda mark: abs(mark[0] - 0.5))
    layout["annotations"] += [_mark(at, text, i) for i, (at, text, _) in enumerate(inside_out)]
    data = [_bars(bins, column, name, colour, axis) for (column, name, colour), axis in zip(rows, axes, strict=True)]
    if apart:
        total = float(h.unscored["represented"].sum())
        data.append(_unscored(h.unscored, total))
        layout["xaxis9"] = {"domain": [0.9, 1], "anchor": "y9", "showticklabels": False}
        layout["yaxis9"] = {"domain": [0, tall], "anchor": "x9", "side": "right", **_root_axis(total)}
        layout["annotations"].append(_name("not scored", "x9", "y9", right=True))
    return dressed(go.Figure(data, still(layout, top=24 + _LINE * max(len(marks), 1), right=52 if apart else 28)))


def _coarse(bins: pd.DataFrame) -> pd.DataFrame:
    """Add fine bins up to at most ``BINS`` equal ones, each to the bar that holds its lower edge."""
    at = (bins["low"] * BINS + 1e-9).astype(int).clip(0, BINS - 1)
    summed = bins[["volume", "attacks", "benign"]].groupby(at).sum().reindex(range(BINS), fill_value=0)
    return summed.assign(low=[i / BINS for i in range(BINS)], high=[(i + 1) / BINS for i in range(BINS)])


def _bars(bins: pd.DataFrame, column: str, name: str, colour: str, axis: str) -> go.Bar:
    hover = "score %{customdata[0]:.2f}–%{customdata[1]:.2f}: %{customdata[2]:,.0f} "
    return go.Bar(
        x=(bins["low"] + bins["high"]) / 2,
        y=bins[column] ** 0.5,
        yaxis=axis,
        width=1 / BINS,
        customdata=bins[["low", "high", column]],
        marker={"color": colour, "line": {"width": 0}},
        name=name,
        hovertemplate=f"{hover}{name}<extra></extra>",
    )


def _root_axis(largest: float) -> dict[str, object]:
    """Ticks of a square-root axis: zero, a quarter and the whole of a round number within the data."""
    power = 10 ** math.floor(math.log10(largest)) if largest > 0 else 1
    top = max(k * power for k in (1, 2, 4, 8) if k * power <= max(largest, 1))
    ticks = [0, top / 4, top] if top >= 4 else [0, top]
    text = [short(t, 2) if t >= 10_000 else count(t) for t in ticks]
    return {"tickvals": [t**0.5 for t in ticks], "ticktext": text, "range": [0, 1.08 * max(largest, 1) ** 0.5]}


def _name(name: str, x: str, y: str, right: bool = False) -> dict[str, Any]:
    """Name a row above its left end; what stands beside the rows above its right end, so that no two names meet."""
    return {
        "text": name, "x": 1 if right else 0, "y": 1, "xref": f"{x} domain", "yref": f"{y} domain", "showarrow": False,
        "xanchor": "right" if right else "left", "yanchor": "bottom",
    }  # fmt: skip


def _unscored(unscored: pd.DataFrame, total: float) -> go.Bar:
    """One hatched bar beside the traffic, on axes of its own."""
    reasons = "<br>".join(
        f"{label(reason)} {count(n)}" for reason, n in zip(unscored["reason"], unscored["represented"], strict=True)
    )
    return go.Bar(
        x=["not scored"],
        y=[total**0.5],
        xaxis="x9",
        yaxis="y9",
        marker={"color": INK, "pattern": {"shape": "/", "fillmode": "overlay", "fgcolor": "white"}},
        name="not scored",
        hovertemplate=f"not scored: {count(total)}<br>{reasons}<extra></extra>",
    )


def _marks(threshold: float | None, own: str, cheapest: float | None) -> list[tuple[float, str, str]]:
    """What is marked through all rows: the threshold, and the cheapest one where it is drawn elsewhere."""
    marks = [] if threshold is None else [(place(threshold), f"{own} {score(threshold)}", "dot")]
    if cheapest is not None and place(cheapest) not in [at for at, *_ in marks]:
        marks.append((place(cheapest), "cheapest", "dash"))
    return marks


def _line(at: float, axis: str, dash: str) -> dict[str, Any]:
    """A thin line through one row."""
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "xref": "x", "yref": f"{axis} domain",
        "line": {"color": INK, "width": 1.5 if dash == "dot" else 1, "dash": dash},
    }  # fmt: skip


def _mark(at: float, text: str, line: int) -> dict[str, Any]:
    """The name of a line, at its upper end, on a line of text of its own above the name of the row."""
    return {
        "text": text, "x": at, "y": 1, "xref": "x", "yref": "y domain", "yanchor": "bottom",
        "xanchor": "right" if at > 0.5 else "left", "yshift": _LINE * (line + 1), "showarrow": False,
    }  # fmt: skip


def roc(c: Curves, height: int = 320) -> Figure:
    """Draw attacks caught against false alarms, with the operating point and chance as a thin line."""
    data = [
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": INK, "width": 1}, hoverinfo="skip"),
        _curve(c.roc, "fpr", "recall", "false alarms %{x:.2%}, caught %{y:.1%}"),
        _point(c.fpr, c.recall, "false alarms", "caught"),
    ]
    guessing = {"text": "guessing", "x": 0.62, "y": 0.59, "xanchor": "left", "yanchor": "top", "showarrow": False}
    layout = _unit_square("false alarms (false-positive rate)", "attacks caught (recall)", words.drawn_from(c))
    return dressed(go.Figure(data, {"height": height, "annotations": [guessing], **layout}))


def precision_recall(c: Curves, height: int = 320) -> Figure:
    """Draw right alarms against attacks caught, with the operating point and its intervals."""
    data = [
        _curve(c.pr, "recall", "precision", "caught %{x:.1%}, right alarms %{y:.1%}"),
        _point(c.recall, c.precision, "caught", "right alarms"),
    ]
    layout = _unit_square("attacks caught (recall)", "right alarms (precision)", words.drawn_from(c))
    return dressed(go.Figure(data, {"height": height, **layout}))


def _curve(frame: pd.DataFrame, x: str, y: str, hover: str) -> go.Scatter:
    told = frame["threshold"] if exactly() else frame["threshold"].map(place)
    about = "" if exactly() else "about "
    return go.Scatter(
        x=frame[x],
        y=frame[y],
        customdata=told.to_frame(),
        mode="lines",
        line={"color": BENIGN, "width": 2, "shape": "linear"},
        hovertemplate=f"threshold {about}%{{customdata[0]:.6g}}: {hover}<extra></extra>",
    )


def _point(x: Estimate, y: Estimate, x_name: str, y_name: str) -> go.Scatter:
    """The operating point; its bars are the intervals of both rates."""
    if x.value is None or y.value is None:
        return go.Scatter(x=[], y=[])
    return go.Scatter(
        x=[x.value],
        y=[y.value],
        error_x=_bar(x),
        error_y=_bar(y),
        mode="markers",
        marker={"color": ATTACK, "size": 11, "symbol": "circle"},
        hovertemplate=f"at the threshold: {x_name} {value(x)} [{interval(x)}]<br>"
        f"{y_name} {value(y)} [{interval(y)}]<extra></extra>",
    )


def _bar(e: Estimate) -> dict[str, object]:
    v = e.value or 0.0
    high, low = (v if end is None else end for end in (e.high, e.low))
    return {"type": "data", "array": [high - v], "arrayminus": [v - low], "color": ATTACK, "thickness": 1.5}


def _unit_square(x: str, y: str, below: str) -> dict[str, Any]:
    """Both axes from 0 to 1, and a sentence below them where there is one."""
    axis = {"range": [-0.01, 1.02], "tickformat": ".0%", "dtick": 0.2}
    x = f"{x}<br>{below}" if below else x
    layout = {"xaxis": {"title": {"text": x}, **axis}, "yaxis": {"title": {"text": y}, **axis}}
    return still(layout, left=76, bottom=74 if below else 56)


def confusion(cells: Sequence[Cell], height: int = 280) -> Figure:
    """Draw caught, missed, false alarms and what passed rightly: the deeper the tint, the larger the share of alarms.

    Parameters
    ----------
    cells
        In this order.
    height
        Pixels.
    """
    tints: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    places = ((0, 1, ATTACK), (1, 1, ATTACK), (0, 0, BENIGN), (1, 0, BENIGN))
    for cell, (x, y, colour) in zip(cells, places, strict=True):
        tints.append({
            "type": "rect", "x0": x - 0.49, "x1": x + 0.49, "y0": y - 0.48, "y1": y + 0.48, "line": {"width": 0},
            "fillcolor": colour, "opacity": 0.06 + 0.34 * (cell.share or 0.0), "layer": "below",
        })  # fmt: skip
        text = "<br>".join(filter(None, (cell.figure and f"<b>{cell.figure}</b>", *cell.lines)))
        texts.append({"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": 14}})
    axis = {"showgrid": False, "tickvals": [0, 1], "range": [-0.5, 1.5]}
    layout = {
        "height": height, "shapes": tints, "annotations": texts,
        "xaxis": {"ticktext": ["alarm", "no alarm"], "side": "top", **axis},
        "yaxis": {"ticktext": ["benign", "attacks"], **axis},
    }  # fmt: skip
    return dressed(go.Figure(layout=still(layout, left=66, top=28, bottom=8)))
