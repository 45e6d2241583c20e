"""What a model sees of stored rows: its texts, or numbers from the columns that its note names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.explanations.categories import categories
from analytics.explanations.models import TEXT
from analytics.explanations.results import NotExplained
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.rows import Stored

_LOG = "log "
"""Begins the name of a column in a note that is the logarithm of a stored one."""
_SHIFT = 1e-3
"""Added before the logarithm, so that 0 has one."""
PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Stored columns, and what a model is given of them."""

    columns: tuple[str, ...]
    """Stored columns, in the order of the model's."""
    logs: tuple[bool, ...]
    """Which of them it sees as logarithms; none of a text."""
    known: tuple[tuple[str, ...] | None, ...] = ()
    """By column: None of a number; of a category the values that the model knows, empty where it takes any. Empty as a
    whole where all are numbers."""

    @property
    def text(self) -> bool:
        """Tell whether the model sees a text."""
        return self.columns == (PAYLOAD,)

    @property
    def words(self) -> np.ndarray:
        """Tell which columns are categories: words, not numbers."""
        return np.array([k is not None for k in self.known or (None,) * len(self.columns)])

    def names(self) -> tuple[str, ...]:
        """Return the columns as the model sees them: ``log(peers + 0.001)``."""
        plain = [c.removeprefix(FEATURE_PREFIX) for c in self.columns]
        return tuple(f"log({c} + {_SHIFT:g})" if log else c for c, log in zip(plain, self.logs, strict=True))

    def stored(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the numbers of rows as they are stored; NaN where one is none, and of categories."""
        every = [pd.to_numeric(rows[c], errors="coerce").to_numpy(dtype=float) for c in self.columns]
        return np.where(self.words, np.nan, np.column_stack(every))

    def given(self, rows: pd.DataFrame) -> Any:
        """Return what the model is given of rows."""
        if self.text:
            return [str(t) for t in rows[PAYLOAD]]
        return self.filled(self.stored(rows), rows)

    def filled(self, values: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Return what the model is given of numbers as they are stored, with the categories of rows beside them.

        Parameters
        ----------
        values
            Rows × columns: a row for each of ``rows``, or any number of them for a single one.
        """
        given = self.of(values)
        if not self.words.any():
            return given
        found = given.astype(object)
        for i in np.flatnonzero(self.words):
            found[:, i] = self.spelled(i, rows) * (len(values) // len(rows))
        return found

    def spelled(self, i: int, rows: pd.DataFrame) -> list[str]:
        """Return the values of a category as the model knows them: an import stores words that are digits as numbers.

        Parameters
        ----------
        i
            Which of the columns.
        """
        known = (self.known[i] if self.known else None) or ()
        return [_spelled(v, known) for v in rows[self.columns[i]]]

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return what the model is given of numbers as they are stored, rows × columns."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.logs, np.log(values + _SHIFT), values)

    def back(self, given: np.ndarray) -> np.ndarray:
        """Return numbers as they are stored of what the model is given, rows × columns."""
        return np.where(self.logs, np.exp(np.where(self.logs, given, 0)) - _SHIFT, given)


def _spelled(value: Any, known: tuple[str, ...]) -> str:
    """Return ``80`` of the number 80.0, but for a model that knows ``80.0``; words as they are."""
    digits = isinstance(value, float) and value.is_integer() and str(value) not in known
    return str(int(value)) if digits else str(value)


def inputs(model: Any, note: dict[str, Any], every: Stored) -> Inputs | NotExplained:
    """Return where a model's inputs are stored; a reason where they are not, or may not be seen."""
    if note["takes"] == TEXT:
        if PAYLOAD not in every.columns:
            return NotExplained("The model sees the text, and no texts are stored with the detections.")
        if not every.visible(PAYLOAD):
            return NotExplained("An explanation would show the payload, which you may not see.")
        return Inputs((PAYLOAD,), ())
    columns, logs = [], []
    for name in note["columns"]:
        log = name.startswith(_LOG) and FEATURE_PREFIX + name not in every.columns
        columns.append(FEATURE_PREFIX + (name.removeprefix(_LOG) if log else name))
        logs.append(log)
    missing = [c for c in columns if c not in every.columns]
    if len(missing) == len(columns):
        return NotExplained("The features of this model are made from the event by code that is not here.")
    if missing:
        return NotExplained(f"The model sees features that are not stored: {', '.join(missing)}.")
    known = categories(model, list(note["columns"]))
    by_column = tuple(known.get(name) for name in note["columns"])
    return Inputs(tuple(columns), tuple(logs), by_column if known else ())
