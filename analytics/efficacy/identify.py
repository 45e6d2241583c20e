"""What can be known from which labels: full, audit, alarms, or nothing.

Labels are selective: analysts look at what fired. Precision can be told from labelled alarms; recall and
everything else that needs the attacks below the threshold only from a fully labelled set or a random audit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.efficacy.facts import Labelled, Totals
from analytics.results import Basis

FULL_SHARE = 0.95
"""From this labelled share on a set counts as full, and what is unlabelled widens the interval by its bounds."""
_SAME = 1e-9
"""Relative rounding of sums of weights."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Labelled scored rows, ready for estimation, and on what basis."""

    basis: Basis | None
    rows: Labelled
    """Scored rows that may be used."""
    flagged: NDArray[np.bool_]
    weight: NDArray[np.float64]
    """Events that a row stands for in the estimates: sampling weight, divided by inclusion probability."""
    unknown_above: float
    """Unlabelled events at or above the threshold, at most."""
    unknown_below: float
    known: tuple[float, float, float, float]
    """tp, fp, tn, fn of all labelled rows, in events: what bounds are made of."""
    missing_alarms: bool
    """Not every alarm is labelled, and how the labelled ones were chosen is not known."""

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
        None: without a threshold nothing is flagged, and only a full set says anything.
    """
    rows = rows.take(rows.scored)
    flagged = rows.score >= threshold if threshold is not None else np.zeros(len(rows.score), dtype=bool)
    w = rows.weight
    above, below = float(w[flagged].sum()), float(w[~flagged].sum())
    slack = _SAME * max(totals.scored, 1.0)
    missing = totals.scored - above - below
    known = (
        float(w[flagged & rows.attack].sum()),
        float(w[flagged & ~rows.attack].sum()),
        float(w[~flagged & ~rows.attack].sum()),
        float(w[~flagged & rows.attack].sum()),
    )
    if missing <= slack:
        return Identified("full" if len(w) else None, rows, flagged, w, 0.0, 0.0, known, False)
    unknown_above = max(totals.above + totals.between - above, 0.0) if threshold is not None else missing
    unknown_below = max(totals.below + totals.between - below, 0.0)
    if above + below >= FULL_SHARE * totals.scored:
        return Identified("full", rows, flagged, w, unknown_above, unknown_below, known, False)
    chosen = ~np.isnan(rows.inclusion)
    alarms_missing = totals.above - above > slack
    if threshold is not None and (chosen & ~flagged).any():
        by_design = bool(flagged.any()) and bool(chosen[flagged].all())
        keep = flagged | chosen
        weight = np.where(chosen & (~flagged | by_design), w / np.where(chosen, rows.inclusion, 1.0), w)
        undesigned = alarms_missing and not by_design
        return Identified(
            "audit", rows.take(keep), flagged[keep], weight[keep], unknown_above, unknown_below, known, undesigned
        )
    by_design = bool(flagged.any()) and bool(chosen[flagged].all())
    weight = np.where(by_design, w / np.where(chosen, rows.inclusion, 1.0), w)
    return Identified(
        basis="alarms" if flagged.any() else None,
        rows=rows.take(flagged),
        flagged=flagged[flagged],
        weight=weight[flagged],
        unknown_above=unknown_above,
        unknown_below=unknown_below,
        known=known,
        missing_alarms=alarms_missing and not by_design,
    )
