"""Hours of UTC by the clocks of the regions, on the days around the change to winter time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sample_data.perimeter import load
from sample_data.perimeter.times import ahead, by_profile, hour_shares

SCENARIO = load()
RHYTHM = SCENARIO.rhythms["customers"]
DAYS = pd.DatetimeIndex(["2026-10-24", "2026-10-25", "2026-11-01"], tz="UTC")


@pytest.mark.parametrize(
    ("region", "hours"), [("EMEA", [2, 1, 1]), ("UK", [1, 0, 0]), ("Americas", [-4, -4, -5]), ("APAC", [8, 8, 8])]
)
def test_clocks_go_back_where_they_do(region: str, hours: list[int]) -> None:
    assert ahead(SCENARIO, region, DAYS).tolist() == hours
    shares = hour_shares(SCENARIO, RHYTHM, region, DAYS)
    assert shares.sum(axis=1) == pytest.approx(1)
    # The quietest hour of every clock is three in the morning.
    assert ((shares.argmin(axis=1) + hours) % 24).tolist() == [3, 3, 3]


def test_times_are_drawn_as_the_shares_say() -> None:
    n = 20_000
    rng = np.random.default_rng(1)
    region = rng.choice(np.array(["EMEA", "APAC"], dtype=object), n)
    day = pd.Series(DAYS[rng.integers(2, size=n)])
    hour = by_profile(SCENARIO, RHYTHM, day, region, rng) // 3600
    for name in ("EMEA", "APAC"):
        for i in range(2):
            mine = (region == name) & (day == DAYS[i]).to_numpy()
            found = np.bincount(hour[mine].astype(int), minlength=24) / mine.sum()
            assert np.abs(found - hour_shares(SCENARIO, RHYTHM, name, DAYS)[i]).max() < 0.015
