"""Days as text: without their year where nobody can take them for those of another one."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CLEAR = timedelta(days=300)
"""Days no farther than this from the end of the data go without their year."""
_END: ContextVar[date | None] = ContextVar("end", default=None)
"""Day on which the data end, kept beside what is told, as a language would be."""


def tell_from(end: datetime | None, zone: str) -> None:
    """Tell days from here on in this thread as seen from the end of the data.

    Parameters
    ----------
    end
        None: there are no data, so days go without their year.
    zone
        Business zone.
    """
    _END.set(end.astimezone(ZoneInfo(zone)).date() if end else None)


def day(d: date | datetime) -> str:
    """Return a day: ``9 Nov``, or ``9 Nov 2014`` where it lies far from the end of the data.

    Parameters
    ----------
    d
        A day; of a time its own, in the zone that it has.

    Examples
    --------
    >>> day(date(2026, 11, 9))
    '9 Nov'
    """
    return f"{d.day} {d:%b %Y}" if _far(d) else f"{d.day} {d:%b}"


def between(first: date, last: date) -> str:
    """Return a run of days, the last included: ``9 Nov``, ``9–11 Nov``, ``30 Oct to 2 Nov``."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return f"{day(first)} to {day(last)}"


def ticks(first: date | datetime | None) -> str:
    """Return the format of the days below a picture whose first one is given, below the day its year if need be."""
    return "%-d %b<br>%Y" if first is not None and _far(first) else "%-d %b"


def _far(d: date | datetime) -> bool:
    end, of_day = _END.get(), d.date() if isinstance(d, datetime) else d
    return end is not None and abs(of_day - end) > CLEAR
