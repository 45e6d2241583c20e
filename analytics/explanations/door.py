"""The one way to ask a model about inputs of one's own: a role, the newest view, and a record before the answer.

Whoever may try inputs at will learns what passes: such questions are an evasion oracle, and treated as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

import numpy as np

from analytics import viewer as viewers
from analytics.errors import BadInput, NoData, NotAllowed
from analytics.explanations.asking import LONGEST, Asked, ask
from analytics.explanations.results import NotExplained
from analytics.results import Measured
from analytics.scope import Scope
from analytics.viewer import Viewer
from analytics.warehouse import Event, lookup, record
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.questions import KIND
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

Edited = str | Mapping[str, float | str]
"""A text, or by column numbers in the unit in which they are stored and words of categories."""
_DOING = "asking the model"
_LARGEST = float(np.finfo(np.float32).max)
"""Models of trees take no larger numbers."""
_USUAL = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Feature:
    """A number that the model sees, in its own unit, or a category."""

    name: str
    """From data: to be shown literally."""
    column: str
    own: float
    low: float
    """Nine of ten ordinary rows lie from here …"""
    typical: float
    high: float
    """… to here."""
    whole: bool
    """All values that are known of it are whole numbers."""
    options: tuple[str, ...] = ()
    """Of a category the values that may be chosen, its own among them; all numbers here are then NaN. From data."""
    word: str = ""
    """A category's own value. From data."""
    usual_word: str = ""
    """The value that most of the ordinary rows have. From data."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What of a detection can be changed."""

    text: str | None
    """What was scored; None where the model sees numbers."""
    features: tuple[Feature, ...]


def refused(viewer: Viewer, scope: Scope) -> str:
    """Return why a viewer may not ask the model in a view; empty where they may."""
    return viewers.refused(viewer, pinned=scope.snapshot is not None)


def offered(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None = None
) -> Measured[Offered | NotExplained]:
    """Return what of a detection can be changed, as it is stored; the model is not asked.

    The parameters are those of ``measures.explain``. Where no file of the model can be used, the reason says so.
    """
    trace = Trace(reader)
    asked = looked_up(reader, scope, detection_id, event_id, trace)
    found = asked if isinstance(asked, NotExplained) else _offered(asked)
    return Measured(found, trace.provenance(scope))


def _offered(asked: Asked) -> Offered:
    if asked.inputs.text:
        return Offered(asked.given[0], ())
    own, usual = asked.inputs.stored(asked.row)[0], asked.inputs.stored(asked.ordinary)
    low, typical, high = np.quantile(usual, _USUAL, axis=0)
    whole = (usual == np.round(usual)).all(axis=0) & (own == np.round(own))
    features = []
    for i, c in enumerate(asked.inputs.columns):
        numbers = map(float, (own[i], low[i], typical[i], high[i]))
        one = Feature(c.removeprefix(FEATURE_PREFIX), c, *numbers, whole=bool(whole[i]))
        if asked.inputs.words[i]:
            word, usual_word = asked.words(i)
            one = replace(one, options=_options(asked, i), word=word, usual_word=usual_word)
        features.append(one)
    return Offered(None, tuple(features))


def _options(asked: Asked, i: int) -> tuple[str, ...]:
    """Return the values of a category that may be chosen: those that the model knows, else those of ordinary rows."""
    known = asked.inputs.known[i] or asked.inputs.spelled(i, asked.ordinary)
    return tuple(sorted({*known, asked.words(i)[0]}))


def looked_up(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None, trace: Trace
) -> Asked | NotExplained:
    """Return the detection and its model; a reason where its file is not there or cannot be used."""
    try:
        return ask(reader, scope, detection_id, event_id, trace)
    except (BadInput, NoData) as e:
        return NotExplained(f"{e.found[:1].upper()}{e.found[1:]}")


def enter(reader: Reader, scope: Scope, asked: Asked, what: Literal["what_if", "nearest_flip"]) -> None:
    """Write into the log who asks what of which model, or stop: only then is the model asked. Every call is a record.

    Parameters
    ----------
    reader
        Its viewer has a name: theirs is the record.
    scope
        Of the view that is asked in.

    Raises
    ------
    NotAllowed
        No role, a pinned view, or too many questions within an hour.
    """
    if why := refused(reader.viewer, scope):
        raise NotAllowed(_DOING, why, "Nothing was asked.")
    row = asked.row.iloc[0]
    body = {"model": str(asked.loaded.note["model_id"]), "version": str(row["model_version"]), "what": what}
    record(reader.directory, Event(KIND, str(row["event_id"]), body, uuid4().hex), reader.viewer)


def changed(asked: Asked, edited: Edited) -> Asked:
    """Return a detection with other inputs.

    Raises
    ------
    BadInput
        They are not of the kind that the model takes.
    """
    if asked.inputs.text:
        if not isinstance(edited, str) or len(edited) > LONGEST:
            raise BadInput(_DOING, f"it takes a text of up to {LONGEST:,} characters.", "Give one.")
        return _with(asked, {asked.inputs.columns[0]: edited})
    if isinstance(edited, str) or set(edited) != set(asked.inputs.columns):
        raise BadInput(_DOING, "it takes a value for each feature.", "Give all of them.")
    for i, column in enumerate(asked.inputs.columns):
        if not _fits(asked, i, edited[column]):
            name = column.removeprefix(FEATURE_PREFIX)
            value = edited[column]
            said = value if isinstance(value, str) else f"{value:g}"
            raise BadInput(_DOING, f"the value {said} is none that {name} can have.", "Give another one.")
    return _with(asked, edited)


def _fits(asked: Asked, i: int, value: float | str) -> bool:
    """Tell whether a model takes a value for one of its columns."""
    if isinstance(value, str) or asked.inputs.words[i]:
        return bool(asked.inputs.words[i]) and value in _options(asked, i)
    given = asked.inputs.of(np.full((1, len(asked.inputs.columns)), value, dtype=float))
    return bool(abs(given[0, i]) <= _LARGEST)


def _with(asked: Asked, values: Mapping[str, str | float]) -> Asked:
    return Asked(asked.row.assign(**values), asked.loaded, asked.inputs, asked.ordinary, asked.threshold)


def actions(asked: Asked, trace: Trace) -> tuple[tuple[str, float], ...]:
    """Return the actions and thresholds in force when it happened, the lowest first."""
    row = asked.row.iloc[0]
    at = row["occurred_at"].to_pydatetime()
    found = lookup.thresholds_at(str(asked.loaded.note["model_id"]), str(row["model_version"]), at, trace.run)
    return tuple((str(a), float(t)) for a, t in zip(found["action"], found["threshold"], strict=True))
