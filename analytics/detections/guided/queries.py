"""SQL of the guided questions: text and bound values, one function a query. All look at a short span of time only."""

from __future__ import annotations

from datetime import datetime

from analytics.detections.queries import Query
from analytics.warehouse.rows import Source
from analytics.warehouse.selection import Condition
from analytics.warehouse.sql import identifier

ACTED = "coalesce(decision, '') NOT IN ('', 'allow')"


def of_source(entity: str, event: str) -> Condition:
    """Return the condition on other events of a source."""
    return Condition("entity = $q_entity AND event_id <> $q_event", {"q_entity": entity, "q_event": event})


def of_case(case: str, event: str) -> Condition:
    """Return the condition on other events of a case."""
    return Condition("case_id = $q_case AND event_id <> $q_event", {"q_case": case, "q_event": event})


def same_text(payload: str, event: str) -> Condition:
    """Return the condition on other events in which exactly this was scored."""
    return Condition("payload = $q_text AND event_id <> $q_event", {"q_text": payload, "q_event": event})


def under_domain(domain: str) -> Condition:
    """Return the condition on names that are a domain or lie under it."""
    sql = "(lower(payload) = $q_domain OR ends_with(lower(payload), '.' || $q_domain))"
    return Condition(sql, {"q_domain": domain})


def on_site(host: str, event: str) -> Condition:
    """Return the condition on other addresses of a site: with its name between // and the path."""
    sql = "lower(regexp_extract(payload, '^[A-Za-z]+://(?:[^/?#]*@)?([^/?#:]+)', 1)) = $q_host AND event_id <> $q_event"
    return Condition(sql, {"q_host": host, "q_event": event})


def to_path(start: str) -> Condition:
    """Return the condition on requests whose text starts with a method and a path, up to its query."""
    sql = "(payload = $q_path OR starts_with(payload, $q_path || '?') OR starts_with(payload, $q_path || ' '))"
    return Condition(sql, {"q_path": start})


def alarms_at(application: str) -> Condition:
    """Return the condition on alarms at an application."""
    return Condition(f"application = $q_application AND {ACTED}", {"q_application": application})


def every(source: Source, since: datetime, until: datetime) -> Query:
    """Return how many rows there are, whatever they are."""
    sql = f"SELECT count(*) AS n FROM {source.sql} WHERE occurred_at >= $q_since AND occurred_at < $q_until"
    return sql, {**source.values, "q_since": since, "q_until": until}


def counted(source: Source, where: Condition, since: datetime, until: datetime) -> Query:
    """Return how many rows there are, and how many of them were acted on."""
    sql = f"""
        SELECT count(*) AS n, count(*) FILTER ({ACTED}) AS acted FROM {source.sql}
        WHERE occurred_at >= $q_since AND occurred_at < $q_until AND {where.sql}
    """
    return sql, {**source.values, **where.values, "q_since": since, "q_until": until}


def nearest(source: Source, where: Condition, since: datetime, until: datetime, at: datetime, limit: int) -> Query:
    """Return the keys of the rows nearest to a time."""
    sql = f"""
        SELECT occurred_at, score, event_id, model_version FROM {source.sql}
        WHERE occurred_at >= $q_since AND occurred_at < $q_until AND {where.sql}
        ORDER BY abs(epoch_us(occurred_at) - epoch_us($q_at)), event_id LIMIT $q_limit
    """
    values = {"q_since": since, "q_until": until, "q_at": at, "q_limit": limit}
    return sql, {**source.values, **where.values, **values}


def grouped(source: Source, where: Condition, since: datetime, until: datetime, column: str, limit: int) -> Query:
    """Return the largest groups of rows by a column: of each the number, and the keys of the newest row.

    Parameters
    ----------
    column
        A column of the contract.
    """
    sql = f"""
        WITH mine AS (
            SELECT {identifier(column)} AS part, count(*) AS n, max(occurred_at) AS occurred_at,
                arg_max(score, occurred_at) AS score, arg_max(event_id, occurred_at) AS event_id,
                arg_max(model_version, occurred_at) AS model_version
            FROM {source.sql} WHERE occurred_at >= $q_since AND occurred_at < $q_until AND {where.sql}
                AND {identifier(column)} <> ''
            GROUP BY ALL
        )
        SELECT *, count(*) OVER () AS parts, sum(n) OVER ()::BIGINT AS whole FROM mine
        ORDER BY n DESC, part LIMIT $q_limit
    """
    return sql, {**source.values, **where.values, "q_since": since, "q_until": until, "q_limit": limit}
