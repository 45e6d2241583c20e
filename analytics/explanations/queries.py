"""SQL of the explanations room: text and bound values, one function a query."""

from __future__ import annotations

from typing import Any

from analytics.scope import Scope
from analytics.warehouse.rows import Source
from analytics.warehouse.selection import Condition, naive
from analytics.warehouse.sql import identifier

Query = tuple[str, dict[str, Any]]


def ordinary(source: Source, model_id: str, threshold: float | None, needed: list[str], n: int) -> Query:
    """Return rows that were let through and are not known as attacks, the first by a hash of their event.

    Parameters
    ----------
    source
        Of one version, with event_id, occurred_at, score, decision and the columns needed.
    threshold
        Tells what was let through where no decision is stored.
    needed
        Columns without which a row is of no use.
    """
    there = _there(needed)
    sql = f"""
        SELECT * FROM {source.sql}
        WHERE {there.sql}
            AND (decision = 'allow' OR (decision IS NULL AND ($x_threshold IS NULL OR score < $x_threshold)))
            AND event_id NOT IN (
                SELECT event_id FROM labelled
                WHERE model_id = $x_model AND is_attack AND known_until IS NULL AND event_id IS NOT NULL)
        ORDER BY hash(event_id), event_id LIMIT $x_n
    """
    return sql, {**source.values, "x_model": model_id, "x_threshold": threshold, "x_n": n}


U = "CAST(hash(event_id) AS DOUBLE) / 18446744073709551616"
"""A number from 0 to 1 that belongs to an event: the same in every batch, so that batches overlap and add up."""


def explainable(source: Source, needed: list[str]) -> Query:
    """Return how many scored rows have what the model needs."""
    there = _there(needed)
    return f"SELECT count(*) AS n FROM {source.sql} WHERE {there.sql}", dict(source.values)


def drawn(source: Source, needed: list[str], n: int) -> Query:
    """Return the keys of the rows with the smallest ``u``: a random sample without replacement."""
    there = _there(needed)
    sql = f"SELECT event_id, occurred_at, {U} AS u FROM {source.sql} WHERE {there.sql} ORDER BY u, event_id LIMIT $x_n"
    return sql, {**source.values, "x_n": n}


def alarms(source: Source, needed: list[str], threshold: float | None, n: int | None) -> Query:
    """Return the keys of the newest alarms; of all of them where ``n`` is None.

    Parameters
    ----------
    threshold
        Tells what is an alarm where no decision is stored.
    """
    there = _there(needed)
    sql = f"""
        SELECT event_id, occurred_at, {U} AS u FROM {source.sql}
        WHERE {there.sql} AND (decision <> 'allow' OR (decision IS NULL AND score >= $x_threshold))
        ORDER BY occurred_at DESC, event_id LIMIT coalesce($x_n, 9223372036854775807)
    """
    return sql, {**source.values, "x_threshold": threshold, "x_n": n}


def keyed(source: Source, events: list[str], first: Any, last: Any) -> Query:
    """Return the rows of some events, all of which lie between two times, both included."""
    sql = f"""
        SELECT * FROM {source.sql} WHERE occurred_at >= $x_first AND occurred_at <= $x_last AND event_id IN $x_events
        ORDER BY occurred_at, event_id
    """
    return sql, {**source.values, "x_events": events, "x_first": first, "x_last": last}


def known(paths: list[str]) -> Query:
    """Return the events that explanation files hold."""
    sql = "SELECT event_id FROM read_parquet($files, union_by_name=true, hive_partitioning=false)"
    return sql, {"files": paths}


def _there(needed: list[str]) -> Condition:
    return Condition(" AND ".join(["score IS NOT NULL", *(f"{identifier(c)} IS NOT NULL" for c in needed)]), {})


def facts(source: Source) -> Query:
    """Return explained rows without what each feature added."""
    sql = f"SELECT * EXCLUDE (names, added, own, starts, ends) FROM {source.sql} ORDER BY occurred_at, event_id"
    return sql, source.values


def strongest(source: Source, n: int) -> Query:
    """Return the names that moved the outputs most over all rows, the strongest first; n-grams as often as they are."""
    sql = f"""
        WITH one AS (SELECT unnest(names) AS name, unnest(added) AS added FROM {source.sql})
        SELECT name, sum(abs(added)) AS moved FROM one WHERE name IS NOT NULL
        GROUP BY name ORDER BY moved DESC, name LIMIT $x_n
    """
    return sql, {**source.values, "x_n": n}


def values(source: Source, names: list[str]) -> Query:
    """Return what some names added, row by row: event_id, name, added, own."""
    sql = f"""
        WITH one AS (SELECT event_id, unnest(names) AS name, unnest(added) AS added, unnest(own) AS own
            FROM {source.sql})
        SELECT event_id, name, sum(added) AS added, any_value(own) AS own FROM one WHERE name IN $x_names
        GROUP BY event_id, name
    """
    return sql, {**source.values, "x_names": names}


def verdicts(scope: Scope, events: list[str]) -> Query:
    """Return whether events are attacks, as far as a label of the production says so at ``known_at``."""
    sql = """
        SELECT event_id, bool_or(is_attack) AS is_attack FROM labelled
        WHERE model_id = $x_model AND model_version = $x_version AND is_attack IS NOT NULL
            AND known_from <= coalesce($x_known_at, TIMESTAMP '9999-01-01')
            AND (known_until IS NULL OR known_until > $x_known_at)
            AND population = 'production' AND event_id IN $x_events
        GROUP BY event_id
    """
    known_at = naive(scope.known_at) if scope.known_at else None
    return sql, {"x_model": scope.model, "x_version": scope.version, "x_events": events, "x_known_at": known_at}
