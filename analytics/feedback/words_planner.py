"""The audit planner in plain sentences."""

from __future__ import annotations

import pandas as pd

from analytics.feedback.planner import Plan
from analytics.numbers import count, percent, scores
from analytics.stats.planning import MOST

YEAR_HOURS = 1_600
"""Of one person: from here on an audit is no plan for people."""
_FROM = {
    "asked": "as guessed above",
    "audits": "as the labels tell so far",
    "assumed": "a guess, for no audit has looked yet",
}
_OTHERWAYS = (
    "Attacks sent on purpose, and verdicts on everything that either version flags, tell more for less: "
    "they compare versions without knowing what both miss."
)


def headline(p: Plan) -> str:
    """Return what the wanted width takes: ``1,200 checks (40 hours) would tell recall to ±5 points``."""
    width = f"±{50 * p.width:g} points"
    if p.why:
        return f"No audit can be planned here. {p.why}"
    if p.least > p.width:
        return (
            f"No audit of what passed tells recall to {width}: the attacks among the alarms themselves are known only "
            f"to between {count(p.caught.low)} and {count(p.caught.high)}. Label more alarms first"
        )
    if p.checks is None or p.hours is None:
        return f"Even {count(MOST)} checks would not tell recall to {width}"
    people = p.hours / YEAR_HOURS
    years = "" if people <= 1 else f", what {people:,.0f} people do in a year" if people >= 1.5 else ", a year of work"
    return f"{p.checks:,} checks ({p.hours:,.0f} hours{years}) would tell recall to {width}"


def note(p: Plan) -> str:
    """Return what the plan rests on, and what else there is where it is out of reach."""
    if p.why:
        return ""
    agreed = "as agreed" if p.minutes_agreed else "an assumption nobody has agreed to yet"
    chance = f"In {10 * p.promise:g} of 10 such audits, if " if p.checks else "If "
    text = (
        f"{chance}about {percent(p.guess)} of 100 attacks are caught ({_FROM[p.guess_from]}); {p.minutes_per_case:g} "
        f"minutes a check, {agreed}. {count(p.unseen)} events passed in whole hours of this window; "
        f"{count(sum(s.band.checked for s in p.shares))} of them were checked by audits so far."
    )
    if p.checks is None or (p.hours or 0) > YEAR_HOURS:
        text += f" {_OTHERWAYS}"
    short = [s for s in p.shares if s.checks > s.band.rows]
    if short:
        text += " More checks are due than rows are stored; only stored rows can be looked at."
    return text


def bands(p: Plan) -> pd.DataFrame:
    """Return the strata as a table: what passed, what was checked, what is due."""
    found = pd.DataFrame(
        [
            {
                "Scores": scores(s.band.low, s.band.high),
                "Passed": count(s.band.events),
                "Stored rows": count(s.band.rows),
                "Checked so far": count(s.band.checked),
                "Attacks found": count(s.band.found),
                "Checks due": count(s.checks),
            }
            for s in reversed(p.shares)
        ]
    )
    return found if p.checks else found.drop(columns="Checks due")


def clean(p: Plan) -> pd.DataFrame:
    """Return what audits that find nothing would show, as a table."""
    return pd.DataFrame(
        {
            "Checks": [f"{n:,}" for n in p.clean["checks"]],
            "Hours": [f"{h:,.0f}" for h in p.clean["hours"]],
            "Caught at least": [f"{percent(r, 1)} %" for r in p.clean["recall"]],
        }
    )


def guesses(p: Plan) -> pd.DataFrame:
    """Return what the wanted width takes if recall were otherwise, as a table."""
    return pd.DataFrame(
        {
            "If caught": [f"{percent(g)} %" for g in p.guesses["guess"]],
            "Checks": [f"{n:,.0f}" if pd.notna(n) else "out of reach" for n in p.guesses["checks"]],
            "Hours": [f"{h:,.0f}" if pd.notna(h) else "out of reach" for h in p.guesses["hours"]],
        }
    )
