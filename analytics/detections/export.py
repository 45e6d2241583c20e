"""Taking detections along: a file of the newest ones of a list, written batch by batch."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Literal, Protocol, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.detections import queries
from analytics.detections.cursor import Cursor
from analytics.detections.filters import Filters
from analytics.detections.listing import JUDGED, Asked, ask, listed, rows_of
from analytics.detections.results import Exported
from analytics.detections.walk import walk
from analytics.errors import BadInput
from analytics.results import Measured, Provenance
from analytics.scope import Scope
from analytics.viewer import check_export
from analytics.warehouse.layout import place
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

Format = Literal["csv", "parquet"]
MOST = 1_000_000
"""Rows of one file."""
BATCH = 5_000
"""Rows that are held in memory at a time."""
_DOING = "exporting detections"
_RISKY = re.compile(r"[\s\0\u200b\ufeff]*[=+\-@＝＋－＠\t\r\n]")
"""What a spreadsheet may take for a formula."""


class _Out(Protocol):
    """A file that takes frames of the same columns, one after the other."""

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows."""
        ...


def export(
    reader: Reader,
    scope: Scope,
    filters: Filters,
    path: Path,
    format: Format = "csv",
    limit: int = 100_000,
    progress: Callable[[int], None] | None = None,
    columns: list[str] | None = None,
) -> Measured[Exported]:
    """Write the newest detections of a list to a file, each with the label in force.

    Text of a CSV file that a spreadsheet could take for a formula gets a leading apostrophe; Parquet has it as it is.

    Parameters
    ----------
    reader
        The snapshot and who looks: hidden columns are hidden in the file too.
    scope, filters
        As of a page.
    path
        The file, whole or not at all; one that is there is replaced.
    format
        csv | parquet.
    limit
        Rows at most, up to MOST.
    progress
        Called with the rows written so far.
    columns
        As of a page.

    Raises
    ------
    NotAllowed
        The viewer has no role for files with what was scored.
    BadInput
        Another format, too many rows, an unknown column, or a place that cannot be written.
    """
    check_export(reader.viewer)
    if format not in get_args(Format):
        raise BadInput(_DOING, f"{format!r} is no format.", f"Use one of {', '.join(get_args(Format))}.")
    if not 0 < limit <= MOST:
        raise BadInput(_DOING, f"{limit} rows were asked for.", f"Ask for 1 to {MOST:,}.")
    asked = ask(reader, scope, filters)
    wanted = columns if columns is not None else listed(asked.stored)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _opened(asked, beside, format, wanted) as out:
            rows, complete, provenance = _write(asked, out, wanted, limit, progress or (lambda _: None))
        place(beside, path)
    except OSError as e:
        raise BadInput(_DOING, f"{path} cannot be written ({e.strerror}).", "Name another place, or make room.") from e
    finally:
        beside.unlink(missing_ok=True)
    return Measured(Exported(path, scope, rows, limit, complete, asked.hidden(wanted)), provenance)


def _write(
    asked: Asked, out: _Out, columns: list[str], limit: int, progress: Callable[[int], None]
) -> tuple[int, bool, Provenance]:
    """Write batch by batch; return the rows, whether that was all, and what the first batch asked."""
    rows, cursor, more, first = 0, None, True, None
    while more and rows < limit:
        trace = Trace(asked.trace.reader, list(asked.trace.queries)) if first is None else Trace(asked.trace.reader)
        part = walk(asked.selected, "newest", min(BATCH, limit - rows), cursor, trace, None)
        if len(part.keys):
            out.write(rows_of(replace(asked, trace=trace), part.keys, columns))
            last = part.keys.iloc[-1]
            time = last["occurred_at"].to_pydatetime().replace(tzinfo=UTC)
            cursor = Cursor("newest", time, str(last["event_id"]), str(last["model_version"]))
        rows, more = rows + len(part.keys), part.more
        first = first or trace.provenance(asked.selected.scope)
        progress(rows)
    return rows, not more, first or asked.trace.provenance(asked.selected.scope)


@contextmanager
def _opened(asked: Asked, path: Path, format: Format, columns: list[str]) -> Generator[_Out]:
    """Open a file that has the columns and no row yet."""
    if format == "csv":
        with path.open("w", newline="", encoding="utf-8") as f:
            write = csv.writer(f).writerows
            write([[_safe(c) for c in (*columns, *JUDGED)]])
            yield _Csv(write)
        return
    source = asked.stored.source(columns)
    none = pd.DataFrame(columns=columns) if source is None else asked.trace.run(*queries.nothing(source))
    schema = pa.schema([(c, _type(c, none)) for c in (*columns, *JUDGED)])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield _Parquet(writer, schema)


def _type(column: str, none: pd.DataFrame) -> pa.DataType:
    if column in ("occurred_at", "labelled_at"):
        return pa.timestamp("us", "UTC")
    return pa.float64() if column in none and pd.api.types.is_float_dtype(none[column]) else pa.string()


class _Csv:
    """A CSV file."""

    def __init__(self, write: Callable[[Iterable[Iterable[object]]], None]) -> None:
        self._write = write

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows: times in ISO 8601, nothing where there is no value."""
        cells = [[_cell(v) for v in rows[c].tolist()] for c in rows]
        self._write(zip(*cells, strict=True))


class _Parquet:
    """A Parquet file."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows."""
        for c in ("occurred_at", "labelled_at"):
            if c in rows:
                rows = rows.assign(**{c: pd.to_datetime(rows[c]).dt.tz_localize("UTC")})
        text = {f.name for f in self._schema if pa.types.is_string(f.type)}
        rows = rows.assign(**{c: rows[c].astype(object).where(rows[c].notna(), None) for c in text})
        self._writer.write_table(pa.Table.from_pandas(rows, self._schema, preserve_index=False))


def _cell(value: object) -> object:
    if isinstance(value, str):
        return _safe(value)
    if pd.isna(value):
        return ""
    return value.isoformat() + "Z" if isinstance(value, pd.Timestamp) else value


def _safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if _RISKY.match(text) else text
