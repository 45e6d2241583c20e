"""The log of records: append-only, chained, one door, safe for two processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from analytics.errors import BadInput, NotAllowed
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import records

ME = local_viewer()


def write(folder: Path, key: str, subject: str = "s", viewer: Viewer = ME, kind: str = "snapshot_pinned") -> int:
    """Record one pin."""
    return records.record(folder, records.Event(kind, subject, {"reason": f"r {key}"}, key), viewer)


def raw(folder: Path, *statements: str) -> None:
    """Change the log behind its back."""
    with closing(sqlite3.connect(folder / "records.sqlite")) as db:
        for s in statements:
            db.execute(s)
        db.commit()


def test_replay_and_chain(tmp_path: Path) -> None:
    assert (records.position(tmp_path), records.replay(tmp_path), records.broken_at(tmp_path)) == (0, [], None)
    assert [write(tmp_path, k, s) for k, s in (("a", "x"), ("b", "x"), ("c", "ünï '☃"))] == [1, 2, 3]
    assert [(r.seq, r.subject, r.body) for r in records.replay(tmp_path, after=1)] == [
        (2, "x", {"reason": "r b"}),
        (3, "ünï '☃", {"reason": "r c"}),
    ]
    assert (records.position(tmp_path), records.broken_at(tmp_path)) == (3, None)
    assert records.pins(tmp_path) == {"x": ["r a", "r b"], "ünï '☃": ["r c"]}
    write(tmp_path, "d", "x", kind="snapshot_unpinned")
    assert set(records.pins(tmp_path)) == {"ünï '☃"}


@pytest.mark.parametrize("sql", ["UPDATE event SET actor = 'x'", "DELETE FROM event"])
def test_update_and_delete_are_refused(tmp_path: Path, sql: str) -> None:
    write(tmp_path, "a")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw(tmp_path, sql)


@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("UPDATE event SET actor = 'somebody' WHERE seq = 2", 2),
        ("UPDATE event SET body = replace(body, 'r b', 'r x') WHERE seq = 2", 2),
        ("UPDATE event SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 3", 3),
        ("DELETE FROM event WHERE seq = 2", 3),
        ("DELETE FROM event WHERE seq = 1", 2),
    ],
)
def test_tampering_is_found(tmp_path: Path, sql: str, seq: int) -> None:
    for key in "abc":
        write(tmp_path, key)
    raw(tmp_path, "DROP TRIGGER no_update", "DROP TRIGGER no_delete", sql)
    assert records.broken_at(tmp_path) == seq


def test_one_key_is_one_record(tmp_path: Path) -> None:
    assert [write(tmp_path, "a"), write(tmp_path, "b"), write(tmp_path, "a")] == [1, 2, 1]
    assert records.position(tmp_path) == 2
    with pytest.raises(BadInput, match="its key was used for another record"):
        write(tmp_path, "a", subject="other")


def test_who_may_write_what(tmp_path: Path) -> None:
    viewer = Viewer("eve", frozenset({"viewer"}), "local")
    analyst = Viewer("ana", frozenset({"analyst"}), "oidc")
    with pytest.raises(NotAllowed):
        write(tmp_path, "a", viewer=viewer)
    with pytest.raises(NotAllowed):
        write(tmp_path, "a", viewer=analyst, kind="snapshot_unpinned")
    with pytest.raises(BadInput, match="no such kind"):
        write(tmp_path, "a", kind="nonsense")
    for body in ({}, {"reason": "x", "more": 1}):
        with pytest.raises(BadInput, match="It needs"):
            records.record(tmp_path, records.Event("snapshot_pinned", "s", body, "k"), analyst)
    assert records.position(tmp_path) == 0
    write(tmp_path, "a", viewer=analyst)
    assert [(r.actor, r.verified_by) for r in records.replay(tmp_path)] == [("ana", "oidc")]


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from analytics.viewer import local_viewer\n"
        "from analytics.warehouse import records\n"
        "for i in range(200):\n"
        "    e = records.Event('snapshot_pinned', 's', {'reason': 'r'}, f'{sys.argv[2]}{i}')\n"
        "    records.record(Path(sys.argv[1]), e, local_viewer())\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "ab"]
    assert [p.wait(50) for p in running] == [0, 0]
    assert (records.position(tmp_path), len(records.replay(tmp_path)), records.broken_at(tmp_path)) == (400, 400, None)


def test_the_first_records_of_several_at_once_are_all_kept(tmp_path: Path) -> None:
    """Each finds no log and begins it: a change of mode for which SQLite does not wait. One in ten rounds failed."""
    for i in range(60):
        directory, start = tmp_path / str(i), Barrier(3)
        directory.mkdir()

        def begin(key: str, directory: Path = directory, start: Barrier = start) -> int:
            start.wait()
            return write(directory, key)

        with ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(begin, "abc")) == [1, 2, 3]
