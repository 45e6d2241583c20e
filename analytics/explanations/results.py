"""What explanations are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Unit = Literal["log-odds", "probability", "splits"]
"""Of the output that is explained: log-odds of an attack; its probability; how many splits fewer an isolation forest
needs to set a row apart (its path length, the sign turned: more is more suspicious)."""


@dataclass(frozen=True, slots=True)
class NotExplained:
    """There is no explanation that could be stood by."""

    why: str
    """One plain sentence or two."""


@dataclass(frozen=True, slots=True)
class Attributions:
    """What each feature adds to the outputs of a model, against a background: positive is more suspicious."""

    names: tuple[str, ...]
    """Columns of the note; n-grams of a text."""
    values: Any
    """rows × names in ``unit``; sparse for texts, where only n-grams that occur have a value."""
    rest: np.ndarray
    """By row: what all n-grams that do not occur add by being missing; 0 for numbers."""
    base: float
    """The output to be expected before anything is known of a row."""
    output: np.ndarray
    """By row: the model's own output in ``unit``."""
    residual: np.ndarray
    """By row: \\|base + values + rest − output\\|."""
    error: np.ndarray
    """By row: the largest standard error of a value; 0 where the method is exact."""
    unit: Unit
    method: str
    """A plain phrase."""
    n_background: int
    """Rows of the background that the base is the mean of; 0 where it is that of the training rows."""
