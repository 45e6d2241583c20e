"""Storms, outages and the like in plain sentences. A value from data enters a sentence as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from analytics import dates
from analytics.numbers import count, short
from analytics.overview.results import Happening, Kind
from analytics.overview.volumes import HOUR

REASONS = {"fail-open": "the check failed"}
"""Terms that the field writes into its logs, for people outside of it."""
KINDS: dict[Kind, str] = {
    "storm": "Storm",
    "unchecked": "Unchecked",
    "silent": "Nothing came",
    "overruled": "By a rule",
    "slice": "Alarms",
}
_DONE = {"block": "blocked", "challenge": "challenged", "alert": "alerted on", "flag": "flagged"}
MOST_NAMED = 4
"""Names that a sentence holds; of more it says how many they are."""
_LONGEST = 60
"""Characters of a name from data that a sentence holds."""


def sentence(h: Happening, zone: str) -> str:
    """Return what happened, where and when, in one sentence."""
    return f"{clause(h, zone)}{_tail(h)}."


def clause(h: Happening, zone: str) -> str:
    """Return the sentence without what is known besides, and without its point."""
    where = f" in {listed(h.regions, 'regions')}" if h.regions else ""
    when = span(h.start, h.end, zone, h.ongoing)
    if h.kind == "storm":
        what = "alarms" if h.counted == "alarms" else "traffic"
        return f"{h.service}: storm{where}, {when}, {_times(h)} {what}"
    if h.kind == "unchecked":
        reason = f" (mostly: {REASONS.get(h.reason, named(h.reason))})" if h.reason else ""
        of = f" of {short(h.of)}" if h.of > 1.05 * h.events else ""
        # An hour's count does not say how long it was of that hour.
        when = f"within {when}" if h.end - h.start == HOUR and not h.ongoing else when
        return f"{h.service}: {short(h.events)}{of} events passed unchecked{where}, {when}{reason}"
    if h.kind == "overruled":
        done = _DONE.get(h.decision, "acted on")
        return f"{h.service}: {short(h.events)} events {done} whatever their score{where}, {when}{_by(h)}"
    if h.kind == "slice":
        if not h.peak:
            return f"{h.service}: alarms on “{named(h.place)}”, where there had been none, {days(h, zone)}"
        return f"{h.service}: {_times(h)} alarms on “{named(h.place)}”, {days(h, zone)}"
    return f"{h.service}: nothing came{where}, {when}; usual are {short(h.usual)} events"


def named(name: str) -> str:
    """Return a name from data, cut where it is very long."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _by(h: Happening) -> str:
    """Return which rule acted on what, as far as stored rows tell."""
    rule, place = (named(name) for name in (h.reason, h.place))
    said = ", ".join([*([f"rule “{rule}”"] if rule else []), *([f"“{place}”"] if place else [])])
    return f" ({'of those stored: ' if h.partly else ''}{said})" if said else ""


def _tail(h: Happening) -> str:
    return _disturbed(h) if h.kind == "storm" else _judged(h) if h.kind in ("overruled", "slice") else ""


def when(h: Happening, zone: str) -> str:
    """Return when it began, short: the day, with the hour unless it is told by days."""
    local = h.start.astimezone(ZoneInfo(zone))
    return dates.day(local) if h.daily else f"{dates.day(local)} {local:%H:%M}"


def _times(h: Happening) -> str:
    if h.peak > 100:  # where next to nothing is usual, the multiple says nothing
        return "more than 100 times the usual"
    if h.daily:
        return f"{short(h.peak, 2)} times the usual"
    return f"up to {short(h.peak, 2)} times the usual" if h.peak >= 2 else "far more than the usual"


def _disturbed(h: Happening) -> str:
    """Return whom a storm cost something; empty where nobody can say."""
    e = h.disturbed
    if e is None or e.high is None or not h.events:
        return ""
    if e.value == 0:  # the end of its interval is no finding
        return f"; none of {count(e.n)} judged was legitimate"
    if e.value is None or e.low is None or e.low < 0.5 * e.high:
        return f"; up to {short(e.high, 2)} legitimate events flagged"
    return f"; {short(e.low, 2)} to {short(e.high, 2)} legitimate events flagged"


def _judged(h: Happening) -> str:
    """Return how many of those that somebody judged were no attacks; empty where nobody did."""
    if not h.judged:
        return "; nobody has judged any"
    n, wrong = count(h.judged), h.judged - h.right
    if not h.right:
        return f"; none of {n} judged was an attack" if h.judged > 1 else "; the one judged was no attack"
    return f"; {count(wrong)} of {n} judged were no attacks" if wrong else f"; all {n} judged were attacks"


def days(h: Happening, zone: str) -> str:
    """Return a span of whole days of the business zone: *13–26 Oct*."""
    a, b = (t.astimezone(ZoneInfo(zone)) for t in (h.start, h.end - timedelta(microseconds=1)))
    return f"since {dates.day(a)}" if h.ongoing else dates.between(a.date(), b.date())


def span(start: datetime, end: datetime, zone: str, ongoing: bool = False) -> str:
    """Return a span of hours of the business zone: *Sun 8 Nov 02:00–05:00*."""
    a, b = (t.astimezone(ZoneInfo(zone)) for t in (start, end))
    first = f"{a:%a} {dates.day(a)} {a:%H:%M}"
    if ongoing:
        return f"since {first}"
    if (b - timedelta(microseconds=1)).date() == a.date():
        return f"{first}–{b:%H:%M}"
    return f"{first} to {b:%a} {dates.day(b)} {b:%H:%M}"


def listed(names: Sequence[str], kind: str = "services") -> str:
    """Return names in a row, *A, B and C*, or how many they are of a kind where nobody would read them all."""
    if len(names) > MOST_NAMED:
        return f"{len(names)} {kind}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
