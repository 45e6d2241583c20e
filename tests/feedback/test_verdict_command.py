"""``bartizan feedback record`` and ``undo``."""

from __future__ import annotations

import shutil
from pathlib import Path

from typer.testing import CliRunner, Result

from analytics.cli import app
from analytics.warehouse import replay


def test_recorded_once_and_taken_back(small_warehouse: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(small_warehouse, tmp_path / "w")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["feedback", *words, "--warehouse", str(directory)])

    for _ in range(2):
        found = run("record", "8-5", "7-3", "--verdict", "true_positive", "--reason-right", "no", "--key", "k")
        assert (found.exit_code, found.stdout) == (
            0,
            "Recorded for 2 events: true alarm. Record 1 on 8-5, 2 on 7-3.\n",
        )
    assert [(r.subject, r.body["verdict"], r.body["reason_right"]) for r in replay(directory)] == [
        ("8-5", "true_positive", False),
        ("7-3", "true_positive", False),
    ]
    for words in (("record", "nobody", "--verdict", "undetermined"), ("undo", "9"),
                  ("record", "7-3", "--verdict", "false_positive_data")):  # fmt: skip
        assert run(*words).exit_code == 2
    assert run("undo", "1", "2").stdout == "Taken back: 1, 2. The records stay in the log.\n"
    assert len(replay(directory)) == 4
