"""The work of those who judge, in plain sentences."""

from __future__ import annotations

import pandas as pd

from analytics import numbers
from analytics.feedback.people import OWNERS, TEAM, People
from analytics.numbers import count
from analytics.results import Estimate

TOO_FEW = (
    f"Fewer than {TEAM} people have judged events here. Figures of so few would be figures of single people, "
    "which are shown to themselves only."
)
_VERDICT = {"false_positive_logic": "wrong logic", "false_positive_data": "bad data"}


def agreement(p: People) -> str:
    """Return how far people agree about the same event."""
    if p.agreement is None:
        return TOO_FEW
    a = p.agreement
    if a.same.value is None:
        return f"How far people agree cannot be told: {a.same.why[0].lower()}{a.same.why[1:]}"
    return f"Of 100 events that two people judged, they agree about {_of_100(a.same)}{_kappa(a.kappa)}"


def agreement_note(p: People) -> str:
    """Return the figures behind it, or how they come about."""
    if p.agreement is None or p.agreement.same.value is None:
        return (
            "The queue asks for second opinions on a tenth of what was judged; give them without looking at the first."
        )
    a = p.agreement
    return f"{count(a.same.n)} events judged twice. All five verdicts:{_kappa(a.verdicts).replace(';', '')}."


def _of_100(e: Estimate) -> str:
    return f"{numbers.value(e).removesuffix(' %')} ({numbers.interval(e).removesuffix(' %')})"


def _kappa(e: Estimate) -> str:
    """Return what is left of an agreement when that by chance is taken off."""
    if e.value is None or e.low is None or e.high is None:
        return ""
    return f"; beyond chance {e.value:.2f}, {e.low:.2f} to {e.high:.2f} (Cohen's kappa)"


def course(p: People) -> str:
    """Return how long a verdict takes."""
    if p.course is None:
        return TOO_FEW
    if not p.judged:
        return "No alarm of this window was judged yet"
    parts = [
        f"{numbers.value(p.within[name])} within a {name} ({numbers.interval(p.within[name])})"
        for name in ("day", "week")
        if p.within[name].value is not None
    ]
    half = f"half of them after {span(p.median_hours)}" if p.median_hours is not None else "fewer than half ever"
    return f"Of all alarms {' and '.join(parts)} are judged; {half}"


def span(hours: float) -> str:
    """Return a time in its largest sensible unit."""
    if hours < 2:
        return f"{max(1, round(60 * hours))} minutes"
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.1f} days"


def course_note(p: People) -> str:
    """Return what the curve stands on."""
    return f"{count(p.alarms)} stored alarms, {count(p.judged)} judged; those still open count as open, not as fast."


def backlog(p: People) -> str:
    """Return how many alarms wait, and since when."""
    n = int(p.backlog["n"].sum())
    if not n:
        return "No alarm waits for a verdict"
    oldest = f"; the oldest for {p.oldest_days:.0f} days" if p.oldest_days and p.oldest_days >= 1 else ""
    return f"{count(n)} alarms have no verdict{oldest}"


def work(p: People, capacity: float | None) -> str:
    """Return what there is to do a week against what people can do."""
    whole = p.weeks.iloc[1:-1] if len(p.weeks) > 2 else p.weeks
    told = whole.dropna() if len(whole) else whole
    if not len(told):
        return TOO_FEW if not p.enough else "In no whole week enough people judged to show their work"
    done, due = float(told["hours"].mean()), float(told["due"].mean())
    text = f"A week {due:,.0f} hours of cases arrive and {done:,.0f} hours are worked"
    if not capacity:
        return text
    verdict = "enough" if capacity >= due else f"{due - capacity:,.0f} hours too few"
    return f"{text}; people have {capacity:,.0f} hours: {verdict}"


def work_note(p: People) -> str:
    """Return what an hour is made of."""
    return (
        f"Cases, at {p.minutes_per_case:g} minutes each, audits and verdicts for the candidate too. "
        f"Weeks in which fewer than {TEAM} people judged are left out."
    )


def mix(p: People) -> str:
    """Return whom the false alarms concern."""
    told = {k: e for k, e in p.owners.items() if e.value is not None}
    if not told:
        return TOO_FEW if not p.enough else "No event of this window was judged yet"
    parts = [f"{numbers.value(e)} {_VERDICT[k]}, for {OWNERS[k]}" for k, e in told.items()]
    return f"Of all verdicts on alarms {' and '.join(parts)}"


def mix_note(p: People) -> str:
    """Return the intervals behind it."""
    told = [(k, e) for k, e in p.owners.items() if e.value is not None]
    return " · ".join(f"{_VERDICT[k]} {numbers.interval(e)}, {numbers.base(e)}" for k, e in told)


def own(p: People) -> str:
    """Return the viewer's own figures; empty where there are none."""
    if p.own is None:
        return ""
    o = p.own
    took = f", half of them within {span(o.median_hours)} of the event" if o.median_hours is not None else ""
    same = o.agreement.same
    agree = f" You agree with others in {numbers.value(same)} of {same.n} events." if same.value is not None else ""
    return f"Shown to you alone: you gave {count(o.verdicts)} verdicts on {count(o.cases)} cases{took}.{agree}"


def backlog_table(p: People) -> pd.DataFrame:
    """Return the backlog as a table."""
    return p.backlog.rename(columns={"age": "Waiting", "n": "Alarms"})
