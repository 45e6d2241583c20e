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
    """The decision as served was an action; where it is not told, the score reaches the threshold in force."""
    decided: NDArray[np.bool_]
    """The decision as served is known."""
    delay_s: NDArray[np.float64]
    """Seconds from the event to its label."""

    def take(self, keep: NDArray[np.bool_]) -> Labelled:
        """Return the rows where ``keep`` holds."""
        if keep.all():
            return self
        at = np.flatnonzero(keep)
        return Labelled(
            score=self.score[at],
            attack=self.attack[at],
            weight=self.weight[at],
            inclusion=self.inclusion[at],
            case=None if self.case is None else self.case[at],
            acted=self.acted[at],
            decided=self.decided[at],
            delay_s=self.delay_s[at],
        )

    @property
    def cases(self) -> int | None:
        """Distinct cases; None where no case is known."""
        return None if self.case is None else distinct(self.case)

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Rows that have a score."""
        return ~np.isnan(self.score)


def distinct(case: NDArray[np.int64]) -> int:
    """Return the number of distinct cases; each row without a case is one of its own."""
    named = case[case >= 0]
    return len(case) - len(named) + int(np.count_nonzero(np.bincount(named)))


def labelled(frame: pd.DataFrame, served: float | None) -> Labelled:
    """Return the arrays of a frame of labelled rows.

    Parameters
    ----------
    frame
        As ``queries.labelled`` gives it.
    served
        Threshold by which a decision that is not told is taken to have been made; None: as passed.
    """
    case = None
    known = frame["case_no"].notna().to_numpy()
    if known.any():
        # Small codes: everything that sums by case is then a plain count.
        case = np.empty(len(frame), dtype=np.int64)
        case[known] = pd.factorize(frame["case_no"].to_numpy(dtype=np.int64, na_value=0)[known])[0]
        case[~known] = -1 - np.arange((~known).sum())
    decided = frame["decided"].to_numpy(dtype=bool)
    score = frame["score"].to_numpy(dtype=np.float64)
    reached = score >= served if served is not None else np.zeros(len(score), dtype=bool)
    return Labelled(
        score=score,
        attack=frame["is_attack"].to_numpy(dtype=bool),
        weight=frame["weight"].to_numpy(dtype=np.float64),
        inclusion=frame["inclusion_probability"].to_numpy(dtype=np.float64),
        case=case,
        acted=np.where(decided, frame["acted"].to_numpy(dtype=bool), reached),
        decided=decided,
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
    """In the threshold's own score bin, or counted without a score: above or below, the rollup cannot tell."""
    acted: float
    """Scored and acted on, as served."""
    passed: float
    """Scored and passed."""
    passed_above: float
    """Passed although the score reaches the threshold, at most."""
    acted_above: float
    """Acted on, and the score reaches the threshold; half of those that its own score bin cannot tell apart count."""
    guarded: float
    """Scored in a mode that could act."""
    mode_unknown: float
    """Scored, but the mode was not told."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A volume frame column by column: it is summed up at every threshold that somebody tries."""

    bins: NDArray[np.int64]
    events: NDArray[np.float64]
    rows: NDArray[np.int64]
    told: NDArray[np.bool_]
    """Whether it carries a decision,"""
    acted: NDArray[np.bool_]
    """and whether that was to act."""
    guarded: NDArray[np.bool_]
    """In a mode that could act."""
    mode_unknown: NDArray[np.bool_]


def cells(volume: pd.DataFrame) -> Cells:
    """Return the columns of a volume frame as ``warehouse.volume`` returns it."""
    mode, decision = (volume[c].to_numpy(dtype=object) for c in ("mode", "decision"))
    told = decision != ""
    return Cells(
        bins=volume["score_bin"].to_numpy(dtype=np.int64),
        events=volume["represented"].to_numpy(dtype=np.float64),
        rows=volume["n"].to_numpy(dtype=np.int64),
        told=told,
        acted=told & (decision != "allow"),
        guarded=mode == "act",
        mode_unknown=mode == "",
    )


def totals(seen: Cells, threshold: float | None, served: float | None) -> Totals:
    """Sum a volume up around a threshold.

    Parameters
    ----------
    seen
        The volume.
    threshold
        The one asked about; None: everything scored is *between*.
    served
        The one in force: it splits what carries no decision, and what its own score bin cannot tell apart is told
        by the decision.
    """
    bins, events, told = seen.bins, seen.events, seen.told
    scored = bins != UNSCORED
    acted = scored & np.where(told, seen.acted, _reached(bins, served))
    above = _reached(bins, threshold)
    below = scored & (bins != NOT_TOLD) & ((bins < bin_of(threshold)) if threshold is not None else False)
    if threshold is not None and served is not None and bin_of(threshold) == bin_of(served):
        open_ = scored & told & ~above & ~below
        above = above | (open_ & acted) if threshold <= served else above
        below = below | (open_ & ~acted) if threshold >= served else below
    between = scored & ~above & ~below
    return Totals(
        rows=int(seen.rows.sum()),
        events=float(events.sum()),
        scored_rows=int(seen.rows[scored].sum()),
        scored=float(events[scored].sum()),
        above=float(events[above].sum()),
        below=float(events[below].sum()),
        between=float(events[between].sum()),
        acted=float(events[acted].sum()),
        passed=float(events[scored & ~acted].sum()),
        passed_above=float(events[(above | between) & ~acted].sum()),
        acted_above=float(events[above & acted].sum() + events[between & acted].sum() / 2),
        guarded=float(events[scored & seen.guarded].sum()),
        mode_unknown=float(events[scored & seen.mode_unknown].sum()),
    )


def _reached(bins: NDArray[np.int64], threshold: float | None) -> NDArray[np.bool_]:
    """Return which score bins lie at or above a threshold for certain."""
    if threshold is None:
        return np.zeros(len(bins), dtype=bool)
    at = bin_of(threshold)
    return (bins > at) | ((bins == at) if is_edge(threshold) else False)


def own_population(rows: Labelled, volume: pd.DataFrame, threshold: float | None) -> Totals:
    """Return the totals of seeded attacks or a benchmark: the labelled rows are the whole population.

    Their share that was protected is not known apart from the stream's: the volume tells only whether any was.
    """
    scored = rows.scored
    flagged = scored & (rows.score >= threshold) if threshold is not None else np.zeros(len(scored), dtype=bool)
    events = rows.weight
    everything = float(events[scored].sum())
    acting = volume["mode"].to_numpy(dtype=object) == "act"
    return Totals(
        rows=len(scored),
        events=float(events.sum()),
        scored_rows=int(scored.sum()),
        scored=everything,
        above=float(events[flagged].sum()),
        below=float(events[scored & ~flagged].sum()) if threshold is not None else 0.0,
        between=0.0 if threshold is not None else everything,
        acted=float(events[scored & rows.acted].sum()),
        passed=float(events[scored & ~rows.acted].sum()),
        passed_above=float(events[flagged & ~rows.acted].sum()),
        acted_above=float(events[flagged & rows.acted].sum()),
        guarded=everything if acting.all() else 0.0,
        mode_unknown=0.0 if acting.all() or not acting.any() else everything,
    )
