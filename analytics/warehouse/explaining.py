"""Writing explanations: parts of a batch beside the snapshot, then one immutable file a model version in a new one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.errors import BadInput
from analytics.warehouse import snapshots
from analytics.warehouse.layout import create, import_lock, model_folder, place
from analytics.warehouse.sql import literal, parquet
from analytics.warehouse.work import Work

FOLDER = "explanations"
"""Of a warehouse."""
_UNDER_WAY = "explain"
"""Inside the folder for what is under way; what nobody goes on with is cleared away after a day."""
_T, _N, _I = pa.string(), pa.float64(), pa.int64()
TYPES: dict[str, pa.DataType] = {
    "event_id": _T, "detection_id": _T, "model_id": _T, "model_version": _T, "occurred_at": pa.timestamp("us"),
    "score": _N, "decision": _T, "mode": _T, "region": _T, "segment": _T, "application": _T, "business_service": _T,
    "technique": _T, "case_id": _T,
    "alarm": pa.bool_(), "u": _N, "design": _T, "inclusion": _N,
    "names": pa.list_(_T), "added": pa.list_(_N), "own": pa.list_(_N), "starts": pa.list_(_I), "ends": pa.list_(_I),
    "base": _N, "rest": _N, "output": _N, "residual": _N, "error": _N, "unit": _T, "method": _T, "failed": _T,
    "n_background": _I, "background": _T, "background_n": _I, "background_since": pa.timestamp("us"),
    "background_until": pa.timestamp("us"), "model_sha256": _T,
}  # fmt: skip
"""Columns of a file, one row a detection; further slices stand behind them.

``u`` is a number from 0 to 1 made of the event's id: random rows are those with the smallest. ``added`` are the values
of ``names``, ``own`` what of the features was stored; ``starts`` and ``ends`` are set where an import names parts of a
text. ``failed`` is why a row is no explanation: it then has no values. ``background`` is a digest of the events that
the explanation stands against."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a batch explained of one model version, and how its rows were chosen."""

    model_id: str
    model_version: str
    model_sha256: str
    parts: tuple[Path, ...]
    detections: tuple[str, ...]
    """Detection files that the rows were chosen from: where one has gone, the batch is of other data."""
    since: datetime | None
    until: datetime | None
    """Window that rows were drawn from; UTC without a zone."""
    population: int
    drawn: int
    cut: float | None
    """The largest ``u`` that was drawn."""


@contextmanager
def under_way(directory: Path, tell: Callable[[str], None]) -> Generator[Path]:
    """Hold the only place that explains in batches, and yield its folder; a second one waits."""
    create(directory)
    folder = directory / "tmp" / _UNDER_WAY
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as f:
        try:
            flock(f, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            tell("waiting for another process that explains")
            flock(f, LOCK_EX)
        yield folder


def write_part(path: Path, rows: pd.DataFrame) -> None:
    """Write explained rows as a Parquet file that is whole or not there."""
    types = {**TYPES, **{str(c): _T for c in rows if c not in TYPES}}
    columns = [
        pa.array(list(rows[c]) if pa.types.is_list(t) else rows[c], type=t, from_pandas=True)
        if c in rows and rows[c].notna().any()
        else pa.nulls(len(rows), t)
        for c, t in types.items()
    ]
    table = pa.table(dict(zip(types, columns, strict=True)))
    beside = path.with_name(f".{path.name}")
    pq.write_table(table, beside, compression="zstd")
    place(beside, path)


def store(directory: Path, made: list[Made], tell: Callable[[str], None]) -> tuple[str | None, list[str]]:
    """Put what batches explained in force: one file a model version, all of them in one new snapshot.

    Returns
    -------
    snapshot, warnings
        The new snapshot's id, None where nothing is new; and what could not be stored.
    """
    from analytics.warehouse.importing import publish, workplace

    warnings = []
    with import_lock(directory, lambda who: tell(f"waiting for the import of {who}")), workplace(directory) as work:
        for m in (m for m in made if m.parts):
            tell(f"storing explanations of {m.model_id} {m.model_version}")
            now = {p for (p,) in work.con.execute("SELECT path FROM snap.files WHERE model_id = $m", {"m": m.model_id})
                   .fetchall()}  # fmt: skip
            if set(m.detections) <= now:
                add(work, m.model_id, m.model_version, "computed", parquet(m.parts), _said(m))
            else:
                warnings.append(f"The data of {m.model_id} has changed meanwhile: explain it again.")
        snapshot = publish(work) if work.new_files else None
    for m in made:
        for folder in {p.parent for p in m.parts}:
            shutil.rmtree(folder, ignore_errors=True)
    if snapshot:
        try:
            snapshots.collect(directory, datetime.now(UTC))
        except BadInput as e:
            warnings.append(str(e))
    return snapshot, warnings


def _said(m: Made) -> dict[str, Any]:
    names = ("model_sha256", "since", "until", "population", "drawn", "cut")
    return {name: getattr(m, name) for name in names}


def add(work: Work, model: str, version: str, origin: str, source: str, said: dict[str, Any]) -> int:
    """Write explained rows that are not stored yet as a file of the snapshot to be; return their number.

    Parameters
    ----------
    source
        SQL of the rows, all of one model version, with the columns of ``TYPES``.
    said
        What of ``explanation_files`` is known of them.
    """
    con = work.con
    sha = said.get("model_sha256")
    same = {"model": model, "version": version, "origin": origin, "sha": sha}
    stored = con.execute(
        "SELECT path FROM snap.explanation_files WHERE model_id = $model AND model_version = $version "
        "AND origin = $origin AND model_sha256 IS NOT DISTINCT FROM $sha",
        same,
    ).fetchall()
    known = parquet(work.directory / p for (p,) in stored)
    fresh = f"AND event_id NOT IN (SELECT event_id FROM {known})" if stored else ""
    folder = work.directory / FOLDER / model_folder(model)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{work.snapshot}-{model_folder(version)[:8]}-{origin}.parquet"
    # Random rows stand together, and then the alarms by time: a page reads the few row groups that it needs.
    others = f"coalesce(u > {literal(said.get('cut'))}, false)"
    con.execute(
        f"COPY (SELECT * FROM {source} WHERE true {fresh} QUALIFY row_number() OVER "
        f"(PARTITION BY event_id ORDER BY occurred_at) = 1 ORDER BY {others}, occurred_at, event_id) "
        f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"
    )
    written = parquet([path])
    rows = work.count(f"SELECT count(*) FROM {written}")
    if not rows:
        path.unlink()
        return 0
    columns = [name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {written}").fetchall()]
    wanted = ("since", "until", "population", "drawn", "cut")
    con.execute(
        f"""INSERT INTO snap.explanation_files
        SELECT $path, $model, $version, $origin, $sha, count(*), count(failed), min(occurred_at), max(occurred_at),
            $since, $until, $population, $drawn, $cut, $columns, $bytes FROM {written}""",
        {
            **same,
            **{name: said.get(name) for name in wanted},
            "path": str(path.relative_to(work.directory)),
            "columns": columns,
            "bytes": path.stat().st_size,
        },
    )
    work.new_files.append(path)
    return rows
