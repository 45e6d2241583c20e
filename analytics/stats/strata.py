"""Shares in strata, made ready once for many 0/1 columns on the same rows.

What `clusters.spread_of_parts` finds for a 0/1 column, worked out from the rows that are in the minority: all others
of a stratum move alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.stats.clusters import Floats, Ints, covariance_within, dot, leverage, sums, take, weights


class Stratum(NamedTuple):
    """Rows of a stratum and what of their cases no 0/1 column changes."""

    rows: Ints
    """By index."""
    h: Floats
    """Weight of each row; they sum to 1."""
    codes: Ints
    """Case of each row; of its own where no cases are given."""
    held: Floats
    """Weight of each case."""
    there: Ints
    """Cases that have rows here."""
    own: Floats
    """Their sums of h²."""
    alone: Floats
    """h² ÷ (1 − h) of each row."""


def stratum(rows: Ints, weight: NDArray | None, codes: Ints | None, size: int) -> Stratum:
    """Return a stratum made ready.

    Parameters
    ----------
    rows : indices of its rows.
    weight : (n,) of all rows, or None for equal weights.
    codes, size : cases of all rows, as from `clusters.case_codes`.
    """
    h = weights(take(weight, rows), len(rows))
    h = h / max(float(h.sum()), 1e-300)
    own = rows if codes is None else codes[rows]
    held = sums(own, h, size)
    there = np.flatnonzero(held)
    return Stratum(rows, h, own, held, there, sums(own, h * h, size)[there], (h * leverage(h)) ** 2)


def shares(found: NDArray, strata: list[Stratum]) -> Floats:
    """Return the weighted share of the rows marked in ``found`` in each stratum; exactly 0 or 1 for none or all."""
    mean = np.zeros(len(strata))
    for p, s in enumerate(strata):
        own = found[s.rows]
        mean[p] = 1.0 if own.all() else float(s.h[own].sum())
    return np.where([len(s.rows) > 0 for s in strata], mean, 0.0)


def variance_of_shares(found: NDArray, strata: list[Stratum], scale: Floats) -> float:
    """Return the variance of Σ_p scale_p · (share of ``found`` in stratum p).

    With m the weight of the marked rows, and F_c that of those of case c, the residuals are 1 − m and −m: their
    sum by case is F_c − m h_c, their squares sum to m² Σ h² + (1 − 2m) Σ_marked h². The formulas are those of
    `clusters.spread_of_mean` and `spread_of_parts`.

    Parameters
    ----------
    found : (n,) bool.
    strata : as from `stratum`.
    scale : (P,); a stratum with scale 0 adds nothing.
    """
    variance = 0.0
    together, apart, held = np.zeros((3, len(strata[0].held) if strata else 0))
    for s, factor in zip(strata, scale, strict=True):
        n, own = len(s.rows), found[s.rows]
        k = int(np.count_nonzero(own))
        if factor == 0 or n == 0:
            continue
        held += abs(factor) * s.held
        if k in (0, n):
            continue
        if 2 * k > n:
            own, factor = ~own, -factor
        few = np.flatnonzero(own)
        h, codes, size = s.h[few], s.codes[few], len(s.held)
        m = float(h.sum())
        moved = sums(codes, h, size) - m * s.held
        own_moved = m**2 * s.own + (1 - 2 * m) * sums(codes, h * h, size)[s.there]
        alike = covariance_within(moved[s.there], s.held[s.there], own_moved, s.own, m * (1 - m))
        alone = m**2 * float(s.alone.sum()) + (1 - 2 * m) * float(s.alone[few].sum())
        shared = dot(s.held, s.held) - float(s.own.sum())
        variance += float(factor) ** 2 * (alone + alike * shared)
        together += factor * moved
        apart += (factor * moved) ** 2
    some = held > 0
    separate = float(np.sum(apart[some] / held[some]))
    if separate > 1e-24 * float(held.sum()):  # below it is rounding: no case differs
        variance *= float(np.sum(together[some] ** 2 / held[some])) / separate
    return variance
