"""Steps of a walk through a list: parts of it, in its order, in which rows can be.

The rollups say in which hours, or with which scores: newest goes through hours, top through bands of scores. No row is
in two steps; where a filter is not in the rollups, steps grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from analytics.detections import queries
from analytics.detections.cursor import Cursor, Order
from analytics.detections.filters import Filters
from analytics.detections.selecting import Selected
from analytics.warehouse import tops
from analytics.warehouse.bins import UNSCORED, bin_of, edges
from analytics.warehouse.selection import Condition, naive
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import Span

_HOUR = timedelta(hours=1)
_FIRST, _GROWTH, _MOST = 20_000, 8, 2_000_000
"""Rows of the first step where the rollups do not know the filter, by how much the next is larger, and the most."""
_AT_ONCE = 50_000_000
"""Rows whose scores are gone through at once, in a second or so, where the rollups do not know the filter."""
_MOST_SPANS = 64
"""Parts of the time that a step through hours has at most."""
_A_SPAN = 250_000
"""Reading the scores of so many rows takes as long as telling one more part of the time apart."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a list."""

    spans: list[Span] | None
    """Where in time; None: anywhere."""
    low: float | None = None
    high: float | None = None
    scored: bool | None = None
    """With scores in [low, high), or without a score; None: whatever the score."""
    held: tops.Held | None = None
    """Where all of its rows are, if not only in the files of all rows."""
    edge: datetime | float | None = None
    """How far the list has been walked when the step is done."""


def steps(selected: Selected, order: Order, cursor: Cursor | None, wanted: int, trace: Trace) -> Iterator[Step]:
    """Return the parts of a list in which its next rows can be, in its order.

    Parameters
    ----------
    selected
        What is listed.
    order
        By time: hours, the latest first. By score: bands of scores, the highest first.
    cursor
        Behind which place, or before which where it looks backwards; None: from the top.
    wanted
        Rows that are missing on the page.
    """
    through = _through_hours if order == "newest" else _through_scores
    return through(selected, cursor, wanted, trace)


def _through_hours(selected: Selected, cursor: Cursor | None, wanted: int, trace: Trace) -> Iterator[Step]:
    found = _hours(selected, trace)
    back = cursor is not None and cursor.backwards
    if cursor is not None and isinstance(cursor.at, datetime):
        at = naive(cursor.at)
        found = found[found["hour"] + _HOUR > at] if back else found[found["hour"] <= at]
    if back:
        found = found.iloc[::-1]
    target = 2 * wanted if selected.exact else _FIRST
    spans: list[Span] = []
    rows = 0
    for hour, n in zip(found["hour"].dt.to_pydatetime(), found["n"], strict=True):
        if rows >= target or len(spans) >= _MOST_SPANS:
            yield Step(spans, edge=_edge(spans, back))
            spans, rows, target = [], 0, min(_GROWTH * target, _MOST)
        _extend(spans, hour)
        rows += int(n)
    if spans:
        yield Step(spans, edge=_edge(spans, back))


def _extend(spans: list[Span], hour: datetime) -> None:
    """Add an hour to spans that go one way; one that adjoins the last becomes a part of it."""
    since, until = spans[-1] if spans else (None, None)
    if since is not None and hour + _HOUR == since:
        spans[-1] = (hour, until)
    elif until is not None and hour == until:
        spans[-1] = (since, hour + _HOUR)
    else:
        spans.append((hour, hour + _HOUR))


def _edge(spans: list[Span], back: bool) -> datetime | None:
    edge = spans[-1][1] if back else spans[-1][0]
    return edge.replace(tzinfo=UTC) if edge else None


def _hours(selected: Selected, trace: Trace) -> pd.DataFrame:
    """Return the hours that rows can be in and how many there can be, the latest first."""
    f = selected.filters
    if f.by_label and f.label != "undetermined":
        return trace.once(*queries.hours_of_labelled(selected.labelled))
    low, high = _bins(f)
    if f.scored is None and f.score_from is None and f.score_to is None and f.flagged is None:
        return trace.once(*queries.hours(queries.rolled(selected.scope, f, regions=True)))
    return trace.once(*queries.hours_of_bins(queries.rolled(selected.scope, f, regions=False), low, high))


def _bins(f: Filters) -> tuple[int, int]:
    """Return the first and the last score bin that rows of a filter can be in.

    One more at either end: the edges of the narrow bins are no round numbers.
    """
    if f.scored is False:
        return UNSCORED, UNSCORED
    low = max((s for s in (f.score_from, f.threshold if f.flagged else None) if s is not None), default=None)
    high = min((s for s in (f.score_to, f.threshold if f.flagged is False else None) if s is not None), default=None)
    last = len(edges()[0]) - 1
    return max(0, bin_of(low) - 1) if low is not None else 0, min(last, bin_of(high) + 1) if high is not None else last


def _through_scores(selected: Selected, cursor: Cursor | None, wanted: int, trace: Trace) -> Iterator[Step]:
    f, back = selected.filters, cursor is not None and cursor.backwards
    if f.by_label and f.label != "undetermined":
        found = trace.once(*queries.bins_of_labelled(selected.labelled))
    else:
        found = trace.once(*queries.bins(queries.rolled(selected.scope, f, regions=False)))
    low, high = _bins(f)
    if f.scored is not False:
        low = UNSCORED if (low, f.scored, f.score_from, f.score_to, f.flagged) == (0, None, None, None, None) else low
    found = found[(found["score_bin"] >= low) & (found["score_bin"] <= high)]
    unscored = bool((found["score_bin"] == UNSCORED).any())
    scored = found[found["score_bin"] > UNSCORED]
    at = cursor.at if cursor is not None else None
    past = cursor is not None and at is None
    if isinstance(at, float):
        place = bin_of(at)
        scored = scored[scored["score_bin"] >= place - 1] if back else scored[scored["score_bin"] <= place + 1]
    start = None
    if not selected.exact and not back and not past:
        start = _whole_above(held := tops.held(selected.stored, trace.once), trace)
        if start is not None:
            if not isinstance(at, float) or at >= start:  # else that band has been walked
                yield Step(None, start, None, True, held, start)
            scored = scored[scored["score_bin"] < bin_of(start)]
    first, most = wanted if selected.exact else _FIRST, _MOST
    if not selected.exact and f.find is None:  # one comparison a row: every band goes through all scores again
        most = int(found["n"].sum())
        first = _MOST if most > _AT_ONCE else most
        if first == most and start is None:
            yield Step(None)
            return
    if back:
        if past and unscored:
            yield Step(None, scored=False)
        yield from _bands(selected, scored.iloc[::-1], first, most, trace, back, None)
        return
    if not past:
        yield from _bands(selected, scored, first, most, trace, back, start)
    if unscored:
        yield Step(None, scored=False)


def _whole_above(held: tops.Held | None, trace: Trace) -> float | None:
    """Return where the band at the top begins that top files hold whole, if any: read in no time, however many rows."""
    bound = held.whole_above(trace.once) if held else None
    place = len(edges()[0]) if bound is None else bin_of(bound) + 1
    return float(edges()[0][place]) if place < len(edges()[0]) else None


def _bands(
    selected: Selected, bins: pd.DataFrame, target: int, most: int, trace: Trace, back: bool, start: float | None
) -> Iterator[Step]:
    """Cut bins into bands of scores; each begins where the one before ends.

    Parameters
    ----------
    target, most
        Rows of the first band, and of any.
    start
        Where the first band begins; None: at the end of the scale.
    """
    lower, upper = edges()
    worth = int(bins["n"].sum()) // _A_SPAN
    first, rows = None, 0
    every = list(zip(bins["score_bin"].astype(int), bins["n"].astype(int), strict=True))
    for i, (place, n) in enumerate(every):
        first = place if first is None else first
        rows += n
        last = i == len(every) - 1
        if rows < target and not last:
            continue
        end = None if last else float(upper[place] if back else lower[place])
        ends = (start, end) if back else (end, start)
        spans = _spans(selected, min(first, place) - 1, max(first, place) + 1, worth, trace) if worth else None
        yield Step(spans, *ends, True, edge=end)
        start, first, rows, target = end, None, 0, min(_GROWTH * target, most)


def _spans(selected: Selected, low: int, high: int, most: int, trace: Trace) -> list[Span] | None:
    """Return when there were rows with such a score bin; None where that takes more than ``most`` parts of the time."""
    f = selected.filters
    if f.by_label and f.label != "undetermined":
        at_score = Condition(f"{queries.BIN} BETWEEN {int(low)} AND {int(high)}", {})
        found = trace.once(*queries.hours_of_labelled(queries.joined(selected.labelled, at_score)))
    else:
        found = trace.once(*queries.hours_of_bins(queries.rolled(selected.scope, f, regions=False), low, high))
    spans: list[Span] = []
    for hour in found["hour"].dt.to_pydatetime():
        _extend(spans, hour)
        if len(spans) > most:
            return None
    return spans
