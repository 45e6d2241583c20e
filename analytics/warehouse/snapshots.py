"""Snapshots: immutable databases, one of them in force, named by the file CURRENT."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from analytics.errors import BadInput
from analytics.viewer import Viewer
from analytics.warehouse import records
from analytics.warehouse.connect import connect
from analytics.warehouse.layout import import_lock, place, top_path, write_whole
from analytics.warehouse.sql import literal

KEEP = 3
"""Newest snapshots that stay in any case: a reader may be a step behind."""
GRACE = timedelta(hours=24)
"""What nothing names is removed only when older: a reader may still hold it."""

_DIGITS = 16
"""Of a log position, at most."""


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """One snapshot of a warehouse, as the list shows it."""

    id: str
    created_at: datetime
    bytes: int
    in_force: bool
    pinned_by: tuple[str, ...]
    """Reasons for which it is kept."""


def new_id(now: datetime) -> str:
    """Return a snapshot id: sorts by time, never repeats."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def created_at(snapshot: str) -> datetime:
    """Return the time that a snapshot id carries."""
    return datetime.strptime(snapshot.partition("-")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def path_of(directory: Path, snapshot: str) -> Path:
    """Return the database of a snapshot.

    Raises
    ------
    BadInput
        The text is not a snapshot id (it may come from a URL and must not become a path).
    """
    stamp, dash, rest = snapshot.partition("-")
    if not (dash and rest.isalnum() and stamp.replace("T", "").isdigit() and snapshot.isascii()):
        raise BadInput("opening a snapshot", "this is not a snapshot id.", "`bartizan snapshots` lists them.")
    return directory / "snapshots" / f"{snapshot}.duckdb"


def named(text: str) -> tuple[str, int | None]:
    """Return the snapshot and the log position of ``id~position``; of an id alone, None.

    Raises
    ------
    BadInput
        What stands behind the tilde is no position.
    """
    snapshot, tilde, position = text.partition("~")
    if tilde and not (position.isascii() and position.isdecimal() and len(position) < _DIGITS):
        raise BadInput("opening a snapshot", "this is not a place in the log.", "Write id~position, or the id alone.")
    return snapshot, int(position) if tilde else None


def current_id(directory: Path) -> str | None:
    """Return the id of the snapshot in force; None where nothing was imported yet."""
    try:
        return (directory / "CURRENT").read_text(encoding="ascii", errors="replace").strip() or None
    except FileNotFoundError:
        return None


def publish(directory: Path, beside: Path, snapshot: str) -> None:
    """Put a finished database in force; readers have the old one or the new one."""
    place(beside, path_of(directory, snapshot))
    write_whole(directory / "CURRENT", snapshot + "\n")


def listing(directory: Path) -> list[SnapshotInfo]:
    """Return all snapshots, newest first."""
    current, pins = current_id(directory), records.pins(directory)
    found = [
        SnapshotInfo(
            id=p.stem,
            created_at=created_at(p.stem),
            bytes=p.stat().st_size,
            in_force=p.stem == current,
            pinned_by=tuple(pins.get(p.stem, ())),
        )
        for p in (directory / "snapshots").glob("[0-9]*.duckdb")
    ]
    return sorted(found, key=lambda s: s.id, reverse=True)


def pin(directory: Path, snapshot: str, reason: str, viewer: Viewer, undo: bool = False) -> None:
    """Record that a snapshot is kept whatever its age, or (``undo``) that it need not be any more.

    Raises
    ------
    BadInput
        There is no such snapshot.
    """
    if not path_of(directory, snapshot).exists():
        raise BadInput("pinning a snapshot", f"{snapshot} is not there.", "`bartizan snapshots` lists what is.")
    kind = "snapshot_unpinned" if undo else "snapshot_pinned"
    event = records.Event(kind, snapshot, {"reason": reason}, client_key=secrets.token_hex(16))
    records.record(directory, event, viewer)


def collect(directory: Path, now: datetime, grace: timedelta = GRACE) -> list[str]:
    """Remove what nothing names any more: old snapshots, files of none, remains of broken imports.

    Parameters
    ----------
    now
        Time against which ``grace`` is measured.
    grace
        Age below which nothing is removed.

    Returns
    -------
    list of str
        What was removed, relative to the warehouse.
    """
    with import_lock(directory, lambda _: None):
        removed: list[Path] = []
        for i, snapshot in enumerate(listing(directory)):
            kept = i < KEEP or snapshot.in_force or snapshot.pinned_by or now - snapshot.created_at < grace
            if not kept:
                removed.append(path_of(directory, snapshot.id))
        beside = [*(directory / "snapshots").glob(".*"), *(directory / "tmp").iterdir()]
        old = [p for p in beside if _age(p, now) >= grace]
        facts = (p for folder in ("detections", "explanations") for p in (directory / folder).rglob("*.parquet"))
        stored = [p for p in facts if p.is_file() and _age(p, now) >= grace]
        # The newest snapshot names nearly everything, so the others are read only for what it leaves out.
        for snapshot in (s.id for s in listing(directory) if path_of(directory, s.id) not in removed):
            if stored:
                named = _named_files(directory, snapshot, "collecting garbage")
                named |= {str(top_path(Path(p))) for p in named}
                stored = [p for p in stored if str(p.relative_to(directory)) not in named]
        removed += old + stored
        for p in removed:
            shutil.rmtree(p) if p.is_dir() else p.unlink()
        return sorted(str(p.relative_to(directory)) for p in removed)


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def missing(directory: Path, snapshot: str) -> list[str]:
    """Return what a snapshot stands on and is not there: files, relative to the warehouse, and records of the log.

    Raises
    ------
    BadInput
        The snapshot cannot be read.
    BrokenSnapshot
        The log cannot be read.
    """
    doing = "checking a snapshot"
    lost = sorted(p for p in _named_files(directory, snapshot, doing) if not (directory / p).is_file())
    counted = _read(directory, snapshot, doing, "SELECT value FROM snap.meta WHERE key = 'log_position'")
    last, has = int(counted[0][0]) if counted else 0, records.position(directory)
    return lost if has >= last else [*lost, f"records {has + 1} to {last} of the log"]


def _named_files(directory: Path, snapshot: str, doing: str) -> set[str]:
    listed = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'snap' AND table_name = 'explanation_files'"
    found = _read(directory, snapshot, doing, "SELECT path, index_path FROM snap.files")
    if _read(directory, snapshot, doing, listed):
        found += _read(directory, snapshot, doing, "SELECT path FROM snap.explanation_files")
    return {path for row in found for path in row}


def _read(directory: Path, snapshot: str, doing: str, sql: str) -> list[tuple[Any, ...]]:
    """Return what a snapshot, as ``snap``, says to one statement."""
    con = connect()
    try:
        con.execute(f"ATTACH {literal(str(path_of(directory, snapshot)))} AS snap (READ_ONLY)")
        return con.execute(sql).fetchall()
    except duckdb.Error as e:
        raise BadInput(
            doing,
            f"snapshot {snapshot} cannot be read ({str(e).splitlines()[0]}), so its files are not known.",
            "Remove or restore it first.",
        ) from e
    finally:
        con.close()
