"""``python -m sample_data.perimeter``: make the simulated perimeter and import it into a warehouse."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
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
from analytics.warehouse import import_all
from analytics.warehouse.contract import Kind
from analytics.warehouse.report import Report
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
    for name in ("kind", "rows in", "stored", "duplicates"):
        table.add_column(name, justify="left" if name == "kind" else "right", no_wrap=True)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training and scoring six services", total=7)

        def show(done: Written) -> None:
            progress.update(task, description=f"{done.service} scored: {done.rows['detections']:,} rows", advance=1)

        written = write(folder, seed, end, scale, progress=show)
        reports = bring_in(warehouse, written, lambda step: progress.update(task, description=f"importing: {step}"))
        progress.advance(task)
    for report in reports:
        table.add_row(report.kind, *(f"{n:,}" for n in (report.rows_in, report.stored, report.duplicates)))
    shutil.copytree(folder / model_files.FOLDER, warehouse / model_files.FOLDER, dirs_exist_ok=True)
    made.write(warehouse, made.made(end, seed, scale))
    return table


def bring_in(warehouse: Path, written: list[Written], progress: Callable[[str], None] = lambda _: None) -> list[Report]:
    """Import all files but the truth and return what came of each kind.

    Raises
    ------
    BadInput
        If a row was rejected: what is generated must fit the contract.
    """
    files = {kind: [str(w.files[kind]) for w in written] for kind in KINDS}
    reports = import_all(warehouse, files, progress)
    for kind, report in reports.items():
        if report.rejected:
            raise BadInput(
                f"importing the {kind} of the sample perimeter",
                f"{report.rejected} of {report.rows_in} rows do not fit the contract.",
                "A warehouse with another sample cannot take this one: name a new folder. "
                f"Reasons: {report.reject_file}",
            )
    return list(reports.values())


if __name__ == "__main__":
    try:
        app()
    except BartizanError as e:
        Console(stderr=True).print(str(e), markup=False, soft_wrap=True)
        sys.exit(e.exit_code)
