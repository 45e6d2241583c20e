"""Efficacy in plain sentences, each with its base. Plain words first, the field's term second.

A value from data (a model's name, a slice) enters a sentence as it is: whoever shows it must not read it
as Markdown or HTML.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.efficacy.results import Curves, Efficacy, ScoreHistogram
from analytics.numbers import base, count, interval, number, out_of, percent, score, value
from analytics.results import Basis, Estimate
from analytics.scope import SLICES, Scope

NAMES: dict[str, tuple[str, str]] = {
    "precision": (
        "Right alarms (precision)",
        "Of the alarms at this threshold, the share that were attacks.",
    ),
    "recall": (
        "Attacks caught (recall)",
        "Of all attacks in the scored traffic, the share above the threshold.",
    ),
    "fpr": (
        "False alarms (false-positive rate)",
        "Of all benign traffic that was scored, the share above the threshold.",
    ),
    "label_coverage": ("Truth known (label coverage)", "The share of the rows in view that carry a label."),
    "protected_share": (
        "Protected share",
        "Events checked by a model that could act, of all events of the service.",
    ),
}
"""Estimate -> its name, plain words first, and what it means."""
_CLOSE = 0.05
"""Width of an interval of an area up to which the figure is told, else its ends."""
_WIDE = 0.4
"""Width of an interval of a share from which its range is told in place of its point."""

BASIS: dict[Basis | None, str] = {
    "full": "every row labelled, or nearly",
    "audit": "estimated from a weighted audit",
    "alarms": "known of alarms only",
    None: "no usable labels",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """The texts of one estimate tile."""

    name: str
    help: str
    value: str
    """The figure, or that there is none."""
    range: str
    """The interval, the bounds, or empty."""
    base: str
    """What the figure rests on."""
    why: str
    """The reason where there is no figure, or a word on how it was come by."""
    known: bool
    """There is a figure."""


def tile(name: str, e: Estimate) -> Tile:
    """Return the texts of the tile of one estimate of an ``Efficacy``."""
    title, meaning = NAMES[name]
    return Tile(title, meaning, value(e), interval(e), base(e), e.why, e.value is not None)


def headline(e: Efficacy) -> str:
    """Return the consequences of the threshold as natural frequencies."""
    if not e.n_represented:
        return "This selection holds no detections."
    if e.threshold is None:
        return "No threshold is in force, so nothing counts as an alarm."
    precision, recall = e.estimates["precision"], e.estimates["recall"]
    right = "how many of its alarms were attacks cannot be said"
    if precision.value is not None:
        right = "of {} alarms {} were attacks".format(*of_alarms(precision))
    caught = "how many attacks get past it cannot be said"
    if recall.value is not None and recall.low is not None and recall.high is not None:
        told = of_attacks(recall, e.basis == "audit")
        caught = f"of 100 attacks {told} {'is' if told == 'none' else 'are'} caught"
    return f"At threshold {score(e.threshold)}, {right}; {caught}."


def of_alarms(e: Estimate, false: bool = False) -> tuple[str, str]:
    """Return of how many alarms how many were right: ``1,000`` and ``about 967``; both parts add up to the whole.

    Parameters
    ----------
    e
        The share of right alarms; it has a value.
    false
        The others: ``1,000`` and ``about 33``.
    """
    v = e.value or 0.0
    if only_a_range(e) and e.low is not None and e.high is not None:
        low, high = (1 - e.high, 1 - e.low) if false else (e.low, e.high)
        return "100", f"between {number(e, low)} and {number(e, high)}"
    sure = e.low is not None and e.high is not None and e.high - e.low < 0.02
    whole = 1000 if sure or v < 0.05 else 100  # no more digits than the interval deserves
    right = round(whole * v)
    others = (whole - right) / whole if 0 < right < whole else 1 - v
    return count(whole), out_of(replace(e, value=others) if false else e, whole)


def of_attacks(e: Estimate, audit: bool) -> str:
    """Return how many of 100 attacks a share is; from an audit, which estimates what nobody saw, only its range."""
    if not audit or e.low is None or e.high is None:
        return out_of(e, 100)
    low, high = number(e, e.low), number(e, e.high)  # as its tile says
    if low != high:
        return f"between {low} and {high}"
    return f"about {low}" if 0 < e.high < 1 else "all" if e.high else "none"


def only_a_range(e: Estimate) -> bool:
    """Tell whether the ends of a share are so far apart that its point would pass for more than it is."""
    return e.low is not None and e.high is not None and e.high - e.low >= _WIDE


def basis(e: Efficacy) -> str:
    """Return what the page rests on in one line."""
    parts = [
        f"{count(e.n)} rows" + ("" if round(e.n_represented) == e.n else f" for {count(e.n_represented)} events"),
        f"{count(e.n_scored)} scored",
        f"{count(e.n_labelled)} labelled" + ("" if e.n_cases is None else f" in {count(e.n_cases)} cases"),
        *([_basis(e)] if e.n_labelled else []),
    ]
    if e.population != "production":
        parts.append(f"{e.population.replace('_', '-')} rows, not production")
    if e.n_undetermined:
        one = e.n_undetermined == 1
        looked = "detection was" if one else "detections were"
        left_out = "it is" if one else "they are"
        parts.append(f"{count(e.n_undetermined)} audited {looked} looked at without a verdict; {left_out} left out")
    return " · ".join(parts)


def _basis(e: Efficacy) -> str:
    whole = e.basis == "full" and e.estimates["label_coverage"].value == 1
    return "every row labelled" if whole else BASIS[e.basis]


def notes(versions: pd.DataFrame, scope: Scope) -> str:
    """Return what whoever registered the model version wrote about its data; empty where nothing.

    Parameters
    ----------
    versions
        Rows of ``measures.versions``: model_id, model_version, notes, …
    scope
        Names the model and the version.
    """
    mine = versions[(versions["model_id"] == scope.model) & (versions["model_version"] == scope.version)]
    return " ".join(str(note) for note in mine["notes"].dropna())


def served(e: Efficacy) -> str:
    """Return a sentence where the decisions as served are not what the scores give; else empty."""
    if not e.served_differs:
        return ""
    rows = "labelled row was" if e.served_differs == 1 else "labelled rows were"
    its = "its score says" if e.served_differs == 1 else "their score says"
    return (
        f"{count(e.served_differs)} {rows} decided otherwise than {its} at the threshold in force; "
        "the figures here go by the score. More figures tells why."
    )


def selection(scope: Scope, zone: str) -> str:
    """Return what of a model is in view: the window, every slice condition, and the state of knowledge."""
    parts = [window(scope, zone), *(f"{column_name(column)}: {value}" for column, value in scope.where)]
    if scope.known_at is not None:
        parts.append(f"labels as known on {day(scope.known_at, ZoneInfo(zone))}")
    return " · ".join(parts)


def window(scope: Scope, zone: str) -> str:
    """Return the window of a scope in words, days of the business zone, the last one included."""
    if scope.since is None and scope.until is None:
        return "All data"
    tz = ZoneInfo(zone)
    if scope.until is None:
        return f"since {day(scope.since, tz)}"
    if scope.since is None:
        return f"until before {day(scope.until, tz)}"
    return f"{day(scope.since, tz)} until before {day(scope.until, tz)}"


def day(time: datetime | None, tz: ZoneInfo) -> str:
    """Return a time as day in the zone, with the hour unless it is midnight."""
    if time is None:
        return ""
    local = time.astimezone(tz)
    text = f"{local.day} {local:%b %Y}"
    return text if (local.hour, local.minute) == (0, 0) else f"{text} {local:%H:%M}"


def scores(h: ScoreHistogram, e: Efficacy) -> str:
    """Return the finding of the score histogram."""
    c = e.confusion
    attacks, benign = c.tp + c.fn, c.fp + c.tn
    if not (attacks or benign):
        return "No scored row here carries a label"
    if e.threshold is None:
        return f"{count(attacks)} labelled attacks and {count(benign)} labelled benign rows; no threshold is in force"
    if e.basis == "alarms":
        return f"Of {count(c.tp + c.fp)} labelled alarms {count(c.tp)} were attacks; little is known below"
    above = [
        f"{count(k)} of {count(n)} labelled {what}"
        for k, n, what in ((c.tp, attacks, "attacks"), (c.fp, benign, "benign rows"))
        if n
    ]
    verb = "scores" if (c.tp, c.fp) in ((1, 0), (0, 1)) else "score"
    known = e.estimates["label_coverage"].value
    part = f"; {percent(known)} % of the rows are labelled" if e.basis == "full" and known and known < 1 else ""
    return f"{' and '.join(above)} {verb} at or above the threshold{part}"


def chosen_rows(e: Efficacy) -> str:
    """Return what a picture of labelled rows would be misread without; empty where all of a random part is labelled."""
    if e.basis == "full":
        return ""
    return "Alarms are labelled more often than what passes: shares of these rows are no rates."


def unscored(h: ScoreHistogram) -> str:
    """Return how much was not scored, by reason; empty if all was."""
    if h.unscored.empty or not h.unscored["represented"].sum():
        return ""
    pairs = zip(h.unscored["reason"], h.unscored["represented"], strict=True)
    reasons = ", ".join(f"{reason} {count(n)}" for reason, n in pairs)
    return f"{count(h.unscored['represented'].sum())} events were not scored ({reasons})."


def roc(e: Efficacy, c: Curves) -> str:
    """Return the finding of the ROC curve: recall at 1 % false alarms, then the area."""
    at, auc = e.estimates["recall_at_fpr_01"], e.estimates["auc"]
    if c.roc.empty or at.value is None:
        return "The attacks caught at a given rate of false alarms cannot be said"
    text = f"At 1 % false alarms {_said(at)} of the attacks are caught"
    if auc.value is None or auc.low is None or auc.high is None:
        return text
    told = f"{auc.value:.3f}" if auc.high - auc.low < _CLOSE else f"{auc.low:.2f} to {auc.high:.2f}"
    return f"{text}; area under the curve {told}"


def _said(e: Estimate) -> str:
    """Return the figure; from an audit its range, never the bare point."""
    return interval(e) if e.basis == "audit" and e.value is not None and interval(e) else value(e)


def precision_recall(e: Efficacy, c: Curves) -> str:
    """Return the finding of the precision–recall curve."""
    precision, recall = e.estimates["precision"], e.estimates["recall"]
    if c.pr.empty or precision.value is None or recall.value is None:
        return "The trade between right alarms and attacks caught cannot be drawn"
    return f"{_said(recall)} of the attacks caught, {value(precision)} of the alarms right"


def drawn_from(c: Curves) -> str:
    """Return which part of the scored rows a curve shows, where a set counts as full and is not; else empty."""
    known = next((e.coverage for e in (c.recall, c.fpr) if e.coverage is not None), 1.0)
    if c.basis != "full" or known >= 1:
        return ""
    return f"The curve is drawn from the {percent(known)} % that are labelled."


def column_name(column: str) -> str:
    """Return what a slice column is called: ``s.family`` is family, business_service is business service.

    A file's own column that bears the name of one that every model has keeps its ``s.``.
    """
    bare = column.removeprefix("s.")
    return column if column != bare and bare in SLICES else bare.replace("_", " ")


def slices(found: list[Efficacy], column: str) -> str:
    """Return the finding of a split by slice: the lowest and the highest share of attacks caught.

    Precision stands in where recall is not measurable. Nothing is claimed about their difference: the
    lowest of many values lies low by chance too. Ends that read the same are told once.
    """
    column = column_name(column)
    for name in ("recall", "precision"):
        known = [(v, e) for e in found if (v := e.estimates[name]).value is not None]
        if len(known) > 1:
            (low, least), (high, most) = min(known, key=_share), max(known, key=_share)
            what = f"{NAMES[name][0].split(' (')[0]} by {column}"
            if same := _same(low, high):
                each = "both" if len(known) == 2 else f"each of {len(known)}"
                return f"{what}: about {same} in {each}"
            ends = [f"{value(v)} in {' '.join(e.by.values())}" for v, e in ((low, least), (high, most))]
            return f"{what}: from {ends[0]} to {ends[1]}"
    return f"Fewer than two values of {column} have a figure"


def _same(a: Estimate, b: Estimate) -> str:
    """Return how two figures read, with the digits that one of them deserves, where that is the same; else empty."""
    both = [[value(replace(e, value=x.value)) for x in (a, b)] for e in (a, b)]
    return next((one for one, other in both if one == other), "")


def _share(pair: tuple[Estimate, Efficacy]) -> float:
    return pair[0].value or 0.0


def no_slices(found: list[Efficacy]) -> str:
    """Return why there is nothing to draw by slice; empty where there is something."""
    known = [e for e in found if any(e.estimates[name].value is not None for name in ("recall", "precision"))]
    return "" if known else "Of no value of this column is enough known."
