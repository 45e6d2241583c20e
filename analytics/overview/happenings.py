"""Storms and outages found in hourly volumes, and days without labels.

An hour is compared with the same hour of other weeks; where there are too few weeks, with the same hour of other
days. What is found is an event with a start and an end, whether or not it moved a month's figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from analytics.overview.results import Counted, Happening, Kind
from analytics.overview.volumes import HOUR, Floats, Volumes
from analytics.scope import Scope

WEEK, DAY = 168, 24
WEEKS, DAYS = 4, 5
"""Fewest weeks, or days, that make an hour comparable."""
STORM = 2.5
"""Times the usual from which more is a storm, if it is also far outside of how hours usually differ."""
FAR = 6.0
"""Robust standard deviations of log volume that count as far."""
FEWEST = 30.0
"""Events below which an hour is too small to speak of."""
UNCHECKED = 0.05
"""Share of the events of an hour, above the usual one, that makes an outage."""
LEFT = 0.02
"""Share of the usual events below which a feed counts as silent."""
AROUND = timedelta(hours=24)
"""What is drawn before and after a storm or an outage."""
CHANCE = 1e-8
"""Probability of as many unchecked rows, were these hours like the others, below which it is no chance."""
_MAD = 1.4826
"""Median absolute deviation -> standard deviation of a normal distribution."""
_DAY_LABELS = 3.0
"""Usual labels of a weekday from which a day without any is a silence."""


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of one model that belong together."""

    kind: Kind
    start: datetime
    end: datetime
    regions: frozenset[str]


def spans(volumes: Volumes, ruled: Mapping[str, Floats] | None = None) -> list[Span]:
    """Return the storms and outages of one model, regions that overlap joined, oldest first.

    Hours behind the last event of a region are silent up to the end of the data.

    Parameters
    ----------
    volumes
        Of the model.
    ruled
        By region and hour of the grid: events that a rule acted on, which are no storm of alarms.
    """
    if volumes.rows.empty:
        return []
    grid = volumes.grid
    found: list[Span] = []
    for region in volumes.regions():
        mine = volumes.of(frozenset({region}))
        events, unscored, acted = (mine.hours(c, grid) for c in ("events", "unscored", "acted"))
        noise = mine.noise("events", grid)
        acted = np.maximum(acted - (ruled or {}).get(region, 0.0), 0.0)
        stormy = storms(acted, mine.noise("acted", grid)) | storms(events, noise)
        counted, rows = (mine.hours(c, grid) for c in ("unscored_counted", "unscored_rows"))
        masks: tuple[tuple[Kind, NDArray[np.bool_], int], ...] = (
            ("storm", stormy, 2),
            ("unchecked", outages(events, unscored, counted, rows), 1),
            ("silent", silences(events, noise), 2),
        )
        found += [
            Span(kind, aware(grid[a]), aware(grid[b - 1]) + HOUR, frozenset({region}))
            for kind, mask, least in masks
            for a, b in runs(mask, least)
        ]
    return joined(found)


def described(volumes: Volumes, span: Span, service: str, scope: Scope) -> Happening:
    """Return a span with what it held, what is usual, and a day around it.

    Parameters
    ----------
    volumes
        Of the model that the span was found in.
    scope
        The model; its window becomes that of the span, and its slice the region if there is one.
    """
    mine, grid = volumes.of(span.regions), volumes.grid
    events, unscored, acted = (mine.hours(c, grid) for c in ("events", "unscored", "acted"))
    inside = between(grid, span.start, span.end)
    counted: Counted = "unchecked events" if span.kind == "unchecked" else "events"
    if span.kind == "storm" and _times(events, inside) < max(STORM, _times(acted, inside)):
        counted = "alarms"
    x = {"unchecked events": unscored, "events": events, "alarms": acted}[counted]
    normal = np.nan_to_num(usual(x))
    total, expected = float(x[inside].sum()), float(normal[inside].sum())
    worst = {
        "storm": _times(x, inside),
        "unchecked": float(np.max(unscored[inside] / np.maximum(events[inside], 1e-9))),
        "silent": 1 - total / expected if expected else 0.0,
    }[span.kind]
    everywhere = set(span.regions) == set(volumes.regions())
    alone = tuple(("region", r) for r in span.regions) if len(span.regions) == 1 and not everywhere else scope.where
    around = between(grid, span.start - AROUND, span.end + AROUND)
    return Happening(
        kind=span.kind,
        service=service,
        scope=replace(scope, since=span.start, until=span.end, where=alone),
        start=span.start,
        end=span.end,
        ongoing=span.end > volumes.until - HOUR,
        regions=() if everywhere else tuple(sorted(span.regions)),
        peak=worst,
        events=expected - total if span.kind == "silent" else total,
        usual=expected,
        reason=_reason(mine, span) if span.kind == "unchecked" else "",
        of=float(events[inside].sum()),
        disturbed=None,
        hours=pd.DataFrame({"hour": grid[around], "value": x[around], "usual": normal[around]}),
        counted=counted,
    )


def between(grid: pd.DatetimeIndex, start: datetime, end: datetime) -> NDArray[np.bool_]:
    """Return which hours of naive UTC begin in [start, end)."""
    first, last = (np.datetime64(t.astimezone(UTC).replace(tzinfo=None)) for t in (start, end))
    hours = grid.to_numpy()
    return (hours >= first) & (hours < last)


def _times(x: Floats, inside: NDArray[np.bool_]) -> float:
    """Return how many times the usual the worst of some hours holds; 0 where nothing is usual."""
    normal = np.nan_to_num(usual(x)[inside])
    known = normal > 0
    return float((x[inside][known] / normal[known]).max()) if known.any() else 0.0


def _reason(volumes: Volumes, span: Span) -> str:
    """Return why most of the events of a span were not checked, as the data says."""
    keep = between(pd.DatetimeIndex(volumes.rows["hour"]), span.start, span.end) & (volumes.rows["reason"] != "")
    reasons = volumes.rows[keep].groupby("reason")["unscored"].sum()
    return str(reasons.idxmax()) if len(reasons) else ""


def aware(hour: pd.Timestamp) -> datetime:
    """Return an hour of naive UTC as a time with its zone."""
    return hour.to_pydatetime().replace(tzinfo=UTC)


def usual(x: Floats) -> Floats:
    """Return what is usual for each hour: the median of this hour of the week, or of the day; else nan.

    The hour itself is one of the weeks: one storm does not move their median.
    """
    for period, least in ((WEEK, WEEKS), (DAY, DAYS)):
        if len(x) >= least * period:
            whole, rest = divmod(len(x), period)
            table, last = x[: whole * period].reshape(whole, period), x[whole * period :]
            started = np.median(np.vstack([table[:, :rest], last]), axis=0)
            return np.resize(np.concatenate([started, np.median(table[:, rest:], axis=0)]), len(x))
    return np.full(len(x), np.nan)


def storms(x: Floats, noise: Floats) -> NDArray[np.bool_]:
    """Return the hours with far more than is usual.

    Parameters
    ----------
    x
        Events by hour.
    noise
        Their standard deviation by chance alone: few stored rows that stand for many events make volumes rough.
    """
    expected = usual(x)
    if np.isnan(expected).all():
        return np.zeros(len(x), dtype=bool)
    moved = np.log1p(x) - np.log1p(expected)
    spread = _MAD * float(np.median(np.abs(moved - np.median(moved))))
    return (moved > max(np.log(STORM), FAR * spread)) & (x - expected >= np.maximum(FEWEST, FAR * noise))


def outages(events: Floats, unscored: Floats, counted: Floats, rows: Floats) -> NDArray[np.bool_]:
    """Return the hours in which far more passed without a check than is usual, and not by chance.

    Parameters
    ----------
    events, unscored
        By hour.
    counted
        Part of the unscored that came as counts.
    rows
        Stored rows that the rest comes from: one of three in an hour is chance, however much it stands for.
    """
    share = np.divide(unscored, events, out=np.zeros(len(events)), where=events > 0)
    normal = float(np.median(share[events > 0])) if (events > 0).any() else 0.0
    enough = np.maximum(max(normal + UNCHECKED, 3 * normal) * events, FEWEST)
    mask = unscored >= enough
    for a, b in stretches(mask & (counted < enough)):
        mask[a:b] = special.gammainc(rows[a:b].sum(), rows.mean() * (b - a)) < CHANCE
    return mask


def silences(events: Floats, noise: Floats) -> NDArray[np.bool_]:
    """Return the hours in which next to nothing came although something usually does, for longer than by chance.

    Parameters
    ----------
    events
        By hour.
    noise
        Their standard deviation by chance alone: where few rows come in an hour, none is no silence yet.
    """
    expected, rough = np.nan_to_num(usual(events)), np.nan_to_num(usual(noise))
    mask = (events <= LEFT * expected) & (expected >= FEWEST)
    for a, b in stretches(mask):
        mask[a:b] = expected[a:b].sum() >= FAR * np.sqrt((rough[a:b] ** 2).sum())
    return mask


def stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return [first, end) of every run of True."""
    edge = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edge.reshape(-1, 2)]


def runs(mask: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """Return [first, end) of the runs of True, a single hour between two of them bridged, short ones dropped."""
    pairs: list[tuple[int, int]] = []
    for a, b in stretches(mask):
        if pairs and a - pairs[-1][1] <= 1:
            pairs[-1] = (pairs[-1][0], b)
        else:
            pairs.append((a, b))
    return [(a, b) for a, b in pairs if b - a >= least]


def joined(found: list[Span]) -> list[Span]:
    """Return the spans, those of one kind that overlap or touch made one, oldest first."""
    out: list[Span] = []
    for s in sorted(found, key=lambda s: (s.kind, s.start)):
        last = out[-1] if out else None
        if last and last.kind == s.kind and s.start <= last.end:
            out[-1] = Span(s.kind, last.start, max(last.end, s.end), last.regions | s.regions)
        else:
            out.append(s)
    return sorted(out, key=lambda s: (s.start, s.kind))


def quiet_days(labels: pd.DataFrame, last: date) -> list[tuple[date, date, float]]:
    """Return the runs of days without a label, at least two of them weekdays that usually bring some.

    Parameters
    ----------
    labels
        day, labels; days without any may be missing.
    last
        The last whole day of the data.

    Returns
    -------
    list of (first day, last day, usual labels a day)
    """
    if labels.empty:
        return []
    days = pd.date_range(pd.Timestamp(labels["day"].min()), pd.Timestamp(last), freq="D")
    counted = labels.assign(day=pd.to_datetime(labels["day"])).groupby("day")["labels"].sum()
    x = counted.reindex(days, fill_value=0).to_numpy(dtype=np.float64)
    if len(x) < 2 * 7:
        return []
    normal = np.array([float(np.median(x[i % 7 :: 7])) for i in range(len(x))])
    found = []
    for a, b in stretches(x == 0):
        missed = a + np.flatnonzero(normal[a:b] >= _DAY_LABELS)
        if len(missed) >= 2:
            found.append((days[missed[0]].date(), days[missed[-1]].date(), float(normal[missed].mean())))
    return found
