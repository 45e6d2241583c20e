"""Alarms as the volumes count them, at any threshold: no label is needed, so no row of an audit stands for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy.facts import Totals
from analytics.efficacy.reading import Part
from analytics.warehouse.bins import edges, is_edge

Floats = NDArray[np.float64]


def above_edges(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower ends of the score bins and the events at or above each."""
    low, _ = edges()
    seen = part.seen[part.seen["score_bin"] >= 0]
    by_bin = np.bincount(
        seen["score_bin"].to_numpy(dtype=np.int64), seen["represented"].to_numpy(dtype=np.float64), len(low)
    )
    return low, np.cumsum(by_bin[::-1])[::-1]


def middle(around: Totals) -> float:
    """Return the events at or above a threshold; half of what its own score bin cannot tell apart counts."""
    return around.above + around.between / 2


def counted(part: Part) -> Callable[[Floats], Floats]:
    """Return what tells the events at or above thresholds below the one in force, as for a single threshold.

    From the one in force on the labelled alarms tell more than score bins: nan.
    """
    low, from_edge = above_edges(part)
    after = np.append(from_edge, 0.0)

    def above(thresholds: Floats) -> Floats:
        place = np.searchsorted(low, thresholds, side="right") - 1
        place[thresholds <= 0] = 0  # the score 0 has a bin of its own, and its lower end with the next one in common
        inside = (from_edge[place] + after[place + 1]) / 2  # the rollup cannot tell them apart in their bin
        found = np.where(low[place] == thresholds, from_edge[place], inside)
        if part.served is not None and not is_edge(part.served):
            for i in np.flatnonzero(place == np.searchsorted(low, part.served, side="right") - 1):
                found[i] = middle(part.totals(float(thresholds[i])))
        return np.where(thresholds < (np.inf if part.served is None else part.served), found, np.nan)

    return above
