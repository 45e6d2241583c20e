"""Counting the score and the features of a window in fixed bins: from the rollups, and from rows where they end.

The score comes from the volumes, so that counts without rows are in it; a feature from its rollup by day, and where
the window has parts of days, or a slice, from the rows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import numpy as np
import pandas as pd

from analytics.drift import queries
from analytics.drift.results import Counted
from analytics.scope import Scope
from analytics.warehouse import bins, features
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.edges import Edges
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import source
from analytics.warehouse.selection import cut
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import detection_files, volume

SCORE = "score"
_WEIGHT = "sampling_weight"
_CELL = ["day", "feature", "bin", "n", "represented"]


def edges(reader: Reader, model: str | None, trace: Trace) -> tuple[Edges, ...]:
    """Return the bins of the score and of every feature of a model."""
    lower, _ = bins.edges()
    score = Edges(SCORE, True, inner=(float(np.nextafter(0, 1)), *lower[2:].tolist()))  # the first bin is the score 0
    found = trace.run(*queries.edges(model))
    named = zip(found["feature"], found["is_number"], found["inner_edges"], found["named"], strict=True)
    features = (Edges(f, bool(numeric), tuple(map(float, inner)), tuple(texts)) for f, numeric, inner, texts in named)
    return (score, *features)


def counted(reader: Reader, scope: Scope, edges: tuple[Edges, ...], trace: Trace) -> list[Counted]:
    """Return every column of a scope, counted by day."""
    window = cut(scope.since, scope.until, reader.snapshot.zone)
    if scope.where:
        parts = [_from_rows(reader, scope, edges, trace)]
    else:
        parts = [trace.run(*queries.cells(scope, window.first_day, window.end_day))]
        for since, until in window.edges:
            part = replace(scope, since=since.replace(tzinfo=UTC), until=until.replace(tzinfo=UTC))
            parts.append(_from_rows(reader, part, edges, trace))
    found = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    days = _dates(found["day"])
    every = found[found["feature"] == features.ALL_ROWS].groupby("day")[["n", "represented"]].sum()
    every = every.reindex(days, fill_value=0)
    by_feature = dict(iter(found.groupby("feature")))
    none = found.head(0)
    return [_score(reader, scope, edges[0], trace)] + [
        Counted(e, days, every["n"].to_numpy(dtype=float), _grid(by_feature.get(e.column, none), days, every, e.bins))
        for e in edges[1:]
    ]


def _grid(cells: pd.DataFrame, days: np.ndarray, every: pd.DataFrame, size: int) -> np.ndarray:
    """Return events by day and bin, those without a value last."""
    grid = np.zeros((len(days), size + 1))
    day, place = np.searchsorted(days, _dated(cells["day"])), cells["bin"].to_numpy(dtype=int)
    np.add.at(grid, (day, place), cells["represented"].to_numpy(dtype=float))
    total = every["represented"].to_numpy(dtype=float)
    missing = total - grid.sum(axis=1)
    grid[:, -1] = np.where(missing > 1e-9 * total, missing, 0.0)  # less is the rounding of sums
    return grid


def _score(reader: Reader, scope: Scope, edges: Edges, trace: Trace) -> Counted:
    cells = volume(reader, scope, trace.run, by="day")
    cells = cells[cells["score_bin"] != bins.NOT_TOLD]
    days = _dates(cells["by"])
    day, place = np.searchsorted(days, _dated(cells["by"])), cells["score_bin"].to_numpy(dtype=int)
    grid, rows = np.zeros((len(days), edges.bins + 1)), np.zeros(len(days))
    events, n = (cells[c].to_numpy(dtype=float) for c in ("represented", "n"))
    np.add.at(grid, (day, np.where(place == bins.UNSCORED, edges.bins, place)), events)
    np.add.at(rows, day, np.where(n > 0, n, events))  # an event that was only counted says as much as a row
    return Counted(edges, days, rows, grid)


def _dated(days: pd.Series) -> np.ndarray:
    return days.to_numpy(dtype="datetime64[D]")


def _dates(days: pd.Series) -> np.ndarray:
    """Return each day once, in order."""
    return np.unique(_dated(days))


def _from_rows(reader: Reader, scope: Scope, edges: tuple[Edges, ...], trace: Trace) -> pd.DataFrame:
    """Return cells as the rollup has them, counted from the rows of a scope."""
    _, present = detection_files(reader, scope, trace.run)
    wanted = [e for e in edges if e.column in present and e.column.startswith(FEATURE_PREFIX)]
    weight = _WEIGHT if _WEIGHT in present else "NULL"
    columns = ["occurred_at", *(e.column for e in wanted), *([_WEIGHT] if _WEIGHT in present else [])]
    table = source(reader, scope, columns, trace.run)
    if table is None or len(edges) == 1:
        return pd.DataFrame({c: [] for c in _CELL})
    found = []
    for e in (None, *wanted):
        sql, values = features.cells(table.sql, e, reader.snapshot.zone, weight)
        found.append(trace.run(sql, {**table.values, **values}))
    return pd.concat(found, ignore_index=True)
