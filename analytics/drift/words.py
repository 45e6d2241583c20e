"""Drift in plain sentences: what has changed, since when, and what nobody can say.

A name from data (a feature, a value) enters a sentence as it is: whoever shows it must not read it as Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from analytics.drift.results import Counted, Course, Distribution, Drift
from analytics.numbers import percent, short
from analytics.scope import Scope

SEVERAL = 3
"""Names that a headline holds."""


def name(column: str) -> str:
    """Return what a column is called on screens."""
    return column.removeprefix("f.")


def ranked(d: Drift) -> list[Distribution]:
    """Return the columns by how far they moved: beyond chance first, then the largest index."""
    return sorted(d.columns, key=lambda c: (not c.beyond_chance, -(c.psi.value if c.psi.value is not None else -1.0)))


def headline(d: Drift) -> str:
    """Return the one sentence: what is otherwise than in the reference."""
    told = [c for c in d.columns if c.psi.value is not None]
    if not told:
        return next((c.psi.why for c in d.columns), "There is nothing to compare.")
    whole = "the score" if len(told) == 1 else f"any of {len(told)} columns"
    if not any(c.beyond_chance is not None for c in told):
        return f"How far {whole.replace('any of ', '')} moved is told; whether by more than chance is not."
    moved = [c for c in ranked(d) if c.beyond_chance]
    if not moved:
        return f"No change beyond chance in {whole}."
    if len(told) == 1:
        return "The score has moved beyond chance."
    names = [f"“{name(c.column)}”" for c in moved[:SEVERAL]]
    rest = len(moved) - len(names)
    listed = ", ".join(names) + (f" and {rest} more" if rest else "")
    return f"Traffic has changed: {listed} moved beyond chance, of {len(told)} columns."


def base(d: Drift, zone: str) -> str:
    """Return what is compared with what, and how many columns lie beyond chance by chance alone."""
    told = sum(c.beyond_chance is not None for c in d.columns)
    text = (
        f"{span(d.current, zone)} against {_against(d.reference, zone)} · {_events(d.columns[0].current)} events "
        f"against {_events(d.columns[0].reference)}."
    )
    if len(d.columns) == 1:
        text += " No features of this model are stored: only its score can be compared."
    if told > 1:
        text += f" Of {told} columns that do not change, about {short(0.05 * told, 1)} would still lie beyond chance."
    return text


def span(scope: Scope, zone: str) -> str:
    """Return a window in days of the business zone."""
    tz = ZoneInfo(zone)
    since = scope.since.astimezone(tz).date() if scope.since else None
    last = (scope.until - timedelta(microseconds=1)).astimezone(tz).date() if scope.until else None
    if since and last:
        return f"{_day(since)} to {_day(last)}" if since != last else _day(since)
    if since:
        return f"since {_day(since)}"
    return f"until {_day(last)}" if last else "all data"


def _events(side: Counted) -> str:
    return short(side.events)


def _against(reference: Scope, zone: str) -> str:
    whole = span(reference, zone)
    return f"everything {whole}" if reference.since is None and reference.until else whole


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def moved(d: Drift) -> tuple[str, str]:
    """Return the finding of the picture of all columns, and what is drawn."""
    n = sum(bool(c.beyond_chance) for c in d.columns)
    told = sum(c.beyond_chance is not None for c in d.columns)
    finding = f"{n} of {told} moved beyond chance" if told else "What chance alone does cannot be told"
    why = next((c.psi.why for c in d.columns if c.psi.why), "")
    drawn = "Population stability index: 0 is no change. Grey: where it stays by chance, 95 times of 100."
    return finding, f"{drawn} {why}".strip()


def shape(c: Distribution) -> tuple[str, str]:
    """Return the finding of the picture of one column, and what is drawn."""
    by_chance = {
        True: "moved beyond chance",
        False: "not moved beyond chance",
        None: "moved, whether by chance is open",
    }
    finding = f"{name(c.column)}: {by_chance[c.beyond_chance]}"
    drawn = (
        "Share of each tenth of the reference, then and now" if c.reference.edges.is_number else "Share of each value"
    )
    told = [f"{drawn}."]
    then, now = c.reference.missing, c.current.missing
    if then is not None and now is not None and max(then, now) > 0:
        told.append(f"Without a value: {percent(then, 1)} %, now {percent(now, 1)} %.")
    if c.unseen:
        told.append(f"{percent(c.unseen, 1)} % of the values lie where the reference has none.")
    return finding, " ".join(told)


def course(c: Course) -> tuple[str, str]:
    """Return the finding of the picture day by day, and what is drawn."""
    told = [d for d in c.days if d.psi is not None]
    window = [d for d in told if d.inside == "window"]
    gaps = sum(not d.rows for d in c.days)
    limit = c.psi_by_chance
    if limit is None or not window:
        finding = f"{name(c.column)} day by day"
    else:
        beyond = sum(d.psi is not None and d.psi > limit for d in window)
        finding = f"{beyond} of {len(window)} days of the window lie beyond what single days do by chance"
        if (since := _since(told, limit)) is not None:
            finding = f"{name(c.column)} is otherwise every day since {_day(since)}"
    note = "Each day against the reference (shaded); dashed: what a day stays below 95 times of 100 by chance."
    if gaps:
        note += f" {gaps} {'day' if gaps == 1 else 'days'} without rows: gaps."
    return finding, note


def _since(told: Sequence, limit: float) -> date | None:
    """Return the day from which every later one lies beyond chance, if they are three at least."""
    since = None
    n = 0
    for d in reversed(told):
        if d.psi <= limit:
            break
        since, n = d.date, n + 1
    return since if n >= 3 else None
