"""New values: what the window has and the reference has not, in every column of names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.drift import counting, queries, windows
from analytics.drift.mixes import New, News
from analytics.drift.results import Counted
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.rollup import OTHER
from analytics.warehouse.rows import source
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import volume

MOST = 50
"""Rare values of a text feature that are looked up in the rows; those that are larger have cells of their own."""


def novel(reader: Reader, reference: Scope, current: Scope) -> Measured[News]:
    """Return the values of slice columns and of features that are texts which the reference does not have.

    They come from the rollups. Values of a text feature that have no bin of their own are looked up in the rows, the
    MOST largest of the window.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    reference, current
        As for ``measures.drift``; the running day is left out.
    """
    trace = Trace(reader)
    reference, current = (windows.whole(reader, s) for s in (reference, current))
    fixed = counting.edges(reader, current.model, trace)
    texts = (fixed[0], *(e for e in fixed if not e.is_number))
    then, now = (counting.counted(reader, s, texts, trace) for s in (reference, current))
    if not then[0].events or not now[0].events:
        side = "window" if then[0].events else "reference"
        return Measured(News((), (), (), f"There are no rows in the {side}."), trace.provenance(current))
    columns = trace.run(*queries.slice_columns(current.model))["slice_column"].tolist()
    columns = [c for c in columns if c not in dict(current.where)]
    found, untold = [], []
    for column in columns:
        new, hidden = _of_slices(reader, reference, current, column, trace)
        found += new
        untold += [column] if hidden else []
    for r, c in zip(then[1:], now[1:], strict=True):
        found += [*_named(r, c), *_rare(reader, reference, current, c, trace)]
    found.sort(key=lambda n: (-n.events, n.column, n.value))
    looked = (*columns, *(e.column for e in texts[1:]))
    return Measured(News(tuple(found), looked, tuple(untold)), trace.provenance(current))


def _of_slices(reader: Reader, reference: Scope, current: Scope, column: str, trace: Trace) -> tuple[list[New], bool]:
    """Return the new values of a slice column, and whether rare ones are counted together."""
    then, now = (
        volume(reader, s, trace.run, by=column).groupby("by")["represented"].sum() for s in (reference, current)
    )
    total = float(now.sum())
    new = now[~now.index.isin(then.index[then > 0]) & (now > 0) & ~now.index.isin(["", OTHER])]
    return [New(column, str(v), float(n), float(n / total)) for v, n in new.items()], OTHER in now.index


def _named(then: Counted, now: Counted) -> Iterator[New]:
    """Yield the values with bins of their own that only the window has."""
    for i in np.flatnonzero((then.bins == 0) & (now.bins > 0)):
        if i < len(now.edges.values):
            n = float(now.bins[i])
            yield New(now.edges.column, now.edges.values[i], n, n / now.known)


def _rare(reader: Reader, reference: Scope, current: Scope, now: Counted, trace: Trace) -> Iterator[New]:
    """Yield the largest values without a bin of their own that only the window has."""
    column, named = now.edges.column, now.edges.values
    table = source(reader, current, [column, "sampling_weight"], trace.run) if now.bins[-1] else None
    if table is None:
        return
    found = trace.run(*queries.unnamed(table, column, named, MOST))
    before = source(reader, reference, [column], trace.run)
    values = found["value"].tolist()
    known = set(trace.run(*queries.which(before, column, values))["value"]) if before and values else set()
    for value, n in zip(values, found["events"], strict=True):
        if value not in known:
            yield New(column, str(value), float(n), float(n) / now.known)
