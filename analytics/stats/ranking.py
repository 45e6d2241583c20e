"""Rows ordered by score, and the interval of an area under a curve over them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analytics.stats.clusters import (
    Floats,
    Ints,
    Spread,
    case_codes,
    count_cases,
    effective_cases,
    leverage,
    quantile,
    spread_of_mean,
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


class Sides(NamedTuple):
    """The rows of one class, with the weight that they bring."""

    rows: NDArray[np.bool_]
    weight: NDArray | None
    codes: Ints | None
    n: int
    n_cases: int


def sides(label: NDArray, weight: NDArray | None, codes: Ints | None, size: int) -> tuple[Sides, Sides]:
    """Return attacks and benign rows apart."""

    def side(rows: NDArray) -> Sides:
        n, own = int(rows.sum()), take(codes, rows)
        return Sides(rows, take(weight, rows), own, n, count_cases(own, size, n))

    return side(label), side(~label)


def area(
    value: float,
    z: Floats,
    label: NDArray,
    weight: NDArray | None,
    case: NDArray | None,
    level: float,
    method: str,
) -> Interval:
    """Return the interval of an area that moves by mean(z of attacks) + mean(z of benign rows).

    The variance is that of `clusters.spread_of_mean` for each class; in its robust part the two classes of
    one case are taken together. On the logit scale, Student's t with (cases − 1) degrees of freedom, cases of
    the class that has fewer; one-sided where the area is 0 or 1.
    """
    n = len(label)
    codes, size = case_codes(case, n)
    both = sides(label, weight, codes, size)
    parts = [spread_of_mean(z[s.rows], s.weight, s.codes, size) for s in both]
    variance = sum(part.variance for part in parts)
    n_cases = count_cases(codes, size, n)
    if codes is not None and n_cases < n:
        total = np.zeros(size)
        for s in both:
            h = weights(s.weight, s.n)
            h = h / h.sum()
            own = codes[s.rows]
            total += sums(own, h * z[s.rows], size) * leverage(sums(own, h, size))
        variance = max(variance, float(total @ total))
    spread = Spread(variance, sum(part.independent for part in parts), n_cases)
    if value <= 1e-12 or value >= 1 - 1e-12:
        m = min(effective_cases(s.weight, s.codes, size, s.n) for s in both)
        far = (1 - level) ** (1 / max(m, 1.0))
        low, high = (far, 1.0) if value > 0.5 else (0.0, 1 - far)
    else:
        df = min(s.n_cases for s in both) - 1
        half = quantile(level, df) * np.sqrt(variance) / (value * (1 - value))
        low, high = special.expit(special.logit(value) + np.array([-half, half]))
    by_case = "" if n_cases == n else " by case"
    return Interval(
        value, float(low), float(high), n, n_cases, spread.n_effective(n), f"{method}{by_case}, logit"
    )
