"""Looking up what belongs to single events: where their rows lie, what was said of them, what was in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from analytics.scope import SLICES, Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.selection import condition, naive
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import Run, Span

_INSTANT = timedelta(microseconds=1)
"""The finest step of a stored time."""
_KNOWN = "labelled_at <= coalesce($known_at, TIMESTAMP '9999-01-01')"
_STANDING = f"{_KNOWN} AND (withdrawn_at IS NULL OR withdrawn_at > $known_at)"
_IN_FORCE = (
    "known_from <= coalesce($known_at, TIMESTAMP '9999-01-01') AND (known_until IS NULL OR known_until > $known_at)"
)


def labelled_columns(reader: Reader) -> set[str]:
    """Return the columns of the labelled rows."""
    sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'labelled'"
    return set(reader.kept.get(("labelled columns",), lambda: reader.query(sql), len)["column_name"]) | set(SLICES)


def locate(trace: Trace, model_id: str, event_id: str) -> list[Span]:
    """Return the instants at which a model's versions scored an event, by the id index.

    Parameters
    ----------
    event_id
        Its hash is looked for: another event may have the same.

    Returns
    -------
    list of Span
        Empty where the event is not there. Where an index was written without times: the whole span of its file.
    """
    files = trace.once(
        "SELECT index_path, first_at, last_at FROM files WHERE model_id = $model ORDER BY index_path",
        {"model": model_id},
    )
    if files.empty:
        return []
    paths = [str((trace.reader.directory / p).resolve()) for p in files["index_path"]]
    read = "read_parquet($indexes, union_by_name=true, hive_partitioning=false, filename=true)"
    found = trace.run(f"SELECT * FROM {read} WHERE event = hash($event)", {"indexes": paths, "event": event_id})
    spans = dict(zip(paths, zip(files["first_at"], files["last_at"], strict=True), strict=True))
    times = found["occurred_at"] if "occurred_at" in found else pd.Series(pd.NaT, index=found.index)
    whole = [spans[path] for path in found["filename"][times.isna()]]
    known = [(t, t) for t in times.dropna()]
    return [(first.to_pydatetime(), last.to_pydatetime() + _INSTANT) for first, last in {*known, *whole}]


def population(scope: Scope, columns: set[str], run: Run) -> str:
    """Return whose labels count in a scope: production where it has any, else red_team, else benchmark.

    The same choice as that of the figures of Efficacy, which never pool them.

    Parameters
    ----------
    columns
        Columns that labelled rows have.
    """
    where = condition(scope, columns)
    found = run(
        f"SELECT DISTINCT population FROM labelled WHERE {where.sql} AND {_IN_FORCE}",
        {**where.values, "known_at": _known_at(scope)},
    )
    there = set(found["population"])
    return next((p for p in ("production", "red_team", "benchmark") if p in there), "production")


def said(scope: Scope, events: list[str], population: str, run: Run) -> pd.DataFrame:
    """Return the label in force at ``known_at`` of some events; undetermined where all that was said is that.

    Returns
    -------
    DataFrame
        event_id, verdict, label_source, labelled_at: one row an event that has any.
    """
    sql = f"""
        WITH mine AS (
            SELECT event_id, verdict, is_attack, label_source, source_rank, labelled_at FROM labels
            WHERE event_id IN $events AND population = $population AND {_STANDING}
        )
        SELECT event_id, verdict, label_source, labelled_at FROM mine QUALIFY row_number() OVER (
            PARTITION BY event_id ORDER BY is_attack IS NULL, source_rank, labelled_at DESC, verdict) = 1
    """
    return run(sql, {"events": events, "population": population, "known_at": _known_at(scope)})


def history(scope: Scope, event_id: str, detection_id: str | None, run: Run) -> pd.DataFrame:
    """Return everything that was said of an event up to ``known_at``, the first first.

    Returns
    -------
    DataFrame
        labelled_at, verdict, label_source, labelled_by, outcome, inclusion_probability, population; record (its place
        in the log, missing where it was imported); withdrawn_at (missing where it stands).
    """
    sql = f"""
        SELECT labelled_at, verdict, label_source, labelled_by, outcome, inclusion_probability, population, record,
            CASE WHEN withdrawn_at <= coalesce($known_at, TIMESTAMP '9999-01-01') THEN withdrawn_at END AS withdrawn_at
        FROM labels
        WHERE (event_id = $event OR (event_id IS NULL AND detection_id = $detection)) AND {_KNOWN}
        ORDER BY labelled_at, source_rank, verdict
    """
    return run(sql, {"event": event_id, "detection": detection_id, "known_at": _known_at(scope)})


def thresholds_at(model_id: str, version: str, time: datetime, run: Run) -> pd.DataFrame:
    """Return the thresholds of a model version that were in force at a time: action, threshold, effective_from."""
    sql = """
        SELECT action, threshold, effective_from FROM thresholds
        WHERE model_id = $model AND model_version = $version AND effective_from <= $time
        QUALIFY row_number() OVER (PARTITION BY action ORDER BY effective_from DESC) = 1 ORDER BY threshold, action
    """
    return run(sql, {"model": model_id, "version": version, "time": time})


@dataclass(frozen=True, slots=True)
class Other:
    """A model that scored something at about a time."""

    model_id: str
    name: str
    service: str


def others(model_id: str, span: Span, run: Run) -> list[Other]:
    """Return the other models that have detections in a span of time."""
    sql = """
        SELECT f.model_id, coalesce(any_value(name), f.model_id) AS name, coalesce(any_value(service), '') AS service
        FROM files AS f LEFT JOIN models USING (model_id)
        WHERE f.model_id <> $model AND last_at >= $since AND first_at < $until GROUP BY f.model_id ORDER BY f.model_id
    """
    found = run(sql, {"model": model_id, "since": span[0], "until": span[1]})
    return [Other(*row) for row in found.itertuples(index=False)]


def named_values(scope: Scope, column: str, run: Run) -> list[str]:
    """Return the values of a slice column that have parts of their own where a figure is split by it."""
    sql = "SELECT slice_value FROM slice_values WHERE model_id = $model AND slice_column = $column"
    return run(sql, {"model": scope.model, "column": column})["slice_value"].tolist()


def _known_at(scope: Scope) -> Any:
    return naive(scope.known_at) if scope.known_at else None
