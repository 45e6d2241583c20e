"""Where the bins of a feature lie: taken once from its first rows, then fixed, so that counts of all batches add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

PARTS = 50
"""Bins of a number hold about 2 % of the first rows each: a distance of distributions is known to as much."""
LARGEST = 50
"""Values of a text that have a bin of their own."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The bins of one column.

    A number's bins are (−∞, e₁], (e₁, e₂] … (eₖ, ∞); the first and the last lie outside of what there was when they
    were taken. A text's are its values and one for all others. What is missing is in no bin.
    """

    column: str
    """``score`` or ``f.<name>``."""
    is_number: bool
    inner: tuple[float, ...] = ()
    """A number's edges, ascending."""
    values: tuple[str, ...] = ()
    """A text's values, sorted as their UTF-8 bytes are."""

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.inner if self.is_number else self.values) + 1


def of_number(column: str, sample: pd.Series, least: float | None, most: float | None) -> Edges:
    """Return the bins of a number.

    Quantiles that are values of the sample; equal ones are one edge, so a value that is common ends a bin.

    Parameters
    ----------
    column
        Its name.
    sample
        Some of its rows.
    least, most
        Of all its rows; None where there is no value.
    """
    known = sample.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.sort(known[np.isfinite(known)])
    found = [x for x in (least, most) if x is not None and np.isfinite(x)]
    ends = [np.nextafter(found[0], -np.inf), found[-1]] if found else []
    inner = known[np.ceil(np.arange(1, PARTS) / PARTS * len(known)).astype(np.int64) - 1] if len(known) else known
    every = np.concatenate([inner, ends])
    return Edges(column, True, inner=tuple(np.unique(every[np.isfinite(every)]).tolist()))


def of_text(column: str, sample: pd.Series) -> Edges:
    """Return the bins of a text: the values that are most frequent in a sample."""
    counted = sample.dropna().value_counts()
    by_size = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))
    return Edges(column, False, values=tuple(sorted(str(value) for value, _ in by_size[:LARGEST])))
