"""Windows of whole days in the business zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def last_days(days: int, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the window of the last days up to and including the one that ``now`` ends, in UTC.

    Parameters
    ----------
    days
        How many days, a running one included.
    now
        The end of the data (never the wall clock), aware.
    zone
        IANA name of the business zone, in which days are cut.
    """
    today = (now - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    return between(today - timedelta(days=days - 1), today, zone)


def between(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Return the window from the start of a day to the end of another, both of the business zone."""
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def midnight(day: date, zone: str) -> datetime:
    """Return the start of a day of the business zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days(since: datetime, until: datetime, zone: str) -> tuple[date, date]:
    """Return the first and the last day that a window touches, in the business zone."""
    tz = ZoneInfo(zone)
    return since.astimezone(tz).date(), (until - timedelta(microseconds=1)).astimezone(tz).date()
