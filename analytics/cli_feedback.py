"""``bartizan feedback``: the work queue, audits and what comes of verdicts, for scripts and terminals."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.cli_options import Asked, Format, selecting

if TYPE_CHECKING:
    import pandas as pd


CANNOT_TELL = 3

app = typer.Typer(no_args_is_help=True, help="What to look at next, and what is made of what people found.")


class Design(StrEnum):
    """How an audit is drawn."""

    SCORE = "score"
    SIMPLE = "simple"


@app.command()
@selecting()
def queue(asked: Asked) -> None:
    """Print what to label next, why, and how long it takes."""
    from analytics.feedback import queue as queues
    from analytics.feedback import words

    reader, scope = asked.reader, asked.scope
    found = queues.queue(reader, scope).result
    rows = found.rows.assign(why=words.why(found, reader.snapshot.zone))
    shown = rows[["why", "minutes", "event_id", "detection_id", "model_version", "occurred_at", "score", "reason"]]
    records = _records(shown)
    if asked.output is Format.JSON:
        record = {"headline": words.headline(found), "hours": found.hours, "rows": records}
        _print(record, asked.output)
        return
    typer.echo(words.headline(found))
    _print([{k: r[k] for k in ("why", "minutes", "event_id", "model_version", "score")} for r in records], asked.output)
    typer.echo(words.searched(found, reader.snapshot.zone))


@app.command()
@selecting("snapshot")
def draw(
    asked: Asked,
    n: Annotated[int, typer.Option("--n", help="Events to draw.")],
    design: Annotated[Design, typer.Option(help="By bands of score, or every event alike.")] = Design.SCORE,
    seed: Annotated[int | None, typer.Option(help="Of the draw; by chance if left out.")] = None,
) -> None:
    """Draw an audit of what passed, and record it: its verdicts tell how much is missed."""
    import secrets
    from uuid import uuid4

    from analytics.feedback import draws, words

    reader, scope = asked.reader, asked.scope
    found = draws.draw(reader, scope, n, design.value, secrets.randbits(32) if seed is None else seed).result
    at = draws.record_draw(reader.directory, reader.viewer, found, reader.snapshot.id, uuid4().hex)
    events = [
        {"event_id": str(event), "inclusion_probability": float(p)}
        for event, p in found.events[["event_id", "probability"]].itertuples(index=False)
    ]
    if asked.output is Format.JSON:
        _print({"record": at, "seed": found.seed, "events": events}, asked.output)
        return
    typer.echo(f"{words.drawn(found)} Record {at}, seed {found.seed}.")


@app.command()
@selecting()
def plan(
    asked: Asked,
    points: Annotated[float, typer.Option(help="Recall is to be told to ± so many points.")] = 5,
    guess: Annotated[float | None, typer.Option(help="Recall that is guessed, 0 to 1; as the labels tell it.")] = None,
) -> None:
    """Print how many events that passed must be looked at to measure recall; exit 3 where no number does."""
    from analytics.feedback import planner, words_planner

    reader, scope = asked.reader, asked.scope
    p = planner.plan(reader, scope, points / 50, guess).result
    if asked.output is Format.JSON:
        _print(p.to_record() | {"sentence": words_planner.headline(p)}, asked.output)
    else:
        typer.echo(f"{words_planner.headline(p)}.\n{words_planner.note(p)}\n")
        for table in (words_planner.bands(p), words_planner.clean(p)) if not p.why else ():
            _print(table.to_dict("records"), asked.output)
            typer.echo("")
    if p.checks is None:
        raise typer.Exit(CANNOT_TELL)


@app.command()
@selecting("model_version")
def export(
    asked: Asked,
    out: Annotated[Path, typer.Option(help="Folder that is made for the files.")],
    validation_from: Annotated[str | None, typer.Option(help="Where validation begins; after 60 %.")] = None,
    test_from: Annotated[str | None, typer.Option(help="Where the test begins; after 80 %.")] = None,
) -> None:
    """Write the labelled set as Parquet, split by time without leakage, with a data card."""
    from analytics.feedback import card as cards
    from analytics.feedback import export as exports
    from analytics.scope import parse_time

    reader, scope = asked.reader, asked.scope
    ends = [parse_time(t) if t else None for t in (validation_from, test_from)]
    card = exports.export(reader, scope, out, *ends).result.card
    if asked.output is Format.JSON:
        _print(cards.to_record(card), asked.output)
    else:
        typer.echo(cards.to_markdown(card))


@app.command()
@selecting("model_version")
def evaluate(
    asked: Asked,
    candidate: Annotated[str | None, typer.Option(help="Version that is fitted anew; the challenger.")] = None,
) -> None:
    """Fit the candidate anew on the exported training split and compare it on later events; stores nothing."""
    from dataclasses import replace

    from analytics.feedback import retraining
    from analytics.feedback import words_retraining as words

    reader, scope = asked.reader, asked.scope
    found = retraining.evaluate(reader, replace(scope, version=None), candidate, _tell).result
    if asked.output is Format.JSON:
        told = {"headline": words.headline(found), "shown": words.shown(found), "not_shown": words.not_shown(found)}
        _print(found.to_record() | told, asked.output)
        return
    typer.echo(f"{words.headline(found)}.\n")
    _print(words.table(found).to_dict("records"), asked.output)
    for title, lines in (("Shown", words.shown(found)), ("Not shown", words.not_shown(found))):
        typer.echo(f"\n{title}:\n" + "\n".join(f"- {line}" for line in lines))


@app.command()
@selecting()
def misses(asked: Asked) -> None:
    """Print the attacks that are known to have got through, and what came of each."""
    from analytics.feedback import misses as found
    from analytics.feedback import words_misses as words

    reader, scope = asked.reader, asked.scope
    m = found.misses(reader, scope).result
    shown = m.rows.drop(columns="payload")
    rows = _records(shown)
    if asked.output is Format.JSON:
        _print({"headline": words.headline(m), "n": m.n, "open": m.open, "rows": rows}, asked.output)
        return
    typer.echo(f"{words.headline(m)}.\n{words.loop(m)}\n")
    _print(
        [{k: r[k] for k in ("event_id", "known_at", "label_source", "outcome", "days_open")} for r in rows],
        asked.output,
    )


@app.command(name="test-case")
@selecting("since", "until", "snapshot", "output")
def test_case(
    asked: Asked,
    detection: Annotated[str, typer.Argument(help="Id of the detection, or of its event.")],
) -> None:
    """Record a judged detection as a test case: what was scored, spelled, with where it comes from."""
    from uuid import uuid4

    from analytics.feedback import cases

    reader, scope = asked.reader, asked.scope
    at, test_id = cases.make_test_case(reader, scope, detection, None, uuid4().hex)
    typer.echo(f"Test case {test_id!r}, record {at}.")


def _tell(step: str) -> None:
    """Say what a long work is at, on a terminal."""
    import sys

    if sys.stderr.isatty():
        typer.echo(f"{step} …", err=True)


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
