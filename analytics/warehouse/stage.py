"""Staging: the files as one relation of contract columns, with the fault of every row beside it.

``stage`` has the contract's columns and _row (a key), _file (number of the file) and _reason (why the row is
rejected, or NULL); ``good`` has the rows without a fault, ``work.faults`` the others. Text files are read once, into
Parquet, which is written and read faster than a table; Parquet stays where it is, behind a view.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analytics.errors import BadInput
from analytics.warehouse.contract import Kind
from analytics.warehouse.mapping import Map
from analytics.warehouse.report import Reject, good_before, record_number
from analytics.warehouse.sources import Source, rejected_lines
from analytics.warehouse.sql import identifier, literal
from analytics.warehouse.typed import Expression, expressions, unknown_columns

_FILE_STEP = 1 << 40
"""Rows of one file are numbered from its file number times this."""
_FORMAT = "(FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000)"
"""What is read a few times and then removed."""


@dataclass(slots=True)
class Staged:
    """What ``stage`` holds."""

    sources: list[Source]
    columns: dict[str, str]
    """Contract column -> DuckDB type, in the contract's order."""
    unknown: list[str]
    broken: dict[int, dict[int, str]] = field(default_factory=dict)
    """File number -> record number -> reason, for lines that could not be split."""
    rows_in: int = 0
    """All records of all files, broken lines included."""

    def position(self, number: int, row: int) -> int:
        """Return the place of a _row in its file, from 0; lines that could not be split are not counted."""
        return row - number * _FILE_STEP


def stage(con: duckdb.DuckDBPyConnection, scratch: Path, kind: Kind, sources: list[Source], m: Map) -> Staged:
    """Make the relation ``stage`` in a connection whose attached database ``work`` may be written.

    Text files become Parquet in the folder ``scratch``.

    Raises
    ------
    BadInput
        A file that cannot be read to its end, a missing column, a map that does not fit.
    """
    con.execute(f"SET TimeZone = {literal(m.time.zone)}")
    found = [expressions(kind, s, m) for s in sources]
    columns: dict[str, str] = {}
    for e in (e for es in found for e in es):
        mixed = e.name in columns and columns[e.name] != e.type
        columns[e.name] = "VARCHAR" if mixed else e.type
    unknown = sorted({c for s in sources for c in unknown_columns(kind, s, m)})
    staged = Staged(sources, columns, unknown)
    selects = []
    for i, (source, es) in enumerate(zip(sources, found, strict=True)):
        select = f"SELECT {_given(es, columns)}, {_reason(source, es)} AS _reason"
        relation = source.relation
        if source.format != "parquet":
            relation = _read(con, staged, i, f"{select} FROM {relation}", scratch / f"{i}.staged.parquet")
            select = "SELECT * EXCLUDE (file_row_number)"
        row = f"CAST({i * _FILE_STEP} + file_row_number AS BIGINT) AS _row, CAST({i} AS INTEGER) AS _file"
        selects.append(f"{select}, {row} FROM {relation}")
    con.execute("CREATE OR REPLACE VIEW stage AS " + " UNION ALL ".join(selects))
    _judge(con, staged)
    return staged


def _given(es: list[Expression], columns: dict[str, str]) -> str:
    by_name = {e.name: e.sql for e in es}
    return ", ".join(f"CAST({by_name.get(c, 'NULL')} AS {type_}) AS {identifier(c)}" for c, type_ in columns.items())


def _reason(source: Source, es: list[Expression]) -> str:
    faults = [e.fault for e in es if e.fault != "NULL"]
    if source.format == "jsonl":
        nothing = " AND ".join(f"{identifier(c)} IS NULL" for c in source.columns)
        faults.insert(0, f"CASE WHEN {nothing} THEN 'the line is not a JSON object' END")
    return f"coalesce({', '.join(faults)})" if faults else "CAST(NULL AS VARCHAR)"


def _read(con: duckdb.DuckDBPyConnection, staged: Staged, number: int, select: str, path: Path) -> str:
    """Write what is selected from a text file to Parquet; return SQL that reads it."""
    source = staged.sources[number]
    try:
        con.execute(f"COPY ({select}) TO {literal(str(path))} {_FORMAT}")
        if source.format == "csv":
            staged.broken[number] = rejected_lines(con, source.path)
    except duckdb.Error as e:
        raise BadInput(
            f"reading {source.path.name}",
            f"it cannot be read to its end ({str(e).strip().splitlines()[0]}).",
            "Give all its lines the same line end; nothing was stored."
            if "state machine" in str(e)
            else "Mend or export the file again; nothing was stored.",
        ) from e
    return f"read_parquet({literal(str(path))}, file_row_number=true, hive_partitioning=false)"


def _judge(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Set the faulty rows apart, in one pass: what follows reads good rows without judging them again."""
    con.execute(
        "CREATE TABLE work.faults AS SELECT _file, _row, _reason AS reason FROM stage WHERE _reason IS NOT NULL"
    )
    faults, rows = con.execute("SELECT (SELECT count(*) FROM work.faults), (SELECT count(*) FROM stage)").fetchall()[0]
    keep = "WHERE _row NOT IN (SELECT _row FROM work.faults)" if faults else ""
    con.execute(f"CREATE OR REPLACE VIEW good AS SELECT * EXCLUDE (_reason) FROM stage {keep}")
    staged.rows_in = rows + sum(map(len, staged.broken.values()))


def rejects(con: duckdb.DuckDBPyConnection, staged: Staged) -> Iterator[Reject]:
    """Yield every rejected row: lines that could not be split, faults, and what ``work.excluded`` rejects."""
    for number, lines in staged.broken.items():
        name = staged.sources[number].path.name
        yield from (Reject(name, record, reason) for record, reason in lines.items())
    found = con.execute(
        "SELECT _file, _row, reason FROM work.faults "
        "UNION ALL SELECT _file, _row, reason FROM work.excluded WHERE NOT duplicate ORDER BY _row"
    )
    broken = {number: good_before(lines) for number, lines in staged.broken.items()}
    while batch := found.fetchmany(10_000):
        for number, row, reason in batch:
            record = record_number(staged.position(number, row), broken.get(number, []))
            yield Reject(staged.sources[number].path.name, record, reason)
