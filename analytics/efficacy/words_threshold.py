"""What another threshold would bring, in plain sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.cheapest import Optimum
from analytics.efficacy.consequences import Consequences, Gain, Ladder
from analytics.efficacy.results import ESTIMATES, Efficacy
from analytics.efficacy.seeded import said
from analytics.efficacy.versions import IN_FORCE
from analytics.efficacy.words import BASIS, Tile, only_a_range, tile
from analytics.numbers import base, figures_of_band, interval, out_of, percent, score, short, value
from analytics.results import Estimate

_ESTIMATES = {
    "label_coverage": "Truth known (label coverage)",
    "protected_share": "Protected share",
    "prevalence": "Share of attacks (prevalence)",
    "precision": "Right alarms (precision)",
    "precision_by_case": "Right alarms, by case",
    "recall": "Attacks caught (recall)",
    "fpr": "False alarms (false-positive rate)",
    "f1": "F1",
    "auc": "Area under the ROC curve",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "ece": "Calibration error",
    "recall_at_fpr_01": "Attacks caught at 1 % false alarms",
    "recall_at_fpr_001": "Attacks caught at 0.1 % false alarms",
    "partial_auc_01": "Area under the ROC curve to 1 % false alarms (chance is 50 %)",
    "partial_auc_1": "Area under the ROC curve to 10 % false alarms (chance is 50 %)",
}


CURRENCY = "in the bank's currency"
FAR_APART = 3.0
"""Times by which the ends of a number a day lie apart from which its range is told in place of its point."""


def step(ladder: Ladder, threshold: float, cheapest: float | None = None, own: str = IN_FORCE) -> str:
    """Return the name of a step of the slider: threshold, alarms a day where they are counted exactly, what it is.

    Parameters
    ----------
    own
        What the threshold that the version has is called (``versions.threshold_name``).
    """
    a_day = dict(zip(ladder.thresholds, ladder.alarms, strict=True)).get(threshold, math.nan)
    alarms = "" if math.isnan(a_day) else f"{short(a_day, 2)} alarms a day"
    marks = ((ladder.in_force, own), (cheapest, "cheapest"))
    return " · ".join(filter(None, (score(threshold), alarms, *(name for at, name in marks if at == threshold))))


def assumed(values: Assumptions) -> str:
    """Return minutes and money in words; what nobody has said is left out."""
    told = (
        (values.minutes_per_case, "minutes a case"),
        (values.alarms_per_case, "alarms a case"),
        (values.cost_missed, "for a missed attack"),
        (values.cost_false_alarm, "for a false alarm"),
        (values.cost_hour, "for an analyst hour"),
    )
    return ", ".join(f"{x:g} {what}" for x, what in told if x is not None)


def tiles(
    e: Efficacy,
    now: Consequences,
    before: Consequences | None,
    assumed: Assumptions,
    agreed: str,
    known: dict[str, Estimate],
    own: str = IN_FORCE,
) -> list[tuple[str, Tile]]:
    """Return the figures that move together, each with its change against the threshold in force.

    Parameters
    ----------
    e
        Efficacy at the threshold.
    now, before
        What the threshold brings, and what the one in force does; None where it is the same or none is in force.
    assumed, agreed
        Minutes and money, and who agreed on them; empty where nobody did.
    known
        Attacks caught of the seeded ones and of benchmarks, by population.
    own
        What the threshold that the version has is called.
    """
    case = f"{assumed.minutes_per_case:g} min a case" + (f" (agreed by {agreed})" if agreed else " (assumed)")
    people = "no alarm of this model is judged by people" if now.cases_from == "machine" else case
    wide = "" if now.cost.value is None else "its ends are the sums of the ends"
    rows = (
        ("alarms", "Alarms a day", "Events at or above the threshold.", ""),
        (
            "hours",
            "Analyst hours a day",
            "Cases that people get, from those they judged and how they were chosen, times minutes a case.",
            people,
        ),
        ("missed", "Attacks missed a day", "Attacks below the threshold.", ""),
        ("cost", "Cost a day", "Missed attacks, false alarms and analysts' hours.", wide),
    )
    found = {
        key: _a_day(name, meaning, getattr(now, key), getattr(before, key) if before else None, note, own)
        for key, name, meaning, note in rows
    }
    if found["cost"].known:
        found["cost"] = replace(found["cost"], range="\n".join(filter(None, (CURRENCY, found["cost"].range))))
    found |= {name: tile(name, e.estimates[name]) for name in ("precision", "recall")}
    precision, recall = e.estimates["precision"], e.estimates["recall"]
    ranges = {"recall": recall.basis == "audit", "precision": only_a_range(precision)}
    for name, x in (("precision", precision), ("recall", recall)):
        if ranges[name] and x.value is not None and interval(x):
            # From an audit the range is the figure: the point in it is unstable.
            found[name] = replace(found[name], value=interval(x), range=f"most likely {value(x)}")
    found["precision"] = replace(found["precision"], help=f"{found['precision'].help}{_by_case(e)}")
    of_known = [f"{value(x)} of {x.n:,} {name} ({interval(x)})" for name, x in said(known)]
    found["recall"] = replace(found["recall"], why="\n".join(filter(None, (*of_known, found["recall"].why))))
    found["precision"] = replace(
        found["precision"], why="\n".join(filter(None, (_false(now.false_alarms), found["precision"].why)))
    )
    return [(key, found[key]) for key in ("alarms", "hours", "precision", "recall", "missed", "cost")]


def _by_case(e: Efficacy) -> str:
    """Return how many cases with an alarm were right, where cases are known: requests of one are many and alike."""
    cases = e.estimates.get("precision_by_case")
    if cases is None or cases.value is None:
        return ""
    return f" Of 100 cases with an alarm {out_of(cases, 100)} held an attack."


def _false(e: Estimate) -> str:
    """Return how many false alarms there are a day; empty where nobody can say."""
    if e.value is None:
        return ""
    span = f" ({short(e.low, 2)}–{short(e.high, 2)})" if e.low is not None and e.high is not None else ""
    return f"{short(e.value, 2)} false alarms a day{span}"


def checked(e: Efficacy, a_day: Estimate) -> str:
    """Return how much was checked, and how much of all by what can stop it; empty where neither can be told.

    Parameters
    ----------
    e
        Of the selection.
    a_day
        Events scored a day.
    """
    share = e.estimates["protected_share"]
    said = "" if a_day.value is None else f"{short(a_day.value)} events a day were checked"
    if not a_day.represents:
        return "Nothing was checked"
    if share.value is None:
        return said
    if not share.value:
        return f"{said or 'What was checked was checked'} by a model that only alerts"
    if not said:
        return f"{value(share)} of all events were checked by a model that can stop them"
    return f"{said}; {value(share)} of all by a model that can stop them"


def _a_day(name: str, meaning: str, now: Estimate, before: Estimate | None, note: str, own: str) -> Tile:
    if now.value is None:
        text = "not said" if now.quality == "no_data" else "not measurable"
        return Tile(name, meaning, text, "", "", now.why or "The labels do not tell.", known=False)
    change = ""
    if before is not None and before.value is not None:
        moved = now.value - before.value
        same = abs(moved) < 1e-9 * max(abs(before.value), 1)
        change = f"as {'' if own == IN_FORCE else 'at '}{own}" if same else f"{_signed(moved)} against {own}"
    figure, beside = a_day(now)
    return Tile(name, meaning, figure, "\n".join(filter(None, (beside, change))), note, "", known=True)


def a_day(e: Estimate) -> tuple[str, str]:
    """Return a number a day, its value known, and what stands beside it; its range comes first where it is wide."""
    value, low, high = e.value or 0.0, e.low or 0.0, e.high or 0.0
    span = f"{short(low, 2)}–{short(high, 2)}" if e.low is not None and low != high else ""
    if span and high > FAR_APART * low:  # the point in it would pass for more than it is
        return span, f"most likely {short(value, 2)}"
    return short(value), span


def _signed(x: float) -> str:
    return f"{'+' if x > 0 else '−'}{short(abs(x), 2)}"


def optimum(o: Optimum, in_force: float | None, own: str = IN_FORCE) -> str:
    """Return where cost is least, and how sure that is."""
    if o.threshold is None or o.low is None or o.high is None:
        return "The cheapest threshold cannot be told"
    if o.low < o.high:  # more figures than tell the band would pass for a precision that nobody has
        figures = figures_of_band(o.low, o.threshold, o.high, in_force)
        least, *ends = (score(x, figures) for x in (o.threshold, o.low, o.high))
        text = f"Cost is least at {least}; from {ends[0]} to {ends[1]} it cannot be told apart"
    else:
        text = f"Cost is least at {score(o.threshold)}"
    if in_force is not None:
        inside = o.low <= in_force <= o.high
        mine = "The one in force" if own == IN_FORCE else "Its own"
        text += f". {mine}, {score(in_force)}, is {'among them' if inside else 'not among them'}"
    return text


def chain(now: Consequences) -> str:
    """Return the chain in one sentence: alarms, cases, hours."""
    if now.cases_from == "machine" or now.cases.value is None or now.hours.value is None:
        return f"{short(now.alarms.value or 0)} alarms a day, none of them judged by people."
    return (
        f"Of {short(now.alarms.value or 0)} alarms a day people get {short(now.cases.value, 2)} cases: "
        f"{short(now.hours.value, 2)} analyst hours."
    )


def figures(e: Efficacy) -> pd.DataFrame:
    """Return every estimate as people read it: figure, interval, base, basis and reason."""
    return pd.DataFrame(
        [
            {
                "figure": _ESTIMATES[name],
                "value": value(x),
                "interval": interval(x),
                "base": base(x),
                "basis": BASIS[x.basis],
                "remark": x.why,
            }
            for name, x in ((name, e.estimates[name]) for name in ESTIMATES if name in e.estimates)
        ]
    )


def gains(found: list[Gain]) -> pd.DataFrame:
    """Return the gains as people read them."""
    return pd.DataFrame(
        [
            {
                "highest-scored part of the traffic": f"{percent(g.share, 2)} %",
                "threshold": score(g.threshold),
                "attacks among them": value(g.caught),
                "interval": interval(g.caught),
            }
            for g in found
        ]
    )
