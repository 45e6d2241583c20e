"""What was known then and what is known now, in plain sentences."""

from __future__ import annotations

from math import inf

import pandas as pd

from analytics.efficacy.results import Efficacy
from analytics.efficacy.words import NAMES, only_a_range
from analytics.numbers import count, interval, value
from analytics.results import Estimate

_SHOWN = ("precision", "recall", "fpr", "label_coverage")


def then_and_now(then: Efficacy, now: Efficacy) -> str:
    """Return how many labels came since, and what became of precision and recall, what changed most first."""
    more = now.n_labelled - then.n_labelled
    if more == 0:
        return "No label came since: what is known now was known then"
    verb = "label has" if abs(more) == 1 else "labels have"
    start = f"{count(abs(more))} {verb} {'come' if more > 0 else 'gone'} since"
    moved = _moved(then, now)
    if not moved:
        return f"{start}; right alarms and attacks caught read the same"
    (name, a, b), *others = moved
    text = f"{start}: {_called(name)} were {_likely(a)}{_said(a)} as known then, {_said(b)} as known now"
    return "; ".join([text, *(f"{_called(n)} {_likely(a)}{_said(a)} then, {_said(b)} now" for n, a, b in others)])


def differs_most(then: Efficacy, now: Efficacy) -> str:
    """Return that a day is the one on which then and now differ most, and of which; empty where they read the same."""
    if not _moved(then, now):
        return ""
    return "Of the days with most labels still to come, one a week, then and now differ most on this one."


def _moved(then: Efficacy, now: Efficacy) -> list[tuple[str, Estimate, Estimate]]:
    """Return the figures that read differently, what changed most first."""
    both = [(name, then.estimates[name], now.estimates[name]) for name in ("precision", "recall")]
    return sorted((m for m in both if value(m[1]) != value(m[2])), key=_by, reverse=True)


def _by(moved: tuple[str, Estimate, Estimate]) -> float:
    a, b = moved[1].value, moved[2].value
    return inf if a is None or b is None else abs(a - b)


def _called(name: str) -> str:
    return NAMES[name][0].split(" (")[0].lower()


def _likely(e: Estimate) -> str:
    return "most likely " if e.basis == "audit" and e.value is not None and only_a_range(e) else ""


def _said(e: Estimate) -> str:
    """Return the figure with its interval; never a bare point where there is one."""
    span = interval(e)
    return value(e) + (f" ({span})" if span else "")


def table(then: Efficacy, now: Efficacy) -> pd.DataFrame:
    """Return the figures side by side, and the counts of labelled rows."""
    rows = [
        {
            "figure": NAMES[name][0],
            "then": _said(then.estimates[name]),
            "now": _said(now.estimates[name]),
        }
        for name in _SHOWN
    ]
    counts = (
        ("labelled rows", then.n_labelled, now.n_labelled),
        ("attacks caught, rows", then.confusion.tp, now.confusion.tp),
        ("attacks missed, rows", then.confusion.fn, now.confusion.fn),
        ("false alarms, rows", then.confusion.fp, now.confusion.fp),
    )
    rows += [{"figure": name, "then": count(a), "now": count(b)} for name, a, b in counts]
    return pd.DataFrame(rows)
