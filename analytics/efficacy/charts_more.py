"""Cost against the threshold, two versions side by side, traffic that nobody checked -> plotly figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.efficacy.against import Against
from analytics.efficacy.cheapest import Optimum
from analytics.efficacy.layered import Layers
from analytics.efficacy.versions import IN_FORCE
from analytics.efficacy.words_threshold import CURRENCY
from analytics.look import ATTACK, BENIGN, GRID, INK, dressed, label
from analytics.numbers import count, place, score, short


def cost(o: Optimum, at: float | None, in_force: float | None, own: str = IN_FORCE, height: int = 280) -> Figure:
    """Draw cost a day against the threshold; what cannot be told from the cheapest is a pale band.

    Parameters
    ----------
    o
        The curve and where it is least.
    at, in_force
        The threshold asked about, and the one that the version has.
    own
        What the latter is called.
    height
        Pixels.
    """
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
    marks = [(o.threshold, "cheapest", "dot", 0.98), (in_force, own, "dash", 0.86), (at, "asked", "solid", 0.74)]
    for x, text, dash, height_ in marks:
        if x is None or (text == "asked" and x == in_force):
            continue
        fig.add_vline(x=place(x), line={"color": INK, "width": 1.2, "dash": dash})
        fig.add_annotation(
            x=place(x), y=height_, yref="paper", text=text, showarrow=False, xanchor="left", font={"size": 12}
        )
    fig.update_xaxes(title="threshold")
    ticks = _log_ticks(curve["cost"])
    fig.update_yaxes(
        title=f"cost a day,<br>{CURRENCY} (log)", type="log", tickvals=ticks, ticktext=[short(t, 2) for t in ticks]
    )
    return dressed(fig)


def _log_ticks(values: pd.Series) -> list[float]:
    """Return three ticks or more of a log axis: powers of ten, or as many round numbers between as it takes."""
    some = values[values > 0]
    if some.empty:
        return []
    low, high = float(some.min()), float(some.max())
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.floor(np.log10(high)) + 1)
    ticks: list[float] = []
    for steps in (np.array([1.0]), np.array([1.0, 2.0, 5.0]), np.arange(1.0, 10.0), np.arange(10, 100, 2) / 10):
        every = np.outer(powers, steps).ravel()
        ticks = every[(every >= low * (1 - 1e-9)) & (every <= high * (1 + 1e-9))].tolist()
        if len(ticks) >= 3:
            return ticks
    return ticks or [low]


def against(a: Against, height: int = 240) -> Figure:
    """Draw what only one of the two flags, to either side of zero: of 100 attacks caught, of 100 false alarms."""
    fig = go.Figure(layout={"height": height, "barmode": "overlay", "bargap": 0.4})
    told = a.counts[a.counts["lost"].notna()]
    names = {"attacks": "of 100<br>attacks caught", "benign": "of 100<br>false alarms"}
    y = [names[x] for x in told["label"]]
    colours = [ATTACK if x == "attacks" else BENIGN for x in told["label"]]
    for column, rows, sign, pattern, words in (
        ("lost", "only_in_use", -1, "", f"only {label(a.in_use)} flags"),
        ("gained", "only_candidate", 1, "/", f"only {label(a.candidate)} flags"),
    ):
        values = told[column].to_numpy()
        fig.add_trace(
            go.Bar(
                y=y, x=sign * values, orientation="h", name=words,
                marker={"color": colours, "pattern": {"shape": pattern, "fgcolor": GRID}},
                text=[short(v, 2) for v in values], textposition="outside", cliponaxis=False,
                customdata=[[short(v), count(n)] for v, n in zip(values, told[rows], strict=True)],
                hovertemplate=f"%{{customdata[0]}} that {words}; n %{{customdata[1]}}<extra></extra>", showlegend=False,
            )
        )  # fmt: skip
    for x, text, anchor in ((0.0, label(f"only {a.in_use}"), "left"), (1.0, label(f"only {a.candidate}"), "right")):
        fig.add_annotation(x=x, y=1.12, xref="paper", yref="paper", text=text, showarrow=False, xanchor=anchor)
    most = float(np.max(told[["lost", "gained"]].to_numpy(), initial=0.1))
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
