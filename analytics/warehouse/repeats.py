"""Repeats: which detections their model version has already given, in this import or before it.

Every detection file has an id index beside it: ``event``, the hash of event_id, and ``model_version``, sorted by
both, with ``occurred_at``, which finds the row in its file (indexes of earlier imports lack it). It only says where a
key may have come before; whether it has, and with which content, is read from the rows.
"""

from __future__ import annotations

from pathlib import Path

from analytics.warehouse.contract import DETECTIONS
from analytics.warehouse.layout import model_folder
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

_INDEX_FORMAT = "(FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1000)"
"""Hashes neither compress nor repeat: trying both took half of the time of writing an index."""
_KEY = ("event_id", "model_id", "model_version")


def index_path(work: Work, model_id: str) -> Path:
    """Return where the id index of a model's new rows lies until its detection file is there."""
    return work.scratch / f"{model_folder(model_id)}.index.parquet"


def keep(work: Work) -> str:
    """Return the condition on good rows that are to be stored."""
    excluded = work.count("SELECT count(*) FROM work.excluded")
    return "_row NOT IN (SELECT _row FROM work.excluded)" if excluded else "true"


def exclude(work: Work, staged: Staged) -> None:
    """Put good rows whose event their model version has already scored into ``work.excluded``.

    Equal content is a duplicate, other content a reject. Only keys that do repeat are looked at row by row. Leaves
    the id indexes of the rows that are to be stored at ``index_path``.
    """
    _write_indexes(work)
    files = _find(work)
    if work.count("SELECT count(*) FROM work.repeated"):
        _judge(work, staged, files)
        _write_indexes(work)


def _write_indexes(work: Work) -> None:
    """Write the id index of every model."""
    versions: dict[str, list[str]] = {}
    for model, version in work.con.execute("SELECT model_id, model_version FROM work.versions").fetchall():
        versions.setdefault(model, []).append(version)
    for model, its in versions.items():
        good = f"good WHERE {keep(work)}" + (f" AND model_id = {literal(model)}" if len(versions) > 1 else "")
        found = f"SELECT hash(event_id) AS event, model_version, occurred_at FROM {good} ORDER BY event, model_version"
        if len(its) == 1:  # sorting without the version takes two thirds of the time
            hashes = f"SELECT hash(event_id) AS event, occurred_at FROM {good}"
            found = f"SELECT event, {literal(its[0])} AS model_version, occurred_at FROM ({hashes}) ORDER BY event"
        work.con.execute(f"COPY ({found}) TO {literal(str(index_path(work, model)))} {_INDEX_FORMAT}")


def _judge(work: Work, staged: Staged, files: list[Path]) -> None:
    """Tell duplicates from rejects among the rows in ``work.repeated``; ``files`` are those that have some of them."""
    key = ", ".join(_KEY)
    stored = f"SELECT {', '.join(f'NULL AS {c}' for c in _KEY)}, NULL::UBIGINT AS content LIMIT 0"
    if files:
        source = parquet(files)
        columns = {name: type_ for name, type_, *_ in work.con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        stored = _repeated(source, columns)
    work.con.execute(
        f"""INSERT INTO work.excluded
        WITH judged AS (
            SELECT c.*, s.content AS stored_content,
                first_value(c.content) OVER same AS first_content, row_number() OVER same AS place
            FROM ({_repeated("good", staged.columns, "_file, _row, ")}) AS c LEFT JOIN ({stored}) AS s USING ({key})
            WINDOW same AS (PARTITION BY {key} ORDER BY _row)
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


def _find(work: Work) -> list[Path]:
    """Fill ``work.repeated`` with the keys that come again; return the detection files that have any of them."""
    con = work.con
    con.execute("CREATE TABLE work.repeated (event UBIGINT, model_id VARCHAR, model_version VARCHAR)")
    hit: list[Path] = []
    for (model,) in con.execute("SELECT DISTINCT model_id FROM work.versions").fetchall():
        new = parquet([index_path(work, model)])
        con.execute(
            f"""INSERT INTO work.repeated SELECT event, {literal(model)}, model_version FROM (
                SELECT event, model_version,
                    event = lag(event) OVER () AND model_version = lag(model_version) OVER () AS again FROM {new}
            ) WHERE again"""
        )
        files = {
            str(work.directory / index): work.directory / path
            for index, path in con.execute(
                "SELECT index_path, path FROM snap.files WHERE model_id = $model", {"model": model}
            ).fetchall()
        }
        if not files:
            continue
        con.execute(
            "CREATE OR REPLACE TABLE work.scored AS "
            f"FROM (SELECT filename AS index, event, model_version FROM {parquet(map(Path, files))}) "
            f"SEMI JOIN {new} USING (event, model_version)"
        )
        con.execute(f"INSERT INTO work.repeated SELECT event, {literal(model)}, model_version FROM work.scored")
        hit += [files[index] for (index,) in con.execute("SELECT DISTINCT index FROM work.scored").fetchall()]
    return hit


def _repeated(relation: str, columns: dict[str, str], more: str = "") -> str:
    """SQL for key and content of the rows of a relation whose key is in ``work.repeated``."""
    return (
        f"SELECT {more}{', '.join(_KEY)}, {_content(columns)} AS content FROM {relation} "
        f"WHERE (hash(event_id), model_id, model_version) IN (SELECT event, model_id, model_version FROM work.repeated)"
    )


def _content(columns: dict[str, str]) -> str:
    """SQL for a hash of everything that is said of a detection; a column that is not there counts as empty."""
    fixed = [identifier(c.name) if c.name in columns else "NULL" for c in DETECTIONS if c.name != "detection_id"]
    fixed.append("coalesce(detection_id, event_id)" if "detection_id" in columns else "event_id")
    content = f"hash({', '.join(fixed)})"
    for c in columns:
        if not c.startswith(("s.", "f.")):
            continue
        text = value = f"CAST({identifier(c)} AS VARCHAR)"
        if c.startswith("f."):
            value = f"coalesce(CAST(TRY_CAST({identifier(c)} AS DOUBLE) AS VARCHAR), {text})"
        content = f"xor({content}, CASE WHEN {identifier(c)} IS NOT NULL THEN hash({literal(c)}, {value}) ELSE 0 END)"
    return content
