"""The log of human records: append-only, chained by hashes, one door in.

State is the replay of the log. Figures are a snapshot plus the records behind its log position.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from analytics.errors import BadInput, BrokenSnapshot, NotAllowed
from analytics.viewer import CAPABILITIES, PEOPLE, Role, Viewer
from analytics.warehouse import questions, verdicts
from analytics.warehouse.layout import is_sample

_FILE = "records.sqlite"
_GENESIS = "0" * 64
_BUSY_MS = 10_000
"""How long a writer waits for another one; a write takes about a millisecond."""
_HOUR = timedelta(hours=1)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, actor TEXT NOT NULL, verified_by TEXT NOT NULL,
    kind TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    client_key TEXT NOT NULL UNIQUE, prev_hash TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_kind ON event (kind);
CREATE INDEX IF NOT EXISTS event_subject ON event (subject);
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""


PROPOSAL = "proposal"
"""The field in which an approval names the log position of what it approves."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may write a kind of record."""

    roles: frozenset[Role]
    body: frozenset[str]
    """Fields that the body must have, and no others."""
    approves: str = ""
    """A kind that another verified person must have written before; the body then holds its position alone."""
    check: Callable[[str, dict[str, Any], Viewer, Callable[[str], list[Record]]], None] | None = None
    """Called with subject, body, viewer and what tells the records about a subject, while nobody else can write;
    raises BadInput or NotAllowed where the record must not be written."""
    hourly: int | None = None
    """How many of them a person may write within an hour; None: as many as they like."""


def _approval(of: str, roles: frozenset[Role]) -> Rule:
    return Rule(roles, frozenset({PROPOSAL}), of)


TEST_CASE = frozenset({
    "test_id", "suite", "polarity", "input", "input_cut", "expected", "technique", "model", "version", "snapshot",
    "detection_id", "occurred_at",
})  # fmt: skip
"""What a test case made from a detection holds: what was scored, what is expected, and where it comes from."""

KINDS: dict[str, Rule] = {
    "review_held": Rule(PEOPLE, frozenset({"held_at", "note"})),
    "attention_assigned": Rule(PEOPLE, frozenset({"owner", "due", "note"})),
    "attention_accepted": Rule(frozenset({"owner", "approver"}), frozenset({"until", "reason", "meanwhile"})),
    "attention_reopened": Rule(frozenset({"owner", "approver"}), frozenset({"reason"})),
    "assumptions_proposed": Rule(
        frozenset({"analyst", "owner"}),
        frozenset({"minutes_per_case", "alarms_per_case", "cost_missed", "cost_false_alarm", "cost_hour"}),
    ),
    "assumptions_agreed": _approval("assumptions_proposed", frozenset({"owner", "approver"})),
    "snapshot_pinned": Rule(PEOPLE, frozenset({"reason"})),
    "snapshot_unpinned": Rule(frozenset({"owner", "approver", "admin"}), frozenset({"reason"})),
    verdicts.GIVEN: Rule(PEOPLE, verdicts.BODY, check=verdicts.check_given),
    verdicts.WITHDRAWN: Rule(PEOPLE, frozenset({"seq"}), check=verdicts.check_withdrawn),
    "audit_drawn": Rule(
        PEOPLE, frozenset({"version", "since", "until", "snapshot", "design", "seed", "strata", "events"})
    ),
    "miss_test_added": Rule(PEOPLE, frozenset({"model", "test_id", "note"})),
    "miss_fix_released": Rule(PEOPLE, frozenset({"model", "version", "note"})),
    "test_case_made": Rule(CAPABILITIES["export_payloads"], TEST_CASE),
    questions.KIND: Rule(
        CAPABILITIES["ask_the_model"], questions.BODY, check=questions.check, hourly=questions.MOST_AN_HOUR
    ),
    questions.SHOWN: Rule(CAPABILITIES["ask_the_model"], questions.SHOWN_BODY),
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


def may_record(kind: str, viewer: Viewer) -> bool:
    """Tell whether a viewer has a role for a kind of record; whether it needs a second person is another matter."""
    return bool(KINDS[kind].roles & viewer.roles)


def second_person(actor: str, verified_by: str, viewer: Viewer) -> tuple[str, str]:
    """Return why a viewer cannot be the second person beside somebody, and what to do; two empty texts if they can.

    Parameters
    ----------
    actor, verified_by
        Who proposed, and who vouched for them.
    """
    if "local" in (verified_by, viewer.verified_by):
        found = "it needs two people whom sign-in tells apart, and without sign-in there is one user only"
        return found, "Set up sign-in (docs/sign-in.md): one person proposes, another one approves."
    if verified_by != viewer.verified_by:
        return f"nobody vouches for {actor}, who proposed it", "Propose it again under your own sign-in."
    if actor == viewer.actor:
        return f"{actor} has proposed it, and nobody approves their own proposal", "Ask another person to approve it."
    return "", ""


def record(directory: Path, event: Event, viewer: Viewer) -> int:
    """Append one event to the log: the only door.

    Returns
    -------
    int
        Its log position; that of the first write where the client key was used before.

    Raises
    ------
    NotAllowed
        The viewer has no role that may write this kind, is not a second person where it takes two, or is played
        outside the sample.
    BadInput
        The kind does not exist, the body does not fit, what is approved is not what is proposed, or the key was used
        for something else.
    """
    return record_all(directory, [event], viewer)[0]


def record_all(directory: Path, events: Sequence[Event], viewer: Viewer) -> list[int]:
    """Append several events to the log in one step: all of them or none.

    Returns
    -------
    list of int
        Their log positions, as ``record`` returns each.

    Raises
    ------
    NotAllowed, BadInput
        As ``record``, for any of them; nothing is written then.
    """
    rules = [_rule(directory, event, viewer) for event in events]
    with _writing(directory) as db:
        return [_append(db, e, rule, viewer, _doing(e)) for e, rule in zip(events, rules, strict=True)]


def _doing(event: Event) -> str:
    return f"recording {event.kind.replace('_', ' ')}"


def _rule(directory: Path, event: Event, viewer: Viewer) -> Rule:
    """Return the rule of an event, after all that can be said against it without the log."""
    doing = _doing(event)
    rule = KINDS.get(event.kind)
    if rule is None:
        raise BadInput(doing, "there is no such kind of record.", f"Use one of {', '.join(KINDS)}.")
    if not rule.roles & viewer.roles:
        raise NotAllowed(
            doing,
            f"{viewer.actor} has none of the roles {', '.join(sorted(rule.roles))}.",
            "Ask one who has.",
        )
    if viewer.verified_by == "sample" and not is_sample(directory):
        raise NotAllowed(doing, f"{viewer.actor} is played, and this is not the sample.", "Record it as yourself.")
    if set(event.body) != rule.body:
        raise BadInput(doing, f"the body has {sorted(event.body)}.", f"It needs {sorted(rule.body)}.")
    return rule


def _append(db: sqlite3.Connection, event: Event, rule: Rule, viewer: Viewer, doing: str) -> int:
    body = json.dumps(event.body, sort_keys=True, ensure_ascii=False)
    known = db.execute(
        "SELECT seq, kind, subject, body FROM event WHERE client_key = ?", (event.client_key,)
    ).fetchone()
    if known:
        if known[1:] != (event.kind, event.subject, body):
            raise BadInput(doing, "its key was used for another record.", "Use a new key.")
        return known[0]
    if rule.approves:
        _check_proposal(db, event, rule.approves, viewer, doing)
    if rule.check:
        rule.check(event.subject, event.body, viewer, lambda subject: _about(db, subject))
    if rule.hourly is not None:
        _check_pace(db, event, rule.hourly, viewer, doing)
    last = db.execute("SELECT hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    row = (
        datetime.now(UTC).isoformat(),
        viewer.actor,
        viewer.verified_by,
        event.kind,
        event.subject,
        body,
        event.client_key,
        last[0] if last else _GENESIS,
    )
    cursor = db.execute(
        "INSERT INTO event (at, actor, verified_by, kind, subject, body, client_key, prev_hash, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, _digest(row)),
    )
    return int(cursor.lastrowid or 0)


def _check_proposal(db: sqlite3.Connection, event: Event, proposed: str, viewer: Viewer, doing: str) -> None:
    """Stop where an approval is not of what stands proposed, or not by a second person."""
    seq = event.body[PROPOSAL]
    standing = db.execute(
        "SELECT seq, kind, actor, verified_by FROM event "
        "WHERE kind IN (?, ?) AND subject = ? ORDER BY seq DESC LIMIT 1",
        (proposed, event.kind, event.subject),
    ).fetchone()
    if type(seq) is not int or not standing or standing[:2] != (seq, proposed):
        raise BadInput(doing, "this is not what stands proposed (any more).", "Look at what is proposed now.")
    found, fix = second_person(*standing[2:], viewer)
    if found:
        raise NotAllowed(doing, f"{found}: it stays proposed.", fix)


def _check_pace(db: sqlite3.Connection, event: Event, most: int, viewer: Viewer, doing: str) -> None:
    """Stop where a person has written as many of a kind within the last hour as they may."""
    now = datetime.now(UTC)
    n, first = db.execute(
        "SELECT count(*), min(at) FROM event WHERE kind = ? AND actor = ? AND verified_by = ? AND at > ?",
        (event.kind, viewer.actor, viewer.verified_by, (now - _HOUR).isoformat()),
    ).fetchone()
    if n >= most:
        wait = datetime.fromisoformat(first) + _HOUR - now
        minutes = max(1, -(-wait // timedelta(minutes=1)))
        found = f"{viewer.actor} has done so {n} times within an hour, and {most} are allowed."
        raise NotAllowed(doing, found, f"Ask again in {minutes} minute{'' if minutes == 1 else 's'}.")


_RECORD = "SELECT seq, at, actor, verified_by, kind, subject, body, hash FROM event"


def replay(
    directory: Path, after: int = 0, upto: int | None = None, kinds: Sequence[str] | None = None
) -> list[Record]:
    """Return the log behind a position, in order.

    Parameters
    ----------
    after
        Log position behind which it begins.
    upto
        Last position; the end of the log where None.
    kinds
        Only these; all where None.
    """
    if not (directory / _FILE).exists():
        return []
    some = "" if kinds is None else f" AND kind IN ({', '.join('?' * len(kinds))})"
    with _log(directory) as db:
        found = db.execute(
            f"{_RECORD} WHERE seq > ? AND seq <= ?{some} ORDER BY seq", (after, _end(upto), *(kinds or ()))
        ).fetchall()
    return [_record(row) for row in found]


def about(directory: Path, subject: str) -> list[Record]:
    """Return all records about a subject, in order."""
    if not (directory / _FILE).exists():
        return []
    with _log(directory) as db:
        return _about(db, subject)


def latest(directory: Path, kinds: Sequence[str], upto: int | None = None) -> int:
    """Return the position of the last record of some kinds, up to a position; 0 where there is none."""
    if not (directory / _FILE).exists():
        return 0
    with _log(directory) as db:
        one = "SELECT coalesce(max(seq), 0) FROM event WHERE kind = ? AND seq <= ?"
        return max(db.execute(one, (kind, _end(upto))).fetchone()[0] for kind in kinds)


def _end(upto: int | None) -> int:
    return 2**62 if upto is None else upto


def _about(db: sqlite3.Connection, subject: str) -> list[Record]:
    return [_record(row) for row in db.execute(f"{_RECORD} WHERE subject = ? ORDER BY seq", (subject,))]


def _record(row: tuple[Any, ...]) -> Record:
    seq, at, actor, by, kind, subject, body, digest = row
    return Record(seq, datetime.fromisoformat(at), actor, by, kind, subject, json.loads(body), digest)


def position(directory: Path) -> int:
    """Return the log position: the number of the last record, 0 where there is none."""
    if not (directory / _FILE).exists():
        return 0
    with _log(directory) as db:
        return db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]


def broken_at(directory: Path) -> int | None:
    """Return the first record whose hash does not fit its content or the record before it; None if all fit."""
    if not (directory / _FILE).exists():
        return None
    before = _GENESIS
    with _log(directory) as db:
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
    for r in replay(directory, kinds=["snapshot_pinned", "snapshot_unpinned"]):
        if r.kind == "snapshot_pinned":
            found.setdefault(r.subject, []).append(r.body["reason"])
        else:
            found.pop(r.subject, None)
    return found


def _digest(row: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def _log(directory: Path) -> Generator[sqlite3.Connection]:
    """Open the log; where it cannot be read, say so."""
    try:
        with closing(sqlite3.connect(directory / _FILE, timeout=_BUSY_MS / 1000, isolation_level=None)) as db:
            _write_ahead(db)
            db.execute("PRAGMA synchronous = FULL")
            yield db
    except sqlite3.DatabaseError as e:
        # Its kinds are of other things, a full disk or a rule of the table; but for a log that was emptied.
        if type(e) is not sqlite3.DatabaseError and "no such table" not in str(e):
            raise
        raise BrokenSnapshot("reading the log", f"{_FILE} is damaged ({e}).", "Restore it from a backup.") from e


def _write_ahead(db: sqlite3.Connection) -> None:
    """Let readers and a writer go on beside each other; a log that is new to two processes waits for one of them.

    SQLite waits for every other lock by itself, but not for the one under which the mode changes.
    """
    until = monotonic() + _BUSY_MS / 1000
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as e:
            if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.01)


@contextmanager
def _writing(directory: Path) -> Generator[sqlite3.Connection]:
    with _log(directory) as db:
        db.executescript(_SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
