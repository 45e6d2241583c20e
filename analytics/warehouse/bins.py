"""Score bins of the volume rollups: fixed for ever, so that batches and engines add up.

The 1/1000 grid, and within its two end cells 99 log-spaced bins each, since real guards work at .998954 and
.006012. Bins are numbered upwards with the score: 0 is the score 0, 1 to 99 lie in (0, .001), 100 to 1097 are
[k/1000, (k+1)/1000) for k = 1 to 998, 1098 to 1196 lie in [.999, 1), 1197 is the score 1. -1 is unscored.
"""

from __future__ import annotations

import math

import numpy as np

UNSCORED = -1
NOT_TOLD = -2
"""Bin of counted events that were scored, whose count does not say how."""
_LOG, _GRID, _HIGH, LAST = 99, 100, 1098, 1197
_PER_DECADE = 11
"""99 bins over the nine decades from 1e-12 to 1e-3."""


def bin_sql(score: str) -> str:
    """Return SQL for the bin of a score expression.

    ``floor(score * 1000)`` alone puts .57 below itself; one comparison each way with k/1000 mends that, so a
    grid edge is exactly an edge.
    """
    k = f"cast(floor({score} * 1000) AS INTEGER)"
    grid = f"({k} + cast({score} >= ({k} + 1) / 1000 AS INTEGER) - cast({score} < {k} / 1000 AS INTEGER))"
    low = f"1 + greatest(0, least(98, cast(floor((log10({score}) + 12) * {_PER_DECADE}) AS INTEGER)))"
    high = f"{_HIGH} + greatest(0, least(98, cast(floor((-3 - log10(1 - {score})) * {_PER_DECADE}) AS INTEGER)))"
    return (
        f"cast(CASE WHEN {score} IS NULL THEN {UNSCORED} WHEN {score} <= 0 THEN 0 WHEN {score} >= 1 THEN {LAST} "
        f"WHEN {score} < 0.001 THEN {low} WHEN {score} >= 0.999 THEN {high} ELSE 99 + {grid} END AS SMALLINT)"
    )


def edges() -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper score of the bins 0 to LAST, each of shape (1198,)."""
    steps = np.arange(_LOG) / _PER_DECADE
    low = np.concatenate([[0.0, 0.0], 10 ** (-12 + steps[1:])])
    grid = np.arange(1, 999) / 1000
    high = np.concatenate([[0.999], 1 - 10 ** (-3 - steps[1:])])
    lower = np.concatenate([low, grid, high, [1.0]])
    return lower, np.append(lower[1:], 1.0)


def is_edge(threshold: float) -> bool:
    """Return whether a threshold is exactly the lower end of a bin: counts above it are exact."""
    return threshold in (0.0, 1.0) or (0.001 <= threshold <= 0.999 and round(threshold * 1000) / 1000 == threshold)


def bin_of(score: float) -> int:
    """Return the bin of one score; the same steps as ``bin_sql``."""
    if score <= 0:
        return 0
    if score >= 1:
        return LAST
    if score < 0.001:
        return 1 + max(0, min(98, math.floor((math.log10(score) + 12) * _PER_DECADE)))
    if score >= 0.999:
        return _HIGH + max(0, min(98, math.floor((-3 - math.log10(1 - score)) * _PER_DECADE)))
    k = math.floor(score * 1000)
    return 99 + k + (score >= (k + 1) / 1000) - (score < k / 1000)
