"""A detection -> plotly figures. Draws, never computes; knows nothing of Streamlit."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.detections.placing import Placed
from analytics.look import ATTACK, BENIGN, INK, dressed, still
from analytics.numbers import BARS, place, score

_ROWS = (
    ("attacks", "judged as attacks", ATTACK),
    ("benign", "judged as benign", BENIGN),
    ("volume", "all traffic", INK),
)
_ROW_PX, _TOP_PX, _BOTTOM_PX, _GAP = 44, 52, 40, 0.36


def placed(p: Placed) -> Figure:
    """Draw how often each score is given, labelled ones above all traffic, with one score and the threshold marked.

    Each row has its own height, and heights are square roots of counts (a rootogram, Tukey 1977): scores crowd at both
    ends, and what lies between would else not be seen.
    """
    rows = [r for r in _ROWS if p.bars[r[0]].sum() > 0]
    tall = (1 - _GAP * (len(rows) - 1) / len(rows)) / len(rows)
    at = [(i + 0.5) / BARS for i in range(BARS)]
    layout: dict[str, Any] = {
        "height": _TOP_PX + _BOTTOM_PX + _ROW_PX * len(rows),
        "bargap": 0,
        "xaxis": {
            "range": [0, 1.005], "anchor": f"y{len(rows)}".replace("y1", "y"), "nticks": 6,
            "title": {"text": "score (higher is more suspicious)", "standoff": 4},
        },
        "shapes": _marks(p),
        "annotations": _named(p),
    }  # fmt: skip
    right = p.score < 0.5  # its line would run through the names
    data = []
    for i, (column, name, colour) in enumerate(rows):
        top, axis = 1 - i * (tall + _GAP / len(rows)), "y" if i == 0 else f"y{i + 1}"
        layout[f"yaxis{axis[1:]}"] = {
            "domain": [max(top - tall, 0), top], "visible": False, "range": [0, 1.05 * p.bars[column].max() ** 0.5],
        }  # fmt: skip
        layout["annotations"].append({
            "text": name, "x": 1 if right else 0, "xref": "x domain", "y": 1, "yref": f"{axis} domain",
            "showarrow": False, "xanchor": "right" if right else "left", "yanchor": "bottom", "font": {"size": 12},
        })  # fmt: skip
        hover = f"score %{{customdata[0]:.2f}}–%{{customdata[1]:.2f}}: %{{customdata[2]:,.0f}} {name}<extra></extra>"
        ends = [(k / BARS, (k + 1) / BARS, n) for k, n in enumerate(p.bars[column])]
        data.append(
            go.Bar(
                x=at, y=p.bars[column] ** 0.5, yaxis=axis, width=1 / BARS, customdata=ends, name=name,
                marker={"color": colour, "line": {"width": 0}}, hovertemplate=hover,
            )
        )  # fmt: skip
    return dressed(go.Figure(data, still(layout, left=8, right=12, top=_TOP_PX, bottom=_BOTTOM_PX)))


def _marks(p: Placed) -> list[dict[str, Any]]:
    """A line at the score through all rows, and a dotted one at the threshold."""
    line = {"type": "line", "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    at = place(p.score)
    found = [{**line, "x0": at, "x1": at, "line": {"color": INK, "width": 3}}]
    if p.threshold is not None:
        ends = {"x0": place(p.threshold), "x1": place(p.threshold)}
        found.append({**line, **ends, "line": {"color": INK, "width": 1.5, "dash": "dot"}})
    return found


def _named(p: Placed) -> list[dict[str, Any]]:
    """The names of the lines, one above the other, so that they never meet, above the name of the first row."""
    found = []
    for name, at, up in (("this one", p.score, 30), ("threshold", p.threshold, 15)):
        if at is not None:
            found.append({
                "text": f"{name} {score(at)}", "x": place(at), "xref": "x", "y": 1, "yref": "paper", "yshift": up,
                "showarrow": False, "xanchor": "right" if at > 0.5 else "left", "yanchor": "bottom",
                "font": {"size": 12},
            })  # fmt: skip
    return found
