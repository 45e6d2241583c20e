"""SQL of the drift room: text and bound values, one function a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics.drift.edges import Edges
from analytics.warehouse.rows import Source
from analytics.warehouse.sql import identifier

Query = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Columns:
    """A list of columns behind SELECT, with a comma after each, and what is bound to it."""

    sql: str
    values: dict[str, Any]


def count(source: Source) -> Query:
    """Return how many rows there are."""
    return f"SELECT count(*) AS n FROM {source.sql}", source.values


def types(source: Source, columns: list[str]) -> Query:
    """Return one row with the type of every column; none where there are no rows."""
    typed = _Columns("".join(f"typeof({identifier(c)}) AS {identifier(c)}, " for c in columns), {})
    return f"SELECT {typed.sql} FROM {source.sql} LIMIT 1", source.values


def sample(source: Source, columns: list[str]) -> Query:
    """Return the values of some columns, row by row: the source is a sample."""
    named = _Columns("".join(f"{identifier(c)}, " for c in columns), {})
    return f"SELECT {named.sql} FROM {source.sql}", source.values


_WEIGHT = "coalesce(sampling_weight, 1)"
_WEIGHTS = "CAST(round(50 * ln(coalesce(sampling_weight, 1))) AS INTEGER)"
"""Rows whose weights differ by up to 2 % are counted together, each with their mean weight."""


def counts(source: Source, edges: tuple[Edges, ...], weighted: bool) -> Query:
    """Return rows and events, and by column the rows in each bin and a number's least and greatest value.

    Parameters
    ----------
    source
        Has the columns of ``edges``, and ``sampling_weight`` where weighted.
    edges
        The bins.
    weighted
        Rows stand for more than one event: one row of the result a group of like weights.

    Returns
    -------
    Query
        n, represented, and ``bins_i``, ``least_i``, ``most_i`` for the i-th column. ``bins_i`` is NULL where no row
        has a value; its last entry, what is in no bin of its own, is left out where it is 0.
    """
    binned = [_binned(i, e) for i, e in enumerate(edges)]
    columns = _Columns("".join(b.sql for b in binned), {k: v for b in binned for k, v in b.values.items()})
    if weighted:
        sql = f"SELECT {columns.sql} count(*) AS n, sum({_WEIGHT}) AS represented FROM {source.sql} GROUP BY {_WEIGHTS}"
    else:
        sql = f"SELECT {columns.sql} count(*) AS n, CAST(count(*) AS DOUBLE) AS represented FROM {source.sql}"
    return sql, {**source.values, **columns.values}


def _binned(i: int, edges: Edges) -> _Columns:
    name = identifier(edges.column)
    if not edges.is_number:
        told = f"CAST({name} AS VARCHAR)"
        sql = f"map_values(histogram_exact({told}, $edges_{i}::VARCHAR[])) AS bins_{i}, "
        return _Columns(sql, {f"edges_{i}": list(edges.values)})
    told = f"nullif(CAST({name} AS DOUBLE), CAST('nan' AS DOUBLE))"
    sql = (
        f"map_values(histogram({told}, $edges_{i}::DOUBLE[])) AS bins_{i}, "
        f"min({told}) AS least_{i}, max({told}) AS most_{i}, "
    )
    return _Columns(sql, {f"edges_{i}": list(edges.inner)})
