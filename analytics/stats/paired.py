"""Two detectors on the same rows: change of a rate, ratio of recalls, McNemar's test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analytics.stats.clusters import (
    case_codes,
    count_cases,
    dot,
    effective_cases,
    quantile,
    spread_of_mean,
    take,
    weights,
)
from analytics.stats.interval import Interval
from analytics.stats.intervals import nothing


def mcnemar(b: ArrayLike, c: ArrayLike, mid_p: bool = True) -> NDArray[np.float64] | np.float64:
    """Return the two-sided p-value of McNemar's test from the discordant pairs.

    Under no difference b is Binomial(b + c, ½). Exact: 2 P(X ≤ min(b, c)), at most 1; mid-p takes off
    P(X = min(b, c)), keeps its level in practice and is far less timid with few pairs.

    Parameters
    ----------
    b, c : rows that only the first, only the second, got right; arrays that broadcast.
    mid_p : mid-p (default) or exact.

    Returns
    -------
    array or float
        1 where there are no discordant pairs.

    References
    ----------
    McNemar (1947), Psychometrika 12; Fagerland, Lydersen & Laake (2013), BMC Medical Research Methodology 13.
    """
    b, c = np.broadcast_arrays(np.asarray(b, dtype=np.float64), np.asarray(c, dtype=np.float64))
    n, k = b + c, np.minimum(b, c)
    tail = special.bdtr(k, n.astype(np.int64), 0.5)
    p = np.minimum(2 * tail, 1.0)
    if mid_p:
        log_point = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        point = np.exp(log_point - n * np.log(2))
        p = np.where(b == c, 1.0, np.minimum(2 * tail - point, 1.0))
    return np.where(n == 0, 1.0, p)[()]


def paired_difference(
    a: NDArray,
    b: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
) -> Interval:
    """Return the difference of two rates on the same rows, mean of a − mean of b.

    Bonett and Price's adjusted Wald interval: with p₁₂, p₂₁ the shares where only a, only b is 1, one row is
    added to each, d̃ ± t √((p̃₁₂ + p̃₂₁ − d̃²) ÷ (n + 2)). With weights or cases n is the effective size,
    (p₁₂ + p₂₁ − d²) ÷ V, V from `clusters.spread_of_mean`; without a discordant row, Kish's number of cases.

    Parameters
    ----------
    a, b : (n,) 0/1 or bool.
    weight, case, level : as in `intervals.ratio`.

    Returns
    -------
    Interval
        In [−1, 1]; nan without rows.

    References
    ----------
    Bonett & Price (2012), Journal of Educational and Behavioral Statistics 37.
    """
    a, b = np.asarray(a).astype(np.float64), np.asarray(b).astype(np.float64)
    if weight is not None and (np.asarray(weight) <= 0).any():
        some = np.asarray(weight) > 0
        a, b, weight, case = a[some], b[some], take(weight, some), take(case, some)
    n = len(a)
    if n == 0:
        return nothing("paired")
    codes, size = case_codes(case, n)
    n_cases = count_cases(codes, size, n)
    h = weights(weight, n)
    h = h / h.sum()
    gap = a - b
    value, discordant = dot(h, gap), dot(h, gap * gap)
    spread = discordant - value * value
    n_effective = effective_cases(weight, codes, size, n)
    if np.ptp(gap) > 0:
        moved = spread_of_mean(gap - value, weight, codes, size)
        n_effective = float(n) if n_cases == n and weight is None else spread / moved.variance
    only_a, only_b = (discordant + value) / 2 * n_effective, (discordant - value) / 2 * n_effective
    p12, p21 = (only_a + 1) / (n_effective + 2), (only_b + 1) / (n_effective + 2)
    df = np.inf if n_cases == n and weight is None else n_cases - 1
    half = quantile(level, df) * np.sqrt((p12 + p21 - (p12 - p21) ** 2) / (n_effective + 2))
    low, high = max(float(p12 - p21 - half), -1.0), min(float(p12 - p21 + half), 1.0)
    method = "Bonett–Price" if n_cases == n else "Bonett–Price, cluster-robust"
    return Interval(value, min(low, value), max(high, value), n, n_cases, n_effective, method)


def recall_ratio(
    label: NDArray,
    flagged_a: NDArray,
    flagged_b: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
) -> Interval:
    """Return recall of a ÷ recall of b from attacks that either flags; no label below both is needed.

    The unknown number of all attacks cancels: Σ w y a ÷ Σ w y b. Interval on the log scale with the variance
    of the mean of a ÷ ā − b ÷ b̄ over the attacks that either flags, one discordant row added on either side
    as in `paired_difference`, so that two detectors that agree on 40 attacks are not called equal.

    Parameters
    ----------
    label : (n,) 0/1; only needs to be right where a or b flags.
    flagged_a, flagged_b : (n,) 0/1 or bool.
    weight, case, level : as in `intervals.ratio`.

    Returns
    -------
    Interval
        n counts the attacks that either flags. nan where b flags none; low 0 where a flags none.

    References
    ----------
    Pepe & Alonzo (2001), Biostatistics 2.
    """
    a, b = np.asarray(flagged_a).astype(bool), np.asarray(flagged_b).astype(bool)
    union = np.asarray(label).astype(bool) & (a | b)
    if weight is not None:
        union &= np.asarray(weight) > 0
    n = int(union.sum())
    found_a, found_b = a[union].astype(np.float64), b[union].astype(np.float64)
    weight, case = take(weight, union), take(case, union)
    h = weights(weight, n)
    h = h / max(float(h.sum()), 1e-300)
    share_a, share_b = dot(h, found_a), dot(h, found_b)
    if n == 0 or share_b == 0:
        return nothing("needs an attack that the second one flags", n)
    codes, size = case_codes(case, n)
    n_cases = count_cases(codes, size, n)
    both = share_a + share_b - 1
    only_a, only_b = share_a - both, share_b - both
    n_effective = effective_cases(weight, codes, size, n)
    if only_a + only_b > 1e-15 and share_a > 0:
        z = found_a / share_a - found_b / share_b
        # Multinomial variance of log(ā ÷ b̄) for one row: (only a + only b shares) ÷ (ā b̄).
        one_row = (2 - share_a - share_b) / (share_a * share_b)
        # One row more must not count less than a row of the weight that a thin sample rests on (Kish).
        if n_cases == n and weight is None:
            n_effective = float(n)
        elif (variance := spread_of_mean(z, weight, codes, size).variance) > 0:
            # Where the differences cancel within every case, the number of cases is all that is known.
            n_effective = min(one_row / variance, effective_cases(weight, None, n, n))
    share_a, share_b = (share * n_effective + 1 for share in (share_a, share_b))
    variance = (1 - both) * n_effective + 2
    half = quantile(level, n_cases - 1) * np.sqrt(variance / (share_a * share_b))
    middle = np.log(share_a / share_b)
    value = dot(h, found_a) / dot(h, found_b)
    low, high = float(np.exp(middle - half)), float(np.exp(middle + half))
    low = 0.0 if value == 0 else min(low, value)
    return Interval(value, low, max(high, value), n, n_cases, n_effective, "log, union labels")
