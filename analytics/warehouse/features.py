"""Feature rollups: every feature of a model by day, counted in bins that stay: drift costs the same at any size.

Bins belong to the model, not to a version: two versions compare too. They are taken from the first rows of a model:
as long as it has few, they are taken anew at every import.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.edges import Edges, of_number, of_text
from analytics.warehouse.selection import business_day
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.work import Work

SAMPLE = 20_000
"""Rows from which bins are taken. They need not hold equal shares: what is compared is what each of them holds."""
ALL_ROWS = ""
"""In place of a feature: all rows of a day, with or without values."""
Query = tuple[str, dict[str, Any]]


def add(work: Work, model_id: str, file: Path) -> None:
    """Count the features of a model's new detection file, which the snapshot names already, by day and bin."""
    listed = work.con.execute(
        "SELECT path, rows, columns FROM snap.files WHERE model_id = $model ORDER BY path = $new, path",
        {"model": model_id, "new": str(file.relative_to(work.directory))},
    ).fetchall()
    if not any(c.startswith(FEATURE_PREFIX) for *_, columns in listed for c in columns):
        return
    few = sum(rows for _, rows, _ in listed[:-1]) < SAMPLE
    if few:
        for table in ("feature_edges", "feature_day"):
            work.con.execute(f"DELETE FROM snap.{table} WHERE model_id = $model", {"model": model_id})
    files = {work.directory / path: set(columns) for path, _, columns in (listed if few else listed[-1:])}
    known = _fixed(work, model_id)
    wanted = {c for columns in files.values() for c in columns if c.startswith(FEATURE_PREFIX)} - {*known}
    for edges in _taken(work, list(files), sorted(wanted)):
        known[edges.column] = edges
        work.con.execute(
            "INSERT INTO snap.feature_edges VALUES ($model, $feature, $is_number, $inner, $values)",
            {
                "model": model_id,
                "feature": edges.column,
                "is_number": edges.is_number,
                "inner": list(edges.inner),
                "values": list(edges.values),
            },
        )
    work.con.execute("CREATE OR REPLACE TEMP TABLE new_cells AS FROM snap.feature_day LIMIT 0")
    for path, columns in files.items():
        weight = "sampling_weight" if "sampling_weight" in columns else "NULL"
        source = f"{parquet([path])} AS d"
        for feature in (None, *sorted(c for c in columns if c.startswith(FEATURE_PREFIX))):
            sql, values = cells(source, known[feature] if feature else None, work.zone, weight, "model_version")
            work.con.execute(
                f"INSERT INTO new_cells SELECT {literal(model_id)}, model_version, day, feature, bin, n, "
                f"represented FROM ({sql})",
                values,
            )
    _merge(work, model_id)


def _fixed(work: Work, model_id: str) -> dict[str, Edges]:
    """Return the bins that a model's features have, by name."""
    found = work.con.execute(
        "SELECT feature, is_number, inner_edges, named FROM snap.feature_edges WHERE model_id = $model",
        {"model": model_id},
    ).fetchall()
    return {name: Edges(name, is_number, tuple(inner), tuple(values)) for name, is_number, inner, values in found}


def cells(source: str, edges: Edges | None, zone: str, weight: str, *by: str) -> Query:
    """Return the query that counts one feature by day and bin; rows without a value are in none.

    Parameters
    ----------
    source
        Stands behind FROM; has ``occurred_at`` and the feature.
    edges
        The feature and its bins; None: all rows, in bin 0.
    zone
        Business zone.
    weight
        SQL of what a row stands for; NULL stands for one event.
    by
        Columns to split by.

    Returns
    -------
    Query
        The columns of ``by``, day, feature, bin, n, represented.
    """
    start = "".join(f"{identifier(c)}, " for c in by) + f"{business_day('occurred_at', zone)} AS day"
    sums = f"count(*) AS n, CAST(sum(coalesce({weight}, 1)) AS DOUBLE) AS represented"
    if edges is None:
        return f"SELECT {start}, {literal(ALL_ROWS)} AS feature, 0 AS bin, {sums} FROM {source} GROUP BY ALL", {}
    name, column = f"{literal(edges.column)} AS feature", identifier(edges.column)
    if edges.is_number:
        number = f"TRY_CAST({column} AS DOUBLE)"
        sql = (
            f"SELECT {start}, {name}, {_tree(number, edges.inner)} AS bin, {sums} FROM {source} "
            f"WHERE {number} IS NOT NULL AND NOT isnan({number}) GROUP BY ALL"
        )
        return sql, {}
    sql = (
        f"SELECT {start}, {name}, coalesce(b.bin, {len(edges.values)}) AS bin, {sums} FROM {source} "
        f"LEFT JOIN (SELECT unnest($named::VARCHAR[]) AS value, unnest(range({len(edges.values)})) AS bin) AS b "
        f"ON CAST({column} AS VARCHAR) = b.value WHERE {column} IS NOT NULL GROUP BY ALL"
    )
    return sql, {"named": list(edges.values)}


def _tree(number: str, edges: tuple[float, ...], first: int = 0) -> str:
    """Return SQL for the bin of a number: six comparisons find it among fifty."""
    if not edges:
        return str(first)
    middle = len(edges) // 2
    low, high = _tree(number, edges[:middle], first), _tree(number, edges[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {number} <= CAST('{edges[middle]!r}' AS DOUBLE) THEN {low} ELSE {high} END"


def _taken(work: Work, files: list[Path], columns: list[str]) -> list[Edges]:
    """Return the bins of features, taken from a sample of files."""
    if not columns:
        return []
    con, source, names = work.con, parquet(files), [identifier(c) for c in columns]
    types = con.execute(f"SELECT {', '.join(f'typeof({n})' for n in names)} FROM {source} LIMIT 1").fetchall()[0]
    numbers = {c for c, type_ in zip(columns, types, strict=True) if type_ != "VARCHAR"}
    rows = work.count(f"SELECT count(*) FROM {source}")
    sample = con.execute(
        f"SELECT {', '.join(names)} FROM {source} WHERE hash(event_id) % $every = 0", {"every": max(1, rows // SAMPLE)}
    ).df()
    found = []
    for c in columns:
        if c not in numbers:
            found.append(of_text(c, sample[c]))
            continue
        number = f"nullif(CAST({identifier(c)} AS DOUBLE), CAST('nan' AS DOUBLE))"
        ends = con.execute(f"SELECT min({number}), max({number}) FROM {source} WHERE isfinite({number})").fetchall()[0]
        found.append(of_number(c, sample[c], *ends))
    return found


def _merge(work: Work, model_id: str) -> None:
    """Add the new cells of a model to those of its days that are known."""
    con = work.con
    days = "(SELECT {}(day) FROM new_cells)"
    same = f"model_id = {literal(model_id)} AND day BETWEEN {days.format('min')} AND {days.format('max')}"
    con.execute(f"INSERT INTO new_cells SELECT * FROM snap.feature_day WHERE {same}")
    con.execute(f"DELETE FROM snap.feature_day WHERE {same}")
    con.execute(
        "INSERT INTO snap.feature_day SELECT * EXCLUDE (n, represented), CAST(sum(n) AS BIGINT), sum(represented) "
        "FROM new_cells GROUP BY ALL ORDER BY feature, day, bin"
    )
