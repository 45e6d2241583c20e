"""Giving verdicts and taking them back: what pages, commands and notebooks call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analytics.errors import BadInput
from analytics.viewer import Viewer
from analytics.warehouse import Event, Reader, record_all
from analytics.warehouse.contract import ATTACK_VERDICTS, LABEL_SOURCES, OWN_POPULATIONS
from analytics.warehouse.records import KINDS
from analytics.warehouse.scored import rows_of
from analytics.warehouse.verdicts import GIVEN, REVIEWERS, WITHDRAWN

ROLES = KINDS[GIVEN].roles
"""Who may give verdicts."""
MOST = 1_000
"""Events that are judged in one step."""
_TRIAGE, _SETTLED = "triage", "adjudication"


@dataclass(frozen=True, slots=True)
class Source:
    """As what a verdict counts."""

    label_source: str
    inclusion_probability: float | None = None
    """Of the audit that drew the event; None where no audit did."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody says of an event."""

    verdict: str
    outcome: str = "unknown"
    reason: str = ""
    """Why the alarm was false; required for the two kinds of false alarms."""
    reason_right: bool | None = None
    """Whether the reason that was shown with the detection was right; None: not said."""
    note: str = ""
    source: Source = Source(_TRIAGE)


def sources(labels: pd.DataFrame, viewer: Viewer, drawn: Source | None = None) -> list[Source]:
    """Return as what a verdict on an event can count, the likeliest first.

    An event of which only drills or benchmarks know stays in their population. What an audit drew, and nobody could
    tell, is settled as part of that audit. Where a judgement stands that triage does not outweigh, a reviewer settles
    it. All else is triage.

    Parameters
    ----------
    labels
        What was said of the event: label_source, verdict, population, inclusion_probability, withdrawn_at.
    viewer
        Who judges.
    drawn
        As what it counts because an audit has drawn the event; None where none has.
    """
    standing = labels[labels["withdrawn_at"].isna()] if len(labels) else labels
    populations = set(standing["population"]) if len(standing) else set()
    if populations and populations <= set(OWN_POPULATIONS):
        return [Source(s) for s in OWN_POPULATIONS if s in populations]
    found = [Source(_TRIAGE)]
    if drawn is not None and drawn.label_source not in set(standing["label_source"] if len(standing) else ()):
        return [drawn, *found]
    if len(standing):
        decided = standing[standing["verdict"] != "undetermined"]
        ranks = [LABEL_SOURCES.index(s) for s in decided["label_source"]]
        drawn = standing[standing["inclusion_probability"].notna()]
        if not ranks and len(drawn):
            last = drawn.iloc[-1]
            found.insert(0, Source(str(last["label_source"]), float(last["inclusion_probability"])))
        if REVIEWERS & viewer.roles and _SETTLED not in {s.label_source for s in found}:
            outweighed = bool(ranks) and min(ranks) < LABEL_SOURCES.index(_TRIAGE)
            found.insert(0 if outweighed else len(found), Source(_SETTLED))
    return found


def likely_outcome(verdict: str, decision: str | None, mode: str | None) -> str:
    """Return the outcome that is taken where none is said: an attack that was blocked was stopped, else unknown."""
    acted = decision in ("block", "challenge") and mode in (None, "act")
    return "stopped" if acted and verdict in ATTACK_VERDICTS else "unknown"


def give(reader: Reader, said: Sequence[tuple[str, Verdict]], key: str) -> list[int]:
    """Record verdicts on events, all of them or none; return the log position of each.

    Parameters
    ----------
    reader
        The snapshot in which they were judged, and who judges.
    said
        Events and what is said of them, each event once.
    key
        Chosen once for what is said: however often it is sent, it is recorded once.

    Raises
    ------
    BadInput
        An event is not stored, or comes twice; a value does not fit.
    NotAllowed
        The viewer may not judge, or not as this source.
    """
    doing, events = "recording verdicts", [event for event, _ in said]
    if not 0 < len(events) <= MOST or len(set(events)) < len(events):
        raise BadInput(doing, f"{len(events)} events were named.", f"Name each once, 1 to {MOST:,} of them.")
    rows = rows_of(reader, events)
    lost = [event for event in events if event not in rows]
    if lost:
        raise BadInput(doing, f"no model scored an event {lost[0]!r}.", "Choose one of the list of detections.")
    bodies = [
        {
            "verdict": v.verdict, "outcome": v.outcome, "reason": v.reason.strip(), "reason_right": v.reason_right,
            "note": v.note.strip(), "label_source": v.source.label_source,
            "inclusion_probability": v.source.inclusion_probability, "snapshot": reader.snapshot.id,
            "rows": rows[event],
        }
        for event, v in said
    ]  # fmt: skip
    records = [Event(GIVEN, e, body, f"{key}/{e}") for e, body in zip(events, bodies, strict=True)]
    return record_all(reader.directory, records, reader.viewer)


def withdraw(directory: Path, viewer: Viewer, given: Sequence[tuple[str, int]]) -> list[int]:
    """Take verdicts back, all of them or none, each by a record of its own; return their log positions.

    Parameters
    ----------
    given
        Event and log position of each verdict.

    Raises
    ------
    BadInput
        There is no such verdict, or it was withdrawn before.
    NotAllowed
        It was given by somebody else, and the viewer is neither owner, approver nor admin.
    """
    events = [Event(WITHDRAWN, event, {"seq": seq}, f"withdraw/{seq}/{viewer.actor}") for event, seq in given]
    return record_all(directory, events, viewer)
