"""Options that several commands have, each said once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.settings import WAREHOUSE

if TYPE_CHECKING:
    from analytics.scope import Scope
    from analytics.warehouse import Reader


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


Warehouse = Annotated[Path, typer.Option("--warehouse", "-w", help="Folder of the warehouse.", envvar=WAREHOUSE)]
Snapshot = Annotated[
    str | None, typer.Option(help="Snapshot id, or id~position with the verdicts up to there; newest if left out.")
]
Output = Annotated[Format, typer.Option("--format", help="table for people, json for programs.")]
Since = Annotated[str | None, typer.Option(help="Start, inclusive: ISO 8601, UTC unless it says.")]
Until = Annotated[str | None, typer.Option(help="End, exclusive.")]
_Model = Annotated[str, typer.Option(help="Model id.")]
_Version = Annotated[str | None, typer.Option(help="Version; the one in use if left out.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command works on: the snapshot, one model version in a window, and how it prints."""

    reader: Reader
    scope: Scope
    output: Format


def selecting(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that name a model version, a window and a snapshot; it takes ``Asked`` first.

    Parameters
    ----------
    without
        Options that it does not have: model_version, since, until, snapshot, output.
    """
    own, *others = (p for p in inspect.signature(_asked, eval_str=True).parameters.values() if p.name not in without)

    def over(command: Callable[..., None]) -> Callable[..., None]:
        _, *more = inspect.signature(command, eval_str=True).parameters.values()

        @wraps(command)
        def run(**given: Any) -> None:
            asked = _asked(**{p.name: given.pop(p.name) for p in (own, *others)})
            command(asked, **given)

        named = [p.replace(kind=p.KEYWORD_ONLY) for p in (own, *more, *others)]
        run.__signature__ = inspect.Signature(named)  # ty: ignore[missing-attribute]  Typer reads it
        return run

    return over


def _asked(
    model: _Model,
    model_version: _Version = None,
    since: Since = None,
    until: Until = None,
    warehouse: Warehouse = Path("warehouse"),
    snapshot: Snapshot = None,
    output: Output = Format.TABLE,
) -> Asked:
    """Return the reader and the scope that was asked for, its version filled in."""
    from analytics import scope as scopes
    from analytics.feedback.versions import pair
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    reader = open_reader(warehouse, local_viewer(), snapshot)
    first, end = (scopes.parse_time(t) if t else None for t in (since, until))
    scope = scopes.Scope(model, model_version, first, end)
    return Asked(reader, replace(scope, version=pair(reader, scope).own.name), output)
