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

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

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


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """Labelled scored rows and what they stand for: all that no threshold changes."""

    basis: Basis | None
    scored: Labelled
    keep: NDArray[np.bool_]
    """Which of them may be used."""
    rows: Labelled
    """These."""
    weight: NDArray[np.float64]
    """Events that a row stands for, so that each stratum adds up to its known volume."""
    stratum: NDArray[np.int64]
    """1 where it was acted on, 0 where it passed."""
    how: tuple[How, How]
    """How each stratum is known, in the order of its code."""
    totals: tuple[float, float]
    """Events in each stratum."""
    nothing_missing: bool
    """Every scored event is labelled."""
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: str, work: Callable[[], T]) -> T:
        """Return what ``work`` gives, worked out at the first time: figures that no threshold changes."""
        if name not in self._kept:
            self._kept[name] = work()
        return self._kept[name]


@dataclass(frozen=True, slots=True)
class Identified:
    """Labelled scored rows at a threshold, ready for estimation, and on what basis."""

    standing: Standing
    threshold: float | None
    flagged: NDArray[np.bool_]
    """The score of a row that may be used reaches the threshold."""
    unknown_above: float
    """Unlabelled events at or above the threshold, at most."""
    unknown_below: float
    known: tuple[float, float, float, float]
    """tp, fp, tn, fn of all labelled rows, in events: what bounds are made of."""
    unplaced_misses: float
    """Labelled attacks below the threshold of which nobody knows what they stand for, in events."""

    @property
    def basis(self) -> Basis | None:
        """On what basis rates can be told."""
        return self.standing.basis

    @property
    def rows(self) -> Labelled:
        """Scored rows that may be used."""
        return self.standing.rows

    @property
    def weight(self) -> NDArray[np.float64]:
        """Events that a row stands for."""
        return self.standing.weight

    @property
    def how(self) -> tuple[How, How]:
        """How what passed and what was acted on is known."""
        return self.standing.how

    @property
    def labelled(self) -> int:
        """Labelled scored rows."""
        return len(self.standing.keep)

    @property
    def complete(self) -> bool:
        """Nothing is unlabelled."""
        return self.unknown_above == 0 and self.unknown_below == 0


def stand(rows: Labelled, totals: Totals) -> Standing:
    """Find out what the labelled rows stand for.

    Parameters
    ----------
    rows
        Labelled rows of one population, unscored ones included.
    totals
        The population that they are a part of; what it says of a threshold plays no part.
    """
    rows = rows.take(rows.scored)
    w, acted = rows.weight, rows.acted
    labelled = float(w.sum())
    nothing_missing = totals.scored - labelled <= _SAME * max(totals.scored, 1.0)
    passed, alarms = _stratum(rows, ~acted, totals.passed, False), _stratum(rows, acted, totals.acted, True)
    how = (passed[0], alarms[0])
    basis = _basis(how, totals, labelled, nothing_missing)
    keep = np.ones(len(w), dtype=bool)
    weight = w
    if basis in ("audit", "alarms"):
        keep = alarms[1] if basis == "alarms" else alarms[1] | passed[1]
        weight = np.where(acted, alarms[2], passed[2])[keep]
    used = rows.take(keep)
    return Standing(
        basis=basis,
        scored=rows,
        keep=keep,
        rows=used,
        weight=weight,
        stratum=used.acted.astype(np.int64),
        how=how,
        totals=(totals.passed, totals.acted),
        nothing_missing=nothing_missing,
    )


def identify(rows: Labelled, totals: Totals, threshold: float | None, standing: Standing | None = None) -> Identified:
    """Find out on what basis rates can be told.

    Parameters
    ----------
    rows
        Labelled rows of one population, unscored ones included.
    totals
        The population that they are a part of.
    threshold
        None: without a threshold nothing is flagged.
    standing
        What ``stand`` gives for these rows, where it is at hand.
    """
    standing = stand(rows, totals) if standing is None else standing
    scored, keep = standing.scored, standing.keep
    flagged = scored.score >= threshold if threshold is not None else np.zeros(len(scored.score), dtype=bool)
    fn, tn, tp, fp = np.bincount(flagged * 2 + ~scored.attack, weights=scored.weight, minlength=4).tolist()
    unknown = (
        max(totals.above + totals.between - tp - fp, 0.0),
        max(totals.below + totals.between - tn - fn, 0.0),
    )
    left_out = ~keep & ~flagged & scored.attack
    return Identified(
        standing=standing,
        threshold=threshold,
        flagged=flagged if len(standing.rows.score) == len(keep) else flagged[keep],
        unknown_above=0.0 if standing.nothing_missing else unknown[0],
        unknown_below=0.0 if standing.nothing_missing else unknown[1],
        known=(tp, fp, tn, fn),
        unplaced_misses=float(scored.weight[left_out].sum()),
    )


def known_below(found: Identified) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return what tells the labelled attacks below each of some thresholds, in events: known to be missed there."""
    scored = found.standing.scored
    score, weight = scored.score[scored.attack], scored.weight[scored.attack]
    order = np.argsort(score)
    score, known = score[order], np.append(0.0, np.cumsum(weight[order]))
    return lambda thresholds: known[np.searchsorted(score, thresholds, side="left")]


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
