"""What the feedback measures return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pandas as pd

from analytics.feedback.versions import Pair
from analytics.scope import Scope

Reason = Literal["audit", "disagree", "uncertain", "flagged", "undetermined", "second"]
REASONS: tuple[Reason, ...] = ("audit", "disagree", "uncertain", "flagged", "undetermined", "second")
"""Why something is to be looked at, in the order in which it is worth it."""


@dataclass(frozen=True, slots=True)
class Search:
    """How far was looked for one reason."""

    reason: Reason
    looked: int
    """Detections that were looked at."""
    complete: bool
    """There are no more; else the queue holds the first of them only."""
    since: datetime | None
    """Time of the oldest one that was looked at."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What to label next, and why."""

    scope: Scope
    versions: Pair
    rows: pd.DataFrame
    """reason, also (further reasons), minutes, probability (of a drawn one), looked_at (last verdict); then the columns
    of a list of detections. In the order in which they are worth it; no event twice."""
    searches: tuple[Search, ...]
    minutes_per_case: float
    minutes_agreed: bool
    """Somebody recorded the minutes; else they are a default."""
    drawn: int
    """Events of this version that were ever drawn for an audit."""

    @property
    def hours(self) -> float:
        """Return the analyst hours that all of it takes."""
        return float(self.rows["minutes"].sum()) / 60
