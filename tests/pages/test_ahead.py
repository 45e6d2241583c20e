"""What is worked out before anybody asks is what the first visitor then sees, and fails without a word to them."""

from __future__ import annotations

import ast
import asyncio
import gc
import subprocess
import sys
import threading
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest

from analytics.overview import measures
from pages.parts import ahead, serving


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The windows of which Overview was measured."""
    found, real = [], measures.overview

    def overview(reader: Any, scope: Any, since: Any, review: Any = None) -> Any:
        found.append((scope.to_text(), since))
        return real(reader, scope, since, review)

    overview.__module__, overview.__qualname__ = real.__module__, real.__qualname__
    monkeypatch.setattr(measures, "overview", overview)
    return found


def test_the_first_visitor_sees_what_was_worked_out(visitors: Any, asked: list[Any]) -> None:
    ahead.work(visitors.warehouse)
    assert len(asked) == 1
    app = visitors.visit("")
    assert list(visitors.faults(app)) == []
    assert len(asked) == 1


def test_where_people_sign_in_nothing_is_measured(
    visitors: Any, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "auth", lambda: {"client_id": "c"})
    ahead.work(visitors.warehouse)
    assert asked == []


def test_what_cannot_be_read_is_for_the_page_to_say(visitors: Any, tmp_path: Path, asked: list[Any]) -> None:
    ahead.work(tmp_path / "nothing")
    for snapshot in (visitors.warehouse / "snapshots").iterdir():
        snapshot.write_bytes(b"not a database")
    ahead.work(visitors.warehouse)
    assert asked == []


@pytest.mark.parametrize("fails", [False, True])
def test_garbage_is_collected_again_however_the_work_ends(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    seen, done = [], Event()

    def measure(directory: Path) -> None:
        seen.append(gc.isenabled())
        done.set()
        if fails:
            raise RuntimeError("broken")

    async def begin() -> None:
        async with ahead.lifespan(None):
            await asyncio.to_thread(done.wait, 20)

    monkeypatch.setattr(ahead, "_measure", measure)
    monkeypatch.setattr(threading, "excepthook", lambda hooked: seen.append(str(hooked.exc_value)))
    before = set(threading.enumerate())
    server = Thread(target=lambda: asyncio.run(begin()))  # in this thread another loop may run
    server.start()
    server.join(20)
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert seen == [False] + (["broken"] if fails else [])
    assert gc.isenabled()


def test_the_server_answers_before_what_takes_long_is_loaded(repository: Path) -> None:
    code = "import sys, app; print([m for m in ('pandas', 'duckdb', 'scipy', 'sklearn') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_one_thread_at_a_time_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that import parts of one package at once were given halves of it, in one start of four on a busy machine."""
    inside, most = [], []

    def slowly(name: str) -> None:
        inside.append(name)
        most.append(len(inside))
        sleep(0.002)
        inside.remove(name)

    monkeypatch.setattr(ahead, "import_module", slowly)
    threads = [Thread(target=ahead.load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert len(most) == 8 * len(ahead._SLOW)


def test_nothing_is_imported_by_a_visit_before_it_is_loaded(repository: Path) -> None:
    body = ast.parse((repository / "pages" / "frame.py").read_text(encoding="utf-8")).body
    loads = next(i for i, s in enumerate(body) if isinstance(s, ast.Expr) and ast.unparse(s) == "ahead.load()")
    before = [ast.unparse(s) for s in body[:loads] if isinstance(s, ast.Import | ast.ImportFrom)]
    assert [line for line in before if "analytics" in line or "pages" in line] == ["from pages.parts import ahead"]
