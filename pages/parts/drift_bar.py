"""The bar above the drift page: which model and version, which days, and what they are compared with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from analytics.efficacy import measures
from analytics.scope import Scope
from pages.parts import choice, scope_bar, window
from pages.parts.cache import View

PRESETS: dict[str, int | None] = {"Last 7 days": 7, "Last 30 days": 30}
"""The first is what an address without a window means here."""
REFERENCE = "reference"
"""Key in the address: what is compared with."""
AGAINST = {"all": "Everything before", "before": "The 28 days before", "first": "The first 28 days"}
CHOSEN = "chosen"
"""In the address two days stand in its place: ``2026-08-01..2026-08-28``."""
FOUR_WEEKS = timedelta(days=28)


def resolve(view: View) -> Scope:
    """Return the scope that the address means here, with model, version and window filled in."""
    scope, snapshot = scope_bar.resolve(view), view.reader.snapshot
    if scope.since or scope.until or snapshot.data_until is None:
        return scope
    since, until = window.last_days(7, snapshot.data_until, snapshot.zone)
    return replace(scope, since=since, until=until)


def show(view: View) -> Scope:
    """Show the bar and return the scope."""
    rows = view.ask(measures.versions).result.to_dict("records")
    scope = resolve(view)
    with st.grid(5, min_column_width=150, gap="small", key="scope") as grid:
        scope_bar.choose_model(scope, rows)
        scope_bar.choose_version(scope, rows)
        with grid.cell():  # chosen days stand below
            scope_bar.choose_window(scope, view, PRESETS)
        with grid.cell():
            _against()
        scope_bar.choose_slice(scope, view)
    return scope


def reference(view: View) -> Scope:
    """Return what the window of the view is compared with."""
    scope, asked = view.scope, _asked()
    if days := _days():
        since, until = window.between(*days, view.reader.snapshot.zone)
        return replace(scope, since=since, until=until)
    start = scope.since or scope.until
    if asked == "before":
        return replace(scope, since=start - FOUR_WEEKS if start else None, until=start)
    if asked == "all":
        return replace(scope, since=None, until=start)
    rows = view.ask(measures.versions).result
    mine = rows[(rows["model_id"] == scope.model) & (rows["model_version"] == scope.version)]
    first: datetime = mine["since"].iloc[0].to_pydatetime()
    zone = view.reader.snapshot.zone
    begin = window.midnight(window.days(first, first + timedelta(microseconds=1), zone)[0], zone)
    end = min(begin + FOUR_WEEKS, start) if start and start > begin else begin + FOUR_WEEKS
    return replace(scope, since=begin, until=end)


def _asked() -> str:
    asked = st.query_params.get(REFERENCE, "")
    return asked if asked in AGAINST else CHOSEN if _days() else next(iter(AGAINST))


def _days() -> tuple[date, date] | None:
    """Return the first and the last day of a reference that somebody chose; None where the address has none."""
    first, dots, last = st.query_params.get(REFERENCE, "").partition("..")
    with suppress(ValueError):
        days = date.fromisoformat(first), date.fromisoformat(last)
        return days if dots and days[0] <= days[1] < date.max else None
    return None


def _against() -> None:
    def chosen(name: str) -> None:
        if name in AGAINST:
            st.query_params[REFERENCE] = name

    value = CHOSEN if choice.shown("drift-reference") == CHOSEN else _asked()
    names = AGAINST | {CHOSEN: scope_bar.CHOSEN}
    st.selectbox(
        "Compared with",
        list(names),
        list(names).index(value),
        format_func=names.__getitem__,
        **choice.bound("drift-reference", value, chosen),
    )
    if value == CHOSEN:
        _choose_days()


def _choose_days() -> None:
    """Two days to choose; the address is written when both are there."""
    name = "drift-reference-days"
    half = choice.shown(name) or ()
    value: Any = half if len(half) == 1 else _days() or ()

    def chosen(days: tuple) -> None:
        if len(days) == 2:
            st.query_params[REFERENCE] = f"{days[0].isoformat()}..{days[1].isoformat()}"

    st.date_input("First and last day of it", value, format="YYYY-MM-DD", **choice.bound(name, value, chosen))
