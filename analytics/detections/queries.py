"""SQL of the detections room: text and bound values, one function a query.

Whatever is listed, counted or exported is selected by the same conditions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from analytics.detections.cursor import Cursor, Order
from analytics.detections.filters import NONE, OTHER, Filters
from analytics.scope import Scope
from analytics.warehouse.bins import bin_sql
from analytics.warehouse.rows import Source
from analytics.warehouse.selection import Condition, condition, naive
from analytics.warehouse.sql import identifier
from analytics.warehouse.volume import Span

Query = tuple[str, dict[str, Any]]

BIN = bin_sql("score")
IN_FORCE = (
    "population = $population AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01') "
    "AND (known_until IS NULL OR known_until > $known_at)"
)
"""Which rows of ``labelled`` hold at ``known_at``: as the figures of Efficacy count them."""
KNOWN = (
    "population = $population AND labelled_at <= coalesce($known_at, TIMESTAMP '9999-01-01') "
    "AND (withdrawn_at IS NULL OR withdrawn_at > $known_at)"
)
_ORDERS: dict[tuple[Order, bool], str] = {
    ("newest", False): "occurred_at DESC, event_id, model_version",
    ("newest", True): "occurred_at, event_id DESC, model_version DESC",
    ("top", False): "score DESC NULLS LAST, event_id, model_version",
    ("top", True): "score ASC NULLS FIRST, event_id DESC, model_version DESC",
}
_COLUMNS: dict[Order, str] = {"newest": "occurred_at", "top": "score"}
_VERDICT = {"labelled": "true", "attack": "is_attack", "benign": "NOT is_attack"}
_SEARCHED = ("payload", "event_id", "entity")


@dataclass(frozen=True, slots=True)
class _Text:
    """SQL of this file that stands in another statement."""

    sql: str


def joined(*conditions: Condition) -> Condition:
    """Return the condition that holds where all of some do."""
    values = {k: v for c in conditions for k, v in c.values.items()}
    return Condition(" AND ".join(f"({c.sql})" for c in conditions) or "true", values)


def narrowed(f: Filters, columns: set[str], named: list[str], visible: set[str]) -> Condition:
    """Return the condition of a filter on rows or on labelled rows, that on labels left out.

    Parameters
    ----------
    columns
        Columns that the table has; a filter on another one selects nothing.
    named
        Values of the slice column of ``part`` that have parts of their own.
    visible
        Columns in which text may be looked for.
    """
    parts, values = [], {}
    for name, comparison in (("score_from", "score >= $f_score_from"), ("score_to", "score < $f_score_to")):
        if (value := getattr(f, name)) is not None:
            parts.append(comparison)
            values[f"f_{name}"] = value
    if f.scored is not None:
        parts.append("score IS NOT NULL" if f.scored else "score IS NULL")
    if f.flagged is not None:
        parts.append("score >= $f_threshold" if f.flagged else "score < $f_threshold")
        values["f_threshold"] = f.threshold
    for name in ("decision", "case_id", "entity", "correlation_id"):
        if (value := getattr(f, name)) is not None:
            parts.append(f"{name} = $f_{name}" if name in columns else "false")
            values |= {f"f_{name}": value} if name in columns else {}
    if f.part is not None:
        part = _part(f.part, columns, named)
        parts.append(part.sql)
        values |= part.values
    if f.find is not None:
        looked = [f"coalesce(contains(lower({c}), lower($f_find)), false)" for c in _SEARCHED if c in columns & visible]
        parts.append(f"({' OR '.join(looked)})")
        values["f_find"] = f.find
    return Condition(" AND ".join(parts) or "true", values)


def known_of_labelled(f: Filters) -> Filters:
    """Return the part of a filter that labelled rows can tell."""
    return replace(f, entity=None, correlation_id=None, find=None)


def _part(part: tuple[str, str], columns: set[str], named: list[str]) -> Condition:
    column, value = part
    if column not in columns:
        return Condition("true" if value == NONE else "false", {})
    name = identifier(column)
    if value == NONE:
        return Condition(f"coalesce({name}, '') IN ('', $f_part)", {"f_part": NONE})
    if value == OTHER:
        return Condition(f"{name} <> '' AND NOT list_contains($f_named::VARCHAR[], {name})", {"f_named": named})
    return Condition(f"{name} = $f_part", {"f_part": value})


def judged(scope: Scope, f: Filters, population: str) -> Condition:
    """Return the condition of a filter's label on rows: the one in force at ``known_at``, of one population."""
    if f.label == "any":
        return Condition("true", {})
    known_at = naive(scope.known_at) if scope.known_at else None
    values = {"population": population, "known_at": known_at}
    if f.label == "undetermined":
        undecided = f"SELECT event_id FROM labels WHERE {KNOWN} AND event_id IS NOT NULL AND is_attack IS NULL"
        decided = f"SELECT event_id FROM labels WHERE {KNOWN} AND event_id IS NOT NULL AND is_attack IS NOT NULL"
        return Condition(f"event_id IN ({undecided}) AND event_id NOT IN ({decided})", values)
    mine = condition(Scope(scope.model, scope.version, scope.since, scope.until))
    if f.label == "unlabelled":
        known = f"SELECT event_id FROM labelled WHERE {mine.sql} AND {IN_FORCE}"
        return Condition(f"event_id NOT IN ({known})", {**mine.values, **values})
    verdict = verdict_in_force(f)
    known = f"SELECT event_id FROM labelled WHERE {mine.sql} AND {IN_FORCE} AND {verdict.sql}"
    return Condition(f"event_id IN ({known})", {**mine.values, **values, **verdict.values})


def verdict_in_force(f: Filters) -> Condition:
    """Return the condition of a filter's label on labelled rows."""
    if f.label in _VERDICT:
        return Condition(_VERDICT[f.label], {})
    return Condition("verdict = $f_label", {"f_label": f.label})


def behind(cursor: Cursor | None) -> Condition:
    """Return the condition that a row lies behind a place in the list, or before it where that looks backwards."""
    if cursor is None:
        return Condition("true", {})
    column, back = _COLUMNS[cursor.order], cursor.backwards
    at = naive(cursor.at) if isinstance(cursor.at, datetime) else cursor.at
    tie = "<" if back else ">"
    if cursor.event_id is None:
        if at is None:
            return Condition("score IS NOT NULL" if back else "score IS NULL", {})
        rest = f"{column} >= $k_at" if back else f"{column} < $k_at"
        return Condition(rest if back or cursor.order == "newest" else f"({rest} OR score IS NULL)", {"k_at": at})
    ties = f"(event_id {tie} $k_event OR (event_id = $k_event AND model_version {tie} $k_version))"
    values = {"k_event": cursor.event_id, "k_version": cursor.version}
    if at is None:
        return Condition(f"(score IS NULL AND {ties}{' OR score IS NOT NULL' if back else ''})", values)
    values["k_at"] = at
    if back:
        return Condition(f"({column} >= $k_at AND ({column} > $k_at OR {ties}))", values)
    rest = f"{column} <= $k_at AND ({column} < $k_at OR {ties})"
    return Condition(f"({rest}{' OR score IS NULL' if cursor.order == 'top' else ''})", values)


def during(spans: list[Span] | None) -> Condition:
    """Return the condition that a row happened in one of some spans; None: whenever."""
    if spans is None:
        return Condition("true", {})
    values = {f"s_{i}": t for i, t in enumerate(t for span in spans for t in span)}
    parts = [f"occurred_at >= $s_{2 * i} AND occurred_at < $s_{2 * i + 1}" for i in range(len(spans))]
    return Condition(f"(({') OR ('.join(parts)}))", values)


def band(low: float | None, high: float | None, scored: bool | None) -> Condition:
    """Return the condition that a score is in [low, high), None being open; or there is none; or all where None."""
    if scored is None:
        return Condition("true", {})
    if not scored:
        return Condition("score IS NULL", {})
    parts = [*(["score >= $b_low"] if low is not None else []), *(["score < $b_high"] if high is not None else [])]
    values = {k: v for k, v in (("b_low", low), ("b_high", high)) if v is not None}
    return Condition(" AND ".join(parts) or "score IS NOT NULL", values)


def keys(source: Source, where: Condition, order: Order, backwards: bool, limit: int) -> Query:
    """Return the keys of the first rows of a list, in its order or in the opposite one."""
    by = _Text(_ORDERS[order, backwards])
    sql = f"""
        SELECT occurred_at, score, event_id, model_version FROM {source.sql}
        WHERE {where.sql} ORDER BY {by.sql} LIMIT $k_limit
    """
    return sql, {**source.values, **where.values, "k_limit": limit}


def rows(source: Source, times: list[datetime], events: list[str]) -> Query:
    """Return whole rows by their times and events; another row that has one of each may be among them."""
    sql = f"""
        SELECT * FROM {source.sql} WHERE occurred_at BETWEEN $g_first AND $g_last
            AND occurred_at IN $g_times AND event_id IN $g_events
    """
    ends = {"g_first": min(times), "g_last": max(times)}
    return sql, {**source.values, **ends, "g_times": times, "g_events": events}


def count(source: Source, where: Condition) -> Query:
    """Return how many rows there are."""
    return f"SELECT count(*) AS n FROM {source.sql} WHERE {where.sql}", {**source.values, **where.values}


def rolled(scope: Scope, f: Filters, regions: bool) -> Condition:
    """Return the condition on hours of a rollup that rows of a scope and filter can be in.

    Parameters
    ----------
    regions
        The rollup has them.
    """
    mine = condition(Scope(scope.model, scope.version))
    parts, values = [mine.sql, "n > 0"], dict(mine.values)
    if scope.since:
        parts.append("hour > $since - INTERVAL 1 HOUR")
        values["since"] = naive(scope.since)
    if scope.until:
        parts.append("hour < $until")
        values["until"] = naive(scope.until)
    for i, (column, value) in enumerate(scope.where):
        if column == "mode" or (column == "region" and regions):
            parts.append(f"{column} = $where_{i}")
            values[f"where_{i}"] = value
    if f.decision is not None:
        parts.append("decision = $f_decision")
        values["f_decision"] = f.decision
    return Condition(" AND ".join(parts), values)


def hours(where: Condition) -> Query:
    """Return how many rows there are by hour, the latest first."""
    sql = f"SELECT hour, sum(n)::BIGINT AS n FROM volume_hour WHERE {where.sql} GROUP BY hour ORDER BY hour DESC"
    return sql, where.values


def hours_of_bins(where: Condition, low: int, high: int) -> Query:
    """Return how many rows with a score bin from low to high there are by hour, the latest first."""
    sql = f"""
        SELECT hour, sum(n)::BIGINT AS n FROM volume_score_hour
        WHERE {where.sql} AND score_bin BETWEEN $p_low AND $p_high GROUP BY hour ORDER BY hour DESC
    """
    return sql, {**where.values, "p_low": low, "p_high": high}


def hours_of_labelled(where: Condition) -> Query:
    """Return how many labelled rows there are by hour, the latest first."""
    sql = f"""
        SELECT date_trunc('hour', occurred_at) AS hour, count(*) AS n FROM labelled
        WHERE {where.sql} GROUP BY 1 ORDER BY hour DESC
    """
    return sql, where.values


def bins(where: Condition) -> Query:
    """Return how many rows there are by score bin, the highest first."""
    sql = f"""
        SELECT score_bin, sum(n)::BIGINT AS n FROM volume_score_hour
        WHERE {where.sql} GROUP BY score_bin ORDER BY score_bin DESC
    """
    return sql, where.values


def bins_of_labelled(where: Condition) -> Query:
    """Return how many labelled rows there are by score bin, the highest first."""
    sql = f"SELECT {BIN} AS score_bin, count(*) AS n FROM labelled WHERE {where.sql} GROUP BY 1 ORDER BY score_bin DESC"
    return sql, where.values


def count_labelled(where: Condition) -> Query:
    """Return how many labelled rows there are."""
    return f"SELECT count(*) AS n FROM labelled WHERE {where.sql}", where.values


def correlated(source: Source, correlation_id: str, where: Condition) -> Query:
    """Return the rows of a request or session."""
    sql = f"SELECT * FROM {source.sql} WHERE correlation_id = $d_id AND {where.sql} ORDER BY occurred_at LIMIT 200"
    return sql, {**source.values, **where.values, "d_id": correlation_id}


def within(source: Source, where: Condition, limit: int) -> Query:
    """Return rows in the order of time, as many as a bound allows."""
    sql = f"SELECT * FROM {source.sql} WHERE {where.sql} ORDER BY occurred_at, event_id LIMIT $w_limit"
    return sql, {**source.values, **where.values, "w_limit": limit}


def nothing(source: Source) -> Query:
    """Return no row: the columns with their types."""
    return f"SELECT * FROM {source.sql} LIMIT 0", source.values


def judged_bins(scope: Scope, population: str) -> Query:
    """Return how many rows that are known as attacks or as benign there are by score bin: one population, no slices."""
    where = condition(Scope(scope.model, scope.version, scope.since, scope.until))
    sql = f"""
        SELECT {BIN} AS score_bin, is_attack, count(*) AS n FROM labelled
        WHERE {where.sql} AND {IN_FORCE} AND is_attack IS NOT NULL AND score IS NOT NULL GROUP BY 1, 2
    """
    known_at = naive(scope.known_at) if scope.known_at else None
    return sql, {**where.values, "population": population, "known_at": known_at}
