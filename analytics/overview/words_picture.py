"""What the picture of a happening or a change rests on, and of what it is, for who asks where it comes from."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import dates
from analytics.efficacy.words import selection
from analytics.numbers import count
from analytics.overview.results import Change, Happening
from analytics.overview.volumes import HOUR
from analytics.overview.words_events import span


def rests(d: Change | Happening, zone: str) -> str:
    """Return how much is counted in the picture, and over which hours or days.

    Parameters
    ----------
    d
        What is drawn; a change has days.
    zone
        The business zone.
    """
    if isinstance(d, Change):
        days = d.days["day"]
        known = f"{count(d.days['value'].sum())} missed attacks, each on the day on which it became known"
        return f"{known}; {_days(days)}"
    hours = pd.to_datetime(d.hours["hour"]).dt.tz_localize(UTC)
    counted = f"{count(d.hours['value'].sum())} {d.counted}"
    if d.daily:
        return f"{counted}; {_days(hours.dt.tz_convert(ZoneInfo(zone)))}"
    if hours.empty:
        return counted
    drawn = span(hours.iloc[0].to_pydatetime(), hours.iloc[-1].to_pydatetime() + HOUR, zone)
    return f"{counted}; {count(len(hours))} hours, {drawn}"


def scope(d: Change | Happening, zone: str) -> str:
    """Return of what it is: service, model and version, and when and where it was.

    Parameters
    ----------
    d
        What is drawn.
    zone
        The business zone.
    """
    return f"{d.service}: model {d.scope.model}, version {d.scope.version} · {selection(d.scope, zone)}"


def _days(days: pd.Series) -> str:
    return f"{count(len(days))} days, {dates.between(days.iloc[0].date(), days.iloc[-1].date())}"
