"""Volumes of a scope: from the rollups for whole days and, at its ends, whole hours; from the rows for the rest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Protocol

import pandas as pd

from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.warehouse.bins import NOT_TOLD, UNSCORED, bin_sql
from analytics.warehouse.reader import Reader
from analytics.warehouse.rollup import OTHER
from analytics.warehouse.selection import Condition, business_day, condition, cut, naive, split
from analytics.warehouse.sql import identifier, literal

Span = tuple[datetime | None, datetime | None]
"""[since, until) in UTC without a zone; None: open."""
_CELL = ("decision", "mode", "unscored_reason", "score_bin")


class Run(Protocol):
    """Runs a statement: ``Reader.query``, or a trace around it."""

    def __call__(self, sql: str, values: dict[str, Any], /) -> pd.DataFrame: ...


def volume(reader: Reader, scope: Scope, run: Run, by: str | None = None) -> pd.DataFrame:
    """Return how many events were seen, by decision, mode, reason and score bin.

    Parameters
    ----------
    reader
        The snapshot.
    scope
        Model, window and slices; ``known_at`` plays no part, volumes need no labels.
    run
        What runs the statements.
    by
        None, "day" (business zone) or a slice column: the frame then has the column ``by``.

    Returns
    -------
    DataFrame
        decision, mode, unscored_reason (texts, empty where not told), score_bin, n (stored rows), represented
        (events), and ``by``.
    """
    parts: list[Condition] = []
    last = reader.snapshot.data_until
    # A window that ends behind the last event is open: nothing has to be cut there.
    until = None if last and scope.until and scope.until > last else scope.until
    window = cut(scope.since, until, reader.snapshot.zone)
    if _rolled_up(reader, scope, run, by):
        parts.append(_of_days(scope, window.first_day, window.end_day, by))
        spans: list[Span] = list(window.edges)
        if by in (None, "day", "mode") and all(column == "mode" for column, _ in scope.where):
            hours, spans = _cut_hours(window.edges)
            if hours:
                parts.append(_of_hours(reader, scope, hours, by))
    else:
        spans = [_whole(scope)]
    if spans:
        parts += [*_of_rows(reader, scope, run, spans, by), _of_counts(reader, scope, run, spans, by)]
    keys = ", ".join([*_CELL, '"by"'] if by else _CELL)
    sql = (
        f"SELECT {keys}, CAST(sum(n) AS BIGINT) AS n, sum(represented) AS represented "
        f"FROM ({' UNION ALL BY NAME '.join(p.sql for p in parts)}) GROUP BY {keys} ORDER BY {keys}"
    )
    return run(sql, {k: v for p in parts for k, v in p.values.items()})


def _rolled_up(reader: Reader, scope: Scope, run: Run, by: str | None) -> bool:
    """Tell whether the rollups hold this slice: one column at most, and a value with cells of its own."""
    columns = [c for c, _ in scope.where if c != "mode"] + ([by] if by not in (None, "day", "mode") else [])
    if len(set(columns)) > 1 or len({c for c, _ in scope.where}) < len(scope.where):
        return False
    named = [(c, v) for c, v in scope.where if c != "mode"]
    if not named:
        return True
    found = run(
        "SELECT count(*) AS n FROM slice_values "
        "WHERE model_id = $model AND slice_column = $column AND slice_value = $value",
        {"model": scope.model, "column": named[0][0], "value": named[0][1]},
    )
    return bool(found["n"].iloc[0])


def _cut_hours(edges: tuple[tuple[datetime, datetime], ...]) -> tuple[list[Span], list[Span]]:
    """Cut parts of days into whole hours of UTC and the parts of hours at their ends.

    A midnight of the business zone ends a part of a day even where it falls within an hour.
    """
    hours: list[Span] = []
    rest: list[Span] = []
    for since, until in edges:
        first, end = _hour(since + timedelta(hours=1, microseconds=-1)), _hour(until)
        if first >= end:
            rest.append((since, until))
            continue
        hours.append((first, end))
        rest += [(a, b) for a, b in ((since, first), (end, until)) if a < b]
    return hours, rest


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _of_hours(reader: Reader, scope: Scope, hours: list[Span], by: str | None) -> Condition:
    where, during = condition(scope, window=False), _during("hour", "hour", hours, "hour")
    first = {None: "", "day": f"{business_day('hour', reader.snapshot.zone)} AS by, ", "mode": "mode AS by, "}[by]
    return Condition(
        f"SELECT {first}{', '.join(_CELL)}, n, represented FROM volume_score_hour WHERE {where.sql} AND {during.sql}",
        {**where.values, **during.values},
    )


def _of_days(scope: Scope, first: date | None, end: date | None, by: str | None) -> Condition:
    parts, values = ["slice_column = $column"], dict[str, Any](column="")
    sliced = by if by not in (None, "day", "mode") else None
    for column, value in scope.where:
        if column == "mode":
            parts.append("mode = $mode")
            values["mode"] = value
        else:
            parts.append("slice_value = $value")
            values |= {"column": column, "value": value}
    if sliced:
        values["column"] = sliced
    for name, column, value in (("model", "model_id", scope.model), ("version", "model_version", scope.version)):
        if value is not None:
            parts.append(f"{column} = ${name}")
            values[name] = value
    if first:
        parts.append("day >= $first")
        values["first"] = first
    if end:
        parts.append("day < $end")
        values["end"] = end
    first_column = {None: "", "day": "day AS by, ", "mode": "mode AS by, "}.get(by, "slice_value AS by, ")
    return Condition(
        f"SELECT {first_column}{', '.join(_CELL)}, n, represented FROM volume WHERE {' AND '.join(parts)}", values
    )


def _of_rows(reader: Reader, scope: Scope, run: Run, spans: list[Span], by: str | None) -> list[Condition]:
    files, columns = detection_files(reader, scope, run, spans)
    if not files:
        return []
    where, during = condition(scope, columns, window=False), _during("occurred_at", "occurred_at", spans)
    parts, values = [where.sql, during.sql], {**where.values, **during.values}
    sliced = by if by not in (None, "day", "mode") else None
    if sliced:
        parts.append(f"{identifier(sliced)} IS NOT NULL" if sliced in columns else "false")
    text = {c: f"coalesce({c}, '')" if c in columns else "''" for c in _CELL[:3]}
    score = bin_sql("score") if "score" in columns else str(UNSCORED)
    weight = "coalesce(sampling_weight, 1)" if "sampling_weight" in columns else "1"
    first = f"{split(by, columns, reader.snapshot.zone)} AS by, " if by else ""
    if by == "mode":
        first = f"{text['mode']} AS by, "
    elif sliced in columns and sliced not in dict(scope.where):
        values["named"] = _named(scope, run, sliced)
        first = f"CASE WHEN {identifier(sliced)} IN $named THEN {identifier(sliced)} ELSE {literal(OTHER)} END AS by, "
    sql = (
        f"SELECT {first}{', '.join(f'{v} AS {k}' for k, v in text.items())}, {score} AS score_bin, count(*) AS n, "
        f"CAST(sum({weight}) AS DOUBLE) AS represented "
        "FROM read_parquet($files, union_by_name=true, hive_partitioning=false) "
        f"WHERE {' AND '.join(parts)} GROUP BY ALL"
    )
    return [Condition(sql, {**values, "files": files})]


def _named(scope: Scope, run: Run, column: str) -> list[str]:
    """Return the values of a slice column that have cells of their own in the rollups."""
    found = run(
        "SELECT slice_value FROM slice_values WHERE model_id = $model AND slice_column = $column",
        {"model": scope.model, "column": column},
    )
    return found["slice_value"].tolist()


def _of_counts(reader: Reader, scope: Scope, run: Run, spans: list[Span], by: str | None) -> Condition:
    where = condition(Scope(model=scope.model, version=scope.version, where=scope.where), {"mode", "region"})
    during = _during("hour", "hour", spans)
    parts, values = [where.sql, during.sql], {**where.values, **during.values}
    if by not in (None, "day", "mode"):
        parts.append("region IS NOT NULL" if by == "region" else "false")
    day = business_day("hour", reader.snapshot.zone)
    split_by = {None: "", "day": f"{day} AS by, ", "mode": "coalesce(mode, '') AS by, "}
    first = split_by.get(by, "region AS by, ")
    if by == "region" and by not in dict(scope.where):
        values["named"] = _named(scope, run, by)
        first = f"CASE WHEN region IN $named THEN region ELSE {literal(OTHER)} END AS by, "
    unscored = (
        f"CASE WHEN unscored_reason IS NOT NULL THEN {UNSCORED} WHEN score IS NULL THEN {NOT_TOLD} "
        f"ELSE {bin_sql('score')} END"
    )
    return Condition(
        f"SELECT {first}coalesce(decision, '') AS decision, coalesce(mode, '') AS mode, "
        f"coalesce(unscored_reason, '') AS unscored_reason, {unscored} AS score_bin, 0 AS n, "
        f"CAST(count AS DOUBLE) AS represented FROM counts WHERE {' AND '.join(parts)}",
        values,
    )


def detection_files(
    reader: Reader, scope: Scope, run: Run, spans: list[Span] | None = None
) -> tuple[list[str], set[str]]:
    """Return the detection files that can hold rows of a scope, as absolute paths, and the columns they have.

    Parameters
    ----------
    spans
        Parts of the scope's window that are asked for; None: all of it.

    Raises
    ------
    BadInput
        The scope names no model: files are kept per model.
    """
    if scope.model is None:
        raise BadInput("reading detections", "no model is named.", "Choose one.")
    during = _during("last_at", "first_at", [_whole(scope)] if spans is None else spans)
    found = run(
        f"SELECT path, columns FROM files WHERE model_id = $model AND {during.sql} ORDER BY path",
        {"model": scope.model, **during.values},
    )
    paths = [str((reader.directory / p).resolve()) for p in found["path"]]
    return paths, {c for columns in found["columns"] for c in columns}


def _whole(scope: Scope) -> Span:
    return (naive(scope.since) if scope.since else None, naive(scope.until) if scope.until else None)


def _during(last: str, first: str, spans: list[Span], name: str = "span") -> Condition:
    """Return the condition that what lasts from ``first`` to ``last`` has a part in one of the spans.

    Parameters
    ----------
    name
        Of the bound values: two lists of spans in one statement need two.
    """
    found, values = [], {}
    for i, (since, until) in enumerate(spans):
        parts = []
        if since is not None:
            parts.append(f"{last} >= ${name}_{i}_since")
            values[f"{name}_{i}_since"] = since
        if until is not None:
            parts.append(f"{first} < ${name}_{i}_until")
            values[f"{name}_{i}_until"] = until
        found.append(" AND ".join(parts) or "true")
    return Condition(f"(({') OR ('.join(found)}))", values)
