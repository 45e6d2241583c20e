"""A user's files as relations: names, types and record numbers, nothing interpreted yet."""

from __future__ import annotations

import csv
import glob
import io
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.errors import BadInput
from analytics.warehouse.sql import literal

_HEAD = 1 << 20
"""Bytes of a file that are looked at to find out what it is."""
_DELIMITERS = ",;\t|"
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file to import."""

    path: Path
    format: str
    """csv | parquet | jsonl."""
    columns: dict[str, str]
    """Column name -> DuckDB type; text formats are all VARCHAR."""
    relation: str
    """SQL that reads the file; text formats keep the file's order, Parquet brings file_row_number."""


def expand(patterns: list[str]) -> list[Path]:
    """Return the files that names and glob patterns stand for, in order, each once.

    Raises
    ------
    BadInput
        A name or pattern that matches no file.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        try:
            plain = Path(pattern)
            paths = [plain] if plain.exists() else sorted(map(Path, glob.glob(pattern, recursive=True)))  # noqa: PTH207
            files = [p for p in paths if p.is_file()]
        except OSError as e:
            raise BadInput("looking for files", f"{pattern!r:.200} cannot be one ({e.strerror}).", "Mend it.") from e
        if not files:
            raise BadInput(f"looking for {pattern}", "no file was found.", "Check the path or the pattern.")
        found.update(dict.fromkeys(p.resolve() for p in files))
    return list(found)


def open_source(con: duckdb.DuckDBPyConnection, path: Path, delimiter: str = "") -> Source:
    """Find out what a file is and which columns it has.

    Raises
    ------
    BadInput
        Empty, binary, wrongly encoded, truncated or unknown files, and headers that cannot be used.
    """
    doing = f"opening {path.name}"
    if glob.has_magic(str(path)):
        raise BadInput(doing, "its path holds one of * ? [.", "Rename it: the reader would take that for a pattern.")
    try:
        with path.open("rb") as f:
            head = f.read(_HEAD)
    except OSError as e:
        raise BadInput(doing, f"it cannot be read ({e.strerror}).", "Ask its owner for the right to read it.") from e
    if not head:
        raise BadInput(doing, "the file is empty (0 bytes).", "Export it again.")
    format_ = "parquet" if head[:4] == b"PAR1" else _SUFFIXES.get(path.suffix.lower())
    if format_ is None:
        raise BadInput(
            doing, f"the ending {path.suffix!r} is not known.", "Use .csv, .tsv, .parquet, .jsonl or .ndjson."
        )
    if format_ == "parquet":
        return _parquet(con, path, doing)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadInput(doing, "the file is UTF-16.", "Save it as UTF-8.")
    if b"\x00" in head:
        raise BadInput(doing, f"the file holds binary data, not {format_} text.", "Unpack or export it as text first.")
    return _csv(path, head, delimiter, doing) if format_ == "csv" else _jsonl(con, path, doing)


def _parquet(con: duckdb.DuckDBPyConnection, path: Path, doing: str) -> Source:
    relation = f"read_parquet({literal(str(path))}, file_row_number=true, hive_partitioning=false)"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        con.execute(f"SELECT count(*) FROM {relation}").fetchall()
    except duckdb.Error as e:
        raise BadInput(
            doing,
            f"the Parquet file cannot be read ({_first_line(e)}).",
            "Rename that column." if "file_row_number" in str(e) else "It is cut off or damaged: copy it again.",
        ) from e
    columns = {name: type_ for name, type_, *_ in described if name != "file_row_number"}
    _check_names(list(columns), doing)
    return Source(path, "parquet", columns, relation)


def _csv(path: Path, head: bytes, delimiter: str, doing: str) -> Source:
    text = head.decode("utf-8-sig", errors="replace")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = delimiter or max(_DELIMITERS, key=first.count)
    try:
        names = next(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter), [])
    except csv.Error as e:
        raise BadInput(doing, f"the header cannot be read ({e}).", "Look for a quotation mark without a pair.") from e
    if not any(names):
        raise BadInput(doing, "the first line holds no column names.", "Put a header line on top.")
    if "\ufffd" in "".join(names):
        raise BadInput(doing, "the header is not UTF-8.", "Save the file as UTF-8.")
    names = [name or f"column_{i}" for i, name in enumerate(names, 1)]
    _check_names(names, doing)
    listed = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
    relation = (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', "
        f"escape='\"', store_rejects=true, rejects_limit=0, hive_partitioning=false, columns={{{listed}}})"
    )
    return Source(path, "csv", dict.fromkeys(names, "VARCHAR"), relation)


def _jsonl(con: duckdb.DuckDBPyConnection, path: Path, doing: str) -> Source:
    lines = f"{literal(str(path))}, format='newline_delimited', ignore_errors=true, hive_partitioning=false"
    objects = f"read_json_objects({lines})"
    try:
        keys = con.execute(
            f"SELECT DISTINCT unnest(json_keys(json)) AS name FROM {objects} WHERE json_type(json) = 'OBJECT'"
        ).fetchall()
    except duckdb.Error as e:
        raise BadInput(doing, f"it cannot be read ({_first_line(e)}).", "Mend or export the file again.") from e
    names = sorted(name for (name,) in keys)
    if not names:
        fix = "Write one object a line (JSON lines), without a byte order mark in front."
        raise BadInput(doing, "no line is a JSON object.", fix)
    _check_names(names, doing)
    listed = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
    relation = f"read_json({lines}, columns={{{listed}}})"
    return Source(path, "jsonl", dict.fromkeys(names, "VARCHAR"), relation)


def _check_names(names: list[str], doing: str) -> None:
    """Refuse column names that the database cannot tell apart: it does not look at upper and lower case."""
    seen: dict[str, str] = {}
    for name in names:
        if "\x00" in name:
            raise BadInput(doing, f"the column {name!r} has a NUL in its name.", "Rename it.")
        before = seen.setdefault(name.lower(), name)
        if before != name or names.count(name) > 1:
            differ = "" if before == name else f" (as {before!r} and {name!r})"
            raise BadInput(doing, f"the column {name!r} stands there twice{differ}.", "Rename one of them.")


def rejected_lines(con: duckdb.DuckDBPyConnection, path: Path) -> dict[int, str]:
    """Return the records of a CSV file that was read once which could not be split, with the reason.

    Records are counted from 1 behind the header; a quoted line break does not start a new one.
    """
    found = con.execute(
        "SELECT line - 1, error_type, csv_line, error_message FROM reject_errors "
        "SEMI JOIN (SELECT scan_id, file_id FROM reject_scans WHERE file_path = $path) USING (scan_id, file_id) "
        "ORDER BY line",
        {"path": str(path)},
    ).fetchall()
    reasons: dict[int, str] = {}
    for record, kind, line, message in found:
        reasons.setdefault(record, _csv_reason(kind, line or "", message))
    return reasons


def _csv_reason(kind: str, line: str, message: str) -> str:
    if kind == "INVALID ENCODING":
        return "the line is not UTF-8; save the file as UTF-8"
    if kind == "UNQUOTED VALUE":
        swallowed = line.count("\n")
        more = f", so the {swallowed} lines behind it belong to it" if swallowed > 1 else ""
        return f"a quotation mark is not closed or not doubled{more}"
    return _first_line(message).rstrip(".").lower()


def _first_line(message: object) -> str:
    return str(message).strip().splitlines()[0]
