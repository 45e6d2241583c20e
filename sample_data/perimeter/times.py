"""When things happen: volumes by day and hour, and windows of the story."""

from __future__ import annotations

from datetime import datetime

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


def day_factors(scenario: Scenario, at: pd.DatetimeIndex) -> np.ndarray:
    """Return the traffic of days, 1 on average: weekday, payday, turn of the month."""
    calendar = scenario.calendar
    found = np.array(calendar["weekdays"])[at.day_of_week]
    found = np.where(at.day.isin([25, 26, 27]), found * calendar["payday"], found)
    found = np.where(at.is_month_end | at.is_month_start, found * calendar["month_end"], found)
    return found / found.mean()


def hour_shares(scenario: Scenario) -> np.ndarray:
    """Return the share of a day's traffic in each of its 24 hours."""
    hours = np.array(scenario.calendar["hours"], dtype=float)
    return hours / hours.sum()


def by_profile(scenario: Scenario, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n times of day in seconds, as often as the hours are busy."""
    hour = rng.choice(24, n, p=hour_shares(scenario))
    return (hour + rng.random(n)) * 3600


def log_normal(median: float, quantile: float, z: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n values of the log-normal law with a median and another quantile, z its normal score."""
    return median * np.exp(np.log(quantile / median) / z * rng.standard_normal(n))


def within(at: pd.Series, window: tuple[datetime, datetime]) -> np.ndarray:
    """Say which times lie in [since, until)."""
    return ((at >= window[0]) & (at < window[1])).to_numpy()
