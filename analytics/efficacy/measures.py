"""Efficacy of a model version in a scope: what every page, command and notebook calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.efficacy import evaluate, queries
from analytics.efficacy.counted import counted
from analytics.efficacy.facts import Totals
from analytics.efficacy.identify import Identified, identify, known_below
from analytics.efficacy.ranking import no_curve, order_of
from analytics.efficacy.reading import Facts, Part, now, read, undetermined
from analytics.efficacy.results import Confusion, Curves, Efficacy, ScoreHistogram, Week
from analytics.efficacy.wording import explained
from analytics.errors import BadInput
from analytics.numbers import BARS
from analytics.results import Measured, Provenance
from analytics.scope import Scope
from analytics.stats import curves as stats_curves
from analytics.warehouse.bins import UNSCORED, edges
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

_ARRIVING_SHARE = 0.2
"""A window is *arriving* when more than this share of it lies within the usual delay of its labels."""
_POINT = ("fpr", "recall", "precision")
"""The operating point."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of a scope, and the threshold to judge at."""

    facts: Facts
    threshold: float | None
    threshold_from: str
    """asked | in force | none."""
    trace: Trace

    def identify(self, part: Part) -> tuple[Identified, Totals]:
        """Return what can be told of a part at the threshold."""
        at, around = self.threshold, part.totals(self.threshold)
        return identify(part.rows(at), around, at, part.standing(around, at)), around

    def provenance(self, scope: Scope) -> Provenance:
        """Return all that *Inspect* shows, with the rows that the figures rest on."""
        return self.facts.rests(self.trace.provenance(scope), self.threshold)


def versions(reader: Reader) -> Measured[pd.DataFrame]:
    """Return every registered model version with its threshold, span and numbers of rows and labels.

    Returns
    -------
    Measured[DataFrame]
        model_id, model_version, name, service, kind, role, notes, calibrated, trained_until, threshold, since,
        until (days), rows, labelled.
    """
    trace = Trace(reader)
    return Measured(trace.run(*queries.versions(now(reader))), trace.provenance(Scope()))


def slices(reader: Reader, scope: Scope) -> Measured[dict[str, list[str]]]:
    """Return the slice columns that a model has, each with its named values."""
    trace = Trace(reader)
    found = trace.run(*queries.slice_values(scope))
    named = {str(c): g["slice_value"].tolist() for c, g in found.groupby("slice_column", sort=True)}
    return Measured(named, trace.provenance(scope))


def efficacy(reader: Reader, scope: Scope, threshold: float | None = None, over_all: bool = True) -> Measured[Efficacy]:
    """Return the efficacy of one model version.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    threshold
        Decision threshold to judge at; the one in force where None.
    over_all
        With the estimates over all thresholds (areas, calibration), which take most of the time, and the number of
        audited rows without a verdict.

    Raises
    ------
    BadInput
        No model or version is named, or the version is not registered.
    """
    asked = _ask(reader, scope, threshold)
    found = _efficacy(reader, asked, asked.facts.parts[0], over_all)
    if over_all:
        left_out = undetermined(reader, asked.facts, None, asked.trace)
        found = replace(found, n_undetermined=left_out[None])
    return Measured(found, asked.provenance(scope))


def by_slice(reader: Reader, scope: Scope, column: str, threshold: float | None = None) -> Measured[list[Efficacy]]:
    """Return the efficacy in each value of a slice column, largest volume first.

    Rows without a value are one slice of their own, NONE, and values without cells of their own in the rollup are
    OTHER together, so the slices add up to the scope. Nothing is returned where no row has a value.
    """
    Scope(where=((column, ""),))  # refuses what is not a slice column
    asked = _ask(reader, scope, threshold, column)
    left_out = undetermined(reader, asked.facts, column, asked.trace)
    found = [
        replace(_efficacy(reader, asked, part), by={column: str(part.value)}, n_undetermined=left_out[part.value])
        for part in asked.facts.parts
    ]
    return Measured(found, asked.provenance(scope))


def by_week(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[list[Week]]:
    """Return precision, recall, false-positive rate and label coverage by week from Monday, oldest first."""
    asked = _ask(reader, scope, threshold, "week")
    facts = asked.facts
    until = reader.snapshot.data_until
    zone = ZoneInfo(reader.snapshot.zone)
    found = []
    for part in facts.parts:
        ident, t = asked.identify(part)
        estimates = explained(evaluate.rates(ident, t, asked.threshold, _POINT), facts.uncounted)
        estimates["label_coverage"] = evaluate.coverage(part.labelled, t)
        first, end = (datetime.combine(part.value + timedelta(days=d), time(), zone) for d in (0, 7))
        if _arriving(reader, facts, first, end):
            estimates = evaluate.marked(estimates)
        cut = (facts.scope.since and first < facts.scope.since) or (facts.scope.until and end > facts.scope.until)
        began = facts.first is not None and part.value < facts.first.date()  # a day of the business zone
        found.append(Week(part.value, bool(cut or began or (until and end > until)), t.rows, estimates))
    return Measured(found, asked.provenance(scope))


def histogram(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[ScoreHistogram]:
    """Return scores in the scope in 50 equal bins: all volume, labelled attacks, labelled benign; unscored apart."""
    asked = _ask(reader, scope, threshold)
    part = asked.facts.parts[0]
    # The same at every threshold: the slider asks again and again.
    bins, unscored = reader.kept.get(
        ("scores", asked.facts.scope), lambda: (_bins(part), _unscored(part)), lambda found: sum(map(len, found))
    )
    return Measured(ScoreHistogram(bins, unscored, asked.threshold), asked.provenance(scope))


def _bins(part: Part) -> pd.DataFrame:
    low, _ = edges()
    ends = np.arange(BARS + 1) / BARS  # as rows are placed: linspace puts .7 above itself
    known = part.seen[part.seen["score_bin"] >= 0]
    place = _place(low[known["score_bin"].to_numpy(dtype=np.int64)])
    rows = part.labelled.take(part.labelled.scored)
    at = _place(rows.score)
    bins = pd.DataFrame(
        {
            "low": ends[:-1],
            "high": ends[1:],
            "volume": np.bincount(place, known["represented"], BARS),
            "attacks": np.bincount(at[rows.attack], minlength=BARS),
            "benign": np.bincount(at[~rows.attack], minlength=BARS),
        }
    )
    return bins.iloc[:0] if known.empty and not len(rows.score) else bins


def _unscored(part: Part) -> pd.DataFrame:
    none = part.seen[part.seen["score_bin"] == UNSCORED]
    return (
        none.groupby("unscored_reason", as_index=False)[["n", "represented"]]
        .sum()
        .rename(columns={"unscored_reason": "reason", "n": "rows"})
        .sort_values("represented", ascending=False, ignore_index=True)
    )


def curves(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[Curves]:
    """Return ROC and precision–recall curves with the operating point, where the labels identify them."""
    asked = _ask(reader, scope, threshold)
    ident, t = asked.identify(asked.facts.parts[0])
    uncounted = asked.facts.uncounted
    estimates = explained(evaluate.rates(ident, t, asked.threshold, _POINT), uncounted)
    why = no_curve(ident, t)
    why = uncounted if why and uncounted else why
    roc = pd.DataFrame({"threshold": [], "fpr": [], "recall": []}, dtype="float64")
    pr = pd.DataFrame({"threshold": [], "recall": [], "precision": []}, dtype="float64")
    if not why:
        attack, score, order = ident.rows.attack, ident.rows.score, order_of(ident.standing)
        at, fpr, recall = stats_curves.roc_points(attack, score, ident.weight, order=order)
        roc = pd.DataFrame({"threshold": at, "fpr": fpr, "recall": recall})
        at, recall, precision = stats_curves.pr_points(attack, score, ident.weight, order=order)
        pr = pd.DataFrame({"threshold": at, "recall": recall, "precision": precision})
        if ident.basis == "audit":
            _by_alarms(roc, pr, ident, asked.facts.parts[0])
    found = Curves(roc, pr, *(estimates[name] for name in _POINT), basis=ident.basis, why=why)
    return Measured(found, asked.provenance(scope))


def _by_alarms(roc: pd.DataFrame, pr: pd.DataFrame, ident: Identified, part: Part) -> None:
    """Put what is counted and known in place of what the rows of an audit stand for, as for a single threshold.

    Below the threshold in force the volumes tell the alarms. Nowhere are fewer attacks missed than are known.
    """
    above, known, attacks = counted(part), known_below(ident), float(ident.weight[ident.rows.attack].sum())
    everything = float(above(np.zeros(1))[0])
    for frame in (roc, pr):
        alarms, missed = above(frame["threshold"].to_numpy()), known(frame["threshold"].to_numpy())
        caught = frame["recall"].to_numpy() * attacks
        some, least = alarms > 0, missed > 0  # not nan
        if "fpr" in frame:
            fpr = (alarms[some] - caught[some]) / max(everything - attacks, 1e-300)
            frame.loc[some, "fpr"] = np.clip(fpr, 0.0, 1.0)
        else:
            frame.loc[some, "precision"] = np.minimum(caught[some] / alarms[some], 1.0)
        share = caught[least] / (caught[least] + missed[least])
        frame.loc[least, "recall"] = np.minimum(frame.loc[least, "recall"], share)


def _ask(reader: Reader, scope: Scope, threshold: float | None, by: str | None = None) -> _Asked:
    doing = "measuring efficacy"
    if threshold is not None and not 0 <= threshold <= 1:
        raise BadInput(doing, f"the threshold is {threshold}.", "Give a score from 0 to 1.")
    if scope.model is None or scope.version is None:
        raise BadInput(doing, "no model version is named.", "Name the model and its version.")
    facts = read(reader, scope, by)
    trace = facts.trace(reader)
    if threshold is not None:
        return _Asked(facts, threshold, "asked", trace)
    return _Asked(facts, facts.served, "none" if facts.served is None else "in force", trace)


def _arriving(reader: Reader, facts: Facts, since: datetime | None, until: datetime | None) -> bool:
    """Tell whether more than a fifth of a span lies within the usual delay of its labels."""
    now = reader.snapshot.data_until
    if now is None or since is None or facts.delay <= timedelta():
        return False
    now = min(facts.scope.known_at, now) if facts.scope.known_at else now
    end = min(until, now) if until else now
    return end - max(now - facts.delay, since) > _ARRIVING_SHARE * (end - since)


def _efficacy(reader: Reader, asked: _Asked, part: Part, over_all: bool = True) -> Efficacy:
    facts, at = asked.facts, asked.threshold
    scope = facts.scope
    ident, t = asked.identify(part)
    rows = part.rows(at)
    arriving = _arriving(reader, facts, scope.since or facts.first, scope.until)
    estimates = explained(evaluate.estimates(ident, rows, t, facts.calibrated, arriving, over_all), facts.uncounted)
    flagged = rows.score >= at if at is not None else np.zeros(len(rows.score), dtype=bool)
    scored = rows.scored
    quiet = scored & ~flagged if at is not None else flagged
    differs = rows.decided & (rows.acted != flagged)  # acted on without a score is otherwise too
    count = np.count_nonzero
    return Efficacy(
        model_id=str(scope.model),
        model_version=str(scope.version),
        threshold=at,
        threshold_from=asked.threshold_from,
        population=facts.population,
        basis=ident.basis,
        confusion=Confusion(
            tp=int(count(flagged & rows.attack)),
            fp=int(count(flagged & ~rows.attack)),
            tn=int(count(quiet & ~rows.attack)),
            fn=int(count(quiet & rows.attack)),
            unscored_attacks=int(count(~scored & rows.attack)),
            unscored_benign=int(count(~scored & ~rows.attack)),
        ),
        n=t.rows,
        n_represented=t.events,
        n_cases=part.cases,
        n_scored=t.scored_rows,
        n_labelled=len(scored),
        estimates=estimates,
        served_differs=int(count(differs)) if asked.threshold_from == "in force" else 0,
    )


def _place(score: np.ndarray) -> np.ndarray:
    """Histogram bin of scores; grid edges k/1000 stay exactly in the bin that they open."""
    ends = np.arange(BARS + 1) / BARS
    return np.clip(np.searchsorted(ends, score, side="right") - 1, 0, BARS - 1)
