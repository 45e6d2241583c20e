"""What came and what was made of it, in plain sentences: decisions, verdicts, unchecked events, gaps, new values."""

from __future__ import annotations

from analytics import dates
from analytics.drift.mixes import CHECKED, Gap, GapKind, Mix, News, Part, Traffic
from analytics.drift.words import name
from analytics.numbers import percent, short

VERDICTS = {
    "true_positive": "attacks (true positive)",
    "benign_positive": "right, with a legitimate cause (benign positive)",
    "false_positive_logic": "false alarms: wrong logic",
    "false_positive_data": "false alarms: bad data",
}
SHORT = {
    "true_positive": "attacks",
    "benign_positive": "legitimate cause",
    "false_positive_logic": "wrong logic",
    "false_positive_data": "bad data",
}
"""What a verdict is called in a picture."""
_DECISIONS = {"allow": "allowed", "alert": "alerted on", "challenge": "challenged", "block": "blocked"}
_SAID: dict[GapKind, str] = {
    "nothing came": "nothing came",
    "nothing scored": "nothing was scored",
    "partly unchecked": "was not scored",
    "not judged": "no alarm was judged",
}
_MOST = 3
"""Gaps, and new values, that a sentence lists."""
_CHANCE = "Beyond chance: more than windows of the reference's own days differ 95 times of 100."
_COLOURS = "Grey then, blue now; orange: now, beyond chance."


def called(name: str) -> str:
    """Return what a decision or a verdict is called in a picture; a reason as it is."""
    return _DECISIONS.get(name) or SHORT.get(name, name)


def decisions(m: Mix) -> tuple[str, str]:
    """Return the finding of the mix of decisions, and what is drawn."""
    note = f"Share of all events; intervals from how days differ. {_COLOURS} {_CHANCE}{_not_drawn(m)}"
    return m.why or _moved(m, "The model decides as before", "What it decides", " of events"), note


def unchecked(m: Mix) -> tuple[str, str]:
    """Return the finding of the events without a score, and what is drawn."""
    note = f"Share of all events by the reason why there is no score. {_CHANCE}"
    if m.why:
        return m.why, note
    none = {p.name: p for p in m.parts if p.name != CHECKED}
    if not none:
        return "Every event of both windows has a score", note
    scored = next((p for p in m.parts if p.name == CHECKED), None)
    then, now = (1 - ((getattr(scored, s).value or 0.0) if scored else 0.0) for s in ("reference", "current"))
    finding = f"{_share(now)} % of the events now have no score, {_share(then)} % then"
    beyond = [p for p in none.values() if p.beyond_chance]
    if beyond:
        return f"{finding}; beyond chance: {', '.join(p.name for p in beyond[:_MOST])}", note
    told = any(p.beyond_chance is not None for p in none.values())
    return finding + (": no change beyond chance" if told else ", whether by chance is open"), note


def verdicts(m: Mix) -> tuple[str, str]:
    """Return the finding of the mix of verdicts, and what is drawn."""
    then, now = m.coverage
    note = "Of the alarms that were judged; intervals count cases, not rows."
    if then is not None and now is not None:
        note += f" Judged: {_share(then)} % of the alarms then, {_share(now)} % now."
    if m.arriving:
        note += " For a good part of the window labels are still to come, and the late ones may be others."
    finding = m.why or _moved(m, "Alarms are judged as before", "How alarms are judged", " of the alarms judged")
    if m.arriving and not m.why:
        finding += "; labels are still arriving"
    return finding, f"{note} {_COLOURS} {_CHANCE}"


def _moved(m: Mix, same: str, what: str, of: str) -> str:
    if all(p.beyond_chance is None for p in m.parts):
        return f"{what}, then and now; whether it differs by more than chance cannot be told"
    moved = [p for p in m.parts if p.beyond_chance]
    if not moved:
        return f"{same}: no part moved beyond chance"
    first = max(moved, key=_ratio)
    verb = "rose" if (first.change or 0) > 0 else "fell"
    ends = f"from {_share(first.reference.value or 0)} % to {_share(first.current.value or 0)} %{of}"
    said = VERDICTS.get(first.name) or called(first.name)
    return f"{said[:1].upper()}{said[1:]}: {verb} {ends}, beyond chance"


def _ratio(p: Part) -> float:
    """Return how many times one side is the other."""
    then, now = (max(e.value or 0.0, 1e-12) for e in (p.reference, p.current))
    return max(now / then, then / now)


def drawn(m: Mix) -> tuple[Part, ...]:
    """Return the parts that a picture holds: not the one beside which all others vanish."""
    large = next((p for p in m.parts if min(p.reference.value or 0, p.current.value or 0) > 0.9), None)
    return tuple(p for p in m.parts if p is not large) if len(m.parts) > 1 else m.parts


def _not_drawn(m: Mix) -> str:
    left = [p.name for p in m.parts if p not in drawn(m)]
    return f" Not drawn: {called(left[0])}, nearly all." if left else ""


def gaps(t: Traffic) -> str:
    """Return the gaps in one sentence, those of the two windows first."""
    if not t.gaps:
        hours = "" if t.no_hours else ", and no hours of unusual silence"
        return f"No day without events, without scores or without verdicts{hours}"
    return _gaps(list(t.gaps))


def beside(t: Traffic) -> str:
    """Return what else is otherwise in the two windows: decisions beyond chance, and gaps; empty where nothing is."""
    moved = any(p.beyond_chance for p in t.decisions.parts)
    gaps = [g for g in t.gaps if g.inside]
    told = ([decisions(t.decisions)[0]] if moved else []) + ([_gaps(gaps)] if gaps else [])
    return " ".join(f"{s[0].upper()}{s[1:]}." for s in told)


def _gaps(found: list[Gap]) -> str:
    found = sorted(found, key=lambda g: ("window", "reference", "").index(g.inside))
    rest = len(found) - _MOST
    text = "; ".join(map(_gap, found[:_MOST])) + (f"; and {rest} more" if rest > 0 else "")
    return text[0].upper() + text[1:]


def _gap(g: Gap) -> str:
    days = when(g)
    said = f"{_share(g.share)} % was not scored" if g.kind == "partly unchecked" else _SAID[g.kind]
    where = {"reference": " (reference)", "window": " (window)", "": ""}[g.inside]
    return f"on {days} {said}{where}" if g.hours is None else f"{days} {said}{where}"


def when(g: Gap) -> str:
    """Return the days of a gap, or its hours: 15 Nov 03:00–07:00."""
    if g.hours is None:
        return dates.between(g.first, g.last)
    start, end = g.hours
    if g.first == g.last:
        return f"{dates.day(g.first)} {start:%H:%M}–{'24:00' if end.date() > g.first else f'{end:%H:%M}'}"
    return f"{dates.day(g.first)} {start:%H:%M} to {dates.day(end)} {end:%H:%M}"


def gaps_note(t: Traffic) -> str:
    """Return what counts as a gap."""
    hours = t.no_hours or (
        "Hours without an event, where the usual volume of the same hour of the week makes that no chance (less than "
        "one in a thousand over all hours of the data)."
    )
    return (
        "Days of all the data without an event, without a score, with far more unchecked events than usual (5 points), "
        f"or without a verdict where that is no chance. {hours} Time without rows is a gap and never a zero."
    )


def news(n: News) -> tuple[str, str]:
    """Return the finding of the new values, and where they were looked for."""
    if n.why:
        return n.why, ""
    looked = ", ".join(name(c) for c in n.columns)
    note = f"Looked at: {looked}." if looked else ""
    if n.untold:
        note += (
            f" Rare values of {', '.join(map(name, n.untold))} are counted together: new ones among them are not told."
        )
    if not n.columns:
        return "There is no column of names to look for new values in", ""
    if not n.found:
        return "No value that the reference does not have", note
    listed = ", ".join(f"“{x.value[:40]}” of {name(x.column)} ({short(x.events)} events)" for x in n.found[:_MOST])
    rest = len(n.found) - _MOST
    return f"New: {listed}" + (f" and {rest} more" if rest > 0 else ""), note


def _share(x: float) -> str:
    return percent(x, 1 if x in (0, 1) or 0.0009 <= x <= 0.9991 else 3)
