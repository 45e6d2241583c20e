"""The nearest change that would turn a decision round, found by asking the model again and again, never by guessing.

Numbers are moved one at a time, and two at a time where one is not enough, only to values that are usual of ordinary
rows; how far is told in widths of the range in which nine of ten ordinary rows lie, as the model sees the feature.
Of a text the parts that spoke for the decision are left out, as few as are enough (greedy, then none too many).
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from analytics.explanations import door, text
from analytics.explanations.asking import Asked
from analytics.explanations.attributions import LIMIT_S
from analytics.explanations.batch import one_thread
from analytics.explanations.fitted import score
from analytics.explanations.measures import of_stored
from analytics.explanations.moving import of_numbers
from analytics.explanations.results import NotExplained
from analytics.explanations.searching import Flip, Search
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

SEARCH_S = 3.0
"""Seconds after which a search ends with what it has."""
MOST_PARTS = 12
"""Parts of a text that are left out, at most."""


def nearest_flip(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None, limit_s: float = SEARCH_S
) -> Measured[Flip | NotExplained]:
    """Return the nearest change that would turn a decision round. It is recorded who asks.

    Parameters
    ----------
    reader
        The snapshot and who asks, by name.
    scope, detection_id, event_id
        As ``measures.explain`` takes them.
    limit_s
        Seconds after which the search ends with what it has.

    Raises
    ------
    NotAllowed
        The viewer may not ask, not here, or not so often.
    """
    trace = Trace(reader)
    asked = door.looked_up(reader, scope, detection_id, event_id, trace)
    if isinstance(asked, NotExplained):
        return Measured(asked, trace.provenance(scope))
    if asked.threshold is None:
        why = NotExplained("No threshold was in force when it happened, so there is no decision to turn round.")
        return Measured(why, trace.provenance(scope))
    door.enter(reader, scope, asked, "nearest_flip")
    with one_thread():
        found = _nearest(reader, asked, asked.threshold, limit_s, trace)
    return Measured(found, trace.provenance(scope))


def _nearest(reader: Reader, asked: Asked, threshold: float, limit_s: float, trace: Trace) -> Flip | NotExplained:
    was = float(score(asked.loaded.model, asked.given)[0])
    if not asked.inputs.text:
        return of_numbers(asked, Search(asked, was >= threshold, threshold, perf_counter() + limit_s), was)
    told = of_stored(reader, asked, LIMIT_S, trace)
    if isinstance(told, NotExplained):
        return told
    search = Search(asked, was >= threshold, threshold, perf_counter() + limit_s)
    return of_text(search, np.array(told.values), was)


def of_text(search: Search, values: np.ndarray, was: float) -> Flip:
    """Return the fewest parts of a text whose absence turns the decision round.

    Parameters
    ----------
    values
        What each character adds: parts that spoke for the decision are left out.
    """
    whole = search.asked.given[0]
    offered = [(m.start, m.end) for m in text.pieces(values, 1 if search.alarm else -1)[:MOST_PARTS]]
    out, found = _greedy(lambda outs: search.scores([_without(whole, o) for o in outs]), search, offered)
    out = sorted(out)
    after = float(search.scores([_without(whole, out)])[0]) if out else was
    return Flip(
        True, search.alarm, search.threshold, was, after, (), np.nan, tuple(out), tuple(whole[a:b] for a, b in out),
        found, search.tried, len(offered), False, len(search.asked.ordinary), not search.over,
    )  # fmt: skip


_Part = tuple[int, int]


def _greedy(
    scores: Callable[[list[list[_Part]]], np.ndarray], search: Search, offered: list[_Part]
) -> tuple[list[_Part], bool]:
    """Leave out one part after another, each time the one that moves the score most; then put back what can be."""
    out: list[_Part] = []
    found = False
    while not found and len(out) < len(offered) and not search.over:
        ways = [[*out, p] for p in offered if p not in out]
        given = scores(ways)
        best = int(given.argmin() if search.alarm else given.argmax())
        out, found = ways[best], bool(search.flips(given)[best])
    while found and len(out) > 1 and not search.over:
        ways = [[p for p in out if p != back] for back in out]
        enough = np.flatnonzero(search.flips(scores(ways)))
        if not len(enough):
            break
        out = ways[int(enough[0])]
    return out, found


def _without(whole: str, parts: list[_Part]) -> str:
    """Return a text without some parts of it."""
    keep = np.ones(len(whole), dtype=bool)
    for start, end in parts:
        keep[start:end] = False
    return "".join(c for c, kept in zip(whole, keep, strict=True) if kept)
