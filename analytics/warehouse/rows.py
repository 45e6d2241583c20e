"""Reading single detections: the only way to them, with the columns that the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.viewer import Role
from analytics.warehouse.contract import DETECTIONS
from analytics.warehouse.reader import Reader
from analytics.warehouse.selection import condition, naive
from analytics.warehouse.sql import identifier, literal
from analytics.warehouse.volume import Run, Span, detection_files

MOST = 10_000
"""Rows that one call returns at most; more is an export's business."""
HIDDEN = "(hidden)"
_ANALYSTS: frozenset[Role] = frozenset({"analyst", "owner", "validator", "approver", "admin"})
MASKS: dict[str, frozenset[Role]] = {"payload": _ANALYSTS, "entity": _ANALYSTS}
"""Columns that only some roles see; others get HIDDEN, put there by the database."""
_TYPES = {"number": "DOUBLE", "share": "DOUBLE", "time": "TIMESTAMP"}
_EMPTY = {c.name: _TYPES.get(c.type, "VARCHAR") for c in DETECTIONS}
"""Types of the contract's columns, where no file has them."""
_STEPS = (timedelta(days=1), timedelta(days=7), None)
"""How far the search for the newest rows walks back before it looks at everything."""


def rows(reader: Reader, scope: Scope, columns: list[str], limit: int = 200, run: Run | None = None) -> pd.DataFrame:
    """Return the newest detections of a scope.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names a model; its window and slices hold.
    columns
        Columns of the contract, ``s.<name>`` and ``f.<name>``; one that no file has is empty.
    limit
        Rows at most, up to MOST.
    run
        What runs the statements; the reader itself where None.

    Returns
    -------
    DataFrame
        The columns asked for, newest first; ties in the order of event_id.

    Raises
    ------
    BadInput
        An unknown column, no model, or too many rows.
    """
    doing = "reading detections"
    if not 0 < limit <= MOST:
        raise BadInput(doing, f"{limit} rows were asked for.", f"Ask for 1 to {MOST:,}.")
    run = run or reader.query
    files, present = detection_files(reader, scope, run)
    _check(columns, present)
    if not files:
        return pd.DataFrame(columns=columns)
    selected = ", ".join(_column(c, present, reader.viewer.roles) for c in columns)
    where = condition(scope, present)
    sql = (
        f"SELECT {selected} FROM read_parquet($files, union_by_name=true, hive_partitioning=false) "
        f"WHERE {where.sql} AND ($from IS NULL OR occurred_at >= $from) "
        "ORDER BY occurred_at DESC, event_id LIMIT $limit"
    )
    found = pd.DataFrame(columns=columns)
    for step in _STEPS:
        values = {**where.values, "files": files, "from": _start(reader, scope, step), "limit": limit}
        found = run(sql, values)
        if len(found) == limit:
            break
    return found


@dataclass(frozen=True, slots=True)
class Source:
    """The single detections of a scope as a table that a query can stand on."""

    sql: str
    """Stands behind FROM; its columns are those asked for."""
    values: dict[str, Any]
    """Bound to it."""


def source(reader: Reader, scope: Scope, columns: list[str], run: Run, every: int = 1) -> Source | None:
    """Return the detections of a scope as a table to aggregate over, however many there are.

    Only the columns asked for are read, masked as the viewer may see them.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names a model; its window and slices hold.
    columns
        Columns of the contract, ``s.<name>`` and ``f.<name>``; one that no file has is empty.
    run
        What runs the statements.
    every
        Of so many rows one is kept, by a hash of its event: the same ones however the files are laid out.

    Returns
    -------
    Source or None
        None where no file can hold such rows.

    Raises
    ------
    BadInput
        An unknown column, or no model.
    """
    files, present = detection_files(reader, scope, run)
    _check(columns, present)
    if not files:
        return None
    where = condition(scope, present)
    selected = ", ".join(_column(c, present, reader.viewer.roles) for c in columns)
    sampled = " AND hash(event_id) % $every = 0" if every > 1 else ""
    read = "read_parquet($files, union_by_name=true, hive_partitioning=false)"
    values = {**where.values, "files": files, **({"every": every} if every > 1 else {})}
    return Source(f"(SELECT {selected} FROM {read} WHERE {where.sql}{sampled})", values)


@dataclass(frozen=True, slots=True)
class Stored:
    """The detection files of a scope and what each holds: a part of its window needs no further look at them."""

    reader: Reader
    scope: Scope
    files: pd.DataFrame
    """path (absolute), rows, columns, first_at, last_at."""

    @property
    def columns(self) -> set[str]:
        """Return the columns that any of the files has."""
        return {c for columns in self.files["columns"] for c in columns}

    def visible(self, column: str) -> bool:
        """Tell whether the viewer may see what stands in a column."""
        return column not in MASKS or bool(MASKS[column] & self.reader.viewer.roles)

    def source(self, columns: list[str], spans: list[Span] | None = None) -> Source | None:
        """Return the detections as a table, with the columns asked for as the viewer may see them.

        Parameters
        ----------
        columns
            As for ``source``.
        spans
            Only files with a part in one of them are read; rows outside of them may be among those returned.
        """
        _check(columns, self.columns)
        some = self.files
        if spans is not None:
            during = [
                (some["last_at"] >= (since or datetime.min)) & (some["first_at"] < (until or datetime.max))
                for since, until in spans
            ]
            some = some[np.logical_or.reduce(during)] if during else some.iloc[:0]
        if some.empty:
            return None
        return self.together(columns, [(some, (None, None))])

    def together(self, columns: list[str], parts: list[tuple[pd.DataFrame, Span]]) -> Source:
        """Return rows of some files as one table.

        Parameters
        ----------
        columns
            As for ``source``.
        parts
            Files, as in ``files``, and when those of their rows happened that count.
        """
        _check(columns, self.columns)
        tables, values = [], {}
        for i, (files, span) in enumerate(parts):
            present = {c for its in files["columns"] for c in its}
            selected = ", ".join(_column(c, present, self.reader.viewer.roles) for c in columns)
            where = condition(self.scope, present)
            values |= {**where.values, f"files_{i}": list(files["path"])}
            during = ""
            for name, sign, time in zip(("from", "to"), (">=", "<"), span, strict=True):
                if time is not None:
                    during += f" AND occurred_at {sign} ${name}_{i}"
                    values[f"{name}_{i}"] = time
            read = f"read_parquet($files_{i}, union_by_name=true, hive_partitioning=false)"
            tables.append(f"SELECT {selected} FROM {read} WHERE {where.sql}{during}")
        return Source(f"({' UNION ALL '.join(tables)})", values)


def stored(reader: Reader, scope: Scope, run: Run) -> Stored:
    """Return the detection files that can hold rows of a scope.

    Raises
    ------
    BadInput
        The scope names no model: files are kept per model.
    """
    if scope.model is None:
        raise BadInput("reading detections", "no model is named.", "Choose one.")
    found = run(
        "SELECT path, rows, columns, first_at, last_at FROM files WHERE model_id = $model "
        "AND ($since IS NULL OR last_at >= $since) AND ($until IS NULL OR first_at < $until) ORDER BY first_at, path",
        {
            "model": scope.model,
            "since": naive(scope.since) if scope.since else None,
            "until": naive(scope.until) if scope.until else None,
        },
    )
    return Stored(reader, scope, found.assign(path=[str((reader.directory / p).resolve()) for p in found["path"]]))


def _check(columns: list[str], present: set[str]) -> None:
    known = {c.name for c in DETECTIONS} | present
    for column in columns:
        if column not in known:
            found = f"there is no column {column!r}."
            raise BadInput("reading detections", found, f"There are: {', '.join(sorted(known))}.")


def _start(reader: Reader, scope: Scope, step: timedelta | None) -> datetime | None:
    """Where a step of the walk back begins; None: at the beginning of the window."""
    last = reader.snapshot.data_until
    if step is None or last is None:
        return None
    end = min(scope.until, last) if scope.until else last
    return naive(end - step)


def _column(column: str, present: set[str], roles: frozenset[Role]) -> str:
    """SQL of a column as this viewer may see it."""
    name = identifier(column)
    if column == "detection_id":
        return "coalesce(detection_id, event_id) AS detection_id" if column in present else "event_id AS detection_id"
    if column not in present:
        return f"CAST(NULL AS {_EMPTY[column]}) AS {name}" if column in _EMPTY else f"NULL AS {name}"
    if column in MASKS and not MASKS[column] & roles:
        return f"CASE WHEN {name} IS NOT NULL THEN {literal(HIDDEN)} END AS {name}"
    return name
