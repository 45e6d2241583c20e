"""The scope bar: which model, version, window and slice the whole page speaks of.

Widgets are set from the address at every run, and a choice is written to the address at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import streamlit as st

from analytics.efficacy import measures
from analytics.efficacy.versions import ROLES, in_use
from analytics.efficacy.words import column_name
from analytics.errors import BadInput, NoData
from analytics.scope import Scope
from pages.parts import choice, url, window
from pages.parts.cache import View

ALL, CHOSEN = "All data", "Chosen days"
PRESETS = {"Last 7 days": 7, "Last 30 days": 30, "Last 90 days": 90}
EVERY = ("", "")
"""The slice option that stands for all rows."""

Row = dict[str, Any]


def show(view: View) -> Scope:
    """Show the bar and return the scope with model and version filled in.

    Raises
    ------
    BadInput
        The address names a model or version that this snapshot does not hold.
    """
    rows: list[Row] = view.ask(measures.versions).result.to_dict("records")
    scope = fill(view.scope, rows)
    with st.grid(4, min_column_width=150, gap="small", key="scope") as grid:
        choose_model(scope, rows)
        choose_version(scope, rows)
        with grid.cell():  # chosen days stand below
            choose_window(scope, view, {ALL: None} | PRESETS)
        choose_slice(scope, view)
    return scope


def resolve(view: View) -> Scope:
    """Return the scope that the address means here, with model and version filled in."""
    return fill(view.scope, view.ask(measures.versions).result.to_dict("records"))


def fill(scope: Scope, rows: list[Row]) -> Scope:
    """Return the scope with a model and version: the first model, its version in use, unless named.

    Raises
    ------
    NoData
        There are no rows.
    BadInput
        A named model or version is not among the rows.
    """
    if not rows:
        raise NoData("choosing a model", "This snapshot holds no detections.", "Import some as shown above.")
    model = scope.model or str(rows[0]["model_id"])
    mine = [r for r in rows if r["model_id"] == model]
    if not mine:
        raise BadInput(
            "looking up the model",
            f"this snapshot holds no detections of a model {model!r}.",
            "Clear the selection and choose one of those that are listed.",
        )
    versions = [str(r["model_version"]) for r in mine]
    version = scope.version or str(in_use(mine)["model_version"])
    if version not in versions:
        raise BadInput(
            "looking up the version",
            f"model {model!r} has no version {version!r}; it has {', '.join(versions)}.",
            "Clear the selection and choose one of these.",
        )
    return replace(scope, model=model, version=version)


def choose_model(scope: Scope, rows: list[Row]) -> None:
    """Show which model."""
    names = model_names(rows)
    st.selectbox(
        "Model",
        list(names),
        list(names).index(str(scope.model)),
        format_func=names.__getitem__,
        **choice.bound(
            "scope-model", scope.model, lambda m: _other_version(replace(scope, model=m, version=None, where=()))
        ),
    )


def model_names(rows: list[Row]) -> dict[str, str]:
    """Return each model's id and its name; the id where versions disagree or two models share a name."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(str(row["model_id"]), set()).add(str(row["name"] or row["model_id"]))
    times = Counter(name for names in found.values() for name in names)
    return {model: n if len(names) == 1 and times[n := min(names)] == 1 else model for model, names in found.items()}


def choose_version(scope: Scope, rows: list[Row]) -> None:
    """Show which of its versions."""
    roles = {str(r["model_version"]): ROLES.get(r["role"], "") for r in rows if r["model_id"] == scope.model}
    st.selectbox(
        "Version",
        list(roles),
        list(roles).index(str(scope.version)),
        format_func=lambda v: f"{v} · {roles[v]}" if roles[v] else v,
        **choice.bound("scope-version", scope.version, lambda v: _other_version(replace(scope, version=v))),
    )


def _other_version(scope: Scope) -> None:
    url.write(scope, url.PLACE, *url.OF_VERSION)


def choose_window(scope: Scope, view: View, offered: dict[str, int | None]) -> None:
    """Show which days.

    Parameters
    ----------
    offered
        Name -> so many last days; None: all there are.
    """
    snapshot = view.reader.snapshot
    now = snapshot.data_until
    presets: dict[str, tuple[datetime | None, datetime | None]] = {
        name: window.last_days(n, now, snapshot.zone) if n and now else (None, None)
        for name, n in offered.items()
        if now or n is None
    }
    current = next((name for name, ends in presets.items() if ends == (scope.since, scope.until)), CHOSEN)
    value = CHOSEN if choice.shown("scope-window") == CHOSEN else current
    st.selectbox(
        "Window",
        [*presets, CHOSEN],
        [*presets, CHOSEN].index(value),
        **choice.bound("scope-window", value, lambda name: url.write(_within(scope, presets.get(name)), url.PLACE)),
    )
    if value == CHOSEN:
        _days(scope, now, snapshot.zone)


def _within(scope: Scope, ends: tuple[datetime | None, datetime | None] | None) -> Scope:
    return scope if ends is None else replace(scope, since=ends[0], until=ends[1])


def _days(scope: Scope, now: datetime | None, zone: str) -> None:
    """Two days to choose; the address is written when both are there."""
    name = "scope-days"
    half = choice.shown(name) or ()
    value = half if len(half) == 1 else _asked_days(scope, now, zone)

    def chosen(days: tuple) -> None:
        url.write(_within(scope, window.between(days[0], days[1], zone) if len(days) == 2 else None), url.PLACE)

    st.date_input("First and last day", value, format="YYYY-MM-DD", **choice.bound(name, value, chosen))


def _asked_days(scope: Scope, now: datetime | None, zone: str) -> Any:
    """Return the days of a window; of one that has no end those until the end of the data."""
    until = scope.until or now
    if scope.since is None or until is None or scope.since >= until:
        return ()
    return window.days(scope.since, until, zone)


def choose_slice(scope: Scope, view: View) -> None:
    """Show which of its rows."""
    found = view.ask(measures.slices, replace(scope, where=())).result
    pairs = [EVERY, *((column, value) for column, values in found.items() for value in values)]
    pairs += [pair for pair in scope.where if pair not in pairs]
    value = scope.where[0] if scope.where else EVERY

    def chosen(pair: tuple[str, str]) -> None:
        url.write(replace(scope, where=() if pair == EVERY else (pair, *scope.where[1:])), url.PLACE)

    st.selectbox(
        "Slice",
        pairs,
        pairs.index(value),
        format_func=lambda p: "All rows" if p == EVERY else f"{column_name(p[0])}: {p[1]}",
        **choice.bound("scope-slice", value, chosen),
    )
