"""What is worked out before anybody asks is what the first visitor then sees, and fails without a word to them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analytics.overview import measures
from pages.parts import ahead, serving


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The windows of which Overview was measured."""
    found, real = [], measures.overview

    def overview(reader: Any, scope: Any, since: Any) -> Any:
        found.append((scope.to_text(), since))
        return real(reader, scope, since)

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


def test_the_server_answers_before_what_takes_long_is_loaded(repository: Path) -> None:
    code = "import sys, app; print([m for m in ('pandas', 'duckdb', 'scipy', 'sklearn') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
