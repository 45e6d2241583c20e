"""A candidate against the version in use, on the same labelled events.

What both or neither flag says nothing of their difference; so the ratio of attacks caught can be told from labels of
what either flags, without knowing what both miss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.efficacy import queries
from analytics.efficacy.consequences import days_of
from analytics.efficacy.identify import How, stand
from analytics.efficacy.measures import slices
from analytics.efficacy.reading import read
from analytics.errors import BadInput
from analytics.results import FEW, Estimate, Measured
from analytics.scope import SLICES, Scope
from analytics.stats.differences import difference, q_values
from analytics.stats.interval import Interval
from analytics.stats.paired import mcnemar, recall_ratio
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

Bools = NDArray[np.bool_]

EVENTS = 20
"""Fewest labelled events that either flags, for a slice to be compared."""
RATE = 0.05
"""False discovery rate over the slices."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A slice in which the candidate does otherwise than elsewhere."""

    what: Literal["attacks", "false alarms"]
    where: tuple[str, str]
    ratio: Estimate
    """Attacks caught (or false alarms raised) by the candidate ÷ by the version in use, in this slice."""
    elsewhere: Estimate
    q: float


@dataclass(frozen=True, slots=True)
class Against:
    """The candidate against the version in use."""

    in_use: str
    candidate: str
    threshold_in_use: float | None
    threshold_candidate: float | None
    counts: pd.DataFrame
    """One row each for attacks and benign events: both, only_in_use, only_candidate, neither (labelled rows); lost and
    gained: weighted, of 100 that the version in use flags, how many it alone flags, and how many the candidate besides.
    """
    p_attacks: float
    """McNemar's test on the attacks: could the difference be chance, were rows independent?"""
    ratio: Estimate
    """Attacks caught by the candidate ÷ by the version in use."""
    false_alarms: Estimate
    """The same of benign events."""
    alarms_in_use: float
    """A day."""
    alarms_candidate: float
    segments: list[Segment]
    """Worse or better than elsewhere beyond chance, the worst first."""
    searched: int
    why: str
    """Why the two cannot be compared."""


def against(reader: Reader, scope: Scope, candidate: str, column_limit: int = 12) -> Measured[Against]:
    """Return how a candidate compares with the version in use, each at its threshold in force.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version (the one in use) are set.
    candidate
        Another version of the same model.
    column_limit
        Slice columns searched at most.

    Raises
    ------
    BadInput
        A version is not registered, or both are the same.
    """
    if candidate == scope.version:
        raise BadInput("comparing two versions", "both are the same.", "Choose another one.")
    trace = Trace(reader)
    mine = read(reader, scope)
    theirs = read(reader, Scope(scope.model, candidate, scope.since, scope.until, scope.where, None, scope.known_at))
    parts = [f.parts[0] for f in (mine, theirs)]
    totals = [part.totals(f.served) for f, part in zip((mine, theirs), parts, strict=True)]
    how = [stand(part.rows(f.served), t).how[1] for f, part, t in zip((mine, theirs), parts, totals, strict=True)]
    days = days_of(mine, reader)
    columns = [c for c in slices(reader, scope).result if c != "mode" and c not in dict(scope.where)][:column_limit]
    known = set(trace.once(queries.LABELLED_COLUMNS, {})["column_name"]) | set(SLICES)
    frame = trace.run(*queries.both(mine.scope, candidate, known, tuple(columns)))
    a, b = (
        frame[name].to_numpy(float) >= (f.served if f.served is not None else np.inf)
        for name, f in (("score_a", mine), ("score_b", theirs))
    )
    attack = frame["is_attack"].to_numpy(bool)
    why = _why(len(frame), mine.served, theirs.served, how, bool((attack & (a | b)).any()))
    weight, case = _weights(frame), _cases(frame)
    unknown = Estimate(None, None, None, len(frame), unit="count", quality="not_measurable", why=why)
    ratio, wrong = (unknown if why else _estimate(recall_ratio(y, b, a, weight, case)) for y in (attack, ~attack))
    segments, searched = _segments(frame, columns, attack, (a, b), weight, case) if not why else ([], 0)
    only_a, only_b = int((attack & a & ~b).sum()), int((attack & b & ~a).sum())
    found = Against(
        in_use=str(scope.version),
        candidate=candidate,
        threshold_in_use=mine.served,
        threshold_candidate=theirs.served,
        counts=_counts(attack, a, b, weight),
        p_attacks=float(mcnemar(only_a, only_b)),
        ratio=ratio,
        false_alarms=wrong,
        alarms_in_use=(totals[0].above + totals[0].between / 2) / days,
        alarms_candidate=(totals[1].above + totals[1].between / 2) / days,
        segments=segments,
        searched=searched,
        why=why,
    )
    return Measured(found, trace.provenance(scope))


def _why(n: int, at: float | None, other: float | None, how: list[How], flagged: bool) -> str:
    if at is None or other is None:
        return "One of the two has no threshold in force."
    if not n:
        return "No labelled event was scored by both."
    if "open" in how:
        return "Of what one of the two flags too little is labelled: label the alarms of both."
    return "" if flagged else "Neither flags a labelled attack."


def _weights(frame: pd.DataFrame) -> NDArray[np.float64] | None:
    """Sampling weight ÷ inclusion probability; a label whose probability nobody knows stands for itself."""
    weight = frame["weight"].to_numpy(float) / frame["inclusion_probability"].fillna(1.0).to_numpy(float)
    return None if (weight == 1).all() else weight


def _cases(frame: pd.DataFrame) -> NDArray[np.int64] | None:
    known = frame["case_no"].notna().to_numpy()
    if not known.any():
        return None
    codes = np.asarray(pd.factorize(frame["case_no"].to_numpy(np.int64, na_value=-1))[0], dtype=np.int64)
    return np.where(known, codes, -1 - np.arange(len(frame)))


def _counts(attack: Bools, a: Bools, b: Bools, weight: NDArray[np.float64] | None) -> pd.DataFrame:
    stands = np.ones(len(attack)) if weight is None else weight
    rows = []
    for name, mine in (("attacks", attack), ("benign", ~attack)):
        flagged, lost, gained = (float(stands[mine & some].sum()) for some in (a, a & ~b, b & ~a))
        rows.append(
            {
                "label": name,
                "both": int((mine & a & b).sum()),
                "only_in_use": int((mine & a & ~b).sum()),
                "only_candidate": int((mine & b & ~a).sum()),
                "neither": int((mine & ~a & ~b).sum()),
                "lost": 100 * lost / flagged if flagged else np.nan,
                "gained": 100 * gained / flagged if flagged else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _segments(
    frame: pd.DataFrame,
    columns: list[str],
    attack: Bools,
    flags: tuple[Bools, Bools],
    weight: NDArray[np.float64] | None,
    case: NDArray[np.int64] | None,
) -> tuple[list[Segment], int]:
    """Return the slices in which a ratio differs from elsewhere, and how many were compared."""
    found: list[tuple[Segment, float]] = []
    for what, label in (("attacks", attack), ("false alarms", ~attack)):
        for column in columns:
            if what == "false alarms" and column == "technique":
                continue
            told = frame[column].to_numpy(dtype=object)
            for value in pd.unique(told[label & (flags[0] | flags[1])]):
                if value in (None, "") or value != value:
                    continue
                ratios = [
                    recall_ratio(label & rows, flags[1], flags[0], weight, case)
                    for rows in (told == value, told != value)
                ]
                if any(i.n < EVENTS or np.isnan(i.value) for i in ratios):
                    continue
                inside, rest = ratios
                segment = Segment(what, (column, str(value)), _estimate(inside), _estimate(rest), float("nan"))
                found.append((segment, difference(inside[:3], rest[:3]).p))
    q = q_values([p for _, p in found])
    told_apart = [replace(s, q=float(x)) for (s, _), x in zip(found, q, strict=True) if x <= RATE]
    return sorted(told_apart, key=_harm, reverse=True), len(found)


def _harm(s: Segment) -> float:
    """Return how much worse the candidate does here than elsewhere."""
    gap = (s.elsewhere.value or 0.0) - (s.ratio.value or 0.0)
    return gap if s.what == "attacks" else -gap


def _estimate(i: Interval) -> Estimate:
    if np.isnan(i.value):
        return Estimate(None, None, None, i.n, unit="count", quality="not_measurable", why=i.method)
    return Estimate(
        float(i.value), float(i.low), float(i.high), int(i.n), unit="count", n_cases=int(i.n_cases),
        n_effective=float(i.n_effective), method=i.method, quality="few" if i.n_cases < FEW else "ok",
    )  # fmt: skip
