"""What ``make run`` opens: the sample built once, built anew behind an open page, and put in force as a whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import current_id, explained, open_reader, replay, rows, tops
from analytics.warehouse.snapshots import pin
from sample_data.perimeter import __main__ as command
from sample_data.perimeter import load, made, model_files, serve
from sample_data.perimeter.build import Written, write_service
from sample_data.perimeter.made import Made
from sample_data.perimeter.placing import Sample

pytestmark = pytest.mark.slow
FIRST, LATER = (made.made(made.last_midnight(day), 1, 0.02) for day in ("2026-11-21", "2026-11-22"))
QUIET = Console(quiet=True)


def write_one(out: Path, seed: int, end: datetime, scale: float, progress: Any = None) -> list[Written]:
    """Write one service alone, its models trained on little."""
    out.mkdir(parents=True)
    scenario = load()
    little = {**scenario.sample, "training_rows": 520, "calibration_rows": 600}
    return [write_service(Sample(replace(scenario, sample=little), end, seed, scale), "network", out)]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample that ends on a day; to be copied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "write", write_one)
        return built(tmp_path_factory.mktemp("first") / "sample", FIRST)


@pytest.fixture
def sample(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, where what is built is small."""
    monkeypatch.setattr(command, "write", write_one)
    return shutil.copytree(first, tmp_path / "sample")


def built(folder: Path, what: Made) -> Path:
    """Build a sample; it has to be done here."""
    assert serve.update(folder, what, QUIET, wait=False)
    return folder


def ends(folder: Path) -> str:
    """The day on whose first instant the data in force end."""
    until = open_reader(folder, local_viewer()).snapshot.data_until
    assert until is not None
    return until.date().isoformat()


def tree(folder: Path) -> dict[str, int]:
    """All files with their time of change, but for the lock."""
    return {str(p): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock"}


def test_another_day_is_another_set_of_facts_and_readers_keep_theirs(sample: Path) -> None:
    pin(sample, str(current_id(sample)), "seen by somebody", local_viewer())
    log = replay(sample)
    before = open_reader(sample, local_viewer())
    model, columns = Scope(model="network"), ["event_id", "occurred_at"]
    seen = rows(before, model, columns)
    built(sample, LATER)
    assert ends(sample) == "2026-11-22"
    assert made.read(sample) == LATER
    after = open_reader(sample, local_viewer())
    assert after.snapshot.id != before.snapshot.id
    assert after.snapshot.rows == pytest.approx(before.snapshot.rows, rel=0.1)
    # Who holds the old one reads on in it, by the handle and by its name; both samples share no event.
    assert rows(before, model, columns).equals(seen)
    assert rows(open_reader(sample, local_viewer(), before.snapshot.id), model, columns).equals(seen)
    assert not set(seen["event_id"]) & set(rows(after, model, columns)["event_id"])
    # What was recorded stands; the new end brings a review and a due day of its own.
    assert replay(sample)[: len(log)] == log
    said = ["review_held", "attention_assigned", "attention_accepted"]
    assert [r.kind for r in replay(sample, log[-1].seq)] == said
    model_files.load(sample / "models" / "network" / "forest-1.skops")
    assert not (sample / "tmp" / "sample").exists()


def test_explanations_are_worked_out_behind_the_page_and_anew_for_another_day(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "ALARMS", 20)
    monkeypatch.setattr(serve, "DRAWN", 20)

    def listed() -> int:
        reader = open_reader(sample, local_viewer())
        files = [explained.files(reader, Scope("network", v), reader.query).listed for v in ("forest-1", "isolation-3")]
        return sum(int(f["rows"].sum()) for f in files if len(f))

    serve.explain(sample)
    first, snapshot = listed(), current_id(sample)
    assert 40 < first <= 80
    serve.explain(sample)
    assert (listed(), current_id(sample)) == (first, snapshot)
    assert serve.update(sample, LATER, QUIET, wait=False)
    assert listed() == 0, "of the new day nothing is explained yet"
    serve.explain(sample)
    assert 40 < listed() <= 80
    assert not serve.update(sample, LATER, QUIET, wait=False), "a snapshot with explanations is still that day's sample"


def test_top_files_come_along_with_what_is_built_anew(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tops, "FEWEST", 1)
    monkeypatch.setattr(tops, "ONE_IN", 0)
    built(sample, LATER)
    named = open_reader(sample, local_viewer()).query("SELECT path FROM files")["path"]
    assert {str(p.relative_to(sample)) for p in sample.rglob("*.highest.parquet")} == {
        p.replace(".parquet", ".highest.parquet") for p in named
    }


def test_the_same_sample_is_not_built_twice(sample: Path) -> None:
    before = tree(sample)
    assert not serve.update(sample, FIRST, QUIET, wait=False)
    assert tree(sample) == before


@pytest.mark.parametrize("broken", ["write", "bring_in"])
def test_a_failed_rebuild_is_said_and_the_old_sample_stays(
    broken: str, sample: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    before = tree(sample)
    monkeypatch.setattr(command, broken, fail)
    assert serve.renew(sample, LATER) == 1
    assert "the old one stays. OSError: no space left" in capsys.readouterr().err
    assert tree(sample) == before


def test_an_interrupted_rebuild_leaves_the_old_one_and_is_cleaned_up(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = command.bring_in

    def killed(*_: Any) -> None:
        monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # a killed process cleans nothing up
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "bring_in", killed)
    with pytest.raises(KeyboardInterrupt):
        serve.update(sample, LATER, QUIET, wait=False)
    monkeypatch.undo()
    assert list((sample / "tmp" / "sample" / "files").glob("*.parquet"))
    assert (ends(sample), made.read(sample)) == ("2026-11-21", FIRST)
    monkeypatch.setattr(command, "write", write_one)
    monkeypatch.setattr(command, "bring_in", real)
    built(sample, LATER)
    assert ends(sample) == "2026-11-22"
    assert not (sample / "tmp" / "sample").exists()


def test_of_two_at_once_one_gives_way(sample: Path) -> None:
    with (sample / "tmp" / "sample.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not serve.update(sample, LATER, QUIET, wait=False)
    assert ends(sample) == "2026-11-21"


def test_a_sample_that_cannot_be_read_is_built_anew(sample: Path) -> None:
    (sample / "snapshots" / f"{current_id(sample)}.duckdb").write_bytes(b"no database")
    assert not serve.is_there(sample)
    built(sample, FIRST)
    assert serve.is_there(sample)


def test_a_warehouse_of_somebody_else_is_not_touched(small_warehouse: Path, tmp_path: Path) -> None:
    own = shutil.copytree(small_warehouse, tmp_path / "sample")
    before = tree(own)
    with pytest.raises(BadInput, match=r"holds a warehouse that is not the sample.*make run WAREHOUSE="):
        serve.is_there(own)
    assert tree(own) == before


def test_another_scale_in_the_same_warehouse_is_refused(sample: Path) -> None:
    made.refuse_another(sample, FIRST)
    with pytest.raises(BadInput, match=r"until 2026-11-21, seed 1, scale 0\.02\. Name a new folder"):
        made.refuse_another(sample, replace(FIRST, scale=1.0))


@pytest.mark.parametrize(
    ("target", "words", "line"),
    [
        ("run", [], '.venv/bin/python -m sample_data.perimeter.serve --port "8501"'),
        ("run", ["WAREHOUSE=own"], '.venv/bin/bartizan run --warehouse "own" --port "8501"'),
        ("sample", [], ".venv/bin/python -m sample_data.perimeter.serve --build"),
        ("sample", ["WAREHOUSE=own"], '.venv/bin/python -m sample_data.perimeter --warehouse "own"'),
    ],
)
def test_make_serves_the_sample_where_no_warehouse_is_named(
    target: str, words: list[str], line: str, repository: Path
) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make was not found")
    ours = ("MAKE", "MFLAGS", "ARGS", "WAREHOUSE", "PORT")  # `make test ARGS=…` runs us with its own
    alone = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    done = subprocess.run(
        [make, "-n", target, *words], cwd=repository, env=alone, capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().splitlines()[-1].strip() == line


def test_the_page_stands_first_and_what_is_built_behind_it_ends_with_it(
    sample: Path, repository: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    options = ["--port", str(port), "--warehouse", str(sample), "--scale", "0.01"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sample_data.perimeter.serve", *options],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 60
        while not (sample / "tmp" / "sample").exists():
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.1)
    finally:
        process.terminate()  # this one alone: there is no other server that it leaves behind
        said = process.communicate(timeout=30)[0]
    assert f"at http://localhost:{port}" in said
    assert "Traceback" not in said
    assert "ScriptRunContext" not in said
    assert ends(sample) == "2026-11-21"
    assert serve.is_there(sample)


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Give a port that nobody listens on."""
    import socket

    def find() -> int:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    return find
