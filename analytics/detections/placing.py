"""Where a score lies among the scores of all traffic: from the rollups and the labelled rows, never from the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics.detections import queries
from analytics.numbers import BARS
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.bins import bin_of, edges
from analytics.warehouse.lookup import labelled_columns, population
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import volume


@dataclass(frozen=True, slots=True)
class Placed:
    """A score among those of all traffic."""

    score: float
    threshold: float | None
    """The lowest one in force when it was given; None where none was."""
    scored: float
    """Events with a score that is told."""
    as_high: float
    """Of these, with a score in the bin of this one or above."""
    bars: pd.DataFrame
    """BARS rows from score 0 to 1: volume (events), attacks and benign (labelled rows)."""


def placed(reader: Reader, scope: Scope, version: str, score: float, threshold: float | None) -> Measured[Placed]:
    """Return where a score of a version lies among those of the window's traffic.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Model and window; labels as known at its ``known_at``. Its slices play no part: more than one would have to be
        counted from the rows.
    version
        The one that gave the score.
    score, threshold
        What is marked.
    """
    trace = Trace(reader)
    scope = replace(scope, version=version, where=())
    cells = volume(reader, scope, trace.once)
    cells = cells[cells["score_bin"] >= 0]
    bins, events = cells["score_bin"].to_numpy(dtype=np.int64), cells["represented"].to_numpy(dtype=float)
    whose = population(scope, labelled_columns(reader), trace.once)
    labels = trace.once(*queries.judged_bins(scope, whose))
    known, attack = labels["score_bin"].to_numpy(dtype=np.int64), labels["is_attack"].to_numpy(dtype=bool)
    n = labels["n"].to_numpy(dtype=float)
    bars = pd.DataFrame(
        {
            "volume": _bars(bins, events),
            "attacks": _bars(known[attack], n[attack]),
            "benign": _bars(known[~attack], n[~attack]),
        }
    )
    as_high = float(events[bins >= bin_of(score)].sum())
    found = Placed(score, threshold, float(events.sum()), as_high, bars)
    return Measured(found, trace.provenance(scope))


def _bars(bins: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Add fine bins up to equal ones, each to the bar that holds its lower edge."""
    at = (edges()[0][bins] * BARS + 1e-9).astype(int).clip(0, BARS - 1)
    return np.bincount(at, n, BARS)
