"""The area under the ROC curve up to a false-positive rate, standardised so that chance is .5."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.stats.clusters import Floats
from analytics.stats.curves import ONE_CLASS
from analytics.stats.interval import Interval
from analytics.stats.intervals import NAN, nothing
from analytics.stats.ranking import Ranking, area, rank, usable


def partial_auc(
    label: NDArray,
    score: NDArray,
    max_fpr: float,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    order: Ranking | None = None,
) -> Interval:
    """Return the area A under the ROC curve from 0 to ``max_fpr`` = f, standardised by McClish.

    ½ (1 + (A − f²/2) ÷ (f − f²/2)): .5 is chance, 1 is perfect, less than .5 is worse than chance; the curve is
    linear between its points. The interval is that of the mean recall A ÷ f on the logit scale. With R(s), F(s) the
    recall and false-positive rate at score s (rows at s by half) and R_f the recall at f, an attack moves A by
    max(f − F(s), 0), and a benign row scored above the threshold of f by R(s) − R_f: it moves that threshold too.
    These benign rows alone carry the area: Student's t has as many degrees of freedom as they allow. At f = 1 all
    this is what `curves.auc` does, and the interval is the same.

    Parameters
    ----------
    label, score, weight, case, level, order : as in `curves.auc`.
    max_fpr : largest false-positive rate f, in (0, 1].

    Returns
    -------
    Interval
        nan, with the reason as method, where a class is missing or fewer than 1 ÷ f benign rows are there.

    References
    ----------
    McClish (1989), Medical Decision Making 9; Dodd & Pepe (2003), Biometrics 59 (partial area as a mean over
    pairs); He & Escobar (2008), Statistics in Medicine 27 (its variance by structural components).
    """
    label, score, weight, case = usable(label, score, weight, case)
    n, n1 = len(label), int(label.sum())
    if n1 == 0 or n1 == n:
        return nothing(ONE_CLASS, n)
    needed = int(np.ceil(1 / max_fpr - 1e-9))
    if n - n1 < needed:
        return nothing(f"needs at least {needed:,} benign rows", n)
    at = rank(label, score, weight) if order is None else order
    cut = _cut(at, max_fpr)
    recall_there = float(np.sum(at.attacks * cut.held)) / float(at.attacks.sum())
    value = _mean_recall(at, max_fpr, cut)
    attack, benign = cut.below / max_fpr, cut.held * (cut.above - recall_there) / max_fpr
    moved = np.where(label, (attack - value)[at.place], (benign - (value - recall_there))[at.place])
    moved[np.abs(moved) < 1e-13] = 0.0  # rounding: where no row moves the area, nothing varies
    carriers = ~label & (cut.held > 0)[at.place]
    found = area(value, moved, label, weight, case, level, "structural components", carriers)
    value, low, high = (standardised(x, max_fpr) for x in found[:3])
    return found._replace(value=value, low=low, high=high)


def partial_auc_value(order: Ranking, max_fpr: float) -> float:
    """Return the standardised area alone; nan where one class has no weight."""
    if not order.attacks.sum() > 0 or not order.benign.sum() > 0:
        return NAN
    return standardised(_mean_recall(order, max_fpr, _cut(order, max_fpr)), max_fpr)


def standardised(mean_recall: float, max_fpr: float) -> float:
    """Return McClish's area for a mean recall over false-positive rates up to ``max_fpr``; rising, 1 for 1."""
    return (1 + (mean_recall - max_fpr / 2) / (1 - max_fpr / 2)) / 2


class _Cut(NamedTuple):
    """Where a false-positive rate f cuts the scores: figures at each score, the highest first."""

    held: Floats
    """Share of the score's rows that lies above the cut: 1, then one score in between, then 0."""
    below: Floats
    """What an attack at this score moves the area by: benign share between it and the cut."""
    above: Floats
    """Recall at the score, of its own attacks above the cut by half."""


def _cut(order: Ranking, max_fpr: float) -> _Cut:
    attacks, benign = order.attacks / order.attacks.sum(), order.benign / order.benign.sum()
    reached = np.cumsum(benign)
    before = reached - benign
    # Scores without benign rows belong to the cut as long as their rate is not above f: the curve rises there.
    part = np.divide(max_fpr - before, benign, out=np.ones(len(benign)), where=benign > 0)
    held = np.where(before > max_fpr, 0.0, np.clip(part, 0.0, 1.0))
    # Rows at a score rank among each other by chance: of the attacks at it a share `held` comes before the cut.
    below = np.where(held < 1, held**2 * benign / 2, max_fpr - before - benign / 2)
    above = np.cumsum(attacks) - attacks + held * attacks / 2
    return _Cut(held, np.maximum(below, 0.0), above)


def _mean_recall(order: Ranking, max_fpr: float, cut: _Cut) -> float:
    """Return the mean recall over false-positive rates from 0 to ``max_fpr``."""
    area_below = float(np.sum(order.attacks * cut.below)) / float(order.attacks.sum())
    return min(max(area_below / max_fpr, 0.0), 1.0)
