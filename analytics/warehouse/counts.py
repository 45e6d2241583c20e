"""Importing counts: volumes without rows."""

from __future__ import annotations

from collections.abc import Callable

from analytics.warehouse import models, rollup
from analytics.warehouse.report import Report
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

_KEY = ("model_id", "model_version", "hour", "decision", "mode", "region", "unscored_reason", "score")


def load(work: Work, staged: Staged, report: Report, tell: Callable[[str], None]) -> None:
    """Store new counts; a cell that is known with the same count is a duplicate, with another one a reject."""
    tell("checking models")
    models.require(work, "good", "importing counts")
    con = work.con
    given = ", ".join(f"{c if c in staged.columns else 'NULL'} AS {c}" for c in _KEY)
    same = " AND ".join(f"c.{c} IS NOT DISTINCT FROM k.{c}" for c in _KEY)
    con.execute(
        f"""CREATE TABLE work.counts AS SELECT _file, _row, {given}, count,
            first_value(count) OVER (PARTITION BY {", ".join(_KEY)} ORDER BY _row) AS first_count,
            row_number() OVER (PARTITION BY {", ".join(_KEY)} ORDER BY _row) AS place
        FROM good"""
    )
    con.execute(
        f"""INSERT INTO work.excluded
        SELECT c._file, c._row, c.count = coalesce(k.count, first_count), CASE
            WHEN c.count <> coalesce(k.count, first_count)
            THEN 'count: this cell already has ' || coalesce(k.count, first_count) || ' events' END
        FROM work.counts AS c LEFT JOIN snap.counts AS k ON {same} WHERE k.count IS NOT NULL OR c.place > 1"""
    )
    con.execute(
        f"""CREATE TABLE work.new_counts AS SELECT {", ".join(_KEY)}, count FROM work.counts
        WHERE _row NOT IN (SELECT _row FROM work.excluded)"""
    )
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    report.stored = work.count("SELECT count(*) FROM work.new_counts")
    if report.stored and not report.dry_run:
        tell("rolling up")
        con.execute(f"INSERT INTO snap.counts BY NAME SELECT {', '.join(_KEY)}, count FROM work.new_counts")
        rollup.add_counts(work, "work.new_counts")
