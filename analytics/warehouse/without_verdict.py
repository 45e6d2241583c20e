"""Audited rows of a scope that nobody could give a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analytics.scope import Scope
from analytics.warehouse.selection import condition, naive, split


def without_verdict(
    scope: Scope, columns: set[str], population: str, run: Callable[[str, dict[str, Any]], pd.DataFrame], by: str | None
) -> pd.DataFrame:
    """Return the number of rows whose event an audit looked at, and of which all labels say undetermined.

    Parameters
    ----------
    scope
        Labels count as known at its ``known_at``, or now.
    columns
        Columns that labelled rows have.
    population
        Labels of other populations are not looked at.
    run
        Runs a query, as ``Trace.run``.
    by
        None or the slice column by which they are counted.

    Returns
    -------
    DataFrame
        by, n: one row a value that has any.
    """
    where = condition(scope, columns)
    sql = f"""
        WITH looked_at AS (
            SELECT DISTINCT event_id FROM labels
            WHERE is_attack IS NULL AND inclusion_probability IS NOT NULL AND population = $population
                AND event_id IS NOT NULL AND labelled_at <= coalesce($known_at, TIMESTAMP '9999-01-01')
                AND (withdrawn_at IS NULL OR withdrawn_at > $known_at)
        ), decided AS (
            SELECT event_id FROM labels SEMI JOIN looked_at USING (event_id)
            WHERE is_attack IS NOT NULL AND population = $population
                AND labelled_at <= coalesce($known_at, TIMESTAMP '9999-01-01')
                AND (withdrawn_at IS NULL OR withdrawn_at > $known_at)
        )
        SELECT {split(by, columns, "UTC")} AS by, count(*) AS n FROM labelled_rows
        WHERE {where.sql} AND event_id IN (FROM looked_at) AND event_id NOT IN (FROM decided)
        GROUP BY ALL
    """
    known_at = naive(scope.known_at) if scope.known_at else None
    return run(sql, {**where.values, "population": population, "known_at": known_at})
