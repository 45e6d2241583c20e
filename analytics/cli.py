"""The command ``bartizan``: what pages show, for scripts and terminals.

Exit codes: 0 fine, 1 failed, 2 wrong use or bad input, 3 cannot tell. Heavy imports happen inside the commands,
so that ``--help`` is instant.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from analytics import cli_feedback, cli_verdicts
from analytics.cli_options import Format, Output, Since, Snapshot, Until, Warehouse
from analytics.errors import BadInput, BartizanError
from analytics.settings import WAREHOUSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.efficacy.results import Efficacy
    from analytics.scope import Scope
    from analytics.warehouse import Reader

FAILED, CANNOT_TELL = 1, 3
WHOLE = "whole"
"""What is said of what was checked and is as it was written."""


class Kind(StrEnum):
    """Tables that can be imported."""

    MODELS = "models"
    DETECTIONS = "detections"
    COUNTS = "counts"
    LABELS = "labels"
    EXPLANATIONS = "explanations"


class SnapshotAction(StrEnum):
    """What ``bartizan snapshots`` can do."""

    LIST = "list"
    PIN = "pin"
    UNPIN = "unpin"
    COLLECT = "collect"
    CHECK = "check"


class Commands(TyperGroup):
    """Turns the errors that a user can mend into a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BartizanError as e:
            from analytics.console import printable

            typer.echo("\n".join(map(printable, str(e).split("\n"))), err=True)
            raise typer.Exit(e.exit_code) from e
        except OSError as e:
            if e.errno == errno.EPIPE:  # nobody reads on, as in `bartizan contract | head`
                raise
            typer.echo(
                f"While working on {e.filename or 'a file'}: {e.strerror}. Check the path and its rights.", err=True
            )
            raise typer.Exit(BartizanError.exit_code) from e


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Bartizan: honest figures about the models that guard the perimeter.",
)

cli_verdicts.add(cli_feedback.app)
app.add_typer(cli_feedback.app, name="feedback")


@app.command()
def run(
    warehouse: Warehouse = Path("warehouse"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; for others than this machine only with sign-in.")
    ] = "127.0.0.1",
) -> None:
    """Open the dashboard on a warehouse: on this machine only, or wherever people have to sign in."""
    server = Path(__file__).parent.parent / "app.py"
    host = "localhost" if address == "127.0.0.1" else address
    typer.echo(f"Bartizan shows {warehouse} at http://{host}:{port} (stop with Ctrl+C)")
    command = [sys.executable, "-m", "streamlit", "run", str(server), "--server.port", str(port)]
    command += ["--server.address", address, "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    # Sessions are threads already: linear algebra with threads of its own is several times slower beside them.
    environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ, WAREHOUSE: str(warehouse.resolve())}
    os.chdir(server.parent)
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 in its place: whoever ends this, ends the server


@app.command()
def contract(output: Output = Format.TABLE) -> None:
    """Print the contract: which columns an import accepts, with types, units and allowed values."""
    from analytics.warehouse import contract as tables

    _print(tables.rows(), output)


@app.command(name="import")
def import_(
    kind: Annotated[Kind, typer.Argument(help="Which table.")],
    files: Annotated[list[str] | None, typer.Argument(help="CSV, Parquet, JSON lines; names or patterns.")] = None,
    warehouse: Warehouse = Path("warehouse"),
    map_file: Annotated[Path | None, typer.Option("--map", help="TOML file that maps them to the contract.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Instead of files, one row: column=value, repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
    zone: Annotated[str | None, typer.Option(help="Business time zone of a new warehouse; UTC if left out.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Import files: rows that fit the contract, or nothing where a file cannot be used; exit 1 if no row fits."""
    import tempfile

    from analytics.warehouse import import_files

    with tempfile.TemporaryDirectory() as scratch, _progress() as tell:
        paths = [*(files or []), *_one_row(set_, Path(scratch))]
        if not paths:
            raise BadInput("importing", "no file was named.", "Name one, or give one row by --set column=value.")
        report = import_files(warehouse, kind.value, paths, map_file, dry_run, tell, zone)
    record = report.to_record()
    if output is Format.JSON:
        _print(record, output)
    else:
        from analytics.console import import_sentences

        typer.echo("\n".join(import_sentences(report)))
    if report.rejected and not report.stored + report.duplicates:
        raise typer.Exit(FAILED)


@app.command()
def snapshots(
    action: Annotated[SnapshotAction, typer.Argument()] = SnapshotAction.LIST,
    snapshot: Annotated[str | None, typer.Argument(help="Snapshot id, for pin and unpin.")] = None,
    warehouse: Warehouse = Path("warehouse"),
    reason: Annotated[str, typer.Option(help="Why it is kept, or need not be kept any more.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """List, pin, unpin snapshots, collect what nothing names any more, or check that all is there; exit 1 if not."""
    from datetime import UTC, datetime

    from analytics.viewer import local_viewer
    from analytics.warehouse import layout
    from analytics.warehouse import snapshots as store

    layout.zone_of(warehouse)
    if action is SnapshotAction.COLLECT:
        removed = store.collect(warehouse, datetime.now(UTC))
        _print([{"removed": name} for name in removed], output)
        return
    if action is SnapshotAction.CHECK:
        checked = _checked(warehouse)
        _print(checked, output)
        raise typer.Exit(FAILED if any(c["found"] != WHOLE for c in checked) else 0)
    if action in (SnapshotAction.PIN, SnapshotAction.UNPIN):
        if snapshot is None or not reason:
            raise BadInput(f"running {action}", "snapshot id or --reason is missing.", "Give both.")
        store.pin(warehouse, snapshot, reason, local_viewer(), undo=action is SnapshotAction.UNPIN)
    listed = [
        {
            "snapshot": s.id,
            "created_at": s.created_at.isoformat(),
            "bytes": s.bytes,
            "in_force": s.in_force,
            "pinned_by": ", ".join(s.pinned_by),
        }
        for s in store.listing(warehouse)
    ]
    _print(listed, output)


def _checked(directory: Path) -> list[dict[str, str]]:
    """Return whether the log is as it was written, and whether every snapshot can be read and has its files."""
    from analytics.warehouse import records
    from analytics.warehouse import snapshots as store

    broken = records.broken_at(directory)
    found = [{"checked": "log", "found": WHOLE if broken is None else f"record {broken} is not as it was written"}]
    for s in store.listing(directory):
        try:
            lost = store.missing(directory, s.id)
            told = f"not there: {', '.join(lost)}" if lost else WHOLE
        except BadInput as e:
            told = e.found
        found.append({"checked": s.id, "found": told})
    return found


@app.command()
def efficacy(
    warehouse: Warehouse = Path("warehouse"),
    model: Annotated[list[str] | None, typer.Option(help="Model id, may be repeated; all where left out.")] = None,
    model_version: Annotated[str | None, typer.Option(help="Version; all where left out.")] = None,
    since: Since = None,
    until: Until = None,
    threshold: Annotated[float | None, typer.Option(help="Judge at this one; the one in force if left out.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Slice: column=value, may be repeated.")] = None,
    by: Annotated[str | None, typer.Option(help="Split by this slice column.")] = None,
    known_at: Annotated[str | None, typer.Option(help="Use only labels that were known at this time.")] = None,
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Print precision, recall and their kin with interval, n and basis; exit 3 where no label says anything."""
    from analytics import scope as scopes
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    if threshold is not None and not 0 <= threshold <= 1:
        raise BadInput("reading --threshold", f"{threshold} is not a score.", "Give a number from 0 to 1.")
    reader = open_reader(warehouse, local_viewer(), snapshot)
    base = scopes.Scope(
        since=scopes.parse_time(since) if since else None,
        until=scopes.parse_time(until) if until else None,
        where=tuple(map(scopes.parse_where, where or [])),
        known_at=scopes.parse_time(known_at) if known_at else None,
    )
    found = [e for s in _versions(reader, base, model, model_version) for e in _measure(reader, s, by, threshold)]
    records = [e.to_record() for e in found]
    if output is Format.JSON:
        _print(records[0] if len(records) == 1 and by is None else records, output)
    else:
        from analytics.console import efficacy_lines

        _print(efficacy_lines(found), output)
    if not any(e.basis for e in found):
        raise typer.Exit(CANNOT_TELL)


@app.command()
def drift(
    model: Annotated[str, typer.Option(help="Model id.")],
    reference_since: Annotated[str | None, typer.Option(help="Start of the reference, as --since.")] = None,
    reference_until: Annotated[str | None, typer.Option(help="End of the reference, exclusive.")] = None,
    since: Since = None,
    until: Until = None,
    warehouse: Warehouse = Path("warehouse"),
    model_version: Annotated[str | None, typer.Option(help="Version; each by itself where left out.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Slice: column=value, may be repeated.")] = None,
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Print how score, features, decisions and verdicts differ from a reference; exit 3 where that cannot be told.

    The running day is left out. Features count as stored explanations say that they drive the score.
    """
    from dataclasses import replace

    from analytics import scope as scopes
    from analytics.drift import report
    from analytics.drift.results import Weights
    from analytics.explanations.weights import weights
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    reader = open_reader(warehouse, local_viewer(), snapshot)
    slices = tuple(map(scopes.parse_where, where or []))
    now, then = (
        scopes.Scope(since=scopes.parse_time(a) if a else None, until=scopes.parse_time(b) if b else None, where=slices)
        for a, b in ((since, until), (reference_since, reference_until))
    )
    found = [
        report.everything(
            reader, replace(then, model=s.model, version=s.version), s, Weights(*weights(reader, s).result)
        )
        for s in _versions(reader, now, [model], model_version)
    ]
    if output is Format.JSON:
        records = [r.to_record() for r in found]
        _print(records[0] if len(records) == 1 else records, output)
    else:
        from analytics.console import printable

        _print([line for r in found for line in r.drift.lines()], output)
        typer.echo("\n".join(printable(s) for r in found for s in ["", *r.sentences()]))
    if not any(r.drift.told for r in found):
        raise typer.Exit(CANNOT_TELL)


@app.command()
def explain(
    warehouse: Warehouse = Path("warehouse"),
    model: Annotated[list[str] | None, typer.Option(help="Model id, may be repeated; all where left out.")] = None,
    model_version: Annotated[str | None, typer.Option(help="Version; all where left out.")] = None,
    sample: Annotated[int, typer.Option(min=0, help="Rows of the last 28 days drawn at random, a version.")] = 1000,
    alarms: Annotated[str, typer.Option(help="How many of the newest alarms of these days, or all.")] = "all",
    seconds: Annotated[float, typer.Option(min=0.01, help="A row, at most, where values are estimated.")] = 1.0,
    output: Output = Format.TABLE,
) -> None:
    """Explain a random sample and the alarms, and store that; ended in the middle, a second run goes on from there."""
    from analytics.explanations import batch
    from analytics.scope import Scope
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    if alarms != "all" and not alarms.isdecimal():
        raise BadInput("reading --alarms", f"{alarms!r} is not a number.", "Give a number, or all.")
    reader = open_reader(warehouse, local_viewer())
    scopes = _versions(reader, Scope(), model, model_version)
    with _bar() as tell:
        most = None if alarms == "all" else int(alarms)
        found = list(batch.run(reader, scopes, sample, most, tell, seconds))
    if output is Format.JSON:
        _print(found, output)
    else:
        from analytics.console import explained_sentences

        typer.echo("\n".join(explained_sentences(found)))
    if not any(f.get("explained") or f["why"] == batch.DONE for f in found):
        raise typer.Exit(CANNOT_TELL)


def _versions(reader: Reader, base: Scope, models: list[str] | None, version: str | None) -> list[Scope]:
    """Return one scope a model version that was asked for and has rows, counts or a name of its own."""
    from dataclasses import replace

    from analytics.efficacy import measures

    known = measures.versions(reader).result
    chosen = known[known["model_id"].isin(models)] if models else known[known["since"].notna()]
    if version is not None:
        chosen = chosen[chosen["model_version"] == version]
    elif models:
        chosen = chosen[chosen["since"].notna()]
    missing = sorted(set(models or []) - set(chosen["model_id"]))
    if missing or chosen.empty:
        names = ", ".join(f"{m} {v}" for m, v in zip(known["model_id"], known["model_version"], strict=True))
        asked = " ".join([*(missing or ["any model"]), *([version] if version else [])])
        raise BadInput(
            "choosing model versions", f"there are no detections of {asked}.", f"Registered are: {names or 'none'}."
        )
    return [replace(base, model=m, version=v) for m, v in zip(chosen["model_id"], chosen["model_version"], strict=True)]


def _measure(reader: Reader, scope: Scope, by: str | None, threshold: float | None) -> list[Efficacy]:
    from analytics.efficacy import measures

    if by:
        return measures.by_slice(reader, scope, by, threshold).result
    return [measures.efficacy(reader, scope, threshold).result]


def _one_row(pairs: list[str] | None, folder: Path) -> list[str]:
    """Write the row that --set gives as a file, so that it goes the way of all files."""
    if not pairs:
        return []
    row = {}
    for pair in pairs:
        column, equals, value = pair.partition("=")
        if not equals:
            raise BadInput("reading --set", f"{pair!r} has no '='.", "Write column=value.")
        row[column] = value
    path = folder / "set.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return [str(path)]


def _print(found: Any, output: Format) -> None:
    """Print a record or a list of records."""
    if output is Format.JSON:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False, default=str))
        return
    from analytics.console import text_table

    typer.echo(text_table(found))


@contextmanager
def _progress() -> Generator[Callable[[str], None]]:
    """Show the steps of a long work on a terminal; stay silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("starting")
        yield lambda step: bar.update(task, description=step)


@contextmanager
def _bar() -> Generator[Callable[[str, int, int], None]]:
    """Show how far a long work is on a terminal; stay silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda step, done, of: bar.update(task, description=step, completed=done, total=of or None)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
