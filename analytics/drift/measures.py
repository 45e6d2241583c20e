"""Drift of a model version between two windows: what every page, command and notebook calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.drift import distance, queries
from analytics.drift.edges import Edges, summed, taken
from analytics.drift.results import Counted, Distribution, Drift
from analytics.errors import BadInput
from analytics.results import FEW, Estimate, Measured
from analytics.scope import Scope
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import source
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import detection_files

SAMPLE = 20_000
"""Rows from which bins are taken. They need not hold equal shares: what is compared is what each of them holds."""
_COLUMNS = 12
"""Columns that one statement reads at most: each takes a row group's room in every thread."""
_VALUES = 200_000_000
"""Values that one statement reads at most where it reads several columns: a few seconds' work."""
_WEIGHT = "sampling_weight"
NO_NULL_VALUE = "How far it goes by chance alone is not known yet: no null value from days of the reference."


def drift(reader: Reader, reference: Scope, current: Scope, edges: tuple[Edges, ...] | None = None) -> Measured[Drift]:
    """Return how the score and every feature of a model version are distributed in two windows.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    reference, current
        The same model and version; windows and slices as they are.
    edges
        Bins that were taken before; from the reference where None.

    Raises
    ------
    BadInput
        The scopes do not name one model version.
    """
    _check(reference, current)
    trace = Trace(reader)
    fixed = edges if edges is not None else _edges(reader, reference, trace)
    then = _count(reader, reference, fixed, trace)
    wider = tuple(_with_range(e, c) for e, c in zip(fixed, then, strict=True))
    now = [
        _narrowed(e, c, found) for e, c, found in zip(fixed, then, _count(reader, current, wider, trace), strict=True)
    ]
    columns = tuple(_compared(r, c, beyond) for r, (c, beyond) in zip(then, now, strict=True))
    found = Drift(
        reference,
        current,
        n_reference=then[0].rows if then else 0,
        n_current=now[0][0].rows if now else 0,
        columns=columns,
    )
    return Measured(found, trace.provenance(current))


def edges(reader: Reader, reference: Scope) -> Measured[tuple[Edges, ...]]:
    """Return the bins of the score and of every feature, taken from a sample of the reference."""
    _check(reference, reference)
    trace = Trace(reader)
    return Measured(_edges(reader, reference, trace), trace.provenance(reference))


def counted(reader: Reader, scope: Scope, edges: tuple[Edges, ...]) -> Measured[list[Counted]]:
    """Return every column of a scope counted in given bins."""
    _check(scope, scope)
    trace = Trace(reader)
    return Measured(_count(reader, scope, edges, trace), trace.provenance(scope))


def _check(reference: Scope, current: Scope) -> None:
    named = {(s.model, s.version) for s in (reference, current)}
    if len(named) > 1 or None in named.pop():
        found = "the two windows do not name one and the same model version."
        raise BadInput("comparing distributions", found, "Name the model and its version.")


def _edges(reader: Reader, reference: Scope, trace: Trace) -> tuple[Edges, ...]:
    _, present = detection_files(reader, reference, trace.run)
    columns = [*(["score"] if "score" in present else []), *sorted(c for c in present if c.startswith(FEATURE_PREFIX))]
    table = source(reader, reference, columns, trace.run)
    if table is None or not columns:
        return ()
    kinds = trace.run(*queries.types(table, columns))
    if kinds.empty:
        return ()
    numbers = {c: kinds[c].iloc[0] != "VARCHAR" for c in columns}
    rows = int(trace.run(*queries.count(table))["n"].iloc[0])
    sampled = source(reader, reference, columns, trace.run, every=max(1, rows // SAMPLE))
    if sampled is None:
        return ()
    found: list[Edges] = []
    for some in _together(columns, rows):
        sample = trace.run(*queries.sample(sampled, some))
        found += taken(sample, {c: bool(numbers[c]) for c in some})
    return tuple(found)


def _together(columns: list[str], rows: int) -> Iterable[list[str]]:
    """Return the columns in groups whose values one statement reads."""
    size = max(1, min(_COLUMNS, _VALUES // max(rows, 1)))
    return (columns[i : i + size] for i in range(0, len(columns), size))


def _count(reader: Reader, scope: Scope, edges: tuple[Edges, ...], trace: Trace) -> list[Counted]:
    _, present = detection_files(reader, scope, trace.run)
    known = [e for e in edges if e.column in present]
    weight = [_WEIGHT] if _WEIGHT in present else []
    table = source(reader, scope, [*(e.column for e in known), *weight], trace.run)
    if table is None or not edges:
        return [Counted(e, 0, 0.0, np.zeros(e.bins)) for e in edges]
    rows = int(trace.run(*queries.count(table))["n"].iloc[0])
    by_name: dict[str, Counted] = {}
    for some in _together([e.column for e in known], rows):
        group = tuple(e for e in known if e.column in some)
        frame = trace.run(*queries.counts(table, group, bool(weight)))
        by_name |= {e.column: _read(frame, i, e) for i, e in enumerate(group)}
    events = next((c.events for c in by_name.values()), float(rows))
    return [by_name.get(e.column, Counted(e, rows, events, np.zeros(e.bins))) for e in edges]


def _read(frame: pd.DataFrame, i: int, edges: Edges) -> Counted:
    """Read one column of the counts: each group of like weights with their mean."""
    bins = np.zeros(edges.bins)
    counted = frame[frame["n"] > 0]
    for row, n, represented in zip(counted[f"bins_{i}"], counted["n"], counted["represented"], strict=True):
        if isinstance(row, np.ndarray):  # else no row of the group has a value
            bins[: len(row)] += np.asarray(row, dtype=np.float64) * (represented / n)
    rows, events = int(counted["n"].sum()), float(counted["represented"].sum())
    if not edges.is_number:
        return Counted(edges, rows, events, bins)
    least, most = counted[f"least_{i}"].min(), counted[f"most_{i}"].max()
    known = not pd.isna(least)
    return Counted(edges, rows, events, bins, float(least) if known else None, float(most) if known else None)


def _with_range(edges: Edges, reference: Counted) -> Edges:
    """Return the bins with the ends of the reference's range as further edges."""
    if reference.least is None or reference.most is None:
        return edges
    ends = [x for x in (np.nextafter(reference.least, -np.inf), reference.most) if np.isfinite(x)]
    return replace(edges, inner=tuple(np.unique([*edges.inner, *ends]).tolist()))


def _narrowed(edges: Edges, reference: Counted, found: Counted) -> tuple[Counted, float | None]:
    """Return counts in the bins without the ends of the range, and the share of known values outside of it."""
    if not edges.is_number:
        if not found.known or not reference.known or reference.bins[-1]:
            return found, None
        return found, float(found.bins[-1] / found.known)
    wide = found.edges.inner
    place = np.append(np.searchsorted(edges.inner, wide), len(edges.inner))
    narrow = replace(found, edges=edges, bins=summed(place, found.bins, edges.bins))
    if not found.known or reference.least is None or reference.most is None:
        return narrow, None
    upper, lower = np.append(wide, np.inf), np.append(-np.inf, wide)
    outside = (upper < reference.least) | (lower >= reference.most)
    return narrow, float(found.bins[outside].sum() / found.known)


def _compared(reference: Counted, current: Counted, unseen: float | None) -> Distribution:
    n = min(reference.rows, current.rows)
    if not n:
        why = "There are no rows in " + ("the reference." if not reference.rows else "the window.")
        none = Estimate(None, None, None, 0, unit="index", quality="no_data", why=why)
        return Distribution(reference, current, None, none, none if reference.edges.is_number else None)
    value = distance.psi(reference.coarse(), current.coarse(), (reference.rows, current.rows))
    psi = Estimate(
        value,
        None,
        None,
        current.rows,
        unit="index",
        method="PSI in tenths of the reference" if reference.edges.is_number else "PSI by value",
        represents=current.events,
        quality="few" if n < FEW else "ok",
        why=NO_NULL_VALUE,
    )
    return Distribution(reference, current, unseen, psi, _ks(reference, current, n))


def _ks(reference: Counted, current: Counted, n: int) -> Estimate | None:
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
        quality="few" if n < FEW else "ok",
        why=NO_NULL_VALUE,
    )
