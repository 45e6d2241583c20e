"""Days of the business zone, whole and cut, over a clock change; noise, sums and lengths by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.overview.volumes import Volumes

Make = Callable[..., Volumes]
BERLIN = "Europe/Berlin"


def hourly(n: int, **more: np.ndarray) -> dict[str, np.ndarray]:
    """One event an hour."""
    return {"events": np.ones(n), **more}


def test_days_over_a_clock_change_have_25_and_23_hours(volumes: Make) -> None:
    autumn = volumes({"": hourly(24 * 4 + 1)}, start=datetime(2026, 10, 22, 22, tzinfo=UTC), zone=BERLIN)
    days = autumn.days()
    assert days["day"].dt.strftime("%m-%d").tolist() == ["10-23", "10-24", "10-25", "10-26", "10-27"]
    assert days["events"].tolist() == [24, 24, 25, 24, 0]
    assert days["whole"].tolist() == [True, True, True, True, False]
    spring = volumes({"": hourly(24 * 3 - 1)}, start=datetime(2026, 3, 27, 23, tzinfo=UTC), zone=BERLIN).days()
    assert spring.query("whole")["events"].tolist() == [24, 23, 24]


def test_a_day_is_whole_if_the_data_began_before_it_and_ends_after_it(volumes: Make) -> None:
    seen = volumes({"": hourly(24 * 3)}, start=datetime(2026, 8, 3, 6, tzinfo=UTC))
    days = seen.days()
    assert days["events"].tolist() == [18, 24, 24, 6]
    assert days["whole"].tolist() == [False, True, True, False]
    first, end = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 8, 9, tzinfo=UTC)
    assert seen.whole_days("events", first, end).tolist() == [24, 24]
    cut = datetime(2026, 8, 4, 1, tzinfo=UTC)
    assert seen.whole_days("events", cut, end).tolist() == [24]
    assert seen.whole_days("events", first, cut).tolist() == []


def test_what_was_not_scored_was_not_checked(volumes: Make) -> None:
    lost = np.array([24 * [0], 24 * [0.25], 24 * [1]]).ravel()
    assert volumes({"": hourly(24 * 3, unscored=lost)}).days()["checked"].tolist() == [24, 18, 0, 0]


def test_a_day_without_events_is_there_and_empty(volumes: Make) -> None:
    seen = volumes({"": {"events": np.array([1] + 47 * [0] + [2] + 23 * [0])}})
    assert seen.days()["events"].tolist() == [1, 0, 2, 0]
    assert seen.days()["whole"].tolist() == [True, True, True, False]


def test_sums_lengths_and_the_grid(volumes: Make) -> None:
    seen = volumes({"A": hourly(48), "B": hourly(24, acted=np.full(24, 0.5))}, minutes=30)
    at = [datetime(2026, 8, 3, tzinfo=UTC) + timedelta(hours=h) for h in (0, 12, 24, 48)]
    assert (seen.sum("events", None, None), seen.sum("acted", None, None)) == (72, 12)
    assert seen.sum("events", at[1], at[2]) == 24
    assert seen.of(frozenset({"B"})).sum("events", at[1], None) == 12
    assert seen.regions() == ["A", "B"]
    assert len(seen.grid) == 48
    assert seen.length(None, None) == pytest.approx(2 + 0.5 / 24)
    assert seen.length(at[1], at[2]) == 0.5
    assert seen.length(at[3] + timedelta(days=3), None) == 0


def test_of_an_hour_that_a_window_cuts_its_part_counts(volumes: Make) -> None:
    seen = volumes({"": {"events": np.array([60.0, 120.0, 30.0])}})
    end = seen.until - timedelta(minutes=30)
    seen = Volumes(seen.rows, end, "UTC")  # the last hour is half an hour long
    start = datetime(2026, 8, 3, tzinfo=UTC)

    def total(first: int, last: int) -> float:
        return seen.sum("events", start + timedelta(minutes=first), start + timedelta(minutes=last))

    assert total(0, 10) == pytest.approx(10)
    assert total(5, 10) == pytest.approx(5)
    assert total(50, 70) == pytest.approx(10 + 20)
    assert total(120, 135) == pytest.approx(15)
    assert total(120, 400) == pytest.approx(30)
    assert (total(-60, 0), total(400, 500)) == (0, 0)
    assert seen.sum("events", None, None) == 210


def test_noise_is_of_the_rows_and_not_of_the_counts(volumes: Make) -> None:
    """100 rows for 1,000 events vary by 100, 4 rows for 1,000 by 500, counts not at all."""
    given = {
        "events": np.array([1000, 1000, 1000, 1500.0]), "events_rows": np.array([100, 4, 0, 4.0]),
        "events_counted": np.array([0, 0, 1000, 500.0]),
    }  # fmt: skip
    seen = volumes({"": given})
    assert seen.noise("events", seen.grid).tolist() == [100, 500, 0, 500]


def test_no_volumes_at_all() -> None:
    empty = pd.DataFrame({"hour": pd.Series(dtype="datetime64[us]"), "region": pd.Series(dtype="str")})
    none = Volumes(empty, datetime(2026, 8, 3, tzinfo=UTC), "UTC")
    assert none.days().empty
    assert none.days().query("whole")["acted"].tolist() == []
    assert none.length(None, None) == 0
