"""Drift of a model version between two windows: what every page, command and notebook calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.drift import counting, distance, windows
from analytics.drift.results import Counted, Course, Day, Distribution, Drift, Floats
from analytics.errors import BadInput
from analytics.results import FEW, Estimate, Measured
from analytics.scope import Scope
from analytics.warehouse.edges import Edges
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

_TENTHS = np.arange(1, 10) / 10


def drift(reader: Reader, reference: Scope, current: Scope) -> Measured[Drift]:
    """Return how the score and every feature of a model version are distributed in two windows.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    reference, current
        The same model and version, with their windows and slices. The running day is left out of both.

    Raises
    ------
    BadInput
        The scopes do not name one model version.
    """
    _check(reference, current)
    trace, asked = Trace(reader), current
    reference, current = (windows.whole(reader, s) for s in (reference, current))
    fixed = counting.edges(reader, current.model, trace)
    then, now = (counting.counted(reader, scope, fixed, trace) for scope in (reference, current))
    found = Drift(
        reference,
        current,
        n_reference=then[-1].rows,
        n_current=now[-1].rows,
        columns=tuple(_compared(r, c) for r, c in zip(then, now, strict=True)),
        running=windows.running(reader) if current != asked else None,
    )
    return Measured(found, trace.provenance(current))


def course(reader: Reader, reference: Scope, current: Scope, column: str) -> Measured[Course]:
    """Return one column day by day against the reference, over all the data there is.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    reference, current
        As in ``drift``.
    column
        ``score`` or ``f.<name>``.

    Raises
    ------
    BadInput
        The scopes do not name one model version, or there is no such column.
    """
    _check(reference, current)
    trace = Trace(reader)
    fixed = counting.edges(reader, current.model, trace)
    mine = tuple(e for e in fixed if e.column in (column, counting.SCORE))
    if column not in {e.column for e in mine}:
        raise BadInput(
            "following a column", f"there is no {column!r}.", f"There are: {', '.join(e.column for e in fixed)}."
        )
    reference, current, every = (
        windows.whole(reader, s) for s in (reference, current, replace(current, since=None, until=None))
    )
    then, now, whole = (
        next(c for c in counting.counted(reader, s, mine, trace) if c.edges.column == column)
        for s in (reference, current, every)
    )
    found = Course(column, tuple(_days(then, now, whole)), _day_by_chance(then))
    return Measured(found, trace.provenance(current))


def _days(then: Counted, now: Counted, whole: Counted) -> Iterator[Day]:
    """Yield every day from the first to the last, those without rows too."""
    if not len(whole.dates):
        return
    place = _place(then)
    reference = _coarse(then.days, place).sum(axis=0)
    days, rows = _coarse(whole.days, place), whole.rows_by_day
    at = {d: i for i, d in enumerate(whole.dates.tolist())}
    sides = (("reference", set(then.dates.tolist())), ("window", set(now.dates.tolist())))
    for date in np.arange(whole.dates[0], whole.dates[-1] + 1).tolist():
        i = at.get(date)
        n = int(rows[i]) if i is not None else 0
        value = distance.psi(reference, days[i], (then.rows, n)) if i is not None and n >= FEW and then.rows else None
        yield Day(date, n, value, next((name for name, dates in sides if date in dates), ""))


def _day_by_chance(then: Counted) -> float | None:
    days = distance.Days(then.dates, then.rows_by_day, _coarse(then.days, _place(then)))
    return distance.psi_by_chance(days, then.dates[-1:], np.random.default_rng(0))


def edges(reader: Reader, model: str) -> Measured[tuple[Edges, ...]]:
    """Return the bins of the score and of every feature: fixed, so that windows, versions and batches compare."""
    trace = Trace(reader)
    return Measured(counting.edges(reader, model, trace), trace.provenance(Scope(model)))


def counted(reader: Reader, scope: Scope) -> Measured[list[Counted]]:
    """Return the score and every feature of a scope, counted by day."""
    _check(scope, scope)
    trace = Trace(reader)
    fixed = counting.edges(reader, scope.model, trace)
    return Measured(counting.counted(reader, scope, fixed, trace), trace.provenance(scope))


def _check(reference: Scope, current: Scope) -> None:
    named = {(s.model, s.version) for s in (reference, current)}
    if len(named) > 1 or None in named.pop():
        found = "the two windows do not name one and the same model version."
        raise BadInput("comparing distributions", found, "Name the model and its version.")


def tenths(bins: Floats) -> NDArray[np.int64]:
    """Return to which tenth of a number's values each bin belongs, as nearly as bins tell.

    Parameters
    ----------
    bins
        Events by bin, shape (bins,).
    """
    if not bins.any():
        return np.zeros(len(bins), dtype=np.int64)
    reached = np.cumsum(bins) / bins.sum()
    ends = np.abs(reached[:, None] - _TENTHS).argmin(axis=0)
    ends = np.unique(ends[ends < len(bins) - 1])
    return np.searchsorted(ends, np.arange(len(bins)))


def _place(reference: Counted) -> NDArray[np.int64]:
    """Return to which bin of the population stability index each bin belongs."""
    return tenths(reference.bins) if reference.edges.is_number else np.arange(reference.edges.bins)


def _compared(reference: Counted, current: Counted) -> Distribution:
    is_number, place = reference.edges.is_number, _place(reference)
    n = min(reference.rows, current.rows)
    if not n:
        why = "There are no rows in " + ("the reference." if not reference.rows else "the window.")
        none = Estimate(None, None, None, 0, unit="index", quality="no_data", why=why)
        return Distribution(reference, current, place, None, none, None, none if is_number else None)
    then, now = (_coarse(side.days, place) for side in (reference, current))
    # The same draws for every column and at every call: a figure does not change by being looked at.
    chance = np.random.default_rng(0)
    days = distance.Days(reference.dates, reference.rows_by_day, then)
    by_chance = distance.psi_by_chance(days, current.dates, chance)
    told = f"{len(then)} days of the reference" if len(then) != 1 else "one day of the reference"
    psi = Estimate(
        distance.psi(then.sum(axis=0), now.sum(axis=0), (reference.rows, current.rows)),
        None,
        None,
        current.rows,
        unit="index",
        method="PSI in tenths of the reference, as near as bins tell" if is_number else "PSI by value",
        represents=current.events,
        quality="few" if n < FEW else "ok",
        why=f"What chance alone makes of it cannot be told from {told}." if by_chance is None else "",
    )
    moved = distance.wasserstein(np.array(reference.edges.inner), reference.bins, current.bins) if is_number else np.nan
    return Distribution(
        reference,
        current,
        place,
        _unseen(reference, current),
        psi,
        by_chance,
        _ks(reference, current),
        _or_none(distance.jensen_shannon(then.sum(axis=0), now.sum(axis=0))),
        _or_none(moved),
    )


def _or_none(x: float) -> float | None:
    return None if np.isnan(x) else float(x)


def _coarse(days: Floats, place: NDArray[np.int64]) -> Floats:
    """Return events by day and bin of the population stability index, the missing ones last."""
    size = int(place.max()) + 1
    grid = np.zeros((len(days), size + 1))
    for i, bin_ in enumerate([*place.tolist(), size]):
        grid[:, bin_] += days[:, i]
    return grid


def _unseen(reference: Counted, current: Counted) -> float | None:
    """Return the share of known values that lie where the reference has none."""
    then, now = reference.bins, current.bins
    if not current.known or not reference.known:
        return None
    if not reference.edges.is_number:
        return None if then[-1] else float(now[then == 0].sum() / now.sum())
    filled = np.flatnonzero(then)
    return float((now[: filled[0]].sum() + now[filled[-1] + 1 :].sum()) / now.sum())


def _ks(reference: Counted, current: Counted) -> Estimate | None:
    if not reference.edges.is_number:
        return None
    if not reference.known or not current.known:
        return Estimate(None, None, None, 0, quality="no_data", why="One of the two windows has no value.")
    low, high = distance.ks(reference.bins, current.bins)
    return Estimate(
        low,
        low,
        high,
        current.rows,
        level=1.0,
        method="largest gap at the bins' edges; no more than high between them",
        represents=current.known,
        quality="few" if min(reference.rows, current.rows) < FEW else "ok",
    )
