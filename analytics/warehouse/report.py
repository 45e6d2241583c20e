"""What an import did, told so that rows in = stored + rejected + duplicates can be checked."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")


@dataclass(slots=True)
class Report:
    """The outcome of one import."""

    kind: str
    files: list[str]
    rows_in: int = 0
    stored: int = 0
    rejected: int = 0
    duplicates: int = 0
    labels_stored: int = 0
    """Labels of a detections file that were new."""
    labels_waiting: int = 0
    """Labels in the warehouse whose event has not come yet."""
    unknown_columns: list[str] = field(default_factory=list)
    """Columns that were not stored; a map can name them."""
    reasons: dict[str, int] = field(default_factory=dict)
    """First words of the reasons for rejects -> rows."""
    reject_file: str | None = None
    snapshot: str | None = None
    """The snapshot that holds the result; None for a dry run or where nothing changed."""
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    """What went wrong beside the import itself."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was not stored."""

    file: str
    record: int
    """Number of the record in its file, from 1, the header not counted."""
    reason: str


def good_before(broken: Iterable[int]) -> list[int]:
    """Return, for each broken line, how many good lines stand before it; takes their record numbers."""
    return [number - 1 - i for i, number in enumerate(sorted(broken))]


def record_number(position: int, before: list[int]) -> int:
    """Return the record number of a good line.

    Parameters
    ----------
    position
        Its place among the good lines of the file, from 0.
    before
        What ``good_before`` says of the file's broken lines.
    """
    return position + 1 + bisect_right(before, position)


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write the reject file: file, record, reason."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as f:
        out = csv.writer(f)
        out.writerow(["file", "record", "reason"])
        out.writerows([safe_cell(r.file), r.record, safe_cell(r.reason)] for r in rejects)
