"""What an alarm and a pass turned out to be, as natural frequencies and a day: the estimates of the tiles, in words.

Labelled rows are chosen, so counts of them say which rows were labelled and not how often something happens. They
stand where they lead to the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.efficacy.consequences import Consequences
from analytics.efficacy.results import Efficacy
from analytics.efficacy.words import of_alarms, of_attacks
from analytics.efficacy.words_threshold import a_day
from analytics.numbers import count, interval, out_of
from analytics.results import Estimate

NOTE = "The estimates above, as natural frequencies and a day. The deeper the tint, the larger the share of alarms."


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the picture."""

    figure: str
    """Stands out."""
    lines: tuple[str, ...]
    share: float | None
    """Of the alarms; None where it is no part of them."""


def finding(e: Efficacy) -> str:
    """Return what of the alarms was false, and what was missed."""
    precision, recall = e.estimates["precision"], e.estimates["recall"]
    if e.threshold is None and e.n_labelled:
        return f"{count(e.n_labelled)} labelled rows and no threshold to judge by"
    if not e.confusion.tp + e.confusion.fp + e.confusion.tn + e.confusion.fn:
        return "No scored row carries a label yet"
    if precision.value is None:
        return "How many alarms were right cannot be told"
    whole, false = of_alarms(precision, false=True)
    text = f"Of {whole} alarms {false} {_were(false)} false; "
    missed = _missed(e, recall)
    text += f"of 100 attacks {missed} {_were(missed)} missed" if missed else "what was missed cannot be told"
    if e.confusion.unscored_attacks:
        text += f"; {count(e.confusion.unscored_attacks)} known attacks got through unscored"
    return text


def nothing(e: Efficacy) -> str:
    """Return why there is nothing to draw; empty where there is something."""
    precision = e.estimates["precision"]
    if precision.value is not None:
        return ""
    return precision.why or "Import labels of these events, or choose a longer window."


def cells(e: Efficacy, now: Consequences) -> tuple[Cell, Cell, Cell, Cell]:
    """Return what was caught, missed, falsely alarmed and rightly passed.

    Parameters
    ----------
    e
        Efficacy at a threshold; its share of right alarms is known.
    now
        What the threshold brings a day.
    """
    precision = e.estimates["precision"]
    p = precision.value or 0.0
    whole, right = of_alarms(precision)
    _, false = of_alarms(precision, false=True)
    rest = replace(precision, value=1 - p, low=_from_one(precision.high), high=_from_one(precision.low))
    of = f"of {whole} alarms"
    return (
        Cell(_brief(right), (of, "were attacks", interval(precision), _a_day(now.caught)), p),
        _unseen(e, now.missed),
        Cell(_brief(false), (of, "were false", interval(rest), _a_day(now.false_alarms)), 1 - p),
        _passed(e),
    )


def _unseen(e: Efficacy, a_day_: Estimate) -> Cell:
    recall = e.estimates["recall"]
    missed = _missed(e, recall)
    if missed:
        return Cell(_brief(missed), ("of 100 attacks", "missed", _a_day(a_day_)), None)
    known = f"{count(e.confusion.fn)} known so far" if e.confusion.fn else ""
    return Cell("cannot tell", ("attacks missed", known), None)


def _passed(e: Efficacy) -> Cell:
    """Only where all is labelled is it known how much passed rightly; else it is the rest, and nobody counts it."""
    fpr = e.estimates["fpr"]
    if e.basis != "full" or fpr.value is None:
        return Cell("", ("rightly passed:", "the rest,", "not estimated"), None)
    passed = replace(fpr, value=1 - fpr.value)
    return Cell(out_of(passed, 1000), ("of 1,000 benign", "rightly passed"), None)


def _missed(e: Efficacy, recall: Estimate) -> str:
    """Return how many of 100 attacks are missed, as the headline says how many are caught; empty if nobody knows."""
    if recall.value is None or recall.low is None or recall.high is None:
        return ""
    rest = replace(recall, value=1 - recall.value, low=1 - recall.high, high=1 - recall.low)
    return of_attacks(rest, e.basis == "audit")


def _a_day(e: Estimate) -> str:
    return f"{a_day(e)[0]} a day" if e.value is not None else ""


def _brief(told: str) -> str:
    """Return a range as it fits into a cell of a narrow screen: ``26–97``."""
    return told.removeprefix("between ").replace(" and ", "–")


def _were(told: str) -> str:
    return "was" if told == "none" else "were"


def _from_one(x: float | None) -> float | None:
    return None if x is None else 1 - x
