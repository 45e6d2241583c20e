"""The two things that efficacy stands on: the labelled rows, and the volume that they are a part of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.warehouse.bins import NOT_TOLD, UNSCORED, bin_of, is_edge

POPULATIONS = ("production", "red_team", "benchmark")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled rows of one population, as arrays of one length."""

    score: NDArray[np.float64]
    """nan where unscored."""
    attack: NDArray[np.bool_]
    weight: NDArray[np.float64]
    """Events that a row stands for."""
    inclusion: NDArray[np.float64]
    """Probability with which the row was chosen for labelling; nan where unknown."""
    case: NDArray[np.int64] | None
    """Case codes; None where no row has a case. A row without a case is a case of its own."""
    acted: NDArray[np.bool_]
    """The decision as served was an action."""
    decided: NDArray[np.bool_]
    """The decision as served is known."""
    delay_s: NDArray[np.float64]
    """Seconds from the event to its label."""

    def take(self, keep: NDArray[np.bool_]) -> Labelled:
        """Return the rows where ``keep`` holds."""
        return Labelled(
            score=self.score[keep],
            attack=self.attack[keep],
            weight=self.weight[keep],
            inclusion=self.inclusion[keep],
            case=None if self.case is None else self.case[keep],
            acted=self.acted[keep],
            decided=self.decided[keep],
            delay_s=self.delay_s[keep],
        )

    @property
    def cases(self) -> int | None:
        """Distinct cases; None where no case is known."""
        if self.case is None:
            return None
        named = self.case[self.case >= 0]
        return len(self.case) - len(named) + int(np.count_nonzero(np.bincount(named)))

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Rows that have a score."""
        return ~np.isnan(self.score)


def labelled(frame: pd.DataFrame) -> Labelled:
    """Return the arrays of a frame of labelled rows (``queries.labelled``)."""
    case = None
    known = frame["case_no"].notna().to_numpy()
    if known.any():
        # Small codes: everything that sums by case is then a plain count.
        case = np.empty(len(frame), dtype=np.int64)
        case[known] = pd.factorize(frame["case_no"].to_numpy(dtype=np.int64, na_value=0)[known])[0]
        case[~known] = -1 - np.arange((~known).sum())
    decision = frame["decision"].to_numpy(dtype=object)
    return Labelled(
        score=frame["score"].to_numpy(dtype=np.float64),
        attack=frame["is_attack"].to_numpy(dtype=bool),
        weight=frame["weight"].to_numpy(dtype=np.float64),
        inclusion=frame["inclusion_probability"].to_numpy(dtype=np.float64),
        case=case,
        acted=(decision != "") & (decision != "allow"),
        decided=decision != "",
        delay_s=frame["delay_s"].to_numpy(dtype=np.float64),
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """The population in numbers, known without labels. Events, unless said otherwise."""

    rows: int
    """Stored rows."""
    events: float
    scored_rows: int
    scored: float
    above: float
    """Scored at or above the threshold, for certain."""
    below: float
    """Scored below the threshold, for certain."""
    between: float
    """In the threshold's own score bin: above or below, the rollup cannot tell."""
    guarded: float
    """Scored in a mode that could act."""
    mode_unknown: float
    """Scored, but the mode was not told."""


def totals(volume: pd.DataFrame, threshold: float | None, in_force: bool) -> Totals:
    """Sum a volume frame up around a threshold.

    Parameters
    ----------
    volume
        Cells as ``warehouse.volume`` returns them.
    threshold
        None: everything scored is *between*.
    in_force
        The threshold is the one that was served: counts without scores are then split by their decision.
    """
    bins = volume["score_bin"].to_numpy(dtype=np.int64)
    events = volume["represented"].to_numpy(dtype=np.float64)
    mode = volume["mode"].to_numpy(dtype=object)
    decision = volume["decision"].to_numpy(dtype=object)
    scored = bins != UNSCORED
    above = np.zeros(len(bins), dtype=bool)
    below = np.zeros(len(bins), dtype=bool)
    if threshold is not None:
        at = bin_of(threshold)
        above = (bins > at) | ((bins == at) if is_edge(threshold) else False)
        below = (bins < at) & scored & (bins != NOT_TOLD)
        if in_force:
            told = (bins == NOT_TOLD) & (decision != "")
            above = above | (told & (decision != "allow"))
            below = below | (told & (decision == "allow"))
    return Totals(
        rows=int(volume["n"].sum()),
        events=float(events.sum()),
        scored_rows=int(volume["n"].to_numpy()[scored].sum()),
        scored=float(events[scored].sum()),
        above=float(events[above].sum()),
        below=float(events[below].sum()),
        between=float(events[scored & ~above & ~below].sum()),
        guarded=float(events[scored & (mode == "act")].sum()),
        mode_unknown=float(events[scored & (mode == "")].sum()),
    )


def own_population(rows: Labelled, threshold: float | None) -> Totals:
    """Return the totals of seeded attacks or a benchmark: these are the whole population."""
    scored = rows.scored
    flagged = scored & (rows.score >= threshold) if threshold is not None else np.zeros(len(scored), dtype=bool)
    events = rows.weight
    return Totals(
        rows=len(scored),
        events=float(events.sum()),
        scored_rows=int(scored.sum()),
        scored=float(events[scored].sum()),
        above=float(events[flagged].sum()),
        below=float(events[scored & ~flagged].sum()) if threshold is not None else 0.0,
        between=0.0 if threshold is not None else float(events[scored].sum()),
        guarded=0.0,
        mode_unknown=float(events[scored].sum()),
    )
