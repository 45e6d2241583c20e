"""What measures keep with a reader between questions: read once, asked many things."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")

FEW = 20
"""Rows whose memory is taken for that of a record without its tables: an estimate, a scope."""

MOST_ROWS = 2_000_000
"""Rows kept with one reader: some 250 MB of labelled rows with all that is worked out from them."""


class Kept:
    """Results by key, the least recently used going first. They are shared: nothing in them may be changed."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._found: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()
        self._rows = 0
        self._working: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, work: Callable[[], T], rows: Callable[[T], int]) -> T:
        """Return what ``work`` gives, from here where it was asked for before.

        Parameters
        ----------
        key
            What it depends on, besides the snapshot and the roles of the reader's viewer.
        work
            Who asks meanwhile waits for it. It may ask for other keys, in one order everywhere.
        rows
            How many rows a result holds.
        """
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key][1]
            working = self._working.setdefault(key, Lock())
        with working:
            with self._lock:
                if key in self._found:
                    return self._found[key][1]
            try:
                result = work()
                with self._lock:
                    self._found[key] = (n := rows(result), result)
                    self._rows += n
                    while len(self._found) > 1 and self._rows > self._most_rows:
                        self._rows -= self._found.popitem(last=False)[1][0]
            finally:
                with self._lock:
                    self._working.pop(key, None)
        return result


def rows_of(result: Any) -> int:
    """Return about how many rows take the memory of a result: those of its tables, and ``FEW`` for every record.

    Parameters
    ----------
    result
        What a measure returns: records, tables, and lists and dicts of these.
    """
    if isinstance(result, pd.DataFrame | pd.Series | np.ndarray):
        return len(result)
    if is_dataclass(result):
        return FEW + sum(rows_of(getattr(result, f.name)) for f in fields(result))
    if isinstance(result, dict):
        return len(result) + sum(map(rows_of, result.values()))
    return len(result) + sum(map(rows_of, result)) if isinstance(result, list | tuple) else 0
