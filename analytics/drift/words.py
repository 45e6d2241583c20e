"""Drift in plain sentences: what has changed, since when, and what nobody can say.

A name from data (a feature, a value) enters a sentence as it is: whoever shows it must not read it as Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from analytics import dates
from analytics.drift.results import Counted, Course, Distribution, Drift
from analytics.numbers import percent, short
from analytics.scope import Scope

SEVERAL = 3
"""Names that a headline holds."""
SEVERAL_RUNS = 6
"""Runs of days that a sentence lists."""


def name(column: str) -> str:
    """Return what a column is called on screens: with blanks, as in reasons."""
    return column.removeprefix("f.").replace("_", " ")


def headline(d: Drift) -> str:
    """Return the one sentence: what is otherwise than in the reference."""
    told = [c for c in d.columns if c.psi.value is not None]
    if not told:
        return next((c.psi.why for c in d.columns), "There is nothing to compare.")
    whole = "the score" if len(told) == 1 else f"any of {len(told)} columns"
    if not any(c.beyond_chance is not None for c in told):
        return f"How far {whole.replace('any of ', '')} moved is told; whether by more than chance is not."
    moved = [c for c in d.ranked() if c.beyond_chance]
    if not moved:
        return f"No change beyond chance in {whole}."
    large = [c for c in moved if c.effect != "little"]
    if len(told) == 1:
        return "The score has moved beyond chance." if large else "The score has moved beyond chance, but little."
    if not large:
        return f"Traffic has hardly changed: {_listed(moved)} moved beyond chance, but little, of {len(told)} columns."
    little = len(moved) - len(large)
    rest = f"; {little} more moved little" if little else ""
    if [c.column for c in large] == ["score"]:
        return (
            f"The scores have changed, what is scored has not: of {len(told) - 1} other columns none moved much{rest}."
        )
    return f"Traffic has changed: {_listed(large)} moved beyond chance, of {len(told)} columns{rest}."


def _listed(columns: list[Distribution]) -> str:
    names = [f"“{name(c.column)}”" for c in columns[:SEVERAL]]
    rest = len(columns) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")


def base(d: Drift, zone: str) -> str:
    """Return what is compared with what, and how many columns lie beyond chance by chance alone."""
    told = sum(c.beyond_chance is not None for c in d.columns)
    text = (
        f"{span(d.current, zone)} against {_against(d.reference, zone)} · {_events(d.columns[0].current)} events "
        f"against {_events(d.columns[0].reference)}."
    )
    if d.running:
        text += f" The running day, {dates.day(d.running)}, is left out."
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
        return f"{dates.day(since)} to {dates.day(last)}" if since != last else dates.day(since)
    if since:
        return f"since {dates.day(since)}"
    return f"until {dates.day(last)}" if last else "all data"


def _events(side: Counted) -> str:
    return short(side.events)


def _against(reference: Scope, zone: str) -> str:
    whole = span(reference, zone)
    return f"everything {whole}" if reference.since is None and reference.until else whole


def moved(d: Drift) -> tuple[str, str]:
    """Return the finding of the picture of all columns, and what is drawn."""
    n = sum(bool(c.beyond_chance) for c in d.columns)
    told = sum(c.beyond_chance is not None for c in d.columns)
    finding = f"{n} of {told} moved beyond chance" if told else "What chance alone does cannot be told"
    why = next((c.psi.why for c in d.columns if c.psi.why), "")
    drawn = (
        "Population stability index: 0 is no change, from 0.1 some, from 0.25 much. Grey: where it stays by chance, "
        "95 times of 100; hollow: beyond chance, but little."
    )
    return finding, " ".join(filter(None, (drawn, impact(d), why)))


def impact(d: Drift) -> str:
    """Return in which order the columns stand, and why."""
    if d.weights is None or not d.told or len(d.columns) == 1:
        return ""
    if d.whole is None:
        return f"In the order of the index. {d.weights.base}"
    told = f"In the order of impact: index × share of what drives the score ({d.weights.base})"
    return f"{told}; all features together {d.whole:.3f}."


TABLE = (
    "All from counts in fixed bins. Jensen–Shannon: 0 the same, 1 nothing in common. Moved by: how far values moved on "
    "average, in widths of the reference's middle 80 %. Largest gap: between the two distribution functions, as bounds."
)


def shape(c: Distribution) -> tuple[str, str]:
    """Return the finding of the picture of one column, and what is drawn."""
    by_chance = {
        True: "moved beyond chance",
        False: "not moved beyond chance",
        None: "moved, whether by chance is open",
    }
    little = ", but little" if c.beyond_chance and c.effect == "little" else ""
    finding = f"{name(c.column)}: {by_chance[c.beyond_chance]}{little}"
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
    gaps = in_runs([d.date for d in c.days if not d.rows])
    limit = c.psi_by_chance
    if limit is None or not window:
        finding = f"{name(c.column)} day by day"
    else:
        beyond = sum(d.psi is not None and d.psi > limit for d in window)
        finding = f"{beyond} of {len(window)} days of the window lie beyond what single days do by chance"
        if (since := _since(told, limit)) is not None:
            finding = f"{name(c.column)} is otherwise every day since {dates.day(since)}"
    note = "Each day against the reference (shaded); dashed: what a day stays below 95 times of 100 by chance."
    if gaps:
        note += f" Gaps, without rows: {gaps}."
    return finding, note


def in_runs(days: Sequence[date]) -> str:
    """Return days as text, those in a row together: ``3–5 Oct, 9 Oct``; the first SEVERAL_RUNS such runs."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    listed = ", ".join(dates.between(run[0], run[-1]) for run in runs[:SEVERAL_RUNS])
    return listed + (f" and {len(runs) - SEVERAL_RUNS} more times" if len(runs) > SEVERAL_RUNS else "")


def _since(told: Sequence, limit: float) -> date | None:
    """Return the day from which every later one lies beyond chance, if they are three at least."""
    since = None
    n = 0
    for d in reversed(told):
        if d.psi <= limit:
            break
        since, n = d.date, n + 1
    return since if n >= 3 else None
