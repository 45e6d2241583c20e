"""Whether two figures from different rows differ, by how much, and which of many differences to believe."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analytics.stats.clusters import quantile


class Difference(NamedTuple):
    """Later minus earlier (or later ÷ earlier, for a ratio), with its interval."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided probability of a difference at least as large if there were none."""


def difference(
    later: tuple[float, float, float], earlier: tuple[float, float, float], level: float = 0.95
) -> Difference:
    """Return the difference of two independent estimates from their intervals alone.

    Each side uses the arms of the intervals that point towards the other figure, so that skew is kept.

    Parameters
    ----------
    later, earlier
        value, low, high.
    level
        Of the given intervals and of the one returned.

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27 (MOVER, the method of variance estimates recovery).
    """
    (a, a_low, a_high), (b, b_low, b_high) = later, earlier
    value = a - b
    down = float(np.hypot(a - a_low, b_high - b))
    up = float(np.hypot(a_high - a, b - b_low))
    arm = down if value > 0 else up
    z = abs(value) / arm * quantile(level) if arm > 0 else (np.inf if value else 0.0)
    return Difference(value, value - down, value + up, float(2 * special.ndtr(-z)))


def ratio_of_days(later: ArrayLike, earlier: ArrayLike, level: float = 0.95) -> Difference:
    """Return how many times as much the later days hold as the earlier ones, a usual day against a usual day.

    Days are the sample: the interval of the ratio of geometric means comes from how days of one period differ,
    not from how many events they hold (Welch's t on logarithms).

    Parameters
    ----------
    later, earlier : (days,) counts of whole days, each period with at least two days.

    Returns
    -------
    Difference
        ``value`` is the ratio, 1 where nothing changed. nan throughout where a period is too short.

    References
    ----------
    Welch (1947), Biometrika 34.
    """
    a, b = (np.log1p(np.asarray(x, dtype=np.float64)) for x in (later, earlier))
    if len(a) < 2 or len(b) < 2:
        return Difference(*[float("nan")] * 4)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    change, error = float(a.mean() - b.mean()), float(np.sqrt(parts.sum()))
    if error <= 1e-12:  # no day differs from another: rounding alone is no evidence
        change = 0.0 if abs(change) <= 1e-12 else change
        ratio = float(np.exp(change))
        return Difference(ratio, ratio, ratio, 1.0 if change == 0 else 0.0)
    df = float(parts.sum() ** 2 / np.sum(parts**2 / (np.array([len(a), len(b)]) - 1)))
    reach = quantile(level, df) * error
    p = float(2 * special.stdtr(df, -abs(change) / error))
    return Difference(*(float(np.exp(x)) for x in (change, change - reach, change + reach)), p)


def turn(values: ArrayLike, least: int = 3) -> int | None:
    """Return the place from which counts of days differ most from those before it.

    The cut that explains most of how the logarithms of the counts differ: the largest k (n − k) ÷ n (x̄ₖ₊ − x̄ₖ₋)².
    It says where a change began that something else has found; every series has such a place.

    Parameters
    ----------
    values : (days,) counts.
    least
        Days that either side has at least.

    Returns
    -------
    int or None
        In least … days − least; None where there are too few days or all are alike.

    References
    ----------
    Scott & Knott (1974), Biometrics 30 (the partition of the largest sum of squares between).
    """
    x = np.log1p(np.asarray(values, dtype=np.float64))
    n = len(x)
    if n < 2 * least or float(np.ptp(x)) == 0:
        return None
    k = np.arange(least, n - least + 1)
    before = np.cumsum(x)[k - 1]
    between = k * (n - k) / n * ((x.sum() - before) / (n - k) - before / k) ** 2
    return int(k[np.argmax(between)])


def q_values(p: ArrayLike) -> NDArray[np.float64]:
    """Return the false discovery rate at which each of many tests would be called, nan staying nan.

    References
    ----------
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57.
    """
    p = np.asarray(p, dtype=np.float64)
    found = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if len(tested):
        order = tested[np.argsort(p[tested], kind="stable")]
        raw = p[order] * len(order) / np.arange(1, len(order) + 1)
        found[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return found
