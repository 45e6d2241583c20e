"""Whether a weekly share changed at one point in time, by more than weeks differ anyway."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST = 3
"""Weeks that either side of a split has at least."""
ENOUGH = 10
"""Weeks from which a split can be told from chance: of fewer, too many orders look as clear by chance."""
RATE = 0.015
"""How often a split is called where nothing changes: with two figures, and first against last, 5 % at most."""
ALONE = 0.05
"""How often one split that something else named is called where nothing changes."""
PAIR = 2
"""Weeks that either side of a split has at least where intervals, or something else, tell its place."""
_ORDERS = 4999
_SUREST = 0.25
"""Reach of the surest week as a share of the median one's, at least: no single week decides."""


class Turn(NamedTuple):
    """The best single split of a series of weeks."""

    place: int
    """The first week of the later part."""
    before: float
    after: float
    """Means of both parts, each week counting alike."""


def turn(shares: ArrayLike, reaches: ArrayLike) -> Turn | None:
    """Return where a series of weeks turned; None where it did not beyond chance, or there are fewer than ``ENOUGH``.

    The split that explains most is compared with the best split of the same weeks in random orders, so that having
    looked at every split is allowed for. How far weeks scatter is seen from themselves; of their intervals only how
    wide they are against each other counts. Twice, and both must be clear: with the weeks as they are, which is right
    where weeks truly differ from each other, and with each by how sure it is, which is right where some rest on few
    labels. Weeks must have nothing to do with each other while nothing changes: what swings slowly is called too.

    Parameters
    ----------
    shares : (weeks,) in the order of time.
    reaches : (weeks,) half the width of their intervals.

    References
    ----------
    Scott & Knott (1974), Biometrics 30 (the split); Phipson & Smyth (2010), Statistical Applications in Genetics and
    Molecular Biology 9 (the probability from random orders).
    """
    x, reach = np.asarray(shares, dtype=np.float64), np.asarray(reaches, dtype=np.float64)
    if len(x) < ENOUGH or np.ptp(x) == 0:
        return None
    reach = np.maximum(reach, _SUREST * np.median(reach))
    places = np.arange(LEAST, len(x) - LEAST + 1)
    if not _clear(x, reach, places, RATE):
        return None
    return _turn(x, int(places[np.argmax(_explained(x[None], np.ones(len(x)), places))]))


def turn_at(shares: ArrayLike, reaches: ArrayLike, place: int) -> Turn | None:
    """Return the split of a series of weeks at a place that another series named; None where it is not beyond chance.

    As ``turn``, but one place is looked at and no other, so fewer weeks tell.

    Parameters
    ----------
    shares, reaches : as in ``turn``.
    place : the first week of the later part.
    """
    x, reach = np.asarray(shares, dtype=np.float64), np.asarray(reaches, dtype=np.float64)
    if not PAIR <= place <= len(x) - PAIR or np.ptp(x) == 0:
        return None
    reach = np.maximum(reach, _SUREST * np.median(reach))
    return _turn(x, place) if _clear(x, reach, np.array([place]), ALONE) else None


def step(shares: ArrayLike, lows: ArrayLike, highs: ArrayLike) -> Turn | None:
    """Return the one place where all intervals before lie below, or above, all after; None where it is none or several.

    Stricter than that the intervals of the first and the last week do not overlap; it tells the place as well.
    """
    x, low, high = (np.asarray(a, dtype=np.float64) for a in (shares, lows, highs))
    places = range(PAIR, len(x) - PAIR + 1)
    apart = [k for k in places if high[:k].max() < low[k:].min() or low[:k].min() > high[k:].max()]
    return _turn(x, apart[0]) if len(apart) == 1 else None


def _turn(x: NDArray[np.float64], place: int) -> Turn:
    return Turn(place, float(x[:place].mean()), float(x[place:].mean()))


def _clear(x: NDArray[np.float64], reach: NDArray[np.float64], places: NDArray[np.int64], rate: float) -> bool:
    """Tell whether the best of some splits is beyond chance, with the weeks as they are and by how sure each is."""
    return not (_chance(x, np.ones(len(x)), places) > rate or (reach.all() and _chance(x, reach, places) > rate))


def _chance(x: NDArray[np.float64], reach: NDArray[np.float64], places: NDArray[np.int64]) -> float:
    """Return how often the best split of weeks in random orders explains as much; how sure a week is stays in place."""
    apart = (x - np.average(x, weights=reach**-2)) / reach
    orders = np.random.default_rng(0).permuted(np.tile(apart, (_ORDERS, 1)), axis=1)
    mine, best = (_explained(a * reach, reach, places).max(axis=1) for a in (apart[None], orders))
    return float((1 + np.count_nonzero(best >= mine * (1 - 1e-9))) / (1 + _ORDERS))


def _explained(x: NDArray[np.float64], reach: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of squares between both sides, as a share of the whole, (series, splits)."""
    weight, at = reach**-2, places - 1
    before, sums = weight.cumsum()[at], (x * weight).cumsum(axis=1)
    after = weight.sum() - before
    apart = (sums[:, -1:] - sums[:, at]) / after - sums[:, at] / before
    between = before * after / weight.sum() * apart**2
    mean = sums[:, -1:] / weight.sum()
    return between / np.maximum((weight * (x - mean) ** 2).sum(axis=1, keepdims=True), 1e-300)
