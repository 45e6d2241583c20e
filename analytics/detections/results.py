"""What the detections measures return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from analytics.detections.cursor import Cursor, Order
from analytics.scope import Scope

Alike = Literal["case", "entity"]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list of detections."""

    rows: pd.DataFrame
    """The columns asked for; then verdict, label_source, labelled_at: the label in force, missing where none is."""
    order: Order
    next: Cursor | None
    """Where the list goes on; None at its end."""
    previous: Cursor | None
    """None at its top."""
    complete: bool
    """All that can belong here was looked at; else time was up."""
    reached: Cursor | None
    """Up to where, if not; None: the search did not come to anything."""
    hidden: tuple[str, ...]
    """Columns of it that the viewer may not see."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many detections there are."""

    n: int | None
    """Stored rows; None where counting them would take long."""
    why: str
    """Why they are not counted, or empty."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Everything that is stored of one detection."""

    row: dict[str, Any]
    """The contract's columns without slices and features of the file's own; None where there is no value."""
    slices: dict[str, str]
    """The file's own slice columns that have a value, without ``s.``."""
    features: dict[str, float | str]
    """What the model saw, without ``f.``; only what has a value."""
    verdict: str | None
    """The label in force; None without one."""
    label_source: str | None
    versions: pd.DataFrame
    """What other versions of the model said of the same event: model_version, score, decision, mode, occurred_at."""
    layers: pd.DataFrame
    """What other models said with the same correlation_id an hour around, in time order: model_id, name, service,
    model_version, event_id, detection_id, occurred_at, score, decision, mode."""
    labels: pd.DataFrame
    """All that was said of the event, the first first: labelled_at, verdict, label_source, labelled_by, outcome,
    inclusion_probability, population, record, withdrawn_at, reason, note."""
    thresholds: pd.DataFrame
    """In force when it happened: action, threshold, effective_from."""
    hidden: tuple[str, ...]
    """Columns that the viewer may not see."""
    unseen: bool = False
    """What others said of it is left out until the viewer has judged it."""


@dataclass(frozen=True, slots=True)
class Similar:
    """Detections of the same model that have something in common with one."""

    rows: pd.DataFrame
    """As those of a page, with the column ``alike``: case | entity; same case first, then the nearest in time."""
    complete: bool
    """All of the window was looked at; else time was up."""
    hidden: tuple[str, ...]
    """Columns that the viewer may not see: they make nothing alike."""
    unseen: bool = False
    """How they were judged is left out."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The detections of the same version that are nearest to one, beyond its own case and entity."""

    rows: pd.DataFrame
    """As those of a page, the nearest first; with near: robust units of distance, or the share of letter triples that
    both texts have."""
    by: Literal["features", "text", "nothing"]
    looked: int
    """Rows among which they were looked for."""
    since: datetime | None
    """Of the first of these; None where there are none."""
    until: datetime | None
    features: int = 0
    """How many were compared."""
    compared: int = 0
    """Rows left of those looked at without its own case and entity."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question about a detection."""

    key: str
    """Of the question."""
    rows: pd.DataFrame
    """A few of the rows that it is about, as those of a list; with n where each stands for a part."""
    n: int = 0
    """All of them."""
    acted: int = 0
    """Of these such as were acted on."""
    parts: int = 0
    """Sources or applications among them."""
    since: datetime | None = None
    """Where the time begins that was looked at; None: the beginning of the data, or another one for each layer."""
    until: datetime | None = None
    about: str = ""
    """The part of the text that was looked for."""
    verdicts: pd.Series | None = None
    """Of all of them; None where that was not asked."""
    complete: bool = True
    """All was looked at; else time was up."""
    more: bool = False
    """There are more than n."""
    read: int | None = None
    """Rows of the version in the time that was looked at; None where they were not counted."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file of detections."""

    path: Path
    scope: Scope
    rows: int
    limit: int
    complete: bool
    """It has all there are; else the newest up to the limit."""
    hidden: tuple[str, ...]
    """Columns that the viewer may not see."""
