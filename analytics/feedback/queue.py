"""The work queue: which detections to label next, and why each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from analytics.detections import Cursor, Filters, measures
from analytics.efficacy.assumptions import agreed
from analytics.feedback import queries
from analytics.feedback.results import REASONS, Queue, Reason, Search
from analytics.feedback.rows import of_events
from analytics.feedback.versions import Pair, Version, pair
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse import Reader, Trace
from analytics.warehouse.audits import drawn
from analytics.warehouse.lookup import labelled_columns, said
from analytics.warehouse.rows import Stored, stored
from analytics.warehouse.selection import naive

QUOTA: dict[Reason, int] = {
    "audit": 100, "disagree": 60, "uncertain": 40, "flagged": 60, "undetermined": 20, "second": 20
}  # fmt: skip
"""Detections of each reason, at most: what a few people get through in a day or two."""
STALE = timedelta(days=7)
"""Since the last look at one that nobody could tell."""
SECOND_EVERY = 10
"""Of so many judged events one is judged again by somebody else, always the same ones."""
PAGE, PAGES = 500, 3
"""Detections that are looked at for one reason at a time, and how often at most."""
NEAR = 150
"""The same of those near the threshold, to each side: their times lie scattered, and each is read by its hour."""
_KEY = ["event_id", "model_version"]
_BARE = ["event_id", "detection_id", "occurred_at", "model_version", "score", "case_id"]
_SHOWN = [*_BARE[:5], "decision", "payload", "technique", "region", "segment", "application", "entity", "case_id"]


@dataclass(frozen=True, slots=True)
class _Found:
    """Detections for one reason: event_id, model_version, occurred_at, and what is known of them."""

    rows: pd.DataFrame
    search: Search


def queue(reader: Reader, scope: Scope, log: int = 0) -> Measured[Queue]:
    """Return what to label next in a scope.

    Alarms without a verdict come from walks through the newest ones and through those nearest to the threshold: as
    many as it takes, PAGES × PAGE each at most, never all of a window. Where a slice is chosen that no rollup has,
    the walks stop after two seconds.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names the model; the version in use where it names none.
    log
        Position of the log up to which draws are known: the same question has the same answer.

    Raises
    ------
    BadInput
        The model or version is not registered.
    """
    trace = Trace(reader)
    pair_ = pair(reader, scope)
    scope = replace(scope, version=pair_.own.name)
    audit, ever = _audit(trace, scope)
    flagged = [_flagged(reader, scope, v) for v in (pair_.own, pair_.other) if v is not None]
    whole = stored(reader, replace(scope, version=None), trace.once)
    disagree, rest = _apart(trace, whole, pair_, flagged)
    found = [audit, disagree, _uncertain(reader, scope, pair_.own), rest, *_again(trace, scope)]
    keys = _joined(found)
    minutes, by = agreed(reader.directory, str(scope.model))
    rows = _whole(trace, whole, keys)
    rows["minutes"] = _minutes(rows, minutes.minutes_per_case)
    searches = tuple(f.search for f in found)
    return Measured(
        Queue(scope, pair_, rows, searches, minutes.minutes_per_case, bool(by), ever),
        replace(trace.provenance(scope), log_position=max(log, reader.snapshot.log_position)),
    )


def _audit(trace: Trace, scope: Scope) -> tuple[_Found, int]:
    """Return the drawn events of the window that nobody has judged yet, and how many were ever drawn."""
    every = drawn(trace.reader.directory)
    mine = every[every["model_id"] == scope.model]
    ever = len(mine)
    if scope.since:
        mine = mine[mine["occurred_at"] >= naive(scope.since)]
    if scope.until:
        mine = mine[mine["occurred_at"] < naive(scope.until)]
    looked = len(mine)
    if looked:
        known = trace.run(*queries.judged(scope, mine["event_id"].tolist()))
        mine = mine[~mine["event_id"].isin(known["event_id"])]
    rows = mine.drop(columns=["model_id", "source"])
    return _Found(rows.head(QUOTA["audit"]), Search("audit", looked, len(rows) <= QUOTA["audit"], None)), ever


def _flagged(reader: Reader, scope: Scope, version: Version) -> _Found:
    """Return the newest alarms of a version without any verdict."""
    if version.threshold is None:
        return _Found(_none(), Search("flagged", 0, True, None))
    filters = Filters(flagged=True, threshold=version.threshold, population="production")
    want = QUOTA["flagged"] + QUOTA["disagree"]
    return _unjudged(reader, replace(scope, version=version.name), filters, "flagged", None, want, PAGE)


def _uncertain(reader: Reader, scope: Scope, own: Version) -> _Found:
    """Return those without a verdict whose scores are nearest to the threshold, from both sides."""
    if own.threshold is None or not 0 < own.threshold < 1:
        return _Found(_none(), Search("uncertain", 0, True, None))
    filters, half = Filters(scored=True, population="production"), QUOTA["uncertain"] // 2
    sides = [
        _unjudged(reader, scope, f, "uncertain", Cursor("top", own.threshold, backwards=back), half, NEAR)
        for back, f in ((False, filters), (True, replace(filters, score_from=own.threshold)))
    ]
    rows = _concat([s.rows for s in sides])
    near = np.argsort(np.abs(rows["score"].to_numpy(dtype=float) - own.threshold), kind="stable")
    looked = sum(s.search.looked for s in sides)
    complete = all(s.search.complete for s in sides)
    return _Found(rows.iloc[near], Search("uncertain", looked, complete, None))


def _unjudged(
    reader: Reader, scope: Scope, filters: Filters, reason: Reason, place: Cursor | None, want: int, size: int
) -> _Found:
    """Walk through a list until so many of it are found that nobody has judged."""
    order, found, looked, have, since, complete = place.order if place else "newest", [], 0, 0, None, False
    back = place is not None and place.backwards
    for _ in range(PAGES):
        page = measures.page(reader, scope, filters, order, size, place, _BARE).result
        rows = page.rows.iloc[::-1] if back else page.rows
        looked += len(rows)
        fresh = rows[rows["verdict"].isna()]
        staged = reader.query(*queries.judged(scope, fresh["event_id"].tolist())) if len(fresh) else fresh
        fresh = fresh[~fresh["event_id"].isin(staged["event_id"])].head(want - have)
        found.append(fresh)
        have += len(fresh)
        if len(rows) and order == "newest":
            since = rows["occurred_at"].iloc[-1].to_pydatetime().replace(tzinfo=UTC)
        place = page.previous if back else page.next
        complete = page.complete and (place is None or not len(rows))
        if complete or have >= want or place is None or not page.complete:
            break
    return _Found(_concat(found), Search(reason, looked, complete and have < want, since))


def _apart(trace: Trace, whole: Stored, versions: Pair, flagged: list[_Found]) -> tuple[_Found, _Found]:
    """Part alarms into those that only one of the versions raised, and the others."""
    rows = _concat([f.rows for f in flagged]).sort_values("occurred_at", ascending=False, kind="stable")
    rows = rows.drop_duplicates("event_id", ignore_index=True)
    looked, complete = sum(f.search.looked for f in flagged), all(f.search.complete for f in flagged)
    since = min((f.search.since for f in flagged if f.search.since), default=None)
    apart = np.zeros(len(rows), dtype=bool)
    if versions.other is not None and len(rows):
        scores = _scores(trace, whole, rows)
        ends = [(v.name, v.threshold) for v in (versions.own, versions.other)]
        sides = [scores.reindex(columns=[name])[name].reindex(rows["event_id"]).to_numpy() for name, _ in ends]
        over = [s >= (t if t is not None else np.inf) for s, (_, t) in zip(sides, ends, strict=True)]
        apart = (over[0] != over[1]) & ~np.isnan(sides[0]) & ~np.isnan(sides[1])

    def part(reason: Reason, mine: pd.DataFrame) -> _Found:
        most = QUOTA[reason]
        return _Found(mine.head(most), Search(reason, looked, complete and len(mine) <= most, since))

    return part("disagree", rows[apart]), part("flagged", rows[~apart])


def _scores(trace: Trace, whole: Stored, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the score of each event by every version: one column a version."""
    found = of_events(trace, whole, rows, ["event_id", "model_version", "occurred_at", "score"])
    if found.empty:
        return pd.DataFrame()
    return found.pivot_table(index="event_id", columns="model_version", values="score", aggfunc="max")


def _again(trace: Trace, scope: Scope) -> list[_Found]:
    """Return what nobody could tell a while ago, and a share of what one person has judged."""
    now, columns = trace.reader.snapshot.data_until, labelled_columns(trace.reader)
    before = naive(now - STALE) if now else datetime.max
    parts = (
        ("undetermined", queries.undetermined(scope, before, columns, QUOTA["undetermined"] + 1)),
        ("second", queries.once_judged(scope, columns, SECOND_EVERY, QUOTA["second"] + 1)),
    )
    found = []
    for reason, query in parts:
        rows = trace.run(*query)
        complete = len(rows) <= QUOTA[reason]
        found.append(_Found(rows.head(QUOTA[reason]), Search(reason, len(rows), complete, None)))
    return found


def _joined(found: list[_Found]) -> pd.DataFrame:
    """Return all in order, no event twice; further reasons of one stand beside the first."""
    parts = [f.rows.assign(reason=f.search.reason) for f in found]
    every = _concat(parts)
    if every.empty:
        return every.assign(reason=[], also=[])
    also = every.groupby("event_id", sort=False)["reason"].agg(lambda r: ", ".join(dict.fromkeys(r.iloc[1:])))
    every = every.drop_duplicates("event_id", ignore_index=True)
    order = every["reason"].map(REASONS.index)
    every = every.assign(also=every["event_id"].map(also), order=order)
    return every.sort_values("order", kind="stable", ignore_index=True).drop(columns="order")


def _whole(trace: Trace, whole: Stored, keys: pd.DataFrame) -> pd.DataFrame:
    """Return what a list shows of each, as the viewer may see it, with the verdict that stands if there is one."""
    shown, beside = list(_SHOWN), ["reason", "also", "probability", "looked_at"]
    if keys.empty:
        return pd.DataFrame(columns=[*beside, *shown, "verdict", "label_source"])
    rows = of_events(trace, whole, keys, shown)
    mine = keys.reindex(columns=[*_KEY, *beside]).merge(rows, on=_KEY, how="inner")
    now = said(whole.scope, mine["event_id"].tolist(), "production", trace.run)
    return mine.merge(now[["event_id", "verdict", "label_source"]], on="event_id", how="left")


def _minutes(rows: pd.DataFrame, per_case: float) -> np.ndarray:
    """Return the minutes of each: a case takes its time once, at the first of its rows."""
    again = rows["case_id"].notna() & rows.duplicated("case_id")
    return np.where(again.to_numpy(dtype=bool), 0.0, per_case)


def _concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    there = [f.astype({"event_id": "object", "model_version": "object"}) for f in frames if len(f)]
    return pd.concat(there, ignore_index=True) if there else _none()


def _none() -> pd.DataFrame:
    columns = {"event_id": "object", "model_version": "object", "occurred_at": "datetime64[us]", "score": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
