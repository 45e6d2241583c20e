"""What people recorded about the overview: its last review, who takes on what, and what is accepted until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from analytics.errors import BadInput
from analytics.scope import iso, parse_time
from analytics.viewer import Viewer
from analytics.warehouse import Event, record, record_all, replay

SUBJECT = "perimeter"
"""What reviews are about."""
DAYS = 7
"""What is compared where no review was recorded."""
FRIDAY, EVENING = 4, 18
SHIFTS = (6, 14, 22)
"""Hours of the business zone at which a shift begins; each lasts until the next one."""
LONGEST = timedelta(days=90)
"""For which a thing can be accepted at once: who wants it longer looks at it again."""
ACCEPTED, REOPENED = "attention_accepted", "attention_reopened"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody takes something on."""

    owner: str
    due: date
    note: str
    by: str
    """Who recorded it."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody lives with something until a day, behind which it wants attention again."""

    until: date
    """The last day (business zone) of it."""
    reason: str
    meanwhile: str
    """What protects as long."""
    by: str
    """Who recorded it."""


def last_review(directory: Path, now: datetime) -> datetime | None:
    """Return when the last recorded review before the end of the data was held; None without one."""
    held = [parse_time(r.body["held_at"]) for r in replay(directory, kinds=["review_held"])]
    return max((t for t in held if t < now), default=None)


def starts(directory: Path, now: datetime, zone: str) -> dict[str, datetime]:
    """Return what may be compared: name -> start, the default first.

    Parameters
    ----------
    now
        The end of the data, never the wall clock.
    zone
        Business zone in which Friday evening is, and shifts begin.
    """
    review = last_review(directory, now)
    local = now.astimezone(ZoneInfo(zone))
    friday = (local - timedelta(days=(local.weekday() - FRIDAY) % 7)).replace(
        hour=EVENING, minute=0, second=0, microsecond=0
    )
    if friday >= local:
        friday -= timedelta(days=7)
    found = {"review": review} if review else {}
    return {
        **found,
        "week": now - timedelta(days=DAYS),
        "friday": friday.astimezone(UTC),
        "shift": last_shift(now, zone),
    }


def last_shift(now: datetime, zone: str) -> datetime:
    """Return when the last shift began that is over: who takes over sees the whole of it, and what came since.

    Parameters
    ----------
    now, zone
        As ``starts`` takes them. Where clocks change a shift is an hour longer or shorter; it begins by the clock.

    Examples
    --------
    >>> last_shift(datetime(2026, 11, 23, 13, tzinfo=UTC), "UTC").isoformat()
    '2026-11-22T22:00:00+00:00'
    """
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    days = [today - timedelta(days=1), today]
    began = [datetime.combine(day, time(hour), local).astimezone(UTC) for day in days for hour in SHIFTS]
    return [start for start in began if start <= now][-2]


def hold_review(directory: Path, viewer: Viewer, held_at: datetime, note: str, key: str) -> int:
    """Record that the overview was reviewed; return the log position.

    Raises
    ------
    NotAllowed
        The viewer may not record this.
    """
    return record(directory, Event("review_held", SUBJECT, {"held_at": iso(held_at), "note": note}, key), viewer)


def assign(directory: Path, viewer: Viewer, subject: str, given: Assignment, key: str) -> int:
    """Record who takes something on until when; the latest record holds.

    Raises
    ------
    BadInput
        Nobody is named.
    NotAllowed
        The viewer may not record this.
    """
    if not given.owner.strip():
        raise BadInput("recording who takes it on", "nobody is named.", "Give a name.")
    body = {"owner": given.owner.strip(), "due": given.due.isoformat(), "note": given.note.strip()}
    return record(directory, Event("attention_assigned", subject, body, key), viewer)


def assignments(directory: Path) -> dict[str, Assignment]:
    """Return who has taken on what, by subject."""
    return {
        r.subject: Assignment(r.body["owner"], date.fromisoformat(r.body["due"]), r.body["note"], r.actor)
        for r in replay(directory, kinds=["attention_assigned"])
    }


def accept(directory: Path, viewer: Viewer, subject: str, given: Acceptance, today: date, key: str) -> int:
    """Record that something is accepted until a day; the latest record holds.

    Parameters
    ----------
    today
        The last day of the data.

    Raises
    ------
    BadInput
        No reason or no protection is named, or the day is over or too far away.
    NotAllowed
        The viewer may not record this.
    """
    doing, reason, meanwhile = "accepting it", given.reason.strip(), given.meanwhile.strip()
    if not reason or not meanwhile:
        raise BadInput(doing, "it is not said why, or not what protects meanwhile.", "Say both.")
    if not today <= given.until <= today + LONGEST:
        found = f"{given.until} is not within the next {LONGEST.days} days of the data, which end on {today}."
        raise BadInput(doing, found, "Give a day within them; it can be accepted anew then.")
    body = {"until": given.until.isoformat(), "reason": reason, "meanwhile": meanwhile}
    return record(directory, Event(ACCEPTED, subject, body, key), viewer)


def reopen(directory: Path, viewer: Viewer, subjects: Iterable[str], reason: str, key: str) -> list[int]:
    """Record that something is not accepted any more, under each of its names that is; return the log positions.

    Raises
    ------
    NotAllowed
        The viewer may not record this.
    """
    accepted = acceptances(directory)
    body = {"reason": reason.strip()}
    events = [Event(REOPENED, s, body, f"{key}/{i}") for i, s in enumerate(subjects) if s in accepted]
    return record_all(directory, events, viewer)


def acceptances(directory: Path) -> dict[str, Acceptance]:
    """Return what was accepted last and not reopened, by subject; that the day is over does not take it away."""
    found: dict[str, Acceptance] = {}
    for r in replay(directory, kinds=[ACCEPTED, REOPENED]):
        if r.kind == REOPENED:
            found.pop(r.subject, None)
        else:
            until = date.fromisoformat(r.body["until"])
            found[r.subject] = Acceptance(until, r.body["reason"], r.body["meanwhile"], r.actor)
    return found


def standing(log: Mapping[str, T], subjects: Iterable[str]) -> T | None:
    """Return what is recorded of a thing that has had several names; the first of which something is counts."""
    return next((log[subject] for subject in subjects if subject in log), None)
