"""What every page and slide says of its data: how fresh, in which zone times are told, and whether simulated."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.warehouse import is_sample
from pages.parts.cache import View

SIMULATED = "simulated"


def of(view: View, now: datetime | None = None) -> str:
    """Return it in one line; without ``now`` the age is left out, as on a slide, on which nothing moves."""
    snapshot = view.reader.snapshot
    said = [as_of(snapshot.data_until, now, snapshot.zone)]
    return " · ".join([*said, SIMULATED] if is_sample(view.directory) else said)


def as_of(until: datetime | None, now: datetime | None, zone: str) -> str:
    """Return how fresh the data is, in the business zone, which is named once."""
    if until is None:
        return "no detections yet"
    local = until.astimezone(ZoneInfo(zone))
    old = "" if now is None else f", {age(now - until)} old"
    return f"data as of {local.day} {local:%b %Y %H:%M} ({zone}){old}"


def age(span: timedelta) -> str:
    """Return a span in its largest sensible unit; data from the future is *0 min*."""
    minutes = max(0, int(span.total_seconds() // 60))
    for size, unit in ((60 * 24 * 365, "years"), (60 * 24, "days"), (60, "h")):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
