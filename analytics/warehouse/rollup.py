"""Volume rollups: counts without labels, so small that a page costs the same at any number of detections.

Cells hold rows and the events that these stand for; batches simply add up.
"""

from __future__ import annotations

from pathlib import Path

from analytics.scope import SLICES
from analytics.warehouse.bins import NOT_TOLD, UNSCORED, bin_sql
from analytics.warehouse.selection import business_day
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.work import Work

NAMED_VALUES = 50
"""Values of a slice column that have cells of their own; the rest is ``OTHER``."""
OTHER = "(other)"
LATENCY_BINS = (-30, 60)
"""Ten bins a decade of milliseconds: floor(10 log10(ms)), from a microsecond to a quarter of an hour."""

_TABLES = {
    "volume": ("day", "n, represented"),
    "volume_hour": ("hour", "n, represented"),
    "latency_hour": ("hour", "n"),
}
"""Table -> its time, and what adds up."""


def add(work: Work, model_id: str, file: Path, columns: list[str]) -> None:
    """Add the rows of a new detection file to the volume tables.

    Parameters
    ----------
    model_id
        Whose detections they are.
    file
        A Parquet file of detections that are not yet counted.
    columns
        Its columns.
    """
    _begin(work)
    source = parquet([file])
    has = set(columns)
    dims = {c: f"coalesce({c}, '')" if c in has else "''" for c in ("decision", "mode", "unscored_reason", "region")}
    score = "score" if "score" in has else "CAST(NULL AS DOUBLE)"
    weight = "coalesce(sampling_weight, 1)" if "sampling_weight" in has else "1"
    sums = f"count(*), sum(CAST({weight} AS DOUBLE))"
    cell = f"{dims['decision']}, {dims['mode']}, {dims['unscored_reason']}"
    select = f"{business_day('occurred_at', work.zone)}, {cell}, {bin_sql(score)}, {sums} FROM {source}"
    con = work.con
    con.execute(f"INSERT INTO work.volume SELECT model_id, model_version, '', '', {select} GROUP BY ALL")
    for column in [c for c in columns if (c in SLICES and c != "mode") or c.startswith("s.")]:
        value = _cell_value(work, model_id, source, column)
        con.execute(
            f"INSERT INTO work.volume SELECT model_id, model_version, {literal(column)}, {value}, {select} "
            f"WHERE {identifier(column)} IS NOT NULL GROUP BY ALL"
        )
    hour = "date_trunc('hour', occurred_at)"
    con.execute(
        f"INSERT INTO work.volume_hour SELECT model_id, model_version, {hour}, {cell}, {dims['region']}, {sums} "
        f"FROM {source} GROUP BY ALL"
    )
    if "latency_ms" in has:
        low, high = LATENCY_BINS
        latency = f"greatest({low}, least({high}, cast(floor(10 * log10(greatest(latency_ms, 1e-3))) AS INTEGER)))"
        con.execute(
            f"INSERT INTO work.latency_hour SELECT model_id, model_version, {hour}, {dims['region']}, {latency}, "
            f"count(*) FROM {source} WHERE latency_ms IS NOT NULL GROUP BY ALL"
        )
    _merge(work)


def add_counts(work: Work, table: str) -> None:
    """Add imported counts (a table of the shape of ``counts``) to the volume tables; they have no rows."""
    _begin(work)
    day = business_day("hour", work.zone)
    cell = "coalesce(decision, ''), coalesce(mode, ''), coalesce(unscored_reason, '')"
    unscored = (
        f"CASE WHEN unscored_reason IS NOT NULL THEN {UNSCORED} WHEN score IS NULL THEN {NOT_TOLD} "
        f"ELSE {bin_sql('score')} END"
    )
    sums = "0, sum(CAST(count AS DOUBLE))"
    con = work.con
    con.execute(
        f"INSERT INTO work.volume SELECT model_id, model_version, '', '', {day}, {cell}, {unscored}, {sums} "
        f"FROM {table} GROUP BY ALL"
    )
    for (model,) in con.execute(f"SELECT DISTINCT model_id FROM {table} ORDER BY model_id").fetchall():
        mine = f"(SELECT * FROM {table} WHERE model_id = {literal(model)})"
        value = _cell_value(work, model, mine, "region")
        con.execute(
            f"INSERT INTO work.volume SELECT model_id, model_version, 'region', {value}, {day}, {cell}, {unscored}, "
            f"{sums} FROM {mine} WHERE region IS NOT NULL GROUP BY ALL"
        )
    con.execute(
        f"INSERT INTO work.volume_hour SELECT model_id, model_version, date_trunc('hour', hour), {cell}, "
        f"coalesce(region, ''), {sums} "
        f"FROM {table} GROUP BY ALL"
    )
    _merge(work)


def _cell_value(work: Work, model_id: str, source: str, column: str) -> str:
    """Return SQL for the value of a slice column whose cell a row belongs to; names new values first."""
    named = ", ".join(map(literal, _name_values(work, model_id, source, column)))
    return f"CASE WHEN {identifier(column)} IN ({named}) THEN {identifier(column)} ELSE {literal(OTHER)} END"


def _name_values(work: Work, model_id: str, source: str, column: str) -> list[str]:
    """Return the values of a slice column with cells of their own; the largest new ones join up to NAMED_VALUES.

    A name once given stays, so that batches add up.
    """
    slice_ = {"model": model_id, "column": column}
    known = "SELECT slice_value FROM snap.slice_values WHERE model_id = $model AND slice_column = $column"
    work.con.execute(
        f"""INSERT INTO snap.slice_values
        SELECT $model, $column, value FROM (
            SELECT {identifier(column)} AS value, count(*) AS n FROM {source}
            WHERE {identifier(column)} IS NOT NULL GROUP BY ALL
        ) WHERE value NOT IN ({known})
        ORDER BY n DESC, value LIMIT (SELECT greatest(0, {NAMED_VALUES} - count(*)) FROM ({known}))""",
        slice_,
    )
    return [value for (value,) in work.con.execute(known, slice_).fetchall()] or [OTHER]


def _begin(work: Work) -> None:
    """Make empty tables for the new cells."""
    for table in _TABLES:
        work.con.execute(f"CREATE OR REPLACE TABLE work.{table} AS SELECT * FROM snap.{table} LIMIT 0")


def _merge(work: Work) -> None:
    """Add the new cells to the snapshot; only cells of the same model and time are summed up again."""
    con = work.con
    for table, (time, summed) in _TABLES.items():
        same = (
            f"(model_id, model_version) IN (SELECT DISTINCT model_id, model_version FROM work.{table}) "
            f"AND {time} BETWEEN (SELECT min({time}) FROM work.{table}) AND (SELECT max({time}) FROM work.{table})"
        )
        cells = f"SELECT * FROM work.{table}"
        if work.count(f"SELECT count(*) FROM snap.{table} WHERE {same}"):
            con.execute(f"INSERT INTO work.{table} SELECT * FROM snap.{table} WHERE {same}")
            con.execute(f"DELETE FROM snap.{table} WHERE {same}")
            types = {"n": "BIGINT", "represented": "DOUBLE"}
            sums = ", ".join(f"CAST(sum({c}) AS {types[c]}) AS {c}" for c in summed.split(", "))
            cells = f"SELECT * EXCLUDE ({summed}), {sums} FROM work.{table} GROUP BY ALL"
        order = f"slice_column, slice_value, {time}" if table == "volume" else time
        con.execute(f"INSERT INTO snap.{table} {cells} ORDER BY {order}")
