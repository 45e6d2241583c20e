"""The scenario: every number of the simulated perimeter, each marked sourced or assumed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from analytics.errors import BadInput

FILE = Path(__file__).with_name("scenario.toml")
SAYS = "Simulated, no real bank: generated events, really scored by trained models, in a made-up scenario."
MARKS = ("sourced", "assumed")
_DOING = "reading the scenario of the sample perimeter"


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its numbers and tables of shares, its texts, and the shares that go unscored by reason."""

    key: str
    numbers: dict[str, Any]
    texts: dict[str, Any]
    unscored: dict[str, float]
    aim: dict[str, float]

    def __getitem__(self, name: str) -> Any:
        """Return a number."""
        return self.numbers[name]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the story."""

    numbers: dict[str, Any]
    texts: dict[str, Any]

    def window(self, end: datetime) -> tuple[datetime, datetime]:
        """Return since and until, for a sample that ends at ``end``."""
        return end - timedelta(days=self.numbers["from_days"]), end - timedelta(days=self.numbers["to_days"])

    def start(self, end: datetime) -> datetime:
        """Return when it begins on its first day."""
        return self.window(end)[0] + timedelta(hours=self.numbers["start_hour"])


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole scenario, marks checked and taken off."""

    sample: dict[str, Any]
    regions: dict[str, float]
    calendar: dict[str, Any]
    rhythms: dict[str, dict[str, Any]]
    """How busy hours and days are, by name."""
    labels: dict[str, Any]
    staff: dict[str, Any]
    """People who judge, and the hours of cases that a day brings."""
    seeded: dict[str, Any]
    layers: dict[str, Any]
    records: dict[str, Any]
    """What the programme office of the sample has recorded."""
    services: dict[str, Service]
    story: dict[str, Event]

    def rhythm(self, service: Service, attack: bool = False) -> dict[str, Any]:
        """Return how busy hours and days are for the traffic of a service, or for its attacks."""
        return self.rhythms[service.texts["attack_rhythm" if attack else "rhythm"]]


def load(path: Path = FILE) -> Scenario:
    """Read and check a scenario file.

    Raises
    ------
    BadInput
        Where a number does not say whether it is sourced or assumed.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    raw.pop("title", None)
    plain = {name: unmarked(part, name) for name, part in raw.items()}
    return Scenario(
        sample=plain["sample"],
        regions=plain["regions"],
        calendar=plain["calendar"],
        rhythms=plain["rhythms"],
        labels=plain["labels"],
        staff=plain["staff"],
        seeded=plain["seeded"],
        layers=plain["layers"],
        records=plain["records"],
        services={key: _service(key, part) for key, part in plain["services"].items()},
        story={key: Event(*_split(part)) for key, part in plain["story"].items()},
    )


def unmarked(entry: Any, where: str) -> Any:
    """Return an entry without its marks, refusing numbers that have none.

    Raises
    ------
    BadInput
        A bare number, a value with no mark or with both, or an empty mark.
    """
    if isinstance(entry, dict) and "value" in entry:
        marks = [m for m in MARKS if str(entry.get(m, "")).strip()]
        if len(marks) != 1 or set(entry) - {"value", *MARKS}:
            raise BadInput(_DOING, f"{where} is not marked as it should be.", "Give it `sourced` or `assumed`, one.")
        return entry["value"]
    if isinstance(entry, dict):
        return {name: unmarked(part, f"{where}.{name}") for name, part in entry.items()}
    if isinstance(entry, str) or (isinstance(entry, list) and all(isinstance(e, str) for e in entry)):
        return entry
    raise BadInput(_DOING, f"{where} is a bare number.", 'Write it as { value = …, assumed = "why" }.')


def _service(key: str, part: dict[str, Any]) -> Service:
    unscored, aim = part.pop("unscored"), part.pop("aim")
    return Service(key, *_split(part), unscored=unscored, aim=aim)


def _split(part: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the numbers and the texts of a table."""
    is_text = {name: isinstance(value, str | list) for name, value in part.items()}
    return (
        {name: value for name, value in part.items() if not is_text[name]},
        {name: value for name, value in part.items() if is_text[name]},
    )
