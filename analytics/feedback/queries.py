"""SQL of the feedback room: text and bound values, one function a query.

Labels come from the tables ``labels``, ``labelled`` and ``labelled_rows`` only; rows from the warehouse's sources.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from analytics.scope import Scope
from analytics.warehouse.bins import NOT_TOLD, bin_sql
from analytics.warehouse.rows import Source
from analytics.warehouse.selection import Condition, condition, naive

Query = tuple[str, dict[str, Any]]

BIN = bin_sql("score")
FOREVER = "TIMESTAMP '9999-01-01'"
IN_FORCE = (
    "population = 'production' AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01') "
    "AND (known_until IS NULL OR known_until > $known_at)"
)
STANDING = (
    "labelled_at <= coalesce($known_at, TIMESTAMP '9999-01-01') AND (withdrawn_at IS NULL OR withdrawn_at > $known_at)"
)
"""Which rows of ``labels`` were known, and not withdrawn, at ``known_at``: every query of this file asks by it."""
KNOWN = f"population = 'production' AND {STANDING}"
_PASSED = "(decision = 'allow' OR (coalesce(decision, '') = '' AND $served IS NOT NULL AND score < $served))"
_PASSED_CELL = "(decision = 'allow' OR (decision = '' AND $served IS NOT NULL AND score_bin < $served_bin))"


def known_at(scope: Scope) -> datetime | None:
    """Return the time up to which labels count, as the tables hold times; None: all."""
    return naive(scope.known_at) if scope.known_at else None


def passed_cells(scope: Scope, served: float | None, served_bin: int) -> Query:
    """Return what was scored and passed, by hour and score bin: stored rows, and the events that it stands for.

    Parameters
    ----------
    scope
        Model, version and a window of whole hours.
    served, served_bin
        Threshold, and its bin, by which a decision that is not told is taken to have been made.
    """
    where = condition(Scope(scope.model, scope.version))
    sql = f"""
        SELECT hour, score_bin, sum(n)::BIGINT AS n, sum(represented) AS events FROM volume_score_hour
        WHERE {where.sql} AND hour >= coalesce($since, TIMESTAMP '0001-01-01') AND hour < coalesce($until, {FOREVER})
            AND {_PASSED_CELL} AND (score_bin >= 0 OR score_bin = {NOT_TOLD})
        GROUP BY ALL ORDER BY hour, score_bin
    """
    return sql, {**where.values, **_window(scope), "served": served, "served_bin": served_bin}


def counted(scope: Scope, served: float | None) -> Query:
    """Return the events that passed and came as counts without rows, by score bin."""
    where = condition(Scope(scope.model, scope.version))
    sql = f"""
        SELECT {BIN} AS score_bin, sum(count)::DOUBLE AS events FROM counts
        WHERE {where.sql} AND hour >= coalesce($since, TIMESTAMP '0001-01-01') AND hour < coalesce($until, {FOREVER})
            AND {_PASSED} AND unscored_reason IS NULL AND score IS NOT NULL
        GROUP BY 1
    """
    return sql, {**where.values, **_window(scope), "served": served}


def taken(source: Source, served: float | None, picks: list[tuple[datetime, int, int, int, int]], seed: int) -> Query:
    """Return rows drawn at random: of each hour and stratum as many as it is due.

    Parameters
    ----------
    source
        event_id, detection_id, occurred_at, score, decision, sampling_weight.
    picks
        hour, stratum, its first and last score bin, how many.
    seed
        Of the order in which a part of an hour is taken.
    """
    columns = list(zip(*picks, strict=True))
    when = _hours(sorted(set(columns[0])))
    sql = f"""
        WITH due AS (
            SELECT unnest($p_hours) AS hour, unnest($p_strata) AS stratum, unnest($p_first) AS first_bin,
                unnest($p_last) AS last_bin, unnest($p_many) AS many
        ), seen AS (
            SELECT event_id, detection_id, occurred_at, score, coalesce(sampling_weight, 1) AS weight,
                date_trunc('hour', occurred_at) AS hour, {BIN} AS score_bin
            FROM {source.sql} WHERE score IS NOT NULL AND {_PASSED} AND ({when.sql})
        )
        SELECT stratum, event_id, detection_id, occurred_at, score, weight FROM seen JOIN due USING (hour)
        WHERE score_bin BETWEEN first_bin AND last_bin
        QUALIFY row_number() OVER (
            PARTITION BY hour, stratum ORDER BY hash(event_id || $p_seed), event_id
        ) <= many
        ORDER BY stratum, occurred_at, event_id
    """
    names = ("p_hours", "p_strata", "p_first", "p_last", "p_many")
    bound: dict[str, Any] = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return sql, {**source.values, **bound, **when.values, "p_seed": str(seed), "served": served}


def of_events(source: Source, hours: list[datetime], events: list[str]) -> Query:
    """Return the rows of some events in some hours: every version's."""
    when = _hours(hours)
    sql = f"SELECT * FROM {source.sql} WHERE ({when.sql}) AND event_id IN $g_events"
    return sql, {**source.values, **when.values, "g_events": events}


def _hours(hours: list[datetime]) -> Condition:
    """Return the condition that a row happened in one of some hours; said one by one, so that no others are read."""
    parts = [f"(occurred_at >= $p_{i} AND occurred_at < $p_{i} + INTERVAL 1 HOUR)" for i in range(len(hours))]
    return Condition(" OR ".join(parts), {f"p_{i}": hour for i, hour in enumerate(hours)})


def judged(scope: Scope, events: list[str]) -> Query:
    """Return which of some events have a verdict already; staged attacks have one, whoever looked."""
    sql = f"""
        SELECT DISTINCT event_id FROM labels
        WHERE {STANDING} AND event_id IN $events
    """
    return sql, {"events": events, "known_at": known_at(scope)}


def undetermined(scope: Scope, before: datetime, columns: set[str], limit: int) -> Query:
    """Return rows of events about which nobody could tell, last looked at before a time; the oldest look first."""
    where = condition(scope, columns)
    sql = f"""
        WITH open AS (
            SELECT event_id, max(labelled_at) AS looked_at FROM labels WHERE {KNOWN} AND event_id IS NOT NULL
            GROUP BY event_id HAVING count(*) FILTER (is_attack IS NOT NULL) = 0 AND max(labelled_at) < $before
        )
        SELECT event_id, model_version, occurred_at, score, case_id, looked_at
        FROM labelled_rows JOIN open USING (event_id) WHERE {where.sql} ORDER BY looked_at, event_id LIMIT $limit
    """
    return sql, {**where.values, "known_at": known_at(scope), "before": before, "limit": limit}


def once_judged(scope: Scope, columns: set[str], every: int, limit: int) -> Query:
    """Return rows of events that one person has judged: of so many events one, the newest verdict first."""
    where = condition(scope, columns)
    sql = f"""
        WITH once AS (
            SELECT event_id, max(labelled_at) AS looked_at FROM labels
            WHERE {KNOWN} AND event_id IS NOT NULL AND is_attack IS NOT NULL AND labelled_by IS NOT NULL
                AND label_source IN ('triage', 'union', 'random_audit', 'score_audit')
                AND hash(event_id) % $every = 0
            GROUP BY event_id HAVING count(DISTINCT labelled_by) = 1
        )
        SELECT event_id, model_version, occurred_at, score, case_id, looked_at
        FROM labelled_rows JOIN once USING (event_id) WHERE {where.sql} ORDER BY looked_at DESC, event_id LIMIT $limit
    """
    return sql, {**where.values, "known_at": known_at(scope), "every": every, "limit": limit}


def audited(scope: Scope, columns: set[str]) -> Query:
    """Return the labelled rows that passed and of which is known with what chance they were looked at."""
    where = condition(scope, columns)
    sql = f"""
        SELECT {BIN} AS score_bin, is_attack, weight / inclusion_probability AS events FROM labelled
        WHERE {where.sql} AND {IN_FORCE} AND decision = 'allow' AND score IS NOT NULL
            AND inclusion_probability IS NOT NULL
    """
    return sql, {**where.values, "known_at": known_at(scope)}


def judgements(scope: Scope, columns: set[str]) -> Query:
    """Return every verdict that a person gave on events of a scope: the first of each person and event."""
    where = condition(replace(scope, version=None), columns)
    sql = f"""
        WITH mine AS (
            SELECT event_id, min(occurred_at) AS occurred_at, any_value(case_id) AS case_id,
                bool_or(decision NOT IN ('', 'allow')) AS alarm
            FROM labelled_rows WHERE {where.sql} AND ($version IS NULL OR model_version = $version) GROUP BY event_id
        )
        SELECT l.event_id, m.case_id, m.occurred_at, coalesce(m.alarm, false) AS alarm, l.labelled_at,
            l.labelled_by, l.verdict, l.is_attack, l.label_source
        FROM labels AS l JOIN mine AS m USING (event_id)
        WHERE {KNOWN} AND l.labelled_by IS NOT NULL
            AND l.label_source IN ('adjudication', 'triage', 'union', 'random_audit', 'score_audit')
        QUALIFY row_number() OVER (PARTITION BY l.event_id, l.labelled_by ORDER BY l.labelled_at, l.verdict) = 1
        ORDER BY l.labelled_at, l.event_id, l.labelled_by
    """
    return sql, {**where.values, "version": scope.version, "known_at": known_at(scope)}


def alarms_by_hour(scope: Scope) -> Query:
    """Return how many stored alarms there were by hour: what was acted on."""
    where = condition(Scope(scope.model, scope.version))
    sql = f"""
        SELECT hour, sum(n)::BIGINT AS n FROM volume_hour
        WHERE {where.sql} AND hour >= coalesce($since, TIMESTAMP '0001-01-01') AND hour < coalesce($until, {FOREVER})
            AND decision NOT IN ('', 'allow') AND n > 0
        GROUP BY hour ORDER BY hour
    """
    return sql, {**where.values, **_window(scope)}


def judged_alarms(scope: Scope) -> Query:
    """Return the alarms that somebody judged, with the time of the first verdict."""
    where = condition(Scope(scope.model, scope.version, scope.since, scope.until))
    sql = f"""
        WITH first AS (
            SELECT event_id, min(labelled_at) AS labelled_at FROM labels WHERE {KNOWN} AND event_id IS NOT NULL
            GROUP BY event_id
        )
        SELECT occurred_at, labelled_at, case_id FROM labelled_rows JOIN first USING (event_id)
        WHERE {where.sql} AND decision NOT IN ('', 'allow') ORDER BY occurred_at, event_id
    """
    return sql, {**where.values, "known_at": known_at(scope)}


def staged_alarms(scope: Scope) -> Query:
    """Return the alarms on attacks that were sent on purpose, by hour: nobody has to judge these."""
    where = condition(Scope(scope.model, scope.version, scope.since, scope.until))
    sql = f"""
        SELECT date_trunc('hour', occurred_at) AS hour, count(*) AS n FROM labelled_rows
        WHERE {where.sql} AND decision NOT IN ('', 'allow')
            AND event_id IN (
                SELECT event_id FROM labels WHERE population <> 'production' AND event_id IS NOT NULL AND {STANDING}
            )
        GROUP BY 1
    """
    return sql, {**where.values, "known_at": known_at(scope)}


def labelled_events(scope: Scope, columns: set[str]) -> Query:
    """Return the labelled events of a model, each once, in time order, with its label in force."""
    where = condition(scope, columns)
    sql = f"""
        SELECT event_id, min(occurred_at) AS occurred_at, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
            min(case_id) AS case_id, any_value(verdict) AS verdict, any_value(is_attack) AS is_attack,
            any_value(label_source) AS label_source, any_value(known_from) AS labelled_at,
            any_value(inclusion_probability) AS inclusion_probability, max(weight) AS weight
        FROM labelled WHERE {where.sql} AND {IN_FORCE} GROUP BY event_id ORDER BY occurred_at, event_id
    """
    return sql, {**where.values, "known_at": known_at(scope)}


def between(source: Source, first: datetime, last: datetime, events: list[str]) -> Query:
    """Return the rows of some events in a span of time."""
    sql = f"""
        SELECT * FROM {source.sql}
        WHERE occurred_at BETWEEN $g_first AND $g_last AND event_id IN (SELECT unnest($g_events))
    """
    return sql, {**source.values, "g_first": first, "g_last": last, "g_events": events}


def nothing(source: Source) -> Query:
    """Return no row: the columns with their types."""
    return f"SELECT * FROM {source.sql} LIMIT 0", source.values


def scored_by(scope: Scope) -> Query:
    """Return the versions of a model that scored anything that is labelled."""
    sql = "SELECT DISTINCT model_version FROM labelled_rows WHERE model_id = $model ORDER BY model_version"
    return sql, {"model": scope.model}


def passed_labels(scope: Scope, columns: set[str]) -> Query:
    """Return how many labelled events no version acted on, how many nobody could tell, how many are not production."""
    where = condition(scope, columns)
    sql = f"""
        WITH mine AS (
            SELECT event_id, bool_or(coalesce(decision, '') NOT IN ('', 'allow')) AS acted FROM labelled_rows
            WHERE {where.sql} GROUP BY event_id
        ), said AS (
            SELECT event_id, bool_or(population = 'production' AND is_attack IS NOT NULL) AS decided,
                bool_or(population = 'production') AS production
            FROM labels WHERE event_id IS NOT NULL AND {STANDING} GROUP BY event_id
        )
        SELECT count(*) FILTER (decided AND NOT acted) AS n,
            count(*) FILTER (production AND NOT decided) AS undetermined,
            count(*) FILTER (NOT production) AS elsewhere
        FROM mine JOIN said USING (event_id)
    """
    return sql, {**where.values, "known_at": known_at(scope)}


def thresholds(scope: Scope) -> Query:
    """Return the thresholds of all versions of a model that are in force last."""
    sql = """
        SELECT model_version, action, threshold FROM thresholds WHERE model_id = $model
        QUALIFY row_number() OVER (PARTITION BY model_version, action ORDER BY effective_from DESC) = 1
        ORDER BY model_version, threshold, action
    """
    return sql, {"model": scope.model}


def size(source: Source) -> Query:
    """Return how many rows there are."""
    return f"SELECT count(*) AS n FROM {source.sql}", source.values


def scored(source: Source, every: int) -> Query:
    """Return rows that have a score: of so many events one, always the same."""
    sql = f"SELECT * FROM {source.sql} WHERE score IS NOT NULL AND hash(event_id) % $every = 0 ORDER BY event_id"
    return sql, {**source.values, "every": every}


def with_label(scope: Scope) -> Query:
    """Return every event that anybody looked at."""
    sql = f"SELECT DISTINCT event_id FROM labels WHERE event_id IS NOT NULL AND {STANDING}"
    return sql, {"known_at": known_at(scope)}


def known_misses(scope: Scope, columns: set[str], served: float | None) -> Query:
    """Return production attacks that a version let pass, or that succeeded, with when that was first known.

    Parameters
    ----------
    columns
        Columns that the table has.
    served
        Threshold by which a decision that is not told is taken to have been made.
    """
    where = condition(scope, columns)
    sql = f"""
        WITH said AS (
            SELECT event_id, min(labelled_at) FILTER (is_attack) AS known_at,
                bool_or(outcome = 'succeeded') AS succeeded, arg_min(outcome, source_rank) AS outcome
            FROM labels WHERE {KNOWN} AND event_id IS NOT NULL GROUP BY event_id
        )
        SELECT l.event_id, l.occurred_at, s.known_at, l.label_source, l.technique, l.score,
            CASE WHEN s.succeeded THEN 'succeeded' ELSE coalesce(s.outcome, 'unknown') END AS outcome
        FROM labelled AS l JOIN said AS s USING (event_id)
        WHERE {where.sql} AND {IN_FORCE} AND is_attack
            AND (s.succeeded OR decision = 'allow'
                OR (coalesce(decision, '') = '' AND ($served IS NULL OR score IS NULL OR score < $served)))
        ORDER BY s.known_at DESC, l.event_id
    """
    return sql, {**where.values, "known_at": known_at(scope), "served": served}


def _window(scope: Scope) -> dict[str, Any]:
    since, until = (naive(t) if t else None for t in (scope.since, scope.until))
    return {"since": since, "until": until}
