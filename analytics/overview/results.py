"""What the overview measures return. Drawn by ``charts``, told by ``words``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import pandas as pd

from analytics.efficacy.results import Efficacy
from analytics.overview.reviews import Acceptance
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.differences import Difference

Kind = Literal["storm", "unchecked", "silent", "overruled", "slice"]
Measure = Literal["precision", "recall", "acted", "checked", "missed"]
Counted = Literal["alarms", "events", "unchecked events", "stored alarms"]


@dataclass(frozen=True, slots=True)
class Service:
    """The model version in use of one service, in the window."""

    name: str
    """Of the service; of the model where it names none or shares it with another."""
    scope: Scope
    efficacy: Efficacy
    false_alarms: Estimate
    """A day."""
    checked: float
    """Events scored a day."""
    acted: float
    """Events alerted on, challenged or blocked a day, as served."""
    acts: bool
    """It could act on some of what it checked; else it only alerts."""
    days: pd.DataFrame
    """One row a business day of the last 90: day, acted (events), whole (the day is over)."""
    truth: Estimate
    """Share of what was acted on in the window whose truth is known."""
    model: str
    """What its model is called in the inventory."""
    seeded: Estimate | None = None
    """Share of attacks staged on purpose that were caught; None where none were."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs from the weeks before beyond chance."""

    service: str
    scope: Scope
    """The later period."""
    measure: Measure
    before: float
    after: float
    difference: Difference
    """Of shares; the ratio of usual days for volumes."""
    q: float
    """False discovery rate over everything that was compared."""
    worse: bool
    since: datetime | None = None
    """Start of the later period where that is not the overview's."""
    technique: str = ""
    """Of newly known misses: the commonest technique."""
    of_it: int = 0
    """Misses of this technique that became known in the later period."""
    of_all: int = 0
    """Of any."""
    first: datetime | None = None
    """When the first of them, of all that are known, happened."""
    began: date | None = None
    """Of misses that were found: the day from which their numbers differ most from those before; None: cannot tell."""
    until_then: float = float("nan")
    """How many were found a day before that."""
    days: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    """Of misses that were found: day (business zone), value, later (since the change began, else in the later period),
    silent (no label came that day, of any kind, where some usually do); else empty."""


@dataclass(frozen=True, slots=True)
class Happening:
    """A storm, an outage, a rule that overruled scores or a slice full of alarms, with a start and an end."""

    kind: Kind
    service: str
    scope: Scope
    """The model, from the first to the last hour."""
    start: datetime
    end: datetime
    """Exclusive; the end of the data where it goes on."""
    ongoing: bool
    regions: tuple[str, ...]
    """Empty: everywhere."""
    peak: float
    """Times the usual: of a storm in its worst hour, of a slice in all; 0 where nothing is usual (slice: there was
    none in the days before). Unchecked, silent: the share unchecked or missing."""
    events: float
    """What ``counted`` says; unchecked: events that passed without a check; silent: events missing; overruled: events
    acted on although their score lies below every threshold that the version ever had."""
    usual: float
    """The same for these hours in other weeks."""
    reason: str
    """Why most events were not checked, or the rule that acted on most of them, as the data says; else empty."""
    disturbed: Estimate | None
    """Of a storm: benign events that were acted on."""
    hours: pd.DataFrame
    """A day around it, or two weeks where it is told by days: hour (UTC; of days their midnight), value, usual."""
    counted: Counted
    """What its hours count. Of a storm: alarms (events acted on), or all events where these rose no less."""
    place: str = ""
    """The slice, or the application that all stored rows of it are of; empty: none."""
    partly: bool = False
    """Overruled: stored rows stand for a part of it, so what they alone tell (rule, application) is said of them."""
    of: float = 0.0
    """Unchecked: all events of these hours."""
    decision: str = ""
    """Overruled: what was done with all of them, or *flag* where nothing acts; slice: with all that carry a verdict;
    empty: this and that."""
    below: float | None = None
    """Overruled: all scores lie below it, an edge of how scores are counted: thresholds are for some eyes alone."""
    judged: int = 0
    """Overruled, slice: rows acted on that carry a verdict,"""
    right: int = 0
    """and those of them that were attacks."""

    @property
    def daily(self) -> bool:
        """Whether it is told by days."""
        return self.kind == "slice"


@dataclass(frozen=True, slots=True)
class Silence:
    """Days on which no label arrived although some usually do."""

    service: str
    scope: Scope
    first: date
    last: date
    ongoing: bool
    usual: float
    """Labels a day."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it."""

    services: list[Service]
    """In the order of their names: the order never changes with the figures."""
    changes: list[Change]
    """Since ``since``; the most certain first."""
    happenings: list[Happening]
    """In the window or since ``since``, the latest first."""
    before: list[str]
    """Services of what had ended before both, once each."""
    silences: list[Silence]
    since: datetime
    """Start of the period that is compared."""
    until: datetime
    """End of the data."""
    compared: int
    """Figures that were compared with the weeks before."""
    rows: int
    events: float
    """That these rows and counts stand for."""
    checked: float
    """A day."""
    acted: float
    """A day."""
    checked_change: Difference | None
    """Checked a day since ``since`` against the four weeks before."""
    acted_change: Difference | None
    """The same of those acted on."""
    notes: dict[str, tuple[str, ...]]
    """What whoever registered the versions in use wrote about their data, with the services of which they did."""
    truth: Estimate
    """Share of what was acted on in the window whose truth is known."""
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)
    """What people live with until a day, by subject. No measure: whoever shows it lays the log of records over it."""
