"""The log of human records: append-only, chained by hashes, one door in.

State is the replay of the log. Figures are a snapshot plus the records behind its log position.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.errors import BadInput, NotAllowed
from analytics.viewer import Role, Viewer

_FILE = "records.sqlite"
_GENESIS = "0" * 64
_BUSY_MS = 10_000
"""How long a writer waits for another one; a write takes about a millisecond."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, actor TEXT NOT NULL, verified_by TEXT NOT NULL,
    kind TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    client_key TEXT NOT NULL UNIQUE, prev_hash TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may write a kind of record."""

    roles: frozenset[Role]
    body: frozenset[str]
    """Fields that the body must have, and no others."""


_PEOPLE: frozenset[Role] = frozenset({"analyst", "owner", "validator", "approver", "admin"})

KINDS: dict[str, Rule] = {
    "review_held": Rule(_PEOPLE, frozenset({"held_at", "note"})),
    "attention_assigned": Rule(_PEOPLE, frozenset({"owner", "due", "note"})),
    "assumptions_agreed": Rule(
        frozenset({"owner", "approver", "admin"}),
        frozenset({"minutes_per_case", "alarms_per_case", "cost_missed", "cost_false_alarm", "cost_hour"}),
    ),
    "snapshot_pinned": Rule(_PEOPLE, frozenset({"reason"})),
    "snapshot_unpinned": Rule(frozenset({"owner", "approver", "admin"}), frozenset({"reason"})),
    "audit_drawn": Rule(
        _PEOPLE,
        frozenset({"version", "since", "until", "snapshot", "design", "seed", "strata", "events"}),
    ),
    "miss_test_added": Rule(_PEOPLE, frozenset({"model", "test_id", "note"})),
    "miss_fix_released": Rule(_PEOPLE, frozenset({"model", "version", "note"})),
    "test_case_made": Rule(
        _PEOPLE,
        frozenset(
            {
                "test_id",
                "suite",
                "polarity",
                "input",
                "input_cut",
                "expected",
                "technique",
                "model",
                "version",
                "snapshot",
                "detection_id",
                "occurred_at",
            }
        ),
    ),
}
"""Every kind of record that exists; one that is not here cannot be written."""


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody wants recorded."""

    kind: str
    subject: str
    """What it is about: a snapshot, an event, a limit."""
    body: dict[str, Any]
    client_key: str
    """Chosen by the caller; the same key is recorded once, however often it is sent."""


@dataclass(frozen=True, slots=True)
class Record:
    """An event as it stands in the log."""

    seq: int
    at: datetime
    actor: str
    verified_by: str
    kind: str
    subject: str
    body: dict[str, Any]
    hash: str


def record(directory: Path, event: Event, viewer: Viewer) -> int:
    """Append one event to the log: the only door.

    Returns
    -------
    int
        Its log position; that of the first write where the client key was used before.

    Raises
    ------
    NotAllowed
        The viewer has no role that may write this kind.
    BadInput
        The kind does not exist, the body does not fit, or the key was used for something else.
    """
    doing = f"recording {event.kind.replace('_', ' ')}"
    rule = KINDS.get(event.kind)
    if rule is None:
        raise BadInput(doing, "there is no such kind of record.", f"Use one of {', '.join(KINDS)}.")
    if not rule.roles & viewer.roles:
        raise NotAllowed(
            doing,
            f"{viewer.actor} has none of the roles {', '.join(sorted(rule.roles))}.",
            "Ask one who has.",
        )
    if set(event.body) != rule.body:
        raise BadInput(doing, f"the body has {sorted(event.body)}.", f"It needs {sorted(rule.body)}.")
    body = json.dumps(event.body, sort_keys=True, ensure_ascii=False)
    with _writing(directory) as db:
        known = db.execute(
            "SELECT seq, kind, subject, body FROM event WHERE client_key = ?", (event.client_key,)
        ).fetchone()
        if known:
            if known[1:] != (event.kind, event.subject, body):
                raise BadInput(doing, "its key was used for another record.", "Use a new key.")
            return known[0]
        last = db.execute("SELECT hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        before = last[0] if last else _GENESIS
        at = datetime.now(UTC).isoformat()
        row = (
            at,
            viewer.actor,
            viewer.verified_by,
            event.kind,
            event.subject,
            body,
            event.client_key,
            before,
        )
        cursor = db.execute(
            "INSERT INTO event (at, actor, verified_by, kind, subject, body, client_key, prev_hash, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, _digest(row)),
        )
        return int(cursor.lastrowid or 0)


def replay(directory: Path, after: int = 0) -> list[Record]:
    """Return the log behind a position, in order."""
    if not (directory / _FILE).exists():
        return []
    with closing(_open(directory)) as db:
        found = db.execute(
            "SELECT seq, at, actor, verified_by, kind, subject, body, hash FROM event WHERE seq > ? ORDER BY seq",
            (after,),
        ).fetchall()
    return [
        Record(seq, datetime.fromisoformat(at), actor, by, kind, subject, json.loads(body), digest)
        for seq, at, actor, by, kind, subject, body, digest in found
    ]


def position(directory: Path) -> int:
    """Return the log position: the number of the last record, 0 where there is none."""
    if not (directory / _FILE).exists():
        return 0
    with closing(_open(directory)) as db:
        return db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]


def broken_at(directory: Path) -> int | None:
    """Return the first record whose hash does not fit its content or the record before it; None if all fit."""
    if not (directory / _FILE).exists():
        return None
    before = _GENESIS
    with closing(_open(directory)) as db:
        rows = db.execute(
            "SELECT seq, hash, at, actor, verified_by, kind, subject, body, client_key, prev_hash "
            "FROM event ORDER BY seq"
        )
        for seq, digest, *row in rows:
            if row[-1] != before or _digest(tuple(row)) != digest:
                return seq
            before = digest
    return None


def pins(directory: Path) -> dict[str, list[str]]:
    """Return the pinned snapshots with the reasons that hold."""
    found: dict[str, list[str]] = {}
    for r in replay(directory):
        if r.kind == "snapshot_pinned":
            found.setdefault(r.subject, []).append(r.body["reason"])
        elif r.kind == "snapshot_unpinned":
            found.pop(r.subject, None)
    return found


def _digest(row: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _open(directory: Path) -> sqlite3.Connection:
    db = sqlite3.connect(directory / _FILE, timeout=_BUSY_MS / 1000, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    return db


@contextmanager
def _writing(directory: Path) -> Generator[sqlite3.Connection]:
    with closing(_open(directory)) as db:
        db.executescript(_SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
