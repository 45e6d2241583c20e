"""What people recorded about the overview: when it was last reviewed, and who takes on what until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.errors import BadInput
from analytics.scope import iso, parse_time
from analytics.viewer import Viewer
from analytics.warehouse import Event, record, replay

SUBJECT = "perimeter"
"""What reviews are about."""
DAYS = 7
"""What is compared where no review was recorded."""
FRIDAY, EVENING = 4, 18
SHIFTS = (6, 14, 22)
"""Hours of the business zone at which a shift begins; each lasts until the next one."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody takes something on."""

    owner: str
    due: date
    note: str
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


def taken_on(taken: dict[str, Assignment], subjects: Iterable[str]) -> Assignment | None:
    """Return who has taken on a thing that has had several names; the first that somebody took on counts."""
    return next((taken[subject] for subject in subjects if subject in taken), None)
