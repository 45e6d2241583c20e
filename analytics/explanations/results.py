"""What explanations are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np

from analytics.explanations.text import Mark

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
    """Columns of the note; n-grams or parts of a text."""
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
    """Rows of the background that the base is the mean of; 0 where it is that of the training rows, or the output of
    the empty text."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature, n-gram or piece of a text adds."""

    name: str
    """As the model sees it: ``log(peers + 0.001)``, or characters of the text. From data: to be shown literally."""
    column: str
    """Where it is stored: ``f.peers``; ``payload``."""
    value: float
    """In the explanation's unit; positive is more suspicious."""
    own: float
    """The value as stored; of n-grams and pieces how often it occurs in the text."""
    typical: float
    """The median of the ordinary rows; of n-grams and pieces the share of ordinary texts that have it. NaN where it is
    not known, as ``own``, ``low`` and ``high``."""
    low: float
    """Nine of ten ordinary rows lie from here …"""
    high: float
    """… to here; of n-grams and pieces both are ``typical``."""
    word: str = ""
    """The value of a category, of which all numbers here are NaN. From data."""
    usual_word: str = ""
    """The value that most of the ordinary rows have. From data."""


@dataclass(frozen=True, slots=True)
class Background:
    """The ordinary rows that a detection is compared with: the same ones every time in a snapshot."""

    n: int
    since: datetime
    """The first of them, UTC."""
    until: datetime
    """The last of them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a version gave a detection its score: base + raised + lowered + others + rest = output."""

    model_id: str
    model_version: str
    event_id: str
    raised: tuple[Contribution, ...]
    """What made it more suspicious, the strongest first; of n-grams the first MOST only."""
    lowered: tuple[Contribution, ...]
    """What spoke against it, the strongest first."""
    others: float
    """Sum of all n-grams that are not listed, or of what an import did not name; 0 for numbers."""
    rest: float
    """What is added by n-grams that ordinary texts have and this one has not; 0 for numbers."""
    base: float
    """The output to be expected before anything is known of the row."""
    output: float
    """The model's output, in ``unit``."""
    unit: str
    """``Unit``; of what was imported as it was given."""
    score: float | None
    """What the saved model gives, in [0, 1]; None where there is none."""
    stored_score: float | None
    """What is stored of the detection."""
    threshold: float | None
    """The lowest one in force when it happened, as a score; None where none was."""
    threshold_output: float | None
    """The same in ``unit``."""
    method: str
    n_background: int
    """Rows that the base is the mean of; 0 where it is that of the training rows, or the output of the empty text."""
    background: Background
    """Rows that ``typical`` is of."""
    residual: float
    """How far the parts are from the output."""
    error: float
    """The largest standard error of a value; 0 where the method is exact."""
    values: tuple[float, ...]
    """What each character of the payload adds; empty for numbers."""
    marks: tuple[Mark, ...]
    """Runs of characters of the same shade."""
    pieces: tuple[Contribution, ...]
    """Parts of the text that stand out, of both directions, the strongest first."""
    caveats: tuple[str, ...]
    """Plain sentences that name no score."""
    sentence: str = ""
    """The reason in words; holds pieces of the text, to be shown literally."""
    source: str = ""
    """A sentence on where it comes from, where it was not worked out when it was asked for."""
    other_scale: bool = False
    """The saved model does not give the stored score."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether a second way to explain says the same, and whether small changes leave the explanation as it is."""

    second: str
    """The second method, a plain phrase."""
    n: int
    """Features or parts of the text that were compared: the strongest."""
    rank: float | None
    """Spearman's rank correlation of their values, −1 to 1; None of fewer than three."""
    same_sign: int
    """How many of them have the same direction in both."""
    change: str
    """What was changed, a plain phrase."""
    changes: int
    """How often."""
    held: float | None
    """Share of the directions of the strongest features or n-grams that stayed; None where none could be followed."""
