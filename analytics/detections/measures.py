"""Single detections: what every page, command and notebook calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from time import perf_counter

import pandas as pd

from analytics.detections.counting import counted
from analytics.detections.cursor import Cursor, Order
from analytics.detections.export import export
from analytics.detections.filters import Filters
from analytics.detections.highest import highest
from analytics.detections.listing import ask, listed, rows_of
from analytics.detections.results import Count, Page
from analytics.detections.single import detection, similar
from analytics.detections.walk import Walked, walk
from analytics.errors import BadInput
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader

__all__ = ["count", "detection", "export", "page", "similar"]

MOST = 1_000
"""Rows of one page."""
WALK_S = 1.5
"""Seconds after which a list whose filter is in no rollup stops where it is."""
GO_ON_S = 20.0
"""The same where somebody who saw that it had stopped goes on."""
_DOING = "listing detections"


def page(
    reader: Reader,
    scope: Scope,
    filters: Filters,
    order: Order = "newest",
    size: int = 50,
    after: Cursor | None = None,
    columns: list[str] | None = None,
    limit_s: float | None = None,
) -> Measured[Page]:
    """Return a page of the detections of a scope.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names a model.
    filters
        What of it is listed.
    order
        By time, the newest first, or by score, the highest first.
    size
        Rows at most, up to MOST.
    after
        Behind which place, or before which where it looks backwards; None: from the top.
    columns
        Of the contract, ``s.<name>`` and ``f.<name>``; None: those that the files have, without features.
    limit_s
        Seconds that the search takes at most where the rollups cannot tell where the rows are. None: WALK_S, or
        GO_ON_S where it goes on from where it had stopped.

    Raises
    ------
    BadInput
        An unknown column, no model, a place of another order, or too many rows.
    NotAllowed
        A filter on a column that the viewer may not see.
    """
    if not 0 < size <= MOST:
        raise BadInput(_DOING, f"{size} rows were asked for.", f"Ask for 1 to {MOST:,}.")
    if after is not None and after.order != order:
        raise BadInput(_DOING, "the place in the list is one of another order.", "Start at the top of the list.")
    asked = ask(reader, scope, filters)
    if limit_s is None:
        limit_s = GO_ON_S if after is not None and after.event_id is None else WALK_S
    deadline = None if asked.selected.exact else perf_counter() + limit_s
    walked = highest(asked, size) if order == "top" and after is None else None
    walked = walked or walk(asked.selected, order, size, after, asked.trace, deadline)
    if after is not None and after.backwards and walked.complete and not walked.more:
        first = walk(asked.selected, order, size, None, asked.trace, deadline)
        if first.complete:  # near the top: the first page, and a full one
            after, walked = None, first
    wanted = columns if columns is not None else listed(asked.stored)
    forth, back = _around(walked, order, after)
    found = Page(
        rows=rows_of(asked, walked.keys, wanted, walked.held),
        order=order,
        next=forth,
        previous=back,
        complete=walked.complete,
        reached=walked.resume,
        hidden=asked.hidden(wanted),
    )
    return Measured(found, asked.trace.provenance(scope))


def count(reader: Reader, scope: Scope, filters: Filters) -> Measured[Count]:
    """Return how many detections a list has, where that is known without reading many of them.

    Labelled ones are counted by the rules of Efficacy: a cell of its confusion matrix and the list behind it agree.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names a model.
    filters
        What of it is counted.

    Raises
    ------
    BadInput
        No model.
    NotAllowed
        A filter on a column that the viewer may not see.
    """
    asked = ask(reader, scope, filters)
    return Measured(counted(asked), asked.trace.provenance(scope))


def _around(walked: Walked, order: Order, after: Cursor | None) -> tuple[Cursor | None, Cursor | None]:
    """Return the places at which the list goes on, and where it goes back."""
    backwards = after is not None and after.backwards
    ends = _ends(walked.keys, order)
    forth = back = None
    if ends and (walked.more if not backwards else True):
        forth = ends[1]
    if ends and (walked.more if backwards else after is not None):
        back = replace(ends[0], backwards=True)
    if not walked.complete:
        forth, back = (forth, walked.resume) if backwards else (walked.resume, back)
    if not ends and after is not None and not backwards:
        back = replace(after, backwards=True)
    return forth, back


def _ends(keys: pd.DataFrame, order: Order) -> list[Cursor]:
    """Return the places of the first and the last row."""
    found = []
    for at in (0, -1) if len(keys) else ():
        row = keys.iloc[at]
        value = row["occurred_at"].to_pydatetime().replace(tzinfo=UTC)
        if order == "top":
            value = None if pd.isna(row["score"]) else float(row["score"])
        found.append(Cursor(order, value, str(row["event_id"]), str(row["model_version"])))
    return found
