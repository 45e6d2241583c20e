"""Days on which one slice has far more of a model's alarms than before and after.

An application whose own text looks like an attack, say: the model then stops those who did nothing, and the figures of
the whole hardly move. A slice is compared with the model's other alarms of the same days, so that paydays, weekends
and storms, which move all of them, move nothing here; and with itself, so that it has not moved where others stopped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.overview.volumes import Floats

SHORTEST, LONGEST = 3, 45
"""Days that an episode lasts; one that goes on may be longer."""
FLANK, LEAST_BEFORE = 14, 7
"""Days before and after that it is compared with, and how many there must be before it."""
TIMES = 1.5
"""Times the usual from which it is told, if it is also far outside of how days usually differ."""
EDGE = 1.25
"""Times the usual from which its first and its last day belong to it."""
FAR = 5.0
"""Standard deviations that count as far, whatever days of whatever slice are chosen."""
FEWEST = 30
"""Rows that it holds at least."""
_HALF = 0.4549
"""Median of the square of a standard normal variable."""

Days = NDArray[np.bool_]


class Episode(NamedTuple):
    """Days [first, end) of a series, counted from 0."""

    first: int
    end: int
    far: float
    """Standard deviations from what lies around it, on the side where it is nearer."""
    usual: Floats
    """Rows that the slice would have on each day of the series, by its share in the days around the episode."""


class _Series(NamedTuple):
    """A slice day by day."""

    rows: Floats
    others: Floats
    events: Floats
    used: Days
    """Days of episodes that are known already: nothing is compared with them."""


def episodes(rows: Floats, others: Floats, events: Floats) -> list[Episode]:
    """Return the episodes of one slice, oldest first.

    The log odds of the slice's alarms inside, before and after, by the rows; their variance is that of two counts,
    widened by as much as the days, and weeks, outside of it, or inside, differ from the next ones beyond chance.

    Parameters
    ----------
    rows : (days,) rows acted on in the slice.
    others : (days,) rows acted on in the rest.
    events : (days,) events that the slice's rows stand for.
    """
    found: list[Episode] = []
    used = np.zeros(len(rows), dtype=bool)
    while best := _clearest(_Series(rows, others, events, used)):
        found.append(best)
        used[best.first : best.end] = True
    return _joined(sorted(found, key=lambda e: e.first))


def _joined(found: list[Episode]) -> list[Episode]:
    """Return the episodes, those that touch made one."""
    out: list[Episode] = []
    for e in found:
        if out and out[-1].end == e.first:
            last = out.pop()
            usual = np.concatenate([last.usual[: e.first], e.usual[e.first :]])
            e = Episode(last.first, e.end, max(last.far, e.far), usual)
        out.append(e)
    return out


def _clearest(s: _Series) -> Episode | None:
    """Return the clearest episode; where one turns out to be none, the clearest of those that are not much the same."""
    first, end, far = _compared(s)
    left = far >= FAR
    while left.any():
        i = int(np.where(left, far, -np.inf).argmax())
        a, b = int(first[i]), int(end[i])
        inside = _between(len(s.rows), a, b)
        outside = ~s.used & ~inside
        wider = max(_wider(s.rows[outside], s.others[outside]), _restless(s.rows[inside], s.others[inside]))
        distance = float(far[i]) / np.sqrt(wider)
        usual = _usual(s, a, b)
        a, b = _trimmed(s.rows, usual, a, b)
        if distance >= FAR and b - a >= SHORTEST and _lasting(s, usual, a, b):
            return Episode(a, b, distance, usual)
        shared = np.maximum(np.minimum(end, end[i]) - np.maximum(first, first[i]), 0)
        left &= 2 * shared <= np.maximum(end, end[i]) - np.minimum(first, first[i])
    return None


def _compared(s: _Series) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return spans of days that share none with a known episode, and how far by chance alone they lie off.

    −∞ where there are too few alarms.
    """
    n = len(s.rows)
    first, end = _spans(n)
    if s.used.any():
        taken = np.concatenate([[0], np.cumsum(s.used)])
        keep = taken[end] == taken[first]
        first, end = first[keep], end[keep]
    sums = _sums(np.where(s.used, 0.0, s.rows), np.where(s.used, 0.0, s.others))
    inside = sums[:, end] - sums[:, first]
    before = sums[:, first] - sums[:, np.maximum(first - FLANK, 0)]
    after = sums[:, np.minimum(end + FLANK, n)] - sums[:, end]
    level, noise = _odds(inside)
    far = np.full(len(first), np.inf)
    for flank, compares in ((before, first >= 0), (after, end < n)):
        its, rough = _odds(flank)
        far = np.where(compares, np.minimum(far, (level - its) / np.sqrt(noise + rough)), far)
    return first, end, np.where(inside[0] >= FEWEST, far, -np.inf)


@lru_cache(maxsize=4)
def _spans(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and end of every span of days that may be an episode: the same for each slice, so made once."""
    first, end = (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(n + 1), indexing="ij"))
    lasted = end - first
    keep = (first >= LEAST_BEFORE) & (lasted >= SHORTEST) & ((lasted <= LONGEST) | (end == n))
    return first[keep], end[keep]


def _usual(s: _Series, first: int, end: int) -> Floats:
    around = _around(s, first, end)
    return s.others * (s.rows[around].sum() + 0.5) / (s.others[around].sum() + 0.5)


def _around(s: _Series, first: int, end: int) -> Days:
    n = len(s.rows)
    return _between(n, first - FLANK, end + FLANK) & ~_between(n, first, end) & ~s.used


def _between(n: int, first: int, end: int) -> Days:
    day = np.arange(n)
    return (day >= first) & (day < end)


def _trimmed(rows: Floats, usual: Floats, first: int, end: int) -> tuple[int, int]:
    """Return a span without the days at its ends that are as usual."""
    while first < end and rows[first] < EDGE * usual[first]:
        first += 1
    while first < end and rows[end - 1] < EDGE * usual[end - 1]:
        end -= 1
    return first, end


def _lasting(s: _Series, usual: Floats, first: int, end: int) -> bool:
    """Tell whether it is an episode without its fullest day too, against most other days, and by its own numbers.

    A storm of some hours is none; nor is what is usual again behind an episode of another slice, a share that rose
    because others stopped, or a slice of which more was stored.
    """
    inside, around = _between(len(s.rows), first, end), _around(s, first, end)
    outside = ~inside & ~s.used
    typical = float(np.median((s.rows[outside] + 0.5) / (s.others[outside] + 0.5)))
    normal = np.maximum(usual, s.others * typical)[inside]
    rest = np.arange(end - first) != (s.rows[inside] - normal).argmax()
    rose = all(
        own[inside].mean() >= TIMES * max(own[around].mean(), float(np.median(own[outside])))
        for own in (s.rows, s.events)
    )
    return rose and bool(s.rows[inside][rest].sum() >= TIMES * normal[rest].sum())


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


def _restless(mine: Floats, others: Floats) -> float:
    """Return how much more the days of an episode differ from the next ones than by chance: campaigns come and go."""
    return float(_moved(_sums(mine, others), 1).mean())


def _beyond_chance(sums: Floats, length: int) -> float:
    """Return the median of what stretches moved, against what that of two counts is by chance."""
    moved = _moved(sums, length)
    return float(np.median(moved)) / _HALF if len(moved) else 1.0


def _moved(sums: Floats, length: int) -> Floats:
    """Return the squared differences of stretches that follow each other, in variances of two counts."""
    level, noise = _odds(sums[:, length:] - sums[:, :-length])
    return (level[length:] - level[:-length]) ** 2 / (noise[length:] + noise[:-length])
