"""What every version scored of some events, as labelled rows keep it: what a verdict takes along into the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analytics.warehouse.labels import row_columns
from analytics.warehouse.reader import Reader
from analytics.warehouse.verdicts import row_of


def rows_of(reader: Reader, events: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of some events, of all models and versions that scored them.

    They are found by the id index, so this takes as long for an event of a hundred million as for one of a thousand.

    Returns
    -------
    dict
        event_id -> rows as a verdict's body holds them; an event that is nowhere stored is left out.
    """
    wanted = list(dict.fromkeys(events))
    known = reader.query("SELECT * FROM labelled_rows WHERE event_id IN $events", {"events": wanted})
    rest = sorted(set(wanted) - set(known["event_id"]))
    frames = [f for f in (known, _stored(reader, rest)) if len(f)]
    found: dict[str, list[dict[str, Any]]] = {}
    for frame in frames:
        for row in frame.to_dict("records"):
            found.setdefault(str(row["event_id"]), []).append(row_of({str(c): v for c, v in row.items()}))
    return found


def _stored(reader: Reader, events: list[str]) -> pd.DataFrame:
    """Return the rows of events that have no label yet, from the detection files."""
    files = reader.query("SELECT path, index_path, columns FROM files ORDER BY path")
    if not events or files.empty:
        return pd.DataFrame()
    full = [str((reader.directory / p).resolve()) for p in files["index_path"]]
    hits = reader.query(
        "SELECT * FROM read_parquet($indexes, union_by_name=true, hive_partitioning=false, filename=true) "
        "WHERE event IN (SELECT hash(e) FROM (SELECT unnest($events::VARCHAR[]) AS e))",
        {"indexes": full, "events": events},
    )
    some = files[pd.Series(full).isin(set(hits["filename"])).to_numpy()]
    if some.empty:
        return pd.DataFrame()
    has = {c for columns in some["columns"] for c in columns}
    values: dict[str, Any] = {
        "files": [str((reader.directory / p).resolve()) for p in some["path"]],
        "events": events,
    }
    when = "true"
    if "occurred_at" in hits and hits["occurred_at"].notna().all():
        when = "occurred_at BETWEEN $first AND $last AND occurred_at IN $times"
        times = [t.to_pydatetime() for t in hits["occurred_at"].drop_duplicates()]
        values |= {"times": times, "first": min(times), "last": max(times)}
    return reader.query(
        f"SELECT {row_columns(has)} FROM read_parquet($files, union_by_name=true, hive_partitioning=false) "
        f"WHERE {when} AND event_id IN $events ORDER BY event_id, model_id, model_version",
        values,
    )
