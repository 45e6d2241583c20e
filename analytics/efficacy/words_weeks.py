"""Efficacy by week in plain sentences: what changed beyond chance, and from which week on."""

from __future__ import annotations

from datetime import date, timedelta

from analytics import dates
from analytics.efficacy.results import Week
from analytics.efficacy.turning import ENOUGH, Turn, step, turn, turn_at
from analytics.efficacy.words import NAMES, only_a_range
from analytics.numbers import percent, value
from analytics.results import Estimate


def weeks(found: list[Week]) -> str:
    """Return the finding of the weekly figures.

    Whole weeks only. A change is claimed where the weeks turned at one point beyond chance (``turning.turn``), where
    their intervals part at one point (``turning.step``) or, at the point where the other figure did, beyond chance
    there. Else where the intervals of the first and the last whole week with a figure do not overlap, which is
    stricter than a test of the difference at the same level.
    """
    names = ("recall", "precision")
    turned = {name: _turned(name, found) for name in names}
    for name, other in zip(names, reversed(names), strict=True):
        if turned[name] is None and (at := turned[other]):
            turned[name] = _turned(name, found, at[1].start)
    changes = [c for name in names if (c := _told_turn(name, turned[name]) or _change(name, found))]
    if changes:
        text = "; ".join(f"{what} {when}" for what, when in changes)
        if len({when for _, when in changes}) == 1:
            text = f"{' and '.join(what for what, _ in changes)} {changes[0][1]}"
        return text[0].upper() + text[1:]
    whole = [w for w in found if not w.running and _known(w)]
    if len(whole) < 2:
        return "Fewer than two whole weeks with labels: no trend can be said"
    if len(whole) < ENOUGH:
        return f"No change beyond chance between the weeks of {_monday(whole[0])} and {_monday(whole[-1])}"
    last = whole[-1].start + timedelta(days=6)
    return f"No change beyond chance in the {len(whole)} whole weeks from {_monday(whole[0])} to {dates.day(last)}"


def _turned(name: str, found: list[Week], monday: date | None = None) -> tuple[Turn, Week] | None:
    """Where a figure turned, at a week that the other one named or any; None where no split of whole weeks is clear."""
    whole = [
        (w, e.value, e.low, e.high)
        for w in found
        if not w.running and (e := w.estimates[name]).value is not None and e.low is not None and e.high is not None
    ]
    shares, lows, highs = ([figures[i] for figures in whole] for i in (1, 2, 3))
    reaches = [(high - low) / 2 for _, _, low, high in whole]
    if monday is None:
        turned = turn(shares, reaches) or step(shares, lows, highs)
    else:
        turned = turn_at(shares, reaches, sum(w.start < monday for w, *_ in whole))
    return None if turned is None else (turned, whole[turned.place][0])


def _told_turn(name: str, at: tuple[Turn, Week] | None) -> tuple[str, str] | None:
    """What changed at one point in time and when."""
    if at is None:
        return None
    turned, week = at
    digits = next(d for d in range(7) if percent(turned.before, d) != percent(turned.after, d) or d == 6)
    e = week.estimates[name]
    unstable = e.basis == "audit" and (name == "recall" or only_a_range(e))
    likely = "most likely " if unstable else ""
    said = f"from {likely}{percent(turned.before, digits)} % to {percent(turned.after, digits)} %"
    return f"{_moved(name, turned.after < turned.before)} {said}", f"on average, from the week of {_monday(week)} on"


def _moved(name: str, fell: bool) -> str:
    return f"{NAMES[name][0].split(' (')[0].lower()} {'fell' if fell else 'rose'}"


def _known(week: Week) -> bool:
    return any(week.estimates[name].value is not None for name in ("precision", "recall"))


def _monday(week: Week) -> str:
    return dates.day(week.start)


def _change(name: str, found: list[Week]) -> tuple[str, str] | None:
    """What changed and when; None where nothing did beyond chance."""
    whole = [w for w in found if not w.running and w.estimates[name].value is not None]
    if len(whole) < 2:
        return None
    first, last = whole[0].estimates[name], whole[-1].estimates[name]
    if not _apart(first, last):
        return None
    return (
        f"{_moved(name, (last.value or 0) < (first.value or 0))} from {value(first)} to {value(last)}",
        f"between the weeks of {_monday(whole[0])} and {_monday(whole[-1])}",
    )


def _apart(a: Estimate, b: Estimate) -> bool:
    if None in (a.low, a.high, b.low, b.high):
        return False
    return (a.high or 0) < (b.low or 0) or (b.high or 0) < (a.low or 0)


def no_weeks(found: list[Week]) -> str:
    """Return why there is nothing to draw by week; empty where there is something."""
    if any(_known(w) for w in found):
        return ""
    whys = [e.why for w in found for e in w.estimates.values() if e.why]
    return whys[0] if whys else "No week in this selection holds labelled rows."
