"""What passed, in strata by score: how much there is, and what is known or guessed of the attacks in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.feedback import queries
from analytics.scope import Scope
from analytics.warehouse.bins import NOT_TOLD, bin_of, edges
from analytics.warehouse.lookup import labelled_columns
from analytics.warehouse.trace import Trace

SHARES = (0.8, 0.95, 0.99)
"""Of what passed, from the lowest score up, where one stratum ends and the next begins."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Band:
    """A stratum by score of what passed."""

    first: int
    """First score bin."""
    last: int
    low: float
    """Scores are [low, high); 1 belongs to the last."""
    high: float
    rows: int
    """Stored rows: what can be looked at."""
    events: float
    """All that passed with such a score, volumes that came without rows or scores included."""
    stored: float
    """Share of these events that stored rows stand for."""
    checked: int = 0
    """Rows that an audit has looked at already."""
    found: int = 0
    """Attacks among these."""
    missed: float = 0.0
    """Share of attacks, by these; 0 where none was checked."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What passed in a window of whole hours."""

    scope: Scope
    bands: tuple[Band, ...]
    cells: pd.DataFrame
    """hour, score_bin, n: where stored rows are."""
    served: float | None
    """Threshold in force at the end of the window."""


def whole_hours(scope: Scope) -> Scope:
    """Return a scope with its window cut to whole hours, and without slices: hours are rolled up without them."""
    since, until = scope.since, scope.until
    if since:
        since = _floor(since + _HOUR - timedelta(microseconds=1))
    if until:
        until = _floor(until)
    if since and until and since >= until:
        raise BadInput("cutting the window", "it holds no whole hour.", "Choose a longer one.")
    return replace(scope, since=since, until=until, where=())


def _floor(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def passed(trace: Trace, scope: Scope, served: float | None, simple: bool = False) -> Passed:
    """Return what was scored and passed, by strata of score.

    Parameters
    ----------
    scope
        Model and version; the window is cut to whole hours, slices are left out.
    served
        Threshold that tells what passed where no decision is told.
    simple
        One stratum.
    """
    scope = whole_hours(scope)
    cells = trace.run(*queries.passed_cells(scope, served, bin_of(served) if served is not None else 0))
    told = cells[cells["score_bin"] != NOT_TOLD]
    by_bin = told.groupby("score_bin", as_index=False)[["n", "events"]].sum()
    by_bin = by_bin[by_bin["n"] > 0]
    if by_bin.empty:
        return Passed(scope, (), told, served)
    # Volumes without a score, or in bins without a row, are taken to be spread as the others are.
    scale = float(cells["events"].sum()) / float(by_bin["events"].sum())
    bins, n, events = (by_bin[c].to_numpy() for c in ("score_bin", "n", "events"))
    counted = trace.run(*queries.counted(scope, served)).set_index("score_bin")["events"]
    without = counted.reindex(bins).fillna(0.0).to_numpy(dtype=float)
    known = trace.run(*queries.audited(scope, labelled_columns(trace.reader)))
    ends = [0, *([] if simple else _cuts(np.cumsum(events) / events.sum())), len(bins)]
    found = []
    for a, b in pairwise(ends):
        # Strata adjoin each other: every score of what passed lies in one of them.
        ends_at = (0 if a == 0 else int(bins[a]), int(bins[b]) - 1 if b < len(bins) else int(bins[-1]))
        here = float(events[a:b].sum())
        stored = max(here - float(without[a:b].sum()), 0.0) / (here * scale)
        found.append(_band(ends_at, int(n[a:b].sum()), here * scale, stored, known))
    return Passed(scope, tuple(found), told[told["n"] > 0], served)


def _band(ends: tuple[int, int], rows: int, events: float, stored: float, known: pd.DataFrame) -> Band:
    """Return a stratum with what audits have found in it."""
    lower, upper = edges()
    mine = known[known["score_bin"].between(*ends)]
    attack, weight = mine["is_attack"].to_numpy(dtype=bool), mine["events"].to_numpy(dtype=float)
    return Band(
        *ends,
        low=float(lower[ends[0]]),
        high=float(upper[ends[1]]),
        rows=rows,
        events=events,
        stored=stored,
        checked=len(mine),
        found=int(attack.sum()),
        missed=float(weight[attack].sum() / weight.sum()) if len(mine) else 0.0,
    )


def _cuts(below: np.ndarray) -> list[int]:
    """Return the places at which bins are parted: nearest to the wanted shares, each part with a bin at least."""
    found = [int(np.searchsorted(below, share)) + 1 for share in SHARES]
    return sorted({c for c in found if c < len(below)})
