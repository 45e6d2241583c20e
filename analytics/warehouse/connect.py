"""Opening DuckDB: limits, no network, no surprises."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

WRITER_MEMORY = "512MiB"
"""DuckDB's share of an import; with Python and Arrow around it the process stays below 1 GiB."""
READER_MEMORY = "1GiB"
_MOST_THREADS = 4
READER_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""The same for every handle on a snapshot: handles of one process share one database."""


def connect(spill: Path | None = None, memory: str = WRITER_MEMORY) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that reads nothing from the network.

    Parameters
    ----------
    spill
        Folder for what does not fit into memory; without one, such a query fails.
    memory
        DuckDB's own memory limit.
    """
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory,
            "threads": str(min(os.cpu_count() or 1, _MOST_THREADS)),
            "temp_directory": str(spill) if spill else "",
        }
    )
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    return con


def is_zone(name: str) -> bool:
    """Tell whether a text is a time zone's name that Python and the database both know."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of names, such as Europe
        return False
    con = connect()
    try:
        return bool(con.execute("SELECT 1 FROM pg_timezone_names() WHERE name = $name", {"name": name}).fetchall())
    finally:
        con.close()
