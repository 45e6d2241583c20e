"""What can be known from which labels: full, audit, alarms, or nothing.

Labels are selective: analysts look at what fired. So labelled rows are taken apart by what was *served*: acted on
or passed. Each of both is known in one of these ways, or not at all:

complete    every event of it is labelled
design      rows with an inclusion probability stand for all of it (their weights add up to its known volume)
alike       a good part of it is labelled, and the rest is taken to be like that part (alarms only, and said so)

Everything that needs what was missed needs both parts. A label without an inclusion probability enters no rate for
unlabelled events. These strata do not depend on the threshold that is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy.facts import Labelled, Totals
from analytics.results import Basis

FULL_SHARE = 0.95
"""From this labelled share on a set counts as full, and what is unlabelled widens the interval by its bounds."""
ALIKE_SHARE = 0.25
"""Below this labelled share of the alarms, nothing is said of the others."""
_COVERS = 0.25
"""The weights of a design may miss the known volume by this share, and by four standard errors."""
_SAME = 1e-9
"""Relative rounding of sums of weights."""

How = Literal["complete", "design", "alike", "open"]


@dataclass(frozen=True, slots=True)
class Identified:
    """Labelled scored rows, ready for estimation, and on what basis."""

    basis: Basis | None
    rows: Labelled
    """Scored rows that may be used."""
    flagged: NDArray[np.bool_]
    """Their score reaches the threshold."""
    weight: NDArray[np.float64]
    """Events that a row stands for, so that each stratum adds up to its known volume."""
    stratum: NDArray[np.int64]
    """1 where it was acted on, 0 where it passed."""
    how: tuple[How, How]
    """How each stratum is known, in the order of its code."""
    totals: tuple[float, float]
    """Events in each stratum."""
    unknown_above: float
    """Unlabelled events at or above the threshold, at most."""
    unknown_below: float
    known: tuple[float, float, float, float]
    """tp, fp, tn, fn of all labelled rows, in events: what bounds are made of."""
    labelled: int
    """Labelled scored rows."""
    unplaced_misses: float
    """Labelled attacks below the threshold of which nobody knows what they stand for, in events."""

    @property
    def complete(self) -> bool:
        """Nothing is unlabelled."""
        return self.unknown_above == 0 and self.unknown_below == 0


def identify(rows: Labelled, totals: Totals, threshold: float | None) -> Identified:
    """Find out on what basis rates can be told.

    Parameters
    ----------
    rows
        Labelled rows of one population, unscored ones included.
    totals
        The population that they are a part of.
    threshold
        None: without a threshold nothing is flagged.
    """
    rows = rows.take(rows.scored)
    flagged = rows.score >= threshold if threshold is not None else np.zeros(len(rows.score), dtype=bool)
    w, acted = rows.weight, rows.acted
    known = (
        float(w[flagged & rows.attack].sum()),
        float(w[flagged & ~rows.attack].sum()),
        float(w[~flagged & ~rows.attack].sum()),
        float(w[~flagged & rows.attack].sum()),
    )
    slack = _SAME * max(totals.scored, 1.0)
    missing = totals.scored - sum(known)
    passed, alarms = _stratum(rows, ~acted, totals.passed, False), _stratum(rows, acted, totals.acted, True)
    how = (passed[0], alarms[0])
    basis = _basis(how, totals, sum(known), missing <= slack)
    keep = np.ones(len(w), dtype=bool)
    weight = w
    if basis in ("audit", "alarms"):
        keep = alarms[1] if basis == "alarms" else alarms[1] | passed[1]
        weight = np.where(acted, alarms[2], passed[2])
    unknown = (
        max(totals.above + totals.between - known[0] - known[1], 0.0),
        max(totals.below + totals.between - known[2] - known[3], 0.0),
    )
    return Identified(
        basis=basis,
        rows=rows.take(keep),
        flagged=flagged[keep],
        weight=weight[keep],
        stratum=acted[keep].astype(np.int64),
        how=how,
        totals=(totals.passed, totals.acted),
        unknown_above=0.0 if missing <= slack else unknown[0],
        unknown_below=0.0 if missing <= slack else unknown[1],
        known=known,
        labelled=len(w),
        unplaced_misses=float(w[~keep & ~flagged & rows.attack].sum()),
    )


def _basis(how: tuple[How, How], totals: Totals, labelled: float, nothing_missing: bool) -> Basis | None:
    if not labelled:
        return None
    if nothing_missing:
        return "full"
    designed = all(h in ("complete", "design") for h in how)
    if not designed and labelled >= FULL_SHARE * totals.scored:
        return "full"
    if how[0] in ("complete", "design") and how[1] != "open":
        return "audit"
    return "alarms" if totals.acted > 0 and how[1] != "open" else None


def _stratum(
    rows: Labelled, mine: NDArray[np.bool_], total: float, alike: bool
) -> tuple[How, NDArray[np.bool_], NDArray[np.float64]]:
    """Return how a stratum is known, which rows tell it, and their weights, scaled to its volume."""
    w, nothing = rows.weight, np.zeros(len(rows.weight), dtype=bool)
    labelled = float(w[mine].sum())
    if total - labelled <= _SAME * max(total, 1.0):
        return "complete", mine, w
    chosen = mine & ~np.isnan(rows.inclusion)
    if chosen.any():
        p = np.where(chosen, rows.inclusion, 1.0)
        stands = w / p
        noise = float(np.sqrt(np.sum((w**2 * (1 - p) / p**2)[chosen])))
        if abs(float(stands[chosen].sum()) - total) <= 4 * noise + _COVERS * total:
            return "design", chosen, stands * (total / float(stands[chosen].sum()))
    if alike and labelled >= ALIKE_SHARE * total:
        return "alike", mine, w * (total / labelled)
    return "open", nothing, w
