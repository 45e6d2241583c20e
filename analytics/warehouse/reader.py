"""Reading: one read-only handle a snapshot, a cursor and a time limit a query."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from analytics.errors import BadInput, BartizanError, BrokenSnapshot, NoData, TooSlow
from analytics.viewer import Viewer
from analytics.warehouse import overlay, snapshots
from analytics.warehouse.connect import READER_CONFIG, READER_MEMORY
from analytics.warehouse.kept import Kept
from analytics.warehouse.layout import zone_of
from analytics.warehouse.sql import literal

QUERY_LIMIT_MS = 20_000
"""A page query takes milliseconds; what takes longer than this is stopped and said so."""

_LOCKING = threading.Lock()
"""Handles of one process share a database: one of them sets its limits, the others wait for it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a reader must know of the snapshot in its hands."""

    id: str
    created_at: datetime
    data_until: datetime | None
    """Last event; the *now* of every figure. None where there are no events."""
    zone: str
    """Business zone in which days and weeks are cut."""
    rows: int
    """Stored detections."""
    log_position: int
    """Verdicts in the log up to here are counted."""

    @property
    def name(self) -> str:
        """Return what names exactly this state for good: the snapshot and the log position, ``id~position``."""
        return f"{self.id}~{self.log_position}"


@dataclass(frozen=True, slots=True)
class Reader:
    """A viewer's hold on one snapshot: what every measure takes."""

    viewer: Viewer
    snapshot: Snapshot
    directory: Path
    _handle: duckdb.DuckDBPyConnection
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)

    def query(self, sql: str, values: dict[str, Any] | None = None, limit_ms: int = QUERY_LIMIT_MS) -> pd.DataFrame:
        """Run one SELECT and return its rows.

        Raises
        ------
        BadInput
            It is something else: COPY could write into the folder of the detections.
        TooSlow
            It took longer than ``limit_ms``.
        BrokenSnapshot
            The database or a file that it names cannot be read.
        """
        cursor = self._handle.cursor()
        try:
            statements = cursor.extract_statements(sql)
            if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
                raise BadInput("reading the snapshot", "the statement is not a single SELECT.", "Write one SELECT.")
            cursor.execute(f"SET max_execution_time = {int(limit_ms)}")
            return cursor.execute(statements[0], values or {}).df()
        except duckdb.InterruptException as e:
            raise TooSlow(
                "reading the snapshot",
                f"the query took longer than {limit_ms / 1000:.0f} s.",
                "Choose a shorter window.",
            ) from e
        except (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as e:
            raise _broken(self.snapshot.id, e) from e
        finally:
            cursor.close()


def open_reader(directory: Path, viewer: Viewer, snapshot: str | None = None) -> Reader:
    """Open a snapshot for reading, with the verdicts behind it counted.

    Parameters
    ----------
    directory
        The warehouse.
    viewer
        Who looks.
    snapshot
        ``id~position``: a snapshot with the verdicts up to a log position. The id alone: as it was published. None:
        the one in force with all verdicts there are.

    Raises
    ------
    NoData
        There is no warehouse, or nothing was imported yet.
    BrokenSnapshot
        The snapshot is missing or cannot be read.
    """
    zone = zone_of(directory)
    asked, upto = snapshots.named(snapshot) if snapshot else (None, None)
    found = snapshots.current_id(directory) if asked is None else asked
    if found is None:
        raise NoData("opening the warehouse", "nothing has been imported yet.", "Start with `bartizan import models`.")
    path = snapshots.path_of(directory, found)
    if not path.exists():
        raise BrokenSnapshot(
            "opening a snapshot", f"{found} is not there any more.", "Choose the newest, or restore it from a backup."
        )
    try:
        handle = duckdb.connect(str(path), read_only=True, config=dict(READER_CONFIG))
        with _LOCKING:
            _lock_down(handle, directory)
        meta = dict(handle.execute("SELECT key, value FROM meta").fetchall())
        folded = int(meta.get("log_position", 0))
        position = folded if asked is not None and upto is None else max(folded, overlay.position(directory, upto))
        if position > folded or not overlay.knows_records(handle, "labels"):
            handle = _with_verdicts(path, directory, found, overlay.behind(directory, folded, position))
        rows = handle.execute("SELECT coalesce(sum(rows), 0)::BIGINT FROM files").fetchall()[0][0]
    except duckdb.Error as e:
        raise _broken(found, e) from e
    until = meta.get("data_until")
    return Reader(
        viewer,
        Snapshot(
            id=found,
            created_at=snapshots.created_at(found),
            data_until=datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None,
            zone=zone,
            rows=rows,
            log_position=position,
        ),
        directory,
        handle,
    )


def _read_anew(path: Path) -> None:
    """Read a snapshot's volumes by a database of its own, which no other handle shares."""
    handle = duckdb.connect(config=dict(READER_CONFIG))
    try:
        handle.execute(f"ATTACH {literal(str(path))} AS snap (READ_ONLY)")
        handle.execute("SELECT sum(represented) FROM snap.volume").fetchall()
    except duckdb.Error as e:
        raise _broken(path.stem, e) from e
    finally:
        handle.close()


def _with_verdicts(path: Path, directory: Path, snapshot: str, found: overlay.Behind) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that shows a snapshot with verdicts; the snapshot itself is only read."""
    handle = duckdb.connect(config=dict(READER_CONFIG))
    handle.execute("SET enable_progress_bar = false")
    handle.execute("SET TimeZone = 'UTC'")
    handle.execute(f"ATTACH {literal(str(path))} AS snap (READ_ONLY)")
    overlay.stage(handle, directory, snapshot, found)
    overlay.lay(handle)
    _lock_down(handle, directory)
    return handle


def _lock_down(handle: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """Let nothing outside the warehouse's detections and explanations be read, whatever a statement says."""
    if handle.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
        return  # another handle on the same snapshot in this process has done it
    handle.execute(f"SET memory_limit = {literal(READER_MEMORY)}")
    handle.execute("SET GLOBAL TimeZone = 'UTC'")
    handle.execute("SET temp_directory = ''")
    handle.execute("SET enable_progress_bar = false")
    allowed = ", ".join(literal(str((directory / folder).resolve())) for folder in ("detections", "explanations"))
    handle.execute(f"SET allowed_directories = [{allowed}]")
    handle.execute("SET enable_external_access = false")
    handle.execute("SET allowed_configs = ['max_execution_time']")
    handle.execute("SET lock_configuration = true")


def _broken(snapshot: str, e: Exception) -> BrokenSnapshot:
    return BrokenSnapshot(
        "reading a snapshot",
        f"{snapshot} cannot be read ({str(e).strip().splitlines()[0]}).",
        "Restore it from a backup, or import again: `bartizan snapshots` lists what is there.",
    )


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a warehouse can be read."""

    ok: bool
    snapshot: str | None
    detail: str


def health(directory: Path, viewer: Viewer) -> Health:
    """Say whether the snapshot in force can be read; never raises for a bad warehouse.

    The file is read as it lies there now: a handle of this process that is open already may know an older one.
    """
    try:
        reader = open_reader(directory, viewer)
        _read_anew(snapshots.path_of(directory, reader.snapshot.id))
    except NoData as e:
        return Health(True, None, e.found)
    except BartizanError as e:
        return Health(False, None, e.found)
    return Health(True, reader.snapshot.id, "")
