"""What is said of many explained rows: what drives a model, dependence, cohorts, course, trust."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pandas as pd

from analytics.explanations.results import Agreement
from analytics.warehouse.explained import Of

Pair = Literal["verdict", "weeks", "region"]
"""Cohorts that are held against each other."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a figure rests on."""

    of: Of
    n: int
    cases: int
    """Cases among the rows; the rows themselves where no case is known."""
    population: int
    """Rows that they were drawn from; 0 where that is not known."""
    since: datetime
    until: datetime
    """First and last row, UTC."""
    unit: str
    method: str
    error: float
    residual: float
    failed: int
    text: bool


@dataclass(frozen=True, slots=True)
class Driver:
    """What one feature or part of a text does over the sample."""

    name: str
    importance: float
    """Mean of what it adds, the sign left out."""
    low: float
    high: float
    share: float
    """Of all that the named ones move."""
    mean: float
    """What it adds on average, with the sign."""
    direction: float | None
    """Rank correlation of its own value with what it adds; None of parts of texts and constant features."""
    raised: float
    """Share of rows that have it in which it adds something."""
    occurs: float
    """Share of rows that have it."""
    where: float
    """What it adds on average where it occurs."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """What drives the model, the strongest first."""

    base: Base
    drivers: tuple[Driver, ...]
    points: pd.DataFrame
    """name, added, own (from 0 to 1 by rank inside the feature; NaN of texts), value: single rows, POINTS at most."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """How one feature's value goes with what it adds."""

    base: Base
    name: str
    other: str | None
    """The feature that most tells rows of the same value apart; None where none does."""
    strength: float
    """Rank correlation of the other with what is left; 0 where none."""
    points: pd.DataFrame
    """own, added, other (from 0 to 1 by rank)."""
    turns: float | None
    """The value from which on it raises the score on average; None where it does not turn once."""


@dataclass(frozen=True, slots=True)
class Against:
    """One feature in two cohorts."""

    name: str
    left: float
    right: float
    """What it adds on average."""
    difference: float
    low: float
    high: float
    q: float
    """False discovery rate at which it would be called otherwise."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Two cohorts side by side, the largest difference first."""

    base: Base
    left: str
    right: str
    n: tuple[int, int]
    features: tuple[Against, ...]
    why: str = ""
    """Why there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Course:
    """Whether what drives the model is the same week by week."""

    base: Base
    weeks: pd.DataFrame
    """week (its Monday), n, moved: how far its importances are from those of the other weeks, of their sum; chance:
    what that stays below 95 times of 100 by chance alone; name: what moved most."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether a second method and small changes say the same, over a handful of rows."""

    found: tuple[Agreement, ...]
    asked: int
    """Rows that were asked about."""
    why: str
    """Why the others, or all, tell nothing."""
