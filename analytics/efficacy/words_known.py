"""What was known then and what is known now, in plain sentences."""

from __future__ import annotations

import pandas as pd

from analytics.efficacy.results import Efficacy
from analytics.efficacy.words import NAMES
from analytics.numbers import count, interval, value

_SHOWN = ("precision", "recall", "fpr", "label_coverage")


def then_and_now(then: Efficacy, now: Efficacy) -> str:
    """Return how many labels came since, and what became of precision and recall."""
    more = now.n_labelled - then.n_labelled
    if more == 0:
        return "No label came since: what is known now was known then"
    verb = "label has" if abs(more) == 1 else "labels have"
    moved = []
    for name in ("precision", "recall"):
        a, b = then.estimates[name], now.estimates[name]
        if value(a) != value(b):
            moved.append(f"{NAMES[name][0].split(' (')[0].lower()} read {value(a)} then and {value(b)} now")
    tail = f": {', '.join(moved)}" if moved else "; right alarms and attacks caught read the same"
    return f"{count(abs(more))} {verb} {'come' if more > 0 else 'gone'} since{tail}"


def table(then: Efficacy, now: Efficacy) -> pd.DataFrame:
    """Return the figures side by side, and the counts of labelled rows."""
    rows = [
        {
            "figure": NAMES[name][0],
            "then": _text(then, name),
            "now": _text(now, name),
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


def _text(e: Efficacy, name: str) -> str:
    x = e.estimates[name]
    span = interval(x)
    return value(x) + (f" [{span}]" if span else "")
