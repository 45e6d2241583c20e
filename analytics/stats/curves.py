"""ROC and precision–recall: areas with intervals, recall at a fixed false-positive rate, points to draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.stats.clusters import Floats, weights
from analytics.stats.interval import Interval
from analytics.stats.intervals import NAN, nothing, ratio, wilson
from analytics.stats.ranking import Ranking, area, rank, usable

ONE_CLASS = "needs attacks and benign rows"


def auc(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    order: Ranking | None = None,
) -> Interval:
    """Return the area under the ROC curve: the chance that an attack scores above a benign row, ties half.

    Variance by structural components (DeLong): V₁₀ of an attack is the share of benign weight below it, V₀₁
    of a benign row the share of attack weight above it; var = var(mean V₁₀) + var(mean V₀₁), summed by case
    where cases are given (Obuchowski). Interval on the logit scale. A perfect separation of m attacks or
    benign rows (the fewer) would be seen with chance ≤ AUCᵐ, which gives its one-sided interval.

    Parameters
    ----------
    label : (n,) 0/1; score : (n,) higher is more suspicious.
    weight, case, level : as in `intervals.ratio`.
    order : what `rank` gives for these rows, where it is at hand; none of them has weight 0 then.

    Returns
    -------
    Interval
        nan where one class is missing.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Obuchowski (1997), Biometrics 53.
    """
    label, score, weight, case = usable(label, score, weight, case)
    n, n1 = len(label), int(label.sum())
    if n1 == 0 or n1 == n:
        return nothing(ONE_CLASS, n)
    at = rank(label, score, weight) if order is None else order
    attacks = float(at.attacks.sum())
    benign_below = _benign_below(at)
    attacks_above = (np.cumsum(at.attacks) - at.attacks / 2) / attacks
    value = auc_value(at)
    part = np.where(label, benign_below[at.place], attacks_above[at.place]) - value
    return area(value, part, label, weight, case, level, "DeLong")


def auc_value(at: Ranking) -> float:
    """Return the area under the ROC curve alone; nan where one class has no weight."""
    attacks = float(at.attacks.sum())
    if attacks <= 0 or float(at.benign.sum()) <= 0:
        return NAN
    return min(float(np.sum(at.attacks * _benign_below(at))) / attacks, 1.0)


def _benign_below(at: Ranking) -> Floats:
    """Return the share of benign weight below each score, that at the score by half."""
    benign = float(at.benign.sum())
    return (benign - np.cumsum(at.benign) + at.benign / 2) / benign


def average_precision(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    order: Ranking | None = None,
) -> Interval:
    """Return average precision: precision at the score of an attack, averaged over the attacks.

    With A(s), B(s) the weight of attacks and of all rows scored ≥ s, P = A ÷ B and W₁ all attacks,
    AP = Σ_{attacks} w P(s) ÷ W₁. The derivative with respect to the weight of row k (label y_k, score s_k) is
    [y_k (P(s_k) − AP) + Σ_{attacks i, s_i ≤ s_k} w_i (y_k − P(s_i)) ÷ B(s_i)] ÷ W₁: its own precision, and
    what it does to the precision of every attack scored below it. The variance is that of the sum of these
    influences times weight (they sum to 0), by case where given; interval on the logit scale.

    Parameters and returns are those of `auc`. With few attacks the estimate itself leans upwards.

    References
    ----------
    Boyd, Eng & Page (2013), ECML PKDD (logit interval of average precision); Demnati & Rao (2004), Survey
    Methodology 30 (variance by derivatives with respect to weights).
    """
    label, score, weight, case = usable(label, score, weight, case)
    n, n1 = len(label), int(label.sum())
    if n1 == 0 or n1 == n:
        return nothing(ONE_CLASS, n)
    at = rank(label, score, weight) if order is None else order
    attacks = float(at.attacks.sum())
    all_above = np.cumsum(at.attacks + at.benign)
    precision = np.cumsum(at.attacks) / all_above
    value = average_precision_value(at)
    below = np.cumsum((at.attacks / all_above)[::-1])[::-1]
    lost = np.cumsum((at.attacks * precision / all_above)[::-1])[::-1]
    moved = np.where(label, (precision - value + below - lost)[at.place], -lost[at.place])
    w = weights(weight, n)
    share = np.where(label, attacks, float(w.sum()) - attacks)
    return area(value, moved * share / attacks, label, weight, case, level, "influence")


def average_precision_value(at: Ranking) -> float:
    """Return average precision alone; nan where one class has no weight."""
    attacks = float(at.attacks.sum())
    if attacks <= 0 or float(at.benign.sum()) <= 0:
        return NAN
    precision = np.cumsum(at.attacks) / np.cumsum(at.attacks + at.benign)
    return min(float(np.sum(at.attacks * precision)) / attacks, 1.0)


def recall_at_fpr(
    label: NDArray,
    score: NDArray,
    at: float,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    order: Ranking | None = None,
) -> Interval:
    """Return the largest recall among thresholds whose false-positive rate is ≤ ``at`` (no interpolation).

    The threshold is itself estimated from the benign rows. Its uncertainty enters as the recall at the
    thresholds whose false-positive rates are the ends of the interval of ``at`` (Woodruff), and both are
    joined as distances (MOVER): low = r − √((r − low of recall)² + (r − recall at the stricter one)²). Where n
    benign rows may well leave none above the threshold, (1 − at)ⁿ > (1 − level) ÷ 2, nothing tells how far above
    all of them it lies: the stricter one then catches nothing.

    Parameters
    ----------
    at : false-positive rate, in (0, 1).
    label, score, weight, case, level, order : as in `auc`.

    Returns
    -------
    Interval
        n counts the attacks. nan, with the reason as method, where fewer than 1 ÷ at benign rows are there.

    References
    ----------
    Woodruff (1952), JASA 47; Zou & Donner (2008), Statistics in Medicine 27 (MOVER).
    """
    label, score, weight, case = usable(label, score, weight, case)
    benign = ~label
    needed = int(np.ceil(1 / at - 1e-9))
    if not label.any():
        return nothing("needs attacks")
    if int(benign.sum()) < needed:
        return nothing(f"needs at least {needed:,} benign rows", int(label.sum()))
    ranked = rank(label, score, weight) if order is None else order
    fpr, recall = _rates(ranked)
    value = _reached(fpr, recall, at)
    passing = _passing(fpr, at)
    flagged = ranked.place < passing
    own = ratio(flagged & label, label, weight, case, level)
    alarms = ratio(flagged & benign, benign, weight, case, level)
    low_rate, high_rate = wilson(at * alarms.n_effective, alarms.n_effective, level)
    unseen = (1 - at) ** alarms.n_effective > (1 - level) / 2
    stricter = 0.0 if unseen else _reached(fpr, recall, float(low_rate))
    low = value - np.hypot(value - own.low, value - stricter)
    high = value + np.hypot(own.high - value, _reached(fpr, recall, float(high_rate)) - value)
    return Interval(
        value,
        max(float(low), 0.0),
        min(float(high), 1.0),
        *own[3:6],
        "MOVER of recall and threshold",
    )


def recall_value_at_fpr(order: Ranking, at: float) -> float:
    """Return the largest recall at a false-positive rate ≤ ``at`` alone; nan where one class has no weight."""
    if not order.attacks.sum() > 0 or not order.benign.sum() > 0:
        return NAN
    return _reached(*_rates(order), at)


def _rates(order: Ranking) -> tuple[Floats, Floats]:
    """Return false-positive rate and recall at each score, the highest first."""
    return np.cumsum(order.benign) / order.benign.sum(), np.cumsum(order.attacks) / order.attacks.sum()


def _passing(fpr: Floats, rate: float) -> int:
    """Return how many scores, from the highest, keep the false-positive rate at ``rate``."""
    return int(np.searchsorted(fpr, rate * (1 + 1e-12), side="right"))


def _reached(fpr: Floats, recall: Floats, rate: float) -> float:
    passing = _passing(fpr, rate)
    return float(recall[passing - 1]) if passing else 0.0


def roc_points(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    most: int | None = 400,
    order: Ranking | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return the points of the ROC curve, from (0, 0) at threshold ∞ to (1, 1).

    Parameters
    ----------
    label, score, weight, order : as in `auc`.
    most : points to keep at most (see `thin`); None keeps every distinct score.

    Returns
    -------
    threshold, fpr, recall : arrays, threshold falling; empty where one class is missing.
    """
    label, score, weight, _ = usable(label, score, weight, None)
    if label.all() or not label.any():
        return np.empty(0), np.empty(0), np.empty(0)
    order = rank(label, score, weight) if order is None else order
    fpr, recall = (np.concatenate([[0.0], rates]) for rates in _rates(order))
    threshold = np.concatenate([[np.inf], order.threshold])
    if most is None:
        return threshold, fpr, recall
    keep = thin(fpr, recall, most, also=np.log10(np.maximum(fpr, 1e-5)))
    return threshold[keep], fpr[keep], recall[keep]


def pr_points(
    label: NDArray,
    score: NDArray,
    weight: NDArray | None = None,
    most: int | None = 400,
    order: Ranking | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return the points of the precision–recall curve, from recall 0, precision 1 at threshold ∞.

    Parameters
    ----------
    label, score, weight, order : as in `auc`.
    most : points to keep at most (see `thin`); None keeps every distinct score.

    Returns
    -------
    threshold, recall, precision : arrays, threshold falling; empty where there is no attack.
    """
    label, score, weight, _ = usable(label, score, weight, None)
    if not label.any():
        return np.empty(0), np.empty(0), np.empty(0)
    order = rank(label, score, weight) if order is None else order
    attacks = np.cumsum(order.attacks)
    recall = np.concatenate([[0.0], attacks / attacks[-1]])
    precision = np.concatenate([[1.0], attacks / np.cumsum(order.attacks + order.benign)])
    threshold = np.concatenate([[np.inf], order.threshold])
    if most is None:
        return threshold, recall, precision
    keep = thin(recall, precision, most)
    return threshold[keep], recall[keep], precision[keep]


def thin(x: Floats, y: Floats, most: int, also: Floats | None = None) -> NDArray[np.intp]:
    """Return which points of a curve to draw: at most ``most``, the first and the last among them.

    Points inside a straight horizontal or vertical run go first: no corner is lost. If too many are left,
    points are kept at equal steps of the length walked, |Δx| + |Δy|, so that what is drawn is nowhere further
    than one step, walked length ÷ (most − 1), from the curve. With ``also`` (a third coordinate, such as log
    FPR) half of the points follow that coordinate, and the bound is twice as wide.
    """
    corner = np.ones(len(x), dtype=bool)
    flat = (np.diff(x) == 0, np.diff(y) == 0)
    for still in flat:
        corner[1:-1] &= ~(still[1:] & still[:-1])
    index = np.flatnonzero(corner)
    if len(index) <= most:
        return index
    walked = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x[index])) + np.abs(np.diff(y[index])))])
    lengths = [walked]
    if also is not None:
        lengths.append(also[index])
    share = most // len(lengths)
    chosen = [
        np.minimum(np.searchsorted(length, np.linspace(length[0], length[-1], share)), len(index) - 1)
        for length in lengths
    ]
    kept = np.unique(np.concatenate(chosen)).astype(np.intp)
    return index[kept]
