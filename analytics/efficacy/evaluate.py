"""From labelled rows and totals to estimates, each on the basis that holds for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy import by_case, lowered
from analytics.efficacy.facts import Labelled, Totals
from analytics.efficacy.identify import Identified, identify
from analytics.efficacy.ranking import rankings
from analytics.efficacy.wording import ALIKE, MISSED, NO_LABELS, joined, plain, reason, unknown, unless_one
from analytics.results import Estimate
from analytics.stats import bounds, intervals, weighted

_ARRIVING = "Labels are still arriving for a good part of this window."
RATES = ("prevalence", "precision", "recall", "fpr", "f1")
Bools = NDArray[np.bool_]


def evaluate(
    rows: Labelled, totals: Totals, threshold: float | None, calibrated: bool, arriving: bool
) -> tuple[Identified, dict[str, Estimate]]:
    """Return the basis and all estimates of one population.

    Parameters
    ----------
    rows
        Labelled rows, unscored ones included.
    totals
        The population that they are a part of.
    threshold
        Positive means score >= threshold.
    calibrated
        The score was declared a probability.
    arriving
        Labels of a good part of the window are still to come.
    """
    found = identify(rows, totals, threshold)
    return found, estimates(found, rows, totals, calibrated, arriving)


def estimates(
    found: Identified, rows: Labelled, totals: Totals, calibrated: bool, arriving: bool, over_all: bool = True
) -> dict[str, Estimate]:
    """Return all estimates of what was identified; the other parameters are those of ``evaluate``.

    Parameters
    ----------
    over_all
        Those over all thresholds too: areas and calibration, which take most of the time; and right alarms by case.
    """
    told = rates(found, totals, found.threshold)
    out = {"label_coverage": coverage(rows, totals), "protected_share": _protected(totals), **told}
    if over_all:
        out["precision_by_case"] = by_case.precision(found, totals, told["precision"])
        out |= rankings(found, totals, told["recall"], calibrated)
    return marked(out) if arriving else out


def marked(estimates: dict[str, Estimate]) -> dict[str, Estimate]:
    """Return estimates that say that labels are still arriving; volumes need no labels and stay."""
    return {
        name: replace(e, quality="arriving", why=joined(_ARRIVING, e.why))
        if e.quality in ("ok", "few") and name != "protected_share"
        else e
        for name, e in estimates.items()
    }


def coverage(rows: Labelled, totals: Totals) -> Estimate:
    """Return the labelled share of all events: counted, so its interval is the value itself."""
    return _share(float(rows.weight.sum()), totals)


def _share(part: float, totals: Totals) -> Estimate:
    if totals.events <= 0:
        return Estimate(None, None, None, 0, quality="no_data", why="No event is in this selection.")
    value = min(part / totals.events, 1.0)
    return Estimate(
        value, value, value, totals.rows, represents=totals.events, coverage=1.0, method="count", basis="full"
    )


def _protected(totals: Totals) -> Estimate:
    if totals.mode_unknown <= 0:
        return _share(totals.guarded, totals)
    low = totals.guarded / totals.events
    high = (totals.guarded + totals.mode_unknown) / totals.events
    why = "For some of these events it is not told whether the model could act (column mode)."
    return Estimate(
        None, low, high, totals.rows, represents=totals.events, method="bounds", quality="not_measurable", why=why
    )


def rates(
    found: Identified, totals: Totals, threshold: float | None, names: tuple[str, ...] = RATES
) -> dict[str, Estimate]:
    """Return the named ones of prevalence, precision, recall, fpr and f1."""
    attack, flagged = found.rows.attack, found.flagged
    one = np.ones(len(attack), bool)
    limits = bounds.rate_bounds(*found.known, found.unknown_above, found.unknown_below)
    every: dict[str, tuple[Bools, Bools]] = {
        "prevalence": (attack, one),
        "precision": (attack & flagged, flagged),
        "recall": (attack & flagged, attack),
        "fpr": (~attack & flagged, ~attack),
        "f1": (attack & flagged, attack | flagged),
    }
    pairs = {n: every[n] for n in names}
    if threshold is None:
        why = "No threshold is known for this version, and none was asked for."
        out = {n: Estimate(None, None, None, 0, quality="no_data", why=why) for n in pairs}
        if found.basis == "full" and "prevalence" in names:
            out["prevalence"] = _full(found, totals, "prevalence", attack, one, limits["prevalence"])
        return out
    if found.basis is None:
        return {n: unknown(limits[n], reason(found, totals), found, totals) for n in pairs}
    if found.basis == "alarms":
        told = _from_alarms(found, totals, limits)
        return {n: told[n] for n in names}
    estimate = _full if found.basis == "full" else _audited
    told = {n: estimate(found, totals, n, num, den, limits[n]) for n, (num, den) in pairs.items()}
    if found.basis == "audit" and totals.passed_above > 0:
        return lowered.rates(found, totals, strata(found), told)
    return lowered.with_unfound(told) if found.basis == "audit" else told


def _full(found: Identified, totals: Totals, name: str, num: Bools, den: Bools, limit: tuple[float, float]) -> Estimate:
    """A rate of a fully labelled set; what little is unlabelled widens the interval by its bounds."""
    weight, case = unless_one(found.weight), found.rows.case
    if name == "f1":
        e = plain(intervals.f1(found.rows.attack, found.flagged, weight, case), found, totals, den)
    elif name == "prevalence":
        e = found.standing.once(name, lambda: plain(intervals.ratio(num, den, weight, case), found, totals, den))
    else:
        e = plain(intervals.ratio(num, den, weight, case), found, totals, den, alarms=name == "precision")
    if found.complete or e.value is None or e.low is None or e.high is None:
        return e
    low, high = e.low, e.high
    if not np.isnan(limit).any():
        low = max(0.0, min(low, limit[0] - (e.value - e.low)))
        high = min(1.0, max(high, limit[1] + (e.high - e.value)))
    why = joined("The interval allows for every label that is missing.", e.why)
    return replace(e, low=low, high=high, method=f"{e.method}, with bounds", why=why)


def _audited(
    found: Identified, totals: Totals, name: str, num: Bools, den: Bools, limit: tuple[float, float]
) -> Estimate:
    """A rate from alarms and an audit of what passed, each scaled to what it stands for."""
    weight, case = unless_one(found.weight), found.rows.case
    if name == "precision":
        e = plain(intervals.ratio(num, den, weight, case), found, totals, den, alarms=True)
    elif name == "f1":
        e = plain(intervals.f1(found.rows.attack, found.flagged, weight, case), found, totals, den)
    else:
        e = _stratified(found, totals, name, num, den)
        if name == "recall" and totals.passed_above > 0:
            e = lowered.recall(found, totals, strata(found), e)
    if e.value is None:
        return unknown(limit, e.why or NO_LABELS, found, totals)
    if name == "recall":
        e = _with_known_misses(found, totals, e)
    if found.how[1] == "alike":
        e = replace(e, why=joined(e.why, ALIKE))
    return e


def _stratified(found: Identified, totals: Totals, name: str, num: Bools, den: Bools) -> Estimate:
    """Prevalence, recall or false-positive rate over both strata."""
    standing, sample = found.standing, strata(found)
    if name == "prevalence":
        return standing.once(name, lambda: plain(weighted.sampled_ratio(sample, num, den), found, totals, den))
    # The denominators of both rates are attacks and the rest: they vary by the same.
    both = standing.once("variance", lambda: weighted.sampled_variance(sample, found.rows.attack))
    return plain(weighted.sampled_ratio(sample, num, den, found.flagged, both), found, totals, den)


def strata(found: Identified) -> weighted.Sample:
    """Return what passed and what was acted on as strata of one sample."""
    standing = found.standing
    complete = np.array([h == "complete" for h in found.how])
    return standing.once(
        "sample",
        lambda: weighted.stratified(
            standing.stratum, np.array(standing.totals), standing.weight, standing.rows.case, complete=complete
        ),
    )


def _with_known_misses(found: Identified, totals: Totals, e: Estimate) -> Estimate:
    """Let recall allow for missed attacks that are known.

    No end may say that fewer were missed than are known of any source, whatever was caught at most. Where nobody knows
    what known ones stand for, the audit may or may not have been drawn from them too: the lower end counts them beside
    what it found.
    """
    extra, known = found.unplaced_misses, found.known[3]
    caught = float(found.weight[found.flagged & found.rows.attack].sum())
    if not known or e.value is None or e.low is None or e.high is None:
        return e
    least = caught / (caught + known)
    value, low, high, why = min(e.value, least), e.low, e.high, e.why
    if extra:
        low = caught * low / (caught + extra * low) if caught else 0.0
        why = joined(why, "Missed attacks that no audit drew are known too; the interval allows for them.")
    if high > least:
        most = _caught_at_most(found, totals, caught)
        high = max(value, min(high, most / (most + known)))
    return replace(e, value=value, low=min(low, value), high=high, why=why)


def _caught_at_most(found: Identified, totals: Totals, caught: float) -> float:
    """Return how many attacks were caught at most: the upper end of the share of right alarms, if not all are known."""
    attack, flagged = found.rows.attack, found.flagged
    if totals.passed_above > 0:  # what rows stand for does not add up to what a lower threshold would flag
        return max(caught, lowered.caught_at_most(found, totals, strata(found)))
    if not flagged.any() or (found.how[1] == "complete" and found.rows.acted[flagged].all()):
        return caught
    right = intervals.ratio(attack & flagged, flagged, unless_one(found.weight), found.rows.case)
    return float(found.weight[flagged].sum()) * right.high


def _from_alarms(found: Identified, totals: Totals, limits: dict[str, tuple[float, float]]) -> dict[str, Estimate]:
    """Only what was acted on is known: precision, and nearly the false-positive rate, but no recall."""
    attack, flagged = found.rows.attack, found.flagged
    out = {n: unknown(limits[n], MISSED, found, totals) for n in ("prevalence", "recall", "f1")}
    if totals.passed_above > 0:
        why = "At this threshold events count as alarms that were passed, and what passed is not labelled."
        return {
            "precision": unknown(limits["precision"], why, found, totals),
            "fpr": unknown(limits["fpr"], why, found, totals),
            **out,
        }
    interval = intervals.ratio(attack & flagged, flagged, unless_one(found.weight), found.rows.case)
    precision = plain(interval, found, totals, flagged, alarms=True)
    if precision.value is None or precision.low is None or precision.high is None:
        return {"precision": precision, "fpr": unknown(limits["fpr"], precision.why, found, totals), **out}
    if found.how[1] == "alike":
        precision = replace(precision, why=joined(precision.why, ALIKE))
    alarms = float(found.weight[flagged].sum())
    below = totals.scored - alarms
    if below <= 0:
        return {"precision": precision, "fpr": unknown(limits["fpr"], MISSED, found, totals), **out}
    ends = (precision.value, precision.high, precision.low)
    value, low, high = (float(x) for x in alarms * (1 - np.array(ends, dtype=np.float64)))
    fpr = replace(
        precision,
        value=value / (value + below),
        low=low / (low + below),
        high=high / (high + below),
        represents=totals.scored,
        method=f"wrong alarms ÷ volume, {precision.method}",
        why=joined("Takes what was not flagged for benign: nearly exact while attacks are rare.", precision.why),
    )
    return {"precision": precision, "fpr": fpr, **out}
