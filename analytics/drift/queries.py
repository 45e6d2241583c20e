"""SQL of the drift room: text and bound values, one function a query."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from analytics.scope import Scope
from analytics.warehouse.rows import Source
from analytics.warehouse.selection import business_day, condition, naive
from analytics.warehouse.sql import identifier

Query = tuple[str, dict[str, Any]]


def edges(model: str | None) -> Query:
    """Return the bins of a model's features."""
    sql = "SELECT feature, is_number, inner_edges, named FROM feature_edges WHERE model_id = $model ORDER BY feature"
    return sql, {"model": model}


def cells(scope: Scope, first: date | None, end: date | None) -> Query:
    """Return rows and events of a model version by day, feature and bin, for whole days [first, end)."""
    sql = """
        SELECT day, feature, bin, n, represented FROM feature_day
        WHERE model_id = $model AND model_version = $version
            AND ($first::DATE IS NULL OR day >= $first::DATE) AND ($end::DATE IS NULL OR day < $end::DATE)
    """
    return sql, {"model": scope.model, "version": scope.version, "first": first, "end": end}


def hourly(scope: Scope) -> Query:
    """Return the stored rows of a model version by hour of UTC, and events that were only counted: hour, rows."""
    sql = """
        SELECT hour, sum(n) AS rows FROM (
            SELECT model_id, model_version, hour, n FROM volume_hour
            UNION ALL SELECT model_id, model_version, date_trunc('hour', hour), count FROM counts
        ) WHERE model_id = $model AND model_version = $version GROUP BY hour ORDER BY hour
    """
    return sql, {"model": scope.model, "version": scope.version}


_JUDGED = """
    population = 'production' AND verdict IS NOT NULL AND is_attack IS NOT NULL
        AND (decision IN ('alert', 'challenge', 'block') OR decision IS NULL AND score >= (
            SELECT min(threshold) FROM (
                SELECT threshold FROM thresholds WHERE model_id = $model AND model_version = $version
                QUALIFY row_number() OVER (PARTITION BY action ORDER BY effective_from DESC) = 1)))
        AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
        AND (known_until IS NULL OR known_until > $known_at)
"""
"""Alarms with a verdict. Where no decision is stored, an alarm is what reaches the latest threshold."""


def judged_alarms(scope: Scope, zone: str, columns: set[str] | None = None) -> Query:
    """Return the alarms that people judged, one row each, with the label in force at ``known_at``.

    Parameters
    ----------
    zone
        Business zone in which days are cut.
    columns
        Columns that the table has.
    """
    where = condition(scope, columns)
    sql = f"""
        SELECT {business_day("occurred_at", zone)} AS day, verdict, case_no,
            coalesce(weight, 1) AS weight, epoch(known_from - occurred_at) AS delay_s
        FROM labelled WHERE {where.sql} AND {_JUDGED}
    """
    return sql, {**where.values, "known_at": _known(scope)}


def judged_days(scope: Scope, zone: str, columns: set[str] | None = None) -> Query:
    """Return how many alarms of each day people judged: day, n."""
    where = condition(scope, columns)
    sql = f"""
        SELECT {business_day("occurred_at", zone)} AS day, count(*) AS n
        FROM labelled WHERE {where.sql} AND {_JUDGED} GROUP BY ALL
    """
    return sql, {**where.values, "known_at": _known(scope)}


LABELLED_COLUMNS = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'labelled'"


def slice_columns(model: str | None) -> Query:
    """Return the slice columns of a model, by name."""
    return "SELECT DISTINCT slice_column FROM slice_values WHERE model_id = $model ORDER BY ALL", {"model": model}


def unnamed(source: Source, column: str, named: tuple[str, ...], most: int) -> Query:
    """Return the largest values of a text column that have no bin of their own: value, events.

    Parameters
    ----------
    source
        Has the column and ``sampling_weight``.
    most
        Values at most.
    """
    sql = f"""
        SELECT CAST({identifier(column)} AS VARCHAR) AS value,
            CAST(sum(coalesce(sampling_weight, 1)) AS DOUBLE) AS events
        FROM {source.sql}
        WHERE {identifier(column)} IS NOT NULL
            AND NOT list_contains($x_named::VARCHAR[], CAST({identifier(column)} AS VARCHAR))
        GROUP BY ALL ORDER BY events DESC, value LIMIT $x_most
    """
    return sql, {**source.values, "x_named": list(named), "x_most": most}


def which(source: Source, column: str, values: list[str]) -> Query:
    """Return which of some values a text column has."""
    sql = f"""
        SELECT DISTINCT CAST({identifier(column)} AS VARCHAR) AS value FROM {source.sql}
        WHERE list_contains($x_asked::VARCHAR[], CAST({identifier(column)} AS VARCHAR))
    """
    return sql, {**source.values, "x_asked": values}


def _known(scope: Scope) -> datetime | None:
    return naive(scope.known_at) if scope.known_at else None
