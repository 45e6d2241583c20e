"""Slices that had far more of a model's alarms for some days, as happenings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.efficacy.queries import LABELLED_COLUMNS
from analytics.overview import episodes, queries
from analytics.overview.episodes import FLANK, Episode
from analytics.overview.results import Happening
from analytics.overview.volumes import Floats, Volumes
from analytics.scope import Scope
from analytics.warehouse.trace import Trace


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of one slice that belong together."""

    column: str
    value: str
    episode: Episode
    midnights: tuple[datetime, ...]
    """Of every whole day of the data, and of the day behind the last."""
    mine: Floats
    """Rows acted on by day, in the slice,"""
    others: Floats
    """and in the rest."""

    @property
    def start(self) -> datetime:
        """Midnight of the first day."""
        return self.midnights[self.episode.first]

    @property
    def end(self) -> datetime:
        """Midnight behind the last."""
        return self.midnights[self.episode.end]


def found(volumes: Volumes, told: pd.DataFrame) -> list[Days]:
    """Return the episodes of one model, of those that overlap the clearest, oldest first.

    Parameters
    ----------
    volumes
        Of the model: its whole days are looked at.
    told
        The model's rows of ``queries.slices``.
    """
    days = pd.DatetimeIndex(volumes.days().query("whole")["day"])
    if told.empty or days.empty:
        return []
    zone = ZoneInfo(volumes.zone)
    midnights = tuple(d.to_pydatetime().replace(tzinfo=zone) for d in (*days, days[-1] + pd.Timedelta(days=1)))
    every = told.assign(day=pd.to_datetime(told["day"]))
    clearest: list[Days] = []
    for column, rows in every.groupby("slice_column"):
        table = rows.pivot_table(index="day", columns="slice_value", values="rows", aggfunc="sum")
        table = table.reindex(days).fillna(0.0)
        whole = table.to_numpy(dtype=np.float64).sum(axis=1)
        for value in table.columns:
            mine = table[value].to_numpy(dtype=np.float64)
            others = whole - mine
            own = episodes.episodes(mine, others)
            clearest += [Days(str(column), str(value), episode, midnights, mine, others) for episode in own]
    kept: list[Days] = []
    for d in sorted(clearest, key=lambda d: -d.episode.far):
        if all(d.end <= k.start or k.end <= d.start for k in kept):
            kept.append(d)
    return sorted(kept, key=lambda d: d.start)


def described(trace: Trace, volumes: Volumes, days: Days, service: str, scope: Scope) -> Happening:
    """Return days with their alarms, those that would be usual, and what those say who judged them.

    Parameters
    ----------
    volumes
        Of the model.
    scope
        The model; window and slice become those of the days.
    """
    first, end, times, _ = days.episode
    during = replace(scope, since=days.start, until=days.end, where=((days.column, days.value),))
    columns = set(trace.once(LABELLED_COLUMNS, {})["column_name"])
    known = trace.run(*queries.judged(during, columns, None)).iloc[0]
    normal = episodes.usual(days.mine, days.others, first, end)
    around = slice(max(first - FLANK, 0), end + FLANK)
    hours = pd.DatetimeIndex(pd.to_datetime(days.midnights[:-1][around], utc=True)).tz_localize(None)
    return Happening(
        kind="slice",
        service=service,
        scope=during,
        start=days.start,
        end=days.end,
        ongoing=end == len(days.mine),
        regions=(),
        peak=times,
        events=float(days.mine[first:end].sum()),
        usual=float(normal[first:end].sum()),
        reason="",
        disturbed=None,
        hours=pd.DataFrame({"hour": hours, "value": days.mine[around], "usual": normal[around]}),
        counted="stored alarms",
        place=days.value,
        judged=int(known["n"]),
        right=int(known["attacks"]),
    )
