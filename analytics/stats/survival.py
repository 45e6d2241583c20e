"""How long things take when some are not done yet: the share done by a time, the open ones counted as open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.stats.clusters import Floats, quantile


class Course(NamedTuple):
    """The cumulative incidence: a step function that starts at 0."""

    time: Floats
    """Rising; when at least one was done."""
    done: Floats
    """Share done by then."""
    low: Floats
    high: Floats
    at_risk: Floats
    """Not done, and still watched, just before."""


def cumulative_incidence(
    time: NDArray, done: NDArray, count: NDArray | None = None, design: float = 1.0, level: float = 0.95
) -> Course:
    """Return the share of things that are done by each time (one minus Kaplan and Meier's estimate).

    One that is not done counts as open up to the time for which it was watched, and then as nothing. Interval:
    Greenwood's variance on the scale of log(−log).

    Parameters
    ----------
    time : (n,) until it was done, or for how long it was watched; at least 0.
    done : (n,) bool.
    count : (n,) or None: how many things a row stands for.
    design : what the variance is multiplied by where things are not independent of each other.
    level : of the interval.

    References
    ----------
    Kaplan & Meier (1958), Journal of the American Statistical Association 53; Kalbfleisch & Prentice (2002), The
    Statistical Analysis of Failure Time Data, 1.4.
    """
    time, done = np.asarray(time, dtype=np.float64), np.asarray(done, dtype=bool)
    weight = np.ones(len(time)) if count is None else np.asarray(count, dtype=np.float64)
    at, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, weight * done, len(at))
    left = np.bincount(place, weight, len(at))
    at_risk = np.cumsum(left[::-1])[::-1].astype(np.float64)
    keep = events > 0
    at, events, at_risk = at[keep], events[keep], at_risk[keep]
    open_ = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events))) * design
        log = np.log(open_)
        half = quantile(level) * np.sqrt(greenwood) / -log
        low, high = 1 - open_ ** np.exp(-half), 1 - open_ ** np.exp(half)
    # Once all are done nothing is open: the last finite ends hold.
    told = np.isfinite(half) & (open_ > 0)
    low = np.where(told, low, np.max(low[told], initial=0.0))
    high = np.where(told, high, 1.0)
    return Course(at, 1 - open_, low, high, at_risk)


def done_by(course: Course, time: float) -> tuple[float, float, float]:
    """Return the share done by a time, with its interval; 0 before the first."""
    i = int(np.searchsorted(course.time, time, side="right")) - 1
    return (0.0, 0.0, 0.0) if i < 0 else (float(course.done[i]), float(course.low[i]), float(course.high[i]))


def time_until(course: Course, share: float) -> float | None:
    """Return the time by which a share is done; None where it was not reached."""
    reached = np.flatnonzero(course.done >= share - 1e-12)
    return float(course.time[reached[0]]) if len(reached) else None
