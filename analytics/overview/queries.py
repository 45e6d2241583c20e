"""SQL of the overview: text and bound values, one function a query."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from analytics.scope import Scope
from analytics.warehouse.bins import bin_sql
from analytics.warehouse.rows import Source
from analytics.warehouse.selection import condition, naive

Query = tuple[str, dict[str, Any]]


_LOWEST, _SCORE = bin_sql("threshold"), bin_sql("score")
"""SQL for the bins of a version's lowest threshold and of a count's score."""
_WITH_LOWEST = """
        WITH wanted AS (
            SELECT unnest($models) AS model_id, unnest($versions) AS model_version
        ), lowest AS (
            SELECT model_id, model_version, min(threshold) AS threshold
            FROM thresholds JOIN wanted USING (model_id, model_version)
            WHERE effective_from <= $now GROUP BY ALL
        )"""
"""The versions asked for, and the lowest threshold that each of them had so far."""
REGIONS = "SELECT DISTINCT region FROM volume_hour WHERE region <> '' ORDER BY region"


def _wanted(versions: list[tuple[str, str]]) -> dict[str, Any]:
    return {"models": [m for m, _ in versions], "versions": [v for _, v in versions]}


def hours(versions: list[tuple[str, str]], since: datetime | None, region: str | None) -> Query:
    """Return events by model, region and hour: all, unscored with the commonest reason, acted on, able to act.

    In no order. The stored rows behind them, and what of them came as counts, are told apart.

    Parameters
    ----------
    versions
        (model_id, model_version) of the versions in use.
    since
        First hour; None: all.
    region
        Of this one alone; None: of all.
    """
    sql = """
        WITH wanted AS (
            SELECT unnest($models) AS model_id, unnest($versions) AS model_version
        ), cells AS (
            SELECT model_id, model_version, region, hour, decision, mode, unscored_reason, represented, n, 0 AS counted
            FROM volume_hour
            UNION ALL
            SELECT model_id, model_version, coalesce(region, ''), date_trunc('hour', hour), coalesce(decision, ''),
                coalesce(mode, ''), coalesce(unscored_reason, ''), 0, 0, count
            FROM counts
        )
        SELECT model_id, region, hour, sum(represented) AS events,
            coalesce(sum(represented) FILTER (unscored_reason <> ''), 0) AS unscored,
            coalesce(sum(represented) FILTER (unscored_reason = '' AND decision NOT IN ('allow', '')), 0) AS acted,
            coalesce(sum(represented) FILTER (unscored_reason = '' AND mode = 'act'), 0) AS guarded,
            sum(n) AS events_rows, sum(counted) AS events_counted,
            coalesce(sum(n) FILTER (unscored_reason <> ''), 0) AS unscored_rows,
            coalesce(sum(counted) FILTER (unscored_reason <> ''), 0) AS unscored_counted,
            coalesce(sum(n) FILTER (unscored_reason = '' AND decision NOT IN ('allow', '')), 0) AS acted_rows,
            coalesce(sum(counted) FILTER (unscored_reason = '' AND decision NOT IN ('allow', '')), 0) AS acted_counted,
            coalesce(arg_max(unscored_reason, represented) FILTER (unscored_reason <> ''), '') AS reason
        FROM cells JOIN wanted USING (model_id, model_version)
        WHERE ($since IS NULL OR hour >= $since) AND ($region IS NULL OR region = $region)
        GROUP BY ALL
    """
    return sql, {**_wanted(versions), "since": naive(since) if since else None, "region": region}


def arrivals(versions: list[tuple[str, str]], zone: str, region: str | None) -> Query:
    """Return how many labels became known by model and business day, and of how many missed attacks of a region."""
    sql = """
        WITH wanted AS (
            SELECT unnest($models) AS model_id, unnest($versions) AS model_version
        )
        SELECT model_id, CAST(timezone($zone, timezone('UTC', known_from)) AS DATE) AS day, count(*) AS labels,
            count(*) FILTER (is_attack AND coalesce(decision, 'allow') = 'allow'
                AND ($region IS NULL OR region = $region)) AS missed
        FROM labelled JOIN wanted USING (model_id, model_version)
        WHERE population = 'production'
        GROUP BY ALL ORDER BY model_id, day
    """
    return sql, {**_wanted(versions), "zone": zone, "region": region}


def missed(versions: list[tuple[str, str]], since: datetime, region: str | None) -> Query:
    """Return the missed attacks that became known since, by model and technique, most first.

    ``first`` is when the first of the technique happened, of all that are known.
    """
    sql = """
        WITH wanted AS (
            SELECT unnest($models) AS model_id, unnest($versions) AS model_version
        )
        SELECT model_id, coalesce(technique, '') AS technique, count(*) FILTER (known_from >= $since) AS missed,
            min(occurred_at) AS first
        FROM labelled JOIN wanted USING (model_id, model_version)
        WHERE population = 'production' AND is_attack AND coalesce(decision, 'allow') = 'allow'
            AND known_until IS NULL AND ($region IS NULL OR region = $region)
        GROUP BY ALL HAVING missed > 0 ORDER BY model_id, missed DESC, technique
    """
    return sql, {**_wanted(versions), "since": naive(since), "region": region}


def known_alarms(
    versions: list[tuple[str, str]], since: datetime | None, until: datetime | None, region: str | None
) -> Query:
    """Return the events acted on whose truth is known, and the rows they come from, by model."""
    sql = """
        WITH wanted AS (
            SELECT unnest($models) AS model_id, unnest($versions) AS model_version
        )
        SELECT model_id, count(*) AS n, coalesce(sum(weight), 0) AS known
        FROM labelled JOIN wanted USING (model_id, model_version)
        WHERE known_until IS NULL AND population = 'production' AND score IS NOT NULL AND decision <> 'allow'
            AND ($since IS NULL OR occurred_at >= $since) AND ($until IS NULL OR occurred_at < $until)
            AND ($region IS NULL OR region = $region)
        GROUP BY ALL ORDER BY model_id
    """
    values = {"since": naive(since) if since else None, "until": naive(until) if until else None, "region": region}
    return sql, {**_wanted(versions), **values}


def overruled(versions: list[tuple[str, str]], now: datetime) -> Query:
    """Return what was acted on although the score lies below every threshold that the version had so far, by hour.

    Of scores in the bin of the lowest threshold nobody can say it without the rows: they are left out.
    """
    sql = f"""
        {_WITH_LOWEST}, cells AS (
            SELECT model_id, hour, threshold, represented, n, 0 AS counted
            FROM volume_score_hour JOIN lowest USING (model_id, model_version)
            WHERE unscored_reason = '' AND decision NOT IN ('allow', '')
                AND score_bin >= 0 AND score_bin < {_LOWEST}
            UNION ALL
            SELECT model_id, date_trunc('hour', hour), threshold, 0, 0, count
            FROM counts JOIN lowest USING (model_id, model_version)
            WHERE unscored_reason IS NULL AND coalesce(decision, 'allow') NOT IN ('allow', '')
                AND score < threshold AND {_SCORE} < {_LOWEST}
        )
        SELECT model_id, hour, threshold, sum(represented) AS events, sum(n) AS rows, sum(counted) AS counted
        FROM cells GROUP BY ALL ORDER BY model_id, hour
    """
    return sql, {**_wanted(versions), "now": naive(now)}


def overruled_rows(table: Source, below: float) -> Query:
    """Return the stored events acted on below a score, by what acted, on what, where, how and whether it could act."""
    sql = f"""
        SELECT coalesce(rule_hits, '') AS rule, coalesce(application, '') AS application,
            coalesce(region, '') AS region, decision, coalesce(mode, '') AS mode,
            CAST(sum(coalesce(sampling_weight, 1)) AS DOUBLE) AS events
        FROM {table.sql} WHERE score < $below AND decision NOT IN ('allow', '') GROUP BY ALL ORDER BY ALL
    """
    return sql, {**table.values, "below": below}


def overruled_counts(scope: Scope, below: float) -> Query:
    """Return the counted events acted on below a score, by what counts tell."""
    sql = """
        SELECT coalesce(region, '') AS region, decision, coalesce(mode, '') AS mode,
            CAST(sum(count) AS DOUBLE) AS events
        FROM counts
        WHERE model_id = $model AND model_version = $version AND hour >= $since AND hour < $until
            AND unscored_reason IS NULL AND score < $below AND decision NOT IN ('allow', '')
        GROUP BY ALL ORDER BY ALL
    """
    values = condition(replace(scope, where=())).values
    return sql, {**values, "below": below}


def judged(scope: Scope, columns: set[str], below: float | None) -> Query:
    """Return how many labelled rows of a scope were acted on, how many are attacks, and what was done with them.

    The decision is empty where it was this and that.

    Parameters
    ----------
    columns
        Of the table of labelled rows.
    below
        Only rows whose score is lower; None: all.
    """
    where = condition(scope, columns)
    sql = f"""
        SELECT count(*) AS n, count(*) FILTER (is_attack) AS attacks,
            CASE WHEN count(DISTINCT decision) = 1 THEN min(decision) ELSE '' END AS decision
        FROM labelled
        WHERE {where.sql} AND population = 'production' AND is_attack IS NOT NULL AND decision <> 'allow'
            AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
            AND (known_until IS NULL OR known_until > coalesce($known_at, TIMESTAMP '9999-01-01'))
            AND ($below IS NULL OR score < $below)
    """
    return sql, {**where.values, "below": below, "known_at": naive(scope.known_at) if scope.known_at else None}


def slices(versions: list[tuple[str, str]], now: datetime) -> Query:
    """Return the stored rows acted on by slice and business day, and the events they stand for; all: slice ''.

    Those that something else than the score acted on are left out. Regions are told hour by hour; the technique of a
    wrong alarm is a guess.
    """
    sql = f"""
        {_WITH_LOWEST}
        SELECT model_id, slice_column, slice_value, day, sum(n) AS rows, sum(represented) AS events
        FROM volume JOIN wanted USING (model_id, model_version) LEFT JOIN lowest USING (model_id, model_version)
        WHERE slice_column NOT IN ('region', 'technique') AND n > 0 AND unscored_reason = ''
            AND decision NOT IN ('allow', '') AND (threshold IS NULL OR score_bin < 0 OR score_bin >= {_LOWEST})
        GROUP BY ALL ORDER BY model_id, slice_column, slice_value, day
    """
    return sql, {**_wanted(versions), "now": naive(now)}
