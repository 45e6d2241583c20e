"""What a case and a mistake are said to cost: proposed by one person, approved by another, never measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics import dates
from analytics.errors import BadInput
from analytics.viewer import Viewer
from analytics.warehouse import Event, may_record, record, replay
from analytics.warehouse.records import PROPOSAL, Record, second_person

_KINDS = ("assumptions_proposed", "assumptions_agreed")


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


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody has proposed and nobody has approved yet."""

    seq: int
    """Its position in the log."""
    values: Assumptions
    actor: str
    verified_by: str
    at: datetime

    def stays(self, viewer: Viewer) -> str:
        """Return why it stays proposed, whatever this viewer does; empty where they can approve it."""
        if not may_record("assumptions_agreed", viewer):
            return "Another person, an owner or an approver, has to approve it."
        found, fix = second_person(self.actor, self.verified_by, viewer)
        return f"It stays proposed: {found}. {fix}" if found else ""


def agreed(directory: Path, model: str, zone: str = "UTC") -> tuple[Assumptions, str]:
    """Return what was approved last for a model, by whom and on what day; the defaults and nobody where nothing was.

    Parameters
    ----------
    directory, model
        Whose log, and of which model.
    zone
        Business zone, in which days are told.
    """
    found = _agreement(replay(directory, kinds=_KINDS), model)
    if not found:
        return Assumptions(), ""
    return found[1], f"{found[0].actor}, {dates.day(found[0].at.astimezone(ZoneInfo(zone)))}"


def agreed_proposer(directory: Path, model: str) -> str:
    """Return who proposed what was approved last for a model; empty where nothing was."""
    log = replay(directory, kinds=_KINDS)
    found = _agreement(log, model)
    return _proposal_of(log, found[0]).actor if found else ""


def proposed(directory: Path, model: str) -> Proposal | None:
    """Return what stands proposed for a model: the last proposal, unless an approval came after it."""
    for r in reversed(replay(directory, kinds=_KINDS)):
        if r.subject == model and r.kind == "assumptions_agreed":
            return None
        if r.subject == model and r.kind == "assumptions_proposed":
            return Proposal(r.seq, Assumptions(**r.body), r.actor, r.verified_by, r.at)
    return None


def propose(directory: Path, viewer: Viewer, model: str, given: Assumptions, key: str) -> int:
    """Record what somebody proposes to assume for a model; return the log position.

    Raises
    ------
    NotAllowed
        The viewer may not record this.
    """
    return record(directory, Event("assumptions_proposed", model, asdict(given), key), viewer)


def approve(directory: Path, viewer: Viewer, model: str, proposal: int, key: str) -> int:
    """Record that what stands proposed for a model is agreed; return the log position.

    Parameters
    ----------
    proposal
        Log position of the proposal that is meant.

    Raises
    ------
    NotAllowed
        The viewer may not approve, or is not a second verified person: it stays proposed.
    BadInput
        Something else was proposed since, or it is approved already.
    """
    return record(directory, Event("assumptions_agreed", model, {PROPOSAL: proposal}, key), viewer)


def _agreement(log: list[Record], model: str) -> tuple[Record, Assumptions] | None:
    """Return the last approval for a model, and what it approves."""
    for r in reversed(log):
        if r.kind == "assumptions_agreed" and r.subject == model:
            return r, Assumptions(**_proposal_of(log, r).body)
    return None


def _proposal_of(log: list[Record], approval: Record) -> Record:
    """Return the record that holds what was approved: itself in logs from before it took two people."""
    seq = approval.body.get(PROPOSAL)
    return approval if seq is None else next(r for r in log if r.seq == seq)
