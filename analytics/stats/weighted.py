"""Rates from several samples at once: alarms labelled in full, audits of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analytics.stats.clusters import (
    Floats,
    Ints,
    case_codes,
    count_cases,
    effective_cases,
    quantile,
    take,
)
from analytics.stats.interval import Interval
from analytics.stats.intervals import nothing
from analytics.stats.strata import Stratum, shares, stratum, variance_of_shares

_EXACT = 1e-12
"""How exactly the ends of a gamma mixture are found, as a share of the larger of its parts."""
_LEAST = float(np.finfo(np.float64).tiny)
"""Below it numbers have no digits to look for."""


class Total(NamedTuple):
    """An estimated total of events with its interval."""

    value: float
    low: float
    high: float


class Sample(NamedTuple):
    """A stratified sample: per stratum its known total, and what is left of it by sampling error."""

    strata: list[Stratum]
    total: Floats
    scale: Floats
    """Total × √(1 − rows ÷ total): 0 where every event is labelled."""
    jump: Floats
    """Events that one more case found in the stratum would stand for; 0 where every event is labelled."""
    effective: Floats
    """Kish's number of cases in the stratum."""
    codes: Ints | None
    size: int
    level: float
    widen: float
    """(t ÷ z)² for few cases: what the variance is multiplied by."""

    def unseen(self, h: int) -> float:
        """Return how many events of a kind that was not found may be in a stratum (rule of three)."""
        if self.jump[h] <= 0:
            return 0.0
        return float(self.total[h] * (1 - (1 - self.level) ** (1 / self.effective[h])))


def stratified_ratio(
    numerator: NDArray,
    denominator: NDArray,
    stratum: NDArray,
    stratum_total: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    can_hit: NDArray | None = None,
    complete: NDArray | None = None,
) -> Interval:
    """Return the rate Σ_h N_h·mean(num) ÷ Σ_h N_h·mean(den) over strata of known totals N_h.

    Hits X (num = 1) and misses M (den = 1, num = 0) are estimated as totals; each has a mid-p gamma interval
    (Fay and Kim: that of a Poisson count, allows for a heavier case still unseen); the rate X ÷ (X + M) has the
    interval of the ratio M ÷ X made from both and their correlation (MOVER). Strata labelled in full bring no
    error. Rows with den = 0 say that their stratum holds fewer attacks and are needed. Where nothing was
    found in any sampled stratum the whole error goes to the one side that is open:
    M ≤ max_h N_h (1 − (1 − level)^(1/n_h)), n_h in Kish's number of cases (rule of three).

    Parameters
    ----------
    numerator, denominator : (n,) 0/1; num ≤ den. For recall: flagged attacks, attacks.
    stratum : (n,) codes 0 … H − 1.
    stratum_total : (H,) events in each stratum, known without labels.
    weight : (n,) or None; relative weight of a row *within* its stratum.
    case : (n,) integer codes or None.
    can_hit : (n,) bool or None
        Rows that could count in the numerator if den were 1 (recall, FPR: flagged rows). Strata without them
        cannot hide hits, strata of nothing else cannot hide misses. None: every stratum can hide both.
    complete : (H,) bool or None: strata labelled in full. None: those with as many rows as events.

    Returns
    -------
    Interval
        n counts rows with den = 1. nan where a stratum with events has no row, or no row has den = 1.

    References
    ----------
    Fay & Kim (2017), Biometrical Journal 59 (mid-p gamma); Donner & Zou (2012), Statistical Methods in Medical
    Research 21 (MOVER for ratios); Cochran (1977), Sampling Techniques, ch. 6 (combined ratio).
    """
    sample = stratified(stratum, stratum_total, weight, case, level, complete)
    return sampled_ratio(sample, numerator, denominator, can_hit)


def sampled_ratio(
    sample: Sample,
    numerator: NDArray,
    denominator: NDArray,
    can_hit: NDArray | None = None,
    both: float | None = None,
) -> Interval:
    """Return the rate of `stratified_ratio` from a sample that was made ready for several of them.

    Parameters
    ----------
    sample : as `stratified` returns it.
    numerator, denominator, can_hit : as in `stratified_ratio`.
    both : what `sampled_variance` gives for the denominator, where it is at hand.
    """
    inside = np.asarray(denominator).astype(bool)
    hit = np.asarray(numerator).astype(bool) & inside
    n = int(inside.sum())
    if any(len(own.rows) == 0 for own, events in zip(sample.strata, sample.total, strict=True) if events > 0):
        return nothing("a stratum has events but no labelled row", n)
    if n == 0:
        return nothing("no labelled row in the denominator")
    able, unable = (None, None) if can_hit is None else (np.asarray(can_hit).astype(bool), ~np.asarray(can_hit, bool))
    vx = sampled_variance(sample, hit)
    x = _total(hit, able, sample, vx)
    if inside.all():
        m, vm, vxm = _total(~hit, unable, sample, vx), vx, 0.0
    else:
        miss = inside & ~hit
        vm = sampled_variance(sample, miss)
        m, vxm = _total(miss, unable, sample, vm), vx + vm
        if vx > 0 and vm > 0:
            vxm = sampled_variance(sample, inside) if both is None else both
    value = x.value / (x.value + m.value)
    if inside.all():
        events = float(sample.total.sum())
        low, high = (x.low / events, x.high / events)
        if m.value < x.value:
            low, high = 1 - m.high / events, 1 - m.low / events
    else:
        root = np.sqrt(vx * vm)
        together = float(np.clip((vxm - vx - vm) / (2 * root), -1, 1)) if root > 0 else 0.0
        low, high = _share(x, m, together)
    variance = vx * (1 - value) ** 2 + vm * value**2 - (vxm - vx - vm) * value * (1 - value)
    variance /= (x.value + m.value) ** 2 * sample.widen
    n_effective = float(value * (1 - value) / variance) if variance > 1e-300 and 0 < value < 1 else float(n)
    n_cases = count_cases(take(sample.codes, inside), sample.size, n)
    return Interval(
        value, max(min(low, value), 0.0), min(max(high, value), 1.0), n, n_cases, n_effective, "gamma, MOVER"
    )


def stratified(
    stratum_of: NDArray,
    stratum_total: NDArray,
    weight: NDArray | None = None,
    case: NDArray | None = None,
    level: float = 0.95,
    complete: NDArray | None = None,
) -> Sample:
    """Return the strata with what sampling leaves open in each; parameters as in `stratified_ratio`."""
    codes_of = np.asarray(stratum_of)
    n, total = len(codes_of), np.asarray(stratum_total, dtype=np.float64)
    codes, size = case_codes(case, n)
    strata = [stratum(np.flatnonzero(codes_of == h), weight, codes, size) for h in range(len(total))]
    rows = np.array([len(own.rows) for own in strata], dtype=np.float64)
    full = rows >= total * (1 - 1e-9) if complete is None else np.asarray(complete).astype(bool)
    open_share = np.where(full, 0.0, 1 - np.minimum(rows / np.maximum(total, 1e-300), 1.0))
    effective = np.ones(len(total))
    for h in np.flatnonzero(~full & (rows > 0)):
        own = strata[h].rows
        effective[h] = effective_cases(take(weight, own), take(codes, own), size, len(own))
    sampled = ~full[codes_of]
    n_cases = count_cases(take(codes, sampled), size, int(sampled.sum()))
    return Sample(
        strata,
        total,
        total * np.sqrt(open_share),
        np.where(full, 0.0, total / effective),
        effective,
        codes,
        size,
        level,
        (quantile(level, n_cases - 1) / quantile(level)) ** 2,
    )


def sampled_variance(sample: Sample, found: NDArray) -> float:
    """Return the variance of the estimated total of the rows marked in ``found``; that of all others is the same."""
    return variance_of_shares(found, sample.strata, sample.scale) * sample.widen


def _total(found: NDArray, able: NDArray | None, sample: Sample, v: float) -> Total:
    """Return the total of events with found = 1 and its mid-p gamma interval from its variance ``v``.

    ``able`` marks the rows whose stratum may hold more of them (None: every stratum may).
    """
    mean = shares(found, sample.strata)
    is_open = sample.jump > 0
    known = float(np.sum((sample.total * mean)[~is_open]))
    y = float(np.sum((sample.total * mean)[is_open]))
    may = is_open if able is None else is_open & np.array([bool(able[own.rows].any()) for own in sample.strata])
    jump = float(np.max(sample.jump[may], initial=0.0))
    room = float(np.sum(sample.total[may]))
    tail = (1 - sample.level) / 2
    unseen = sample.total * (1 - (1 - sample.level) ** (1 / sample.effective))
    if y <= 0:
        return Total(known, known, known + float(np.max(unseen[may], initial=0.0)))
    low, high = (_mid_gamma(y, max(v, 1e-12 * y * y), jump, chance) for chance in (tail, 1 - tail))
    low -= float(np.max(unseen[is_open & (mean == 1)], initial=0.0))
    return Total(known + y, known + max(low, 0.0), known + min(high, max(room, y)))


def _mid_gamma(y: float, v: float, jump: float, chance: float) -> float:
    """Return the quantile of the even mixture of the gammas with means y, y + jump and variances v, v + jump²."""
    means, variances = np.array([y, y + jump]), np.array([v, v + jump * jump])
    shape, scale = means**2 / variances, variances / means
    low, high = sorted(scale * special.gammaincinv(shape, chance))

    def beyond(x: float) -> float:
        first, second = special.gammainc(shape, x / scale)
        return float(first + second) - 2 * chance

    return _root_between(beyond, float(low), float(high))


def _root_between(f: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function is 0 between two ends that hold it, to within ``_EXACT`` of the upper end.

    Chandrupatla (1997), Advances in Engineering Software 28: inverse quadratic steps where they are safe, else halves.
    """
    below, above, exact = f(low), f(high), max(_EXACT * high, _LEAST)
    if below >= 0 or above <= 0:
        return low if below >= 0 else high
    a, fa, b, fb, share = high, above, low, below, 0.5
    while True:
        x = a + share * (b - a)
        fx = f(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, fc, b, fb = b, fb, a, fa
        a, fa = x, fx
        least = exact / abs(b - a)
        if fx == 0 or least > 0.5:
            return a if abs(fa) < abs(fb) else b
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        share = 0.5
        if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
            share = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        share = min(max(share, least), 1 - least)


def _share(x: Total, m: Total, together: float) -> tuple[float, float]:
    """Return the interval of X ÷ (X + M) from the intervals of X and M and their correlation."""
    if x.value <= 0:
        above = _upper(x, m, together)
        return 0.0, above / (1 + above) if np.isfinite(above) else 1.0
    above = _upper(m, x, together)
    b = m.value * x.value - together * (m.value - m.low) * (x.high - x.value)
    a, c = x.high * (2 * x.value - x.high), m.low * (2 * m.value - m.low)
    root = b + _root(b, a, c)
    below = c / root if root > 0 else 0.0
    return float(1 / (1 + above)), float(1 / (1 + below))


def _upper(top: Total, bottom: Total, together: float) -> float:
    """Return the upper limit of top ÷ bottom (Donner and Zou); infinite where bottom may be 0."""
    if bottom.low <= 0:
        return float("inf")
    b = top.value * bottom.value - together * (top.high - top.value) * (bottom.value - bottom.low)
    a, c = bottom.low * (2 * bottom.value - bottom.low), top.high * (2 * top.value - top.high)
    return float((b + _root(b, a, c)) / a)


def _root(b: float, a: float, c: float) -> float:
    """Return √(b² − ac), 0 where the difference is mere rounding: its root would be a visible width."""
    gap = b * b - a * c
    return float(np.sqrt(gap)) if gap > 8 * np.finfo(np.float64).eps * b * b else 0.0
