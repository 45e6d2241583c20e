"""Counting a list: from the labelled rows, from the rollups, or, where there are few, from the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.detections import queries
from analytics.detections.filters import NONE, OTHER, Filters
from analytics.detections.listing import Asked
from analytics.detections.results import Count
from analytics.warehouse.bins import UNSCORED, bin_of, is_edge
from analytics.warehouse.volume import volume

CHEAP = 1_000_000
"""Rows that are read only to be counted, at most."""
BY_TEXT = "Text was looked for, and detections that hold it are counted only as they are found."
TOO_MANY = "Only the single detections tell, and there are too many of them to be read for a count."


def counted(asked: Asked) -> Count:
    """Return how many detections are listed."""
    selected = asked.selected
    f = selected.filters
    if selected.stored.files.empty:
        return Count(0, "")
    if f.by_label and f.label != "undetermined" and queries.known_of_labelled(f) == f:
        return Count(_n(asked.trace.run(*queries.count_labelled(selected.labelled))), "")
    if f.label in ("any", "unlabelled") and queries.known_of_labelled(f) == f and f.case_id is None:
        cells = _cells(asked)
        if cells is not None:
            every = int(cells["n"].sum())
            known = _n(asked.trace.run(*queries.count_labelled(selected.labelled))) if f.label == "unlabelled" else 0
            return Count(every - known, "")
    if f.find is not None:
        return Count(None, BY_TEXT)
    rows = asked.trace.run(*queries.hours(queries.rolled(selected.scope, Filters(), regions=True)))["n"].sum()
    if rows > CHEAP:
        return Count(None, TOO_MANY)
    source = selected.stored.source(selected.columns)
    return Count(_n(asked.trace.run(*queries.count(source, selected.where))) if source else 0, "")


def _n(found: pd.DataFrame) -> int:
    return int(found["n"].iloc[0])


def _cells(asked: Asked) -> pd.DataFrame | None:
    """Return the cells of the volume that a filter without a label selects; None where cells are too wide for it."""
    f, scope = asked.selected.filters, asked.selected.scope
    ends = [s for s in (f.score_from, f.score_to, f.threshold) if s is not None]
    if not all(map(is_edge, ends)) or (f.part is not None and scope.where):
        return None
    reader, run = asked.stored.reader, asked.trace.run
    if f.part is None:
        found = volume(reader, scope, run)
    elif f.part[1] == OTHER:
        found = volume(reader, scope, run, by=f.part[0])
        found = found[found["by"] == OTHER]
    elif f.part[1] == NONE:
        return None
    else:
        found = volume(reader, replace(scope, where=(f.part,)), run)
    return found[_kept(found, f)]


def _kept(cells: pd.DataFrame, f: Filters) -> np.ndarray:
    """Return which cells a filter selects; the ends of its scores are edges of score bins."""
    bins = cells["score_bin"].to_numpy(dtype=np.int64)
    keep = np.ones(len(cells), dtype=bool)
    for low in (f.score_from, f.threshold if f.flagged else None):
        if low is not None:
            keep &= bins >= bin_of(low)
    for high in (f.score_to, f.threshold if f.flagged is False else None):
        if high is not None:
            keep &= (bins < bin_of(high)) & (bins > UNSCORED)
    if f.scored is not None:
        keep &= (bins > UNSCORED) == f.scored
    if f.decision is not None:
        keep &= cells["decision"].to_numpy(dtype=object) == f.decision
    return keep
