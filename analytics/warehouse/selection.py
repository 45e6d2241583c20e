"""A scope as SQL conditions with bound values: the only place where a scope meets column names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analytics.scope import Scope
from analytics.warehouse.sql import identifier, literal


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE clause and what is bound to it."""

    sql: str
    values: dict[str, Any]


def condition(scope: Scope, columns: set[str] | None = None, window: bool = True) -> Condition:
    """Return the condition that a scope puts on single detections or labelled rows.

    Parameters
    ----------
    scope
        Its slice columns were checked when it was made.
    columns
        Columns that the table has; a slice on another one selects nothing. None: it has them all.
    window
        Whether the window is part of it.
    """
    parts, values = [], {}
    for name, column in (("model", "model_id"), ("version", "model_version")):
        if (value := getattr(scope, name)) is not None:
            parts.append(f"{column} = ${name}")
            values[name] = value
    if window and scope.since:
        parts.append("occurred_at >= $since")
        values["since"] = naive(scope.since)
    if window and scope.until:
        parts.append("occurred_at < $until")
        values["until"] = naive(scope.until)
    for i, (column, value) in enumerate(scope.where):
        if columns is not None and column not in columns:
            parts.append("false")
            continue
        parts.append(f"{identifier(column)} = $where_{i}")
        values[f"where_{i}"] = value
    return Condition(" AND ".join(parts) or "true", values)


def naive(time: datetime) -> datetime:
    """Return an aware time as the UTC time without a zone that the tables hold."""
    return time.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Window:
    """A window cut into whole days of the business zone and what is left at its ends."""

    first_day: date | None
    """First whole day; None: from the beginning."""
    end_day: date | None
    """First day that is not whole any more; None: to the end."""
    edges: tuple[tuple[datetime, datetime], ...]
    """Parts of days at the ends, [since, until) in UTC without a zone."""


def cut(since: datetime | None, until: datetime | None, zone: str) -> Window:
    """Cut a window [since, until) at the midnights of a zone."""
    tz = ZoneInfo(zone)
    since, until = (t.astimezone(UTC) if t else None for t in (since, until))
    first = end = None
    edges: list[tuple[datetime, datetime]] = []
    if since:
        first = since.astimezone(tz).date()
        if since != _midnight(first, tz):
            first += timedelta(days=1)
    if until:
        end = until.astimezone(tz).date()
    if since and until and first and end and first > end:
        return Window(first, first, ((naive(since), naive(until)),))
    if since and first and since < _midnight(first, tz):
        edges.append((naive(since), naive(_midnight(first, tz))))
    if until and end and until > _midnight(end, tz):
        edges.append((naive(_midnight(end, tz)), naive(until)))
    return Window(first, end, tuple(edges))


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)  # as UTC: a wall time may come twice


def split(by: str | None, columns: set[str], zone: str) -> str:
    """Return SQL for the value by which rows are split: nothing, "day", "week" or a slice column.

    A slice column that the table does not have gives NULL for every row.
    """
    if by in ("day", "week"):
        day = business_day("occurred_at", zone)
        return day if by == "day" else f"CAST(date_trunc('week', {day}) AS DATE)"
    if by is None:
        return "CAST(NULL AS TINYINT)"
    return identifier(by) if by in columns else "CAST(NULL AS VARCHAR)"


def business_day(time: str, zone: str) -> str:
    """Return SQL for the day of a UTC time in the business zone, an IANA name that was checked."""
    if zone == "UTC":
        return f"CAST({time} AS DATE)"
    return f"CAST(timezone({literal(zone)}, timezone('UTC', {time})) AS DATE)"
