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
from analytics.warehouse.rollup import OTHER
from analytics.warehouse.trace import Trace


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of one slice that belong together."""

    column: str
    value: str
    episode: Episode
    midnights: tuple[datetime, ...]
    """Of every whole day of the data, and of the day behind the last."""
    rows: Floats
    """Acted on in the slice, by day."""

    @property
    def start(self) -> datetime:
        """Midnight of the first day."""
        return self.midnights[self.episode.first]

    @property
    def end(self) -> datetime:
        """Midnight behind the last."""
        return self.midnights[self.episode.end]


def found(volumes: Volumes, acted: pd.DataFrame) -> list[Days]:
    """Return the episodes of one model, of those that overlap the clearest, oldest first.

    Parameters
    ----------
    volumes
        Of the model: its whole days are looked at.
    acted
        The model's rows of ``queries.slices``.
    """
    days = pd.DatetimeIndex(volumes.whole()["day"])
    if acted.empty or days.empty:
        return []
    zone = ZoneInfo(volumes.zone)
    midnights = tuple(d.to_pydatetime().replace(tzinfo=zone) for d in (*days, days[-1] + pd.Timedelta(days=1)))
    by_slice = acted.assign(day=pd.to_datetime(acted["day"])).set_index(["slice_column", "slice_value", "day"])
    rows, events = (by_slice[c].unstack("day").reindex(columns=days).fillna(0.0) for c in ("rows", "events"))
    whole = rows.loc[("", "")].to_numpy(dtype=np.float64) if ("", "") in rows.index else np.zeros(len(days))
    kept: list[Days] = []
    for column, value in rows.index:
        if column and value != OTHER:
            mine, stand = (t.loc[(column, value)].to_numpy(dtype=np.float64) for t in (rows, events))
            own = episodes.episodes(mine, np.maximum(whole - mine, 0.0), stand)
            kept += [Days(str(column), str(value), episode, midnights, mine) for episode in own]
    clearest: list[Days] = []
    for d in sorted(kept, key=lambda d: -d.episode.far):
        if all(d.end <= k.start or k.end <= d.start for k in clearest):
            clearest.append(d)
    return sorted(clearest, key=lambda d: d.start)


def described(trace: Trace, days: Days, service: str, scope: Scope) -> Happening:
    """Return days with their alarms, those that would be usual, and what those say who judged them.

    Parameters
    ----------
    scope
        The model; window and slice become those of the days.
    """
    first, end, _, normal = days.episode
    during = replace(scope, since=days.start, until=days.end, where=((days.column, days.value),))
    columns = set(trace.once(LABELLED_COLUMNS, {})["column_name"])
    known = trace.run(*queries.judged(during, columns, None)).iloc[0]
    around = slice(max(first - FLANK, 0), end + FLANK)
    hours = pd.DatetimeIndex(pd.to_datetime(days.midnights[:-1][around], utc=True)).tz_localize(None)
    events, expected = float(days.rows[first:end].sum()), float(normal[first:end].sum())
    return Happening(
        kind="slice",
        service=service,
        scope=during,
        start=days.start,
        end=days.end,
        ongoing=end == len(days.rows),
        regions=(),
        peak=events / expected if days.rows[max(first - FLANK, 0) : first].any() else 0.0,
        events=events,
        usual=expected,
        reason="",
        disturbed=None,
        hours=pd.DataFrame({"hour": hours, "value": days.rows[around], "usual": normal[around]}),
        counted="stored alarms",
        place=days.value,
        decision=str(known["decision"]),
        judged=int(known["n"]),
        right=int(known["attacks"]),
    )
