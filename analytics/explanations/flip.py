"""The nearest change that would turn a decision round, found by asking the model again and again, never by guessing.

Numbers are moved one at a time, and two at a time where one is not enough, only to values that are usual of ordinary
rows; how far is told in widths of the range in which nine of ten ordinary rows lie, as the model sees the feature.
Of a text the parts that spoke for the decision are left out, as few as are enough (greedy, then none too many).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from time import perf_counter

import numpy as np

from analytics.explanations import door, text
from analytics.explanations.asking import Asked
from analytics.explanations.attributions import LIMIT_S
from analytics.explanations.batch import one_thread
from analytics.explanations.fitted import score
from analytics.explanations.measures import of_stored
from analytics.explanations.results import NotExplained
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

SEARCH_S = 3.0
"""Seconds after which a search ends with what it has."""
VALUES, PAIR_VALUES, STEPS = 64, 10, 32
"""Quantiles of ordinary rows that are tried of a feature; of each of two; steps between the last two of them."""
MOST_PARTS = 12
"""Parts of a text that are left out, at most."""
_USUAL = (0.01, 0.99)
"""Quantiles between which a value is usual."""
_RANGE = (0.05, 0.95)
_PAIRS_AT_ONCE = 40
_DIGITS = (1, 2, 3, 4, 5, 6)
_SLACK = 1.1
"""How much further off a rounder number may be."""


@dataclass(frozen=True, slots=True)
class Change:
    """A feature at another value."""

    name: str
    """From data: to be shown literally."""
    column: str
    own: float
    value: float
    typical: float
    """The median of the ordinary rows."""
    beyond: bool
    """All values tried from there on, away from its own, turn the decision round as well."""


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest change found that turns a decision round."""

    alarm: bool
    """Whether it is one as it is."""
    threshold: float
    was: float
    """Score as it is."""
    score: float
    """Score after the change; without one that is enough, the nearest to the threshold that was found."""
    changes: tuple[Change, ...]
    """One or two features; none of a text, or where nothing was found."""
    distance: float
    """How far, in usual ranges; of two features the root of the sum of squares."""
    parts: tuple[tuple[int, int], ...]
    """Characters [start, end) of the text that are left out, in its order; where nothing was found all that were."""
    left_out: tuple[str, ...]
    """The same as text, from data."""
    found: bool
    tried: int
    """Inputs that the model scored."""
    features: int
    """Features that were moved; of a text parts that could be left out."""
    pairs: bool
    """Whether two at a time were tried."""
    n_ordinary: int
    complete: bool
    """The search came to its end; else time was up."""


@dataclass(slots=True)
class _Search:
    """What asks the model, counts how often, and says when time is up."""

    asked: Asked
    alarm: bool
    threshold: float
    ends: float
    tried: int = 0
    nearest: float = field(default=np.nan)

    def scores(self, given: object) -> np.ndarray:
        """Return the scores of inputs, and remember the one nearest to the other side."""
        found = np.asarray(score(self.asked.loaded.model, given), dtype=float)  # ty: ignore[invalid-argument-type]
        self.tried += len(found)
        if len(found):
            best = found.min() if self.alarm else found.max()
            better = min if self.alarm else max
            self.nearest = float(best) if np.isnan(self.nearest) else better(self.nearest, float(best))
        return found

    def flips(self, found: np.ndarray) -> np.ndarray:
        """Tell which scores lie on the other side of the threshold."""
        return (found >= self.threshold) != self.alarm

    def rows(self, values: np.ndarray) -> np.ndarray:
        """Return the scores of numbers as they are stored."""
        return self.scores(self.asked.inputs.of(values))

    @property
    def over(self) -> bool:
        """Tell whether time is up."""
        return perf_counter() > self.ends


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
        return of_numbers(asked, _Search(asked, was >= threshold, threshold, perf_counter() + limit_s), was)
    told = of_stored(reader, asked, LIMIT_S, trace)
    if isinstance(told, NotExplained):
        return told
    search = _Search(asked, was >= threshold, threshold, perf_counter() + limit_s)
    return of_text(search, np.array(told.values), was)


@dataclass(frozen=True, slots=True)
class _Space:
    """Ordinary values of each feature, and how far apart two values are."""

    own: np.ndarray
    typical: np.ndarray
    values: tuple[np.ndarray, ...]
    """By feature: usual values, ascending."""
    width: np.ndarray
    """By feature: of the range in which nine of ten ordinary rows lie, as the model sees it."""
    whole: np.ndarray
    """By feature: whether all values are whole numbers."""


def _space(asked: Asked) -> _Space:
    own, usual = asked.inputs.stored(asked.row)[0], asked.inputs.stored(asked.ordinary)
    at = np.linspace(*_USUAL, VALUES)
    values = tuple(np.unique(np.quantile(column, at, method="nearest")) for column in usual.T)
    given = asked.inputs.of(usual)
    low, high = np.quantile(given, _RANGE, axis=0)
    width = np.where(high > low, high - low, np.ptp(given, axis=0))
    whole = (usual == np.round(usual)).all(axis=0) & (own == np.round(own))
    return _Space(own, np.median(usual, axis=0), values, width, whole)


def of_numbers(asked: Asked, search: _Search, was: float) -> Flip:
    """Return the nearest change of one feature, or of two where one is not enough."""
    space = _space(asked)
    free = [j for j in range(len(space.own)) if space.width[j] > 0]
    best = _single(asked, search, space, free)
    pairs = best is None and len(free) > 1 and not search.over
    if pairs:
        best = _pair(asked, search, space, free)
    values = space.own if best is None else best.values
    after = search.nearest if best is None else float(search.rows(values[None])[0])
    names = [c.removeprefix(FEATURE_PREFIX) for c in asked.inputs.columns]
    beyond = best is not None and best.beyond
    changes = tuple(
        Change(names[j], asked.inputs.columns[j], *map(float, (space.own[j], values[j], space.typical[j])), beyond)
        for j in (best.features if best else ())
    )
    return Flip(
        search.alarm, search.threshold, was, after, changes, best.distance if best else np.nan, (), (),
        best is not None, search.tried, len(free), pairs, len(asked.ordinary), not search.over,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """A row that lies on the other side."""

    values: np.ndarray
    features: tuple[int, ...]
    distance: float
    beyond: bool = False


def _distance(asked: Asked, space: _Space, values: np.ndarray) -> np.ndarray:
    """Return how far rows are from the detection, in usual ranges."""
    away = asked.inputs.of(values) - asked.inputs.of(space.own[None])
    return np.sqrt(np.square(away / np.where(space.width > 0, space.width, 1)).sum(axis=1))


def _with(own: np.ndarray, j: int, values: np.ndarray) -> np.ndarray:
    rows = np.repeat(own[None], len(values), axis=0)
    rows[:, j] = values
    return rows


def _single(asked: Asked, search: _Search, space: _Space, free: list[int]) -> _Found | None:
    """Return the nearest row in which one feature is another."""
    rows = [_with(space.own, j, space.values[j]) for j in free]
    flips = search.flips(search.rows(np.concatenate(rows))) if rows else np.zeros(0, dtype=bool)
    ways: list[_Way] = []
    for j, mine in zip(free, np.split(flips, np.cumsum([len(r) for r in rows])[:-1]), strict=True):
        for values, turned in _sides(space.own[j], space.values[j], mine):
            if turned.any():
                first = int(np.argmax(turned))
                last = values[first - 1] if first else space.own[j]
                ends = _with(space.own, j, np.array([last, values[first]]))
                ways.append(_Way((j,), ends[0], ends[1], bool(turned[first:].all())))
    return _nearest_on(asked, search, space, ways)


def _sides(own: float, values: np.ndarray, flips: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return values and what they do below and above a feature's own, the nearest first."""
    below, above = values < own, values > own
    return [(values[below][::-1], flips[below][::-1]), (values[above], flips[above])]


def _pair(asked: Asked, search: _Search, space: _Space, free: list[int]) -> _Found | None:
    """Return the nearest row in which two features are others."""
    best: _Found | None = None
    few = {j: _few(space.values[j]) for j in free}
    every = list(combinations(free, 2))
    for at in range(0, len(every), _PAIRS_AT_ONCE):
        if search.over:
            break
        some = [(i, j, _grid(space.own, i, j, few[i], few[j])) for i, j in every[at : at + _PAIRS_AT_ONCE]]
        rows = np.concatenate([grid for *_, grid in some])
        pair = np.repeat(np.arange(len(some)), [len(grid) for *_, grid in some])
        ok = np.flatnonzero(search.flips(search.rows(rows)))
        if not len(ok):
            continue
        far = _distance(asked, space, rows[ok])
        nearest = ok[int(far.argmin())]
        if best is None or far.min() < best.distance:
            best = _Found(rows[nearest], some[pair[nearest]][:2], float(far.min()))
    ways = [] if best is None else [_Way(best.features, space.own, best.values)]
    return _nearest_on(asked, search, space, ways)


def _few(values: np.ndarray) -> np.ndarray:
    return values[np.unique(np.linspace(0, len(values) - 1, PAIR_VALUES).astype(int))]


def _grid(own: np.ndarray, i: int, j: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    rows = np.repeat(own[None], len(first) * len(second), axis=0)
    rows[:, i], rows[:, j] = np.repeat(first, len(second)), np.tile(second, len(first))
    return rows


@dataclass(frozen=True, slots=True)
class _Way:
    """From a row that does not turn the decision to one that does."""

    features: tuple[int, ...]
    last: np.ndarray
    first: np.ndarray
    beyond: bool = False


def _nearest_on(asked: Asked, search: _Search, space: _Space, ways: list[_Way]) -> _Found | None:
    """Return the nearest row on some ways that turns the decision, with round numbers where these do as well."""
    if not ways:
        return None
    every = np.concatenate([_steps(asked, space, way) for way in ways])
    flips = search.flips(search.rows(every)).reshape(len(ways), STEPS)
    found = []
    for way, rows, turned in zip(ways, np.split(every, len(ways)), flips, strict=True):
        exact = rows[int(np.argmax(turned))] if turned.any() else way.first
        found.append(_Found(exact, way.features, float(_distance(asked, space, exact[None])[0]), way.beyond))
    best = min(found, key=lambda f: f.distance)
    chosen = _rounder(asked, search, space, best.features, best.values)
    return _Found(chosen, best.features, float(_distance(asked, space, chosen[None])[0]), best.beyond)


def _steps(asked: Asked, space: _Space, way: _Way) -> np.ndarray:
    """Return rows at even steps as the model sees them, the last one the end of the way."""
    a, b = asked.inputs.of(way.last[None]), asked.inputs.of(way.first[None])
    steps = asked.inputs.back(a + (b - a) * np.linspace(0, 1, STEPS + 1)[1:, None])
    rows = np.repeat(way.first[None], STEPS, axis=0)
    for j in way.features:
        rows[:, j] = np.round(steps[:, j]) if space.whole[j] else steps[:, j]
    rows[-1] = way.first
    return rows


def _rounder(asked: Asked, search: _Search, space: _Space, features: tuple[int, ...], exact: np.ndarray) -> np.ndarray:
    """Return a row with the roundest numbers that turns the decision as well and is not much further off."""
    rows = np.repeat(exact[None], 2 * len(_DIGITS), axis=0)
    for j in features:
        rows[:, j] = [r for d in _DIGITS for r in _rounded(exact[j], d, up=exact[j] > space.own[j])]
    same_way = (np.sign(rows - space.own)[:, features] == np.sign(exact - space.own)[list(features)]).all(axis=1)
    usual = [(rows[:, j] >= space.values[j][0]) & (rows[:, j] <= space.values[j][-1]) for j in features]
    near = _distance(asked, space, rows) <= _SLACK * _distance(asked, space, exact[None])
    fine = np.flatnonzero(search.flips(search.rows(rows)) & same_way & np.all(usual, axis=0) & near)
    return rows[fine[0]] if len(fine) else exact


def _rounded(x: float, digits: int, up: bool) -> tuple[float, float]:
    """Return a number with so many figures, towards one side and towards the other.

    Examples
    --------
    >>> _rounded(12.34, 2, True)
    (13.0, 12.0)
    """
    if x == 0 or not np.isfinite(x):
        return x, x
    step = digits - 1 - int(np.floor(np.log10(abs(x))))
    ends = [float(f"{turn(x * 10.0**step) / 10.0**step:.12g}") for turn in (np.ceil, np.floor)]
    return (ends[0], ends[1]) if up else (ends[1], ends[0])


def of_text(search: _Search, values: np.ndarray, was: float) -> Flip:
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
        search.alarm, search.threshold, was, after, (), np.nan, tuple(out), tuple(whole[a:b] for a, b in out), found,
        search.tried, len(offered), False, len(search.asked.ordinary), not search.over,
    )  # fmt: skip


_Part = tuple[int, int]


def _greedy(
    scores: Callable[[list[list[_Part]]], np.ndarray], search: _Search, offered: list[_Part]
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
