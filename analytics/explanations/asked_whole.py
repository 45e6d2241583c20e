"""Shapley values of models of which nothing but their scores is known: ONNX, other kinds, steps that mix features.

Of numbers and categories a feature that plays no part has the values of the background, as everywhere here; of texts a
part that plays none is left out, wherever it occurs, so that all begins at the score of the empty text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from analytics.explanations import shapley, text
from analytics.explanations.coalitions import coalitions
from analytics.explanations.fitted import MOST_EXACT, margin

LEFT_OUT = (
    f"Shapley values of the score as parts of the text are left out: of up to {MOST_EXACT} different parts over all "
    "combinations, of more from random orders, with a standard error"
)


def of_numbers(
    last: Any, x: np.ndarray, usual: np.ndarray, pairs: int, limit_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each feature adds, rows × features, and by row the largest standard error.

    Parameters
    ----------
    last
        The model.
    x, usual
        Rows and background; numbers, or objects where some columns are categories.
    pairs, limit_s
        As ``shapley.by_orders`` takes them.
    """
    found = [_values(lambda who, row=row: coalitions(last, row, usual, who), len(row), pairs, limit_s) for row in x]
    return np.stack([v for v, _ in found]), np.array([e for _, e in found])


def of_texts(
    last: Any, texts: Sequence[str], pairs: int, limit_s: float
) -> tuple[list[str], sparse.csr_matrix, np.ndarray, float]:
    """Return the parts of texts, what each adds (texts × parts), the largest standard errors, and where all begins."""
    place: dict[str, int] = {}
    data, columns, ends, error = [], [], [0], []
    for whole in texts:
        spans = text.parts(whole)
        names = list(dict.fromkeys(whole[a:b] for a, b in spans))
        values, wide = _values(_leaving_out(last, whole, spans, names), len(names), pairs, limit_s)
        data.append(values)
        columns += [place.setdefault(n, len(place)) for n in names]
        ends.append(len(columns))
        error.append(wide)
    shape = (len(texts), len(place))
    return list(place), sparse.csr_matrix((np.concatenate(data), columns, ends), shape), np.array(error), base(last)


def base(last: Any) -> float:
    """Return the score of the empty text."""
    return float(margin(last, [""])[0])


def _leaving_out(
    last: Any, whole: str, spans: list[tuple[int, int]], names: list[str]
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the game in which parts of a text are there or left out."""
    place = {n: i for i, n in enumerate(names)}
    pieces = [whole[a:b] for a, b in spans]

    def scores(who: np.ndarray) -> np.ndarray:
        return margin(last, ["".join(p for p in pieces if there[place[p]]) for there in who])

    return scores


def _values(
    game: Callable[[np.ndarray], np.ndarray], players: int, pairs: int, limit_s: float
) -> tuple[np.ndarray, float]:
    """Return the Shapley values of a game, exactly where there are few players, and the largest standard error."""
    if not players:
        return np.zeros(0), 0.0
    if players <= MOST_EXACT:
        return shapley.exact(game, players), 0.0

    def walk(order: np.ndarray) -> np.ndarray:
        who = np.zeros((players + 1, players), dtype=bool)
        for step, player in enumerate(order):
            who[step + 1 :, player] = True
        return game(who)

    values, errors = shapley.by_orders(walk, players, pairs, limit_s)
    return values, float(errors.max())
