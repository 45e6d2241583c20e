"""Efficacy of a model version in a scope: what every page, command and notebook calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.efficacy import evaluate, queries
from analytics.efficacy.facts import POPULATIONS, Labelled, Totals, labelled, own_population, totals
from analytics.efficacy.identify import identify
from analytics.efficacy.ranking import no_curve
from analytics.efficacy.results import Confusion, Curves, Efficacy, ScoreHistogram, Week
from analytics.errors import BadInput
from analytics.results import Measured
from analytics.scope import SLICES, Scope
from analytics.stats import curves as stats_curves
from analytics.warehouse.bins import UNSCORED, edges
from analytics.warehouse.reader import Reader
from analytics.warehouse.rollup import OTHER
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import volume

_DELAY_QUANTILE = 0.9
_ARRIVING_SHARE = 0.2
"""A window is *arriving* when more than this share of it lies within the usual delay of its labels."""
_HISTOGRAM_BINS = 50
_POINT = ("fpr", "recall", "precision")
"""The operating point."""
NONE = "(none)"
"""Slice of the rows without a value."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is read once a scope; figures at several thresholds or slices are made from it."""

    scope: Scope
    """The scope, ended at ``known_at``: what happened later was not known then."""
    rows: Labelled
    by: pd.Series
    population: str
    threshold: float | None
    """The one asked about, else the one in force."""
    served: float | None
    """The one in force at the end of the window."""
    threshold_from: str
    calibrated: bool
    first: datetime | None
    """Midnight of the version's first day."""
    delay: timedelta
    """In which most labels of this window came."""


def versions(reader: Reader) -> Measured[pd.DataFrame]:
    """Return every registered model version with its threshold, span and numbers of rows and labels.

    Returns
    -------
    Measured[DataFrame]
        model_id, model_version, name, service, kind, role, notes, calibrated, threshold, since, until (days),
        rows, labelled.
    """
    trace = Trace(reader)
    return Measured(trace.run(*queries.versions(_now(reader))), trace.provenance(Scope()))


def slices(reader: Reader, scope: Scope) -> Measured[dict[str, list[str]]]:
    """Return the slice columns that a model has, each with its named values."""
    trace = Trace(reader)
    found = trace.run(*queries.slice_values(scope))
    named = {str(c): g["slice_value"].tolist() for c, g in found.groupby("slice_column", sort=True)}
    return Measured(named, trace.provenance(scope))


def efficacy(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[Efficacy]:
    """Return the efficacy of one model version.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    threshold
        Decision threshold to judge at; the one in force where None.

    Raises
    ------
    BadInput
        No model or version is named, or the version is not registered.
    """
    trace = Trace(reader)
    facts = _facts(trace, scope, threshold)
    seen = volume(reader, facts.scope, trace.run)
    found = _efficacy(reader, facts, facts.rows, seen)
    return Measured(found, trace.provenance(scope))


def by_slice(reader: Reader, scope: Scope, column: str, threshold: float | None = None) -> Measured[list[Efficacy]]:
    """Return the efficacy in each value of a slice column, largest volume first.

    Rows without a value are one slice of their own, NONE, and values without cells of their own in the rollup are
    OTHER together, so the slices add up to the scope. Nothing is returned where no row has a value.
    """
    Scope(where=((column, ""),))  # refuses what is not a slice column
    trace = Trace(reader)
    facts = _facts(trace, scope, threshold, by=column)
    seen = volume(reader, facts.scope, trace.run, by=column)
    seen = seen[seen["by"].notna() & (seen["by"] != "")]
    named = set(seen["by"])
    if not named:
        return Measured([], trace.provenance(scope))
    rest = _without(volume(reader, facts.scope, trace.run), seen)
    if len(rest):
        seen = pd.concat([seen, rest.assign(by=NONE)], ignore_index=True)
    by = facts.by.astype(object).where(facts.by.isna() | facts.by.isin(named), OTHER)
    by = by.where(by.notna() & (by != ""), NONE)
    order = seen.groupby("by")["represented"].sum().sort_values(ascending=False, kind="stable")
    found = []
    for value in order.index:
        rows = facts.rows.take((by == value).to_numpy(dtype=bool, na_value=False))
        e = _efficacy(reader, facts, rows, seen[seen["by"] == value])
        found.append(replace(e, by={column: str(value)}))
    return Measured(found, trace.provenance(scope))


def by_week(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[list[Week]]:
    """Return precision, recall, false-positive rate and label coverage by week from Monday, oldest first."""
    trace = Trace(reader)
    facts = _facts(trace, scope, threshold, by="week")
    seen = volume(reader, facts.scope, trace.run, by="day")
    day = pd.to_datetime(seen["by"])
    seen = seen.assign(by=(day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.date)
    of_row = pd.to_datetime(facts.by).dt.date
    until = reader.snapshot.data_until
    zone = ZoneInfo(reader.snapshot.zone)
    found = []
    for start in sorted(seen["by"].unique()):
        rows = facts.rows.take((of_row == start).to_numpy(dtype=bool, na_value=False))
        t = _totals(facts, rows, seen[seen["by"] == start])
        ident = identify(rows, t, facts.threshold)
        estimates = evaluate.rates(ident, t, facts.threshold, _POINT)
        estimates["label_coverage"] = evaluate.coverage(rows, t)
        first, end = (datetime.combine(start + timedelta(days=d), time(), zone) for d in (0, 7))
        if _arriving(reader, facts, first, end):
            estimates = evaluate.marked(estimates)
        cut = (facts.scope.since and first < facts.scope.since) or (facts.scope.until and end > facts.scope.until)
        found.append(Week(_date(start), bool(cut or (until and end > until)), t.rows, estimates))
    return Measured(found, trace.provenance(scope))


def histogram(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[ScoreHistogram]:
    """Return scores in the scope in 50 equal bins: all volume, labelled attacks, labelled benign; unscored apart."""
    trace = Trace(reader)
    facts = _facts(trace, scope, threshold)
    seen = volume(reader, facts.scope, trace.run)
    low, _ = edges()
    ends = np.linspace(0, 1, _HISTOGRAM_BINS + 1)
    known = seen[seen["score_bin"] >= 0]
    place = _place(low[known["score_bin"].to_numpy(dtype=np.int64)])
    rows = facts.rows.take(facts.rows.scored)
    at = _place(rows.score)
    bins = pd.DataFrame(
        {
            "low": ends[:-1],
            "high": ends[1:],
            "volume": np.bincount(place, known["represented"], _HISTOGRAM_BINS),
            "attacks": np.bincount(at[rows.attack], minlength=_HISTOGRAM_BINS),
            "benign": np.bincount(at[~rows.attack], minlength=_HISTOGRAM_BINS),
        }
    )
    none = seen[seen["score_bin"] == UNSCORED]
    unscored = (
        none.groupby("unscored_reason", as_index=False)[["n", "represented"]]
        .sum()
        .rename(columns={"unscored_reason": "reason", "n": "rows"})
        .sort_values("represented", ascending=False, ignore_index=True)
    )
    if known.empty and not len(rows.score):
        bins = bins.iloc[:0]
    return Measured(ScoreHistogram(bins, unscored, facts.threshold), trace.provenance(scope))


def curves(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[Curves]:
    """Return ROC and precision–recall curves with the operating point, where the labels identify them."""
    trace = Trace(reader)
    facts = _facts(trace, scope, threshold)
    t = _totals(facts, facts.rows, volume(reader, facts.scope, trace.run))
    ident = identify(facts.rows, t, facts.threshold)
    estimates = evaluate.rates(ident, t, facts.threshold, _POINT)
    why = no_curve(ident, t)
    roc = pd.DataFrame({"threshold": [], "fpr": [], "recall": []}, dtype="float64")
    pr = pd.DataFrame({"threshold": [], "recall": [], "precision": []}, dtype="float64")
    if not why:
        weight = ident.weight
        at, fpr, recall = stats_curves.roc_points(ident.rows.attack, ident.rows.score, weight)
        roc = pd.DataFrame({"threshold": at, "fpr": fpr, "recall": recall})
        at, recall, precision = stats_curves.pr_points(ident.rows.attack, ident.rows.score, weight)
        pr = pd.DataFrame({"threshold": at, "recall": recall, "precision": precision})
    found = Curves(roc, pr, *(estimates[name] for name in _POINT), basis=ident.basis, why=why)
    return Measured(found, trace.provenance(scope))


def _facts(trace: Trace, scope: Scope, threshold: float | None, by: str | None = None) -> _Facts:
    """Read the labelled rows and the threshold of a scope, and choose the population."""
    doing = "measuring efficacy"
    if threshold is not None and not 0 <= threshold <= 1:
        raise BadInput(doing, f"the threshold is {threshold}.", "Give a score from 0 to 1.")
    if scope.model is None or scope.version is None:
        raise BadInput(doing, "no model version is named.", "Name the model and its version.")
    model = trace.run(*queries.model(scope))
    if model.empty:
        raise BadInput(
            doing, f"{scope.model} {scope.version} is not registered.", "`bartizan efficacy` without --model lists all."
        )
    if scope.known_at:
        scope = replace(scope, until=min(scope.until, scope.known_at) if scope.until else scope.known_at)
    columns: set[str] = set()
    if any(c not in SLICES for c in [*(c for c, _ in scope.where), *([by] if by else [])]):
        columns = set(trace.run(queries.LABELLED_COLUMNS, {})["column_name"])
    frame = trace.run(*queries.labelled(scope, columns | set(SLICES), trace.reader.snapshot.zone, by))
    present = np.bincount(frame["population"].to_numpy(dtype=np.int64), minlength=3)
    # Production where it has labels, else the first of the others that has: they are never pooled.
    chosen = int(np.flatnonzero(present)[0]) if present.any() else 0
    frame = frame[frame["population"] == chosen]
    in_force = trace.run(*queries.threshold(scope, _now(trace.reader)))
    served = None if in_force.empty else float(in_force["threshold"].iloc[0])
    source = "asked" if threshold is not None else "none" if served is None else "in force"
    threshold = served if threshold is None else threshold
    rows = labelled(frame, served if served is not None else threshold)
    delays, first = rows.delay_s, model["first_day"].iloc[0]
    return _Facts(
        scope=scope,
        rows=rows,
        by=frame["by"],
        population=POPULATIONS[chosen],
        threshold=threshold,
        served=served,
        threshold_from=source,
        calibrated=bool(model["calibrated"].iloc[0]),
        first=None if pd.isna(first) else first.to_pydatetime().replace(tzinfo=UTC),
        delay=timedelta(seconds=float(np.quantile(delays, _DELAY_QUANTILE)) if len(delays) else 0),
    )


def _now(reader: Reader) -> datetime:
    """Return the instant behind the last event: thresholds of the future are not in force."""
    last = reader.snapshot.data_until
    return last + timedelta(microseconds=1) if last else datetime.max.replace(tzinfo=UTC)


def _arriving(reader: Reader, facts: _Facts, since: datetime | None, until: datetime | None) -> bool:
    """Tell whether more than a fifth of a span lies within the usual delay of its labels."""
    now = reader.snapshot.data_until
    if now is None or since is None or facts.delay <= timedelta():
        return False
    now = min(facts.scope.known_at, now) if facts.scope.known_at else now
    end = min(until, now) if until else now
    return end - max(now - facts.delay, since) > _ARRIVING_SHARE * (end - since)


def _totals(facts: _Facts, rows: Labelled, seen: pd.DataFrame) -> Totals:
    if facts.population != POPULATIONS[0]:
        return own_population(rows, seen, facts.threshold)
    return totals(seen, facts.threshold, facts.served if facts.served is not None else facts.threshold)


def _without(whole: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the volume that is in none of the parts."""
    keys = ["decision", "mode", "unscored_reason", "score_bin"]
    counted = ["n", "represented"]
    rest = whole.set_index(keys)[counted].sub(parts.groupby(keys)[counted].sum(), fill_value=0)
    return rest[rest["represented"] > 1e-9 * max(float(whole["represented"].sum()), 1.0)].reset_index()


def _efficacy(reader: Reader, facts: _Facts, rows: Labelled, seen: pd.DataFrame) -> Efficacy:
    scope, t = facts.scope, _totals(facts, rows, seen)
    arriving = _arriving(reader, facts, scope.since or facts.first, scope.until)
    ident, estimates = evaluate.evaluate(rows, t, facts.threshold, facts.calibrated, arriving)
    scored = rows.scored
    at = facts.threshold
    flagged = scored & (rows.score >= at) if at is not None else np.zeros(len(scored), dtype=bool)
    quiet = scored & ~flagged if at is not None else flagged
    differs = scored & rows.decided & (rows.acted != flagged)
    return Efficacy(
        model_id=str(scope.model),
        model_version=str(scope.version),
        threshold=at,
        threshold_from=facts.threshold_from,
        population=facts.population,
        basis=ident.basis,
        confusion=Confusion(
            tp=int((flagged & rows.attack).sum()),
            fp=int((flagged & ~rows.attack).sum()),
            tn=int((quiet & ~rows.attack).sum()),
            fn=int((quiet & rows.attack).sum()),
            unscored_attacks=int((~scored & rows.attack).sum()),
            unscored_benign=int((~scored & ~rows.attack).sum()),
        ),
        n=t.rows,
        n_represented=t.events,
        n_cases=rows.cases,
        n_scored=t.scored_rows,
        n_labelled=len(scored),
        estimates=estimates,
        served_differs=int(differs.sum()) if facts.threshold_from == "in force" else 0,
    )


def _place(score: np.ndarray) -> np.ndarray:
    """Histogram bin of scores; grid edges k/1000 stay exactly in the bin that they open."""
    ends = np.arange(_HISTOGRAM_BINS + 1) / _HISTOGRAM_BINS
    return np.clip(np.searchsorted(ends, score, side="right") - 1, 0, _HISTOGRAM_BINS - 1)


def _date(value: date | pd.Timestamp) -> date:
    return value.date() if isinstance(value, pd.Timestamp) else value
