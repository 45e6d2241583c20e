"""Test cases made from what was scored: any judged detection, made safe to handle, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from analytics.detections.payload import spelled
from analytics.detections.results import Detection
from analytics.detections.single import detection
from analytics.errors import BadInput, NotAllowed
from analytics.feedback import personal
from analytics.feedback.misses import add_test
from analytics.scope import Scope, iso
from analytics.warehouse import Event, Reader, about, record
from analytics.warehouse.contract import ATTACK_VERDICTS
from analytics.warehouse.records import Record

CASE, SUITE = "test_case_made", "from production"
LONGEST = 4_000
"""Characters of a payload that a test case holds."""
_DOING = "making a test case"


@dataclass(frozen=True, slots=True)
class Case:
    """What would be recorded of a detection, and what was changed in it."""

    body: dict[str, Any]
    """Of the record: see ``warehouse.records.TEST_CASE``."""
    spelled: int
    """Characters that cannot be seen or turn others round, and stand as their number now."""
    cut: int
    """Characters left out at the end."""
    replaced: dict[str, int]
    """Personal data that stand-ins were put for, by kind."""
    missed: bool
    """It was an attack that passed: the record says too that a test was added for this miss."""


def planned(d: Detection, snapshot: str, suite: str = SUITE) -> Case:
    """Return the test case that a detection would become.

    What was scored is kept as text, cut at LONGEST characters, in which personal data that rules recognise are replaced
    by stand-ins, and control, direction and zero-width characters are spelled (⟨U+202E⟩). What is expected follows from
    the verdict: an attack is to be flagged, a benign event not.

    Parameters
    ----------
    d
        The detection.
    snapshot
        Id of the snapshot in which it was seen.
    suite
        Name of the suite that it belongs to.

    Raises
    ------
    NotAllowed
        The viewer may not see what was scored.
    BadInput
        Nobody has judged it, or nothing of what was scored is stored.
    """
    if "payload" in d.hidden:
        raise NotAllowed(_DOING, "you may not see what was scored.", "Ask for the role of analyst.")
    if d.verdict in (None, "undetermined"):
        raise BadInput(_DOING, "nobody has judged this detection yet.", "Give a verdict first.")
    text = str(d.row["payload"] or "") or "\n".join(f"{name}: {value}" for name, value in sorted(d.features.items()))
    if not text:
        raise BadInput(_DOING, "neither a text nor features of it are stored.", "Choose another detection.")
    attack, event, model = d.verdict in ATTACK_VERDICTS, str(d.row["event_id"]), str(d.row["model_id"])
    safe, replaced = personal.replaced(text)
    kept = safe[:LONGEST]
    body = {
        "test_id": f"{model}/{event}",
        "suite": suite,
        "polarity": "attack" if attack else "benign",
        "input": spelled(kept),
        "input_cut": len(text) > LONGEST,
        "expected": "flagged" if attack else "passed",
        "technique": spelled(str(d.row["technique"] or ""))[:200],
        "model": model,
        "version": str(d.row["model_version"]),
        "snapshot": snapshot,
        "detection_id": str(d.row["detection_id"]),
        "occurred_at": iso(_time(d.row["occurred_at"])),
    }
    signs = sum(spelled(c) != c for c in kept)
    return Case(body, signs, max(0, len(text) - LONGEST), replaced, attack and d.row["decision"] in (None, "allow"))


def make_test_case(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None, key: str, suite: str = SUITE
) -> tuple[int, str]:
    """Record a detection as a test case, with its lineage, and for a miss that a test was added.

    Returns
    -------
    (int, str)
        The log position and the id of the test case.

    Raises
    ------
    NotAllowed
        The viewer may not see what was scored, or may not record.
    BadInput
        Nobody has judged it, or nothing of what was scored is stored.
    """
    d = detection(reader, scope, detection_id, event_id).result
    case, event, viewer = planned(d, reader.snapshot.id, suite), str(d.row["event_id"]), reader.viewer
    model, test_id = case.body["model"], case.body["test_id"]
    at = record(reader.directory, Event(CASE, event, case.body, key), viewer)
    if case.missed:
        at = add_test(reader.directory, viewer, model, event, test_id, "made from it", f"{key}/miss")
    return at, test_id


def made(directory: Path, model: str, event_id: str) -> Record | None:
    """Return the record of the test case that an event of a model has become; None where it has not."""
    mine = [r for r in about(directory, event_id) if r.kind == CASE and r.body["model"] == model]
    return mine[0] if mine else None


def _time(time: object) -> datetime:
    if not isinstance(time, datetime):
        raise TypeError("a detection has a time")
    return time
