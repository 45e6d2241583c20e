"""Right alarms counted by case: what an analyst handles, where requests of one campaign are many and alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.efficacy.facts import Totals
from analytics.efficacy.identify import Identified
from analytics.efficacy.wording import plain, unless_one
from analytics.results import Estimate
from analytics.stats import intervals

NO_CASES = "No case of these rows is known."
NOT_WORKED = "Nobody worked on cases of what this threshold would flag besides."


def precision(found: Identified, totals: Totals, by_event: Estimate) -> Estimate:
    """Return the share of judged cases with an alarm that hold a true alarm.

    Every case counts as one, however many alarms it holds; one that was chosen with a probability stands for 1 ÷ it,
    as for the hours. A row without a case is a case of its own.

    Parameters
    ----------
    by_event
        The share of right alarms: where it cannot be told, this cannot be told either.
    """
    if found.rows.case is None and by_event.value is not None:
        return Estimate(None, None, None, 0, quality="no_data", why=NO_CASES)
    if by_event.value is None or found.rows.case is None:
        return replace(by_event, value=None, low=None, high=None)
    if found.basis == "audit" and totals.passed_above > 0:
        return replace(by_event, value=None, low=None, high=None, quality="not_measurable", why=NOT_WORKED)
    rows = found.rows.take(found.flagged)
    _, place = np.unique(np.asarray(rows.case), return_inverse=True)
    right = np.bincount(place, rows.attack) > 0
    chosen = np.zeros(len(right))
    designed = found.how[1] == "design"
    np.maximum.at(chosen, place, rows.inclusion if designed else np.ones(len(place)))
    told = intervals.ratio(right, np.ones(len(right), bool), unless_one(1 / chosen))
    return replace(plain(told, found, totals, found.flagged, alarms=True), n=len(place))
