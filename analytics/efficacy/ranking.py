"""Figures over all thresholds: areas, recall at fixed false-positive rates, Brier score, calibration error.

They need labels of what passed. From an audit their own sampling error tells too little: the attacks that the audit
did not find lie somewhere below, so the interval also takes in what the interval of recall allows. Where a few
labels are missing from a full set, it takes in the worst and the best that these could be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy.facts import Totals
from analytics.efficacy.identify import Identified
from analytics.efficacy.wording import MISSED, NO_LABELS, joined, plain, reason, unless_one
from analytics.results import Estimate
from analytics.stats import calibration, curves
from analytics.stats.interval import Interval

_BOTH = "This needs labelled attacks and labelled benign events."
_OUTSIDE = 1e6
"""A score beyond all others."""
Floats = NDArray[np.float64]
Measure = Callable[[NDArray[np.bool_], Floats, Floats | None, NDArray[np.int64] | None], Interval]

MEASURES: dict[str, Measure] = {
    "auc": lambda y, s, w, c: curves.auc(y, s, w, c),
    "average_precision": lambda y, s, w, c: curves.average_precision(y, s, w, c),
    "brier": lambda y, s, w, c: calibration.brier(y, s, w, c),
    "ece": lambda y, s, w, c: calibration.ece(y, s, w, case=c),
    "recall_at_fpr_01": lambda y, s, w, c: curves.recall_at_fpr(y, s, 0.01, w, c),
    "recall_at_fpr_001": lambda y, s, w, c: curves.recall_at_fpr(y, s, 0.001, w, c),
}
_RANKED = ("auc", "average_precision", "recall_at_fpr_01", "recall_at_fpr_001")
_PROBABILITIES = ("brier", "ece")


def no_curve(found: Identified, totals: Totals) -> str:
    """Return why the labels do not identify a ROC or precision–recall curve; empty where they do."""
    if not found.labelled:
        return NO_LABELS
    if found.basis not in ("full", "audit"):
        return MISSED if found.basis == "alarms" else reason(found, totals)
    attack = found.rows.attack
    return "" if attack.any() and not attack.all() else _BOTH


def rankings(found: Identified, totals: Totals, recall: Estimate, calibrated: bool) -> dict[str, Estimate]:
    """Return the estimates over all thresholds.

    Parameters
    ----------
    found
        What can be used of the labels.
    totals
        The population.
    recall
        Recall at the threshold: how many attacks an audit may have left unfound.
    calibrated
        The score was declared a probability.
    """
    if found.basis not in ("full", "audit"):
        why, quality = no_curve(found, totals), "not_measurable" if found.labelled else "no_data"
        return {n: Estimate(None, None, None, 0, basis=found.basis, quality=quality, why=why) for n in MEASURES}
    rows, weight = found.rows, unless_one(found.weight)
    every = np.ones(len(rows.attack), bool)
    smaller = _smaller_class(found)
    out: dict[str, Estimate] = {}
    for name, measure in MEASURES.items():
        interval = measure(rows.attack, rows.score, weight, rows.case)
        e = plain(interval, found, totals, every, _BOTH, smaller=smaller if name in _RANKED else None)
        if e.value is not None and found.basis == "audit" and name in _RANKED:
            e = _with_unfound(found, e, recall, measure)
        if e.value is not None and found.basis == "full" and not found.complete:
            e = _with_missing(found, e, name, measure)
        if name in _PROBABILITIES and not calibrated:
            e = replace(e, unit="score", why=joined(e.why, "The score was not shown to be a probability."))
        out[name] = e
    return out


def _smaller_class(found: Identified) -> int:
    """Rows of the rarer class, or its cases where cases are known."""
    sides = (found.rows.take(found.rows.attack), found.rows.take(~found.rows.attack))
    return min(len(side.score) if side.cases is None else side.cases for side in sides)


def _with_unfound(found: Identified, e: Estimate, recall: Estimate, measure: Measure) -> Estimate:
    """Widen an interval by the attacks below that an audit may have missed, and by those that it over-counts.

    The interval of recall r says how many attacks lie below: caught × (1 − r) ÷ r. At the lower end the further
    ones are ranked last of all; at the upper end those found below weigh as little as it allows.
    """
    rows = found.rows
    caught = float(found.weight[found.flagged & rows.attack].sum())
    found_below = float(found.weight[~found.flagged & rows.attack].sum())
    if not caught or not recall.low or recall.high is None or e.low is None or e.high is None or e.value is None:
        return replace(e, quality="few", why=joined("What was missed is hardly known.", e.why))
    most, least = (max(caught * (1 - r) / r, found.unplaced_misses) for r in (recall.low, recall.high))
    # Attacks ranked last of all add next to nothing to any of these figures, but to the number of attacks.
    last = e.low * (caught + found_below) / (caught + max(most, found_below))
    light = np.where(
        ~found.flagged & rows.attack, found.weight * min(least / max(found_below, 1e-300), 1), found.weight
    )
    some = light > 0
    first = float(measure(rows.attack[some], rows.score[some], light[some], None).value)
    high = e.high if np.isnan(first) else max(e.high, first)
    return replace(e, low=min(e.low, last), high=high, method=f"{e.method}, with unfound attacks")


def _with_missing(found: Identified, e: Estimate, name: str, measure: Measure) -> Estimate:
    """Widen an interval by the worst and the best that the unlabelled rest of a full set could be."""
    if name == "ece" or e.value is None or e.low is None or e.high is None:
        return replace(e, why=joined("Leaves out the events without a label.", e.why))
    missing = max(found.unknown_above, found.unknown_below)
    ends = [_point(found, measure, missing, attack, top) for attack in (False, True) for top in (False, True)]
    if name == "brier":
        total = float(found.weight.sum())
        ends = [e.value * total / (total + missing), (e.value * total + missing) / (total + missing)]
    low, high = np.nanmin([*ends, e.value]), np.nanmax([*ends, e.value])
    why = joined("The interval allows for every label that is missing.", e.why)
    return replace(
        e,
        low=max(0.0, float(low) - (e.value - e.low)),
        high=min(1.0, float(high) + (e.high - e.value)),
        method=f"{e.method}, with bounds",
        why=why,
    )


def _point(found: Identified, measure: Measure, extra: float, attack: bool, top: bool) -> float:
    """Return a measure's value with ``extra`` more events, all attacks or all benign, above or below all others."""
    rows = found.rows
    if extra <= 0:
        return float(measure(rows.attack, rows.score, found.weight, None).value)
    label = np.append(rows.attack, attack)
    score = np.append(rows.score, _OUTSIDE if top else -_OUTSIDE)
    return float(measure(label, score, np.append(found.weight, extra), None).value)
