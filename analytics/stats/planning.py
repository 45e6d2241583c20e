"""How many checks an audit needs before recall can be told to a wanted width, and what a clean one would show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analytics.stats.clusters import Floats, quantile
from analytics.stats.weighted import Total, _mid_gamma, _share

EVEN = 0.5
"""Share of the checks that is spread evenly, whatever is guessed: a wrong guess at most doubles the variance."""
FEWEST, MOST = 10, 1_000_000
"""Checks that are thought of."""
_LOOKED_AT = np.arange(1, 40) / 40
"""Chances at which the number of misses that an audit may find is looked at."""


class Audit(NamedTuple):
    """What is to be audited: strata by score of what passed."""

    events: Floats
    """Events in each stratum."""
    missed: Floats
    """Guessed share of attacks in each."""


def recall_if_none_found(
    caught: ArrayLike, unseen: ArrayLike, checks: ArrayLike, level: float = 0.95
) -> NDArray[np.float64] | np.float64:
    """Return the lower bound on recall that an audit shows which finds no missed attack.

    With m clean checks drawn evenly from N events, at most N (1 − (1 − level)^(1/m)) of them are attacks (exact
    binomial bound, the rule of three), so recall is at least T ÷ (T + that).

    Parameters
    ----------
    caught : attacks among the alarms, T, in events.
    unseen : events that passed, N.
    checks : events that are checked, m; at least 1.
    level : one-sided confidence.
    """
    t, n, m = (np.asarray(a, dtype=np.float64) for a in (caught, unseen, checks))
    missed = n * -np.expm1(np.log1p(-level) / m)
    return (t / (t + missed))[()]


def checks_if_none_found(caught: float, unseen: float, recall: float, level: float = 0.95) -> int:
    """Return how many clean checks show that recall is at least a value: the inverse of ``recall_if_none_found``.

    Parameters
    ----------
    recall : below 1.
    """
    share = min(caught * (1 - recall) / recall / unseen, 1 - 1e-12)
    return max(1, int(np.ceil(np.log1p(-level) / np.log1p(-share) - 1e-9)))


def allocated(audit: Audit, checks: int) -> NDArray[np.int64]:
    """Return the checks in each stratum: half of them evenly, half as Neyman's allocation to the guess says.

    Neyman: in proportion to N √(p (1 − p)). Every stratum with events gets at least one, none more than it has.

    References
    ----------
    Neyman (1934), Journal of the Royal Statistical Society 97; Cochran (1977), Sampling Techniques, 5.5.
    """
    size, p = np.asarray(audit.events, dtype=np.float64), np.asarray(audit.missed, dtype=np.float64)
    spread = size * np.sqrt(p * (1 - p))
    even = size / size.sum()
    share = EVEN * even + (1 - EVEN) * (spread / spread.sum() if spread.sum() else even)
    found = np.minimum(np.maximum(np.floor(checks * share), 1), np.floor(size))
    for h in np.argsort(-(checks * share - found)):  # what rounding left, and what a small stratum has no room for
        rest = checks - found.sum()
        if rest <= 0:
            break
        found[h] += min(rest if rest > len(size) else 1, np.floor(size[h]) - found[h])
    return found.astype(np.int64)


def widths(caught: Total, audit: Audit, checks: NDArray, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the ends of the intervals of recall that an audit may end with, at each of ``_LOOKED_AT``'s chances.

    The number of misses found is about Poisson; each gives the interval that ``weighted.stratified_ratio`` makes of
    it: gamma for the misses, MOVER for the ratio with what was caught.

    Parameters
    ----------
    caught : attacks among the alarms with their interval.
    audit, checks : strata and the checks in each.

    Returns
    -------
    (lower ends, upper ends)
    """
    size, p, n = (np.asarray(a, dtype=np.float64) for a in (audit.events, audit.missed, checks))
    weight, some = size / np.maximum(n, 1), n > 0
    left = np.where(n >= size, 0.0, 1 - n / size)
    # As the estimator sees it, which knows the weights but not the strata: Σ w² over the misses.
    variance = float(np.sum((weight * size * p * left)[some]))
    missed, total = float(np.sum(size * p)), float(size.sum())
    effective = total**2 / float(np.sum((size * weight)[some]))
    jump = total / effective * float(np.max(left))
    wide = (quantile(level, float(n.sum()) - 1) / quantile(level)) ** 2
    expected = missed**2 / variance if variance > 0 else 0.0
    most = total * -np.expm1(np.log1p(-level) / effective) if jump else 0.0
    k = _poisson(expected) if expected else np.zeros(len(_LOOKED_AT))
    ends = [_ends(caught, missed * x / expected if x else 0.0, variance * wide, jump, most, missed, level) for x in k]
    low, high = np.array(ends).T
    return low, high


def _ends(
    caught: Total, found: float, variance: float, jump: float, most: float, missed: float, level: float
) -> tuple[float, float]:
    """Return the interval of recall where an audit finds what stands for ``found`` misses."""
    if found <= 0:
        return _share(caught, Total(0.0, 0.0, most), 0.0)
    v, tail = max(variance * found / missed, 1e-12 * found * found), (1 - level) / 2
    low, high = (_mid_gamma(found, v, jump, chance) for chance in (tail, 1 - tail))
    return _share(caught, Total(found, min(low, found), max(high, found)), 0.0)


def _poisson(mean: float) -> Floats:
    """Return the quantiles of a Poisson count at ``_LOOKED_AT``."""
    k = np.ceil(np.maximum(special.pdtrik(_LOOKED_AT, mean), 0.0) - 1e-9)
    return np.where(special.pdtr(0, mean) >= _LOOKED_AT, 0.0, k)


def width_reached(caught: Total, audit: Audit, checks: NDArray, promise: float, level: float = 0.95) -> float:
    """Return the width of recall's interval that an audit does not exceed with the promised chance."""
    low, high = widths(caught, audit, checks, level)
    return float(np.quantile(high - low, promise, method="higher"))


def needed(caught: Total, audit: Audit, width: float, promise: float = 0.8, level: float = 0.95) -> int | None:
    """Return the fewest checks with which the interval of recall is no wider than wanted, with the promised chance.

    Parameters
    ----------
    width : from the lower to the upper end: 0.1 is ±5 points.

    Returns
    -------
    int or None
        None where not even MOST, or all events, would do: what was caught is too uncertain itself.
    """
    most = int(min(MOST, np.floor(np.asarray(audit.events)).sum()))

    def fits(n: int) -> bool:
        return width_reached(caught, audit, allocated(audit, n), promise, level) <= width

    high = FEWEST
    while not fits(high):
        if high >= most:
            return None
        high = min(2 * high, most)
    low = max(high // 2, 1) if high > FEWEST else FEWEST
    while high - low > max(1, high // 200):  # to half a percent: nobody plans by the single check
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
