"""From labelled rows and totals to estimates, each on the basis that holds for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy.facts import Labelled, Totals
from analytics.efficacy.identify import Identified, identify
from analytics.results import FEW, Estimate
from analytics.stats import bounds, calibration, curves, intervals, weighted
from analytics.stats.interval import Interval

_NO_LABELS = "No event here has a label yet."
_NO_SCORES = "No labelled event here has a score."
_NEEDS_BOTH = "This needs labelled attacks and labelled benign events."
_ARRIVING = "Labels are still arriving for a good part of this window."


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
    estimates = {
        "label_coverage": _coverage(rows, totals),
        "protected_share": _protected(totals),
        **_rates(found, totals, threshold),
        **_rankings(found, totals, calibrated),
    }
    if arriving:
        for name, e in estimates.items():
            if e.quality in ("ok", "few") and name != "protected_share":
                estimates[name] = replace(e, quality="arriving", why=_join(_ARRIVING, e.why))
    return found, estimates


def rates(found: Identified, totals: Totals, threshold: float | None) -> dict[str, Estimate]:
    """Return precision, recall, fpr, prevalence and f1 alone: what the weeks need."""
    return _rates(found, totals, threshold)


def coverage(rows: Labelled, totals: Totals) -> Estimate:
    """Return the labelled share of all events."""
    return _coverage(rows, totals)


def _share(part: float, whole: float, n: int, why: str = "") -> Estimate:
    """A share of a population that is counted, not sampled: its interval is the value itself."""
    if whole <= 0:
        return Estimate(None, None, None, 0, quality="no_data", why="No event is in this selection.")
    value = min(part / whole, 1.0)
    return Estimate(value, value, value, n, represents=whole, coverage=1.0, method="count", basis="full", why=why)


def _coverage(rows: Labelled, totals: Totals) -> Estimate:
    return _share(float(rows.weight.sum()), totals.events, totals.rows)


def _protected(totals: Totals) -> Estimate:
    if totals.mode_unknown > 0:
        low = totals.guarded / totals.events
        high = (totals.guarded + totals.mode_unknown) / totals.events
        why = "The import does not say whether the model could act (column mode)."
        return Estimate(
            None, low, high, totals.rows, represents=totals.events, method="bounds", quality="not_measurable", why=why
        )
    return _share(totals.guarded, totals.events, totals.rows)


def _rates(found: Identified, totals: Totals, threshold: float | None) -> dict[str, Estimate]:
    names = ("prevalence", "precision", "recall", "fpr", "f1")
    attack, flagged = found.rows.attack, found.flagged
    limits = bounds.rate_bounds(*found.known, found.unknown_above, found.unknown_below)
    if threshold is None:
        why = "No threshold is known for this version, and none was asked for."
        out = {n: Estimate(None, None, None, 0, quality="no_data", why=why) for n in names}
        if found.basis == "full":
            out["prevalence"] = _full(found, totals, attack, np.ones(len(attack), bool), limits["prevalence"])
        return out
    if found.basis is None:
        why = _NO_SCORES if totals.scored == 0 or not sum(found.known) else _only_below(found)
        return {n: _unknown(limits[n], sum(found.known), why, found, totals) for n in names}
    if found.basis == "alarms":
        return _from_alarms(found, totals, limits)
    one = np.ones(len(attack), bool)
    pairs: dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]] = {
        "prevalence": (attack, one),
        "precision": (attack & flagged, flagged),
        "recall": (attack & flagged, attack),
        "fpr": (~attack & flagged, ~attack),
    }
    estimate = _full if found.basis == "full" else _audited
    out = {n: estimate(found, totals, num, den, limits[n]) for n, (num, den) in pairs.items()}
    f1 = intervals.f1(attack, flagged, scaled(found, totals), found.rows.case)
    out["f1"] = _plain(f1, found, totals, attack | flagged, "No attack and no alarm is labelled here.")
    return out


def _full(
    found: Identified, totals: Totals, num: NDArray[np.bool_], den: NDArray[np.bool_], limit: tuple[float, float]
) -> Estimate:
    """A rate of a fully labelled set; what little is unlabelled widens the interval by its bounds."""
    e = _plain(intervals.ratio(num, den, _unless_one(found.weight), found.rows.case), found, totals, den)
    if found.complete or e.value is None or e.low is None or e.high is None:
        return e
    low = max(0.0, limit[0] - (e.value - e.low)) if limit[0] == limit[0] else e.low
    high = min(1.0, limit[1] + (e.high - e.value)) if limit[1] == limit[1] else e.high
    why = _join("The interval allows for every label that is missing.", e.why)
    return replace(e, low=min(low, e.low), high=max(high, e.high), method=f"{e.method}, with bounds", why=why)


def _audited(
    found: Identified, totals: Totals, num: NDArray[np.bool_], den: NDArray[np.bool_], limit: tuple[float, float]
) -> Estimate:
    """A rate from labelled alarms and an audit below the threshold, each scaled to what it stands for."""
    flagged = found.flagged
    above, below = _strata(totals)
    if above > 0 and not flagged.any():
        return _unknown(limit, 0, "There are alarms, but none of them is labelled.", found, totals)
    if (den == flagged).all():
        e = _plain(intervals.ratio(num, den, _unless_one(found.weight), found.rows.case), found, totals, den)
    else:
        complete = np.array([False, found.unknown_above == 0 and totals.between == 0])
        can_hit = flagged if not (num & ~flagged).any() and not den.all() else None
        interval = weighted.stratified_ratio(
            num,
            den,
            flagged.astype(np.int64),
            np.array([below, above]),
            found.weight,
            found.rows.case,
            0.95,
            can_hit,
            complete,
        )
        e = _plain(interval, found, totals, den)
    if e.value is None:
        return _unknown(limit, e.n, e.why or _NO_LABELS, found, totals)
    if found.missing_alarms:
        e = replace(e, why=_join(e.why, "Takes the unlabelled alarms to be like the labelled ones."))
    return e


def _from_alarms(found: Identified, totals: Totals, limits: dict[str, tuple[float, float]]) -> dict[str, Estimate]:
    """Only actions are labelled: precision, and nearly the false-positive rate, but no recall."""
    attack = found.rows.attack
    one = np.ones(len(attack), bool)
    precision = _plain(intervals.ratio(attack, one, _unless_one(found.weight), found.rows.case), found, totals, one)
    above, below = _strata(totals)
    if found.missing_alarms:
        precision = replace(precision, why="Takes the unlabelled alarms to be like the labelled ones.")
    wrong = [None if p is None else (1 - p) * above for p in (precision.value, precision.high, precision.low)]
    value, low, high = (None if f is None else f / (f + below) if f + below > 0 else None for f in wrong)
    fpr = replace(
        precision,
        value=value,
        low=low,
        high=high,
        n=precision.n,
        represents=below + above,
        method=f"alarms that were wrong ÷ volume, {precision.method}",
        why=_join("Takes what was not flagged for benign: nearly exact while attacks are rare.", precision.why),
    )
    why = "Only alarms are labelled, so nobody knows what was missed. A random audit below the threshold would tell."
    rest = {n: _unknown(limits[n], precision.n, why, found, totals) for n in ("prevalence", "recall", "f1")}
    return {"precision": precision, "fpr": fpr, **rest}


def _rankings(found: Identified, totals: Totals, calibrated: bool) -> dict[str, Estimate]:
    """AUC, average precision, recall at fixed false-positive rates, Brier score and calibration error."""
    rows = found.rows
    weight, case = scaled(found, totals), rows.case
    measures: dict[str, Callable[[], Interval]] = {
        "auc": lambda: curves.auc(rows.attack, rows.score, weight, case),
        "average_precision": lambda: curves.average_precision(rows.attack, rows.score, weight, case),
        "brier": lambda: calibration.brier(rows.attack, rows.score, weight, case),
        "ece": lambda: calibration.ece(rows.attack, rows.score, weight, case=case),
        "recall_at_fpr_01": lambda: curves.recall_at_fpr(rows.attack, rows.score, 0.01, weight, case),
        "recall_at_fpr_001": lambda: curves.recall_at_fpr(rows.attack, rows.score, 0.001, weight, case),
    }
    if found.basis not in ("full", "audit"):
        why, quality = no_curve(found), "not_measurable" if sum(found.known) else "no_data"
        return {n: Estimate(None, None, None, 0, basis=found.basis, quality=quality, why=why) for n in measures}
    every = np.ones(len(rows.attack), bool)
    out = {n: _plain(measure(), found, totals, every, _NEEDS_BOTH) for n, measure in measures.items()}
    if not calibrated:
        for n in ("brier", "ece"):
            out[n] = replace(
                out[n], unit="score", why=_join(out[n].why, "The score was not shown to be a probability.")
            )
    return out


def no_curve(found: Identified) -> str:
    """Return why the labels do not identify a ROC or precision–recall curve; empty where they do."""
    if not sum(found.known):
        return _NO_LABELS
    if found.basis not in ("full", "audit"):
        return "This needs labels below the threshold too: a full set or an audit."
    attack = found.rows.attack
    return "" if attack.any() and not attack.all() else _NEEDS_BOTH


def scaled(found: Identified, totals: Totals) -> NDArray[np.float64] | None:
    """Return row weights in events of the population; an audit's strata are scaled to their known totals."""
    if found.basis != "audit":
        return _unless_one(found.weight)
    weight = found.weight.copy()
    for side, total in zip((found.flagged, ~found.flagged), _strata(totals), strict=True):
        labelled = weight[side].sum()
        if labelled > 0 and total > 0:
            weight[side] *= total / labelled
    return weight


def _strata(totals: Totals) -> tuple[float, float]:
    """Events at or above, and below, the threshold; the threshold's own bin is shared out by halves."""
    return totals.above + totals.between / 2, totals.below + totals.between / 2


def _unless_one(weight: NDArray[np.float64]) -> NDArray[np.float64] | None:
    return None if len(weight) and (weight == 1).all() else weight


def _plain(
    i: Interval,
    found: Identified,
    totals: Totals,
    den: NDArray[np.bool_],
    empty: str = "No labelled event is in the denominator.",
) -> Estimate:
    """Turn an interval over the rows ``den`` into an estimate; nan becomes *no data*."""
    weight = scaled(found, totals)
    represents = float(den.sum() if weight is None else weight[den].sum())
    share = _labelled_share(found, totals, only_alarms=bool(den.any()) and not (den & ~found.flagged).any())
    if i.value != i.value:
        why = i.method[0].upper() + i.method[1:] + "." if i.method.startswith("needs") else empty
        quality = "not_measurable" if i.method.startswith("needs at least") else "no_data"
        return Estimate(None, None, None, i.n, basis=found.basis, coverage=share, quality=quality, why=why)
    has_cases = found.rows.case is not None
    few = (i.n_cases if has_cases else i.n) < FEW
    return Estimate(
        value=float(i.value),
        low=float(i.low),
        high=float(i.high),
        n=int(i.n),
        n_cases=int(i.n_cases) if has_cases else None,
        n_effective=float(i.n_effective),
        represents=represents,
        coverage=share,
        method=i.method,
        basis=found.basis,
        quality="few" if few else "ok",
        why=f"Only {i.n_cases if has_cases else i.n} labelled {'cases' if has_cases else 'events'} stand behind it."
        if few
        else "",
    )


def _labelled_share(found: Identified, totals: Totals, only_alarms: bool = False) -> float | None:
    """Labelled share of what a figure speaks of: the alarms, or everything scored."""
    tp, fp, tn, fn = found.known
    labelled, whole = (tp + fp, totals.above + totals.between) if only_alarms else (tp + fp + tn + fn, totals.scored)
    return min(labelled / whole, 1.0) if whole > 0 else None


def _unknown(limit: tuple[float, float], n: float, why: str, found: Identified, totals: Totals) -> Estimate:
    low, high = (None if x != x else float(x) for x in limit)
    if not sum(found.known):
        return Estimate(None, None, None, 0, quality="no_data", why=why)
    share = _labelled_share(found, totals)
    return Estimate(
        None, low, high, int(n), coverage=share, method="bounds", basis=found.basis, quality="not_measurable", why=why
    )


def _only_below(found: Identified) -> str:
    return (
        "No alarm is labelled, and how the other labelled events were chosen is not known "
        f"({sum(found.known):,.0f} labelled events)."
    )


def _join(*sentences: str) -> str:
    return " ".join(s for s in sentences if s)
