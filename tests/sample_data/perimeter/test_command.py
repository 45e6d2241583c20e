"""``python -m sample_data.perimeter``: what it refuses, and what it takes for the end."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from sample_data.perimeter.made import last_midnight


def test_a_wrong_day_ends_with_2_and_the_fix(repository: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sample_data.perimeter", "--warehouse", "w", "--until", "yesterday"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(repository), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'yesterday' is not a day" in done.stderr
    assert "Write it as 2026-11-22" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_sample_ends_at_a_midnight() -> None:
    assert last_midnight("2026-11-22") == datetime(2026, 11, 22, tzinfo=UTC)
    today = last_midnight("")
    assert today == datetime.combine(today.date(), datetime.min.time(), UTC)
    assert today <= datetime.now(UTC)
