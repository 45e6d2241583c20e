"""What is found beside distributions: mixes of decisions, reasons and verdicts, gaps, new values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from analytics.results import Estimate
from analytics.scope import iso

GapKind = Literal["nothing came", "nothing scored", "partly unchecked", "not judged"]


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a mix, in the reference and now."""

    name: str
    reference: Estimate
    current: Estimate
    by_chance: float | None = None
    """By how much the share differs at most, 95 times of 100, between windows drawn from the reference's days."""

    @property
    def beyond_chance(self) -> bool | None:
        """Whether the share moved by more than chance makes it; None where nobody can say."""
        return None if self.change is None or self.by_chance is None else abs(self.change) > self.by_chance

    @property
    def change(self) -> float | None:
        """Share now minus share then; None where one of them has none."""
        then, now = self.reference.value, self.current.value
        return None if then is None or now is None else now - then


@dataclass(frozen=True, slots=True)
class Mix:
    """How a whole falls into parts, in the reference and now."""

    parts: tuple[Part, ...]
    """The largest now or then first."""
    psi: float | None
    psi_by_chance: float | None
    """What days like those of the reference stay below 95 times of 100; None: they are too few to say."""
    coverage: tuple[float | None, float | None] = (None, None)
    """Of verdicts: judged share of the alarms, then and now."""
    arriving: bool = False
    """Of verdicts: whether much of the window lies within the usual delay of labels."""
    why: str = ""
    """Why there is nothing to compare."""

    @property
    def beyond_chance(self) -> bool | None:
        """Whether the mix differs by more than chance makes it; None where nobody can say."""
        return None if self.psi is None or self.psi_by_chance is None else self.psi > self.psi_by_chance

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return {
            "psi": self.psi,
            "psi_by_chance": self.psi_by_chance,
            "beyond_chance": self.beyond_chance,
            "judged_share": dict(zip(("reference", "current"), self.coverage, strict=True)),
            "labels_arriving": self.arriving,
            "why": self.why,
            "parts": [
                {
                    "name": p.name,
                    "reference": p.reference.to_record(),
                    "current": p.current.to_record(),
                    "change": p.change,
                    "change_by_chance": p.by_chance,
                    "beyond_chance": p.beyond_chance,
                }
                for p in self.parts
            ],
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row in which something was missing, or hours."""

    kind: GapKind
    first: date
    last: date
    share: float
    """Of the events (of the alarms, where they were not judged) of these days that are missing; 1 is all."""
    inside: Literal["reference", "window", ""]
    """Which of the two holds some of them; the window where both do."""
    hours: tuple[datetime, datetime] | None = None
    """[start, end) in the business zone, where not whole days are meant."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        ends = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        hours = None if self.hours is None else dict(zip(("since", "until"), map(iso, self.hours), strict=True))
        return {"kind": self.kind, **ends, "hours": hours, "share": self.share, "inside": self.inside}


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came, what was decided, what was not scored, and the days without."""

    decisions: Mix
    unchecked: Mix
    """Events without a score by the reason why, and those with one under ``CHECKED``."""
    gaps: tuple[Gap, ...]
    """Oldest first, over all the data there is."""
    no_hours: str = ""
    """Why gaps of hours were not looked for; empty where they were."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return {
            "decisions": self.decisions.to_record(),
            "unchecked": self.unchecked.to_record(),
            "gaps": [g.to_record() for g in self.gaps],
        }


CHECKED = "scored"
"""Name of the part of the events that have a score."""


@dataclass(frozen=True, slots=True)
class New:
    """A value that the window has and the reference has not."""

    column: str
    value: str
    events: float
    share: float
    """Of the window's events."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return {"column": self.column, "value": self.value, "events": self.events, "share": self.share}


@dataclass(frozen=True, slots=True)
class News:
    """New values of every column of names."""

    found: tuple[New, ...]
    """The largest first."""
    columns: tuple[str, ...]
    """Columns that were looked at."""
    untold: tuple[str, ...]
    """Columns in which rare values are counted together, so that new ones among them cannot be told."""
    why: str = ""
    """Why nothing can be told."""
