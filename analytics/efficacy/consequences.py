"""What a threshold brings: alarms a day, analysts' hours, attacks caught and missed, cost.

One chain: threshold → alarms → cases → hours → money. Volumes are known; shares carry the interval of the labels;
what a case and a mistake cost are assumptions that whoever looks may change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from analytics.efficacy import evaluate, queries
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.counted import above_edges, middle
from analytics.efficacy.facts import Totals
from analytics.efficacy.identify import Identified, identify
from analytics.efficacy.reading import Facts, read
from analytics.efficacy.wording import explained
from analytics.results import Estimate, Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

STEPS = 60
"""Thresholds that the slider offers."""
_HOUR = 1 / 24
GONE = timedelta(days=28)
"""A version of which nothing has come for so long is no longer there, so its days are over."""
GAINS = (0.0001, 0.001, 0.01, 0.1)
"""Highest-scored parts of the traffic that are looked at."""
FEWEST = 0.1
"""Alarms a day below which a higher threshold is not offered."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Thresholds to choose from, rising, and the alarms a day at each."""

    thresholds: tuple[float, ...]
    alarms: tuple[float, ...]
    """nan where a part of the events is only counted."""
    in_force: float | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What one threshold brings, a day."""

    threshold: float
    alarms: Estimate
    false_alarms: Estimate
    caught: Estimate
    missed: Estimate
    """Attacks that pass; without a value where recall is not measurable."""
    cases: Estimate
    """That people judge; without a value where nobody knows how alarms make cases."""
    cases_from: str
    """asked | labels | machine: no alarm of this model is judged by people."""
    hours: Estimate
    cost: Estimate
    """Of mistakes and hours; without a value where a part of it is not measurable."""
    parts: dict[str, Estimate]
    """missed, false_alarms, hours: each in money."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What the highest scores of the traffic hold."""

    share: float
    """Of the scored events that lie at or above the threshold."""
    threshold: float
    caught: Estimate
    """Share of all attacks among them."""


def ladder(reader: Reader, scope: Scope) -> Measured[Ladder]:
    """Return the thresholds of the slider: by alarms a day on a log scale, and the one in force.

    All lie on edges of score bins, so their alarms are counted exactly.
    """
    facts = read(reader, scope)
    trace = facts.trace(reader)
    part = facts.parts[0]
    low, above = above_edges(part)
    days = days_of(facts, reader)
    told = (above / days >= FEWEST) & (not no_rate(facts, reader) or bool(facts.uncounted))
    found: set[float] = set()
    if told.any():
        a_day = above[told] / days
        wanted = np.geomspace(a_day.min(), a_day.max(), STEPS)
        nearest = np.abs(np.log(a_day)[:, None] - np.log(wanted)[None, :]).argmin(axis=0)
        found = {float(low[told][i]) for i in nearest}
    if facts.served is not None:
        found.add(facts.served)
    ordered = tuple(sorted(found))
    alarms = tuple(float("nan") if facts.uncounted else middle(part.totals(t)) / days for t in ordered)
    return Measured(Ladder(ordered, alarms, facts.served), facts.rests(trace.provenance(scope), facts.served))


def consequences(reader: Reader, scope: Scope, threshold: float, assumed: Assumptions) -> Measured[Consequences]:
    """Return what a threshold brings, a day.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    threshold
        Positive means score >= threshold.
    assumed
        Minutes and money.
    """
    facts = read(reader, scope)
    trace = facts.trace(reader)
    ident, around = identified(facts, threshold)
    told = explained(evaluate.rates(ident, around, threshold, ("precision", "recall")), facts.uncounted)
    days = days_of(facts, reader)
    alarms = Estimate(
        middle(around) / days, around.above / days, (around.above + around.between) / days, around.rows,
        unit="count", represents=around.events, method="count" if around.between <= 0 else "score bins",
    )  # fmt: skip
    if why := no_rate(facts, reader):
        alarms = replace(alarms, value=None, low=None, high=None, quality="not_measurable", why=why)
    precision, recall = told["precision"], told["recall"]
    caught = _scaled(precision, alarms, lambda p: p)
    wrong = _scaled(precision, alarms, lambda p: 1 - p)
    a_day = _found(ident, days) if ident.basis == "audit" else caught.value
    missed = alarms if why else _missed(a_day, recall, ident.known[3] / days)
    cases, source = cases_of(trace, facts, alarms, threshold, days, assumed)
    hours = _times(cases, assumed.minutes_per_case / 60)
    parts = {
        "missed": _times(missed, assumed.cost_missed),
        "false_alarms": _times(wrong, assumed.cost_false_alarm),
        "hours": _times(hours, assumed.cost_hour),
    }
    found = Consequences(
        threshold, alarms, wrong, caught, missed, cases, source, hours, _sum(parts), parts
    )  # fmt: skip
    return Measured(found, facts.rests(trace.provenance(scope), threshold))


def checked(reader: Reader, scope: Scope) -> Measured[Estimate]:
    """Return how many events a day the version scored: counted; without a value where a number a day cannot be told."""
    facts = read(reader, scope)
    trace = facts.trace(reader)
    seen = facts.parts[0].seen
    scored = seen[seen["score_bin"] >= 0]
    rows, events = int(scored["n"].sum()), float(scored["represented"].sum())
    a_day = events / days_of(facts, reader)
    found = Estimate(a_day, a_day, a_day, rows, unit="count", represents=events, method="count")
    if why := no_rate(facts, reader):
        found = replace(found, value=None, low=None, high=None, quality="not_measurable", why=why)
    return Measured(found, facts.rests(trace.provenance(scope), facts.served))


def gains(reader: Reader, scope: Scope) -> Measured[list[Gain]]:
    """Return how many of the attacks lie in the highest-scored parts of the traffic, ever larger ones.

    The thresholds are edges of score bins, so the shares are exact; of two that hold the same share one is told.
    """
    facts = read(reader, scope)
    trace = facts.trace(reader)
    low, above = above_edges(facts.parts[0])
    found: list[Gain] = []
    for wanted in GAINS if above[0] > 0 else ():
        at = int(np.abs(np.log(np.maximum(above, 1e-9) / above[0]) - np.log(wanted)).argmin())
        ident, around = identified(facts, float(low[at]))
        told = evaluate.rates(ident, around, float(low[at]), ("recall",))["recall"]
        share = float(above[at] / above[0])
        if not found or share > found[-1].share * 1.5:
            found.append(Gain(share, float(low[at]), told))
    return Measured(found, facts.rests(trace.provenance(scope), facts.served))


def days_of(facts: Facts, reader: Reader) -> float:
    """Return how many days the scope's window holds, an hour at least."""
    return max(_days(facts, reader), _HOUR)


def no_rate(facts: Facts, reader: Reader) -> str:
    """Return why a number a day cannot be told of the scope; empty where it can."""
    if _days(facts, reader) < _HOUR - 1e-9:
        return "Volumes are counted by hour: choose an hour or more."
    return facts.uncounted


def _days(facts: Facts, reader: Reader) -> float:
    """Return how many days the window holds, from the version's first day to the end of the data; 1 if nobody knows.

    A window with an open end ends behind the last day of a version of which nothing has come for long.
    """
    end, scope = reader.snapshot.data_until, facts.scope
    if scope.until is None and end and facts.last and end - facts.last > GONE:
        end = facts.last + timedelta(days=1)
    ends = [t for t in (scope.until, end) if t is not None]
    starts = [t for t in (scope.since, facts.first) if t is not None]
    if not ends or not starts:
        return 1.0
    return (min(ends) - max(starts)) / timedelta(days=1)


def identified(facts: Facts, threshold: float | None) -> tuple[Identified, Totals]:
    """Return the labelled rows at a threshold, on the basis that holds, and the population around it."""
    part = facts.parts[0]
    around = part.totals(threshold)
    return identify(part.rows(threshold), around, threshold, part.standing(around, threshold)), around


def cases_of(
    trace: Trace, facts: Facts, alarms: Estimate, threshold: float, days: float, assumed: Assumptions
) -> tuple[Estimate, str]:
    """Return the cases a day that people judge.

    As asked: alarms ÷ alarms per case. Else from the labels that people gave: each of their cases stands for
    1 ÷ the probability with which it was chosen. Nobody judged what a lower threshold would flag besides: there a case
    is taken to hold as many alarms as at the threshold in force.
    """
    if alarms.value is None:
        return alarms, "labels"
    if assumed.alarms_per_case:
        return _times(alarms, 1 / assumed.alarms_per_case), "asked"
    at = max(threshold, facts.served) if facts.served is not None else threshold
    columns = set(trace.once(queries.LABELLED_COLUMNS, {})["column_name"])
    worked = trace.run(*queries.worked(facts.scope, at, columns)).iloc[0]
    if not worked["rows"]:
        return replace(alarms, value=0.0, low=0.0, high=0.0), "machine" if alarms.value else "labels"
    cases = float(worked["cases"]) / days
    found = Estimate(cases, None, None, int(worked["rows"]), unit="count", method="labelled cases ÷ probability")
    judged = middle(facts.parts[0].totals(at)) / days
    if threshold < at and judged > 0:
        found = _times(found, alarms.value / judged)
    return found, "labels"


def _scaled(share: Estimate, alarms: Estimate, part: Callable[[float], float]) -> Estimate:
    """Return alarms × a share (or what is left of it), with the ends of both."""
    if alarms.low is None or alarms.high is None:
        return alarms
    if share.low is None or share.high is None:
        return replace(share, value=None, low=None, high=None, unit="count")
    low, high = sorted((part(share.low), part(share.high)))
    value = None if share.value is None or alarms.value is None else alarms.value * part(share.value)
    return replace(share, value=value, low=alarms.low * low, high=alarms.high * high, unit="count")


def _found(ident: Identified, days: float) -> float:
    """Return the attacks caught a day, as recall counts them: by the rows, so that a lower threshold misses no more."""
    return float(ident.weight[ident.flagged & ident.rows.attack].sum()) / days


def _missed(caught: float | None, recall: Estimate, known: float) -> Estimate:
    """Return the attacks that pass: caught × (1 ÷ recall − 1), from the ends of recall, and no fewer than are known.

    The upper end of recall allows for more caught ones than are likely; what is known to have passed did in any case.
    """
    if caught is None or recall.value is None or recall.low is None or recall.high is None:
        return replace(recall, value=None, low=None, high=None, unit="count")
    ends = [caught * (1 / r - 1) if r > 0 else float("inf") for r in (recall.value, recall.high, recall.low)]
    value, low, high = (max(x, known) if np.isfinite(x) else None for x in ends)
    return replace(recall, value=value, low=low, high=high, unit="count")


def _times(e: Estimate, price: float | None) -> Estimate:
    if price is None:
        return replace(e, value=None, low=None, high=None, quality="no_data", why="Nobody has said what it costs.")
    value, low, high = (None if x is None else x * price for x in (e.value, e.low, e.high))
    return replace(e, value=value, low=low, high=high)


def _sum(parts: dict[str, Estimate]) -> Estimate:
    """Return the sum of estimates; its ends are the sums of theirs, so it is rather too wide."""
    worst = next((e for e in parts.values() if e.value is None), None)
    if worst is not None:
        return replace(worst, value=None, low=None, high=None)
    ends = [
        (e.value or 0.0, e.value or 0.0 if e.low is None else e.low, e.value or 0.0 if e.high is None else e.high)
        for e in parts.values()
    ]
    value, low, high = (float(np.sum(x)) for x in zip(*ends, strict=True))
    return replace(parts["missed"], value=value, low=low, high=high, unit="count")
