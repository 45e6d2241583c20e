"""Rows ordered by score, and the interval of an area under a curve over them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analytics.stats.clusters import (
    Floats,
    case_codes,
    count_cases,
    effective_cases,
    quantile,
    spread_of_parts,
    sums,
    take,
    weights,
)
from analytics.stats.interval import Interval


class Ranking(NamedTuple):
    """Weight of attacks and benign rows at each distinct score, from the highest score down."""

    threshold: Floats
    attacks: Floats
    benign: Floats
    place: NDArray[np.int64]
    """Of every row: the index of its score."""


def rank(label: NDArray, score: NDArray, weight: NDArray | None = None) -> Ranking:
    """Return the weights of both classes at every distinct score, highest first."""
    score = np.asarray(score, dtype=np.float64)
    order = np.argsort(-score)
    ordered = score[order]
    new = np.empty(len(score), dtype=bool)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    groups = np.cumsum(new) - 1
    place = np.empty(len(score), dtype=np.int64)
    place[order] = groups
    count = int(groups[-1]) + 1 if len(score) else 0
    w = weights(weight, len(score))
    attack = w * np.asarray(label)
    return Ranking(
        ordered[new],
        sums(place, attack, count),
        sums(place, w - attack, count),
        place,
    )


def usable(
    label: NDArray, score: NDArray, weight: NDArray | None, case: NDArray | None
) -> tuple[NDArray, NDArray, NDArray | None, NDArray | None]:
    """Return bool label, float64 score, weight and case of the rows that have weight."""
    label, score = np.asarray(label).astype(bool), np.asarray(score, dtype=np.float64)
    if weight is not None and (np.asarray(weight) <= 0).any():
        some = np.asarray(weight) > 0
        return label[some], score[some], take(weight, some), take(case, some)
    return label, score, weight, case


def area(
    value: float,
    z: Floats,
    label: NDArray,
    weight: NDArray | None,
    case: NDArray | None,
    level: float,
    method: str,
    carriers: NDArray[np.bool_] | None = None,
) -> Interval:
    """Return the interval of an area that moves by mean(z of attacks) + mean(z of benign rows).

    Variance by `clusters.spread_of_parts`, the parts being the classes. On the logit scale, Student's t with
    (cases − 1) degrees of freedom, cases of the class that has fewer. Where rows do not vary (all scores
    equal, one case of a class) the largest variance that an area can have, A(1 − A) ÷ m, stands in, m being
    Kish's number of cases of that class; one-sided where the area is 0 or 1.

    ``carriers`` marks the benign rows that alone carry the area; they then count for their class. None: all do.
    """
    n = len(label)
    codes, size = case_codes(case, n)
    classes = [np.flatnonzero(label), np.flatnonzero(~label)]
    spread = spread_of_parts(z, classes, np.ones(2), weight, codes, size)
    sides = [(take(weight, rows), take(codes, rows), len(rows)) for rows in classes]
    if carriers is not None:
        rows = np.flatnonzero(carriers)
        sides[1] = (take(weight, rows), take(codes, rows), len(rows))
    fewest = min(count_cases(c, size, k) for _, c, k in sides)
    even = max(min(effective_cases(w, c, size, k) for w, c, k in sides), 1.0)
    variance = spread.variance
    if variance <= 1e-24 or fewest == 1:
        variance = max(variance, value * (1 - value) / even)
    if value <= 1e-12 or value >= 1 - 1e-12:
        far = (1 - level) ** (1 / even)
        low, high = (far, 1.0) if value > 0.5 else (0.0, 1 - far)
    else:
        half = quantile(level, fewest - 1) * np.sqrt(variance) / (value * (1 - value))
        low, high = special.expit(special.logit(value) + np.array([-half, half]))
    named = f"{method}, logit" if spread.n_cases == n else f"{method} by case, logit"
    return Interval(value, float(low), float(high), n, spread.n_cases, spread.n_effective(n), named)
