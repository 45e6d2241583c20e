"""The overview's pictures: what happened, hour by hour or day by day, and the small ones in the rows.

The small ones are SVG made of numbers alone, shown as inert images; text from data never enters them.
"""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.graph_objects import Figure

from analytics.look import ATTACK, GRID, INK, PALE, dressed, still
from analytics.numbers import count
from analytics.overview.results import Change, Happening
from analytics.results import Estimate

WIDTH, HEIGHT = 120, 22
"""Of the small pictures, in pixels."""
_INSET = 3.0


def happening(h: Happening, zone: str, height: int = 190) -> Figure:
    """Draw what was seen around what happened, by the hour or the day, what is usual, and the span itself coloured."""
    tz, hour = ZoneInfo(zone), 3.6e6
    aware = pd.to_datetime(h.hours["hour"]).dt.tz_localize(UTC)
    hours = aware.dt.tz_convert(tz).dt.tz_localize(None)
    inside = ((aware >= h.start) & (aware < h.end)).to_numpy()
    data = [
        go.Bar(
            x=hours, y=h.hours["value"], width=0.85 * hour * (24 if h.daily else 1), offset=0,
            marker={"color": np.where(inside, ATTACK, PALE), "line": {"width": 0}},
            customdata=[[count(v), count(u)] for v, u in zip(h.hours["value"], h.hours["usual"], strict=True)],
            hovertemplate=(
                f"%{{x|%a %-d %b{'' if h.daily else ' %H:%M'}}}: %{{customdata[0]}} {h.counted}, "
                "usual %{customdata[1]}<extra></extra>"
            ),
        ),
        go.Scatter(
            x=hours, y=h.hours["usual"], mode="lines", hoverinfo="skip",
            line={"color": INK, "width": 1.5, "dash": "dot", "shape": "hv"},
        ),
    ]  # fmt: skip
    usual = {
        "text": "usual", "showarrow": False, "xanchor": "left", "yanchor": "bottom", "font": {"color": INK, "size": 12},
    }  # fmt: skip
    layout = {
        "height": height, "bargap": 0.15,
        "annotations": [{"x": hours.iloc[-1], "y": float(h.hours["usual"].iloc[-1]), **usual}] if len(hours) else [],
        "xaxis": {"tickformat": "%-d %b" if h.daily else "%a %-d %b<br>%H:%M", "nticks": 7 if h.daily else 5},
        "yaxis": {"rangemode": "tozero", "nticks": 4},
    }  # fmt: skip
    return dressed(go.Figure(data, still(layout, right=40, bottom=28 if h.daily else 40)))


def drawn(d: Change | Happening, zone: str, height: int = 190) -> Figure:
    """Draw what got worse day by day, or what happened hour by hour."""
    return course(d, height) if isinstance(d, Change) else happening(d, zone, height)


def data(d: Change | Happening) -> pd.DataFrame:
    """Return the rows that the picture is drawn of."""
    return d.days if isinstance(d, Change) else d.hours


def course(c: Change, height: int = 190) -> Figure:
    """Draw what is counted day by day: the days since the change stand out, the mean of the others is dotted.

    Days on which no label came are shaded: what was due then arrives in one heap.

    Parameters
    ----------
    c
        A change that has days.
    height
        Pixels.
    """
    day, later = c.days["day"], c.days["later"].to_numpy(bool)
    data = [
        go.Bar(
            x=day, y=c.days["value"], marker={"color": np.where(later, ATTACK, PALE), "line": {"width": 0}},
            hovertemplate="%{x|%a %-d %b}: %{y:,}<extra></extra>",
        ),
        go.Scatter(
            x=day, y=np.full(len(day), c.before if c.began is None else c.until_then), mode="lines", hoverinfo="skip",
            line={"color": INK, "width": 1.5, "dash": "dot"},
        ),
    ]  # fmt: skip
    half = pd.Timedelta(hours=12)
    shaded = [
        {
            "type": "rect", "x0": x - half, "x1": x + half, "yref": "paper", "y0": 0, "y1": 1, "fillcolor": GRID,
            "opacity": 0.5, "line": {"width": 0}, "layer": "below",
        }
        for x in day[c.days["silent"].to_numpy(bool)]
    ]  # fmt: skip
    layout = {
        "height": height, "bargap": 0.2, "xaxis": {"tickformat": "%-d %b", "nticks": 7},
        "yaxis": {"rangemode": "tozero", "nticks": 4}, "shapes": shaded,
    }  # fmt: skip
    return dressed(go.Figure(data, still(layout, right=40, bottom=28)))


def spark(values: np.ndarray) -> str:
    """Return a line of values as SVG, its end marked; zero is the floor of the picture.

    Parameters
    ----------
    values : (days,) not negative.
    """
    values = np.asarray(values, dtype=np.float64)
    top = float(values.max(initial=0.0))
    if len(values) < 2 or top <= 0:
        return _svg("")
    x = np.linspace(_INSET, WIDTH - _INSET, len(values))
    y = HEIGHT - _INSET - values / top * (HEIGHT - 2 * _INSET)
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return _svg(
        f'<polyline points="{line}" fill="none" stroke="{INK}" stroke-width="1.4" stroke-linejoin="round"/>'
        f'<circle cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="2.2" fill="{INK}"/>'
    )


def whisker(e: Estimate) -> str:
    """Return the interval of a share on a scale from 0 to 1 as SVG; the dot is the figure, if there is one."""
    scale = f'<line x1="{_INSET}" y1="3" x2="{WIDTH - _INSET}" y2="3" stroke="{INK}" stroke-opacity=".25"/>'
    if e.low is None or e.high is None:
        return _svg(scale, 6)
    low, high = (_INSET + float(p) * (WIDTH - 2 * _INSET) for p in (e.low, e.high))
    bar = (
        f'<line x1="{low:.1f}" y1="3" x2="{max(high, low + 1):.1f}" y2="3" stroke="{INK}" stroke-width="3" '
        f'stroke-opacity="{0.75 if e.value is not None else 0.4}"/>'
    )
    dot = ""
    if e.value is not None:
        at = _INSET + float(e.value) * (WIDTH - 2 * _INSET)
        dot = f'<circle cx="{at:.1f}" cy="3" r="2.8" fill="{INK}"/>'
    return _svg(scale + bar + dot, 6)


def _svg(inside: str, height: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">{inside}</svg>'
