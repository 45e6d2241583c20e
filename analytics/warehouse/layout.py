"""Where things lie in a warehouse, and the few ways in which its files change: whole, and durable."""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from analytics.errors import BadInput, NoData
from analytics.warehouse.connect import is_zone

FORMAT = 2
"""Version of the layout; a warehouse of another version is refused, never guessed at."""
_FOLDERS = ("snapshots", "detections", "explanations", "rejects", "tmp")
SETTINGS = "warehouse.json"
SAMPLE = "sample.json"
"""What the simulated perimeter notes beside its snapshots."""


def create(directory: Path, zone: str | None = None) -> None:
    """Make an empty warehouse, or do nothing where one is.

    Parameters
    ----------
    directory
        Made where missing; must be empty or a warehouse.
    zone
        IANA name of the business zone in which days, weeks and shifts are cut; fixed for good. None: the one that
        the warehouse has, UTC for a new one.

    Raises
    ------
    BadInput
        Another zone than the warehouse's, or a folder with other files.
    """
    known = (directory / SETTINGS).exists()
    if not known and zone is not None and not is_zone(zone):
        raise BadInput(
            "creating the warehouse",
            f"{zone!r} is not a time zone.",
            "Use an IANA name such as Europe/London.",
        )
    if directory.exists() and not directory.is_dir():
        raise BadInput("creating the warehouse", f"{directory} is a file.", "Name a folder.")
    if known and zone is not None and zone != zone_of(directory):
        found = f"its zone is {zone_of(directory)}, not {zone}, and days are cut by it for good."
        raise BadInput("opening the warehouse", found, "Leave --zone out, or import into a new folder.")
    if not known and directory.exists() and {p.name for p in directory.iterdir()} - {*_FOLDERS, "import.lock"}:
        raise BadInput("creating the warehouse", f"{directory} holds other files.", "Name a new or an empty folder.")
    for folder in _FOLDERS:  # copies of a warehouse often lack empty folders
        (directory / folder).mkdir(parents=True, exist_ok=True)
    if not known:
        write_whole(directory / SETTINGS, json.dumps({"format": FORMAT, "zone": zone or "UTC"}) + "\n")


def zone_of(directory: Path) -> str:
    """Return the business zone.

    Raises
    ------
    NoData
        There is no warehouse at this place.
    BadInput
        It is of another format.
    """
    try:
        settings = json.loads((directory / SETTINGS).read_text(encoding="utf-8"))
        version, zone = settings["format"], settings["zone"]
    except FileNotFoundError as e:
        raise NoData(
            "opening the warehouse",
            f"{directory} is not a warehouse.",
            "Import something: `bartizan import --help`.",
        ) from e
    except (ValueError, TypeError, KeyError) as e:
        fix = "Restore that file from a backup."
        raise BadInput("opening the warehouse", f"its settings in {SETTINGS} are damaged.", fix) from e
    if version != FORMAT:
        raise BadInput(
            "opening the warehouse",
            f"its format is {version}, this program knows {FORMAT}.",
            "Use the version that wrote it, or import into a new folder.",
        )
    return zone


def is_sample(directory: Path) -> bool:
    """Tell whether a warehouse holds the simulated perimeter, where one may play other people."""
    return (directory / SAMPLE).is_file()


def model_folder(model_id: str) -> str:
    """Return the folder name of a model's files: ids are any text, so it is a digest of the id."""
    return hashlib.sha256(model_id.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def top_path(path: Path) -> Path:
    """Return where the top file of a detections file lies, if it has one."""
    return path.with_suffix(".highest.parquet")


def sync(path: Path) -> None:
    """Make a file or folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def place(beside: Path, target: Path) -> None:
    """Move a finished file to its name: durable, whole or not at all."""
    sync(beside)
    beside.replace(target)
    sync(target.parent)


def write_whole(path: Path, text: str) -> None:
    """Write a small text file so that readers see the old or the new text, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    place(beside, path)


@contextmanager
def import_lock(directory: Path, on_wait: Callable[[str], None]) -> Generator[None]:
    """Hold the warehouse's only writing place; a second writer waits.

    Parameters
    ----------
    on_wait
        Called once with who holds it and since when, before waiting.
    """
    with (directory / "import.lock").open("a+", encoding="utf-8") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            f.seek(0)
            on_wait(f.read().strip() or "another process")
            fcntl.flock(f, fcntl.LOCK_EX)
        f.seek(0)
        f.truncate()
        f.write(f"{getpass.getuser()}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        f.flush()
        yield
