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


def ratio_of_days(
    later: ArrayLike,
    earlier: ArrayLike,
    later_kind: ArrayLike | None = None,
    earlier_kind: ArrayLike | None = None,
    level: float = 0.95,
) -> Difference:
    """Return how many times as much the later days hold as the earlier ones, a usual day against a usual day.

    Days are the sample: the interval of the ratio of geometric means comes from how days of one period differ,
    not from how many events they hold (Welch's t on logarithms). What kinds of days differ by, weekdays for example,
    is no change and no scatter either: least squares on kind and period, each period with a scatter of its own. Of
    one kind this is Welch's t exactly.

    Parameters
    ----------
    later, earlier : (days,) counts of whole days, each period with at least two days.
    later_kind, earlier_kind : (days,) the kind of each day, whole numbers from 0; all are of one where None.

    Returns
    -------
    Difference
        ``value`` is the ratio, 1 where nothing changed. nan throughout where a period is too short, or no kind has
        days of both.

    References
    ----------
    Welch (1947), Biometrika 34; Frisch & Waugh (1933), Econometrica 1 (the period from what the kinds leave over).
    """
    a, b = (np.log1p(np.asarray(x, dtype=np.float64)) for x in (later, earlier))
    kinds = (np.zeros(len(x)) if k is None else np.asarray(k) for x, k in ((a, later_kind), (b, earlier_kind)))
    kind, value = np.concatenate([*kinds]).astype(np.intp), np.concatenate([a, b])
    is_later = np.arange(len(value)) < len(a)
    held = np.maximum(np.bincount(kind), 1)
    value, period = (x - (np.bincount(kind, x) / held)[kind] for x in (value, is_later.astype(np.float64)))
    information = float(period @ period)
    if len(a) < 2 or len(b) < 2 or information <= 0:
        return Difference(*[float("nan")] * 4)
    change = float(period @ value) / information
    free = 1 - 1 / held[kind] - period**2 / information  # what of each day no fit has used up
    squares = (value - change * period) ** 2
    df = np.array([free[mine].sum() for mine in (is_later, ~is_later)])
    if df.min() < 1e-9:
        return Difference(*[float("nan")] * 4)
    scatter = np.where(is_later, squares[is_later].sum() / df[0], squares[~is_later].sum() / df[1])
    shares = scatter * period**2 / information**2
    return _ratio(change, np.array([shares[is_later].sum(), shares[~is_later].sum()]), df, level)


def _ratio(change: float, parts: NDArray[np.float64], df: NDArray[np.float64], level: float) -> Difference:
    """Return a ratio from its logarithm and what either period adds to its variance, with the degrees of freedom."""
    error = float(np.sqrt(parts.sum()))
    if error <= 1e-12:  # no day differs from another: rounding alone is no evidence
        change = 0.0 if abs(change) <= 1e-12 else change
        ratio = float(np.exp(change))
        return Difference(ratio, ratio, ratio, 1.0 if change == 0 else 0.0)
    welch = max(float(parts.sum() ** 2 / np.sum(parts**2 / df)), 1.0)
    reach = quantile(level, welch) * error
    p = float(2 * special.stdtr(welch, -abs(change) / error))
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
