"""``python -m sample_data.perimeter``: make the simulated perimeter and import it into a warehouse."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from analytics.errors import BadInput, BartizanError
from analytics.warehouse import import_files
from analytics.warehouse.contract import Kind
from sample_data.perimeter import made, model_files, records
from sample_data.perimeter.build import Written, write
from sample_data.perimeter.scenario import SAYS

KINDS: tuple[Kind, ...] = ("models", "detections", "counts", "labels")
"""In the order in which they are imported."""
app = typer.Typer(add_completion=False)


@app.command()
def main(
    warehouse: Annotated[Path, typer.Option(help="Warehouse to import into; made if absent.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed and end make the same data.")] = 1,
    until: Annotated[str, typer.Option(help="Day after the last one, as 2026-11-22; today (UTC) if not given.")] = "",
    scale: Annotated[float, typer.Option(min=0.01, max=1, help="Stored rows against the full sample.")] = 1.0,
    keep: Annotated[Path | None, typer.Option(help="Folder to keep the written files in.")] = None,
) -> None:
    """Make the simulated perimeter and import it."""
    started = time.perf_counter()
    end = made.last_midnight(until)
    made.refuse_another(warehouse, made.made(end, seed, scale))
    console = Console()
    with nullcontext(keep) if keep else TemporaryDirectory() as folder:
        table = run(warehouse, Path(folder), seed, end, scale, console)
    records.keep(warehouse, end)
    console.print(table)
    console.print(SAYS, markup=False)
    console.print(f"Warehouse {warehouse} is ready after {time.perf_counter() - started:.0f} s.", markup=False)


def run(warehouse: Path, folder: Path, seed: int, end: datetime, scale: float, console: Console) -> Table:
    """Write and import everything, with a progress bar; return the table of what was imported."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("kind", "rows in", "stored", "duplicates", "seconds"):
        table.add_column(name, justify="left" if name == "kind" else "right", no_wrap=True)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training and scoring six services", total=10)

        def show(done: Written) -> None:
            progress.update(task, description=f"{done.service} scored: {done.rows['detections']:,} rows", advance=1)

        written = write(folder, seed, end, scale, progress=show)
        for kind in KINDS:
            progress.update(task, description=f"importing {kind}")
            table.add_row(kind, *import_kind(warehouse, kind, written))
            progress.advance(task)
    shutil.copytree(folder / model_files.FOLDER, warehouse / model_files.FOLDER, dirs_exist_ok=True)
    made.write(warehouse, made.made(end, seed, scale))
    return table


def import_kind(warehouse: Path, kind: Kind, written: list[Written]) -> tuple[str, ...]:
    """Import the files of one kind and return its figures.

    Raises
    ------
    BadInput
        If a row was rejected: what is generated must fit the contract.
    """
    started = time.perf_counter()
    report = import_files(warehouse, kind, [str(w.files[kind]) for w in written])
    if report.rejected:
        raise BadInput(
            f"importing the {kind} of the sample perimeter",
            f"{report.rejected} of {report.rows_in} rows do not fit the contract.",
            f"A warehouse with another sample cannot take this one: name a new folder. Reasons: {report.reject_file}",
        )
    counts = report.rows_in, report.stored, report.duplicates
    return *(f"{n:,}" for n in counts), f"{time.perf_counter() - started:.1f}"


if __name__ == "__main__":
    try:
        app()
    except BartizanError as e:
        Console(stderr=True).print(str(e), markup=False, soft_wrap=True)
        sys.exit(e.exit_code)
