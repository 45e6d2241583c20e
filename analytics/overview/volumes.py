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
_MOMENT = np.timedelta64(1, "us")
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

    @cached_property
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
        at = self._at - _hour_of(grid[:1])
        keep = (at >= 0) & (at < len(grid))
        return np.asarray(np.bincount(at[keep], self._floats(column)[keep], len(grid)), dtype=np.float64)

    @cached_property
    def _at(self) -> NDArray[np.int64]:
        return _hour_of(self.rows["hour"])

    def _floats(self, column: str) -> Floats:
        return self.rows[column].to_numpy(dtype=np.float64)

    def noise(self, column: str, grid: pd.DatetimeIndex) -> Floats:
        """Return the standard deviation of events or acted hour by hour: n rows that stand for W events vary by W ÷ √n.

        Volumes that came as counts do not vary.
        """
        rows = self.hours(f"{column}_rows", grid)
        sampled = self.hours(column, grid) - self.hours(f"{column}_counted", grid)
        return np.maximum(sampled, 0.0) / np.sqrt(np.maximum(rows, 1.0))

    def sum(self, column: str, since: datetime | None, until: datetime | None) -> float:
        """Return the sum of a column over a window; an hour that the window cuts counts by the part inside.

        The last hour of the data ends with the data.
        """
        start = self.rows["hour"].to_numpy().astype("datetime64[us]")
        last = np.maximum(start + _MOMENT, _naive(self.until))
        end = np.minimum(start + np.timedelta64(HOUR), last)
        first = np.maximum(start, _naive(since)) if since else start
        until_then = np.minimum(end, _naive(until)) if until else end
        part = np.maximum((until_then - first) / (end - start), 0.0)
        return float((self._floats(column) * part).sum())

    def days(self) -> pd.DataFrame:
        """Return one row a business day from the first to the last.

        Its columns are day, events, unscored, acted, guarded, checked and whole. A day is whole where the data began
        before it and ends after it.
        """
        return self._daily

    @cached_property
    def _daily(self) -> pd.DataFrame:
        if self.rows.empty:
            counts = dict.fromkeys((*COLUMNS, "checked"), "float64")
            types = {"day": "datetime64[us]", **counts, "whole": "bool"}
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
        first = int(self._at.min())
        hours = pd.DatetimeIndex(np.arange(first, self._at.max() + 1).astype("datetime64[h]").astype("datetime64[us]"))
        local = hours.tz_localize(UTC).tz_convert(self.zone).tz_localize(None)
        end = pd.Timestamp(self.until.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None))
        days = pd.DatetimeIndex([local[0], local[-1], end]).normalize()
        every = pd.date_range(days.min(), days.max(), freq="D", name="day", unit="us")
        day = every.get_indexer(local.normalize())[self._at - first]
        summed = {c: np.bincount(day, self._floats(c), len(every)) for c in COLUMNS}
        summed["checked"] = summed["events"] - summed["unscored"]
        return pd.DataFrame({"day": every, **summed, "whole": (every >= local[0]) & (every + DAY <= end)})

    def whole(self) -> pd.DataFrame:
        """Return the rows of ``days`` that are whole."""
        return self._daily[self._daily["whole"].to_numpy()]

    def whole_days(self, column: str, since: datetime, until: datetime) -> pd.Series:
        """Return a column of the whole business days inside [since, until), by their midnights."""
        found = self.days()
        first, end = (np.datetime64(t.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)) for t in (since, until))
        day, whole = found["day"].to_numpy(), found["whole"].to_numpy()
        keep = whole & (day >= first) & (day + np.timedelta64(DAY) <= end)
        return pd.Series(found[column].to_numpy(dtype=np.float64)[keep], pd.DatetimeIndex(day[keep]))

    def length(self, since: datetime | None, until: datetime | None) -> float:
        """Return how many days of a window lie between the first event and the end of the data."""
        if self.rows.empty:
            return 0.0
        first = self.rows["hour"].min().to_pydatetime().replace(tzinfo=UTC)
        start, end = max(first, since or first), min(self.until, until or self.until)
        return max((end - start) / DAY, 0.0)


def _naive(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None))


def _hour_of(hours: pd.Series | pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return hours as numbers, counted from 1970."""
    return hours.to_numpy().astype("datetime64[h]").astype(np.int64)
