"""The command line: exit codes, JSON, sentences on stderr, commands that can be pasted."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from analytics.cli import app
from analytics.feedback import verdicts
from analytics.feedback.verdicts import Verdict
from analytics.viewer import local_viewer
from analytics.warehouse import open_reader

ROW = {"event_id": "x", "occurred_at": "2026-03-01", "model_version": "1", "score": 0.5}
Run = Callable[..., Result]


@pytest.fixture
def directory(tmp_path: Path, small_warehouse: Path) -> Path:
    """A copy of the small warehouse."""
    shutil.copytree(small_warehouse, tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture
def run(directory: Path) -> Run:
    """Runs a command on it; whatever it does, there is no traceback."""

    def invoke(*arguments: str | Path, where: Path = directory) -> Result:
        words = [str(a) for a in arguments]
        with_place = [] if words[:1] == ["contract"] else ["--warehouse", str(where)]
        found = CliRunner().invoke(app, [*words, *with_place])
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        if found.exit_code == 2:
            assert found.stdout == ""
        return found

    return invoke


def parsed(found: Result) -> Any:
    """The JSON of a command; NaN and infinity are not JSON."""

    def refuse(word: str) -> Any:
        raise ValueError(word)

    return json.loads(found.stdout, parse_constant=refuse)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["contract"], 0),
        (["snapshots"], 0),
        (["snapshots", "list"], 0),
        (["snapshots", "collect"], 0),
        (["snapshots", "check"], 0),
        (["efficacy"], 0),
        (["efficacy", "--model", "dns", "--model-version", "7"], 0),
        (["efficacy", "--by", "region"], 0),
        (["efficacy", "--where", "region=EMEA", "--where", "mode=act"], 0),
        (["efficacy", "--where", "region=nowhere"], 3),
        (["efficacy", "--by", "s.none"], 3),
        (["efficacy", "--known-at", "2020-01-01"], 3),
        (["efficacy", "--since", "2030-01-01"], 3),
        (["efficacy", "--threshold", "0"], 0),
        (["efficacy", "--threshold", "1"], 0),
        (["import", "models", "--set", "model_id=q", "--set", "model_version=1"], 0),
        (["import", "models", "--set", "model_id=q", "--set", "model_version=1", "--set", "threshold=7"], 1),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_commands_and_their_json(run: Run, words: list[str], code: int) -> None:
    assert run(*words).exit_code == code
    found = run(*words, "--format", "json")
    assert (found.exit_code, found.stderr) == (code, "")
    assert isinstance(parsed(found), dict | list)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["efficacy", "--model", "zz"], "there are no detections of zz. Registered are: "),
        (["efficacy", "--model-version", "99"], "there are no detections of any model 99"),
        (["efficacy", "--where", "region"], "'region' has no '='"),
        (["efficacy", "--where", "payload=x"], "'payload' is not a slice column"),
        (["efficacy", "--by", "payload"], "'payload' is not a slice column"),
        (["efficacy", "--since", "soon"], "'soon' is not an ISO 8601 date or time"),
        (["efficacy", "--known-at", "soon"], "'soon' is not an ISO 8601 date or time"),
        (["efficacy", "--since", "2026-03-02", "--until", "2026-03-01"], "Give a start that lies before the end."),
        (["efficacy", "--threshold", "nan"], "nan is not a score. Give a number from 0 to 1."),
        (["efficacy", "--threshold", "inf"], "inf is not a score"),
        (["efficacy", "--threshold", "1.5"], "1.5 is not a score"),
        (["efficacy", "--threshold", "x"], "Invalid value for '--threshold'"),
        (["efficacy", "--snapshot", "../../etc"], "this is not a snapshot id"),
        (["efficacy", "--snapshot", "20200101T000000-abc"], "is not there any more"),
        (["snapshots", "pin"], "snapshot id or --reason is missing"),
        (["snapshots", "pin", "../x", "--reason", "r"], "this is not a snapshot id"),
        (["snapshots", "pin", "20200101T000000-abc", "--reason", "r"], "is not there"),
        (["import", "detections"], "no file was named"),
        (["import", "nonsense", "x"], "Invalid value for"),
        (["import", "detections", "nope.csv"], "no file was found"),
        (["import", "models", "--set", "a"], "'a' has no '='"),
        (["import", "models", "--set", "a=b", "--map", "nope"], "there is no such file"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_wrong_use_is_a_sentence(run: Run, words: list[str], sentence: str) -> None:
    found = run(*words)
    assert found.exit_code == 2
    assert sentence in found.stderr


def test_what_is_lost_or_was_changed_is_found(run: Run, directory: Path) -> None:
    snapshot = next(s["snapshot"] for s in parsed(run("snapshots", "--format", "json")) if s["in_force"])
    run("snapshots", "pin", snapshot, "--reason", "r")
    with closing(sqlite3.connect(directory / "records.sqlite")) as log:
        (guard,) = (name for (name,) in log.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%BEFORE UPDATE%'"))
        log.executescript(f"DROP TRIGGER {guard}; UPDATE event SET actor = 'somebody' WHERE seq = 1")
    lost = next((directory / "detections").rglob("*.index.parquet"))
    lost.unlink()
    found = run("snapshots", "check", "--format", "json")
    told = {c["checked"]: c["found"] for c in parsed(found)}
    assert found.exit_code == 1
    assert told["log"] == "record 1 is not as it was written"
    assert told[snapshot] == f"not there: {lost.relative_to(directory)}"
    for broken in (b"not a database", b""):
        for beside in directory.glob("records.sqlite*"):
            beside.unlink()
        (directory / "records.sqlite").write_bytes(broken)
        assert "records.sqlite is damaged" in run("snapshots", "check").stderr
    (directory / "records.sqlite").unlink()
    assert run("snapshots", "check").exit_code == 1
    next((directory / "snapshots").glob(f"*{snapshot}*")).write_bytes(b"not a database")
    assert "cannot be read" in run("snapshots", "check").stdout


def test_records_that_figures_count_and_the_log_has_lost_are_told(run: Run, directory: Path) -> None:
    event = open_reader(directory, local_viewer()).query("SELECT event_id FROM labelled LIMIT 1")["event_id"].iloc[0]
    verdicts.give(open_reader(directory, local_viewer()), [(str(event), Verdict("benign_positive"))], "k")
    assert run("import", "models", "--set", "model_id=q", "--set", "model_version=1").exit_code == 0
    assert run("snapshots", "check").exit_code == 0
    for beside in directory.glob("records.sqlite*"):
        beside.unlink()
    told = {c["found"] for c in parsed(run("snapshots", "check", "--format", "json"))}
    assert any("records 1 to 1 of the log" in t for t in told), told


def test_places_that_are_no_warehouse(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "m.csv").write_text("model_id,model_version\na,1\n")
    for place in (tmp_path / "none", tmp_path / "file", tmp_path / "file" / "below"):
        assert run("efficacy", where=place).exit_code == 2
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        assert run("import", "models", tmp_path / "m.csv", where=place).exit_code == 2
    assert run("import", "models", tmp_path / "m.csv", "--zone", "Mars", where=tmp_path / "new").exit_code == 2


@pytest.mark.parametrize("model", ["a b'c\"d$x`y;z", "-x", "--", "=1+1", "é☃😀", "a\nb", "a=b", "'; DROP TABLE models"])
def test_an_unknown_model_says_how_to_register_it(run: Run, directory: Path, tmp_path: Path, model: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({**ROW, "model_id": model, "model_version": model}) + "\n")
    found = run("import", "detections", path)
    assert found.exit_code == 2
    command = found.stderr[found.stderr.index("bartizan import models") :]
    binaries = Path(sys.executable).parent
    shell = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shell.returncode == 0, shell.stderr
    again = run("import", "detections", path, "--format", "json")
    assert (again.exit_code, parsed(again)["stored"]) == (0, 1)


def test_a_dry_run_stores_nothing(run: Run, directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(
        "".join(json.dumps({**ROW, "model_id": "dns", "model_version": "7", "event_id": e}) + "\n" for e in "ab")
    )
    before = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file() and p.name != "import.lock"}
    found = run("import", "detections", path, "--dry-run", "--format", "json")
    record = parsed(found)
    assert (found.exit_code, record["stored"], record["dry_run"], record["snapshot"]) == (0, 2, True, None)
    assert {p: p.read_bytes() for p in directory.rglob("*") if p.is_file() and p.name != "import.lock"} == before
    assert "2 would be stored" in run("import", "detections", path, "--dry-run").stdout


def test_data_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    evil = "\x1b]0;title\x07\x1b[31m"
    path = tmp_path / "d.csv"
    path.write_text(f"event_id,occurred_at,model_id,model_version,decision,{evil}\na,2026-03-01,dns,7,{evil},1\n")
    found = run("import", "detections", path)
    assert "\\x1b]0;title" in found.stdout
    path.write_text(f"event_id,occurred_at,model_id,model_version\na,2026-03-01,{evil},7\n")
    unknown = run("import", "detections", path)
    assert unknown.exit_code == 2
    assert "\x1b" not in found.stdout + unknown.stderr
