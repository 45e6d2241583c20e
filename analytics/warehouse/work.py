"""The workplace of one import."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import duckdb

from analytics.warehouse.sql import literal

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE = 2
"""Things that are done at the same time; all of them share the memory of one import."""


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

    def each(self, do: Callable[[Work, T], R], things: Iterable[T]) -> list[R]:
        """Do the same for several things, two at a time, and return what comes of each.

        A query of few rows keeps one core busy, whatever the database could use.

        Parameters
        ----------
        do
            Called with a workplace whose connection, and so whose temporary tables, are its own. What it writes must
            not be what it writes for another thing, but for rows that it adds to the same table.
        things
            What it is called for.
        """
        every = list(things)
        if len(every) < 2:
            return [do(self, thing) for thing in every]
        zone = str(self.con.execute("SELECT current_setting('TimeZone')").fetchall()[0][0])

        def apart(thing: T) -> R:
            with self.con.cursor() as con:
                con.execute(f"SET TimeZone = {literal(zone)}")  # as this one reads times without an offset
                return do(replace(self, con=con), thing)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            jobs = [pool.submit(apart, thing) for thing in every]
            try:
                return [job.result() for job in jobs]
            finally:
                pool.shutdown(cancel_futures=True)
