"""Finding one detection by its id, or by that of its event: its row, and those of other versions for the same event."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.warehouse.lookup import locate
from analytics.warehouse.rows import Stored
from analytics.warehouse.trace import Trace

_KEYS = ["event_id", "detection_id", "model_version", "occurred_at"]


def find(
    every: Stored, scope: Scope, columns: list[str], detection_id: str, event_id: str | None, trace: Trace, doing: str
) -> pd.DataFrame:
    """Return the row of a detection, and behind it those of other versions for the same event.

    Parameters
    ----------
    every
        All files of the model.
    scope
        Names the model, and the version where its versions share ids.
    columns
        What of the rows is read, beside their keys.
    detection_id
        Or the id of the event, where no detection has this one.
    event_id
        The event of it, where it is known: the index then finds it at once. Else, of models whose detections have ids
        of their own, all are looked through.
    doing
        For the error.

    Raises
    ------
    BadInput
        There is no such detection.
    """
    wanted = list(dict.fromkeys([*_KEYS, *columns]))
    of_event = _event(every, wanted, event_id if event_id is not None else detection_id, trace)
    found = _chosen(of_event, scope, detection_id)
    if found is None and event_id is None and "detection_id" in every.columns:
        for event in _events(every, detection_id, scope.version, trace):
            found = _chosen(_event(every, wanted, event, trace), scope, detection_id)
    if found is None:
        found = _chosen(of_event, scope, None)
    if found is None:
        version = f" {scope.version}" if scope.version else ""
        raise BadInput(doing, f"{scope.model}{version} has no detection {detection_id!r}.", "Choose one of the list.")
    return found


def _events(every: Stored, detection_id: str, version: str | None, trace: Trace) -> list[str]:
    """Return the events of a detection's id: one, unless ids repeat."""
    source = every.source(["event_id", "detection_id", "model_version"])
    if source is None:
        return []
    sql = f"""
        SELECT DISTINCT event_id FROM {source.sql}
        WHERE detection_id = $x_id AND ($x_version IS NULL OR model_version = $x_version) ORDER BY event_id LIMIT 2
    """
    found = trace.run(sql, {**source.values, "x_id": detection_id, "x_version": version})
    return [str(event) for event in found["event_id"]]


def _event(every: Stored, columns: list[str], event_id: str, trace: Trace) -> pd.DataFrame:
    """Return all rows of an event, by the id index: no row groups of other times are read."""
    spans = locate(trace, str(every.scope.model), event_id)
    source = every.source(columns, spans)
    if source is None:
        return pd.DataFrame()
    values = {f"x_{i}": t for i, t in enumerate(t for span in spans for t in span)}
    when = " OR ".join(f"occurred_at >= $x_{2 * i} AND occurred_at < $x_{2 * i + 1}" for i in range(len(spans)))
    sql = f"SELECT * FROM {source.sql} WHERE event_id = $x_event AND ({when}) ORDER BY model_version, occurred_at"
    return trace.run(sql, {**source.values, **values, "x_event": event_id})


def _chosen(rows: pd.DataFrame, scope: Scope, detection_id: str | None) -> pd.DataFrame | None:
    """Return the rows of an event with the one that is meant first; None where it is not among them."""
    if rows.empty:
        return None
    meant = np.ones(len(rows), dtype=bool)
    if scope.version is not None:
        meant &= rows["model_version"].to_numpy(dtype=object) == scope.version
    if detection_id is not None:
        meant &= rows["detection_id"].to_numpy(dtype=object) == detection_id
    if not meant.any():
        return None
    first = int(np.flatnonzero(meant)[-1])  # of several versions the last
    return rows.iloc[[first, *(i for i in range(len(rows)) if i != first)]]
