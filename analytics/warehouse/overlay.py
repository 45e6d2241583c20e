"""Verdicts that a snapshot does not hold yet: what they come to, by the same rule as an import's labels.

A reader adds them to what it reads, an import folds them in. A verdict counts only where its event is: with the same
id at the same time, for a warehouse that is built anew may give an old id to another event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analytics.warehouse import labels, records
from analytics.warehouse.records import Record
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.verdicts import GIVEN, ROW_TEXTS, VERDICT_KINDS

_REPLACED = ("labels", "labelled_rows", "labelled")
"""Tables of a snapshot that verdicts change."""
_AT = pa.timestamp("us")
_GIVEN = {
    "record": pa.int64(), "snapshot": pa.string(), "event_id": pa.string(), "verdict": pa.string(),
    "outcome": pa.string(), "label_source": pa.string(), "inclusion_probability": pa.float64(), "labelled_at": _AT,
    "labelled_by": pa.string(),
}  # fmt: skip
_WITHDRAWN = {"record": pa.int64(), "at": _AT}
_ROWS = {"record": pa.int64(), "occurred_at": _AT, "score": pa.float64(), "weight": pa.float64()}


def position(directory: Path, upto: int | None = None) -> int:
    """Return the log position of the last record that changes figures, up to a position; 0 where there is none."""
    return records.latest(directory, VERDICT_KINDS, upto)


@dataclass(frozen=True, slots=True)
class Behind:
    """Records behind a snapshot that change its figures."""

    given: list[dict[str, Any]]
    withdrawn: list[dict[str, Any]]
    rows: list[dict[str, Any]]

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.given or self.withdrawn)


def behind(directory: Path, after: int, upto: int | None = None) -> Behind:
    """Return the verdicts, and what was withdrawn, behind a log position and up to another one."""
    found = Behind([], [], [])
    for r in records.replay(directory, after, upto, VERDICT_KINDS):
        if r.kind == GIVEN:
            found.given.append(_given(r))
            found.rows.extend({**row, "record": r.seq, "occurred_at": _naive(row)} for row in r.body["rows"])
        else:
            found.withdrawn.append({"record": r.body["seq"], "at": _utc(r.at)})
    return found


def _given(r: Record) -> dict[str, Any]:
    body = {c: r.body[c] for c in ("snapshot", "verdict", "outcome", "label_source", "inclusion_probability")}
    return {"record": r.seq, "event_id": r.subject, "labelled_at": _utc(r.at), "labelled_by": r.actor, **body}


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _naive(row: dict[str, Any]) -> datetime:
    return _utc(datetime.fromisoformat(row["occurred_at"]))


def stage(con: duckdb.DuckDBPyConnection, directory: Path, snapshot: str, found: Behind) -> None:
    """Make the tables ``given``, ``given_rows`` and ``gone`` of a connection that has a snapshot attached as ``snap``.

    ``given`` has the columns of ``labels``; verdicts on events that are not there are left out.
    """
    slices = sorted({c for row in found.rows for c in row if c.startswith("s.")})
    texts = dict.fromkeys([*ROW_TEXTS, *slices], pa.string())
    for name, columns, values in (
        ("all_given", _GIVEN, found.given),
        ("gone", _WITHDRAWN, found.withdrawn),
        ("all_rows", _ROWS | texts, found.rows),
    ):
        con.register("staged", pa.Table.from_pylist(values, pa.schema(columns.items())))
        con.execute(f"CREATE OR REPLACE TABLE memory.main.{name} AS SELECT * FROM staged")
        con.unregister("staged")
    con.execute(
        f"""CREATE OR REPLACE TABLE memory.main.given AS
        SELECT * EXCLUDE (snapshot), {labels.MEANING} FROM memory.main.all_given
        WHERE record IN ({_alive(con, directory, snapshot)})"""
    )
    con.execute(
        f"""CREATE OR REPLACE TABLE memory.main.given_rows AS
        SELECT * EXCLUDE (record), {labels.CASE_NO} AS case_no FROM memory.main.all_rows
        SEMI JOIN memory.main.given USING (record)
        ANTI JOIN (SELECT event_id FROM snap.labelled_rows SEMI JOIN memory.main.given USING (event_id))
        USING (event_id)
        QUALIFY row_number() OVER (PARTITION BY event_id, model_id, model_version ORDER BY record DESC) = 1"""
    )


def _alive(con: duckdb.DuckDBPyConnection, directory: Path, snapshot: str) -> str:
    """Return SQL of the records whose event this snapshot holds.

    What was judged in this very snapshot is there. Else the labelled rows are asked, and for what these do not have
    the id index.
    """
    con.execute(
        "CREATE OR REPLACE TABLE memory.main.alive AS "
        f"SELECT record FROM memory.main.all_given WHERE snapshot = {literal(snapshot)}"
    )
    rest = "(SELECT * FROM memory.main.all_rows ANTI JOIN memory.main.alive USING (record))"
    if con.execute(f"SELECT 1 FROM {rest} LIMIT 1").fetchall():
        con.execute(
            f"INSERT INTO memory.main.alive SELECT DISTINCT r.record FROM {rest} AS r "
            "JOIN snap.labelled_rows USING (event_id, occurred_at)"
        )
    unsure = con.execute(f"SELECT 1 FROM {rest} LIMIT 1").fetchall()
    files = con.execute("SELECT index_path FROM snap.files ORDER BY 1").fetchall() if unsure else []
    if files:
        source = parquet(directory / path for (path,) in files)
        timed = "occurred_at" in {name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        same = " AND (i.occurred_at IS NULL OR i.occurred_at = r.occurred_at)" if timed else ""
        con.execute(
            f"INSERT INTO memory.main.alive SELECT DISTINCT r.record FROM {rest} AS r "
            f"JOIN {source} AS i ON i.event = hash(r.event_id){same}"
        )
    return "SELECT record FROM memory.main.alive"


def fold(con: duckdb.DuckDBPyConnection, directory: Path, base: str, found: Behind) -> None:
    """Put verdicts into the labels of a snapshot that is being made, and mark those that were withdrawn.

    Parameters
    ----------
    base
        The snapshot that it is made from.
    """
    stage(con, directory, base, found)
    con.execute("INSERT INTO snap.labels BY NAME SELECT * FROM memory.main.given")
    con.execute(
        "UPDATE snap.labels SET withdrawn_at = g.at FROM memory.main.gone AS g "
        "WHERE labels.record = g.record AND withdrawn_at IS NULL"
    )


def lay(con: duckdb.DuckDBPyConnection) -> None:
    """Put views over every table of ``snap``; of events with a staged record they show what it all comes to now."""
    more = "" if knows_records(con, "snap.labels") else ", NULL::BIGINT AS record, NULL::TIMESTAMP AS withdrawn_at"
    con.execute(f"CREATE VIEW memory.main.snap_labels AS SELECT *{more} FROM snap.labels")
    con.execute(
        """CREATE TABLE memory.main.touched AS SELECT event_id FROM memory.main.given
        UNION SELECT event_id FROM memory.main.snap_labels WHERE record IN (SELECT record FROM memory.main.gone)"""
    )
    con.execute(
        """CREATE TABLE memory.main.touched_labels AS
        SELECT l.* REPLACE (coalesce(l.withdrawn_at, g.at) AS withdrawn_at) FROM (
            SELECT * FROM memory.main.snap_labels SEMI JOIN memory.main.touched USING (event_id)
            UNION ALL BY NAME SELECT *, NULL::TIMESTAMP AS withdrawn_at FROM memory.main.given
        ) AS l LEFT JOIN memory.main.gone AS g USING (record)"""
    )
    con.execute(
        """CREATE VIEW memory.main.labelled_rows AS
        SELECT * FROM snap.labelled_rows UNION ALL BY NAME SELECT * FROM memory.main.given_rows"""
    )
    con.execute(
        "CREATE TABLE memory.main.touched_rows AS "
        "SELECT * FROM memory.main.labelled_rows SEMI JOIN memory.main.touched USING (event_id)"
    )
    con.execute(f"CREATE TABLE memory.main.touched_spans AS {labels.in_force('memory.main.touched_labels')}")
    con.execute(
        "CREATE TABLE memory.main.touched_labelled AS "
        f"{labels.labelled('memory.main.touched_rows', 'memory.main.touched_spans')}"
    )
    for table in ("labels", "labelled"):
        con.execute(
            f"""CREATE VIEW memory.main.{table} AS
            SELECT * FROM snap.{table} ANTI JOIN memory.main.touched USING (event_id)
            UNION ALL BY NAME SELECT * FROM memory.main.touched_{table}"""
        )
    tables = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'snap'"
    for (name,) in con.execute(tables).fetchall():
        if name not in _REPLACED:
            con.execute(f"CREATE VIEW memory.main.{identifier(name)} AS SELECT * FROM snap.{identifier(name)}")


def knows_records(con: duckdb.DuckDBPyConnection, labels: str) -> bool:
    """Tell whether a table of labels has the columns of records: those of an older program lack them."""
    return "withdrawn_at" in {name for name, *_ in con.execute(f"DESCRIBE {labels}").fetchall()}
