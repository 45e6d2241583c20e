"""The detections nearest to one by what the model saw: by features, or by text where there are none.

Looked at are the SAMPLE rows before it and the SAMPLE behind it, whatever the size of the warehouse.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import numpy as np
import pandas as pd

from analytics.detections import queries
from analytics.detections.cursor import Cursor
from analytics.detections.filters import Filters
from analytics.detections.listing import JUDGED, Asked, ask, listed, rows_of
from analytics.detections.results import Nearest
from analytics.detections.walk import walk
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.finding import find
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import stored
from analytics.warehouse.trace import Trace

SAMPLE = 2_000
"""Rows before a detection, and as many behind it, among which the nearest are looked for."""
SEARCH_S = 2.0
LONGEST = 500
"""Characters of a text that are compared."""
LEAST = 0.2
"""Share of letter triples below which texts have little to do with each other."""
FAR = 5.0
"""Robust units at which a feature is as far as can be: one odd value does not outweigh all others."""
IQR_OF_NORMAL = 1.349
_OWN = ("case_id", "entity")
_DOING = "looking for the nearest detections"


def nearest(
    reader: Reader, scope: Scope, detection_id: str, k: int = 5, event_id: str | None = None
) -> Measured[Nearest]:
    """Return the detections of the same version that are nearest to one, beyond its own case and entity.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        As for ``similar``: its window holds, its slices do not.
    detection_id, event_id
        As for ``detection``.
    k
        How many at most.

    Returns
    -------
    Measured of Nearest
        By features: the mean over features of the distance in robust units (interquartile range ÷ 1.349 of the
        sample, at most FAR each). By text: the share of triples of letters that both have among those that either has
        (Jaccard), digits counted as alike, so that texts of one skeleton share all.

    Raises
    ------
    BadInput
        No model is named, or it has no such detection.
    """
    trace = Trace(reader)
    every = stored(reader, Scope(scope.model), trace.once)
    features = sorted(c for c in every.columns if c.startswith(FEATURE_PREFIX))
    wanted = ["payload", *_OWN, *features]
    row = find(every, scope, wanted, detection_id, event_id, trace, _DOING).iloc[0]
    scope = replace(scope, version=str(row["model_version"]), where=())
    asked = ask(reader, scope, Filters(), trace)
    numeric = [c for c in features if isinstance(row[c], int | float | np.number) and pd.notna(row[c])]
    text = str(row["payload"]) if every.visible("payload") and pd.notna(row["payload"]) else ""
    if not numeric and not text:
        return Measured(_none(asked), trace.provenance(scope))
    around = _around(asked, row, [*_OWN, *(numeric or ["payload"])])
    sample, looked = around, len(around)
    around = _beyond(around, row, [c for c in _OWN if every.visible(c)])
    if around.empty:
        return Measured(replace(_none(asked), looked=looked), trace.provenance(scope))
    near = (
        _by_features(around[numeric], row[numeric], sample[numeric]) if numeric else _by_text(around["payload"], text)
    )
    order = np.lexsort((around["event_id"].to_numpy(dtype=object), near if numeric else -near))[:k]
    order = order[np.isfinite(near[order])] if numeric else order[near[order] >= LEAST]
    rows = rows_of(asked, around.iloc[order], listed(asked.stored)) if len(order) else _none(asked).rows
    result = Nearest(
        rows.assign(near=near[order], alike="nearest"), "features" if numeric else "text", looked,
        _utc(around["occurred_at"].min()), _utc(around["occurred_at"].max()), len(numeric), len(around),
    )  # fmt: skip
    return Measured(result, trace.provenance(scope))


def _none(asked: Asked) -> Nearest:
    return Nearest(pd.DataFrame(columns=[*listed(asked.stored), *JUDGED, "near", "alike"]), "nothing", 0, None, None)


def _around(asked: Asked, row: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Return the rows before and behind a detection, with some columns."""
    at = Cursor("newest", _utc(row["occurred_at"]), str(row["event_id"]), str(row["model_version"]))
    deadline = perf_counter() + SEARCH_S
    ways = [
        walk(asked.selected, "newest", SAMPLE, replace(at, backwards=b), asked.trace, deadline).keys
        for b in (False, True)
    ]
    keys = pd.concat([w for w in ways if len(w)] or ways[:1], ignore_index=True)
    if keys.empty:
        return keys
    first, last = keys["occurred_at"].min().to_pydatetime(), keys["occurred_at"].max().to_pydatetime()
    spans = [(first, last + timedelta(microseconds=1))]
    source = asked.stored.source(["event_id", "occurred_at", "model_version", *columns], spans)
    if source is None:
        return keys.iloc[:0]
    rows = asked.trace.run(*queries.within(source, queries.during(spans), 4 * SAMPLE))
    return keys[["event_id", "score"]].merge(rows, on="event_id", how="inner").drop_duplicates("event_id")


def _beyond(around: pd.DataFrame, row: pd.Series, own: list[str]) -> pd.DataFrame:
    """Leave out the rows of the detection's own case and entity: these are listed anyway."""
    same = np.zeros(len(around), dtype=bool)
    for column in own if len(around) else []:
        if pd.notna(row[column]):
            same |= (around[column] == row[column]).to_numpy(dtype=bool, na_value=False)
    return around[~same]


def _by_features(rows: pd.DataFrame, one: pd.Series, sample: pd.DataFrame) -> np.ndarray:
    """Return how far rows are from one, in robust units of a sample; infinite where nothing tells them apart."""
    values, mine, every = (x.to_numpy(dtype=float) for x in (rows, one, sample))
    low, high = np.nanquantile(every, [0.25, 0.75], axis=0)
    scale = (high - low) / IQR_OF_NORMAL
    scale = np.where(scale > 0, scale, np.nanstd(every, axis=0))
    tells = scale > 0
    if not tells.any():
        return np.full(len(rows), np.inf)
    away = np.abs(values[:, tells] - mine[tells]) / scale[tells]
    return np.minimum(np.nan_to_num(away, nan=FAR), FAR).mean(axis=1)


def _by_text(texts: pd.Series, one: str) -> np.ndarray:
    """Return the share of triples of letters that texts have in common with one."""
    mine = _triples(one)
    found = []
    for text in texts:
        theirs = _triples(str(text)) if pd.notna(text) else set()
        either = len(mine | theirs)
        found.append(len(mine & theirs) / either if either else 0.0)
    return np.array(found)


def _triples(text: str) -> set[str]:
    plain = "".join("0" if c.isdigit() else c for c in f" {text[:LONGEST].casefold()} ")
    return {plain[i : i + 3] for i in range(len(plain) - 2)}


def _utc(time: pd.Timestamp) -> datetime:
    return time.to_pydatetime().replace(tzinfo=UTC)
