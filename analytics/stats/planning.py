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
_RUNS = 40
"""Audits that are thought through, their numbers of misses spread evenly over what may be found (Latin hypercube)."""


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
    room = np.floor(size)
    due = min(max(checks, len(size)), room.sum())
    found = np.clip(np.floor(due * share), 1, room)
    while found.sum() != due:  # rounding, and strata that are too small for their part
        gap = due - found.sum()
        open_ = np.flatnonzero(found < room if gap > 0 else found > 1)
        short = open_[np.argsort(np.sign(gap) * (found - due * share)[open_], kind="stable")]
        if abs(gap) <= len(short):
            found[short[: int(abs(gap))]] += np.sign(gap)
        else:
            each = np.floor(gap / len(short))
            found[short] = np.clip(found[short] + each, 1, room[short])
    return found.astype(np.int64)


def widths(caught: Total, audit: Audit, checks: NDArray, level: float = 0.95) -> Floats:
    """Return the widths of recall's interval with which ``_RUNS`` equally likely runs of an audit end.

    The misses found in a stratum are about Poisson; what they come to is what ``weighted.stratified_ratio`` makes of
    them: gamma for the misses, MOVER for the ratio with what was caught.

    Parameters
    ----------
    caught : attacks among the alarms with their interval.
    audit, checks : strata and the checks in each.
    """
    size, p, n = (np.asarray(a, dtype=np.float64) for a in (audit.events, audit.missed, checks))
    weight, total = size / np.maximum(n, 1), float(size.sum())
    effective = total**2 / float(np.sum(size * weight))
    k = _found(n * p, np.maximum(1 - n / size, 0.0) * (1 - p))
    missed = k @ weight
    mean = missed / total
    # As the estimator sees it, which knows the weights but not the strata: Σ w² (z − z̄)².
    square = weight**2
    spread = (k @ square) * (1 - mean) ** 2 + ((n @ square) - (k @ square)) * mean**2
    wide = (quantile(level, float(n.sum()) - 1) / quantile(level)) ** 2
    spread *= (1 - n.sum() / total) * wide
    jump = total / effective if n.sum() < total else 0.0
    most = total * -np.expm1(np.log1p(-level) / effective) if jump else 0.0
    ends = [_ends(caught, float(x), float(v), jump, most, level) for x, v in zip(missed, spread, strict=True)]
    return np.array([high - low for low, high in ends])


def _ends(caught: Total, found: float, variance: float, jump: float, most: float, level: float) -> tuple[float, float]:
    """Return the interval of recall where an audit finds what stands for ``found`` misses."""
    if found <= 0:
        return _share(caught, Total(0.0, 0.0, most), 0.0)
    v, tail = max(variance, 1e-12 * found * found), (1 - level) / 2
    low, high = (_mid_gamma(found, v, jump, chance) for chance in (tail, 1 - tail))
    return _share(caught, Total(found, min(low, found), max(high, found)), 0.0)


def _found(mean: Floats, narrower: Floats) -> Floats:
    """Return the misses found by run and stratum, the same for the same plan.

    ``narrower`` is what of a Poisson count's variance is left, as the sample is without replacement from shares
    that need not be small.
    """
    chance = np.random.default_rng(0)
    columns = []
    for m, part in zip(mean, narrower, strict=True):
        q = (chance.permutation(_RUNS) + 0.5) / _RUNS
        k = np.where(special.pdtr(0, m) >= q, 0.0, np.ceil(np.maximum(special.pdtrik(q, max(m, 1e-300)), 0.0) - 1e-9))
        columns.append(np.maximum(m + (k - m) * np.sqrt(part), 0.0) if part < 0.999 else k)
    return np.column_stack(columns)


def width_reached(caught: Total, audit: Audit, checks: NDArray, promise: float, level: float = 0.95) -> float:
    """Return the width of recall's interval that an audit does not exceed with the promised chance."""
    return float(np.quantile(widths(caught, audit, checks, level), promise, method="higher"))


def least_width(caught: Total, audit: Audit) -> float:
    """Return the width of recall's interval that is left when every event that passed has been looked at."""
    missed = float(np.sum(np.asarray(audit.events) * np.asarray(audit.missed)))
    low, high = _share(caught, Total(missed, missed, missed), 0.0)
    return high - low


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
    if least_width(caught, audit) > width:
        return None

    def fits(n: int) -> bool:
        return width_reached(caught, audit, allocated(audit, n), promise, level) <= width

    high = FEWEST
    while not fits(high):
        if high >= most:
            return None
        high = min(2 * high, most)
    low = max(high // 2, 1) if high > FEWEST else FEWEST
    while high - low > max(1, high // 100):  # to one percent: nobody plans by the single check
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
