"""Shares in strata, made ready once for many 0/1 columns on the same rows.

What `clusters.spread_of_parts` finds for a 0/1 column, worked out from the rows that are in the minority: all others
of a stratum move alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.stats.clusters import Floats, Ints, agreement, leverage, sums, take, weights


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
    raised: Floats
    """CR2 correction of each case."""
    there: Ints
    """Cases that have rows here."""
    sizes: Floats
    """Their numbers of rows."""


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
    held, count = sums(own, h, size), sums(own, None, size)
    there = np.flatnonzero(count)
    return Stratum(rows, h, own, held, leverage(held), there, count[there])


def shares(found: NDArray, strata: list[Stratum]) -> Floats:
    """Return the weighted share of the rows marked in ``found`` in each stratum; exactly 0 or 1 for none or all."""
    mean = np.zeros(len(strata))
    for p, s in enumerate(strata):
        own = found[s.rows]
        mean[p] = 1.0 if own.all() else float(s.h[own].sum())
    return np.where([len(s.rows) > 0 for s in strata], mean, 0.0)


def variance_of_shares(found: NDArray, strata: list[Stratum], scale: Floats) -> float:
    """Return the variance of Σ_p scale_p · (share of ``found`` in stratum p).

    With k of n rows marked, their weight m, and F_c that of case c, the residuals are 1 − m and −m: their sum by
    case is F_c − m h_c, their squares sum to k (1 − m)² + (n − k) m², and so on. The formulas are those of
    `clusters.spread_of_mean` and `spread_of_parts`.

    Parameters
    ----------
    found : (n,) bool.
    strata : as from `stratum`.
    scale : (P,); a stratum with scale 0 adds nothing.
    """
    extra = 0.0
    whole = np.zeros(len(strata[0].held)) if strata else np.zeros(0)
    for s, factor in zip(strata, scale, strict=True):
        n, own = len(s.rows), found[s.rows]
        k = int(np.count_nonzero(own))
        if factor == 0 or k in (0, n):
            continue
        if 2 * k > n:
            own, k, factor = ~own, n - k, -factor
        few = np.flatnonzero(own)
        h, codes = s.h[few], s.codes[few]
        m = float(h.sum())
        moved = factor * s.raised * (sums(codes, h, len(s.held)) - m * s.held)
        robust = float(moved @ moved)
        alike = 0.0
        if len(s.there) < n:
            residuals = sums(codes, None, len(s.held))[s.there] - m * s.sizes
            alike = agreement((k * (1 - m) ** 2 + (n - k) * m**2) / n, s.sizes, residuals)
        squares = float(s.h @ s.h)
        shared = float(s.held @ s.held) - squares
        floor = m**2 * squares + (1 - 2 * m) * float(h @ h) + alike * m * (1 - m) * shared
        extra += max(float(factor) ** 2 * floor - robust, 0.0)
        whole += moved
    return float(whole @ whole) + extra
