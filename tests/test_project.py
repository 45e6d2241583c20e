"""The project's frame: locks, what is in git, and that README's commands are there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

FORBIDDEN = re.compile(
    r"(^|/)(uv\.lock|poetry\.lock|secrets\.toml|\.env)$"
    r"|\.(duckdb|parquet|sqlite3?|sqlite-(wal|shm)|db|pkl|pickle|joblib|skops|npy|npz|whl|pem|key|pyc)$"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home|tmp|Users)/\w")
"""Somebody's own folders; /tmp alone may be spoken of."""
TARGETS = re.compile(r"^([a-z]+):", re.MULTILINE)


def read(path: str) -> str:
    """Text of a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def tracked() -> list[str]:
    """Paths of all files in git."""
    run = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if run.returncode != 0:
        pytest.skip(f"not a git checkout: {run.stderr.strip()}")
    return [p for p in run.stdout.split("\0") if p and (ROOT / p).is_file()]


def pins(lock: str) -> dict[str, str]:
    """Each pinned project of a lock with everything that stands with it."""
    blocks = re.split(r"\n(?=\S)", read(lock).strip())
    return {re.split(r"[=\[ ]", block, maxsplit=1)[0].lower(): block for block in blocks}


def projects(requirements: list[str]) -> set[str]:
    """Normalised names of requirements as pyproject.toml writes them."""
    return {re.split(r"[\[<>=!~; ]", r, maxsplit=1)[0].lower().replace("_", "-") for r in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_pinned_hashed_and_name_no_host(lock: str) -> None:
    assert "://" not in read(lock)
    assert "index" not in read(lock)
    loose = [
        p for p, block in pins(lock).items() if not re.search(r"^\S+==\S+", block) or "--hash=sha256:" not in block
    ]
    assert loose == []


def test_locks_hold_what_pyproject_asks_for() -> None:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    run = projects(project["dependencies"] + extras["onnx"] + PROJECT["build-system"]["requires"])
    dev = run | projects(extras["dev"]) - {project["name"]}
    assert run - pins("requirements.txt").keys() == set()
    assert dev - pins("requirements-dev.txt").keys() == set()


def test_the_two_locks_agree() -> None:
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {p for p, block in run.items() if dev.get(p) != block} == set()


def test_nothing_generated_or_secret_is_in_git() -> None:
    assert [p for p in tracked() if FORBIDDEN.search(p)] == []


def test_no_machine_path_is_in_git() -> None:
    found = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="replace")
        found += [f"{path}: {m.group()}" for m in MACHINE_PATH.finditer(text)]
    assert found == []


def test_readme_commands_are_in_the_makefile() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)", read("README.md")))
    assert named >= {"run", "test"}
    assert named - set(TARGETS.findall(read("Makefile"))) == set()


def test_ci_runs_the_readmes_test_command_last() -> None:
    assert read(".ci/run").rstrip().endswith("make test")
    assert "make test" in read("README.md")


@pytest.mark.parametrize(("required", "outcome"), [("0", "2 skipped"), ("1", "2 errors")])
def test_missing_needs_skip_or_fail(tmp_path: Path, required: str, outcome: str) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_needs.py").write_text(
        "import pytest\n"
        "@pytest.mark.browser\ndef test_browser(): pass\n"
        "@pytest.mark.shared_data\ndef test_data(): pass\n"
    )
    environment = {
        "PATH": str(tmp_path),
        "BARTIZAN_SHARED": str(tmp_path),
        "BARTIZAN_REQUIRE_BROWSER": required,
        "BARTIZAN_REQUIRE_DATA": required,
    }
    config = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *config, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert run.stdout.splitlines()[-1].startswith(outcome), run.stdout + run.stderr


def test_decisions_are_numbered_and_told_alike() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [p.name[:4] for p in records] == [f"{i:04d}" for i in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert [h for h in ("Context", "Decision", "Consequences") if f"\n## {h}\n" not in text] == [], path.name
