"""A real warehouse in a temporary folder, looked at with pyarrow and bare DuckDB, never with its own reader."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader
from analytics.warehouse.report import Report

ROW = {"event_id": "e1", "occurred_at": "2026-03-01T10:00:00Z", "model_id": "m", "model_version": "1", "score": "0.5"}


@dataclass(frozen=True)
class Place:
    """A warehouse and the folder of the files that go into it."""

    folder: Path
    directory: Path

    def write(self, name: str, content: str | bytes | pa.Table | Iterable[Mapping[str, Any]]) -> Path:
        """Write a file: text and bytes as they are, rows as CSV, JSON lines or Parquet by the ending."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        elif isinstance(content, pa.Table):
            pq.write_table(content, path)
        else:
            self._rows(path, [dict(r) for r in content])
        return path

    def _rows(self, path: Path, rows: list[dict[str, Any]]) -> None:
        names = list(dict.fromkeys(k for r in rows for k in r))
        if path.suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist([{n: r.get(n) for n in names} for r in rows]), path)
        elif path.suffix == ".jsonl":
            path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
        else:
            with path.open("w", newline="", encoding="utf-8") as f:
                out = csv.DictWriter(f, names, restval="", lineterminator="\n")
                out.writeheader()
                out.writerows(rows)

    def imp(self, kind: str, *files: Path, toml: str | None = None, **more: Any) -> Report:
        """Import files, with a map where one is given."""
        map_file = self.write("map.toml", toml) if toml is not None else None
        return import_files(self.directory, kind, [str(f) for f in files], map_file, **more)  # ty: ignore[invalid-argument-type]

    def detections(self, *rows: Mapping[str, Any], name: str = "d.csv", toml: str | None = None) -> Report:
        """Import detections that are a good row with other values; None leaves a column out."""
        full = [{k: v for k, v in {**ROW, **r}.items() if v is not None} for r in rows]
        return self.imp("detections", self.write(name, full), toml=toml)

    def labels(self, *rows: Mapping[str, Any], name: str = "l.csv") -> Report:
        """Import labels."""
        given = {"label": "1", "labelled_at": "2026-03-02T00:00:00Z"}
        return self.imp("labels", self.write(name, [given | dict(r) for r in rows]))

    def current(self) -> str:
        """The id in CURRENT."""
        return (self.directory / "CURRENT").read_text().strip()

    def sql(self, statement: str, snapshot: str | None = None) -> pd.DataFrame:
        """Ask the database of a snapshot, by bare DuckDB."""
        path = self.folder / "look.duckdb"
        shutil.copyfile(self.directory / "snapshots" / f"{snapshot or self.current()}.duckdb", path)
        with duckdb.connect(str(path)) as con:
            return con.execute(statement).df()

    def stored(self) -> list[dict[str, Any]]:
        """All stored detections, by pyarrow, ordered by event, model and version."""
        found: list[dict[str, Any]] = []
        for path in self.sql("SELECT path FROM files")["path"]:
            found += pq.ParquetFile(self.directory / path).read().to_pylist()
        return sorted(found, key=lambda r: (r["event_id"], r["model_id"], r["model_version"]))

    def rejects(self, report: Report) -> list[tuple[str, int, str]]:
        """The reject file: file, record, reason."""
        if report.reject_file is None:
            return []
        with Path(report.reject_file).open(newline="", encoding="utf-8") as f:
            return [(r["file"], int(r["record"]), r["reason"]) for r in csv.DictReader(f)]

    def reader(self, snapshot: str | None = None) -> Reader:
        """A reader of this machine's user."""
        return open_reader(self.directory, local_viewer(), snapshot)


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse that knows the models m 1, m 2 and n 1 and nothing else; copied, never changed."""
    folder = tmp_path_factory.mktemp("registered")
    (folder / "m.csv").write_text("model_id,model_version,threshold\nm,1,0.5\nm,2,0.5\nn,1,0.5\n")
    import_files(folder / "w", "models", [str(folder / "m.csv")])
    return folder / "w"


@pytest.fixture
def place(tmp_path: Path, registered: Path) -> Place:
    """A fresh warehouse with three registered model versions."""
    shutil.copytree(registered, tmp_path / "w")
    return Place(tmp_path, tmp_path / "w")


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    """A place whose warehouse is not there yet."""
    return Place(tmp_path, tmp_path / "w")
