"""The scope: which model, version, window, slice and state of knowledge a figure speaks of.

One text form is shared by page, URL, command and notebook.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from analytics.errors import BadInput

SLICES = ("region", "segment", "application", "business_service", "technique", "mode")
"""Slice columns that every model has; further ones are named ``s.<name>``."""

SLICE_NAME = re.compile(r"s\.[a-z][a-z0-9_]{0,62}")
"""What a slice column of a file may be called."""

_PLAIN = ("model", "version", "snapshot")
_TIMES = ("since", "until", "known_at")


@dataclass(frozen=True, slots=True)
class Scope:
    """A selection of detections. The window is [since, until), in UTC."""

    model: str | None = None
    version: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    where: tuple[tuple[str, str], ...] = ()
    """Slice conditions, column and value, all of which hold."""
    snapshot: str | None = None
    """Snapshot id; None means the one in force."""
    known_at: datetime | None = None
    """Labels that arrived later are not used; None means all."""

    def __post_init__(self) -> None:
        for column, _ in self.where:
            if column not in SLICES and not SLICE_NAME.fullmatch(column):
                raise BadInput(
                    "reading the scope",
                    f"{column!r} is not a slice column.",
                    f"Use one of {', '.join(SLICES)} or s.<name> (lower case, digits, underscore).",
                )
        if self.since and self.until and self.since >= self.until:
            raise BadInput(
                "reading the scope",
                f"the window starts at {iso(self.since)} and ends at {iso(self.until)}.",
                "Give a start that lies before the end.",
            )

    def to_text(self) -> str:
        """Return the scope as a URL query; ``from_text`` reads it back, equal."""
        pairs = [(k, v) for k in _PLAIN if (v := getattr(self, k)) is not None]
        pairs += [(k, iso(v)) for k in _TIMES if (v := getattr(self, k)) is not None]
        pairs += [("where", f"{column}={value}") for column, value in self.where]
        return urlencode(pairs)

    @classmethod
    def from_text(cls, text: str) -> Scope:
        """Read a scope from a URL query; unknown keys are left to others.

        Raises
        ------
        BadInput
            A time, slice or window that cannot be read.
        """
        found: dict[str, Any] = {}
        where: list[tuple[str, str]] = []
        for key, value in parse_qsl(text, keep_blank_values=True):
            if key in _PLAIN:
                found[key] = value
            elif key in _TIMES:
                found[key] = parse_time(value)
            elif key == "where":
                where.append(parse_where(value))
        return cls(**found, where=tuple(where))


def parse_where(text: str) -> tuple[str, str]:
    """Read ``column=value`` as a slice condition."""
    column, equals, value = text.partition("=")
    if not equals:
        raise BadInput("reading a slice", f"{text!r} has no '='.", "Write column=value, for example region=EMEA.")
    return column, value


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time; one without an offset is UTC. Returns an aware UTC time."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise BadInput(
            "reading a time",
            f"{text!r} is not an ISO 8601 date or time.",
            "Write 2026-11-23 or 2026-11-23T14:00:00+01:00.",
        ) from e


def iso(time: datetime) -> str:
    """Return an aware time as UTC text: the date alone at midnight, else to the second or finer."""
    time = time.astimezone(UTC)
    if (time.hour, time.minute, time.second, time.microsecond) == (0, 0, 0, 0):
        return time.date().isoformat()
    return time.replace(tzinfo=None).isoformat() + "Z"
