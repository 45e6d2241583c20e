"""Snapshots: all of an import or nothing, one at a time, old ones readable until collected."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.errors import BadInput
from analytics.viewer import local_viewer
from analytics.warehouse import import_files, importing, labels, rollup, snapshots, tops
from analytics.warehouse.layout import import_lock

LATER = timedelta(days=3)
STEPS = [
    (importing, "open_source"),
    (importing, "stage"),
    (importing, "_reject"),
    (tops, "write"),
    (rollup, "add"),
    (labels, "take_detections"),
    (labels, "add_from_detections"),
    (labels, "refresh"),
    (importing, "publish"),
    (importing, "sync"),
    (snapshots, "publish"),
    (snapshots, "place"),
    (snapshots, "write_whole"),
]


@pytest.mark.parametrize(("module", "name"), STEPS, ids=[f"{m.__name__}.{n}" for m, n in STEPS])
def test_an_import_that_fails_changes_nothing(
    place: Any, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    place.detections({"label": "1"})
    before, old = place.current(), place.sql("SELECT * FROM volume ORDER BY ALL")
    more = place.write(
        "more.csv", [{"event_id": "e2", "occurred_at": "2026-03-02", "model_id": "m", "model_version": "1", "label": 0}]
    )

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("stopped on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        with pytest.raises(RuntimeError, match="on purpose"):
            place.imp("detections", more)
    assert place.current() == before
    assert place.sql("SELECT * FROM volume ORDER BY ALL").equals(old)
    assert list((place.directory / "tmp").iterdir()) == []
    report = place.imp("detections", more)
    assert (report.stored, report.labels_stored) == (1, 1)
    assert place.sql("SELECT sum(n) AS n FROM volume WHERE slice_column = ''")["n"].item() == 2
    named = set(place.sql("SELECT path FROM files")["path"]) | set(
        place.sql("SELECT index_path FROM files")["index_path"]
    )
    snapshots.collect(place.directory, datetime.now(UTC) + LATER)
    left = {str(p.relative_to(place.directory)) for p in place.directory.rglob("*.parquet")}
    assert named <= left
    if name != "write_whole":  # that one leaves a whole snapshot that was never in force, kept as one of the newest
        assert left == named


def test_collect_keeps_what_is_named_pinned_or_young(place: Any) -> None:
    first = place.current()
    ids = [first]
    for n in range(5):
        place.detections({"event_id": f"e{n}"}, name=f"{n}.csv")
        ids.append(place.current())
        time.sleep(1.01 if n in (0, 1) else 0)  # ids sort by the second
    snapshots.pin(place.directory, first, "report 7", local_viewer())
    old = place.reader(ids[1])
    now = datetime.now(UTC)
    assert snapshots.collect(place.directory, now) == []
    removed = snapshots.collect(place.directory, now + LATER)
    left = {s.id for s in snapshots.listing(place.directory)}
    assert {first, ids[-1]} <= left
    assert ids[1] not in left
    assert len(left) == 1 + snapshots.KEEP
    assert len(removed) == 2
    assert old.query("SELECT sum(rows)::BIGINT AS n FROM files")["n"].item() == 1
    snapshots.pin(place.directory, first, "no more", local_viewer(), undo=True)
    assert snapshots.collect(place.directory, now + LATER) == [f"snapshots/{first}.duckdb"]
    assert len(place.stored()) == 5


def test_the_second_import_waits_and_says_for_whom(place: Any) -> None:
    said: list[str] = []
    waiting = threading.Event()

    def tell(step: str) -> None:
        said.append(step)
        if step.startswith("waiting"):
            waiting.set()

    row = {"occurred_at": "2026-03-01", "model_id": "m", "model_version": "1"}
    files = [place.write(f"{n}.csv", [{"event_id": n, **row}]) for n in "ab"]
    with import_lock(place.directory, lambda _: None):
        second = threading.Thread(
            target=import_files, args=(place.directory, "detections", [str(files[1])]), kwargs={"progress": tell}
        )
        second.start()
        assert waiting.wait(10)
    second.join(20)
    place.imp("detections", files[0])
    assert "process" in said[0]
    assert [r["event_id"] for r in place.stored()] == ["a", "b"]


def test_two_processes_import_at_once(place: Any) -> None:
    row = {"occurred_at": "2026-03-01", "model_id": "m", "model_version": "1"}
    running = []
    for n in "ab":
        path = place.write(f"{n}.csv", [{"event_id": f"{n}{i}", **row} for i in range(50)])
        command = [sys.executable, "-m", "analytics.cli", "import", "detections", str(path), "-w", str(place.directory)]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    assert [p.wait(60) for p in running] == [0, 0]
    assert len(place.stored()) == 100


def test_top_files_live_as_long_as_their_detections(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tops, "FEWEST", 1)
    monkeypatch.setattr(tops, "ONE_IN", 0)

    def there() -> set[str]:
        return {str(p.relative_to(place.directory)) for p in place.directory.rglob("*.highest.parquet")}

    def named() -> set[str]:
        return {p.replace(".parquet", ".highest.parquet") for p in place.sql("SELECT path FROM files")["path"]}

    place.detections({})
    assert len(there()) == 1
    assert there() == named()
    row = {"event_id": "e2", "occurred_at": "2026-03-02", "model_id": "m", "model_version": "1", "score": 0.5}
    more = place.write("more.csv", [row])
    assert place.imp("detections", more, dry_run=True).stored == 1
    assert there() == named()
    killed = (
        "import os, sys; from analytics.warehouse import import_files, importing, tops; tops.FEWEST = 1; "
        "tops.ONE_IN = 0; importing.publish = lambda work: os._exit(9); "
        "import_files(__import__('pathlib').Path(sys.argv[1]), 'detections', [sys.argv[2]])"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(place.directory), str(more)], check=False).returncode == 9
    [orphan] = there() - named()
    assert orphan not in snapshots.collect(place.directory, datetime.now(UTC)), "young: an import may be under way"
    assert orphan in snapshots.collect(place.directory, datetime.now(UTC) + LATER)
    assert there() == named()
    assert place.imp("detections", more).stored == 1
    snapshots.collect(place.directory, datetime.now(UTC) + LATER)
    assert len(there()) == 2
    assert there() == named()


@pytest.mark.slow
def test_kill_at_random_moments(place: Any) -> None:
    rng = random.Random(11)
    row = {"occurred_at": "2026-03-01", "model_id": "m", "model_version": "1", "score": 0.5, "label": 1}
    for n in range(10):
        path = place.write(f"{n}.csv", [{"event_id": f"{n}-{i}", **row} for i in range(2000)])
        command = [sys.executable, "-m", "analytics.cli", "import", "detections", str(path), "-w", str(place.directory)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.2, 1.6))
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        total = (
            place.reader()
            .query("SELECT coalesce(sum(n), 0)::BIGINT AS n FROM volume WHERE slice_column = ''")["n"]
            .item()
        )
        assert total in (2000 * n, 2000 * (n + 1))
        report = place.imp("detections", path)
        assert report.stored + report.duplicates == 2000
        assert place.sql("SELECT count(*) AS n FROM labelled")["n"].item() == 2000 * (n + 1)
        assert len(place.stored()) == 2000 * (n + 1)
    snapshots.collect(place.directory, datetime.now(UTC) + LATER)
    assert list((place.directory / "tmp").iterdir()) == []


def test_a_dry_run_leaves_nothing_where_there_was_no_warehouse(empty: Any) -> None:
    report = empty.imp("models", empty.write("m.csv", [{"model_id": "m", "model_version": "1"}]), dry_run=True)
    assert (report.stored, report.dry_run, empty.directory.exists()) == (1, True, False)


def test_a_folder_with_other_files_is_no_place_for_a_warehouse(empty: Any) -> None:
    empty.directory.mkdir()
    (empty.directory / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="other files"):
        empty.imp("models", empty.write("m.csv", [{"model_id": "m", "model_version": "1"}]))
    assert [p.name for p in empty.directory.iterdir()] == ["thesis.txt"]


def test_the_zone_of_a_warehouse_stays(empty: Any) -> None:
    models = empty.write("m.csv", [{"model_id": "m", "model_version": "1"}])
    empty.imp("models", models, zone="Europe/Berlin")
    empty.imp("models", models)
    with pytest.raises(BadInput, match="Europe/Berlin"):
        empty.imp("models", models, zone="UTC")
