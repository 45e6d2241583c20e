"""When things happen: volumes by day and hour, and windows of the story."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from sample_data.perimeter.scenario import Scenario

DAY_S = 86_400


def days(scenario: Scenario, end: datetime) -> pd.DatetimeIndex:
    """Return the midnights (UTC) of the sampled days."""
    return pd.date_range(end=end, periods=scenario.sample["days"] + 1, freq="D", inclusive="left")


def midnight(at: datetime) -> datetime:
    """Return the start of a time's day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def day_factors(rhythm: dict[str, Any], at: pd.DatetimeIndex) -> np.ndarray:
    """Return how busy days are in a rhythm, 1 on average: weekday, payday, turn of the month."""
    found = np.array(rhythm["weekdays"])[at.day_of_week]
    found = np.where(at.day.isin([25, 26, 27]), found * rhythm["payday"], found)
    found = np.where(at.is_month_end | at.is_month_start, found * rhythm["month_end"], found)
    return found / found.mean()


def hour_shares(scenario: Scenario, rhythm: dict[str, Any], region: str, day: pd.DatetimeIndex) -> np.ndarray:
    """Return the share of a region's day in each hour of UTC, by the region's own clock: (days, 24)."""
    hours = np.array(rhythm["hours"], dtype=float)
    local = (np.arange(24) + ahead(scenario, region, day)[:, None]) % 24
    return hours[local] / hours.sum()


def ahead(scenario: Scenario, region: str, day: pd.DatetimeIndex) -> np.ndarray:
    """Return by how many hours the clocks of a region are ahead of UTC on days, by their noon."""
    noon = day + pd.Timedelta(hours=12)
    local = noon.tz_convert(scenario.calendar["clocks"][region])
    return ((local.tz_localize(None) - noon.tz_localize(None)) / pd.Timedelta(hours=1)).to_numpy(dtype=int)


def by_profile(
    scenario: Scenario, rhythm: dict[str, Any], day: pd.Series, region: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return a time of day (UTC) in seconds for each day and region, as often as the hours are busy there."""
    hours = np.array(rhythm["hours"], dtype=float)
    local = rng.choice(24, len(day), p=hours / hours.sum())
    place, distinct = pd.factorize(day)
    for name in scenario.regions:
        mine = region == name
        local[mine] -= ahead(scenario, name, pd.DatetimeIndex(distinct))[place[mine]]
    return (local % 24 + rng.random(len(day))) * 3600


def log_normal(median: float, quantile: float, z: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n values of the log-normal law with a median and another quantile, z its normal score."""
    return median * np.exp(np.log(quantile / median) / z * rng.standard_normal(n))


def within(at: pd.Series, window: tuple[datetime, datetime]) -> np.ndarray:
    """Say which times lie in [since, until)."""
    return ((at >= window[0]) & (at < window[1])).to_numpy()
