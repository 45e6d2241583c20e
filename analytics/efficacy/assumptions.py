"""What a case and a mistake are said to cost: agreed by people and recorded, never measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from analytics.errors import BadInput
from analytics.viewer import Viewer
from analytics.warehouse import Event, record, replay


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Minutes and money; None where nobody has said."""

    minutes_per_case: float = 10.0
    alarms_per_case: float | None = None
    """None: as the cases that people labelled tell."""
    cost_missed: float | None = None
    """Of an attack that passes, in the bank's currency."""
    cost_false_alarm: float | None = None
    """Of a benign event that is acted on, beyond the analyst's time."""
    cost_hour: float | None = None
    """Of an analyst."""

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if value is None:
                continue
            if not 0 <= value < 1e12:
                raise BadInput("reading what things cost", f"{f.name} is {value}.", "Give a number of at least 0.")
            object.__setattr__(self, f.name, float(value))  # a record or a scenario may say 40 where 40.0 is meant


def agreed(directory: Path, model: str) -> tuple[Assumptions, str]:
    """Return what was recorded last for a model, and by whom; the defaults and nobody where nothing was."""
    for r in reversed(replay(directory)):
        if r.kind == "assumptions_agreed" and r.subject == model:
            return Assumptions(**r.body), f"{r.actor}, {r.at:%Y-%m-%d}"
    return Assumptions(), ""


def agree(directory: Path, viewer: Viewer, model: str, given: Assumptions, key: str) -> int:
    """Record the assumptions for a model; return the log position.

    Raises
    ------
    NotAllowed
        The viewer may not record this.
    """
    return record(directory, Event("assumptions_agreed", model, asdict(given), key), viewer)
