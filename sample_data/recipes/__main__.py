"""``python -m sample_data.recipes``: write the files of the recipes and import them into a warehouse."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from analytics.errors import BadInput, BartizanError
from analytics.warehouse import import_files
from sample_data.recipes import RECIPES
from sample_data.recipes.step import Recipe, Step

app = typer.Typer(add_completion=False)


@app.command()
def main(
    data: Annotated[Path | None, typer.Option(help="Directory that holds the data sets.")] = None,
    warehouse: Annotated[Path | None, typer.Option(help="Warehouse to import into; made if absent.")] = None,
    only: Annotated[str, typer.Option(help="Names of sets, separated by commas; all if not given.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Folder to keep the written files in.")] = None,
    show: Annotated[bool, typer.Option("--list", help="List the sets and what is invented about them.")] = False,
) -> None:
    """Turn public data sets into model outputs and import them."""
    if show:
        list_recipes()
        return
    if data is None or warehouse is None:
        raise BadInput(
            "reading the options",
            "the data directory or the warehouse is missing.",
            "Give both --data and --warehouse, or --list.",
        )
    started = time.perf_counter()
    with nullcontext(keep) if keep else TemporaryDirectory() as folder:
        imported = run(chosen(only), data, warehouse, Path(folder))
    Console().print(imported)
    Console().print(f"Warehouse {warehouse} is ready after {time.perf_counter() - started:.0f} s.", markup=False)


def chosen(only: str) -> list[Recipe]:
    """Return the recipes named, or all.

    Raises
    ------
    BadInput
        For a name that no recipe has.
    """
    names = [name.strip() for name in only.split(",")] if only else list(RECIPES)
    for name in names:
        if name not in RECIPES:
            raise BadInput("choosing the data sets", f"there is no set {name!r}.", f"Use {', '.join(RECIPES)}.")
    return [RECIPES[name] for name in names]


def run(recipes: list[Recipe], data: Path, warehouse: Path, folder: Path) -> Table:
    """Write and import each recipe, with a progress bar; return the table of what was imported."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("set", "kind"):
        table.add_column(name, no_wrap=True)
    for name in ("rows in", "stored", "duplicates", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console()) as progress:
        for recipe in recipes:
            out = folder / recipe.name
            out.mkdir(parents=True, exist_ok=True)
            task = progress.add_task(f"{recipe.name}: fitting and scoring", total=None)
            steps = recipe.write(data, out)
            progress.update(task, total=len(steps))
            for step in steps:
                table.add_row(recipe.name, *import_step(recipe, step, warehouse, progress, task))
            progress.update(task, description=recipe.name)
    return table


def import_step(recipe: Recipe, step: Step, warehouse: Path, progress: Progress, task: TaskID) -> tuple[str, ...]:
    """Import the files of one step and return its row of the table.

    Raises
    ------
    BadInput
        If a row was rejected: the files of a recipe must fit the contract.
    """
    started = time.perf_counter()

    def show(part: str) -> None:
        progress.update(task, description=f"{recipe.name}: {step.kind}, {part}")

    report = import_files(warehouse, step.kind, [str(path) for path in step.files], progress=show)
    progress.advance(task)
    if report.rejected:
        raise BadInput(
            f"importing the {step.kind} of {recipe.name}",
            f"{report.rejected} of {report.rows_in} rows do not fit the contract.",
            f"The reasons are in {report.reject_file}.",
        )
    counts = report.rows_in, report.stored, report.duplicates
    return step.kind, *(f"{n:,}" for n in counts), f"{time.perf_counter() - started:.1f}"


def list_recipes() -> None:
    """Print the sets and what is invented about them."""
    table = Table("set", "what", "what the source does not say", show_lines=True)
    for recipe in RECIPES.values():
        table.add_row(recipe.name, recipe.title, recipe.invented)
    Console().print(table)


if __name__ == "__main__":
    try:
        app()
    except BartizanError as e:
        Console(stderr=True).print(str(e), markup=False, soft_wrap=True)
        sys.exit(e.exit_code)
