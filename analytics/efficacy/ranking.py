"""Figures over all thresholds: areas (whole, partial), recall at fixed false-positive rates, Brier score, calibration.

They need labels of what passed. From an audit their own sampling error tells too little: the attacks that the audit
did not find lie somewhere below, so the interval also takes in what the interval of recall allows. Where a few
labels are missing from a full set, it takes in the worst and the best that these could be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analytics.efficacy.facts import Totals, distinct
from analytics.efficacy.identify import Identified, Standing
from analytics.efficacy.wording import MISSED, NO_LABELS, joined, plain, reason, unless_one
from analytics.results import Estimate
from analytics.stats import calibration, curves, partial
from analytics.stats.ranking import Ranking, rank

_BOTH = "This needs labelled attacks and labelled benign events."
_RECALL_AT = {"recall_at_fpr_01": 0.01, "recall_at_fpr_001": 0.001}
_PARTIAL = {"partial_auc_01": 0.01, "partial_auc_1": 0.1}
"""The false-positive rate up to which each goes."""
MEASURES = ("auc", "average_precision", "brier", "ece", *_RECALL_AT, *_PARTIAL)
_VALUES: dict[str, Callable[[Ranking], float]] = {
    "auc": curves.auc_value,
    "average_precision": curves.average_precision_value,
    **{name: lambda order, at=at: curves.recall_value_at_fpr(order, at) for name, at in _RECALL_AT.items()},
    **{name: lambda order, at=at: partial.partial_auc_value(order, at) for name, at in _PARTIAL.items()},
}
"""What the weights at each score alone give."""
_LEAST = {name: partial.standardised(0.0, at) for name, at in _PARTIAL.items()}
"""The figure where no attack is ranked above any benign event, unless it is 0."""
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
    out: dict[str, Estimate] = {}
    for name in MEASURES:
        e = found.standing.once(name, lambda name=name: _sampled(found, totals, name))
        if e.value is not None and found.basis == "audit" and name in _VALUES:
            e = _with_unfound(found, e, recall, name)
        if e.value is not None and found.basis == "full" and not found.complete:
            e = _with_missing(found, e, name)
        if name in _PROBABILITIES and not calibrated:
            e = replace(e, unit="score", why=joined(e.why, "The score was not shown to be a probability."))
        out[name] = e
    return out


def order_of(standing: Standing) -> Ranking:
    """Return the rows that may be used in the order of their scores."""
    rows = standing.rows
    return standing.once("order", lambda: rank(rows.attack, rows.score, standing.weight))


def _sampled(found: Identified, totals: Totals, name: str) -> Estimate:
    """Return a figure with its own sampling error, which no threshold changes."""
    y, s, case = found.rows.attack, found.rows.score, found.rows.case
    weight, order = unless_one(found.weight), order_of(found.standing)
    if name == "auc":
        interval = curves.auc(y, s, weight, case, order=order)
    elif name == "average_precision":
        interval = curves.average_precision(y, s, weight, case, order=order)
    elif name == "brier":
        interval = calibration.brier(y, s, weight, case)
    elif name == "ece":
        interval = calibration.ece(y, s, weight, case=case, order=order)
    elif name in _PARTIAL:
        interval = partial.partial_auc(y, s, _PARTIAL[name], weight, case, order=order)
    else:
        interval = curves.recall_at_fpr(y, s, _RECALL_AT[name], weight, case, order=order)
    smaller = found.standing.once("smaller", lambda: _smaller_class(found))
    every = np.ones(len(y), bool)
    return plain(interval, found, totals, every, _BOTH, smaller=smaller if name in _VALUES else None)


def _smaller_class(found: Identified) -> int:
    """Rows of the rarer class, or its cases where cases are known."""
    attack, case = found.rows.attack, found.rows.case
    if case is None:
        return min(int(attack.sum()), int((~attack).sum()))
    return min(distinct(case[attack]), distinct(case[~attack]))


def _with_unfound(found: Identified, e: Estimate, recall: Estimate, name: str) -> Estimate:
    """Widen an interval by the attacks below that an audit may have missed, and by those that it over-counts.

    The interval of recall r says how many attacks lie below: caught × (1 − r) ÷ r. At the lower end the further
    ones are ranked last of all; at the upper end those found below weigh as little as it allows.
    """
    order = order_of(found.standing)
    above = 0 if found.threshold is None else int(np.count_nonzero(order.threshold >= found.threshold))
    caught, found_below = float(order.attacks[:above].sum()), float(order.attacks[above:].sum())
    if not caught or not recall.low or recall.high is None or e.low is None or e.high is None or e.value is None:
        return replace(e, quality="few", why=joined("What was missed is hardly known.", e.why))
    most, least = (max(caught * (1 - r) / r, found.unplaced_misses) for r in (recall.low, recall.high))
    # Attacks ranked last of all add next to nothing to any of these figures, but to the number of attacks.
    floor = _LEAST.get(name, 0.0)
    last = floor + (e.low - floor) * (caught + found_below) / (caught + max(most, found_below))
    lighter = min(least / max(found_below, 1e-300), 1)
    light = order._replace(attacks=np.append(order.attacks[:above], order.attacks[above:] * lighter))
    first = _VALUES[name](light)
    high = e.high if np.isnan(first) else max(e.high, first)
    return replace(e, low=min(e.low, last), high=high, method=f"{e.method}, with unfound attacks")


def _with_missing(found: Identified, e: Estimate, name: str) -> Estimate:
    """Widen an interval by the worst and the best that the unlabelled rest of a full set could be."""
    if name == "ece" or e.value is None or e.low is None or e.high is None:
        return replace(e, why=joined("Leaves out the events without a label.", e.why))
    missing = max(found.unknown_above, found.unknown_below)
    if name in _VALUES:
        ends = [_point(found, name, missing, attack, top) for attack in (False, True) for top in (False, True)]
    else:
        total = float(found.weight.sum())
        ends = [e.value * total / (total + missing), (e.value * total + missing) / (total + missing)]
    low, high = np.nanmin([*ends, e.value]), np.nanmax([*ends, e.value])
    why = joined("The interval allows for every label that is missing.", e.why)
    return replace(
        e,
        low=max(_LEAST.get(name, 0.0), float(low) - (e.value - e.low)),
        high=min(1.0, float(high) + (e.high - e.value)),
        method=f"{e.method}, with bounds",
        why=why,
    )


def _point(found: Identified, name: str, extra: float, attack: bool, top: bool) -> float:
    """Return a figure's value with ``extra`` more events, all attacks or all benign, above or below all others."""
    order = order_of(found.standing)
    one, none = np.array([extra]), np.zeros(1)
    attacks, benign = (one, none) if attack else (none, one)
    if top:
        added = (np.append(attacks, order.attacks), np.append(benign, order.benign))
    else:
        added = (np.append(order.attacks, attacks), np.append(order.benign, benign))
    return _VALUES[name](order._replace(attacks=added[0], benign=added[1]))
