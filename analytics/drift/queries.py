"""SQL of the drift room: text and bound values, one function a query."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics.scope import Scope

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
