"""Rates at a threshold that would flag what was passed: their volume is known, but few of these events were looked at.

What the rows of an audit stand for does not add up to the volume between two thresholds: often none was drawn from
there. So alarms are counted, and only the attacks among them are estimated.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.efficacy.facts import Totals
from analytics.efficacy.identify import Identified
from analytics.efficacy.wording import joined
from analytics.results import Estimate
from analytics.stats import intervals, weighted

_LOOKED_AT = "Of the events that this threshold would flag besides, only an audit tells; their number is known."


def rates(found: Identified, totals: Totals, sample: weighted.Sample, told: dict[str, Estimate]) -> dict[str, Estimate]:
    """Return the rates of an audit that a lower threshold changes, from alarms as counted.

    Caught are the attacks among what was acted on (share of right alarms × its volume) and those that the audit found
    among the rest, each with its interval; both add up as independent ones do (MOVER). More than the volume between
    cannot have been caught besides.

    Parameters
    ----------
    sample
        The labelled rows by stratum: passed, acted on.
    told
        The rates as the rows alone tell them.

    References
    ----------
    Zou, Taleban & Huo (2009), Computational Statistics & Data Analysis 53 (MOVER for sums).
    """
    alarms = totals.above + totals.between / 2
    caught = _caught(found, totals, sample, alarms)
    if alarms <= 0 or caught is None or "precision" not in told or told["precision"].value is None:
        return told
    value, low, high = caught
    out = dict(told)
    right = replace(
        told["precision"], value=value / alarms, low=low / alarms, high=high / alarms, represents=alarms,
        method="attacks found ÷ alarms counted", why=joined(_LOOKED_AT, told["precision"].why),
    )  # fmt: skip
    out["precision"] = right
    if "fpr" in told:
        attacks = float(found.weight[found.rows.attack].sum())
        benign = max(totals.scored - attacks, 1e-300)
        ends = [min((alarms - c) / benign, 1.0) for c in (value, high, low)]
        out["fpr"] = replace(told["fpr"], value=ends[0], low=ends[1], high=ends[2], method=right.method)
    if "f1" in told and "recall" in told:
        recall = told["recall"]
        pairs = ((right.value, recall.value), (right.low, recall.low), (right.high, recall.high))
        f1, least, most = (_harmonic(p, r) for p, r in pairs)
        out["f1"] = replace(told["f1"], value=f1, low=least, high=most, method=right.method)
    return out


def recall(found: Identified, totals: Totals, sample: weighted.Sample, e: Estimate) -> Estimate:
    """Return recall within what the decisions as served leave: of what passed at most all that is flagged is caught.

    Parameters
    ----------
    e
        As the rows alone tell it.
    """
    attack, acted = found.rows.attack, found.rows.acted
    if e.value is None or e.low is None or e.high is None:
        return e
    served = found.standing.once(
        "recall as served", lambda: weighted.sampled_ratio(sample, attack & acted, attack, acted)
    )
    caught, still = (float(found.weight[attack & acted & own].sum()) for own in (True, found.flagged))
    if not caught:
        return e
    more = caught + totals.passed_above
    low, high = max(e.low, served.low * still / caught), min(e.high, more / max(caught / served.high, more))
    return replace(e, low=min(low, e.value), high=max(high, e.value))


def caught_at_most(found: Identified, totals: Totals, sample: weighted.Sample) -> float:
    """Return the most attacks that may be caught, in events: every alarm where no label tells."""
    alarms = totals.above + totals.between / 2
    caught = _caught(found, totals, sample, alarms)
    return alarms if caught is None else caught[2]


def _caught(
    found: Identified, totals: Totals, sample: weighted.Sample, alarms: float
) -> tuple[float, float, float] | None:
    """Return the attacks caught, in events, with the ends of their interval; None where no label tells."""
    attack, flagged, acted = found.rows.attack, found.flagged, found.rows.acted
    besides = max(alarms - totals.acted_above, 0.0)
    own = flagged & acted
    right = intervals.ratio(attack & own, own, found.weight, found.rows.case)
    if not right.n and totals.acted_above > 0:
        return None
    share = np.array(right[:3]) if right.n else np.zeros(3)
    value, low, high = (share * totals.acted_above).tolist()
    events = float(sample.total.sum())
    band = weighted.sampled_ratio(sample, attack & flagged & ~acted, np.ones(len(attack), dtype=bool))
    more, least, most = (min(x * events, besides) for x in band[:3])
    return (
        value + more,
        max(value + more - float(np.hypot(value - low, more - least)), 0.0),
        min(value + more + float(np.hypot(high - value, most - more)), alarms),
    )


def _harmonic(p: float | None, r: float | None) -> float:
    return 2 * p * r / (p + r) if p and r else 0.0


def with_unfound(told: dict[str, Estimate]) -> dict[str, Estimate]:
    """Return rates of an audit, F1 as far apart as recall and precision allow: it knows no more of misses than recall.

    Parameters
    ----------
    told
        Rates by name; nothing changes without all three.
    """
    if not {"precision", "recall", "f1"} <= set(told):
        return told
    f1, right, caught = (told[name] for name in ("f1", "precision", "recall"))
    if f1.low is None or f1.high is None or None in (right.low, right.high, caught.low, caught.high):
        return told
    low, high = _harmonic(right.low, caught.low), _harmonic(right.high, caught.high)
    return told | {"f1": replace(f1, low=min(low, f1.low), high=max(high, f1.high))}
