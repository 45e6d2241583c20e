"""Where the bins of a column lie: taken once from a sample of the reference, then fixed, so that counts add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PARTS = 50
"""Bins of a number hold about 2 % of the reference each: the Kolmogorov–Smirnov distance is known to as much."""
_DECILE = PARTS // 10
LARGEST = 50
"""Values of a text that have a bin of their own."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The bins of one column.

    A number's bins are (−∞, e₁], (e₁, e₂] … (eₖ, ∞); a text's are its values and one for all others. What is missing
    is counted apart.
    """

    column: str
    """``score`` or ``f.<name>``."""
    is_number: bool
    inner: tuple[float, ...] = ()
    """A number's edges, ascending."""
    deciles: tuple[float, ...] = ()
    """Those of them that are deciles: the bins of the population stability index."""
    values: tuple[str, ...] = ()
    """A text's values, sorted as their UTF-8 bytes are."""

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.inner if self.is_number else self.values) + 1

    def coarse(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return counts by the bins of the population stability index: a number's tenths, a text's values."""
        if not self.is_number:
            return counts
        place = np.searchsorted(self.deciles, self.inner)  # the bin that ends at an edge
        return summed(np.append(place, len(self.deciles)), counts, len(self.deciles) + 1)


def summed(place: NDArray[np.int64], counts: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Return counts added up by the bin that each belongs to."""
    return np.bincount(place, counts, bins).astype(np.float64, copy=False)


def taken(sample: pd.DataFrame, numbers: dict[str, bool]) -> tuple[Edges, ...]:
    """Return the bins of every column of a sample.

    Parameters
    ----------
    sample
        Rows of the reference.
    numbers
        Column -> whether it is a number; its other columns are texts.
    """
    return tuple(_number(c, sample[c]) if is_number else _text(c, sample[c]) for c, is_number in numbers.items())


def _number(column: str, values: pd.Series) -> Edges:
    """Quantiles that are values of the sample; equal ones are one edge, so a value that is common ends a bin."""
    known = values.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.sort(known[np.isfinite(known)])
    if not len(known):
        return Edges(column, True)
    at = np.ceil(np.arange(1, PARTS) / PARTS * len(known)).astype(np.int64) - 1
    found = known[np.maximum(at, 0)]
    return Edges(
        column,
        True,
        inner=tuple(np.unique(found).tolist()),
        deciles=tuple(np.unique(found[_DECILE - 1 :: _DECILE]).tolist()),
    )


def _text(column: str, values: pd.Series) -> Edges:
    counted = values.dropna().value_counts()
    by_size = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))
    return Edges(column, False, values=tuple(sorted(str(value) for value, _ in by_size[:LARGEST])))
