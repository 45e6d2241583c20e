"""Importing counts: volumes without rows."""

from __future__ import annotations

from collections.abc import Callable

from analytics.warehouse import models, repeats, rollup
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
    con.execute(f"CREATE TABLE work.counts AS SELECT _file, _row, {given}, count FROM good")
    _judge(work)
    new = f"SELECT {', '.join(_KEY)}, count FROM work.counts WHERE {repeats.keep(work)}"
    con.execute(f"CREATE OR REPLACE VIEW new_counts AS {new}")
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    report.stored = work.count("SELECT count(*) FROM new_counts")
    if report.stored and not report.dry_run:
        tell("rolling up")
        con.execute(f"INSERT INTO snap.counts BY NAME SELECT {', '.join(_KEY)}, count FROM new_counts")
        rollup.add_counts(work, "new_counts")


def _judge(work: Work) -> None:
    """Put rows whose cell is known, or stands in the import before, into ``work.excluded``.

    Only cells whose hash comes again are looked at row by row.
    """
    con, key = work.con, ", ".join(_KEY)
    con.execute(
        f"""CREATE TABLE work.again AS
        SELECT hash({key}) AS cell FROM work.counts GROUP BY cell HAVING count(*) > 1
        UNION SELECT hash({key}) FROM work.counts WHERE hash({key}) IN (SELECT hash({key}) FROM snap.counts)"""
    )
    if not work.count("SELECT count(*) FROM work.again"):
        return
    same = " AND ".join(f"c.{c} IS NOT DISTINCT FROM k.{c}" for c in _KEY)
    con.execute(
        f"""INSERT INTO work.excluded
        WITH judged AS (
            SELECT *, first_value(count) OVER (PARTITION BY {key} ORDER BY _row) AS first_count,
                row_number() OVER (PARTITION BY {key} ORDER BY _row) AS place
            FROM work.counts WHERE hash({key}) IN (SELECT cell FROM work.again)
        )
        SELECT c._file, c._row, c.count = coalesce(k.count, first_count), CASE
            WHEN c.count <> coalesce(k.count, first_count)
            THEN 'count: this cell already has ' || coalesce(k.count, first_count) || ' events' END
        FROM judged AS c LEFT JOIN snap.counts AS k ON {same} WHERE k.count IS NOT NULL OR c.place > 1"""
    )
