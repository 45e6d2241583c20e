"""Where cost is least, by alarms as counted and attacks as found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.consequences import cases_of, days_of, identified, no_rate
from analytics.efficacy.counted import counted, middle
from analytics.efficacy.evaluate import strata
from analytics.efficacy.identify import Identified, known_below
from analytics.efficacy.ranking import no_curve
from analytics.efficacy.reading import read
from analytics.results import Estimate, Measured
from analytics.scope import Scope
from analytics.stats.cost import cost_curve
from analytics.warehouse.reader import Reader

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Optimum:
    """Cost against the threshold."""

    curve: pd.DataFrame
    """threshold, cost (a day), near: cannot be told from the cheapest."""
    threshold: float | None
    """The cheapest."""
    low: float | None
    """Thresholds from here …"""
    high: float | None
    """… to here cannot be told from it."""
    why: str
    """Why there is none."""


def optimum(reader: Reader, scope: Scope, assumed: Assumptions) -> Measured[Optimum]:
    """Return cost against the threshold and where it is least, with what cannot be told from it.

    Attacks that no audit found pass at every threshold shown and are left out of the curve: they shift the whole of
    it. But as many as may lie unseen between two thresholds, they cannot be told apart.
    """
    facts = read(reader, scope)
    trace = facts.trace(reader)
    part = facts.parts[0]
    ident, around = identified(facts, facts.served)
    why = no_rate(facts, reader) or no_curve(ident, around)
    if assumed.cost_missed is None or assumed.cost_false_alarm is None:
        why = "Say what a missed attack and a false alarm cost."
    nothing = pd.DataFrame({"threshold": [], "cost": [], "near": []})
    if why or assumed.cost_missed is None or assumed.cost_false_alarm is None:
        return Measured(Optimum(nothing, None, None, None, why), trace.provenance(scope))
    days = days_of(facts, reader)
    alarms = Estimate(middle(around) / days, None, None, 0, unit="count")
    cases, _ = cases_of(trace, facts, alarms, facts.served or 0.0, days, assumed)
    alarm = (
        assumed.minutes_per_case / 60 * (assumed.cost_hour or 0.0) * (cases.value or 0.0) / max(alarms.value or 0, 1e-9)
    )
    rows, audited = ident.rows, ident.basis == "audit"
    above = counted(part)
    c = cost_curve(
        rows.attack, rows.score, ident.weight, assumed.cost_missed, assumed.cost_false_alarm, alarm, rows.case,
        above=above if audited else None, unseen=_unseen(ident, above, around.acted) if audited else None,
        known=known_below(ident) if audited else None,
    )  # fmt: skip
    counted_all = float(above(np.zeros(1))[0]) if audited else np.nan
    a_day = (around.scored if np.isnan(counted_all) else counted_all) / days
    at = np.where(np.isfinite(c.threshold), c.threshold, 1.0)
    curve = pd.DataFrame({"threshold": at, "cost": c.cost * a_day, "near": c.near_best})
    near = at[c.near_best]
    found = Optimum(curve, float(at[c.best]), float(near.min()), float(near.max()), "")
    return Measured(found, facts.rests(trace.provenance(scope), facts.served))


def _unseen(ident: Identified, above: Callable[[Floats], Floats], acted: float) -> Callable[[Floats, float], Floats]:
    """Return what tells how many attacks may lie unseen among what was passed between thresholds and another one."""
    most = strata(ident).unseen(0)

    def unseen(thresholds: Floats, other: float) -> Floats:
        passed = np.maximum(np.nan_to_num(above(np.append(thresholds, other))) - acted, 0.0)
        return np.minimum(np.abs(passed[:-1] - passed[-1]), most)

    return unseen
