"""Reading stored explanations: those of a selection, a stated number at most; and the one of a single detection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import HIDDEN, MASKS, Source
from analytics.warehouse.selection import condition
from analytics.warehouse.sql import literal
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import Run

Of = Literal["random", "alarms", "imported"]
"""Rows drawn at random; alarms, the newest first; what was imported, chosen by whoever explained it."""
_READ = "read_parquet($files, union_by_name=true, hive_partitioning=false)"


@dataclass(frozen=True, slots=True)
class Files:
    """The explanation files of a model version."""

    scope: Scope
    listed: pd.DataFrame
    """path (absolute), origin, model_sha256, rows, failed, since, until, population, drawn, cut, columns."""

    def of(self, origin: str) -> Files:
        """Return those that were computed or imported; of computed ones those of the newest model file alone."""
        mine = self.listed[self.listed["origin"] == origin]
        if len(mine) and origin == "computed":
            mine = mine[mine["model_sha256"] == mine["model_sha256"].iloc[-1]]
        return Files(self.scope, mine)

    @property
    def columns(self) -> set[str]:
        """Return the columns that any of them has."""
        return {c for columns in self.listed["columns"] for c in columns}


def files(reader: Reader, scope: Scope, run: Run) -> Files:
    """Return the explanation files of the scope's model and version, the oldest first."""
    there = run("SELECT 1 AS one FROM duckdb_tables() WHERE table_name = 'explanation_files'", {})
    if there.empty:
        return Files(scope, pd.DataFrame(columns=["path", "origin", "model_sha256", "rows", "failed", "columns"]))
    found = run(
        "SELECT * FROM explanation_files WHERE model_id = $model AND model_version = $version ORDER BY path",
        {"model": scope.model, "version": scope.version},
    )
    return Files(scope, found.assign(path=[str((reader.directory / p).resolve()) for p in found["path"]]))


def source(reader: Reader, found: Files, of: Of, most: int, run: Run | None = None) -> Source | None:
    """Return the explained rows of a scope as a table, failed ones left out.

    Names of parts of a text are shown to those alone who may see texts.

    Parameters
    ----------
    found
        As from ``files``.
    of
        How the rows were chosen.
    most
        Rows at most: of random ones those with the smallest ``u``, else the newest.
    run
        What runs the statement that finds where these end; the reader itself where None.
    """
    mine = found.of("imported" if of == "imported" else "computed")
    if mine.listed.empty:
        return None
    where = condition(found.scope, mine.columns)
    parts, values = [where.sql, "failed IS NULL"], dict(where.values)
    if of == "alarms":
        parts.append("alarm")
    if of == "random":
        drawn = [_drawn(i, row, values) for i, row in enumerate(mine.listed.to_dict("records"))]
        parts.append(f"({' OR '.join(drawn)})")
    values |= {"files": list(mine.listed["path"]), "x_most": most}
    key, way, end = ("u", "", "max") if of == "random" else ("occurred_at", " DESC", "min")
    # Where the rows end is found in one narrow column: of all others only the row groups before it are read.
    narrow = f"SELECT {key} FROM {_READ} WHERE {' AND '.join(parts)} ORDER BY {key}{way} LIMIT $x_most"
    ends = (run or reader.query)(f"SELECT {end}({key}) AS ends FROM ({narrow})", values)["ends"].iloc[0]
    if pd.isna(ends):
        return None
    parts.append(f"{key} {'<=' if of == 'random' else '>='} $x_ends")
    sql = (
        f"(SELECT {_star(reader)} FROM {_READ} WHERE {' AND '.join(parts)} ORDER BY {key}{way}, event_id LIMIT $x_most)"
    )
    return Source(sql, {**values, "x_ends": ends.to_pydatetime() if of != "random" else float(ends)})


def one(reader: Reader, scope: Scope, event_id: str, trace: Trace) -> list[dict[str, Any]]:
    """Return what is stored of one event of a version: of each file that has it, the newest first, failed ones too."""
    found = files(reader, scope, trace.once)
    if found.listed.empty:
        return []
    sql = f"SELECT {_star(reader)} FROM {_READ} WHERE event_id = $x_event AND model_version = $x_version"
    values = {"files": list(found.listed["path"])[::-1], "x_event": event_id, "x_version": scope.version}
    return [{str(k): v for k, v in row.items()} for row in trace.run(sql, values).to_dict("records")]


def _drawn(i: int, file: dict[str, Any], values: dict[str, Any]) -> str:
    """Return the condition that a row is one of those that a batch drew at random."""
    if pd.isna(file["cut"]):
        return "false"
    values[f"cut_{i}"] = float(file["cut"])
    parts = [f"u <= $cut_{i}"]
    for name, sign in (("since", ">="), ("until", "<")):
        if not pd.isna(file[name]):
            values[f"{name}_{i}"] = file[name].to_pydatetime()
            parts.append(f"occurred_at {sign} ${name}_{i}")
    return f"({' AND '.join(parts)})"


def _star(reader: Reader) -> str:
    """Return the columns, with what tells of a text hidden from those who may not see one."""
    if MASKS["payload"] & reader.viewer.roles:
        return "*"
    told = "coalesce(list_aggregate(own, 'count'), 0) > 0"  # a feature with its value is no part of a text
    return f"* REPLACE (CASE WHEN {told} THEN names ELSE [{literal(HIDDEN)} FOR x IN names] END AS names)"
