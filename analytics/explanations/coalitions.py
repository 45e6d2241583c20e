"""What a model says when some features have the values of a row, and the others those of ordinary rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.explanations.fitted import margin, through
from analytics.explanations.shapley import every

_AT_ONCE = 1 << 16
"""Rows that a model sees in one call."""
_MOST_CELLS = 1 << 22
"""Numbers that are kept for all rows of a network, 32 MiB."""


def of_network(network: Any, usual: np.ndarray) -> Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    """Return what gives a row's game, as ``coalitions`` would be played: in which features take its values.

    The first layer only adds up, so what the features of ordinary rows bring to it is the same for every row and is
    added up once, where all of it fits.

    Parameters
    ----------
    network
        A model's last step, an ``MLPClassifier``.
    usual : (background, features), as it sees them.
    """
    players, first = usual.shape[1], network.coefs_[0]
    if 2**players * len(usual) * first.shape[1] > _MOST_CELLS:
        return lambda row: lambda who: coalitions(network, row, usual, who)
    brought = usual[:, :, None] * first
    rest = np.tensordot(1.0 - every(players), brought, axes=(1, 1)) + network.intercepts_[0]

    def game(row: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda who: through(network, ((who * row) @ first)[:, None, :] + rest).mean(axis=1)

    return game


def coalitions(last: Any, row: np.ndarray, usual: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Return a model's mean output over the background when some features have a row's values.

    Parameters
    ----------
    last
        A model's last step; ``row`` and ``usual`` are what it sees.
    who
        coalitions × features (bool).
    """
    found = []
    step = max(1, _AT_ONCE // len(usual))
    for at in range(0, len(who), step):
        mixed = np.where(who[at : at + step, None, :], row, usual)
        found.append(margin(last, mixed.reshape(-1, len(row))).reshape(mixed.shape[:2]).mean(axis=1))
    return np.concatenate(found)
