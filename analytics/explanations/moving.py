"""The nearest change of one feature, or of two, that turns a decision round.

Only values that are usual of ordinary rows are tried, each scored by the model. How far a change goes is told in
widths of the range in which nine of ten ordinary rows lie, as the model sees the feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.explanations.asking import Asked
from analytics.explanations.searching import Change, Flip, Search
from analytics.warehouse.contract import FEATURE_PREFIX

VALUES, PAIR_VALUES, STEPS = 64, 10, 32
"""Quantiles of ordinary rows that are tried of a feature; of each of two; steps between the last two of them."""
_USUAL = (0.01, 0.99)
"""Quantiles between which a value is usual."""
_RANGE = (0.05, 0.95)
_PAIRS_AT_ONCE = 40
_DIGITS = (1, 2, 3, 4, 5, 6)
_SLACK = 1.1
"""How much further off a rounder number may be."""


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


def of_numbers(asked: Asked, search: Search, was: float) -> Flip:
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
        False, search.alarm, search.threshold, was, after, changes, best.distance if best else np.nan, (), (),
        best is not None, search.tried, len(free), pairs, len(asked.ordinary), not search.over,
        int(asked.inputs.words.sum()),
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
    away = np.nan_to_num(asked.inputs.of(values) - asked.inputs.of(space.own[None]))  # categories are not moved
    return np.sqrt(np.square(away / np.where(space.width > 0, space.width, 1)).sum(axis=1))


def _with(own: np.ndarray, j: int, values: np.ndarray) -> np.ndarray:
    rows = np.repeat(own[None], len(values), axis=0)
    rows[:, j] = values
    return rows


def _single(asked: Asked, search: Search, space: _Space, free: list[int]) -> _Found | None:
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


def _pair(asked: Asked, search: Search, space: _Space, free: list[int]) -> _Found | None:
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


def _nearest_on(asked: Asked, search: Search, space: _Space, ways: list[_Way]) -> _Found | None:
    """Return the nearest row on some ways that turns the decision, with round numbers where these do as well."""
    if not ways:
        return None
    every = np.concatenate([_steps(asked, space, way) for way in ways])
    flips = search.flips(search.rows(every)).reshape(len(ways), STEPS)
    found = []
    for way, rows, turned in zip(ways, np.split(every, len(ways)), flips, strict=True):
        first = int(np.argmax(turned))
        exact = rows[first] if turned.any() else way.first
        beyond = way.beyond and bool(turned[first:].all())
        found.append(_Found(exact, way.features, float(_distance(asked, space, exact[None])[0]), beyond))
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


def _rounder(asked: Asked, search: Search, space: _Space, features: tuple[int, ...], exact: np.ndarray) -> np.ndarray:
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
