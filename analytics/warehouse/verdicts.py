"""Verdicts in the log: what one holds, who may give it, who may take it back."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics.errors import BadInput, NotAllowed
from analytics.scope import SLICE_NAME, SLICES
from analytics.viewer import Role, Viewer
from analytics.warehouse.contract import DECISIONS, LABEL_SOURCES, MODES, OUTCOMES, VERDICTS

if TYPE_CHECKING:
    from analytics.warehouse.records import Record

GIVEN, WITHDRAWN = "verdict_given", "verdict_withdrawn"
VERDICT_KINDS = (GIVEN, WITHDRAWN)
"""Records that change figures; the subject of each is an event_id."""
BODY = frozenset(
    {
        "verdict", "outcome", "reason", "reason_right", "note", "label_source", "inclusion_probability", "snapshot",
        "rows",
    }
)  # fmt: skip
"""``reason_right``: whether the reason that was shown was right. ``snapshot``: the one in which it was judged.
``rows``: what labelled rows keep of every version that scored the event: figures follow without a look at the files."""
FALSE_POSITIVES = ("false_positive_logic", "false_positive_data")
"""Verdicts that need a reason."""
REVIEWERS: frozenset[Role] = frozenset({"owner", "validator", "approver", "admin"})
"""Who may settle what others judged: give an adjudication."""
_UNDO: frozenset[Role] = frozenset({"owner", "approver", "admin"})
"""Who may withdraw the verdict of another."""
LONGEST_REASON, LONGEST_NOTE, LONGEST_VALUE, MOST_ROWS = 300, 2_000, 100_000, 500

ROW_TEXTS = (
    "event_id", "detection_id", "model_id", "model_version", "unscored_reason", "case_id",
    "decision", *SLICES,
)  # fmt: skip
"""Columns of a row that hold text."""
_NEEDED = ("event_id", "model_id", "model_version", "occurred_at", "weight")
_ALLOWED = {"decision": DECISIONS, "mode": MODES}
_DOING = "recording verdict given"
_Records = Callable[[str], "list[Record]"]


def check_given(subject: str, body: dict[str, Any], viewer: Viewer, about: _Records) -> None:
    """Refuse a verdict with a field that does not fit.

    Raises
    ------
    BadInput
        A value that is not allowed; no reason for a false positive; a row of another event.
    NotAllowed
        An adjudication by one who may only judge.
    """
    _one_of("verdict", body["verdict"], VERDICTS)
    _one_of("outcome", body["outcome"], OUTCOMES)
    _one_of("label_source", body["label_source"], LABEL_SOURCES)
    for name, most in (("reason", LONGEST_REASON), ("note", LONGEST_NOTE), ("snapshot", 100)):
        _text(name, body[name], most)
    if body["verdict"] in FALSE_POSITIVES and not body["reason"].strip():
        raise BadInput(_DOING, "a false alarm needs a reason.", "Say why the alarm was false.")
    if not (body["reason_right"] is None or isinstance(body["reason_right"], bool)):
        raise BadInput(_DOING, f"reason_right is {body['reason_right']!r}.", "Use true, false or null.")
    chance = body["inclusion_probability"]
    if chance is not None and not (_number(chance) and 0 < chance <= 1):
        raise BadInput(_DOING, f"inclusion_probability is {chance!r}.", "Give a number above 0, up to 1, or null.")
    if body["label_source"] == "adjudication" and not REVIEWERS & viewer.roles:
        who = ", ".join(sorted(REVIEWERS))
        raise NotAllowed(_DOING, f"an adjudication needs one of the roles {who}.", "Record it as triage.")
    _rows(subject, body["rows"])


def check_withdrawn(subject: str, body: dict[str, Any], viewer: Viewer, about: _Records) -> None:
    """Refuse to take back what is no verdict on the event, was taken back already, or is that of somebody else.

    Raises
    ------
    BadInput
        There is no such verdict, or it was withdrawn.
    NotAllowed
        It is another's, and the viewer is neither owner, approver nor admin.
    """
    doing = "withdrawing a verdict"
    known = about(subject)
    given = next((r for r in known if r.kind == GIVEN and r.seq == body["seq"]), None)
    if given is None or isinstance(body["seq"], bool):
        raise BadInput(doing, f"record {body['seq']!r} is no verdict on this event.", "Name one of its history.")
    if any(r.kind == WITHDRAWN and r.body["seq"] == given.seq for r in known):
        raise BadInput(doing, f"verdict {given.seq} was withdrawn before.", "Give a new one if need be.")
    mine = (given.actor, given.verified_by) == (viewer.actor, viewer.verified_by)
    if not mine and not _UNDO & viewer.roles:
        who = ", ".join(sorted(_UNDO))
        raise NotAllowed(doing, f"it was given by {given.actor}.", f"Ask them, or one of the roles {who}.")


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(_DOING, f"{name} is {value!r}.", f"Use one of {', '.join(allowed)}.")


def _text(name: str, value: Any, most: int) -> None:
    if not isinstance(value, str) or len(value) > most:
        raise BadInput(_DOING, f"{name} is no text of up to {most:,} characters.", "Shorten it.")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise BadInput(_DOING, f"{name} holds half a character.", "Type it again.")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _rows(subject: str, rows: Any) -> None:
    fix = "Take them from the warehouse: `warehouse.scored.rows_of`."
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS:
        raise BadInput(_DOING, "the event's rows are missing or too many.", fix)
    for row in rows:
        fault = "it is no row" if not isinstance(row, dict) else _fault(subject, row)
        if fault:
            raise BadInput(_DOING, f"a row of the event does not fit: {fault}.", fix)


def _fault(subject: str, row: dict[str, Any]) -> str:
    """Return what is wrong with a row; empty where nothing is."""
    missing = [c for c in _NEEDED if row.get(c) is None]
    if missing:
        return f"{missing[0]} is missing"
    if row["event_id"] != subject:
        return "it is of another event"
    for column, value in row.items():
        known = column in (*ROW_TEXTS, "occurred_at", "score", "weight") or SLICE_NAME.fullmatch(column)
        if not known:
            return f"there is no column {column!r}"
        if column == "score":
            fits = value is None or (_number(value) and 0 <= value <= 1)
        elif column == "weight":
            fits = _number(value) and value > 0
        else:
            fits = value is None or (isinstance(value, str) and len(value) <= LONGEST_VALUE)
            fits = fits and (value is None or column not in _ALLOWED or value in _ALLOWED[column])
        if not fits:
            return f"{column} has a value that is not allowed"
    try:
        datetime.fromisoformat(row["occurred_at"])
    except ValueError:
        return "occurred_at is no time"
    return ""


def row_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return a labelled row as a verdict's body holds it: only what has a value, the time as UTC text."""
    row: dict[str, Any] = {}
    for column, value in values.items():
        if column == "occurred_at":
            row[column] = value.isoformat()
        elif column in ("score", "weight"):
            row |= {} if value is None or math.isnan(value) else {column: float(value)}
        elif isinstance(value, str) and (column in ROW_TEXTS or SLICE_NAME.fullmatch(column)):
            row[column] = value
    return row
