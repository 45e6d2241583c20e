"""Days as text: with their year where they lie far from the end of the data, in either direction."""

from __future__ import annotations

from contextvars import copy_context
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import dates

END = date(2026, 2, 1)


def told(end: date | None, what: str, *given_to: date) -> str:
    """Tell something as seen from the end of the data, and leave nothing of it behind."""

    def tell() -> str:
        dates.tell_from(datetime.combine(end, time(12), UTC) if end else None, "UTC")
        return getattr(dates, what)(*given_to)

    return copy_context().run(tell)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 1, 9), date(2026, 1, 9), "9 Jan"),
        (date(2026, 1, 9), date(2026, 1, 11), "9–11 Jan"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Dec to 2 Jan"),
        (date(2014, 4, 9), date(2014, 4, 11), "9–11 Apr 2014"),
        (date(2014, 4, 25), date(2026, 2, 1), "25 Apr 2014 to 1 Feb"),
        (date(2013, 10, 7), date(2014, 4, 27), "7 Oct 2013 to 27 Apr 2014"),
    ],
)
def test_runs_of_days(first: date, last: date, text: str) -> None:
    assert told(END, "between", first, last) == text


def test_of_a_time_its_own_day_counts() -> None:
    assert told(END, "day", datetime(2026, 1, 9, 23, 30, tzinfo=UTC)) == "9 Jan"
    assert told(END, "day", datetime(2014, 1, 9, tzinfo=UTC)) == "9 Jan 2014"


def test_where_no_end_is_known_no_year_is_told() -> None:
    assert told(None, "day", date(1999, 1, 9)) == "9 Jan"
    assert told(None, "ticks", date(1999, 1, 9)) == "%-d %b"
    assert told(END, "ticks", date(2014, 1, 9)) == "%-d %b<br>%Y"
    assert told(END, "ticks", date(2025, 12, 9)) == "%-d %b"


def test_the_end_is_a_day_of_the_business_zone() -> None:
    """300 days before the end are the last without a year; by Singapore's clock the data ended a day later."""

    def tell(zone: str) -> str:
        dates.tell_from(datetime(2026, 1, 31, 20, tzinfo=UTC), zone)
        return dates.day(date(2025, 4, 6))

    assert copy_context().run(tell, "UTC") == "6 Apr"
    assert copy_context().run(tell, "Asia/Singapore") == "6 Apr 2025"


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(-5000, 5000))
def test_two_days_that_read_alike_are_one(end: date, days: int) -> None:
    """Whatever is told without its year can be no other day than the one meant, seen from the end of the data."""
    one = end - timedelta(days=10)
    other = one + timedelta(days=days)
    assert (told(end, "day", one) == told(end, "day", other)) == (one == other)
