"""What all tests share: where real data and Chromium are, and that nothing leaves this machine.

Tests marked ``browser`` or ``shared_data`` are skipped, with the reason, where these are missing;
with BARTIZAN_REQUIRE_BROWSER=1 or BARTIZAN_REQUIRE_DATA=1 they fail instead.
"""

from __future__ import annotations

import csv
import fcntl
import ipaddress
import json
import os
import pickle
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two workers on two cores: more threads only get in the way

import pandas as pd
import pytest
from hypothesis import settings

from analytics.warehouse import import_files

if TYPE_CHECKING:
    from sample_data.perimeter import Written
    from sample_data.perimeter.placing import Sample

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("BARTIZAN_SHARED", ROOT.parent / "shared")) / "data"
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDS = {
    "browser": (CHROMIUM, "Chromium was not found; install it or name it in CHROMIUM", "BROWSER"),
    "shared_data": (
        SHARED.is_dir(),
        "the public data sets were not found; name their folder's parent in BARTIZAN_SHARED",
        "DATA",
    ),
}

settings.register_profile("steady", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "steady")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose needs are not met."""
    for marker, (there, reason, name) in NEEDS.items():
        if item.get_closest_marker(marker) and not there:
            if os.environ.get(f"BARTIZAN_REQUIRE_{name}") == "1":
                pytest.fail(f"{reason} (BARTIZAN_REQUIRE_{name}=1)", pytrace=False)
            pytest.skip(reason)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; use it in tests marked ``shared_data``."""
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; use it in tests marked ``browser``."""
    assert CHROMIUM, "mark the test with pytest.mark.browser"
    return CHROMIUM


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Refuse connections of this process to any other machine."""

    def guarded(real: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
                raise RuntimeError(f"A test tried to reach {address[0]}: tests stay on this machine.")
            return real(self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield


def is_loopback(host: str) -> bool:
    """Say whether a host as given to ``connect`` is this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


T = TypeVar("T")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], T]], T]:
    """Give what is made in a folder of a name: made by the first worker that asks, for all of them.

    Nobody may change it, and the file that carries it from one worker to the next is ours alone.
    """
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def give(name: str, make: Callable[[Path], T]) -> T:
        made, folder = root / f"{name}.made", root / name
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what one left that failed
                folder.mkdir()
                made.write_bytes(pickle.dumps(make(folder)))
        return pickle.loads(made.read_bytes())  # noqa: S301 our own, a moment ago

    return give


HOSTILE_REGION = "<b>x</b> <img src=x onerror=alert(1)>"
HOSTILE_NAME = "<b>x</b> [a](http://x.example) $x^2$ :material/home: =cmd()"
SMALL_END = datetime(2026, 11, 22, 14)


def write_small_outputs(folder: Path, rows: int = 240, shift: int = 0) -> tuple[Path, Path]:
    """Write made model outputs: a fully labelled champion, a challenger with labels of its alarms only,
    and a model whose names try to be more than names. Returns the files of models and of detections.
    """
    folder.mkdir(parents=True, exist_ok=True)
    models = [
        ("dns", "7", "DNS guard", "champion", 0.6),
        ("dns", "8", "DNS guard", "challenger", 0.6),
        (HOSTILE_NAME, "1", f"<i>n</i> **bold** {HOSTILE_NAME}", "champion", 0.5),
    ]
    with (folder / "models.csv").open("w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(["model_id", "model_version", "name", "role", "threshold", "service", "kind"])
        out.writerows([*m, "dns", "ml"] for m in models)
    names = "event_id occurred_at model_id model_version score decision mode region unscored_reason label label_source"
    with (folder / "detections.csv").open("w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(["detection_id", *names.split()])
        for model, version, _, _, threshold in models:
            for i in range(shift, shift + rows):
                score, chance = (i * 37 % 100) / 100, (i * 53 % 97) / 97
                unscored = i % 40 == 39
                alarm = not unscored and score >= threshold
                seen = not unscored and (alarm or version != "8")
                source = "triage" if version == "8" else "adjudication"
                out.writerow([
                    f"{model}-{version}-{i}", f"{version}-{i}", (SMALL_END - timedelta(hours=5 * i)).isoformat(),
                    model, version, "" if unscored else score, "block" if alarm else "allow", "act",
                    ("EMEA", "APAC", HOSTILE_REGION)[i % 3], "time-out" if unscored else "",
                    int(chance < score) if seen else "", source if seen else "",
                ])  # fmt: skip
    return folder / "models.csv", folder / "detections.csv"


@pytest.fixture(scope="session")
def small_outputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files of made model outputs: models, detections."""
    return write_small_outputs(tmp_path_factory.mktemp("outputs"))


@pytest.fixture(scope="session")
def small_warehouse(tmp_path_factory: pytest.TempPathFactory, small_outputs: tuple[Path, Path]) -> Path:
    """A warehouse of the made outputs; read it, copy it, never change it."""
    directory = tmp_path_factory.mktemp("small") / "warehouse"
    import_files(directory, "models", [str(small_outputs[0])])
    import_files(directory, "detections", [str(small_outputs[1])])
    return directory


@pytest.fixture(scope="session")
def write_outputs() -> Callable[..., tuple[Path, Path]]:
    """The writer of made outputs, for tests that need more or other rows."""
    return write_small_outputs


@pytest.fixture(scope="session")
def hostile_name() -> str:
    """The name of the model whose names try to be more than names."""
    return HOSTILE_NAME


@dataclass(frozen=True)
class Small:
    """The simulated perimeter with a twentieth of the rows and all of the volume."""

    sample: Sample
    folder: Path
    written: list[Written]


@pytest.fixture(scope="session")
def small(once: Callable[..., Small]) -> Small:
    """The small simulated perimeter and its files; read them, never change them."""
    from sample_data.perimeter import load, write
    from sample_data.perimeter.placing import Sample

    sample = Sample(load(), datetime(2026, 11, 22, tzinfo=UTC), 1, 0.05)

    def make(folder: Path) -> Small:
        return Small(sample, folder, write(folder, sample.seed, sample.end, sample.scale))

    return once("perimeter", make)


@pytest.fixture(scope="session")
def sample_warehouse(once: Callable[..., Path], small: Small) -> Path:
    """A warehouse of the small simulated perimeter with its records and models; copy it, never change it."""
    from sample_data.perimeter import made, model_files, records
    from sample_data.perimeter.__main__ import bring_in

    def make(folder: Path) -> Path:
        directory = folder / "warehouse"
        bring_in(directory, small.written)
        made.write(directory, made.made(small.sample.end, small.sample.seed, small.sample.scale))
        records.keep(directory, small.sample.end)
        shutil.copytree(small.folder / model_files.FOLDER, directory / model_files.FOLDER)
        return directory

    return once("sample", make)


@pytest.fixture(scope="session")
def payloads() -> dict[str, str]:
    """Texts that try to be more than texts, by name; ``long`` is over a megabyte."""
    texts: dict[str, str] = json.loads((ROOT / "tests" / "payloads.json").read_text(encoding="utf-8"))
    return texts | {"long": texts["long"] * 300_000}


@pytest.fixture(scope="session")
def hostile_warehouse(tmp_path_factory: pytest.TempPathFactory, payloads: dict[str, str]) -> Path:
    """A warehouse whose payloads, sources, techniques and cases are those of attackers; event ids are e-<name>."""
    folder, n, texts = tmp_path_factory.mktemp("hostile"), len(payloads), list(payloads.values())
    (folder / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
    pd.DataFrame(
        {
            "event_id": [f"e-{name}" for name in payloads],
            "occurred_at": pd.date_range("2026-11-01", periods=n, freq="h"),
            "model_id": "m",
            "model_version": "1",
            "score": [i / n for i in range(n)],
            "decision": "block",
            "entity": [text[:500] for text in texts],
            "technique": [text[:90] for text in texts],
            "case_id": [text[:90] for text in texts],
            "payload": texts,
        }
    ).to_parquet(folder / "detections.parquet")
    for kind, name in (("models", "models.csv"), ("detections", "detections.parquet")):
        assert import_files(folder / "warehouse", kind, [str(folder / name)]).rejected == 0
    return folder / "warehouse"
