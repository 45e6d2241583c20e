"""Hourly volumes of a version in use (or of all of them), summed by day of the business zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COLUMNS = ("events", "unscored", "acted", "guarded")


@dataclass(frozen=True)
class Volumes:
    """Events hour by hour; ``rows`` as ``queries.hours`` gives them, hours in naive UTC.

    Sums by hour and by day are worked out once; frames that are returned must not be changed.
    """

    rows: pd.DataFrame
    until: datetime
    """End of the data."""
    zone: str

    @property
    def grid(self) -> pd.DatetimeIndex:
        """Every whole hour from the first event to the end of the data."""
        end = pd.Timestamp(self.until.astimezone(UTC).replace(tzinfo=None)).floor("h")
        first = self.rows["hour"].min()
        return pd.date_range(first, max(end - HOUR, first), freq="h")

    def regions(self) -> list[str]:
        """Return the regions, sorted."""
        return sorted(self.rows["region"].unique())

    def of(self, regions: frozenset[str]) -> Volumes:
        """Return the volumes of some regions, over the same hours."""
        return Volumes(self.rows[self.rows["region"].isin(regions)], self.until, self.zone)

    def hours(self, column: str, grid: pd.DatetimeIndex) -> Floats:
        """Return a column hour by hour, 0 where nothing is told."""
        return self._hourly[column].reindex(grid, fill_value=0.0).to_numpy(dtype=np.float64)

    @cached_property
    def _hourly(self) -> pd.DataFrame:
        return self.rows.groupby("hour").sum(numeric_only=True)

    def noise(self, column: str, grid: pd.DatetimeIndex) -> Floats:
        """Return the standard deviation of events or acted hour by hour: n rows that stand for W events vary by W ÷ √n.

        Volumes that came as counts do not vary.
        """
        rows = self.hours(f"{column}_rows", grid)
        sampled = self.hours(column, grid) - self.hours(f"{column}_counted", grid)
        return np.maximum(sampled, 0.0) / np.sqrt(np.maximum(rows, 1.0))

    def sum(self, column: str, since: datetime | None, until: datetime | None) -> float:
        """Return the sum of a column over a window of whole hours."""
        keep = pd.Series(True, index=self.rows.index)
        if since:
            keep &= self.rows["hour"] >= _naive(since)
        if until:
            keep &= self.rows["hour"] < _naive(until)
        return float(self.rows.loc[keep, column].sum())

    def days(self) -> pd.DataFrame:
        """Return one row a business day from the first to the last: day, events, unscored, acted, guarded, whole.

        A day is whole where the data began before it and ends after it.
        """
        return self._daily

    @cached_property
    def _daily(self) -> pd.DataFrame:
        if self.rows.empty:
            types = {"day": "datetime64[us]", **dict.fromkeys(COLUMNS, "float64"), "whole": "bool"}
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
        hours = self.rows["hour"].dt.tz_localize(UTC).dt.tz_convert(self.zone).dt.tz_localize(None)
        local = hours.dt.normalize()
        end = pd.Timestamp(self.until.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None))
        last = pd.Timestamp(self.until.astimezone(ZoneInfo(self.zone)).date())
        every = pd.date_range(local.min(), max(last, local.max()), freq="D")
        summed = self.rows.groupby(local)[list(COLUMNS)].sum().reindex(every, fill_value=0.0)
        return summed.rename_axis("day").reset_index().assign(whole=(every >= hours.min()) & (every + DAY <= end))

    def whole_days(self, column: str, since: datetime, until: datetime) -> Floats:
        """Return a column of the whole business days inside [since, until)."""
        found = self.days()
        first, end = (t.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) for t in (since, until))
        keep = found["whole"] & (found["day"] >= first) & (found["day"] + DAY <= end)
        return found.loc[keep, column].to_numpy(dtype=np.float64)

    def length(self, since: datetime | None, until: datetime | None) -> float:
        """Return how many days of a window lie between the first event and the end of the data."""
        if self.rows.empty:
            return 0.0
        first = self.rows["hour"].min().to_pydatetime().replace(tzinfo=UTC)
        start, end = max(first, since or first), min(self.until, until or self.until)
        return max((end - start) / DAY, 0.0)


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
