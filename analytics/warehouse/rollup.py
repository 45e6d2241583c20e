"""Volume rollups: counts without labels, so small that a page costs the same at any number of detections.

Cells hold rows and the events that these stand for; batches simply add up.
"""

from __future__ import annotations

from pathlib import Path

from analytics.scope import SLICES
from analytics.warehouse.bins import NOT_TOLD, UNSCORED, bin_sql
from analytics.warehouse.selection import business_day
from analytics.warehouse.sql import identifier, literal
from analytics.warehouse.work import Work

NAMED_VALUES = 50
"""Values of a slice column that have cells of their own; the rest is ``OTHER``."""
OTHER = "(other)"
LATENCY_BINS = (-30, 60)
"""Ten bins a decade of milliseconds: floor(10 log10(ms)), from a microsecond to a quarter of an hour."""


def add(work: Work, files: list[Path], columns: list[str]) -> None:
    """Add the rows of new detection files to the volume tables.

    Parameters
    ----------
    files
        Parquet files of detections that are not yet counted.
    columns
        Their columns.
    """
    source = f"read_parquet([{', '.join(literal(str(f)) for f in files)}], union_by_name=true)"
    has = set(columns)
    dims = {c: f"coalesce({c}, '')" if c in has else "''" for c in ("decision", "mode", "unscored_reason", "region")}
    score = "score" if "score" in has else "CAST(NULL AS DOUBLE)"
    weight = "coalesce(sampling_weight, 1)" if "sampling_weight" in has else "1"
    sums = f"count(*) AS n, sum(CAST({weight} AS DOUBLE)) AS represented"
    day = business_day("occurred_at", work.zone)
    cell = f"{dims['decision']} AS decision, {dims['mode']} AS mode, {dims['unscored_reason']} AS unscored_reason"
    select = f"{day} AS day, {cell}, {bin_sql(score)} AS score_bin, {sums} FROM {source}"
    con = work.con
    con.execute(f"INSERT INTO snap.volume SELECT model_id, model_version, '', '', {select} GROUP BY ALL")
    for column in [c for c in columns if (c in SLICES and c != "mode") or c.startswith("s.")]:
        _name_values(work, source, column)
        named = (
            "SELECT slice_value FROM snap.slice_values AS v "
            f"WHERE v.model_id = d.model_id AND v.slice_column = {literal(column)}"
        )
        value = f"CASE WHEN {identifier(column)} IN ({named}) THEN {identifier(column)} ELSE {literal(OTHER)} END"
        con.execute(
            f"INSERT INTO snap.volume SELECT model_id, model_version, {literal(column)}, {value}, {select} AS d "
            f"WHERE {identifier(column)} IS NOT NULL GROUP BY ALL"
        )
    hour = "date_trunc('hour', occurred_at) AS hour"
    con.execute(
        f"INSERT INTO snap.volume_hour SELECT model_id, model_version, {hour}, {cell}, {dims['region']}, {sums} "
        f"FROM {source} GROUP BY ALL"
    )
    if "latency_ms" in has:
        low, high = LATENCY_BINS
        latency = f"greatest({low}, least({high}, cast(floor(10 * log10(greatest(latency_ms, 1e-3))) AS INTEGER)))"
        con.execute(
            f"INSERT INTO snap.latency_hour SELECT model_id, model_version, {hour}, {dims['region']}, {latency}, "
            f"count(*) FROM {source} WHERE latency_ms IS NOT NULL GROUP BY ALL"
        )
    _compact(work)


def add_counts(work: Work, table: str) -> None:
    """Add imported counts (a table of the shape of ``counts``) to the volume tables; they have no rows."""
    day = business_day("hour", work.zone)
    cell = "coalesce(decision, ''), coalesce(mode, ''), coalesce(unscored_reason, '')"
    unscored = (
        f"CASE WHEN unscored_reason IS NOT NULL THEN {UNSCORED} WHEN score IS NULL THEN {NOT_TOLD} "
        f"ELSE {bin_sql('score')} END"
    )
    sums = "0, sum(CAST(count AS DOUBLE))"
    work.con.execute(
        f"INSERT INTO snap.volume SELECT model_id, model_version, '', '', {day}, {cell}, {unscored}, {sums} "
        f"FROM {table} GROUP BY ALL"
    )
    work.con.execute(
        f"INSERT INTO snap.volume SELECT model_id, model_version, 'region', region, {day}, {cell}, {unscored}, {sums} "
        f"FROM {table} WHERE region IS NOT NULL GROUP BY ALL"
    )
    work.con.execute(
        f"INSERT INTO snap.volume_hour SELECT model_id, model_version, hour, {cell}, coalesce(region, ''), {sums} "
        f"FROM {table} GROUP BY ALL"
    )
    _compact(work)


def _name_values(work: Work, source: str, column: str) -> None:
    """Name the largest new values of a slice column, up to NAMED_VALUES a model; a name once given stays."""
    work.con.execute(
        f"""INSERT INTO snap.slice_values
        WITH known AS (SELECT model_id, slice_value FROM snap.slice_values WHERE slice_column = {literal(column)}),
        taken AS (SELECT model_id, count(*) AS n FROM known GROUP BY model_id),
        fresh AS (
            SELECT model_id, {identifier(column)} AS slice_value, count(*) AS n FROM {source}
            WHERE {identifier(column)} IS NOT NULL GROUP BY ALL
        )
        SELECT model_id, {literal(column)}, slice_value FROM fresh ANTI JOIN known USING (model_id, slice_value)
        LEFT JOIN taken USING (model_id)
        QUALIFY row_number() OVER (PARTITION BY model_id ORDER BY fresh.n DESC, slice_value)
            <= {NAMED_VALUES} - coalesce(taken.n, 0)"""
    )


_SUMMED = {"volume": "n, represented", "volume_hour": "n, represented", "latency_hour": "n"}


def _compact(work: Work) -> None:
    """Merge equal cells of several batches, and sort them so that a query reads only its model."""
    for table, summed in _SUMMED.items():
        names = summed.split(", ")
        sums = ", ".join(f"CAST(sum({c}) AS {'BIGINT' if c == 'n' else 'DOUBLE'}) AS {c}" for c in names)
        work.con.execute(
            f"CREATE OR REPLACE TABLE snap.{table} AS SELECT * EXCLUDE ({summed}), {sums} FROM snap.{table} "
            "GROUP BY ALL ORDER BY ALL"
        )
