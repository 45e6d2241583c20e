"""What the feedback measures say, in plain sentences.

A value from data enters a sentence as it is: whoever shows it must not read it as Markdown or HTML.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import dates
from analytics.feedback.draws import Draw
from analytics.feedback.results import REASONS, Queue, Reason, Search
from analytics.numbers import count, exactly, scores

REASON: dict[Reason, str] = {
    "audit": "drawn for an audit",
    "disagree": "the versions disagree",
    "uncertain": "near the threshold",
    "flagged": "alarm nobody has judged",
    "undetermined": "nobody could tell",
    "second": "second opinion",
}
"""Why something is to be looked at, in few words."""
_FOR: dict[Reason, str] = {
    "audit": "drawn by chance from what passed; only these tell how much is missed",
    "disagree": "on which one version alarms and the other does not; they tell the versions apart",
    "uncertain": "nearest to the threshold; they tell whether it lies well",
    "flagged": "alarms that nobody has judged",
    "undetermined": "about which nobody could tell a week ago or longer",
    "second": "judged by one person; a second verdict tells how far people agree",
}


def headline(q: Queue) -> str:
    """Return how much there is to do, and with what to begin."""
    n = len(q.rows)
    if not n:
        return "Nothing is waiting to be looked at in this selection"
    first: Reason = q.rows["reason"].iloc[0]
    several = q.rows["reason"].nunique() > 1
    mine = int((q.rows["reason"] == first).sum())
    start = f"; start with the {count(mine)} {_FOR[first].split(';')[0]}" if several else ""
    return f"{count(n)} {'detection' if n == 1 else 'detections'} to look at, {hours(q.hours)}{start}"


def hours(x: float) -> str:
    """Return a time of work: ``about 40 minutes``, ``about 13 hours``."""
    if x < 1:
        return f"about {max(1, round(60 * x))} minutes"
    return f"about {x:,.1f} hours" if x < 10 else f"about {x:,.0f} hours"


def base(q: Queue) -> str:
    """Return what the time rests on, and which versions are looked at."""
    who = "as agreed for this model" if q.minutes_agreed else "an assumption nobody has agreed to yet"
    beside = f" and {q.versions.other.name}" if q.versions.other else ""
    return (
        f"{q.minutes_per_case:g} minutes a case, {who}; further rows of a case take no more. "
        f"Alarms of {q.versions.own.name}{beside}."
    )


def kinds(q: Queue) -> dict[str, str]:
    """Return the reasons that there are, each with its number: key -> ``drawn for an audit, 60``."""
    n = q.rows["reason"].value_counts()
    return {r: f"{REASON[r][0].upper()}{REASON[r][1:]}, {n[r]}" for r in REASONS if r in n}


def why(q: Queue, zone: str) -> list[str]:
    """Return why each row is here, in the order of the rows."""
    return [_why(row, q, zone) for row in q.rows.to_dict("records")]


def _why(row: dict, q: Queue, zone: str) -> str:
    reason: Reason = row["reason"]
    at = q.versions.own.threshold
    text = REASON[reason]
    if reason == "audit" and row["probability"] == row["probability"]:
        text += f", 1 in {short_odds(row['probability'])}"
    elif reason == "disagree":
        text = f"only {row['model_version']} alarms"
    elif reason == "uncertain" and at is not None and exactly():
        text += f", {abs(row['score'] - at):.2g} {'above' if row['score'] >= at else 'below'}"
    elif reason in ("undetermined", "second") and pd.notna(row["looked_at"]):
        text += f", looked at {day(row['looked_at'], zone)}"
    also = [REASON[r] for r in str(row["also"]).split(", ") if r in REASON]
    text = f"{text}; also {', '.join(also)}" if also else text
    return text[0].upper() + text[1:]


def minutes(q: Queue) -> list[str]:
    """Return the work that each row takes, in their order: a case takes its time once, at its first row here."""
    return [f"{m:g}" if m or not q.minutes_per_case else "with its case" for m in q.rows["minutes"]]


def short_odds(p: float) -> str:
    """Return one ÷ a chance, as a count."""
    return count(round(1 / p))


def day(time: datetime | pd.Timestamp, zone: str) -> str:
    """Return a day of the business zone: ``3 Nov``. A time without a zone is UTC."""
    at = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return dates.day(at.astimezone(ZoneInfo(zone)))


def searched(q: Queue, zone: str) -> str:
    """Return how far was looked for each reason."""
    found = [text for s in q.searches if (text := _searched(s, q, zone))]
    return " ".join(found)


def _searched(s: Search, q: Queue, zone: str) -> str:
    here = int((q.rows["reason"] == s.reason).sum())
    if s.reason == "audit":
        if not q.drawn:
            return "No audit was drawn here yet: none of these tells how much is missed."
        return f"Of {count(q.drawn)} drawn events {count(here)} of this window wait." if s.complete else ""
    if s.reason == "flagged":
        return ""  # found in the same search as those on which the versions disagree
    if not s.looked or (s.complete and s.reason in ("undetermined", "second")):
        return ""
    name = "Alarms" if s.reason == "disagree" else REASON[s.reason].capitalize()
    if s.reason in ("undetermined", "second"):
        return f"{name}: the {'oldest' if s.reason == 'undetermined' else 'newest'} {here}; there are more."
    far = f" back to {day(s.since, zone)}" if s.since else ""
    return f"{name}: {count(s.looked)} detections looked at{far}{', all there are' if s.complete else ''}."


def drawn(d: Draw) -> str:
    """Return what a draw holds, and what a label of it will count for."""
    n = len(d.events)
    parts = [
        f"{s.drawn} of {count(s.events)} with scores {scores(s.low, s.high)} (1 in {short_odds(s.probability)})"
        for s in d.strata
        if s.drawn and s.probability
    ]
    return f"{count(n)} events drawn by chance from what passed: {'; '.join(parts)}."
