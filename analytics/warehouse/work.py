"""The workplace of one import."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb


@dataclass(slots=True)
class Work:
    """What the steps of an import share."""

    con: duckdb.DuckDBPyConnection
    """In-memory database with ``snap`` (the snapshot to be) and ``work`` (scratch tables) attached."""
    directory: Path
    """The warehouse."""
    scratch: Path
    """Folder that is removed afterwards."""
    zone: str
    """Business zone, an IANA name that was checked."""
    snapshot: str
    """Id of the snapshot to be."""
    new_files: list[Path] = field(default_factory=list)
    """Files written into the warehouse that the snapshot will name."""

    def count(self, sql: str, values: dict[str, object] | None = None) -> int:
        """Return the single number that a query gives."""
        return int(self.con.execute(sql, values or {}).fetchall()[0][0] or 0)
