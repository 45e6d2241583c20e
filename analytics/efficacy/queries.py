"""SQL of the efficacy room: text and bound values, one function a query."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from analytics.scope import Scope
from analytics.warehouse.selection import business_day, condition, naive, split
from analytics.warehouse.sql import leading

Query = tuple[str, dict[str, Any]]

_VERSIONS = """
    WITH seen AS (
        SELECT model_id, model_version, min(day) AS since, max(day) AS until, sum(n)::BIGINT AS rows
        FROM volume WHERE slice_column = '' GROUP BY ALL
    ), judged AS (
        SELECT model_id, model_version, count(*) AS labelled FROM labelled WHERE known_until IS NULL GROUP BY ALL
    ), latest AS (
        SELECT model_id, model_version, min(threshold) AS threshold FROM (
            FROM thresholds WHERE effective_from < $now
            QUALIFY row_number() OVER (
                PARTITION BY model_id, model_version, action ORDER BY effective_from DESC) = 1
        ) GROUP BY ALL
    )
    SELECT model_id, model_version, coalesce(name, model_id) AS name, coalesce(service, '') AS service,
        coalesce(kind, '') AS kind, coalesce(role, '') AS role, coalesce(notes, '') AS notes,
        coalesce(calibrated, false) AS calibrated, trained_until, threshold, since, until,
        coalesce(rows, 0) AS rows, coalesce(labelled, 0) AS labelled
    FROM ( -- snapshots of an older program do not have the column
        FROM models UNION ALL BY NAME SELECT NULL::TIMESTAMP AS trained_until WHERE false
    ) LEFT JOIN seen USING (model_id, model_version) LEFT JOIN judged USING (model_id, model_version)
    LEFT JOIN latest USING (model_id, model_version)
    ORDER BY service, name, model_id, role, model_version
"""


def versions(now: datetime) -> Query:
    """Return every registered model version, with the threshold in force now."""
    return _VERSIONS, {"now": naive(now)}


LABELLED_COLUMNS = "SELECT column_name FROM (DESCRIBE labelled)"


COUNTED = "SELECT DISTINCT model_id, model_version FROM counts"
"""Versions of which some events are only counted: by hour and region, no other slice is known of them."""
THRESHOLDS = "SELECT model_id, model_version, action, threshold, effective_from FROM thresholds"
"""Few, so all are read at once."""

MODELS = """
    WITH seen AS (
        SELECT model_id, model_version, min(day)::TIMESTAMP AS first_day,
            max(day)::TIMESTAMP AS last_day FROM volume
        WHERE slice_column = '' GROUP BY ALL
    )
    SELECT model_id, model_version, coalesce(calibrated, false) AS calibrated, first_day, last_day
    FROM models LEFT JOIN seen USING (model_id, model_version)
"""
"""Whether each model version is calibrated, and its first and last day."""


def slice_values(scope: Scope) -> Query:
    """Return the named values of every slice column of a model."""
    return (
        "SELECT slice_column, slice_value FROM slice_values WHERE model_id = $model ORDER BY ALL",
        {"model": scope.model},
    )


def labelled(scope: Scope, columns: set[str], zone: str, by: str | None = None, also: tuple[str, ...] = ()) -> Query:
    """Return the labelled rows of a scope, with the label in force at ``known_at``.

    Parameters
    ----------
    columns
        Columns that the table has.
    zone
        Business zone in which weeks are cut.
    by
        None, "week" or a slice column.
    also
        Slice columns that are returned beside the others.
    """
    where = condition(scope, columns)
    sql = f"""
        SELECT {leading(also, columns)}{split(by, columns, zone)} AS by, score, is_attack, weight,
            inclusion_probability, case_no,
            CASE decision WHEN 'allow' THEN 0 ELSE 1 END::TINYINT AS acted, decision IS NOT NULL AS decided,
            epoch(known_from - occurred_at) AS delay_s,
            CASE population WHEN 'production' THEN 0 WHEN 'red_team' THEN 1 ELSE 2 END::TINYINT AS population
        FROM labelled WHERE {where.sql} AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
            AND (known_until IS NULL OR known_until > $known_at)
    """
    return sql, {**where.values, "known_at": naive(scope.known_at) if scope.known_at else None}


def arrivals(scope: Scope, population: str, columns: set[str], zone: str) -> Query:
    """Return how many labels came, by the day of the event and the day of the label.

    Parameters
    ----------
    population
        Whose labels count.
    columns
        Columns that the table has.
    zone
        Business zone in which days are cut.
    """
    where = condition(scope, columns)
    sql = f"""
        SELECT {business_day("occurred_at", zone)} AS happened, {business_day("known_from", zone)} AS known,
            count(*) AS n
        FROM labelled WHERE {where.sql} AND population = $population GROUP BY ALL ORDER BY ALL
    """
    return sql, {**where.values, "population": population}


def worked(scope: Scope, threshold: float, columns: set[str]) -> Query:
    """Return the alarms that people judged, and the cases that these stand for.

    A case was chosen with the probability of its rows and stands for one ÷ it; a row without a case is one.

    Parameters
    ----------
    columns
        Columns that the table has.
    """
    where = condition(scope, columns)
    sql = f"""
        WITH judged AS (
            SELECT coalesce(case_no, -row_number() OVER ()) AS case_no, coalesce(inclusion_probability, 1) AS p
            FROM labelled
            WHERE {where.sql} AND score >= $threshold AND population = 'production'
                AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
                AND (known_until IS NULL OR known_until > $known_at)
                AND label_source IN ('triage', 'union', 'adjudication')
        ), cases AS (
            SELECT case_no, count(*) AS n, max(p) AS p FROM judged GROUP BY case_no
        )
        SELECT coalesce(sum(n), 0) AS rows, coalesce(sum(1 / p), 0) AS cases FROM cases
    """
    known_at = naive(scope.known_at) if scope.known_at else None
    return sql, {**where.values, "threshold": threshold, "known_at": known_at}


def seeded(scope: Scope, columns: set[str]) -> Query:
    """Return the labelled attacks that are not production: seeded ones and benchmarks, unscored ones too.

    Parameters
    ----------
    columns
        Columns that the table has.
    """
    where = condition(scope, columns)
    sql = f"""
        SELECT population, score, weight, case_no FROM labelled
        WHERE {where.sql} AND population <> 'production' AND is_attack
            AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
            AND (known_until IS NULL OR known_until > $known_at)
        ORDER BY population, score
    """
    return sql, {**where.values, "known_at": naive(scope.known_at) if scope.known_at else None}


def both(scope: Scope, other: str, columns: set[str], also: tuple[str, ...] = ()) -> Query:
    """Return the labelled production events that two versions scored, with both scores and decisions.

    Parameters
    ----------
    scope
        Names the first version.
    other
        The second version of the same model.
    columns
        Columns that the table has.
    also
        Slice columns of the first version's row that are returned.
    """
    where = condition(scope, columns)
    sql = f"""
        WITH mine AS (
            SELECT * FROM labelled WHERE {where.sql} AND population = 'production'
                AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
                AND (known_until IS NULL OR known_until > $known_at)
        ), theirs AS (
            SELECT event_id, score FROM labelled
            WHERE model_id = $model AND model_version = $other AND population = 'production' AND known_until IS NULL
        )
        SELECT {leading(also, columns, "a.")}a.score AS score_a, b.score AS score_b, a.is_attack, a.weight,
            a.inclusion_probability, a.case_no
        FROM mine AS a JOIN theirs AS b USING (event_id)
        WHERE a.score IS NOT NULL AND b.score IS NOT NULL
    """
    values = {**where.values, "other": other, "known_at": naive(scope.known_at) if scope.known_at else None}
    return sql, values


def served_otherwise(
    scope: Scope, threshold: float, population: str, columns: set[str], files: list[str], present: set[str]
) -> Query:
    """Return how many labelled rows were decided otherwise than their score says, by the first reason that holds.

    unscored: there is no score; threshold: the lowest one in force when the event happened gives the decision; mode:
    passed because the version could not act; rule: a rule fired for the event; none: nothing that is stored.

    Parameters
    ----------
    threshold
        The one in force now.
    population
        Whose labels count.
    columns
        Columns that the table of labelled rows has.
    files, present
        Detection files of the scope, and the columns that they have: what fired stands in them alone.
    """
    where = condition(scope, columns)
    window = condition(Scope(scope.model, scope.version, scope.since, scope.until))
    sql = f"""
        WITH differing AS (
            SELECT event_id, occurred_at, score, mode, decision <> 'allow' AS acted FROM labelled
            WHERE {where.sql} AND population = $population
                AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
                AND (known_until IS NULL OR known_until > $known_at)
                AND (decision <> 'allow') <> coalesce(score >= $threshold, false)
        ), by_action AS (
            SELECT event_id, action, arg_max(threshold, effective_from) AS threshold
            FROM differing JOIN thresholds ON effective_from <= occurred_at
            WHERE model_id = $model AND model_version = $version GROUP BY ALL
        ), at_the_time AS (
            SELECT event_id, min(threshold) AS threshold FROM by_action GROUP BY ALL
        ), detected AS (
            SELECT {leading(("rule_hits",), present)}event_id
            FROM read_parquet($files, union_by_name=true, hive_partitioning=false)
            SEMI JOIN differing USING (event_id, occurred_at)
            WHERE {window.sql}
        ), ruled AS (
            SELECT DISTINCT event_id, true AS fired FROM detected WHERE coalesce(rule_hits::VARCHAR, '') <> ''
        )
        SELECT CASE WHEN score IS NULL THEN 'unscored'
                WHEN acted = (score >= at_the_time.threshold) THEN 'threshold'
                WHEN NOT acted AND mode IN ('shadow', 'log') THEN 'mode'
                WHEN fired THEN 'rule' ELSE 'none' END AS reason,
            count(*) FILTER (acted) AS acted, count(*) FILTER (NOT acted) AS passed
        FROM differing LEFT JOIN at_the_time USING (event_id) LEFT JOIN ruled USING (event_id)
        GROUP BY ALL ORDER BY count(*) DESC, reason
    """
    known_at = naive(scope.known_at) if scope.known_at else None
    more = {"threshold": threshold, "population": population, "known_at": known_at, "files": files}
    return sql, {**where.values, **window.values, **more}
