"""Got through: attacks that are known to have been missed, and what came of each: a test case, a fix, its release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.efficacy.reading import in_force
from analytics.errors import BadInput
from analytics.feedback import queries
from analytics.feedback.rows import of_events
from analytics.results import Measured
from analytics.scope import Scope
from analytics.stats.survival import Course, cumulative_incidence, time_until
from analytics.viewer import Viewer
from analytics.warehouse import Event, Reader, Trace, record, replay
from analytics.warehouse.lookup import labelled_columns
from analytics.warehouse.rows import stored
from analytics.warehouse.selection import naive

TESTED, RELEASED = "miss_test_added", "miss_fix_released"
MOST = 500
"""Known misses that are listed, the newest first; all are counted."""
_DAY_S = 86_400.0
_SHOWN = ["event_id", "detection_id", "model_version", "occurred_at", "payload"]


@dataclass(frozen=True, slots=True)
class Loop:
    """How long a step takes, the misses that are not there yet counted as open."""

    done: int
    course: Course
    """Days."""
    median_days: float | None
    """Half of all misses are there by then; None where it was not reached."""


@dataclass(frozen=True, slots=True)
class Misses:
    """Attacks that are known to have got through."""

    scope: Scope
    n: int
    """Known misses."""
    open: int
    """Of these without a released fix."""
    succeeded: int
    """Of these the attack achieved something."""
    oldest_open_days: float | None
    rows: pd.DataFrame
    """event_id, occurred_at, known_at, label_source, outcome, technique, days_open, tested_at, test_id, released_at,
    fixed_in; then detection_id, model_version, payload. The newest known first."""
    tested: Loop
    """From known to a test case."""
    released: Loop
    """From known to a released fix."""


def misses(reader: Reader, scope: Scope, log: int = 0) -> Measured[Misses]:
    """Return the attacks that the version let pass, or that succeeded, whoever found them.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names model and version.
    log
        Position of the log up to which tests and fixes are known: the same question has the same answer.
    """
    if scope.model is None or scope.version is None:
        raise BadInput("listing misses", "no model version is named.", "Name the model and its version.")
    trace = Trace(reader)
    rows = trace.run(*queries.known_misses(scope, labelled_columns(reader), in_force(trace, scope)))
    rows = _with_records(rows, reader.directory, str(scope.model))
    now = reader.snapshot.data_until
    end = naive(now) if now else datetime.max
    until = rows["released_at"].fillna(end)
    rows["days_open"] = ((until - rows["known_at"]).dt.total_seconds() / _DAY_S).clip(lower=0.0)
    open_ = rows["released_at"].isna()
    listed = _whole(trace, scope, rows.head(MOST))
    result = Misses(
        scope=scope,
        n=len(rows),
        open=int(open_.sum()),
        succeeded=int((rows["outcome"] == "succeeded").sum()),
        oldest_open_days=float(rows["days_open"][open_].max()) if open_.any() else None,
        rows=listed,
        tested=_loop(rows, "tested_at", end),
        released=_loop(rows, "released_at", end),
    )
    return Measured(result, trace.provenance(scope))


def _with_records(rows: pd.DataFrame, directory: Path, model: str) -> pd.DataFrame:
    """Add what was recorded of each: the first test case, the first released fix."""
    found: dict[str, list[tuple[str, datetime, str]]] = {TESTED: [], RELEASED: []}
    for r in replay(directory, kinds=list(found)):
        if r.body["model"] == model:
            said = r.body["test_id" if r.kind == TESTED else "version"]
            found[r.kind].append((r.subject, naive(r.at), said))
    for kind, at, what in ((TESTED, "tested_at", "test_id"), (RELEASED, "released_at", "fixed_in")):
        known = pd.DataFrame(found[kind], columns=["event_id", at, what]).drop_duplicates("event_id")
        rows = rows.merge(known, on="event_id", how="left")
        rows[at] = pd.to_datetime(rows[at]).astype("datetime64[us]")
    return rows


def _loop(rows: pd.DataFrame, at: str, end: datetime) -> Loop:
    """Return how long it takes from known to there; the open ones are watched up to the end of the data."""
    done = rows[at].notna().to_numpy(dtype=bool)
    days = (rows[at].fillna(end) - rows["known_at"]).dt.total_seconds().to_numpy() / _DAY_S
    course = cumulative_incidence(np.maximum(days, 0.0), done)
    return Loop(int(done.sum()), course, time_until(course, 0.5))


def _whole(trace: Trace, scope: Scope, rows: pd.DataFrame) -> pd.DataFrame:
    """Add what was scored, as the viewer may see it."""
    every = stored(trace.reader, scope, trace.once)
    found = of_events(trace, every, rows, _SHOWN) if len(rows) else rows
    if found.empty:
        return rows.assign(detection_id=None, model_version=scope.version, payload=None)
    return rows.merge(found.drop(columns="occurred_at").drop_duplicates("event_id"), on="event_id", how="left")


def add_test(directory: Path, viewer: Viewer, model: str, event_id: str, test_id: str, note: str, key: str) -> int:
    """Record that a test case now holds a miss; return the log position.

    Raises
    ------
    BadInput
        No test case is named.
    NotAllowed
        The viewer may not record this.
    """
    if not test_id.strip():
        raise BadInput("recording a test", "no test case is named.", "Give its id.")
    body = {"model": model, "test_id": test_id.strip(), "note": note.strip()}
    return record(directory, Event(TESTED, event_id, body, key), viewer)


def release_fix(directory: Path, viewer: Viewer, model: str, event_id: str, version: str, note: str, key: str) -> int:
    """Record that a fix of a miss is released; return the log position.

    Raises
    ------
    BadInput
        No version is named.
    NotAllowed
        The viewer may not record this.
    """
    if not version.strip():
        raise BadInput("recording a fix", "no version or rule is named.", "Say what was released.")
    body = {"model": model, "version": version.strip(), "note": note.strip()}
    return record(directory, Event(RELEASED, event_id, body, key), viewer)
