"""``bartizan feedback``: the work queue, audits and what comes of verdicts, for scripts and terminals."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.settings import WAREHOUSE

if TYPE_CHECKING:
    import pandas as pd

    from analytics.scope import Scope
    from analytics.warehouse import Reader

CANNOT_TELL = 3

app = typer.Typer(no_args_is_help=True, help="What to look at next, and what is made of what people found.")


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


class Design(StrEnum):
    """How an audit is drawn."""

    SCORE = "score"
    SIMPLE = "simple"


Warehouse = Annotated[Path, typer.Option("--warehouse", "-w", help="Folder of the warehouse.", envvar=WAREHOUSE)]
Output = Annotated[Format, typer.Option("--format", help="table for people, json for programs.")]
Model = Annotated[str, typer.Option(help="Model id.")]
Version = Annotated[str | None, typer.Option("--model-version", help="Version; the one in use if left out.")]
Since = Annotated[str | None, typer.Option(help="Start, inclusive: ISO 8601, UTC unless it says.")]
Until = Annotated[str | None, typer.Option(help="End, exclusive.")]
Snapshot = Annotated[str | None, typer.Option(help="Snapshot id; the one in force if left out.")]


@app.command()
def queue(
    model: Model,
    version: Version = None,
    since: Since = None,
    until: Until = None,
    warehouse: Warehouse = Path("warehouse"),
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Print what to label next, why, and how long it takes."""
    from analytics.feedback import queue as queues
    from analytics.feedback import words

    reader, scope = _opened(warehouse, snapshot, model, version, since, until)
    found = queues.queue(reader, scope).result
    rows = found.rows.assign(why=words.why(found, reader.snapshot.zone))
    shown = rows[["why", "minutes", "event_id", "detection_id", "model_version", "occurred_at", "score", "reason"]]
    records = _records(shown)
    if output is Format.JSON:
        record = {"headline": words.headline(found), "hours": found.hours, "rows": records}
        _print(record, output)
        return
    typer.echo(words.headline(found))
    _print([{k: r[k] for k in ("why", "minutes", "event_id", "model_version", "score")} for r in records], output)
    typer.echo(words.searched(found, reader.snapshot.zone))


@app.command()
def draw(
    model: Model,
    n: Annotated[int, typer.Option("--n", help="Events to draw.")],
    version: Version = None,
    since: Since = None,
    until: Until = None,
    design: Annotated[Design, typer.Option(help="By bands of score, or every event alike.")] = Design.SCORE,
    seed: Annotated[int | None, typer.Option(help="Of the draw; by chance if left out.")] = None,
    warehouse: Warehouse = Path("warehouse"),
    output: Output = Format.TABLE,
) -> None:
    """Draw an audit of what passed, and record it: its verdicts tell how much is missed."""
    import secrets
    from uuid import uuid4

    from analytics.feedback import draws, words

    reader, scope = _opened(warehouse, None, model, version, since, until)
    found = draws.draw(reader, scope, n, design.value, secrets.randbits(32) if seed is None else seed).result
    at = draws.record_draw(warehouse, reader.viewer, found, reader.snapshot.id, uuid4().hex)
    events = [
        {"event_id": str(event), "inclusion_probability": float(p)}
        for event, p in found.events[["event_id", "probability"]].itertuples(index=False)
    ]
    if output is Format.JSON:
        _print({"record": at, "seed": found.seed, "events": events}, output)
        return
    typer.echo(f"{words.drawn(found)} Record {at}, seed {found.seed}.")


@app.command()
def plan(
    model: Model,
    version: Version = None,
    since: Since = None,
    until: Until = None,
    points: Annotated[float, typer.Option(help="Recall is to be told to ± so many points.")] = 5,
    guess: Annotated[float | None, typer.Option(help="Recall that is guessed, 0 to 1; as the labels tell it.")] = None,
    warehouse: Warehouse = Path("warehouse"),
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Print how many events that passed must be looked at to measure recall; exit 3 where no number does."""
    from analytics.feedback import planner, words_planner

    reader, scope = _opened(warehouse, snapshot, model, version, since, until)
    p = planner.plan(reader, scope, points / 50, guess).result
    if output is Format.JSON:
        _print(p.to_record() | {"sentence": words_planner.headline(p)}, output)
    else:
        typer.echo(f"{words_planner.headline(p)}.\n{words_planner.note(p)}\n")
        for table in (words_planner.bands(p), words_planner.clean(p)) if not p.why else ():
            _print(table.to_dict("records"), output)
            typer.echo("")
    if p.checks is None:
        raise typer.Exit(CANNOT_TELL)


@app.command()
def export(
    model: Model,
    out: Annotated[Path, typer.Option(help="Folder that is made for the files.")],
    since: Since = None,
    until: Until = None,
    validation_from: Annotated[str | None, typer.Option(help="Where validation begins; after 60 %.")] = None,
    test_from: Annotated[str | None, typer.Option(help="Where the test begins; after 80 %.")] = None,
    warehouse: Warehouse = Path("warehouse"),
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Write the labelled set as Parquet, split by time without leakage, with a data card."""
    from analytics.feedback import card as cards
    from analytics.feedback import export as exports
    from analytics.scope import parse_time

    reader, scope = _opened(warehouse, snapshot, model, None, since, until)
    ends = [parse_time(t) if t else None for t in (validation_from, test_from)]
    card = exports.export(reader, scope, out, *ends).result.card
    if output is Format.JSON:
        _print(cards.to_record(card), output)
    else:
        typer.echo(cards.to_markdown(card))


@app.command()
def evaluate(
    model: Model,
    candidate: Annotated[str | None, typer.Option(help="Version that is fitted anew; the challenger.")] = None,
    since: Since = None,
    until: Until = None,
    warehouse: Warehouse = Path("warehouse"),
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Fit the candidate anew on the exported training split and compare it on later events; stores nothing."""
    from dataclasses import replace

    from analytics.feedback import retraining
    from analytics.feedback import words_retraining as words

    reader, scope = _opened(warehouse, snapshot, model, None, since, until)
    found = retraining.evaluate(reader, replace(scope, version=None), candidate, _tell).result
    if output is Format.JSON:
        told = {"headline": words.headline(found), "shown": words.shown(found), "not_shown": words.not_shown(found)}
        _print(found.to_record() | told, output)
        return
    typer.echo(f"{words.headline(found)}.\n")
    _print(words.table(found).to_dict("records"), output)
    for title, lines in (("Shown", words.shown(found)), ("Not shown", words.not_shown(found))):
        typer.echo(f"\n{title}:\n" + "\n".join(f"- {line}" for line in lines))


@app.command()
def misses(
    model: Model,
    version: Version = None,
    since: Since = None,
    until: Until = None,
    warehouse: Warehouse = Path("warehouse"),
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> None:
    """Print the attacks that are known to have got through, and what came of each."""
    from analytics.feedback import misses as found
    from analytics.feedback import words_misses as words

    reader, scope = _opened(warehouse, snapshot, model, version, since, until)
    m = found.misses(reader, scope).result
    shown = m.rows.drop(columns="payload")
    rows = _records(shown)
    if output is Format.JSON:
        _print({"headline": words.headline(m), "n": m.n, "open": m.open, "rows": rows}, output)
        return
    typer.echo(f"{words.headline(m)}.\n{words.loop(m)}\n")
    _print([{k: r[k] for k in ("event_id", "known_at", "label_source", "outcome", "days_open")} for r in rows], output)


@app.command(name="test-case")
def test_case(
    model: Model,
    detection: Annotated[str, typer.Argument(help="Id of the detection, or of its event.")],
    version: Version = None,
    warehouse: Warehouse = Path("warehouse"),
) -> None:
    """Record a judged detection as a test case: what was scored, spelled, with where it comes from."""
    from uuid import uuid4

    from analytics.feedback import cases

    reader, scope = _opened(warehouse, None, model, version, None, None)
    at, test_id = cases.make_test_case(reader, scope, detection, None, uuid4().hex)
    typer.echo(f"Test case {test_id!r}, record {at}.")


def _tell(step: str) -> None:
    """Say what a long work is at, on a terminal."""
    import sys

    if sys.stderr.isatty():
        typer.echo(f"{step} …", err=True)


def _opened(
    warehouse: Path, snapshot: str | None, model: str, version: str | None, since: str | None, until: str | None
) -> tuple[Reader, Scope]:
    """Return a reader and the scope that was asked for, its version filled in."""
    from dataclasses import replace

    from analytics import scope as scopes
    from analytics.feedback.versions import pair
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    reader = open_reader(warehouse, local_viewer(), snapshot)
    scope = scopes.Scope(
        model,
        version,
        scopes.parse_time(since) if since else None,
        scopes.parse_time(until) if until else None,
    )
    return reader, replace(scope, version=pair(reader, scope).own.name)


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as records, times in ISO 8601."""
    return json.loads(rows.to_json(None, orient="records", date_format="iso", date_unit="us") or "[]")


def _print(found: Any, output: Format) -> None:
    """Print a record or a list of records."""
    if output is Format.JSON:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False, default=str))
        return
    from analytics.console import text_table

    typer.echo(text_table(found))
