"""What a search for the nearest change finds, and how it asks the model: counted, and with an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from analytics.explanations.asking import Asked
from analytics.explanations.fitted import score


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

    of_text: bool
    """Whether parts of a text were left out; else numbers were moved."""
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
    left: int = 0
    """Features that were not moved because they are categories."""


@dataclass(slots=True)
class Search:
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
        """Return the scores of numbers as they are stored; categories stay as they are."""
        return self.scores(self.asked.inputs.filled(values, self.asked.row))

    @property
    def over(self) -> bool:
        """Tell whether time is up."""
        return perf_counter() > self.ends
