"""Distances between two distributions that are given as counts in the same bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def psi(reference: Floats, current: Floats, rows: tuple[int, int] | None = None) -> float:
    """Return the population stability index, Σ (c − r) · ln(c ÷ r) over the shares r and c of the bins.

    It is the symmetrised Kullback–Leibler divergence (Jeffreys 1946) and infinite where a bin is empty on one side
    only. So half a row is added to every bin of both sides (the Krichevsky–Trofimov estimate of a share, 1981); bins
    that are empty on both are left out.

    Parameters
    ----------
    reference, current
        Events by bin.
    rows
        Rows that these events come from, where a row stands for more than one event.

    Returns
    -------
    float
        In nats; nan where a side has no events.
    """
    kept = (reference > 0) | (current > 0)
    if not reference.any() or not current.any():
        return float("nan")
    n = rows or (float(reference.sum()), float(current.sum()))
    r, c = (_shares(side[kept], of) for side, of in zip((reference, current), n, strict=True))
    return float(np.sum((c - r) * np.log(c / r)))


def _shares(events: Floats, rows: float) -> Floats:
    half = 0.5 * events.sum() / rows
    return (events + half) / (events + half).sum()


def ks(reference: Floats, current: Floats) -> tuple[float, float]:
    """Return between what bounds the Kolmogorov–Smirnov distance lies, the largest gap of two distribution functions.

    At the edges of the bins the gap is exact: the largest of these is the lower bound. Inside a bin the one function
    may have risen to its end where the other has not risen yet: that is the upper bound.

    Returns
    -------
    tuple of float
        Shares; nan where a side has no events.
    """
    if not reference.any() or not current.any():
        return float("nan"), float("nan")
    f, g = (np.concatenate([[0.0], np.cumsum(side) / side.sum()]) for side in (reference, current))
    most = np.maximum(f[1:] - g[:-1], g[1:] - f[:-1]).max()
    return float(np.abs(f - g).max()), float(min(most, 1.0))
