"""Which days of a window can be compared: whole ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.scope import Scope
from analytics.warehouse.reader import Reader

_LAST_HOUR = timedelta(hours=1)


def running(reader: Reader) -> date | None:
    """Return the day of the business zone in which the data ends; None where it reaches into that day's last hour."""
    until = reader.snapshot.data_until
    if until is None:
        return None
    day = (until - timedelta(microseconds=1)).astimezone(ZoneInfo(reader.snapshot.zone)).date()
    return day if until < midnight(day + timedelta(days=1), reader.snapshot.zone) - _LAST_HOUR else None


def whole(reader: Reader, scope: Scope) -> Scope:
    """Return the scope without the running day.

    A window that lies in that day alone, or ends before the data does, is what somebody asked for: it stays.
    """
    day, until = running(reader), reader.snapshot.data_until
    if day is None or until is None or (scope.until and scope.until <= until):
        return scope
    start = midnight(day, reader.snapshot.zone)
    return scope if scope.since and scope.since >= start else replace(scope, until=start)


def last_day(reader: Reader) -> date | None:
    """Return the last day that is over, as far as the data of all models go; None without data."""
    until = reader.snapshot.data_until
    if until is None:
        return None
    day = (until - timedelta(microseconds=1)).astimezone(ZoneInfo(reader.snapshot.zone)).date()
    return day if running(reader) is None else day - timedelta(days=1)


def days(scope: Scope, zone: str) -> tuple[date, date]:
    """Return the first and the last day of a window; where it is open, the first and the last that there can be."""
    tz = ZoneInfo(zone)
    first = scope.since.astimezone(tz).date() if scope.since else date.min
    last = (scope.until - timedelta(microseconds=1)).astimezone(tz).date() if scope.until else date.max
    return first, last


def midnight(day: date, zone: str) -> datetime:
    """Return the start of a day of the business zone."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
