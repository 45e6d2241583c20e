"""Which figures differ from the weeks before beyond chance, out of all that are compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from analytics.overview.results import Change, Measure
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.differences import Difference, difference, q_values, ratio_of_days, turn

RATE = 0.05
"""False discovery rate over everything that is compared."""
SHARE = 0.02
"""Smallest difference of a share that is worth a director's time."""
TIMES = 1.25
"""Smallest ratio of usual days, up or down, that is."""
WEEKS = 2
"""From so many earlier weeks on weekdays are compared with the same ones."""


def shares(service: str, scope: Scope, measure: Measure, later: Estimate, earlier: Estimate) -> list[Change]:
    """Return the comparison of one share, as a list of one; empty where either period has no figure."""
    ends = [(e.value, e.low, e.high) for e in (later, earlier)]
    if any(x is None for end in ends for x in end):
        return []
    (a, b) = ((float(v or 0), float(lo or 0), float(hi or 0)) for v, lo, hi in ends)
    found = difference(a, b)
    return [Change(service, scope, measure, b[0], a[0], found, float("nan"), worse=found.value < 0)]


def volumes(service: str, scope: Scope, measure: Measure, later: pd.Series, earlier: pd.Series) -> list[Change]:
    """Return the comparison of usual days, as a list of one; empty where a period has fewer than two whole days.

    Parameters
    ----------
    later, earlier
        Counts by midnight of the business zone.
    """
    found = of_days(later, earlier)
    if np.isnan(found.value):
        return []
    worse = measure in ("acted", "missed") and found.value > 1
    before = _same_weekdays(later, earlier)
    return [Change(service, scope, measure, before, float(later.mean()), found, float("nan"), worse)]


def of_days(later: pd.Series, earlier: pd.Series) -> Difference:
    """Return how many times as much the later days hold: of the same weekdays, where two weeks tell these apart.

    Parameters
    ----------
    later, earlier
        As ``volumes`` takes them.
    """
    if len(later) < 2 or len(earlier) < WEEKS * 7:
        return ratio_of_days(later, earlier)
    return ratio_of_days(later, earlier, _weekday(later), _weekday(earlier))


def _same_weekdays(later: pd.Series, earlier: pd.Series) -> float:
    """Return the mean of the earlier days, every weekday counting as often as there are later ones of it."""
    if len(earlier) < WEEKS * 7:
        return float(earlier.mean())
    of_each = np.bincount(_weekday(earlier), minlength=7)
    usual = np.bincount(_weekday(earlier), earlier.to_numpy(), 7) / np.maximum(of_each, 1)
    days = _weekday(later)[of_each[_weekday(later)] > 0]
    return float(usual[days].mean()) if len(days) else float("nan")


def _weekday(days: pd.Series) -> np.ndarray:
    return pd.DatetimeIndex(days.index).day_of_week.to_numpy()


def begun(change: Change) -> Change:
    """Return a change that has days with the day on which it began, where its days show one that way.

    Days on which no label came say nothing, nor does this where the whole later period is of such. What it is told
    from is the mean before that day, what to the mean of the later period, or since that day where that is shorter.
    """
    told = change.days[~change.days["silent"]]
    place = turn(told["value"])
    if place is None or not told["later"].any():
        return change
    days, values = told["day"], told["value"].to_numpy(float)
    since = days.iloc[place]
    after = float(values[(days >= since) & told["later"]].mean())
    until_then = float(values[:place].mean())
    rose = change.difference.value > 1
    if rose != (after > until_then) or rose != (until_then < change.before):
        return change  # the days went up and down: no single one says when
    drawn = change.days.assign(later=change.days["day"] >= since)
    return replace(change, days=drawn, began=since.date(), until_then=until_then, after=after)


def called(compared: list[Change]) -> list[Change]:
    """Return the changes that are certain enough and large enough to be told, the most certain first.

    The false discovery rate is held over all that were compared, told or not.
    """
    q = q_values([c.difference.p for c in compared])
    judged = [replace(c, q=float(x)) for c, x in zip(compared, q, strict=True)]
    return sorted((c for c in judged if c.q <= RATE and matters(c)), key=lambda c: (c.q, c.service, c.measure))


def standing(now: list[Change], earlier: list[Change], review: datetime | None) -> list[Change]:
    """Return the changes of now, and those for the worse since an earlier review of which now says nothing else.

    Parameters
    ----------
    now, earlier
        As ``called`` returns them, since a later and since an earlier start.
    review
        The earlier start.
    """
    said = {(c.scope.model, c.measure) for c in now}
    stand = [replace(c, since=review) for c in earlier if c.worse and (c.scope.model, c.measure) not in said]
    return sorted([*now, *stand], key=lambda c: (c.q, c.service, c.measure))


def matters(change: Change) -> bool:
    """Tell whether a change is large enough to be told, however certain it is."""
    found: Difference = change.difference
    if change.measure in ("acted", "checked", "missed"):
        return not 1 / TIMES < found.value < TIMES
    return abs(found.value) >= SHARE
