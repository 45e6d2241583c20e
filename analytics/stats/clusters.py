"""Variance of a weighted mean whose rows come in cases (campaigns, sessions, attacks)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Spread(NamedTuple):
    """Uncertainty of a weighted mean."""

    variance: float
    independent: float
    """Variance if the same rows were independent and of equal weight."""
    n_cases: int

    def n_effective(self, n: int) -> float:
        """Return the independent rows that would give the same variance (n × independent ÷ variance)."""
        return n * self.independent / self.variance if self.variance > 0 else float(n)


def weights(weight: NDArray | None, n: int) -> Floats:
    """Return the row weights as float64, 1 where none were given."""
    if weight is None:
        return np.ones(n)
    return np.asarray(weight, dtype=np.float64)


def take(values: NDArray | None, keep: NDArray) -> NDArray | None:
    """Return the kept rows of an optional array."""
    return None if values is None else np.asarray(values)[keep]


def sums(codes: NDArray, values: NDArray | None, size: int) -> Floats:
    """Return the sum of values (the number of rows where None) at each code 0 … size − 1."""
    return np.asarray(np.bincount(codes, weights=values, minlength=size), dtype=np.float64)


def case_codes(case: NDArray | None, n: int) -> tuple[Ints | None, int]:
    """Return case codes that fit into an array, and its size. Codes without rows may remain.

    Parameters
    ----------
    case : (n,) integer codes, or None where every row stands for itself.
        A negative code is a row without a case: it becomes a case of its own.

    Returns
    -------
    codes, size : None and n where no cases were given.
    """
    if case is None or n == 0:
        return None, n
    codes = np.asarray(case).astype(np.int64, copy=False)
    low, high = int(codes.min()), int(codes.max())
    if low < 0:
        codes = np.where(codes < 0, high + np.cumsum(codes < 0), codes)
        low, high = int(codes.min()), int(codes.max())
    if high - low >= 4 * n + 1000:
        found, codes = np.unique(codes, return_inverse=True)
        return codes, len(found)
    return (codes if low == 0 else codes - low), high - low + 1


def count_cases(codes: Ints | None, size: int, n: int) -> int:
    """Return the number of distinct cases among n rows."""
    return n if codes is None else int(np.count_nonzero(np.bincount(codes, minlength=size)))


def quantile(level: float, df: float = np.inf) -> float:
    """Return the two-sided quantile of Student's t (normal for infinite ``df``), df at least 1."""
    upper = 0.5 + level / 2
    return float(special.ndtri(upper) if np.isinf(df) else special.stdtrit(max(df, 1.0), upper))


def agreement(square: float, sizes: Floats, residuals: Floats) -> float:
    """Return the correlation of residuals within cases, in [0, 1], by the method of moments.

    With variance σ² and correlation ρ within a case of s rows, E[(Σz ÷ s)²] = σ² (1/s + (1 − 1/s) ρ).
    Both sides are averaged over cases, each counting once, so that one giant campaign does not decide.
    Where rows do not vary, or no case has two, nothing speaks against ρ = 1, which is returned.

    Parameters
    ----------
    square : mean squared residual σ² of the rows.
    sizes, residuals : (cases,) rows and sum of residuals of each case.
    """
    count = len(sizes)
    alone = float(np.sum(1 / sizes))
    if square <= 0 or count - alone <= 0 or count < 2:
        return 1.0
    seen = float(np.sum((residuals / sizes) ** 2)) / square * count / (count - 1)
    return min(max((seen - alone) / (count - alone), 0.0), 1.0)


def leverage(share: Floats) -> Floats:
    """Return 1 ÷ √(1 − share), the CR2 correction for a case that holds this share of the weight.

    The share is held at .9 at most: one case alone says nothing of how cases differ.
    """
    return 1 / np.sqrt(1 - np.minimum(share, 0.9))


def spread_of_mean(z: Floats, weight: NDArray | None, codes: Ints | None, size: int) -> Spread:
    """Return the variance of Σ w z ÷ Σ w for residuals z around zero.

    The larger of two. The cluster-robust (CR2) variance Σ_c (Σ_{i∈c} h_i z_i)² ÷ (1 − h_c), h = w ÷ Σ w; and
    the variance under a working model in which rows of one case share one correlation ρ and a variance σ²,
    Σ h_i² z_i² + ρ σ² Σ_c (h_c² − Σ_{i∈c} h_i²). With heavy-tailed cases the first rests on a handful of cases
    and is far too small when these agree by chance; the second borrows from all of them. Without cases both
    are one (HC2).

    Parameters
    ----------
    z : (n,) residuals, or influence per unit of weight.
    weight : (n,) or None for equal weights.
    codes, size : cases as from `case_codes`.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28 (CR2); Kish (1965), Survey Sampling (design effect).
    """
    n = len(z)
    h = weights(weight, n)
    h = h / h.sum()
    square = float(z @ z) / n
    independent = square / max(n - 1, 1)
    moved = h * z
    if codes is None:
        return Spread(float(np.sum((moved * leverage(h)) ** 2)), independent, n)
    held = sums(codes, h, size)
    robust = float(np.sum((sums(codes, moved, size) * leverage(held)) ** 2))
    sizes = sums(codes, None, size)
    there = sizes > 0
    count = int(there.sum())
    alike = agreement(square, sizes[there], sums(codes, z, size)[there]) if count < n else 0.0
    shared = float(held @ held) - float(h @ h)
    floor = float(moved @ moved) + alike * float(moved @ z) * shared
    return Spread(max(robust, floor), independent, count)


def spread_of_parts(
    z: Floats, parts: list[Ints], scale: Floats, weight: NDArray | None, codes: Ints | None, size: int
) -> Spread:
    """Return the variance of Σ_p scale_p · (weighted mean of z over the rows of part p).

    The CR2 variance of the whole, Σ_c (Σ_p scale_p Σ_{i∈c∩p} h_i z_i ÷ √(1 − h_cp))², so that parts that share
    cases may add up or cancel; and for each part what the working model of `spread_of_mean` finds beyond it.

    Parameters
    ----------
    z : (n,) residuals around the mean of their part.
    parts : the rows of each part, by index.
    scale : (P,); a part with scale 0 adds nothing.
    weight, codes, size : as in `spread_of_mean`.
    """
    extra = independent = 0.0
    whole = np.zeros(size if codes is not None else 0)
    for p in np.flatnonzero(scale):
        rows = parts[p]
        n = len(rows)
        if n == 0:
            continue
        own_weight, own_codes, own_z = take(weight, rows), take(codes, rows), z[rows]
        own = spread_of_mean(own_z, own_weight, own_codes, size)
        square = float(scale[p]) ** 2
        extra += square * own.variance
        independent += square * own.independent
        if own_codes is not None:
            h = weights(own_weight, n)
            h = h / h.sum()
            moved = scale[p] * sums(own_codes, h * own_z, size) * leverage(sums(own_codes, h, size))
            extra -= float(moved @ moved)
            whole += moved
    variance = float(whole @ whole) + max(extra, 0.0)
    return Spread(variance, independent, count_cases(codes, size, len(z)))


def effective_cases(weight: NDArray | None, codes: Ints | None, size: int, n: int) -> float:
    """Return (Σ h)² ÷ Σ_c h_c²: how many equal cases would carry the weight as evenly (Kish)."""
    h = weights(weight, n)
    held = h if codes is None else sums(codes, h, size)
    square = float(held @ held)
    return float(held.sum()) ** 2 / square if square > 0 else 0.0
