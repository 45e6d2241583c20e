"""Is a score a probability: Brier score, expected calibration error, calibration table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analytics.stats.clusters import (
    Floats,
    Ints,
    case_codes,
    count_cases,
    dot,
    effective_cases,
    leverage,
    quantile,
    spread_of_mean,
    sums,
    take,
    weights,
)
from analytics.stats.interval import Interval
from analytics.stats.intervals import nothing
from analytics.stats.ranking import Ranking, rank, usable

DRAWS = 1000
"""Draws of the sampling error of the gaps; their own error on a 95 % interval end is about 3 % of its width."""


_TOGETHER = 8_192
"""Cases worked on at a time: their cells stay in the processor's cache."""


def brier(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
) -> Interval:
    """Return the mean of (score − label)², 0 is perfect.

    Interval on the logit scale with the variance of `clusters.spread_of_mean` and Student's t on (cases − 1)
    degrees of freedom.

    Parameters
    ----------
    label : (n,) 0/1; score : (n,) probability in [0, 1].
    weight, case, level : as in `intervals.ratio`.

    Returns
    -------
    Interval
        nan without rows. Where all rows have the same error the width comes from Kish's number of cases.

    References
    ----------
    Brier (1950), Monthly Weather Review 78.
    """
    label, score, weight, case = usable(label, score, weight, case)
    n = len(label)
    if n == 0:
        return nothing("logit")
    error = (score - label) ** 2
    codes, size = case_codes(case, n)
    h = weights(weight, n)
    value = dot(h, error) / float(h.sum())
    spread = spread_of_mean(error - value, weight, codes, size)
    variance = spread.variance
    n_effective = spread.n_effective(n)
    if variance <= 1e-24 or value >= 1:
        n_effective = effective_cases(weight, codes, size, n)
        far = 1 - (1 - level) ** (1 / n_effective)
        return Interval(value, value * (1 - far), value + (1 - value) * far, n, spread.n_cases, n_effective, "exact")
    half = quantile(level, spread.n_cases - 1) * np.sqrt(variance) / (value * (1 - value))
    low, high = special.expit(special.logit(value) + np.array([-half, half]))
    return Interval(value, float(low), float(high), n, spread.n_cases, n_effective, "logit")


def equal_mass_bins(score: NDArray, weight: NDArray | None, bins: int, order: Ranking | None = None) -> Ints:
    """Return the bin of every row: bins of equal weight by score, rows of one score always together.

    A bin closes with the score at which the weight so far reaches k ÷ bins; with many equal scores there are
    fewer bins than asked for. The codes rise with the score and may have gaps.
    """
    order = rank(np.zeros(len(score)), score, weight) if order is None else order
    rising = order.threshold[::-1]
    mass = np.cumsum((order.attacks + order.benign)[::-1])
    share = np.arange(1, bins) * (mass[-1] / bins)
    ends = np.searchsorted(mass, np.ceil(share) if weight is None else share * (1 - 1e-12))
    edges = rising[np.minimum(ends, len(rising) - 1)]
    return np.searchsorted(edges, order.threshold, side="left")[order.place].astype(np.int64, copy=False)


def ece(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    bins: int = 15,
    above: float | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    order: Ranking | None = None,
) -> Interval:
    """Return the expected calibration error Σ_b W_b |rate_b − mean score_b| ÷ W over bins of equal weight.

    Chance alone makes it positive: with n rows in B bins about √(2 B p(1 − p) ÷ π n) where the score is
    perfectly calibrated, so small samples look worse than they are. The interval allows for that. The signed
    gaps g_b = Σ_{i∈b} w(y − s) ÷ W are normal with a covariance S taken from rows, or from cases; the interval
    holds the true values λ Σ|ĝ_b| under which an error as seen is not unusual: between the (1 − level) ÷ 2 tails
    of Σ|λ ĝ_b + N(0, S)_b|, drawn with a fixed seed; its upper end is at least that of |mean y − mean s|, which
    the error cannot be below. It starts at 0 where perfect calibration would do. With cases S is raised until
    the variance of mean y − mean s is that of `clusters.spread_of_mean`.

    Parameters
    ----------
    label : (n,) 0/1; score : (n,) probability in [0, 1].
    weight, case, level : as in `intervals.ratio`.
    bins : number of bins of equal weight.
    above : only rows with score ≥ above (calibration where it acts); None for all.
    order : what `ranking.rank` gives for these rows, where it is at hand; not with ``above``.

    Returns
    -------
    Interval
        nan without rows.

    References
    ----------
    Kumar, Liang & Ma (2019), NeurIPS 32 (bias of the plug-in); Nixon et al. (2019), CVPR workshops (equal mass).
    """
    label, score, weight, case = _acting(label, score, weight, case, above)
    n = len(label)
    if n == 0:
        return nothing("inversion over bins")
    place = equal_mass_bins(score, weight, bins, order)
    h = weights(weight, n)
    h = h / h.sum()
    gap = label - score
    signed = sums(place, h * gap, bins)
    value = float(np.abs(signed).sum())
    codes, size = case_codes(case, n)
    n_cases = count_cases(codes, size, n)
    spread = _covariance(h, gap, place, signed, codes if n_cases < n else None, size)
    if n_cases < n:
        robust = spread_of_mean(gap - signed.sum(), weight, codes, size).variance
        spread *= max(robust / max(float(spread.sum()), 1e-300), 1.0)
    roots = np.linalg.eigh(spread)
    factor = roots.eigenvectors * np.sqrt(np.maximum(roots.eigenvalues, 0.0))
    widen = quantile(level, n_cases - 1) / quantile(level)
    noise = widen * np.random.default_rng(20_240_901).standard_normal((DRAWS, bins)) @ factor.T
    low, high = _invert(signed, noise, value, level)
    overall = abs(float(signed.sum())) + widen * quantile(level) * float(np.sqrt(max(spread.sum(), 0.0)))
    high = min(max(high, overall), 1.0)
    trace = float(np.trace(spread))
    n_effective = min(float(np.mean(gap * gap)) / trace, float(n)) if trace > 0 else float(n)
    return Interval(value, low, high, n, n_cases, n_effective, "inversion over bins")


def _acting(
    label: NDArray, score: NDArray, weight: NDArray | None, case: NDArray | None, above: float | None
) -> tuple[NDArray, NDArray, NDArray | None, NDArray | None]:
    """Return the rows with weight whose score is at least ``above``."""
    label, score, weight, case = usable(label, score, weight, case)
    if above is None:
        return label, score, weight, case
    acts = score >= above
    return label[acts], score[acts], take(weight, acts), take(case, acts)


def _covariance(
    h: Floats, gap: Floats, place: Ints, signed: Floats, codes: Ints | None, size: int
) -> NDArray[np.float64]:
    """Return the covariance of the signed gaps g_b (rows, or cases with the CR2 correction, are independent)."""
    bins = len(signed)
    if codes is None:
        # Row i moves g_b by h_i (gap_i 1[b] − g_b).
        squared = sums(place, h * h * gap * gap, bins)
        crossed = sums(place, h * h * gap, bins)
        outer = np.outer(crossed, signed)
        return np.diag(squared) - outer - outer.T + dot(h, h) * np.outer(signed, signed)
    seen = sums(codes, None, size) > 0
    compact = np.cumsum(seen) - 1
    held = sums(codes, h, size)[seen]
    raised = leverage(held)
    cells = sums(compact[codes] * bins + place, h * gap, len(held) * bins).reshape(-1, bins)
    spread = np.zeros((bins, bins))
    for start in range(0, len(held), _TOGETHER):
        some = slice(start, start + _TOGETHER)
        moved = (cells[some] - np.outer(held[some], signed)) * raised[some, None]
        spread += moved.T @ moved
    return spread


def _invert(signed: Floats, noise: Floats, value: float, level: float) -> tuple[float, float]:
    """Return the true errors λ Σ|signed| under which the seen ``value`` is in neither tail."""
    tail = (1 - level) / 2
    if value <= 0:
        return 0.0, float(np.quantile(np.abs(noise).sum(axis=1), level))

    def seen_more(scale: float) -> float:
        """Return the chance of an error of at least ``value`` where the truth is scale × signed."""
        return float(np.mean(np.abs(scale * signed + noise).sum(axis=1) >= value))

    def where(target: float, low: float, high: float) -> float:
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if seen_more(middle) < target else (low, middle)
        return (low + high) / 2

    most = 1.0
    while seen_more(most) < 1 - tail and most < 1e6:
        most *= 2
    low = 0.0 if seen_more(0.0) >= tail else where(tail, 0.0, 1.0)
    high = where(1 - tail, 0.0, most) if seen_more(0.0) < 1 - tail else 0.0
    return min(low * value, value), min(max(high * value, value), 1.0)
