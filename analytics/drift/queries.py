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
    parts = ["model_id = $model", "model_version = $version"]
    values: dict[str, Any] = {"model": scope.model, "version": scope.version}
    for name, day, compared in (("first", first, ">="), ("end", end, "<")):
        if day is not None:
            parts.append(f"day {compared} ${name}")
            values[name] = day
    return f"SELECT day, feature, bin, n, represented FROM feature_day WHERE {' AND '.join(parts)}", values
