"""Importing detections: duplicates out, sorted Parquet per model, an id index beside it, rollups, labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analytics.warehouse import labels, models, rollup
from analytics.warehouse.contract import DETECTION_LABEL, DETECTIONS
from analytics.warehouse.layout import model_folder
from analytics.warehouse.report import Report
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

_LABEL_COLUMNS = tuple(c.name for c in DETECTION_LABEL)
_INDEX_FORMAT = "(FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1000)"
"""Hashes neither compress nor repeat: trying both took half of the time of writing an index."""
_KEY = "hash(event_id), model_id, model_version"


def load(work: Work, staged: Staged, report: Report, tell: Callable[[str], None]) -> None:
    """Store new detections and their labels, and add them to the rollups."""
    tell("looking for duplicates")
    work.con.execute(
        "CREATE TABLE work.versions AS SELECT model_id, model_version, count(*) AS n FROM good GROUP BY ALL"
    )
    models.require(work, "work.versions", "importing detections")
    seen = _exclude_repeats(work, staged)
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    rejected = work.count("SELECT count(*) FROM work.excluded WHERE NOT duplicate")
    good = work.count("SELECT sum(n) FROM work.versions")
    report.stored = good - report.duplicates - rejected
    if report.dry_run:
        return
    if report.stored:
        files = _write(work, staged, seen or bool(report.duplicates + rejected), tell)
        tell("rolling up")
        for model, file in files.items():
            rollup.add(work, model, file, stored_columns(staged.columns))
        labels.take_detections(work, list(files.values()))
    if "label" in staged.columns:
        tell("storing labels")
        report.labels_stored = labels.add_from_detections(work, staged)
    if report.stored or report.labels_stored:
        report.labels_waiting = labels.refresh(work)


def stored_columns(columns: dict[str, str]) -> list[str]:
    """Return the columns of a detections stage that go into its Parquet file."""
    return [c for c in columns if c not in _LABEL_COLUMNS]


def _content(columns: dict[str, str]) -> str:
    """SQL for a hash of everything that is said of a detection; a column that is not there counts as empty."""
    fixed = [identifier(c.name) if c.name in columns else "NULL" for c in DETECTIONS if c.name != "detection_id"]
    fixed.append(_detection(columns))
    extra = [c for c in stored_columns(columns) if c.startswith(("s.", "f."))]
    content = f"hash({', '.join(fixed)})"
    for c in extra:
        text = f"CAST({identifier(c)} AS VARCHAR)"
        value = (
            f"coalesce(CAST(TRY_CAST({identifier(c)} AS DOUBLE) AS VARCHAR), {text})" if c.startswith("f.") else text
        )
        content = f"xor({content}, CASE WHEN {identifier(c)} IS NOT NULL THEN hash({literal(c)}, {value}) ELSE 0 END)"
    return content


def _detection(columns: dict[str, str]) -> str:
    return "coalesce(detection_id, event_id)" if "detection_id" in columns else "event_id"


def _exclude_repeats(work: Work, staged: Staged) -> bool:
    """Fill ``work.excluded`` with rows whose event the model version has already scored; tell if there are any.

    Equal content is a duplicate, other content a reject. Only keys that do repeat are looked at row by row.
    """
    con = work.con
    index = [
        p
        for (p,) in con.execute(
            "SELECT index_path FROM snap.files WHERE model_id IN (SELECT model_id FROM work.versions)"
        ).fetchall()
    ]
    con.execute("CREATE TABLE work.repeated (event UBIGINT, model_id VARCHAR, model_version VARCHAR)")
    if work.count(f"SELECT count(*) - count(DISTINCT hash({_KEY})) FROM good"):
        con.execute(f"INSERT INTO work.repeated SELECT {_KEY} FROM good GROUP BY ALL HAVING count(*) > 1")
    stored = "SELECT NULL::UBIGINT AS event, NULL AS model_id, NULL AS model_version, NULL::UBIGINT AS content LIMIT 0"
    if index:
        stored = f"SELECT event, model_id, model_version, content FROM {parquet(work.directory / p for p in index)}"
        con.execute(
            f"INSERT INTO work.repeated SELECT event, model_id, model_version FROM ({stored}) "
            f"SEMI JOIN (SELECT hash(event_id) AS event, model_id, model_version FROM good) "
            "USING (event, model_id, model_version)"
        )
    if not work.count("SELECT count(*) FROM work.repeated"):
        return False
    con.execute(
        f"""INSERT INTO work.excluded
        WITH mine AS (
            SELECT _file, _row, hash(event_id) AS event, model_id, model_version, {_content(staged.columns)} AS content
            FROM good
        ), candidates AS (SELECT * FROM mine SEMI JOIN work.repeated USING (event, model_id, model_version)),
        judged AS (
            SELECT c.*, s.content AS stored_content,
                first_value(c.content) OVER same AS first_content, row_number() OVER same AS place
            FROM candidates AS c LEFT JOIN ({stored}) AS s USING (event, model_id, model_version)
            WINDOW same AS (PARTITION BY event, model_id, model_version ORDER BY _row)
        )
        SELECT _file, _row, content = coalesce(stored_content, first_content), CASE
            WHEN content = coalesce(stored_content, first_content) THEN NULL
            WHEN stored_content IS NOT NULL THEN 'event_id: ' || $scored
            ELSE 'event_id: ' || $twice END
        FROM judged WHERE stored_content IS NOT NULL OR place > 1""",
        {
            "scored": "this model version has already scored this event, with other content",
            "twice": "it stands in this import twice for the same model version, with other content",
        },
    )
    return True


def _write(work: Work, staged: Staged, some_excluded: bool, tell: Callable[[str], None]) -> dict[str, Path]:
    """Write one sorted Parquet file and its index a model, name them in the snapshot; return the files by model."""
    con = work.con
    keep = "_row NOT IN (SELECT _row FROM work.excluded)" if some_excluded else "true"
    source = f"good WHERE {keep}" if some_excluded else "work.versions"
    found = con.execute(f"SELECT DISTINCT model_id FROM {source} ORDER BY model_id").fetchall()
    columns = _select_list(work, staged, keep)
    written: dict[str, Path] = {}
    for (model,) in found:
        tell(f"writing {model}")
        folder = work.directory / "detections" / model_folder(model)
        folder.mkdir(exist_ok=True)
        path, index = folder / f"{work.snapshot}.parquet", folder / f"{work.snapshot}.index.parquet"
        other = "hash(detection_id)" if "detection_id" in staged.columns else "CAST(NULL AS UBIGINT)"
        mine = keep if len(found) == 1 else f"{keep} AND model_id = {literal(model)}"
        order = "" if _in_order(work, mine) else "ORDER BY occurred_at"
        con.execute(
            f"COPY (SELECT {columns} FROM good WHERE {mine} {order}) "
            f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        con.execute(
            f"COPY (SELECT hash(event_id) AS event, {other} AS detection, "
            f"model_id, model_version, occurred_at, "
            f"{_content(staged.columns)} AS content FROM {parquet([path])} ORDER BY event) "
            f"TO {literal(str(index))} {_INDEX_FORMAT}"
        )
        con.execute(
            f"INSERT INTO snap.files SELECT $path, $index, $model, count(*), min(occurred_at), max(occurred_at), "
            f"$columns, $bytes FROM {parquet([path])}",
            {
                "path": str(path.relative_to(work.directory)),
                "index": str(index.relative_to(work.directory)),
                "model": model,
                "columns": stored_columns(staged.columns),
                "bytes": path.stat().st_size,
            },
        )
        work.new_files += [path, index]
        written[model] = path
    return written


def _in_order(work: Work, keep: str) -> bool:
    """Tell whether rows come sorted by time, as logs do: sorting them again takes a third of writing them."""
    back = f"SELECT occurred_at < lag(occurred_at) OVER () AS back FROM good WHERE {keep}"
    return not work.count(f"SELECT count(*) FROM ({back}) WHERE back")


def _select_list(work: Work, staged: Staged, keep: str) -> str:
    """Columns of the Parquet file; a feature from text becomes a number where all of its values are numbers."""
    features = [c for c, t in staged.columns.items() if c.startswith("f.") and t == "VARCHAR"]
    numeric: set[str] = set()
    if features:
        tests = ", ".join(
            f"count({identifier(c)}) > 0 AND count({identifier(c)}) = count(TRY_CAST({identifier(c)} AS DOUBLE))"
            for c in features
        )
        row = work.con.execute(f"SELECT {tests} FROM good WHERE {keep}").fetchall()[0]
        numeric = {c for c, is_number in zip(features, row, strict=True) if is_number}
    return ", ".join(
        f"TRY_CAST({identifier(c)} AS DOUBLE) AS {identifier(c)}" if c in numeric else identifier(c)
        for c in stored_columns(staged.columns)
    )
