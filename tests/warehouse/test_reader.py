"""Reading: locked down, in time, from whole snapshots only, from many threads."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import pytest

from analytics.errors import BadInput, BartizanError, BrokenSnapshot, NoData, TooSlow
from analytics.scope import Scope, parse_time
from analytics.viewer import local_viewer
from analytics.warehouse import health, open_reader
from analytics.warehouse.volume import volume

FROM_ROWS = Scope(model="m", until=parse_time("2026-03-01T10:30"))


def test_no_statement_writes_or_sets_anything(place: Any) -> None:
    place.detections({})
    reader = place.reader()
    before = sorted(p.name for p in place.folder.rglob("*"))
    for sql in (
        f"COPY (SELECT 1) TO '{place.directory}/detections/x.parquet' (FORMAT parquet)",
        f"ATTACH '{place.directory}/detections/x.duckdb' AS y",
        f"COPY (SELECT 1) TO '{place.folder}/x.csv'",
        "DELETE FROM volume",
        "CREATE TABLE x (a INT)",
        "SET memory_limit = '20GB'",
        "SET lock_configuration = false",
        "SET enable_external_access = true",
        "EXPORT DATABASE 'x'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
    ):
        with pytest.raises(BadInput, match="not a single SELECT"):
            reader.query(sql)
    assert sorted(p.name for p in place.folder.rglob("*")) == before


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "{w}/warehouse.json", "{w}/detections/../warehouse.json", "{w}/records.sqlite"]
)
def test_no_other_file_is_read(place: Any, path: str) -> None:
    reader = place.reader()
    for function in ("read_text", "read_csv", "read_blob", "glob"):
        with pytest.raises(duckdb.PermissionException):
            reader.query(f"SELECT * FROM {function}('{path.format(w=place.directory)}')")


def test_a_long_query_is_stopped(place: Any) -> None:
    with pytest.raises(TooSlow):
        place.reader().query(
            "SELECT count(*) FROM range(10000000) a, range(10000) b WHERE a.range % 7 = b.range % 5", limit_ms=100
        )


@pytest.mark.parametrize("how", ["half", "empty", "junk", "missing", "folder", "checksum"])
def test_broken_snapshots(place: Any, how: str) -> None:
    place.detections({})
    path = place.directory / "snapshots" / f"{place.current()}.duckdb"
    whole = path.read_bytes()
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how != "missing":
        spoiled = whole[:12288] + b"\xff" * 50000 + whole[62288:]
        path.write_bytes(
            {"half": whole[: len(whole) // 2], "empty": b"", "junk": b"x" * 9999, "checksum": spoiled}[how]
        )
    with pytest.raises(BrokenSnapshot):
        place.reader().query("SELECT * FROM volume")
    found = health(place.directory, local_viewer())
    assert (found.ok, place.current() in found.detail) == (False, True)


def test_a_missing_or_cut_detection_file(place: Any) -> None:
    place.detections({}, {"event_id": "e2", "occurred_at": "2026-03-01T11:00:00Z"})
    reader = place.reader()
    [path] = [place.directory / p for p in place.sql("SELECT path FROM files")["path"]]
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    with pytest.raises(BrokenSnapshot):
        volume(reader, FROM_ROWS, reader.query)
    path.unlink()
    with pytest.raises(BrokenSnapshot):
        volume(reader, FROM_ROWS, reader.query)


def test_health_reads_the_file_and_not_what_a_page_has_open(place: Any) -> None:
    reader = open_reader(place.directory, local_viewer())
    assert health(place.directory, local_viewer()).ok
    for snapshot in (place.directory / "snapshots").iterdir():
        snapshot.write_bytes(b"not a database")
    found = health(place.directory, local_viewer())
    assert (found.ok, found.snapshot) == (False, None)
    assert reader.snapshot.id in found.detail


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CURRENT", "x"),
        ("CURRENT", "../../etc/passwd"),
        ("CURRENT", "é"),
        ("CURRENT", "20200101T000000-abc"),
        ("warehouse.json", "x"),
        ("warehouse.json", "[]"),
        ("warehouse.json", "{}"),
        ("warehouse.json", json.dumps({"format": 99, "zone": "UTC"})),
    ],
)
def test_health_never_raises(place: Any, name: str, text: str) -> None:
    assert health(place.directory, local_viewer()).ok
    (place.directory / name).write_text(text, encoding="utf-8")
    assert not health(place.directory, local_viewer()).ok
    with pytest.raises(BartizanError):
        place.reader()


def test_nothing_there(empty: Any) -> None:
    with pytest.raises(NoData):
        empty.reader()
    assert health(empty.directory, local_viewer()).ok


def test_a_reader_keeps_its_snapshot(place: Any) -> None:
    place.detections({})
    old = place.reader()
    place.detections({"event_id": "e2"}, name="later.csv")
    count = "SELECT sum(n) AS n FROM volume WHERE slice_column = ''"
    assert old.query(count)["n"].item() == 1
    assert place.reader().query(count)["n"].item() == 2
    assert place.reader(old.snapshot.id).query(count)["n"].item() == 1
    assert volume(old, FROM_ROWS, old.query)["n"].sum() == 1


def test_many_threads_open_the_same_snapshot_at_once(place: Any) -> None:
    for n in range(5):
        place.detections({"event_id": f"e{n}"}, name=f"{n}.csv")
        together = threading.Barrier(12)

        def look(_: int, together: threading.Barrier = together) -> int:
            together.wait()
            return open_reader(place.directory, local_viewer()).query("SELECT 1 AS a")["a"].item()

        with ThreadPoolExecutor(12) as pool:
            assert list(pool.map(look, range(12))) == [1] * 12


def test_eight_threads_share_a_reader(place: Any) -> None:
    place.detections({}, {"event_id": "e2"})
    reader = place.reader()

    def look(_: int) -> set[float]:
        return {float(volume(reader, FROM_ROWS, reader.query)["n"].sum()) for _ in range(25)}

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(8))) == [{2.0}] * 8


def test_empty_folders_that_a_copy_lost_are_made_again(place: Any) -> None:
    for name in ("tmp", "rejects", "detections"):
        shutil.rmtree(place.directory / name)
    assert place.detections({}, {"score": "7"}).stored == 1
