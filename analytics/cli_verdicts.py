"""``bartizan feedback record`` and ``undo``: verdicts from scripts and terminals, by the same door as a page's."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analytics.cli_options import Warehouse


class Said(StrEnum):
    """Verdicts."""

    TRUE_POSITIVE = "true_positive"
    BENIGN_POSITIVE = "benign_positive"
    FALSE_POSITIVE_LOGIC = "false_positive_logic"
    FALSE_POSITIVE_DATA = "false_positive_data"
    UNDETERMINED = "undetermined"


class Outcome(StrEnum):
    """What an attack came to."""

    STOPPED = "stopped"
    NO_EFFECT = "no_effect"
    SUCCEEDED = "succeeded"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """Yes or no."""

    YES = "yes"
    NO = "no"


def record(
    events: Annotated[list[str], typer.Argument(help="Ids of the events that are judged; all are recorded, or none.")],
    verdict: Annotated[Said, typer.Option(help="What they are.")],
    outcome: Annotated[Outcome, typer.Option(help="What an attack came to.")] = Outcome.UNKNOWN,
    reason: Annotated[str, typer.Option(help="Why the alarm was false; needed for false positives.")] = "",
    reason_right: Annotated[Answer | None, typer.Option(help="Whether the reason that was shown was right.")] = None,
    note: Annotated[str, typer.Option(help="Anything else.")] = "",
    source: Annotated[str, typer.Option(help="As what it counts; adjudication needs a reviewer.")] = "triage",
    chance: Annotated[float | None, typer.Option("--inclusion-probability", help="Of the audit that drew it.")] = None,
    key: Annotated[str | None, typer.Option(help="Chosen once: what is sent again under it is recorded once.")] = None,
    warehouse: Warehouse = Path("warehouse"),
) -> None:
    """Record a verdict on events; figures count it at once."""
    from uuid import uuid4

    from analytics.feedback import verdicts, words_verdicts
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    right = None if reason_right is None else reason_right is Answer.YES
    said = verdicts.Verdict(verdict, outcome, reason, right, note, verdicts.Source(source, chance))
    reader = open_reader(warehouse, local_viewer())
    given = verdicts.give(reader, [(event, said) for event in events], key or uuid4().hex)
    told = [f"{seq} on {event}" for event, seq in zip(events, given, strict=True)]
    typer.echo(f"{words_verdicts.recorded(verdict, len(events))} Record {', '.join(told)}.")


def undo(
    records: Annotated[list[int], typer.Argument(help="Log positions of the verdicts that are taken back.")],
    warehouse: Warehouse = Path("warehouse"),
) -> None:
    """Take verdicts back by new records; all of them or none."""
    from analytics.errors import BadInput
    from analytics.feedback import verdicts
    from analytics.viewer import local_viewer
    from analytics.warehouse import replay

    subjects = {r.seq: r.subject for r in replay(warehouse, kinds=["verdict_given"])}
    lost = [seq for seq in records if seq not in subjects]
    if lost:
        found = f"record {lost[0]} is no verdict."
        raise BadInput("withdrawing a verdict", found, "`bartizan feedback record` tells the number of each.")
    verdicts.withdraw(warehouse, local_viewer(), [(subjects[seq], seq) for seq in records])
    typer.echo(f"Taken back: {', '.join(map(str, records))}. The records stay in the log.")


def add(app: typer.Typer) -> None:
    """Add the commands to ``bartizan feedback``."""
    app.command()(record)
    app.command()(undo)
