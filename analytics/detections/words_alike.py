"""What is nearest to a detection, in plain sentences."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from analytics import dates
from analytics.detections.results import Nearest, Similar
from analytics.detections.words import mixed
from analytics.numbers import count


def nearest(n: Nearest, zone: str, unseen: bool = False) -> str:
    """Return which detections are nearest to one, among how many, by what, and how they were judged."""
    if n.by == "nothing" or n.since is None or n.until is None:
        return ""
    span = " to ".join(f"{dates.day(t)} {t:%H:%M}" for t in (x.astimezone(ZoneInfo(zone)) for x in (n.since, n.until)))
    among = f"among the {count(n.looked)} rows around it, {span}"
    if n.rows.empty:
        return f"Nothing else comes near it {among}."
    how = "by the triples of letters that both texts have"
    if n.by == "features":
        how = f"by {count(n.features)} feature{'' if n.features == 1 else 's'}, each in units of its usual spread"
    told = "how they were judged is shown after your verdict" if unseen else mixed(n.rows["verdict"])
    return f"The {count(len(n.rows))} nearest {among}, {how}; {told}."


def base(n: Nearest, s: Similar, most: int, listed: int) -> str:
    """Return what rows the list of those that are like a detection rests on.

    Parameters
    ----------
    most
        How many of the same case or source were looked for.
    listed
        How many of each kind are listed, at most.
    """
    near = "no other row could be compared with it"
    if n.by != "nothing":
        near = f"{count(n.compared)} of the {count(n.looked)} rows before and behind it, without its case and source"
    number = f"{'' if s.complete else 'at least '}{count(len(s.rows))}"
    own = f"{number} rows of its case or source, of which {most} at most were looked for"
    return f"this one detection; {own}; {near}; at most {listed} of each are listed"


def why_alike(alike: str, near: float | None, by: str) -> str:
    """Return why a detection is listed as like another."""
    if alike != "nearest":
        return {"case": "same case", "entity": "same source"}[alike]
    near = near or 0.0
    return f"{100 * near:.0f} % of triples shared" if by == "text" else f"{near:.2f} spreads away"
