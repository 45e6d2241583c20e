"""What a threshold costs, and what its alarms are worth at another prevalence."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.stats.clusters import Floats, Ints, case_codes, quantile, sums, weights
from analytics.stats.curves import thin
from analytics.stats.ranking import Ranking, rank, usable


class CostCurve(NamedTuple):
    """Expected cost per event at every threshold kept, threshold falling from ∞ (no alarm at all)."""

    threshold: Floats
    cost: Floats
    best: int
    """Index of the cheapest threshold (the highest of equals)."""
    near_best: NDArray[np.bool_]
    """Thresholds that the data cannot tell from the cheapest (interval of the paired difference holds 0)."""


def expected_cost(
    tp: ArrayLike,
    fp: ArrayLike,
    tn: ArrayLike,
    fn: ArrayLike,
    cost_missed: float,
    cost_false_alarm: float,
    cost_alarm: float = 0.0,
) -> NDArray[np.float64] | np.float64:
    """Return the cost per event: (fn · missed + fp · false alarm + (tp + fp) · alarm) ÷ all.

    Parameters
    ----------
    tp, fp, tn, fn : counts or weighted counts, arrays that broadcast.
    cost_missed : cost of an attack that is not flagged.
    cost_false_alarm : cost of a benign event that is flagged, beyond that of any alarm.
    cost_alarm : cost of handling any alarm (an analyst's minutes).

    Returns
    -------
    array or float
        In the unit of the costs; nan where there are no events.
    """
    tp, fp, tn, fn = (np.asarray(x, dtype=np.float64) for x in (tp, fp, tn, fn))
    total = tp + fp + tn + fn
    cost = fn * cost_missed + fp * cost_false_alarm + (tp + fp) * cost_alarm
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, cost / total, np.nan)[()]


def cost_curve(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    cost_missed: float = 1.0,
    cost_false_alarm: float = 1.0,
    cost_alarm: float = 0.0,
    case: NDArray | None = None,
    level: float = 0.95,
    most: int = 400,
    above: Callable[[Floats], Floats] | None = None,
    unseen: Callable[[Floats, float], Floats] | None = None,
    known: Callable[[Floats], Floats] | None = None,
) -> CostCurve:
    """Return expected cost against the threshold, the optimum and the thresholds as good as it.

    Moving the threshold changes only the rows in between: an attack then saves ``missed − alarm``, a benign
    row adds ``false alarm + alarm``. The difference to the optimum is the sum of these, its variance the sum
    of their squares, by case where given; a threshold is *near best* where the difference is within
    ``level``.

    Where the events at or above each threshold are known, those that are no attacks are the rest of them: rows of an
    audit do not add up to the volume between two thresholds. Then only attacks are uncertain: those found, and those
    that nobody has seen.

    Parameters
    ----------
    label : (n,) 0/1; score : (n,); weight : (n,) or None; case : (n,) codes or None.
    cost_missed, cost_false_alarm, cost_alarm : as in `expected_cost`.
    most : thresholds to keep at most; the optimum over all distinct scores is always among them.
    above : events at or above each of some thresholds (≥ 0), in the unit of the weights; nan, or None: what the rows
        say.
    unseen : attacks between each of some thresholds and another one that may be there unseen; None: none.
    known : attacks that are known below each of some thresholds, so no fewer are missed; None: what the rows say.

    Returns
    -------
    CostCurve
        Empty arrays and best −1 where there are no rows.
    """
    label, score, weight, case = usable(label, score, weight, case)
    if len(label) == 0:
        return CostCurve(np.empty(0), np.empty(0), -1, np.empty(0, dtype=bool))
    order = rank(label, score, weight)
    thresholds = np.concatenate([[np.inf], order.threshold])
    tp = np.concatenate([[0.0], np.cumsum(order.attacks)])
    fp = np.concatenate([[0.0], np.cumsum(order.benign)])
    if above is not None:
        counted = above(np.append(thresholds, 0.0)) - np.append(tp, tp[-1])
        fp = np.where(np.isnan(counted), np.append(fp, fp[-1]), np.maximum(counted, 0.0))
    benign, fp = fp[-1], fp[: len(tp)]  # of all events, also below every labelled one
    cost = np.asarray(expected_cost(tp, fp, benign - fp, tp[-1] - tp, cost_missed, cost_false_alarm, cost_alarm))
    total = float(tp[-1] + benign)
    if known is not None:
        cost = cost + np.maximum(known(thresholds) - (tp[-1] - tp), 0.0) * cost_missed / total
    best = int(np.argmin(cost))
    walked = np.arange(len(cost)) / len(cost)
    keep = np.union1d(thin(walked, cost / max(float(np.ptp(cost)), 1e-300), most - 1), [best]).astype(np.int64)
    step = np.where(label, cost_alarm - cost_missed, cost_false_alarm + cost_alarm)
    if above is not None:
        step = np.where(label, -cost_missed - cost_false_alarm, 0.0)
    step = step * weights(weight, len(label)) / total
    deviation = _deviation(order, step, keep, int(np.searchsorted(keep, best)), case)
    gap = cost[keep] - cost[best]
    threshold = thresholds[keep]
    hidden = 0.0 if unseen is None else unseen(threshold, float(thresholds[best])) * (cost_missed + cost_false_alarm)
    near = gap <= quantile(level) * deviation + hidden / total
    return CostCurve(threshold, cost[keep], int(np.searchsorted(keep, best)), near)


def _deviation(order: Ranking, step: Floats, keep: Ints, best: int, case: NDArray | None) -> Floats:
    """Return the standard deviation of the cost difference between each kept threshold and the best."""
    # A row of segment j is flagged from the kept threshold j on; between j and the best lie whole segments.
    segment = np.searchsorted(keep, order.place + 1, side="left")
    added = step * step
    codes, _ = case_codes(case, len(step))
    if codes is not None:
        # Going outward from the best, a row adds step² + 2 step · (what its case has gathered so far).
        below = segment > best
        outward = np.where(below, segment - best, best - segment)
        group = codes * 2 + below
        walk = np.argsort(group * len(keep) + outward)
        gathered = np.cumsum(step[walk]) - step[walk]
        group = group[walk]
        first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
        lengths = np.diff(np.append(first, len(group)))
        added[walk] += 2 * step[walk] * (gathered - np.repeat(gathered[first], lengths))
    path = np.cumsum(sums(segment, added, len(keep)))
    return np.sqrt(np.abs(path - path[best]))
