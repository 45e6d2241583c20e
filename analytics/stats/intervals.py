"""Intervals of rates: one proportion, and a ratio over weighted rows that come in cases."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analytics.stats.clusters import case_codes, count_cases, dot, effective_cases, quantile, spread_of_mean, take
from analytics.stats.interval import Interval

NAN = float("nan")


def nothing(method: str, n: int = 0) -> Interval:
    """Return the interval of something that is not defined (empty denominator, one class only)."""
    return Interval(NAN, NAN, NAN, n, 0, 0.0, method)


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95, df: float = np.inf) -> tuple[NDArray, NDArray]:
    """Return Wilson's score interval of a proportion.

    (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) ÷ (1 + z²/n), with Student's t for z where ``df`` is given.

    Parameters
    ----------
    k, n : arrays that broadcast
        Successes and trials; fractions are allowed (effective sample sizes).
    level : confidence level, two-sided.
    df : degrees of freedom of the variance behind n.

    Returns
    -------
    low, high : arrays in [0, 1]; nan where n = 0.

    References
    ----------
    Wilson (1927), JASA 22; Brown, Cai & DasGupta (2001), Statistical Science 16.
    """
    k, n = np.broadcast_arrays(np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64))
    z2 = quantile(level, df) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(n > 0, k / n, np.nan)
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = np.where(k <= 0, np.where(n > 0, 0.0, np.nan), middle - half)
    high = np.where(k >= n, np.where(n > 0, 1.0, np.nan), middle + half)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def clopper_pearson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[NDArray, NDArray]:
    """Return the exact (Clopper–Pearson) interval of a proportion.

    Quantiles of Beta(k, n − k + 1) and Beta(k + 1, n − k): never below its level, often above.

    Parameters
    ----------
    k, n : arrays that broadcast
        Successes and trials; fractions are allowed.
    level : confidence level, two-sided.

    Returns
    -------
    low, high : arrays in [0, 1]; nan where n = 0.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26.
    """
    k, n = np.broadcast_arrays(np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64))
    tail = (1 - level) / 2
    some = n > 0
    low, high = np.where(some, 0.0, np.nan), np.where(some, 1.0, np.nan)
    lower, upper = some & (k > 0), some & (k < n)
    low[lower] = special.betaincinv(k[lower], n[lower] - k[lower] + 1, tail)
    high[upper] = special.betaincinv(k[upper] + 1, n[upper] - k[upper], 1 - tail)
    return low, high


def ratio(
    numerator: NDArray,
    denominator: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
) -> Interval:
    """Return the rate Σ w·num ÷ Σ w·den with an interval that knows weights and cases.

    Independent rows of equal weight: Wilson. Else Wilson on the effective sample size p(1 − p) ÷ V, V being
    the variance of `clusters.spread_of_mean` on num − p, and with Student's t on (cases − 1) degrees of
    freedom. Where all rows agree, cases are taken as the units (Kish's effective number of them): no miss in
    41,000 requests of 220 campaigns is evidence of at most 220 rows, and no interval has width 0.
    Singleton cases of equal weight give exactly the simple case.

    Parameters
    ----------
    numerator, denominator : (n,) 0/1 or bool
        num ≤ den; rows with den = 0 contribute to nothing.
    weight : (n,) or None for 1; sampling weight ÷ inclusion probability.
    case : (n,) integer codes or None.

    Returns
    -------
    Interval
        n counts rows with den = 1, n_cases the distinct cases among them; nan where there are none.

    References
    ----------
    Korn & Graubard (1998), Survey Methodology 24 (effective sample size). Wilson on it was chosen by
    `bench/interval_hit_rates.py`.
    """
    inside = np.asarray(denominator).astype(bool)
    hits = np.asarray(numerator)[inside].astype(np.float64)
    w, c = take(weight, inside), take(case, inside)
    if w is not None and (w <= 0).any():
        positive = w > 0
        hits, w, c = hits[positive], w[positive], take(c, positive)
    n = len(hits)
    if n == 0:
        return nothing("wilson")
    equal = w is None or float(np.ptp(w)) <= 1e-12 * float(w[0])
    codes, size = case_codes(c, n)
    n_cases = count_cases(codes, size, n)
    if equal and n_cases == n:
        low, high = wilson(hits.sum(), n, level)
        return Interval(float(hits.mean()), float(low), float(high), n, n, float(n), "wilson")
    p = float(hits.mean()) if w is None else dot(w, hits) / float(w.sum())
    if hits.all():
        p = 1.0
    if hits.any() and not hits.all():
        n_effective = p * (1 - p) / spread_of_mean(hits - p, w, codes, size).variance
    else:
        n_effective = effective_cases(w, codes, size, n)
    low, high = wilson(p * n_effective, n_effective, level, n_cases - 1)
    method = "wilson, weighted" if n_cases == n else "wilson, cluster-robust"
    return Interval(p, min(float(low), p), max(float(high), p), n, n_cases, n_effective, method)


def f1(
    label: NDArray,
    flagged: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
) -> Interval:
    """Return F1 = 2 tp ÷ (2 tp + fp + fn) with its interval.

    F1 = 2J ÷ (1 + J) grows with the Jaccard index J = tp ÷ (tp + fp + fn), which is a plain rate over the
    rows that are attacks or flagged; the interval is that of J, carried over.

    Parameters
    ----------
    label, flagged : (n,) 0/1 or bool.
    weight, case, level : as in `ratio`.

    Returns
    -------
    Interval
        n counts the rows that are attacks or flagged.
    """
    label, flagged = np.asarray(label).astype(bool), np.asarray(flagged).astype(bool)
    jaccard = ratio(label & flagged, label | flagged, weight, case, level)
    ends = (2 * x / (1 + x) for x in jaccard[:3])
    return Interval(*ends, *jaccard[3:6], f"{jaccard.method}, through the Jaccard index")
