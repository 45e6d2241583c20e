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
    "volume": ("slice_column, slice_value, day", "n, represented"),
    "volume_hour": ("hour", "n, represented"),
    "volume_score_hour": ("model_id, hour, decision, mode, unscored_reason, score_bin", "n, represented"),
    "latency_hour": ("hour", "n"),
}
"""Table -> its order, and what adds up."""


def add(work: Work, model_id: str, file: Path, columns: list[str]) -> None:
    """Add the rows of a new detection file to the volume tables.

    The rows are read once, into few bytes each: from these all groupings are cheap.

    Parameters
    ----------
    model_id
        Whose detections they are.
    file
        A Parquet file of detections that are not yet counted.
    columns
        Its columns.
    """
    source = parquet([file])
    slices = sorted(c for c in columns if (c in SLICES and c != "mode") or c.startswith("s."))
    named = {c: _name_values(work, model_id, source, c) for c in slices}
    _brief(work, source, set(columns), named)
    start, cell, n = f"SELECT {literal(model_id)}, model_version", "decision, mode, unscored_reason", "count(*) AS n"
    both = f"{n}, {'sum(weight)' if 'sampling_weight' in columns else 'CAST(count(*) AS DOUBLE)'} AS represented"
    versions = f"SELECT DISTINCT {literal(model_id)}, model_version FROM cells"

    def grouped(by: str, sums: str, where: str = "true", table: str = "brief") -> str:
        return f"(SELECT {by}, {sums} FROM {table} WHERE {where} GROUP BY ALL) JOIN cells USING (cell)"

    work.con.execute(f"CREATE TEMP TABLE scored AS SELECT cell, day, hour, score_bin, {both} FROM brief GROUP BY ALL")
    again = "CAST(sum(n) AS BIGINT) AS n, sum(represented) AS represented"
    rows = grouped("cell, day, score_bin", again, table="scored")
    volumes = [f"{start}, '', '', day, {cell}, score_bin, n, represented FROM {rows} ORDER BY day"]
    for c in slices:
        value = f"coalesce({_texts(named[c])}[position], {literal(OTHER)}) AS slice_value"
        rows = grouped(f"cell, day, score_bin, {identifier(c)} AS position", both, f"{identifier(c)} IS NOT NULL")
        volumes.append(
            f"{start}, {literal(c)}, {value}, day, {cell}, score_bin, n, represented FROM {rows} "
            "ORDER BY slice_value, day"
        )
    _add(work, "volume", volumes, _same("day", versions, "SELECT day FROM scored"))
    hours = _same("hour", versions, "SELECT hour FROM scored")
    rows = grouped("cell, hour, score_bin", again, table="scored")
    by_score = f"{start}, hour, {cell}, score_bin, n, represented FROM {rows} ORDER BY hour, cell, score_bin"
    _add(work, "volume_score_hour", [by_score], hours)
    rows = grouped("cell, hour, place", both) + " JOIN places USING (place)"
    _add(work, "volume_hour", [f"{start}, hour, {cell}, region, n, represented FROM {rows} ORDER BY hour"], hours)
    if "latency_ms" in columns:
        rows = grouped("cell, hour, place, latency_bin", n, "latency_bin IS NOT NULL") + " JOIN places USING (place)"
        latencies = f"{start}, hour, region, latency_bin, CAST(sum(n) AS BIGINT) FROM {rows} GROUP BY ALL ORDER BY hour"
        _add(work, "latency_hour", [latencies], hours)
    for table in ("brief", "scored", "cells", "places"):
        work.con.execute(f"DROP TABLE {table}")


def _brief(work: Work, source: str, has: set[str], named: dict[str, list[str]]) -> None:
    """Make the table ``brief``: of every row what is counted, texts as numbers.

    A ``cell`` is a row of ``cells``, a ``place`` one of ``places``; a slice column holds the position of its value
    among the named ones, 0 for another value.
    """
    con = work.con
    rows = f"{source} AS d"
    texts = {c: f"coalesce(d.{c}, '')" if c in has else "''" for c in ("decision", "mode", "unscored_reason", "region")}
    region = texts.pop("region")
    cell = ", ".join(f"{text} AS {c}" for c, text in texts.items())
    for table, key, given in (("cells", "cell", f"model_version, {cell}"), ("places", "place", f"{region} AS region")):
        con.execute(
            f"CREATE TEMP TABLE {table} AS SELECT CAST(row_number() OVER () AS INTEGER) AS {key}, * "
            f"FROM (SELECT DISTINCT {given} FROM {rows})"
        )
    counted = [f"{business_day('d.occurred_at', work.zone)} AS day", "date_trunc('hour', d.occurred_at) AS hour"]
    counted.append(f"{bin_sql('d.score' if 'score' in has else 'CAST(NULL AS DOUBLE)')} AS score_bin")
    if "latency_ms" in has:
        low, high = LATENCY_BINS
        latency = f"greatest({low}, least({high}, floor(10 * log10(greatest(d.latency_ms, 1e-3)))))"
        counted.append(f"CASE WHEN d.latency_ms IS NOT NULL THEN CAST({latency} AS TINYINT) END AS latency_bin")
    if "sampling_weight" in has:
        counted.append("CAST(coalesce(d.sampling_weight, 1) AS DOUBLE) AS weight")
    for c, values in named.items():
        value = f"d.{identifier(c)}"
        position = f"CAST(coalesce(list_position({_texts(values)}, {value}), 0) AS UTINYINT)"
        counted.append(f"CASE WHEN {value} IS NOT NULL THEN {position} END AS {identifier(c)}")
    same = " AND ".join(f"c.{c} = {text}" for c, text in texts.items())
    con.execute(
        f"CREATE TEMP TABLE brief AS SELECT cell, place, {', '.join(counted)} FROM {rows} "
        f"JOIN cells AS c ON c.model_version = d.model_version AND {same} JOIN places AS p ON p.region = {region}"
    )


def _texts(values: list[str]) -> str:
    """Return SQL for a list of texts."""
    return f"CAST([{', '.join(map(literal, values))}] AS VARCHAR[])"


def add_counts(work: Work, table: str) -> None:
    """Add imported counts (a table of the shape of ``counts``) to the volume tables; they have no rows."""
    day = business_day("hour", work.zone)
    cell = "coalesce(decision, ''), coalesce(mode, ''), coalesce(unscored_reason, '')"
    time = "date_trunc('hour', hour)"
    unscored = (
        f"CASE WHEN unscored_reason IS NOT NULL THEN {UNSCORED} WHEN score IS NULL THEN {NOT_TOLD} "
        f"ELSE {bin_sql('score')} END"
    )
    sums = "0, sum(CAST(count AS DOUBLE))"
    versions = f"SELECT DISTINCT model_id, model_version FROM {table}"
    for (model,) in work.con.execute(f"SELECT DISTINCT model_id FROM {table}").fetchall():
        _name_values(work, model, f"(SELECT * FROM {table} WHERE model_id = {literal(model)})", "region")
    named = "SELECT model_id, slice_value FROM snap.slice_values WHERE slice_column = 'region'"
    value = f"CASE WHEN (model_id, region) IN ({named}) THEN region ELSE {literal(OTHER)} END"
    start, rest = "SELECT model_id, model_version", f"{day} AS day, {cell}, {unscored}, {sums} FROM {table}"
    by_value = f"{start}, 'region', {value} AS slice_value, {rest} WHERE region IS NOT NULL GROUP BY ALL"
    volumes = [f"{start}, '', '', {rest} GROUP BY ALL", f"{by_value} ORDER BY model_id, slice_value, day"]
    days = f"slice_column IN ('', 'region') AND {_same('day', versions, f'SELECT {day} AS day FROM {table}')}"
    start += f", {time} AS start, {cell}"
    hours = _same("hour", versions, f"SELECT {time} AS hour FROM {table}")
    by_score = f"{start}, {unscored} AS bin, {sums} FROM {table} GROUP BY ALL ORDER BY model_id, start, {cell}, bin"
    by_region = f"{start}, coalesce(region, ''), {sums} FROM {table} GROUP BY ALL ORDER BY start"
    parts = {
        "volume": (volumes, days),
        "volume_score_hour": ([by_score], hours),
        "volume_hour": ([by_region], hours),
    }
    work.each(lambda work, name: _add(work, name, *parts[name]), parts)


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
    return [value for (value,) in work.con.execute(known, slice_).fetchall()]


def _same(time: str, versions: str, times: str) -> str:
    """Return the condition on known cells that are of the model versions and within the times of the new ones."""
    first, last = (f"(SELECT {f}({time}) FROM ({times}))" for f in ("min", "max"))
    return f"(model_id, model_version) IN ({versions}) AND {time} BETWEEN {first} AND {last}"


def _add(work: Work, table: str, cells: list[str], same: str) -> None:
    """Add new cells to a table of the snapshot; known ones for which ``same`` holds are summed up again."""
    con = work.con
    order, summed = _TABLES[table]
    if not work.count(f"SELECT count(*) FROM snap.{table} WHERE {same}"):
        for select in cells:
            con.execute(f"INSERT INTO snap.{table} {select}")
        return
    con.execute(f"CREATE TEMP TABLE every AS SELECT * FROM snap.{table} WHERE {same}")
    for select in cells:
        con.execute(f"INSERT INTO every {select}")
    con.execute(f"DELETE FROM snap.{table} WHERE {same}")
    types = {"n": "BIGINT", "represented": "DOUBLE"}
    sums = ", ".join(f"CAST(sum({c}) AS {types[c]}) AS {c}" for c in summed.split(", "))
    con.execute(
        f"INSERT INTO snap.{table} SELECT * EXCLUDE ({summed}), {sums} FROM every GROUP BY ALL ORDER BY {order}"
    )
    con.execute("DROP TABLE every")
