"""``python -m sample_data.perimeter.serve``: what ``make run`` opens where no warehouse is named.

The sample is built at first use. On a later day it is served as it stands, built anew behind the page in a folder
of its own, and put in force the way an import is: files first, then the pointer to the snapshot by a rename. So a
reader has the old one or the new one, links into the old one hold, and the log of records only grows.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analytics.errors import BadInput, BartizanError
from analytics.viewer import local_viewer
from analytics.warehouse import health, layout, open_reader, snapshots
from sample_data.perimeter import made, model_files, records
from sample_data.perimeter.made import Made

START_S = 120
"""How long the page may take to stand before the sample is built anew all the same."""
ALARMS, DRAWN, ESTIMATING_S = 200, 200, 0.3
"""What is explained of every version behind the page: alarms, rows at random, and seconds a row at most."""
PAUSE_S = 20
"""Behind the page, before that begins: the first look is somebody's."""
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_TAKEN = ("detections", model_files.FOLDER)
app = typer.Typer(add_completion=False)


@app.command()
def main(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8501,
    warehouse: Annotated[Path, typer.Option(help="Folder of the sample; made if absent.")] = Path("sample"),
    seed: Annotated[int, typer.Option(min=0, help="The same seed and end make the same data.")] = 1,
    scale: Annotated[float, typer.Option(min=0.01, max=1, help="Stored rows against the full sample.")] = 1.0,
    build: Annotated[bool, typer.Option("--build", help="Bring the sample up to date, serve nothing.")] = False,
    behind: Annotated[bool, typer.Option("--behind", hidden=True, help="What runs behind the page.")] = False,
) -> None:
    """Open the dashboard on the simulated perimeter, and keep that up to date."""
    wanted = made.made(made.last_midnight(), seed, scale)
    if behind:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        _wait_for_page(port)
        os.nice(10)
        code = renew(warehouse, wanted) if made.read(warehouse) != wanted else 0
        time.sleep(PAUSE_S)
        explain(warehouse)
        raise typer.Exit(code)
    there = is_there(warehouse)
    if not there or (build and made.read(warehouse) != wanted):
        update(warehouse, wanted, Console(), wait=True)
    elif build:
        typer.echo(f"The sample in {warehouse} is up to date.")
    if build:
        return
    options = ["--port", str(port), "--warehouse", str(warehouse), "--seed", str(seed), "--scale", str(scale)]
    command = [sys.executable, "-m", "sample_data.perimeter.serve", "--behind", *options]
    if polite := shutil.which("nice"):  # its start alone takes seconds, in which the page is drawn
        command = [polite, *command]
    # Ended with the server, it would warn of semaphores that are then cleaned up; it leaves a core to the page.
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore::UserWarning", **dict.fromkeys(_ONE_THREAD, "1")}
    subprocess.Popen(command, start_new_session=True, env=quiet)  # noqa: S603
    command = ["-m", "analytics.cli", "run", "--warehouse", str(warehouse), "--port", str(port)]
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606


def is_there(warehouse: Path) -> bool:
    """Tell whether a folder holds a sample that can be shown.

    Raises
    ------
    BadInput
        It holds something else, which is not to be touched.
    """
    if not warehouse.is_dir() or not any(warehouse.iterdir()):
        return False
    found = health(warehouse, local_viewer())
    if made.read(warehouse) is None and found.snapshot is not None:
        raise BadInput(
            "opening the sample",
            f"{warehouse} holds a warehouse that is not the sample.",
            f"Open it with `make run WAREHOUSE={warehouse}`, or move it away.",
        )
    return found.ok and found.snapshot is not None


def renew(warehouse: Path, wanted: Made) -> int:
    """Build the sample anew behind a page, say on the terminal what came of it, and return the exit code."""
    try:
        done = update(warehouse, wanted, Console(quiet=True), wait=False)
    except Exception as e:  # noqa: BLE001 whatever it is: the old sample stands, and that must be said
        told = str(e) if isinstance(e, BartizanError) else f"{type(e).__name__}: {e}"
        typer.echo(f"The sample could not be renewed, the old one stays. {told}", err=True)
        return 1
    if done:
        typer.echo(f"The sample now ends before {wanted.until}; an open page shows it at its next click.", err=True)
    return 0


def explain(warehouse: Path) -> None:
    """Explain the newest alarms and rows at random of every version behind a page; what fails is said, no more."""
    from analytics.efficacy import measures
    from analytics.explanations import batch
    from analytics.scope import Scope

    try:
        reader = open_reader(warehouse, local_viewer())
        known = measures.versions(reader).result
        known = known[known["since"].notna()]
        scopes = [Scope(m, v) for m, v in zip(known["model_id"], known["model_version"], strict=True)]
        for _ in batch.run(reader, scopes, DRAWN, ALARMS, lambda *_: None, ESTIMATING_S):
            pass
    except Exception as e:  # noqa: BLE001 the page stands without stored explanations too
        told = str(e) if isinstance(e, BartizanError) else f"{type(e).__name__}: {e}"
        typer.echo(f"Explanations could not be worked out beforehand. {told}", err=True)


def update(warehouse: Path, wanted: Made, console: Console, wait: bool) -> bool:
    """Build a sample in a folder of its own and put it in force.

    Parameters
    ----------
    wait
        What to do where another process builds: wait for it, or give way.

    Returns
    -------
    bool
        Whether the sample was built here.
    """
    from sample_data.perimeter.__main__ import run

    fresh = warehouse / "tmp" / "sample"
    started = time.perf_counter()
    with _alone(warehouse, wait) as mine:
        if not mine or (made.read(warehouse) == wanted and is_there(warehouse)):
            return False
        shutil.rmtree(fresh, ignore_errors=True)  # what an interrupted one left
        try:
            end = made.last_midnight(wanted.until)
            run(fresh / "warehouse", fresh / "files", wanted.seed, end, wanted.scale, console)
            take_over(fresh / "warehouse", warehouse)
            records.keep(warehouse, end)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    console.print(f"The sample in {warehouse} was built in {time.perf_counter() - started:.0f} s.", markup=False)
    return True


def take_over(fresh: Path, standing: Path) -> None:
    """Move what a finished warehouse holds into a standing one, and put its snapshot in force.

    Old snapshots stay until nothing names them any more; the log of records is not touched.
    """
    snapshot = str(snapshots.current_id(fresh))
    with layout.import_lock(standing, lambda _: None):
        for path in (p for folder in _TAKEN for p in sorted((fresh / folder).rglob("*")) if p.is_file()):
            target = standing / path.relative_to(fresh)
            target.parent.mkdir(parents=True, exist_ok=True)
            layout.place(path, target)
        layout.place(fresh / layout.SETTINGS, standing / layout.SETTINGS)
        snapshots.publish(standing, snapshots.path_of(fresh, snapshot), snapshot)
        layout.place(fresh / made.NAME, standing / made.NAME)
    snapshots.collect(standing, datetime.now(UTC))


@contextmanager
def _alone(warehouse: Path, wait: bool) -> Generator[bool]:
    """Hold the only place that builds; yield False where another process has it and is not waited for."""
    layout.create(warehouse)
    with (warehouse / "tmp" / "sample.lock").open("w") as f:  # writing keeps it young, so nothing clears it away
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                yield False
                return
            typer.echo("Waiting for another process that builds the sample …", err=True)
            fcntl.flock(f, fcntl.LOCK_EX)
        yield True


def _wait_for_page(port: int) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.5)


def _end_with(parent: int) -> None:
    """End this process and those it started as soon as the server that it belongs to has ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    try:
        app()
    except BartizanError as e:
        Console(stderr=True).print(str(e), markup=False, soft_wrap=True)
        sys.exit(e.exit_code)
