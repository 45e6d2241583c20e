"""What the sample in a warehouse was made from, in a small file beside its snapshots."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from analytics.errors import BadInput
from analytics.warehouse.layout import SAMPLE, write_whole
from sample_data.perimeter.scenario import FILE

NAME = SAMPLE


@dataclass(frozen=True, slots=True)
class Made:
    """Two samples of the same are the same rows."""

    until: str
    """Day after the last one, ISO 8601."""
    seed: int
    scale: float
    scenario: str
    """Digest of the scenario file."""


def made(end: datetime, seed: int, scale: float) -> Made:
    """Return what a sample of the present scenario is made from."""
    return Made(end.date().isoformat(), seed, float(scale), hashlib.sha256(FILE.read_bytes()).hexdigest()[:16])


def read(warehouse: Path) -> Made | None:
    """Return what the sample of a warehouse was made from; None where it has none, or says nothing readable of it."""
    try:
        return Made(**json.loads((warehouse / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write(warehouse: Path, what: Made) -> None:
    """Note what the sample of a warehouse was made from."""
    write_whole(warehouse / NAME, json.dumps(asdict(what)) + "\n")


def refuse_another(warehouse: Path, wanted: Made) -> None:
    """Stop where a warehouse holds another sample: both together would count the traffic twice.

    Raises
    ------
    BadInput
        Its sample has another end, seed, scale or scenario.
    """
    found = read(warehouse)
    if found not in (None, wanted):
        raise BadInput(
            "importing the sample perimeter",
            f"{warehouse} holds another sample: until {found.until}, seed {found.seed}, scale {found.scale:g}.",
            "Name a new folder.",
        )


def last_midnight(until: str = "") -> datetime:
    """Return the end of a sample: the start of the day that is named, or of today (UTC).

    Raises
    ------
    BadInput
        What is given is not a day.
    """
    if not until:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput("reading --until", f"{until!r} is not a day.", "Write it as 2026-11-22.") from None
