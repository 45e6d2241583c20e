"""From a point of a picture to the single detections in it: what of the scope a click opens.

Each function takes a point as Streamlit gives it (``curve_number``, ``x``, ``y``, ``customdata``) and returns the
address of the list, or None where a point leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from analytics.detections.filters import Filters, Label, bar
from analytics.efficacy.results import Efficacy
from analytics.scope import Scope
from pages.parts import cells, window

Point = dict[str, Any]
Lead = Callable[[Point], dict[str, list[str]] | None]
WEEK = timedelta(days=7)
_CURVES: tuple[Label, ...] = ("attack", "benign", "any")
"""Traces of the histogram of scores."""


def bars(scope: Scope, population: str) -> Lead:
    """Return what a bar of the histogram of scores opens."""

    def lead(point: Point) -> dict[str, list[str]] | None:
        data = _listed(point.get("customdata") or ())
        if point["curve_number"] >= len(_CURVES) or len(data) < 2:
            return None
        judged = _CURVES[point["curve_number"]]
        whose = population if judged != "any" else None
        return cells.pairs(scope, replace(bar(float(data[0]), float(data[1])), label=judged, population=whose))

    return lead


def _listed(data: Any) -> list[Any]:
    """Return the data of a point in order: Streamlit gives a row of a table as ``{"0": …, "1": …}``."""
    return [data[k] for k in sorted(data, key=int)] if isinstance(data, dict) else list(data)


def weeks(scope: Scope, zone: str) -> Lead:
    """Return what a week opens: its labelled rows within the window."""

    def lead(point: Point) -> dict[str, list[str]] | None:
        monday = date.fromisoformat(str(point["x"])[:10])
        since, until = window.between(monday, monday + WEEK - timedelta(days=1), zone)
        since = max(since, scope.since) if scope.since else since
        until = min(until, scope.until) if scope.until else until
        if since >= until:
            return None
        return cells.pairs(replace(scope, since=since, until=until), Filters(label="labelled"))

    return lead


def slices(scope: Scope, found: Sequence[Efficacy]) -> Lead:
    """Return what a slice opens: its labelled rows."""

    def lead(point: Point) -> dict[str, list[str]] | None:
        at = round(float(point["y"]))
        if not 0 <= at < len(found):
            return None
        ((column, value),) = found[at].by.items()
        return cells.pairs(scope, Filters(label="labelled", part=(column, value), population=found[at].population))

    return lead


def follow(key: str, selection: Any, lead: Lead) -> None:
    """Go where the chosen point of a picture leads; the picture forgets the choice, so that coming back stays."""
    points = selection["selection"]["points"] if selection else []
    to = lead(points[0]) if points else None
    if to is not None:
        st.session_state[_turn(key)] = st.session_state.get(_turn(key), 0) + 1
        st.switch_page(cells.PAGE, query_params=to)


def name(key: str) -> str:
    """Return the widget's key of a picture that leads somewhere."""
    return f"chart-{key}-{st.session_state.get(_turn(key), 0)}"


def _turn(key: str) -> str:
    return f"lead-{key}"
