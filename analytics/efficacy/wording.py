"""Intervals and reasons as estimates: the last step of every figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy.facts import Totals
from analytics.efficacy.identify import ALIKE_SHARE, Identified
from analytics.results import FEW, Estimate, Quality
from analytics.stats.interval import Interval

NO_LABELS = "No event here has a label yet."
MISSED = "What passed is not labelled in a way that tells what was missed. A random audit of it would tell."
UNCOUNTED = "Events that are only counted tell no such slice: its stored rows alone are known."
ALIKE = "Takes the unlabelled alarms to be like the labelled ones."


def reason(found: Identified, totals: Totals) -> str:
    """Return why nothing can be told from these labels."""
    if not found.labelled:
        return NO_LABELS if totals.scored else "No event here has a score."
    if found.how[1] != "open":
        return MISSED
    return (
        f"Fewer than {ALIKE_SHARE:.0%} of the alarms are labelled, and by no design that stands for all of them "
        f"({found.labelled:,} labelled events)."
    )


def explained(estimates: dict[str, Estimate], uncounted: str) -> dict[str, Estimate]:
    """Return estimates that name the real reason where what passed is not known because it was only counted."""
    if not uncounted:
        return estimates
    return {name: replace(e, why=uncounted) if e.why == MISSED else e for name, e in estimates.items()}


def plain(
    i: Interval,
    found: Identified,
    totals: Totals,
    den: NDArray[np.bool_],
    empty: str = "No labelled event is in the denominator.",
    alarms: bool = False,
    smaller: int | None = None,
) -> Estimate:
    """Turn an interval into an estimate; nan becomes *no data*.

    Parameters
    ----------
    den
        Rows in the denominator.
    empty
        The reason where there are none.
    alarms
        The figure speaks of the alarms alone, so its coverage is theirs.
    smaller
        Rows (cases) of the smaller class, where a figure rests on both classes.
    """
    share = labelled_share(found, totals, alarms)
    if np.isnan(i.value):
        needs = i.method.startswith("needs")
        quality: Quality = "not_measurable" if i.method.startswith("needs at least") else "no_data"
        why = i.method[0].upper() + i.method[1:] + "." if needs else empty
        return Estimate(None, None, None, int(i.n), basis=found.basis, coverage=share, quality=quality, why=why)
    has_cases = found.rows.case is not None
    base = int(i.n_cases if has_cases else i.n)
    base = base if smaller is None else min(base, smaller)
    unit = ("case" if has_cases else "event") + ("" if base == 1 else "s")
    return Estimate(
        value=float(i.value),
        low=float(i.low),
        high=float(i.high),
        n=int(i.n),
        n_cases=int(i.n_cases) if has_cases else None,
        n_effective=float(i.n_effective),
        represents=float(found.weight[den].sum()),
        coverage=share,
        method=i.method,
        basis=found.basis,
        quality="few" if base < FEW else "ok",
        why=f"Only {base} labelled {unit} {'stands' if base == 1 else 'stand'} behind it." if base < FEW else "",
    )


def unknown(limit: tuple[float, float], why: str, found: Identified, totals: Totals) -> Estimate:
    """Return an estimate without a value: bounds where the labels allow some."""
    if not found.labelled:
        return Estimate(None, None, None, 0, quality="no_data", why=why)
    low, high = (None if np.isnan(x) else float(x) for x in limit)
    return Estimate(
        None,
        low,
        high,
        found.labelled,
        coverage=labelled_share(found, totals),
        method="bounds",
        basis=found.basis,
        quality="not_measurable",
        why=why,
    )


def labelled_share(found: Identified, totals: Totals, alarms: bool = False) -> float | None:
    """Return the labelled share of what a figure speaks of: the alarms, or everything scored."""
    tp, fp, tn, fn = found.known
    labelled, whole = (tp + fp, totals.above + totals.between) if alarms else (tp + fp + tn + fn, totals.scored)
    return min(labelled / whole, 1.0) if whole > 0 else None


def unless_one(weight: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return weights, or None where all of them are 1: plain counts have the better intervals."""
    return None if len(weight) and (weight == 1).all() else weight


def joined(*sentences: str) -> str:
    """Return sentences as one text."""
    return " ".join(s for s in sentences if s)
