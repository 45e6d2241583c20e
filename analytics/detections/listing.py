"""What stands in every list of detections: the selection, whole rows by their keys, the label in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pandas as pd

from analytics.detections import queries
from analytics.detections.filters import Filters
from analytics.detections.selecting import Selected, select
from analytics.errors import NotAllowed
from analytics.scope import Scope
from analytics.warehouse.contract import DETECTIONS, SLICE_PREFIX
from analytics.warehouse.lookup import labelled_columns, named_values, population, said
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import Stored, stored
from analytics.warehouse.tops import Held
from analytics.warehouse.trace import Trace

JUDGED = ("verdict", "label_source", "labelled_at")
"""Columns that every list has beside those of the detections."""
KEY = ["event_id", "model_version"]
_DOING = "listing detections"
_ALWAYS = ("event_id", "detection_id", "occurred_at", "model_version", "score", "decision")
_NOT_LISTED = ("model_id", "correlation_id")
"""The first is the same in every row; the second says nothing by itself and is dear to read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is listed, and what was asked of the snapshot so far."""

    selected: Selected
    trace: Trace

    @property
    def stored(self) -> Stored:
        """Return the files that hold it."""
        return self.selected.stored

    def hidden(self, columns: list[str]) -> tuple[str, ...]:
        """Return those of some columns that the viewer may not see, though there is something in them."""
        return tuple(c for c in columns if c in self.stored.columns and not self.stored.visible(c))


def ask(reader: Reader, scope: Scope, filters: Filters, trace: Trace | None = None) -> Asked:
    """Return what a scope and a filter come to; what happened after ``known_at`` was not known then."""
    trace = trace or Trace(reader)
    if scope.known_at:
        scope = replace(scope, until=min(scope.until, scope.known_at) if scope.until else scope.known_at)
    found = stored(reader, scope, trace.once)
    if filters.entity is not None and not found.visible("entity"):
        raise NotAllowed(_DOING, "you may not see entities, so none can be looked for.", "Ask for the role of analyst.")
    whose = filters.population or population(scope, labelled_columns(reader), trace.once)
    named = named_values(scope, filters.part[0], trace.once) if filters.part else []
    return Asked(select(found, scope, filters, whose, named), trace)


def listed(stored: Stored) -> list[str]:
    """Return the columns that a list has unless others are asked for: most that the files have, but no features."""
    there = stored.columns
    plain = [c.name for c in DETECTIONS if c.name in _ALWAYS or (c.name in there and c.name not in _NOT_LISTED)]
    return [*plain, *sorted(c for c in there if c.startswith(SLICE_PREFIX))]


def rows_of(asked: Asked, keys: pd.DataFrame, columns: list[str], held: Held | None = None) -> pd.DataFrame:
    """Return whole rows by their keys, in their order, each with the label in force.

    Parameters
    ----------
    held
        Where all of them are, if not only in the files of all rows.
    """
    times = [t.to_pydatetime() for t in keys["occurred_at"]]
    spans = [(min(times), max(times) + timedelta(microseconds=1))] if times else []
    wanted = list(dict.fromkeys([*columns, *KEY, "occurred_at"]))
    source = held.source(wanted) if held else asked.stored.source(wanted, spans)
    if source is None:
        return pd.DataFrame(columns=[*columns, *JUDGED])
    events = keys["event_id"].tolist()
    found = asked.trace.run(*queries.rows(source, times, events))
    selected = asked.selected
    judged = said(selected.scope, events, selected.population, asked.trace.run)
    whole = keys[KEY].merge(found, on=KEY, how="left").merge(judged, on="event_id", how="left")
    return whole[[*columns, *JUDGED]]
