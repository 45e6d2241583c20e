"""Importing explanations of models that are not here: rows of one detection become one explanation, or are rejected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analytics.scope import SLICES
from analytics.warehouse import models
from analytics.warehouse.explaining import add
from analytics.warehouse.report import Report
from analytics.warehouse.sql import identifier, parquet
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

TOLERANCE = 1e-3
"""How far base and values may be from the output: of it, or of 1 where it is smaller. Files are often rounded."""
_OPTIONAL = {
    "event_id": "VARCHAR", "detection_id": "VARCHAR", "feature": "VARCHAR", "span_start": "BIGINT",
    "span_end": "BIGINT", "feature_value": "DOUBLE", "unit": "VARCHAR",
}  # fmt: skip
_KEY = "model_id, model_version, event_id"
_FOUND = ("event_id", "model_id", "model_version", "occurred_at", "score", "decision", "case_id", "payload", *SLICES)


def load(work: Work, staged: Staged, report: Report, tell: Callable[[str], None]) -> None:
    """Store new explanations; of one that is stored already all rows are duplicates, or rejected where it differs."""
    con = work.con
    given = ", ".join(f"{c if c in staged.columns else f'NULL::{t}'} AS {c}" for c, t in _OPTIONAL.items())
    con.execute(
        f"CREATE TABLE work.lines AS SELECT _file, _row, model_id, model_version, {given}, value, base_value, output, "
        "method FROM good"
    )
    con.execute("CREATE TABLE work.versions AS SELECT DISTINCT model_id, model_version FROM work.lines")
    models.require(work, "work.versions", "importing explanations")
    _reject(work, "event_id IS NULL AND detection_id IS NULL", "event_id is missing")
    _reject(work, "(span_start IS NULL) <> (span_end IS NULL)", "span_start: one end of the span is missing")
    _reject(work, "span_end <= span_start", "span_end: the span ends before it starts")
    _reject(work, "feature IS NOT NULL AND span_start IS NOT NULL", "feature is given beside a span; name one of them")
    tell("looking up the detections")
    _locate(work)
    _reject(work, "event_id IS NULL", "event_id: no such detection of this version is stored; import it first")
    _repeats(work)
    _known(work)
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    report.stored = work.count("SELECT count(*) FROM work.lines")
    failed = work.count("SELECT count(failed) FROM work.told")
    if failed:
        report.warnings.append(f"{failed:,} explanations do not add up to their output: stored as failed, never shown.")
    if report.dry_run:
        return
    tell("storing explanations")
    for model, version in con.execute(f"SELECT DISTINCT {_KEY[: _KEY.rindex(',')]} FROM work.told").fetchall():
        con.execute(
            "CREATE OR REPLACE VIEW work.mine AS SELECT * FROM work.told WHERE model_id = getvariable('m') "
            "AND model_version = getvariable('v')"
        )
        con.execute("SET VARIABLE m = $m", {"m": model})
        con.execute("SET VARIABLE v = $v", {"v": version})
        add(work, model, version, "imported", "work.mine", {})


def _reject(work: Work, bad: str, reason: str) -> None:
    """Set lines apart with a reason."""
    work.con.execute(
        f"INSERT INTO work.excluded SELECT _file, _row, false, $reason FROM work.lines WHERE {bad}", {"reason": reason}
    )
    work.con.execute(f"DELETE FROM work.lines WHERE {bad}")


def _locate(work: Work) -> None:
    """Find the detections of the lines: ``work.found``; lines of none lose their event."""
    con = work.con
    files = con.execute(
        "SELECT path, index_path FROM snap.files WHERE model_id IN (SELECT model_id FROM work.versions) ORDER BY path"
    ).fetchall()
    by_id = work.count("SELECT count(*) FROM work.lines WHERE event_id IS NULL")
    hit = [work.directory / path for path, index in files if by_id or _holds(work, work.directory / index)]
    if not hit:
        con.execute("UPDATE work.lines SET event_id = NULL")
        con.execute("CREATE TABLE work.found AS SELECT NULL AS event_id LIMIT 0")
        return
    source = parquet(hit)
    has = {name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    slices = sorted(c for c in has if c.startswith("s."))
    columns = ", ".join(identifier(c) if c in has else f"NULL AS {c}" for c in (*_FOUND, *slices))
    detection = "coalesce(detection_id, event_id)" if "detection_id" in has else "event_id"
    wanted = "event_id IN (SELECT event_id FROM work.lines)"
    if by_id:
        wanted += f" OR {detection} IN (SELECT detection_id FROM work.lines WHERE event_id IS NULL)"
    con.execute(
        f"CREATE TABLE work.found AS SELECT {columns}, {detection} AS detection_id FROM {source} WHERE {wanted}"
    )
    con.execute(
        """UPDATE work.lines AS l SET event_id = (
            SELECT min(f.event_id) FROM work.found AS f
            WHERE f.model_id = l.model_id AND f.model_version = l.model_version
                AND (f.event_id = l.event_id OR (l.event_id IS NULL AND f.detection_id = l.detection_id)))"""
    )


def _holds(work: Work, index: Path) -> int:
    events = "SELECT hash(event_id) FROM work.lines"
    return work.count(f"SELECT count(*) FROM {parquet([index])} WHERE event IN ({events})")


def _repeats(work: Work) -> None:
    """Set lines apart that stand there twice, and explanations whose lines contradict each other."""
    con = work.con
    part = f"{_KEY}, feature, span_start, span_end"
    con.execute(
        f"""CREATE TABLE work.twice AS SELECT * FROM (
            SELECT _file, _row, value IS NOT DISTINCT FROM first_value(value) OVER same AS alike,
                row_number() OVER same AS place
            FROM work.lines WINDOW same AS (PARTITION BY {part} ORDER BY _row)) WHERE place > 1"""
    )
    con.execute(
        "INSERT INTO work.excluded SELECT _file, _row, alike, CASE WHEN NOT alike THEN "
        "'value: this part of the explanation stands there twice, with different values' END FROM work.twice"
    )
    con.execute("DELETE FROM work.lines WHERE _row IN (SELECT _row FROM work.twice)")
    con.execute(
        f"""CREATE TABLE work.torn AS SELECT {_KEY} FROM work.lines GROUP BY ALL
        HAVING count(DISTINCT (base_value, output, method)) > 1"""
    )
    _reject(
        work,
        f"({_KEY}) IN (SELECT ({_KEY}) FROM work.torn)",
        "base_value: the rows of one explanation give different ones, or different outputs or methods",
    )


def _known(work: Work) -> None:
    """Make ``work.told``, one row an explanation, and set the lines of those apart that are stored already."""
    con = work.con
    slices = [name for name, *_ in con.execute("DESCRIBE work.found").fetchall() if name.startswith("s.")]
    more = "".join(f", f.{identifier(c)}" for c in slices)
    facts = ", ".join(f"f.{c}" for c in _FOUND if c != "payload")
    if not work.count("SELECT count(*) FROM work.lines"):
        con.execute("CREATE TABLE work.told AS SELECT NULL AS failed, NULL AS model_id, NULL AS model_version LIMIT 0")
        return
    con.execute(
        f"""CREATE TABLE work.told AS
        WITH named AS (
            SELECT l.*, coalesce(feature, substring(f.payload, span_start + 1, span_end - span_start)) AS name,
                feature IS NULL AND span_start IS NULL AS is_rest
            FROM work.lines AS l JOIN work.found AS f USING ({_KEY})
        ),
        told AS (
            SELECT {_KEY},
                coalesce(list(name ORDER BY _row) FILTER (NOT is_rest), []) AS names,
                coalesce(list(value ORDER BY _row) FILTER (NOT is_rest), []) AS added,
                coalesce(list(feature_value ORDER BY _row) FILTER (NOT is_rest), []) AS own,
                coalesce(list(span_start ORDER BY _row) FILTER (NOT is_rest), []) AS starts,
                coalesce(list(span_end ORDER BY _row) FILTER (NOT is_rest), []) AS ends,
                coalesce(sum(value) FILTER (is_rest), 0.0) AS rest, any_value(base_value) AS base,
                any_value(output) AS output, any_value(method) AS method,
                coalesce(any_value(unit), 'unit of the import') AS unit,
                abs(any_value(base_value) + sum(value) - any_value(output)) AS residual,
                md5(string_agg(concat_ws('|', feature, span_start, span_end, value, feature_value, base_value, output,
                    method), chr(10) ORDER BY feature, span_start)) AS background
            FROM named GROUP BY {_KEY}
        )
        SELECT {facts}, f.detection_id{more}, t.* EXCLUDE ({_KEY}), coalesce(f.decision <> 'allow', false) AS alarm,
            CAST(hash(f.event_id) AS DOUBLE) / 18446744073709551616 AS u, 'imported' AS design,
            NULL::DOUBLE AS inclusion, 0.0 AS error, 0 AS n_background, NULL::VARCHAR AS model_sha256,
            CASE WHEN NOT residual <= {TOLERANCE} * greatest(1, abs(output))
                THEN 'Off by ' || round(residual, 6) || '.' END AS failed
        FROM told AS t JOIN work.found AS f USING ({_KEY})"""
    )
    con.execute("UPDATE work.told SET names = NULL, added = NULL, own = NULL WHERE failed IS NOT NULL")
    _stored_before(work)


def _stored_before(work: Work) -> None:
    con = work.con
    files = con.execute("SELECT path FROM snap.explanation_files WHERE origin = 'imported'").fetchall()
    if not files:
        return
    con.execute(
        f"CREATE TABLE work.before AS SELECT {_KEY}, t.background = s.background AS alike FROM work.told AS t "
        f"JOIN {parquet(work.directory / p for (p,) in files)} AS s USING ({_KEY})"
    )
    con.execute(
        f"""INSERT INTO work.excluded SELECT _file, _row, alike, CASE WHEN NOT alike THEN
            'event_id: another explanation of this detection is stored; explanations are never overwritten' END
        FROM work.lines JOIN work.before USING ({_KEY})"""
    )
    for table in ("lines", "told"):
        con.execute(f"DELETE FROM work.{table} WHERE ({_KEY}) IN (SELECT ({_KEY}) FROM work.before)")
