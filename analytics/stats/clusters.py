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


def dot(a: Floats, b: Floats) -> float:
    """Return Σ a b, on this thread alone.

    ``a @ b`` wakes the threads of the linear algebra library for every long vector: on busy cores that takes a
    hundred times as long as the sum.

    Parameters
    ----------
    a, b : (n,)
    """
    return float(np.einsum("i,i->", a, b))


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


def covariance_within(moved: Floats, held: Floats, own_moved: Floats, own_held: Floats, square: float) -> float:
    """Return the covariance of two rows of one case: the mean over pairs, every row counting alike.

    Σ_c (m_c² − Σ_{i∈c} m_i²) ÷ h_c over Σ_c (h_c² − Σ_{i∈c} h_i²) ÷ h_c, with m = h z, over cases of several rows.
    Pairs counting alike (not ÷ h_c) would give the cluster-robust variance, which a few giant cases decide;
    cases counting alike (÷ h_c²) would take giants to be like small cases. As residuals lie around an estimated
    mean this is too small by Σ_c h_c² of itself; σ² Σ_c h_c² is added, which is the most that can be: where one
    case holds all the weight nothing speaks against its rows being one.

    Parameters
    ----------
    moved, held : (cases,) m_c and h_c, Σ h_c = 1, all h_c > 0.
    own_moved, own_held : (cases,) Σ m_i² and Σ h_i² over the rows of each case.
    square : weighted mean squared residual σ².

    References
    ----------
    Karlin, Cameron & Williams (1981), PNAS 78 (weights of pairs); Ridout, Demétrio & Firth (1999), Biometrics 55.
    """
    pairs = float(np.sum((held**2 - own_held) / held))
    seen = float(np.sum((moved**2 - own_moved) / held)) / pairs if pairs > 1e-12 else 0.0
    return max(seen, 0.0) + square * dot(held, held)


def leverage(share: Floats) -> Floats:
    """Return 1 ÷ √(1 − share), the CR2 correction for a case that holds this share of the weight.

    The share is held at .9 at most: one case alone says nothing of how cases differ.
    """
    return 1 / np.sqrt(1 - np.minimum(share, 0.9))


def spread_of_mean(z: Floats, weight: NDArray | None, codes: Ints | None, size: int) -> Spread:
    """Return the variance of Σ w z ÷ Σ w for residuals z around zero.

    Σ_i h_i² z_i² ÷ (1 − h_i) for rows by themselves (HC2), h = w ÷ Σ w, and a Σ_c (h_c² − Σ_{i∈c} h_i²) for rows
    of one case, a from `covariance_within`: cases share one covariance, so that the variance does not rest on
    the handful of giants that carry the mean.

    Parameters
    ----------
    z : (n,) residuals, or influence per unit of weight.
    weight : (n,) or None for equal weights.
    codes, size : cases as from `case_codes`.

    References
    ----------
    MacKinnon & White (1985), Journal of Econometrics 29 (HC2); Kish (1965), Survey Sampling (design effect).
    Chosen in `docs/decisions/0008-cases-share-one-covariance.md`.
    """
    n = len(z)
    h = weights(weight, n)
    h = h / h.sum()
    independent = dot(z, z) / n / max(n - 1, 1)
    moved = h * z
    alone = float(np.sum((moved * leverage(h)) ** 2))
    if codes is None:
        return Spread(alone, independent, n)
    held = sums(codes, h, size)
    there = held > 0
    count = int(there.sum())
    own_held = sums(codes, h * h, size)[there]
    shared = dot(held, held) - float(own_held.sum())
    own_moved = sums(codes, moved * moved, size)[there]
    alike = covariance_within(sums(codes, moved, size)[there], held[there], own_moved, own_held, dot(moved, z))
    return Spread(alone + alike * shared, independent, count)


def spread_of_parts(
    z: Floats, parts: list[Ints], scale: Floats, weight: NDArray | None, codes: Ints | None, size: int
) -> Spread:
    """Return the variance of Σ_p scale_p · (weighted mean of z over the rows of part p).

    The sum of the parts' own variances (`spread_of_mean`), times what sharing cases makes of it: with
    m_cp = scale_p Σ_{i∈c∩p} h_i z_i and g_c = Σ_p |scale_p| h_cp, Σ_c (Σ_p m_cp)² ÷ g_c over
    Σ_c Σ_p m_cp² ÷ g_c, so that parts with the same cases may add up or cancel. 1 where none is shared.

    Parameters
    ----------
    z : (n,) residuals around the mean of their part.
    parts : the rows of each part, by index.
    scale : (P,); a part with scale 0 adds nothing.
    weight, codes, size : as in `spread_of_mean`.
    """
    variance = independent = 0.0
    together, apart, held = np.zeros((3, size if codes is not None else 0))
    for p in np.flatnonzero(scale):
        rows = parts[p]
        if len(rows) == 0:
            continue
        own_weight, own_codes, own_z = take(weight, rows), take(codes, rows), z[rows]
        own = spread_of_mean(own_z, own_weight, own_codes, size)
        square = float(scale[p]) ** 2
        variance += square * own.variance
        independent += square * own.independent
        if own_codes is not None:
            h = weights(own_weight, len(rows))
            h = h * (abs(float(scale[p])) / h.sum())
            moved = np.sign(scale[p]) * sums(own_codes, h * own_z, size)
            together += moved
            apart += moved**2
            held += sums(own_codes, h, size)
    some = held > 0
    separate = float(np.sum(apart[some] / held[some]))
    if separate > 1e-24 * float(held.sum()):  # below it is rounding: no case differs
        variance *= float(np.sum(together[some] ** 2 / held[some])) / separate
    return Spread(variance, independent, count_cases(codes, size, len(z)))


def effective_cases(weight: NDArray | None, codes: Ints | None, size: int, n: int) -> float:
    """Return (Σ h)² ÷ Σ_c h_c²: how many equal cases would carry the weight as evenly (Kish)."""
    h = weights(weight, n)
    held = h if codes is None else sums(codes, h, size)
    square = dot(held, held)
    return float(held.sum()) ** 2 / square if square > 0 else 0.0
