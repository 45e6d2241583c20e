"""Days on which one slice has far more of a model's alarms than before and after.

An application whose own text looks like an attack, say: the model then stops those who did nothing, and the figures of
the whole hardly move. A slice is compared with the model's other alarms of the same days, so that paydays, weekends
and storms, which move all of them, move nothing here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.overview.volumes import Floats

SHORTEST, LONGEST = 3, 45
"""Days that an episode lasts."""
FLANK, LEAST_BEFORE = 14, 7
"""Days before and after that it is compared with, and how many there must be before it."""
TIMES = 1.5
"""Times the usual from which it is told, if it is also far outside of how days usually differ."""
FAR = 4.5
"""Standard deviations that count as far, whatever days of whatever slice are chosen."""
FEWEST = 30
"""Rows that it holds at least."""
_HALF = 0.4549
"""Median of the square of a standard normal variable."""


class Episode(NamedTuple):
    """Days [first, end) of a series, counted from 0."""

    first: int
    end: int
    times: float
    """The alarms of these days against the usual ones."""
    far: float
    """Standard deviations from what lies around it, on the side where it is nearer."""


def episodes(mine: Floats, others: Floats) -> list[Episode]:
    """Return the episodes of one slice, oldest first.

    The log odds of the slice's alarms inside, before and after, by the rows; their variance is that of two counts,
    widened by as much as the days, and weeks, outside of it differ from the next ones beyond chance.

    Parameters
    ----------
    mine : (days,) rows acted on in the slice.
    others : (days,) rows acted on in the rest.
    """
    return _within(np.asarray(mine, np.float64), np.asarray(others, np.float64), 0)


def usual(mine: Floats, others: Floats, first: int, end: int) -> Floats:
    """Return how many alarms the slice would have on each day, by its share in the days around an episode."""
    around = _around(len(mine), first, end)
    return others * (mine[around].sum() + 0.5) / (others[around].sum() + 0.5)


def _around(n: int, first: int, end: int) -> NDArray[np.bool_]:
    day = np.arange(n)
    return ((day >= first - FLANK) & (day < first)) | ((day >= end) & (day < end + FLANK))


def _within(mine: Floats, others: Floats, offset: int) -> list[Episode]:
    """Return the episodes of a part of the days: the clearest one, then those on either side of it."""
    best = _clearest(mine, others)
    if best is None:
        return []
    a, b = best.first, best.end
    found = best._replace(first=a + offset, end=b + offset)
    return [*_within(mine[:a], others[:a], offset), found, *_within(mine[b:], others[b:], offset + b)]


def _clearest(mine: Floats, others: Floats) -> Episode | None:
    """Return the clearest episode; where one turns out to be none, the clearest of those that share no day with it."""
    first, end, times, far = _compared(mine, others)
    left = far >= FAR
    while left.any():
        i = int(np.where(left, far, -np.inf).argmax())
        a, b = int(first[i]), int(end[i])
        outside = np.r_[0:a, b : len(mine)]
        distance = float(far[i]) / np.sqrt(_wider(mine[outside], others[outside]))
        if distance >= FAR and _lasting(mine, others, a, b):
            return Episode(a, b, float(times[i]), float(distance))
        left &= (end <= a) | (first >= b)
    return None


def _compared(mine: Floats, others: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Return all spans of days, their alarms against the usual ones, and how far by chance alone they lie off.

    −∞ where there are too few alarms, or too few more than usual.
    """
    n = len(mine)
    first, length = (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(SHORTEST, LONGEST + 1), indexing="ij"))
    keep = (first >= LEAST_BEFORE) & (first + length <= n)
    first, end = first[keep], (first + length)[keep]
    sums = _sums(mine, others)
    inside = sums[:, end] - sums[:, first]
    before = sums[:, first] - sums[:, np.maximum(first - FLANK, 0)]
    after = sums[:, np.minimum(end + FLANK, n)] - sums[:, end]
    level, noise = _odds(inside)
    far = np.full(len(first), np.inf)
    for flank, told in ((before, first >= 0), (after, end < n)):
        its, rough = _odds(flank)
        far = np.where(told, np.minimum(far, (level - its) / np.sqrt(noise + rough)), far)
    around = before + after
    times = inside[0] / np.maximum(inside[1] * (around[0] + 0.5) / (around[1] + 0.5), 0.5)
    return first, end, times, np.where((times >= TIMES) & (inside[0] >= FEWEST), far, -np.inf)


def _lasting(mine: Floats, others: Floats, first: int, end: int) -> bool:
    """Tell whether it is an episode without its fullest day too, and against most of the other days.

    A storm of some hours is none; nor is what is usual again behind an episode of another slice.
    """
    outside = np.r_[0:first, end : len(mine)]
    typical = float(np.median((mine[outside] + 0.5) / (others[outside] + 0.5)))
    normal = np.maximum(usual(mine, others, first, end), others * typical)[first:end]
    rest = np.arange(end - first) != (mine[first:end] - normal).argmax()
    return bool(mine[first:end][rest].sum() >= TIMES * normal[rest].sum())


def _sums(mine: Floats, others: Floats) -> Floats:
    """Return both counts added up from the first day: (2, days + 1)."""
    return np.concatenate([np.zeros((2, 1)), np.cumsum([mine, others], axis=1)], axis=1)


def _odds(counts: Floats) -> tuple[Floats, Floats]:
    """Return the log odds of the first of two counts, and its variance."""
    a, b = counts + 0.5
    return np.log(a / b), 1 / a + 1 / b


def _wider(mine: Floats, others: Floats) -> float:
    """Return how much more days, and weeks, differ from the next ones than by chance, at least 1.

    Weeks too: where days that follow each other are alike, their mean moves more than single days tell.
    """
    sums = _sums(mine, others)
    return max(1.0, *(_beyond_chance(sums, length) for length in (1, 7)))


def _beyond_chance(sums: Floats, length: int) -> float:
    """Return the median squared difference of stretches that follow each other, against that of two counts."""
    level, noise = _odds(sums[:, length:] - sums[:, :-length])
    if len(level) <= length:
        return 1.0
    moved = (level[length:] - level[:-length]) ** 2 / (noise[length:] + noise[:-length])
    return float(np.median(moved)) / _HALF
