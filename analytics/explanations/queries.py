"""SQL of the explanations room: text and bound values, one function a query."""

from __future__ import annotations

from typing import Any

from analytics.warehouse.rows import Source
from analytics.warehouse.selection import Condition
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
    there = Condition(" AND ".join(["score IS NOT NULL", *(f"{identifier(c)} IS NOT NULL" for c in needed)]), {})
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
