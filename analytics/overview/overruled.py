"""Hours in which something else than the model acted: a rule that stops what the score lets pass.

The model is then neither right nor wrong; customers are stopped all the same, and no figure of the model shows it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.efficacy.queries import LABELLED_COLUMNS
from analytics.overview import happenings, queries
from analytics.overview.happenings import AROUND, STORM, Span
from analytics.overview.results import Happening
from analytics.overview.volumes import HOUR, Floats, Volumes
from analytics.scope import Scope
from analytics.warehouse.rows import source
from analytics.warehouse.trace import Trace


def spans(volumes: Volumes, told: pd.DataFrame) -> list[Span]:
    """Return the spans of one model in which far more than usual was acted on whatever its score, oldest first.

    Parameters
    ----------
    volumes
        Of the model.
    told
        The model's rows of ``queries.overruled``.
    """
    if told.empty or volumes.rows.empty:
        return []
    grid = volumes.grid
    x, rows, counted = (_hours(told, c, grid) for c in ("events", "rows", "counted"))
    noise = np.maximum(x - counted, 0.0) / np.sqrt(np.maximum(rows, 1.0))
    everywhere = frozenset(volumes.regions())
    pairs = happenings.runs(happenings.storms(x, noise), 1)
    return [
        Span("overruled", happenings.aware(grid[a]), happenings.aware(grid[b - 1]) + HOUR, everywhere) for a, b in pairs
    ]


def explains(ruled: Span, storm: Span, volumes: Volumes, told: pd.DataFrame) -> bool:
    """Tell whether a storm of alarms is nothing but what the rule acted on."""
    if storm.kind != "storm" or storm.start >= ruled.end or ruled.start >= storm.end:
        return False
    mine, grid = volumes.of(storm.regions), volumes.grid
    inside = happenings.between(grid, storm.start, storm.end)
    acted, events = mine.hours("acted", grid), mine.hours("events", grid)
    rest = np.maximum(acted - _hours(told, "events", grid), 0.0)
    return all((x[inside] <= STORM * np.nan_to_num(happenings.usual(y)[inside])).all() for x, y in (
        (rest, acted), (events, events),
    ))  # fmt: skip


def described(
    trace: Trace, volumes: Volumes, told: pd.DataFrame, span: Span, service: str, scope: Scope
) -> Happening | None:
    """Return a span with what acted, on what, how much, and what those say who judged it.

    None where one region is looked at and it cannot be said that all of it lies there.

    Parameters
    ----------
    volumes, told
        Of the model that the span was found in.
    scope
        The model, perhaps in one region; its window becomes that of the span.
    """
    grid, threshold = volumes.grid, float(told["threshold"].iloc[0])
    x = _hours(told, "events", grid)
    normal = np.nan_to_num(happenings.usual(x))
    inside = happenings.between(grid, span.start, span.end)
    around = happenings.between(grid, span.start - AROUND, span.end + AROUND)
    during = replace(scope, since=span.start, until=span.end, where=())
    by = _by(trace, during, threshold)
    columns = set(trace.once(LABELLED_COLUMNS, {})["column_name"])
    known = trace.run(*queries.judged(during, columns, threshold)).iloc[0]
    regions = tuple(map(str, by["region"].unique()))
    if scope.where and scope.where != tuple(("region", r) for r in regions):
        return None
    return Happening(
        kind="overruled",
        service=service,
        scope=replace(during, where=scope.where),
        start=span.start,
        end=span.end,
        ongoing=span.end > volumes.until - HOUR,
        regions=regions if len(regions) == 1 and regions[0] else (),
        peak=0.0,
        events=float(x[inside].sum()),
        usual=float(normal[inside].sum()),
        reason=_most(by, "rule"),
        disturbed=None,
        hours=pd.DataFrame({"hour": grid[around], "value": x[around], "usual": normal[around]}),
        counted="alarms",
        place=str(by["application"].iloc[0]) if by["application"].nunique() == 1 else "",
        decision=_most(by, "decision"),
        judged=int(known["n"]),
        right=int(known["attacks"]),
    )


def _by(trace: Trace, during: Scope, threshold: float) -> pd.DataFrame:
    """Return what acted on the stored events; without any, nothing."""
    wanted = ["rule_hits", "application", "region", "decision", "score", "sampling_weight"]
    table = source(trace.reader, during, wanted, trace.run)
    if table is None:
        return pd.DataFrame(columns=["rule", "application", "region", "decision", "events"])
    return trace.run(*queries.overruled_by(table, threshold))


def _most(by: pd.DataFrame, column: str) -> str:
    """Return the value that stands behind most of the events; empty where none does."""
    events = by.groupby(column)["events"].sum()
    return str(events.idxmax()) if len(events) and 2 * events.max() > events.sum() else ""


def _hours(told: pd.DataFrame, column: str, grid: pd.DatetimeIndex) -> Floats:
    found = told.groupby("hour")[column].sum()
    found.index = pd.DatetimeIndex(found.index)
    values: NDArray[np.float64] = found.reindex(grid, fill_value=0).to_numpy(dtype=np.float64)
    return values
