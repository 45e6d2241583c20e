"""A place in a list of detections: what comes behind it is found by its key, however far down it lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from analytics.errors import BadInput
from analytics.scope import parse_time

Order = Literal["newest", "top"]
"""newest: by time, the latest first. top: by score, the highest first, the unscored last."""
ORDERS: tuple[Order, ...] = ("newest", "top")
_DOING = "reading the place in the list"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row of the list, or the edge up to which a search went; ties lie in the order of event and version."""

    order: Order
    at: datetime | float | None
    """Time (UTC, aware) or score of the row; None: it has no score."""
    event_id: str | None = None
    """None: an edge; what has exactly this time or score lies before it."""
    version: str = ""
    backwards: bool = False
    """The rows before it are asked for, not those behind it."""

    def to_text(self) -> str:
        """Return the place as text for a URL; ``from_text`` reads it back, equal."""
        pairs = [("order", self.order)]
        if isinstance(self.at, datetime):
            pairs.append(("at", self.at.astimezone(UTC).isoformat()))
        elif self.at is not None:
            pairs.append(("at", repr(float(self.at))))
        if self.event_id is not None:
            pairs += [("event", self.event_id), ("version", self.version)]
        return urlencode([*pairs, *([("backwards", "yes")] if self.backwards else [])])

    @classmethod
    def from_text(cls, text: str) -> Cursor:
        """Read a place from its text.

        Raises
        ------
        BadInput
            It is none.
        """
        given = dict(parse_qsl(text, keep_blank_values=True))
        order, at = given.get("order"), given.get("at")
        if order not in ORDERS or (order == "newest" and at is None):
            raise BadInput(_DOING, f"{text!r} is none.", "Start at the top of the list.")
        found: datetime | float | None = None
        if at is not None:
            found = parse_time(at) if order == "newest" else _score(at)
        return cls(order, found, given.get("event"), given.get("version", ""), given.get("backwards") == "yes")


def _score(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not 0 <= found <= 1:
        raise BadInput(_DOING, f"{text!r} is no score.", "Start at the top of the list.")
    return found
