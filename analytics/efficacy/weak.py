"""Where a model is weak: a search over the values of one and of two slice columns, corrected for its size.

What a search finds must be confirmed on other data before anybody acts on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.efficacy import queries
from analytics.efficacy.facts import POPULATIONS, labelled
from analytics.efficacy.identify import identify
from analytics.efficacy.measures import slices
from analytics.efficacy.reading import read
from analytics.efficacy.wording import unless_one
from analytics.results import Estimate, Measured
from analytics.scope import SLICES, Scope
from analytics.stats.differences import difference, q_values
from analytics.stats.interval import Interval
from analytics.stats.intervals import ratio
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

Measure = Literal["recall", "precision"]
Bools = NDArray[np.bool_]

ROWS = 30
"""Fewest rows in the denominator of a slice, and of the rest."""
CASES = 8
"""Fewest cases among them, where cases are known."""
RATE = 0.05
"""False discovery rate over everything that was looked at."""
GAP = 0.05
"""Smallest gap to the rest that is told."""
PAIRS = 400
"""Pairs of values looked at, the largest first."""


@dataclass(frozen=True, slots=True)
class Weak:
    """One weak slice."""

    measure: Measure
    where: tuple[tuple[str, str], ...]
    inside: Estimate
    rest: Estimate
    q: float


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found."""

    found: list[Weak]
    """The largest gap first, at most one for the same rows."""
    searched: int
    """Slices that were large enough to be looked at, over both measures."""
    columns: tuple[str, ...]
    why: str
    """Why nothing could be searched."""


@dataclass(frozen=True, slots=True)
class _Slice:
    where: tuple[tuple[str, str], ...]
    rows: Bools


def search(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[Search]:
    """Return the slices whose attacks caught or right alarms lie below the rest, beyond chance.

    Every value of every slice column, and every pair of values of two columns, that holds enough rows and cases is
    compared with the rest of the scope; the false discovery rate is held over all of them and both measures. A pair
    is told only where it is clearly worse than either of its values alone.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    threshold
        Positive means score >= threshold; the one in force where None.
    """
    trace = Trace(reader)
    facts = read(reader, scope)
    at = facts.served if threshold is None else threshold
    fixed = {c for c, _ in scope.where}
    columns = [c for c in slices(reader, scope).result if c not in fixed and c != "mode"]
    if at is None or not columns:
        why = "No threshold is in force." if at is None else "No other slice column is known."
        return Measured(Search([], 0, tuple(columns), why), trace.provenance(scope))
    known = set(trace.once(queries.LABELLED_COLUMNS, {})["column_name"]) | set(SLICES)
    frame = trace.run(*queries.labelled(facts.scope, known, reader.snapshot.zone, also=tuple(columns)))
    frame = frame[frame["population"] == POPULATIONS.index(facts.population)]
    rows = labelled(frame, facts.served if facts.served is not None else at)
    part = facts.parts[0]
    around = part.totals(at)
    ident = identify(rows, around, at)
    if ident.basis is None:
        return Measured(Search([], 0, tuple(columns), "The labels do not tell."), trace.provenance(scope))
    values = frame[rows.scored][ident.standing.keep]
    found, searched = [], 0
    weight, case, attack = unless_one(ident.weight), ident.rows.case, ident.rows.attack
    asked: list[tuple[Measure, Bools, Bools]] = [("precision", attack & ident.flagged, ident.flagged)]
    if ident.basis != "alarms":
        asked.append(("recall", attack & ident.flagged, attack))
    for measure, hit, inside in asked:
        own = [c for c in columns if measure == "recall" or c != "technique"]
        more, n = _search(measure, hit, inside, values, own, weight, case)
        found += more
        searched += n
    q = q_values([p for _, p in found])
    weak = [
        Weak(w.measure, w.where, w.inside, w.rest, float(x)) for (w, _), x in zip(found, q, strict=True) if x <= RATE
    ]
    return Measured(Search(_distinct(weak), searched, tuple(columns), ""), trace.provenance(scope))


def _search(
    measure: Measure,
    hit: Bools,
    inside: Bools,
    values: pd.DataFrame,
    columns: list[str],
    weight: NDArray[np.float64] | None,
    case: NDArray[np.int64] | None,
) -> tuple[list[tuple[Weak, float]], int]:
    """Return every slice looked at with its p-value, and how many there were."""
    found: list[tuple[Weak, float]] = []
    for s in _slices(values, columns, inside, case):
        a = ratio(hit & s.rows, inside & s.rows, weight, case)
        b = ratio(hit & ~s.rows, inside & ~s.rows, weight, case)
        told = difference(a[:3], b[:3])
        found.append((Weak(measure, s.where, _estimate(a), _estimate(b), float("nan")), told.p))
    return found, len(found)


def _slices(
    values: pd.DataFrame, columns: list[str], inside: Bools, case: NDArray[np.int64] | None
) -> Iterator[_Slice]:
    """Yield the slices that hold enough, each value and then the largest pairs of values."""
    singles: list[_Slice] = []
    for column in columns:
        told = values[column].to_numpy(dtype=object)
        for value in pd.unique(told[inside]):
            if value is None or value != value or value == "":
                continue
            mine = told == value
            if _enough(mine, inside, case):
                singles.append(_Slice(((column, str(value)),), mine))
    yield from singles
    pairs = [
        _Slice(a.where + b.where, both)
        for a, b in combinations(singles, 2)
        if a.where[0][0] != b.where[0][0] and _enough(both := a.rows & b.rows, inside, case)
        and not _same(both, a.rows, inside) and not _same(both, b.rows, inside)
    ]  # fmt: skip
    yield from sorted(pairs, key=lambda s: -int((s.rows & inside).sum()))[:PAIRS]


def _enough(mine: Bools, inside: Bools, case: NDArray[np.int64] | None) -> bool:
    own, rest = mine & inside, ~mine & inside
    if own.sum() < ROWS or rest.sum() < ROWS:
        return False
    return case is None or len(np.unique(case[own])) >= CASES


def _same(a: Bools, b: Bools, inside: Bools) -> bool:
    """Tell whether two slices hold nearly the same rows."""
    return int((b & inside).sum()) - int((a & inside).sum()) < 0.05 * int((b & inside).sum())


def _distinct(weak: list[Weak]) -> list[Weak]:
    """Return the slices clearly below the rest, the largest gap first; a pair only where it adds to its values."""
    below = [w for w in weak if _value(w.rest) - _value(w.inside) >= GAP]
    alone = {(w.measure, w.where[0]): _value(w.inside) for w in below if len(w.where) == 1}
    told = [
        w
        for w in below
        if len(w.where) == 1
        or all(_value(w.inside) <= alone[(w.measure, pair)] - GAP for pair in w.where if (w.measure, pair) in alone)
    ]
    return sorted(told, key=lambda w: (_value(w.inside) - _value(w.rest), w.where))


def _value(e: Estimate) -> float:
    return e.value if e.value is not None else 0.0


def _estimate(i: Interval) -> Estimate:
    return Estimate(
        float(i.value), float(i.low), float(i.high), int(i.n), n_cases=int(i.n_cases),
        n_effective=float(i.n_effective), method=i.method,
    )  # fmt: skip
