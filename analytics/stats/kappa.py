"""Agreement of two judges beyond chance: Cohen's kappa."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.stats.clusters import quantile
from analytics.stats.interval import Interval
from analytics.stats.intervals import nothing


def cohen_kappa(first: NDArray, second: NDArray, level: float = 0.95) -> Interval:
    """Return Cohen's kappa of two judgements of the same things, (p_o − p_e) ÷ (1 − p_e).

    Parameters
    ----------
    first, second : (n,) categories of any kind.
    level : of the normal interval, cut to [−1, 1].

    Returns
    -------
    Interval
        nan where nothing was judged twice, or where both only ever use one and the same category: agreement by
        chance is then certain, and kappa says nothing.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20; Fleiss, Cohen & Everitt (1969), Psychological
    Bulletin 72 (variance).
    """
    n = len(first)
    if n == 0:
        return nothing("Cohen's kappa")
    codes = np.unique(np.concatenate([np.asarray(first), np.asarray(second)]), return_inverse=True)[1]
    size = int(codes.max()) + 1
    table = np.bincount(codes[:n] * size + codes[n:], minlength=size * size).reshape(size, size) / n
    row, column = table.sum(axis=1), table.sum(axis=0)
    agreed, chance = float(np.trace(table)), float(row @ column)
    if chance >= 1:
        return nothing("Cohen's kappa", n)
    kappa = (agreed - chance) / (1 - chance)
    diagonal = np.diag(table) @ (1 - (row + column) * (1 - kappa)) ** 2
    away = table * (column[:, None] + row[None, :]) ** 2
    off = (1 - kappa) ** 2 * (away.sum() - np.trace(away))
    variance = (diagonal + off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    half = quantile(level) * float(np.sqrt(max(variance, 0.0)))
    return Interval(kappa, max(kappa - half, -1.0), min(kappa + half, 1.0), n, n, float(n), "Cohen's kappa, normal")
