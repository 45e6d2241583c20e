"""What a model says when some features have the values of a row, and the others those of ordinary rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.explanations.fitted import margin

_AT_ONCE = 1 << 16
"""Rows that a model sees in one call."""


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
