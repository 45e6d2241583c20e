"""Importing detections: duplicates out, sorted Parquet per model with id index and top file, rollups, labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analytics.warehouse import features, labels, models, repeats, rollup, tops
from analytics.warehouse.contract import DETECTION_LABEL
from analytics.warehouse.layout import model_folder
from analytics.warehouse.report import Report
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

_LABEL_COLUMNS = tuple(c.name for c in DETECTION_LABEL)
_FORMAT = "(FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 10000, ROW_GROUP_SIZE 61440)"
"""Ids and the like repeat too little for a dictionary: the writer is to see that early. With half of DuckDB's usual
rows a group a single row takes half as long to read, and the file grows by 1 %."""


def load(work: Work, staged: Staged, report: Report, tell: Callable[[str], None]) -> None:
    """Store new detections and their labels, and add them to the rollups."""
    tell("looking for duplicates")
    work.con.execute(
        "CREATE TABLE work.versions AS SELECT model_id, model_version, count(*) AS n FROM good GROUP BY ALL"
    )
    models.require(work, "work.versions", "importing detections")
    repeats.exclude(work, staged)
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    rejected = work.count("SELECT count(*) FROM work.excluded WHERE NOT duplicate")
    report.stored = work.count("SELECT sum(n) FROM work.versions") - report.duplicates - rejected
    if report.dry_run:
        return
    if report.stored:
        files = _write(work, staged, tell)
        tell("rolling up")
        work.each(_roll_up, files.items())
        labels.take_detections(work, [file for file, _ in files.values()])
    if "label" in staged.columns:
        tell("storing labels")
        report.labels_stored = labels.add_from_detections(work, staged)
    if report.stored or report.labels_stored:
        report.labels_waiting = labels.refresh(work)


def _roll_up(work: Work, written: tuple[str, tuple[Path, list[str]]]) -> None:
    """Count the rows of one model's new file."""
    model, (file, columns) = written
    rollup.add(work, model, file, columns)
    features.add(work, model, file)


def stored_columns(columns: dict[str, str]) -> list[str]:
    """Return the columns of a detections stage that go into its Parquet file."""
    return [c for c in columns if c not in _LABEL_COLUMNS]


def _write(work: Work, staged: Staged, tell: Callable[[str], None]) -> dict[str, tuple[Path, list[str]]]:
    """Write one sorted Parquet file a model with what stands beside it, name it; return both file and columns."""
    keep = repeats.keep(work)
    source = "work.versions" if keep == "true" else f"good WHERE {keep}"
    found = work.con.execute(f"SELECT DISTINCT model_id FROM {source} ORDER BY model_id").fetchall()
    models = [model for (model,) in found]
    tell(f"writing {', '.join(models)}")
    selected = _select_list(work, staged, keep)

    def write(work: Work, model: str) -> tuple[Path, list[str]]:
        folder = work.directory / "detections" / model_folder(model)
        folder.mkdir(exist_ok=True)
        path, index = folder / f"{work.snapshot}.parquet", folder / f"{work.snapshot}.index.parquet"
        mine = keep if len(models) == 1 else f"{keep} AND model_id = {literal(model)}"
        order = "" if _in_order(work, mine) else "ORDER BY occurred_at"
        columns = stored_columns(staged.columns) if len(models) == 1 else _own(work, staged, mine)
        its = ", ".join(selected[c] for c in columns)
        work.con.execute(f"COPY (SELECT {its} FROM good WHERE {mine} {order}) TO {literal(str(path))} {_FORMAT}")
        repeats.index_path(work, model).replace(index)
        work.con.execute(
            f"INSERT INTO snap.files SELECT $path, $index, $model, count(*), min(occurred_at), max(occurred_at), "
            f"$columns, $bytes FROM {parquet([path])}",
            {
                "path": str(path.relative_to(work.directory)),
                "index": str(index.relative_to(work.directory)),
                "model": model,
                "columns": columns,
                "bytes": path.stat().st_size,
            },
        )
        work.new_files += [path, index, *tops.write(work, path, columns)]
        return path, columns

    return dict(zip(models, work.each(write, models), strict=True))


def _own(work: Work, staged: Staged, mine: str) -> list[str]:
    """Return the columns of one model's file where several models came together: without features of the others."""
    columns = stored_columns(staged.columns)
    open_ = [c for c in columns if c.startswith(("f.", "s."))]
    if not open_:
        return columns
    counts = ", ".join(f"count({identifier(c)})" for c in open_)
    row = work.con.execute(f"SELECT {counts} FROM good WHERE {mine}").fetchall()[0]
    empty = {c for c, n in zip(open_, row, strict=True) if not n}
    return [c for c in columns if c not in empty]


def _in_order(work: Work, keep: str) -> bool:
    """Tell whether rows come sorted by time, as logs do: sorting them again takes a third of writing them."""
    back = f"SELECT occurred_at < lag(occurred_at) OVER () AS back FROM good WHERE {keep}"
    return not work.count(f"SELECT count(*) FROM ({back}) WHERE back")


def _select_list(work: Work, staged: Staged, keep: str) -> dict[str, str]:
    """SQL of the Parquet file's columns; a feature from text becomes a number where all of its values are numbers."""
    features = [c for c, t in staged.columns.items() if c.startswith("f.") and t == "VARCHAR"]
    numeric: set[str] = set()
    if features:
        tests = ", ".join(
            f"count({identifier(c)}) > 0 AND count({identifier(c)}) = count(TRY_CAST({identifier(c)} AS DOUBLE))"
            for c in features
        )
        row = work.con.execute(f"SELECT {tests} FROM good WHERE {keep}").fetchall()[0]
        numeric = {c for c, is_number in zip(features, row, strict=True) if is_number}
    return {
        c: f"TRY_CAST({identifier(c)} AS DOUBLE) AS {identifier(c)}" if c in numeric else identifier(c)
        for c in stored_columns(staged.columns)
    }
