"""Cost against the threshold, two versions side by side, traffic that nobody checked -> plotly figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.efficacy.against import Against
from analytics.efficacy.cheapest import Optimum
from analytics.efficacy.layered import Layers
from analytics.look import ATTACK, BENIGN, GRID, INK, dressed, label
from analytics.numbers import count, place, score, short


def cost(o: Optimum, at: float | None, in_force: float | None, height: int = 280) -> Figure:
    """Draw cost a day against the threshold; what cannot be told from the cheapest is a pale band."""
    fig = go.Figure(layout={"height": height, "showlegend": False})
    curve = o.curve.sort_values("threshold")
    fig.add_trace(
        go.Scatter(
            x=curve["threshold"].map(place), y=curve["cost"], mode="lines",
            line={"color": BENIGN, "width": 2, "shape": "hv"},
            customdata=[[score(t), short(c)] for t, c in zip(curve["threshold"], curve["cost"], strict=True)],
            hovertemplate="threshold %{customdata[0]}: %{customdata[1]} a day<extra></extra>",
        )
    )  # fmt: skip
    if o.low is not None and o.high is not None:
        low, high = place(o.low), place(o.high)
        fig.add_vrect(x0=low, x1=max(high, low + 0.002), fillcolor=BENIGN, opacity=0.12, line_width=0)
    marks = [(o.threshold, "cheapest", "dot", 0.98), (in_force, "in force", "dash", 0.86), (at, "asked", "solid", 0.74)]
    for x, text, dash, height_ in marks:
        if x is None or (text == "asked" and x == in_force):
            continue
        fig.add_vline(x=place(x), line={"color": INK, "width": 1.2, "dash": dash})
        fig.add_annotation(
            x=place(x), y=height_, yref="paper", text=text, showarrow=False, xanchor="left", font={"size": 12}
        )
    fig.update_xaxes(title="threshold")
    fig.update_yaxes(title="cost a day (log)", type="log", dtick=1)
    return dressed(fig)


def against(a: Against, height: int = 240) -> Figure:
    """Draw what only one of the two flags, attacks and benign events apart, to either side of zero."""
    fig = go.Figure(layout={"height": height, "barmode": "overlay", "bargap": 0.4})
    names = {"attacks": "attacks", "benign": "benign events"}
    y = [names[x] for x in a.counts["label"]]
    colours = [ATTACK if x == "attacks" else BENIGN for x in a.counts["label"]]
    for column, sign, pattern, words in (
        ("only_in_use", -1, "", f"only {label(a.in_use)} flags"),
        ("only_candidate", 1, "/", f"only {label(a.candidate)} flags"),
    ):
        values = a.counts[column].to_numpy()
        fig.add_trace(
            go.Bar(
                y=y, x=sign * values, orientation="h", name=words,
                marker={"color": colours, "pattern": {"shape": pattern, "fgcolor": GRID}},
                text=[count(v) for v in values], textposition="outside", cliponaxis=False,
                customdata=[[count(v)] for v in values],
                hovertemplate=f"%{{y}} that {words}: %{{customdata[0]}}<extra></extra>", showlegend=False,
            )
        )  # fmt: skip
    for x, text, anchor in ((0.0, label(f"only {a.in_use}"), "left"), (1.0, label(f"only {a.candidate}"), "right")):
        fig.add_annotation(x=x, y=1.12, xref="paper", yref="paper", text=text, showarrow=False, xanchor=anchor)
    most = float(np.max(a.counts[["only_in_use", "only_candidate"]].to_numpy(), initial=1))
    fig.update_xaxes(range=[-1.2 * most, 1.2 * most], showticklabels=False, zeroline=True)
    return dressed(fig).update_layout(margin={"t": 36, "l": 110})


def unchecked(frame: pd.DataFrame) -> Figure:
    """Draw what was not checked, by reason; events.

    Parameters
    ----------
    frame
        reason, represented.
    """
    fig = go.Figure(layout={"height": 90 + 30 * len(frame), "showlegend": False})
    ordered = frame.sort_values("represented")
    fig.add_trace(
        go.Bar(
            y=[label(r) for r in ordered["reason"]], x=ordered["represented"], orientation="h", marker={"color": INK},
            text=[short(v) for v in ordered["represented"]], textposition="auto",
            hovertemplate="%{y}: %{text} events<extra></extra>",
        )
    )  # fmt: skip
    fig.update_xaxes(title="events", rangemode="tozero")
    return dressed(fig).update_layout(margin={"l": 140})


def layers(found: Layers) -> Figure:
    """Draw the labelled attacks by who acted on them."""
    fig = go.Figure(layout={"height": 230, "showlegend": False, "bargap": 0.35})
    rows = (
        ("nobody known", found.by_none, ATTACK),
        ("other layers only", found.by_others, INK),
        ("this model and others", found.with_others, BENIGN),
        ("this model alone", found.alone, BENIGN),
    )
    fig.add_trace(
        go.Bar(
            y=[name for name, _, _ in rows], x=[n for _, n, _ in rows], orientation="h",
            marker={"color": [c for _, _, c in rows]}, text=[count(n) for _, n, _ in rows], textposition="outside",
            cliponaxis=False, hovertemplate="%{y}: %{text} labelled attacks<extra></extra>",
        )
    )  # fmt: skip
    fig.update_xaxes(title="labelled attacks", rangemode="tozero")
    return dressed(fig).update_layout(margin={"l": 160, "r": 60})
