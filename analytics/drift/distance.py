"""Distances between two distributions that are given as counts in the same bins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
FEWEST_DAYS = 14
"""Days of a reference below which they do not tell how days differ."""
ENOUGH = 0.9
"""Share of the drawn windows that must have events."""
FEWEST_LIKE = 4
"""Days of each weekday from which a weekday is drawn from its like."""


class Days(NamedTuple):
    """A window by day."""

    dates: NDArray[np.datetime64]
    """Shape (days,), unit day."""
    rows: Floats
    """Shape (days,)."""
    events: Floats
    """By bin, shape (days, bins)."""


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


def psi_by_chance(
    reference: Days, current: NDArray[np.datetime64], chance: np.random.Generator, draws: int = 400
) -> float | None:
    """Return what the population stability index stays below 95 times of 100 where nothing has changed.

    Both sides are drawn from the days of the reference, whole days with replacement: rows of one day are alike, and
    far fewer days than rows are what a window consists of (a bootstrap of blocks; Künsch 1989). Each weekday is drawn
    from its like, where the reference has FEWEST_LIKE of them: the week is no drift. Draws from m days vary too little
    by 1 − 1 ÷ m, which is put right.

    Parameters
    ----------
    reference
        Its days.
    current
        Dates of the days of the window that is compared.
    chance
        Where the draws come from.
    draws
        How many.

    Returns
    -------
    float or None
        In nats; None where the reference has fewer than FEWEST_DAYS days or hardly any events, or the window has no
        days.
    """
    found = _windows(reference, current, chance, draws, 0.5)
    if found is None:
        return None
    seen = reference.events.sum(axis=0) > 0
    r, c = (side[:, seen] for side in found)
    return float(np.quantile(((c - r) * np.log(c / r)).sum(axis=1), 0.95))


def shares_by_chance(
    reference: Days, current: NDArray[np.datetime64], chance: np.random.Generator, draws: int = 400
) -> Floats | None:
    """Return by how much each bin's share differs at most, 95 times of 100, where nothing has changed.

    Drawn as for ``psi_by_chance``, and None where that is; shape (bins,).
    """
    found = _windows(reference, current, chance, draws, 0.0)
    return None if found is None else np.quantile(np.abs(found[1] - found[0]), 0.95, axis=0)


def _windows(
    reference: Days, current: NDArray[np.datetime64], chance: np.random.Generator, draws: int, more: float
) -> tuple[Floats, Floats] | None:
    """Return the shares of drawn references and windows; None where days are too few to draw from."""
    if len(reference.dates) < FEWEST_DAYS or not len(current):
        return None
    kind, asked = (((dates.astype(np.int64) + 3) % 7) for dates in (reference.dates, current))  # Monday is 0
    if np.bincount(kind, minlength=7).min() < FEWEST_LIKE:
        kind, asked = np.zeros_like(kind), np.zeros_like(asked)
    sizes = np.bincount(kind), np.bincount(asked)
    then, now = (_drawn(reference, kind, size, chance, draws, more) for size in sizes)
    some = (then.sum(axis=1) > 0) & (now.sum(axis=1) > 0)
    return (then[some], now[some]) if some.mean() >= ENOUGH else None


def _drawn(
    days: Days,
    kind: NDArray[np.int64],
    sizes: NDArray[np.int64],
    chance: np.random.Generator,
    draws: int,
    more: float,
) -> Floats:
    """Return the shares of bins in windows drawn from days, so many of each kind; shape (draws, bins).

    ``more`` rows are added to every bin. A window that was drawn without any event has no shares: zeros.
    """
    events, rows = np.zeros((draws, days.events.shape[1])), np.zeros(draws)
    for i, size in enumerate(sizes):
        mine = kind == i
        m = int(mine.sum())
        drawn = chance.multinomial(size, np.full(m, 1 / m), draws) - size / m
        drawn = size / m + drawn * np.sqrt(m / max(m - 1, 1))
        events += drawn @ days.events[mine]
        # Of rows no day counts as less than none: one of very many, not drawn, would turn the sum's sign.
        some = np.maximum(drawn, 0.0)
        rows += size * (some @ days.rows[mine]) / np.maximum(some.sum(axis=1), 1e-12)
    events = np.maximum(events, 0.0)
    half = more * events.sum(axis=1) / np.maximum(rows, 1.0)
    found = events + half[:, None] * (days.events.sum(axis=0) > 0)
    total = found.sum(axis=1, keepdims=True)
    return np.divide(found, total, out=np.zeros_like(found), where=total > 0)


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


def jensen_shannon(reference: Floats, current: Floats) -> float:
    """Return the Jensen–Shannon distance, the root of the divergence in bits: 0 the same, 1 nothing in common.

    Parameters
    ----------
    reference, current
        Events by bin.

    Returns
    -------
    float
        nan where a side has no events.

    References
    ----------
    Lin (1991), IEEE Transactions on Information Theory 37; Endres & Schindelin (2003), ibid. 49 (the root).
    """
    if not reference.any() or not current.any():
        return float("nan")
    r, c = reference / reference.sum(), current / current.sum()
    m = (r + c) / 2
    divergence = sum(float(np.sum(special.rel_entr(side, m))) for side in (r, c)) / 2
    return float(np.sqrt(max(divergence, 0.0) / np.log(2)))


def wasserstein(inner: Floats, reference: Floats, current: Floats) -> float:
    """Return how far values have moved on average (Wasserstein-1), in widths of the reference's middle 80 %.

    Between edges the distribution functions are taken to be straight; what lies beyond the outer edges counts as if
    it lay on them, so a move far outside is told as less than it is.

    Parameters
    ----------
    inner
        Edges of the bins, ascending, shape (bins − 1,).
    reference, current
        Events by bin, shape (bins,).

    Returns
    -------
    float
        nan where a side has no events, or the middle of the reference is one value.
    """
    if not reference.any() or not current.any() or len(inner) < 2:
        return float("nan")
    f, g = (np.cumsum(side)[:-1] / side.sum() for side in (reference, current))
    low, high = np.interp([0.1, 0.9], f, inner)
    if not high - low > 1e-12 * (inner[-1] - inner[0]):  # an edge lies a hair below a value that most rows have
        return float("nan")
    a, b = (f - g)[:-1], (f - g)[1:]
    width = np.diff(inner)
    crossing = np.divide(a**2 + b**2, 2 * (np.abs(a) + np.abs(b)), out=np.zeros_like(a), where=a * b < 0)
    area = np.where(a * b < 0, crossing, (np.abs(a) + np.abs(b)) / 2)
    return float(np.sum(area * width) / (high - low))
