"""The bar above pages that speak of all services: window, region, and since when changes are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.overview import measures, reviews, words_items
from analytics.scope import Scope
from pages.parts import choice, still, url, window
from pages.parts.cache import View

PRESETS = {"Last 30 days": 30, "Last 7 days": 7, "Last 90 days": 90}
"""The first is what an address without a window means here."""
ALL = "All data"
EVERYWHERE = "All regions"
CHANGES = "changes"
"""Key in the address: since when changes are told."""


def resolve(view: View) -> Scope:
    """Return the scope that the address means here: its window filled in, no model, a region at most."""
    scope = _asked(view)
    if scope.since or scope.until or st.query_params.get("window") == "all":
        return scope
    return usual(view, scope)


def usual(view: View, scope: Scope) -> Scope:
    """Return a scope with the window that an address without one means here."""
    snapshot = view.reader.snapshot
    if snapshot.data_until is None:
        return scope
    since, until = window.last_days(30, snapshot.data_until, snapshot.zone)
    return replace(scope, since=since, until=until)


def _asked(view: View) -> Scope:
    return replace(view.scope, model=None, version=None, where=tuple(p for p in view.scope.where if p[0] == "region"))


def show(view: View) -> Scope:
    """Show the bar and return the scope."""
    scope, asked = resolve(view), _asked(view)
    if view.reader.snapshot.data_until is None:
        return scope
    with st.grid(3, min_column_width=150, gap="small", key="scope"):
        _window(scope, asked, view)
        _region(scope, view)
        _since(view)
    return scope


def compared(view: View) -> tuple[datetime, datetime | None]:
    """Return since when changes are told (what the address names, else as usual), and when the last review was."""
    found = still.read("reviews", lambda: starts(view))
    usual = next(iter(found.values()))
    return found.get(st.query_params.get(CHANGES, ""), usual), found.get("review")


def compared_usually(view: View) -> tuple[datetime, datetime | None]:
    """Return the same where nobody chose: since the last review, else a week."""
    found = starts(view)
    return next(iter(found.values())), found.get("review")


def starts(view: View) -> dict[str, datetime]:
    """Return since when changes can be told: name -> time, the usual one first."""
    snapshot = view.reader.snapshot
    return reviews.starts(view.directory, snapshot.data_until or snapshot.created_at, snapshot.zone)


def _window(scope: Scope, asked: Scope, view: View) -> None:
    snapshot = view.reader.snapshot
    now = snapshot.data_until or snapshot.created_at
    presets: dict[str, tuple[datetime | None, datetime | None]] = {ALL: (None, None)}
    presets = {name: window.last_days(n, now, snapshot.zone) for name, n in PRESETS.items()} | presets
    current = next((name for name, ends in presets.items() if ends == (scope.since, scope.until)), None)
    options = [*presets, *([] if current else ["Chosen days"])]
    value = current or "Chosen days"

    def chosen(name: str) -> None:
        ends = presets.get(name, (asked.since, asked.until))
        url.write(replace(asked, since=ends[0], until=ends[1]))
        st.query_params.pop("window", None)
        if name == ALL:
            st.query_params["window"] = "all"

    bound = choice.bound("perimeter-window", value, chosen)
    st.selectbox("Window", options, options.index(value), label_visibility="collapsed", **bound)


def _region(scope: Scope, view: View) -> None:
    regions = [EVERYWHERE, *view.ask(measures.regions).result]
    now = dict(scope.where).get("region", EVERYWHERE)
    options = regions if now in regions else [*regions, now]

    def chosen(name: str) -> None:
        url.write(
            replace(view.scope, model=None, version=None, where=() if name == EVERYWHERE else (("region", name),))
        )

    bound = choice.bound("perimeter-region", now, chosen)
    st.selectbox("Region", options, options.index(now), label_visibility="collapsed", **bound)


def _since(view: View) -> None:
    snapshot, found = view.reader.snapshot, starts(view)
    names = {
        "review": "the last review",
        "week": "a week ago",
        "friday": "Friday 18:00",
        "shift": "the last shift began",
    }
    asked = st.query_params.get(CHANGES, "")
    value = asked if asked in found else next(iter(found))

    def chosen(name: str) -> None:
        st.query_params[CHANGES] = name

    st.selectbox(
        "Changes since",
        list(found),
        list(found).index(value),
        format_func=lambda k: f"Changes since {names[k]} · {_time(k, found[k], snapshot.zone)}",
        label_visibility="collapsed",
        **choice.bound("perimeter-since", value, chosen),
    )


def _time(name: str, start: datetime, zone: str) -> str:
    return f"{start.astimezone(ZoneInfo(zone)):%a %H:%M}" if name == "shift" else words_items.day(start, zone)
