"""What every function of this room that estimates returns."""

from __future__ import annotations

from typing import NamedTuple


class Interval(NamedTuple):
    """A point estimate with its interval; nan where nothing can be said."""

    value: float
    low: float
    high: float
    n: int
    """Rows in the denominator."""
    n_cases: int
    """Distinct clusters among them; n where no clusters were given."""
    n_effective: float
    """Independent rows that would give the same variance."""
    method: str
    """Short name of the interval's method, for the reader of the figure."""
