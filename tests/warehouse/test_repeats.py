"""Repeats: equal content is a duplicate, other content a reject, in one file, across files and imports."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.warehouse.report import Report


def counts(report: Report) -> tuple[int, int, int, int]:
    """Rows in, stored, rejected, duplicates."""
    return report.rows_in, report.stored, report.rejected, report.duplicates


def test_equal_and_conflicting_rows_of_one_file(place: Any) -> None:
    report = place.detections({}, {}, {"score": "0.6"}, {"model_version": "2"}, {"event_id": "e2"})
    assert counts(report) == (5, 3, 1, 1)
    [(file, record, reason)] = place.rejects(report)
    assert (file, record) == ("d.csv", 3)
    assert reason.startswith("event_id: it stands in this import twice for the same model version")
    assert [(r["event_id"], r["model_version"], r["score"]) for r in place.stored()] == [
        ("e1", "1", 0.5),
        ("e1", "2", 0.5),
        ("e2", "1", 0.5),
    ]


def test_repeats_across_files_and_imports(place: Any) -> None:
    row = {"occurred_at": "2026-03-01T10:00:00Z", "model_id": "m", "model_version": "1", "score": "0.5"}
    a = place.write("a.csv", [{"event_id": "e1", **row}, {"event_id": "e2", **row}])
    b = place.write("b.jsonl", [{**row, "event_id": "e2"}, {**row, "event_id": "e3"}])
    assert counts(place.imp("detections", a, b)) == (4, 3, 0, 1)
    before, files = place.current(), sorted(p.name for p in place.directory.rglob("*.parquet"))
    again = place.imp("detections", b, a)
    assert counts(again) == (4, 0, 0, 4)
    assert again.snapshot is None
    assert place.current() == before
    assert sorted(p.name for p in place.directory.rglob("*.parquet")) == files
    other = place.imp("detections", place.write("c.csv", [{"event_id": "e3", **row, "score": "0.9"}]))
    assert counts(other) == (1, 0, 1, 0)
    assert place.rejects(other)[0][2].startswith("event_id: this model version has already scored this event")


@pytest.mark.parametrize(
    "more",
    [{"region": ""}, {"detection_id": "e1"}, {"s.x": ""}, {"f.x": ""}, {"latency_ms": "", "case_id": ""}, {"zzz": "1"}],
    ids=str,
)
def test_a_missing_column_is_an_empty_one(place: Any, more: dict[str, str]) -> None:
    place.detections({})
    assert counts(place.detections(more, name="again.csv")) == (1, 0, 0, 1)


@pytest.mark.parametrize("more", [{"region": "x"}, {"detection_id": "d2"}, {"s.x": "1"}, {"f.x": "1"}], ids=str)
def test_a_value_more_is_other_content(place: Any, more: dict[str, str]) -> None:
    place.detections({})
    assert counts(place.detections(more, name="again.csv")) == (1, 0, 1, 0)


def test_csv_and_parquet_of_the_same_data_are_equal(place: Any) -> None:
    when = "2026-03-01T10:00:00.123456Z"
    place.detections({"occurred_at": when, "score": "0.3", "f.a": "1.50", "f.b": "", "s.c": "3", "latency_ms": "7"})
    table = pa.table(
        {
            "f.a": [1.5],
            "f.b": pa.array([float("nan")]),
            "s.c": [3],
            "latency_ms": [7],
            "score": pa.array([0.3], pa.float32()),
            "model_version": [1],
            "model_id": ["m"],
            "event_id": ["e1"],
            "occurred_at": pa.array([datetime(2026, 3, 1, 10, 0, 0, 123456)], pa.timestamp("ns")),
        }
    )
    assert counts(place.imp("detections", place.write("d.parquet", table))) == (1, 0, 0, 1)


def test_folders_that_look_like_partitions_say_nothing_of_the_rows(empty: Any, registered: Path) -> None:
    place = type(empty)(empty.folder, empty.folder / "region=EMEA" / "model_id=zz" / "w")
    place.directory.parent.mkdir(parents=True)
    shutil.copytree(registered, place.directory)
    rows = [{"event_id": "e1", "occurred_at": "2026-03-01", "model_id": "m", "model_version": "1", "region": "APAC"}]
    for name in ("region=X/model_id=y/d.parquet", "region=X/model_id=y/d.csv", "region=X/model_id=y/d.jsonl"):
        report = place.imp("detections", place.write(name, rows))
        assert report.stored + report.duplicates == 1
    place.labels({"event_id": "e1"})
    assert [(r["model_id"], r["region"]) for r in place.stored()] == [("m", "APAC")]
    found = place.sql("SELECT model_id, slice_value FROM volume WHERE slice_column = 'region'")
    assert found.to_numpy().tolist() == [["m", "APAC"]]
    assert place.sql("SELECT model_id, region FROM labelled").to_numpy().tolist() == [["m", "APAC"]]


def test_versions_and_models_repeat_each_for_itself(place: Any) -> None:
    versions = [{"model_version": "2"}, {"model_version": "1"}, {"model_id": "n"}]
    report = place.detections(*versions, *versions, {"model_version": "2", "score": "0.7"}, {"event_id": "e2"})
    assert counts(report) == (8, 4, 1, 3)
    again = place.detections(*versions, {"model_version": "2", "event_id": "e2"}, name="again.csv")
    assert counts(again) == (4, 1, 0, 3)
    assert [(r["event_id"], r["model_id"], r["model_version"]) for r in place.stored()] == [
        ("e1", "m", "1"),
        ("e1", "m", "2"),
        ("e1", "n", "1"),
        ("e2", "m", "1"),
        ("e2", "m", "2"),
    ]


def test_stored_files_of_other_columns_and_types_are_compared(place: Any) -> None:
    place.detections({"f.a": "1.50"}, {"event_id": "e2", "f.a": "2"}, name="numbers.csv")
    place.detections({"event_id": "e3", "f.a": "none", "s.x": "q"}, name="texts.csv")
    place.detections({"event_id": "e4", "region": "EMEA"}, {"event_id": "e5"}, name="other.csv")
    again = place.detections(
        {"f.a": "1.5"},
        {"event_id": "e2", "f.a": "2.5"},
        {"event_id": "e3", "f.a": "none", "s.x": "q"},
        {"event_id": "e4", "region": "EMEA"},
        {"event_id": "e5", "s.x": "q"},
        {"event_id": "e6"},
        name="again.csv",
    )
    assert counts(again) == (6, 1, 2, 3)
    assert [record for _, record, _ in place.rejects(again)] == [2, 5]


def test_the_id_index_has_every_stored_key_once_and_sorted(place: Any) -> None:
    place.detections(*({"event_id": f"e{i % 50}", "model_version": str(1 + i % 2)} for i in range(200)))
    place.detections(*({"event_id": f"e{i}"} for i in range(40, 60)), name="more.csv")
    for file, index in place.sql("SELECT path, index_path FROM files").itertuples(index=False):
        hashed = "SELECT hash(event_id) AS event, model_version, occurred_at FROM read_parquet($file) ORDER BY ALL"
        with duckdb.connect() as con:
            expected = con.execute(hashed, {"file": str(place.directory / file)}).fetchall()
        keys = [tuple(r.values()) for r in pq.ParquetFile(place.directory / index).read().to_pylist()]
        assert keys == expected
        assert len({key[:2] for key in keys}) == len(keys)
