"""The scope and its text form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import BadInput
from analytics.scope import Scope, iso, parse_time, parse_where

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
NAMES = st.text(min_size=1)
COLUMNS = st.sampled_from(["region", "segment", "s.family", "s.a_1"])


@given(
    st.none() | NAMES,
    st.none() | NAMES,
    st.lists(TIMES, min_size=2, max_size=2, unique=True),
    st.lists(st.tuples(COLUMNS, st.text()), max_size=3),
    st.none() | TIMES,
)
def test_text_brings_back_the_same_scope(
    model: str | None, version: str | None, window: list[datetime], where: list[tuple[str, str]], known: datetime | None
) -> None:
    scope = Scope(model, version, min(window), max(window), tuple(where), None, known)
    assert Scope.from_text(scope.to_text()) == scope


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T14:00:00+01:00", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("2026-11-23T14:00:00.5Z", datetime(2026, 11, 23, 14, microsecond=500_000, tzinfo=UTC)),
    ],
)
def test_times_are_utc(text: str, time: datetime) -> None:
    assert parse_time(text) == time
    assert parse_time(iso(time.astimezone(timezone(timedelta(hours=5))))) == time


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"]
)
def test_what_is_no_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="ISO 8601"):
        parse_time(text)


def test_windows_and_slices_are_checked() -> None:
    with pytest.raises(BadInput, match="before the end"):
        Scope(since=datetime(2026, 1, 2, tzinfo=UTC), until=datetime(2026, 1, 2, tzinfo=UTC))
    for column in ("payload", 's."x', "s.Family", "score; DROP TABLE models", "s."):
        with pytest.raises(BadInput, match="slice"):
            Scope(where=((column, "x"),))
    assert parse_where("region==a=b") == ("region", "=a=b")
    with pytest.raises(BadInput, match="column=value"):
        parse_where("region")
