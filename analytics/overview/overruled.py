"""Hours in which something else than the model acted: a rule that stops what the score lets pass.

The model is then neither right nor wrong; customers are stopped all the same, and no figure of the model shows it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.efficacy.queries import LABELLED_COLUMNS
from analytics.overview import happenings, queries
from analytics.overview.happenings import AROUND, Span
from analytics.overview.results import Happening
from analytics.overview.volumes import HOUR, Floats, Volumes
from analytics.scope import Scope
from analytics.warehouse import bins
from analytics.warehouse.rows import source
from analytics.warehouse.trace import Trace

TOGETHER = timedelta(days=1)
"""Hours of a rule that are no further apart belong together: it acts on what comes."""
COVERED = 0.9
"""Share of the events for which stored rows must stand, else what they alone tell is said of them alone."""
ONLY_FLAGS = ("shadow", "log")
"""Modes in which nothing is done."""


def spans(volumes: Volumes, ruled: pd.DataFrame) -> list[Span]:
    """Return the spans of one model in which far more than usual was acted on whatever its score, oldest first.

    Parameters
    ----------
    volumes
        Of the model.
    ruled
        The model's rows of ``queries.overruled``.
    """
    if ruled.empty or volumes.rows.empty:
        return []
    grid = volumes.grid
    x, rows, counted = (_hours(ruled, c, grid) for c in ("events", "rows", "counted"))
    noise = np.maximum(x - counted, 0.0) / np.sqrt(np.maximum(rows, 1.0))
    everywhere = frozenset(volumes.regions())
    found: list[Span] = []
    for a, b in happenings.stretches(happenings.storms(x, noise)):
        start, end = happenings.aware(grid[a]), happenings.aware(grid[b - 1]) + HOUR
        if found and start - found[-1].end <= TOGETHER:
            start = found.pop().start
        found.append(Span("overruled", start, end, everywhere))
    return found


def by_region(found: list[Happening], volumes: Volumes, ruled: pd.DataFrame) -> dict[str, Floats]:
    """Return what rules acted on hour by hour in the regions in which it is known to lie: no storm of alarms."""
    out: dict[str, Floats] = {}
    if not found:
        return out
    grid, every = volumes.grid, volumes.regions()
    x = _hours(ruled, "events", grid)
    for h in found:
        (region, *others) = h.regions or every
        if not others:
            out[region] = out.get(region, 0.0) + np.where(happenings.between(grid, h.start, h.end), x, 0.0)
    return out


def described(
    trace: Trace, volumes: Volumes, ruled: pd.DataFrame, span: Span, service: str, scope: Scope
) -> Happening | None:
    """Return a span with what acted, on what, how much, and what those say who judged it.

    None where one region is looked at and it cannot be said that all of it lies there.

    Parameters
    ----------
    volumes, ruled
        Of the model that the span was found in.
    scope
        The model, perhaps in one region; its window becomes that of the span.
    """
    grid = volumes.grid
    x = _hours(ruled, "events", grid)
    normal = np.nan_to_num(happenings.usual(x))
    inside = happenings.between(grid, span.start, span.end)
    around = happenings.between(grid, span.start - AROUND, span.end + AROUND)
    during = replace(scope, since=span.start, until=span.end, where=())
    # The edge of the threshold's bin, as the hours were counted: the threshold itself is for some eyes alone.
    below = float(bins.edges()[0][bins.bin_of(float(ruled["threshold"].iloc[0]))])
    stored, every = _by(trace, during, below)
    columns = set(trace.once(LABELLED_COLUMNS, {})["column_name"])
    known = trace.run(*queries.judged(during, columns, below)).iloc[0]
    regions = tuple(map(str, every["region"].unique()))
    if scope.where and scope.where != tuple(("region", r) for r in regions):
        return None
    alone = regions if len(regions) == 1 and regions[0] else ()
    events = float(x[inside].sum())
    return Happening(
        kind="overruled",
        service=service,
        scope=replace(during, where=tuple(("region", r) for r in alone)),
        start=span.start,
        end=span.end,
        ongoing=span.end > volumes.until - HOUR,
        regions=alone,
        peak=0.0,
        events=events,
        usual=float(normal[inside].sum()),
        reason=_most(stored, "rule"),
        disturbed=None,
        hours=pd.DataFrame({"hour": grid[around], "value": x[around], "usual": normal[around]}),
        counted="alarms",
        place=str(stored["application"].iloc[0]) if stored["application"].nunique() == 1 else "",
        partly=bool(stored["events"].sum() < COVERED * events),
        decision=_done(every),
        below=below,
        judged=int(known["n"]),
        right=int(known["attacks"]),
    )


def _by(trace: Trace, during: Scope, below: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what acted on the stored events, and these with the counted ones, of which less is told."""
    stored = pd.DataFrame({c: [] for c in ("rule", "application", "region", "decision", "mode", "events")})
    wanted = ["rule_hits", "application", "region", "decision", "mode", "score", "sampling_weight"]
    table = source(trace.reader, during, wanted, trace.run)
    if table is not None:
        stored = trace.run(*queries.overruled_rows(table, below))
    counted = trace.run(*queries.overruled_counts(during, below))
    return stored, pd.concat([part for part in (stored, counted) if len(part)] or [stored], ignore_index=True)


def _most(by: pd.DataFrame, column: str) -> str:
    """Return the value that stands behind most of the events; empty where none does."""
    events = by.groupby(column)["events"].sum()
    return str(events.idxmax()) if len(events) and 2 * events.max() > events.sum() else ""


def _done(by: pd.DataFrame) -> str:
    """Return what was done with all of them: a decision, or flag where nothing acts; empty: this and that."""
    flagged = by["mode"].isin(ONLY_FLAGS)
    if len(by) and flagged.all():
        return "flag"
    return str(by["decision"].iloc[0]) if by["decision"].nunique() == 1 and not flagged.any() else ""


def _hours(ruled: pd.DataFrame, column: str, grid: pd.DatetimeIndex) -> Floats:
    found = ruled.groupby("hour")[column].sum()
    found.index = pd.DatetimeIndex(found.index)
    return np.asarray(found.reindex(grid, fill_value=0), dtype=np.float64)
