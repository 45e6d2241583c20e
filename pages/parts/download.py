"""A frame as a file that a spreadsheet opens without running anything."""

from __future__ import annotations

import pandas as pd

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet read a cell as a formula (full-width forms too)."""


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV (UTF-8 with signature); text that would start a formula gets an apostrophe.

    Parameters
    ----------
    frame
        Any frame; numbers and times stay as they are.
    """
    safe = frame.rename(columns=_cell)
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(t) for t in safe.dtypes]]:
        safe[column] = safe[column].map(_cell)
    return safe.to_csv(index=False).encode("utf-8-sig")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(STARTS) else value
