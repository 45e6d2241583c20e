"""A second opinion on an explanation: another method, and the same one after small changes.

Shapley values can mislead where features go together; two methods that rank differently are a warning, two that agree
no proof.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.explanations import text
from analytics.explanations.asking import Asked
from analytics.explanations.attributions import attributions
from analytics.explanations.coalitions import coalitions
from analytics.explanations.fitted import margin, parts, seen, whole
from analytics.explanations.results import Agreement, Attributions, Explanation, NotExplained

TOP = 10
CHANGES = 8
STEP = 0.05
"""Standard deviation of a change of a number, of the number itself."""
CHANGE_S = 0.25
"""Seconds a change where values are estimated."""
_COVER = "\ue000"
"""Stands for hidden characters: of private use, so that no model knows it."""


def agreement(asked: Asked, first: Attributions, told: Explanation) -> Agreement | NotExplained:
    """Return how far a second method and small changes agree with attributions of one row.

    For a text, each of its parts is covered and scored anew; the first method's value of a part is the sum of its
    marks. For numbers, each feature is replaced by those of the ordinary rows, one at a time.
    """
    if asked.inputs.text:
        mine, theirs = _covered(asked, told)
        way = "leaving out" if whole(asked.loaded.model) else "covering"
        second, change = f"{way} parts of the text one by one", "one character left out"
    else:
        mine, theirs = first.values[0], _replaced(asked)
        second, change = "replacing one feature at a time by ordinary values", f"all numbers moved by {STEP:.0%}"
    top = np.argsort(-np.abs(mine), kind="stable")[:TOP]
    mine, theirs = mine[top], theirs[top]
    changed = attributions(asked.loaded.model, asked.loaded.note, _changed(asked), asked.usual, CHANGE_S)
    if isinstance(changed, NotExplained):
        return changed
    same = int((np.sign(mine) == np.sign(theirs)).sum())
    return Agreement(second, len(top), rank(mine, theirs), same, change, CHANGES, _held(first, changed))


def rank(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return Spearman's rank correlation; None of fewer than three pairs, or where all are the same.

    Examples
    --------
    >>> rank(np.array([1.0, 2, 3]), np.array([10.0, 30, 20]))
    0.5
    """
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return round(float(np.corrcoef(pd.Series(a).rank(), pd.Series(b).rank())[0, 1]), 12)


def _covered(asked: Asked, told: Explanation) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of the marks of each part of a text, and how far the output falls without it."""
    payload, model = asked.given[0], asked.loaded.model
    spans = text.parts(payload)
    cover = "" if whole(model) else _COVER
    without = [payload[:a] + cover * (b - a) + payload[b:] for a, b in spans]
    output = margin(parts(model)[1], seen(model, [payload, *without]))
    return np.array([sum(told.values[a:b]) for a, b in spans]), output[0] - output[1:]


def _replaced(asked: Asked) -> np.ndarray:
    """Return how far the output falls when each feature takes the values of the ordinary rows."""
    model = asked.loaded.model
    last, row, usual = parts(model)[1], seen(model, asked.given)[0], seen(model, asked.usual)
    who = ~np.eye(len(row) + 1, len(row), dtype=bool)  # behind those that lack one, the whole
    output = coalitions(last, row, usual, who)
    return output[-1] - output[:-1]


def _changed(asked: Asked) -> Any:
    """Return what the model is given of a detection after small changes, the same ones every time."""
    chance = np.random.default_rng(0)
    if asked.inputs.text:
        text = asked.given[0]
        places = chance.integers(0, max(1, len(text)), CHANGES)
        return [text[:at] + text[at + 1 :] for at in places]
    columns = list(asked.inputs.columns)
    rows = asked.row.loc[[0] * CHANGES, columns].reset_index(drop=True)
    moved = asked.inputs.stored(rows) * np.exp(chance.normal(0, STEP, rows.shape))
    if whole(asked.loaded.model):  # one that takes whole numbers may take no others
        usual = asked.inputs.stored(asked.ordinary)
        moved = np.where((usual == np.round(usual)).all(axis=0), np.round(moved), moved)
    return asked.inputs.filled(moved, rows)


def _held(first: Attributions, changed: Attributions) -> float | None:
    """Return the share of the directions of the strongest that stayed; an n-gram that is gone is not counted."""
    if isinstance(first.values, np.ndarray):
        before, after = first.values[0], changed.values
    else:
        before, after = first.values[[0]].toarray()[0], _in_order(first.names, changed)
    top = np.argsort(-np.abs(before), kind="stable")[:TOP]
    top = top[before[top] != 0]
    there = after[:, top] != 0
    if not there.any():
        return None
    return float((np.sign(after[:, top]) == np.sign(before[top]))[there].mean())


def _in_order(names: tuple[str, ...], changed: Attributions) -> np.ndarray:
    """Return values of other attributions of texts in the order of some names; 0 where they have no such name."""
    values = changed.values.toarray()
    if names == changed.names:
        return values
    place = {n: i for i, n in enumerate(changed.names)}
    return np.column_stack([values[:, place[n]] if n in place else np.zeros(len(values)) for n in names])
