"""One detection with everything around it, and what is like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from analytics.detections import queries
from analytics.detections.cursor import Cursor
from analytics.detections.filters import Filters
from analytics.detections.listing import JUDGED, KEY, ask, listed, rows_of
from analytics.detections.results import Alike, Detection, Similar
from analytics.detections.walk import walk
from analytics.errors import BadInput
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse import about, lookup
from analytics.warehouse.contract import DETECTIONS, FEATURE_PREFIX, SLICE_PREFIX
from analytics.warehouse.finding import find
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import Stored, stored
from analytics.warehouse.selection import naive
from analytics.warehouse.trace import Trace
from analytics.warehouse.verdicts import GIVEN

AROUND = timedelta(hours=1)
"""Another layer sees the same request a little earlier or later."""
MOST_SIMILAR = 200
SEARCH_S = 2.0
"""Seconds after which the search for similar ones stops."""
_DOING = "looking for a detection"
_VERSION = ["model_version", "score", "decision", "mode", "occurred_at"]
_LAYER = ["model_id", "model_version", "event_id", "detection_id", "occurred_at", "score", "decision", "mode"]


def detection(reader: Reader, scope: Scope, detection_id: str, event_id: str | None = None) -> Measured[Detection]:
    """Return one detection with everything that is stored of it.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names the model, and the version where its versions share ids; labels as known at its ``known_at``. Its window
        and slices play no part.
    detection_id
        Or the id of the event, where no detection has this one.
    event_id
        The event of it, where it is known: the index then finds it at once. Else, of models whose detections have ids
        of their own, all are looked through.

    Raises
    ------
    BadInput
        No model is named, or it has no such detection.
    """
    trace = Trace(reader)
    every = stored(reader, Scope(scope.model), trace.once)
    found = _find(every, scope, detection_id, event_id, trace)
    row, others = found.iloc[0], found.iloc[1:]
    event = str(row["event_id"])
    labels = _reasoned(reader, event, lookup.history(scope, event, _plain(row["detection_id"]), trace.run))
    verdict, source = _in_force(scope, row, trace) if len(labels) else (None, None)
    time = row["occurred_at"].to_pydatetime()
    result = Detection(
        row={c.name: _plain(row[c.name]) for c in DETECTIONS},
        slices={c.removeprefix(SLICE_PREFIX): str(v) for c, v in _own(row, SLICE_PREFIX)},
        features={c.removeprefix(FEATURE_PREFIX): v for c, v in _own(row, FEATURE_PREFIX)},
        verdict=verdict,
        label_source=source,
        versions=others[_VERSION].reset_index(drop=True),
        layers=layers(reader, row, trace),
        labels=labels,
        thresholds=lookup.thresholds_at(str(scope.model), str(row["model_version"]), time, trace.run),
        hidden=tuple(c for c in every.columns if not every.visible(c)),
    )
    return Measured(result, trace.provenance(scope))


def similar(
    reader: Reader, scope: Scope, detection_id: str, k: int = 20, event_id: str | None = None
) -> Measured[Similar]:
    """Return detections of the same version that are like one: of the same case, then of the same entity.

    Of either the nearest in time come first. The window of the scope holds, its slices do not.

    Parameters
    ----------
    k
        How many at most, up to MOST_SIMILAR; the other parameters are those of ``detection``.
    """
    if not 0 < k <= MOST_SIMILAR:
        raise BadInput("looking for similar detections", f"{k} were asked for.", f"Ask for 1 to {MOST_SIMILAR}.")
    trace, deadline = Trace(reader), perf_counter() + SEARCH_S
    every = stored(reader, Scope(scope.model), trace.once)
    row = _find(every, scope, detection_id, event_id, trace).iloc[0]
    version = str(row["model_version"])
    scope = replace(scope, version=version, where=())
    hidden = tuple(c for c in every.columns if not every.visible(c))
    at = Cursor("newest", row["occurred_at"].to_pydatetime().replace(tzinfo=UTC), str(row["event_id"]), version)
    found, complete = [], True
    asked = ask(reader, scope, Filters(), trace)
    taken: set[str] = set()
    for alike, column in (("case", "case_id"), ("entity", "entity")):
        value = _plain(row[column])
        if value is None or column in hidden or len(taken) >= k:
            continue
        keys, whole = _nearest(reader, scope, Filters(**{column: value}), at, k + len(taken), trace, deadline)
        keys = keys[~keys["event_id"].isin(taken)].iloc[: k - len(taken)]
        taken |= set(keys["event_id"])
        complete = complete and whole
        if len(keys):
            found.append(_marked(rows_of(asked, keys, listed(asked.stored)), alike))
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*listed(every), *JUDGED, "alike"])
    return Measured(Similar(rows, complete, hidden), trace.provenance(scope))


def _marked(rows: pd.DataFrame, alike: Alike) -> pd.DataFrame:
    return rows.assign(alike=alike)


def _nearest(
    reader: Reader, scope: Scope, f: Filters, at: Cursor, k: int, trace: Trace, deadline: float
) -> tuple[pd.DataFrame, bool]:
    """Return the keys of the rows nearest in time to a place, and whether all was looked at that could hold them."""
    selected = ask(reader, scope, f, trace).selected
    ways = [walk(selected, "newest", k, replace(at, backwards=b), trace, deadline) for b in (False, True)]
    keys = pd.concat([w.keys for w in ways if len(w.keys)] or [ways[0].keys], ignore_index=True)
    away = np.abs((keys["occurred_at"] - pd.Timestamp(naive(_time(at)))).to_numpy())
    order = np.lexsort((keys["event_id"].to_numpy(dtype=object), away)) if len(keys) else []
    return keys.iloc[order].head(k), all(w.complete for w in ways)


def _time(at: Cursor) -> datetime:
    if not isinstance(at.at, datetime):
        raise TypeError("a place among the newest has a time")
    return at.at


def _find(every: Stored, scope: Scope, detection_id: str, event_id: str | None, trace: Trace) -> pd.DataFrame:
    """Return the whole row of a detection, and behind it those of other versions for the same event."""
    own = sorted(c for c in every.columns if c.startswith((SLICE_PREFIX, FEATURE_PREFIX)))
    return find(every, scope, [*(c.name for c in DETECTIONS), *own], detection_id, event_id, trace, _DOING)


def _reasoned(reader: Reader, event: str, labels: pd.DataFrame) -> pd.DataFrame:
    """Return labels with the reason and the note of those that were given here; empty where none is told."""
    if labels["record"].isna().all():
        return labels.assign(reason="", note="")
    said = {r.seq: r.body for r in about(reader.directory, event) if r.kind == GIVEN}
    bodies = [said.get(int(seq), {}) if pd.notna(seq) else {} for seq in labels["record"]]
    return labels.assign(**{c: [str(body.get(c, "")) for body in bodies] for c in ("reason", "note")})


def _in_force(scope: Scope, row: pd.Series, trace: Trace) -> tuple[str | None, str | None]:
    """Return the verdict in force and its source, of the labels that count for the whole version."""
    whole = Scope(scope.model, str(row["model_version"]), known_at=scope.known_at)
    population = lookup.population(whole, lookup.labelled_columns(trace.reader), trace.once)
    said = lookup.said(scope, [str(row["event_id"])], population, trace.run)
    return (None, None) if said.empty else (str(said["verdict"].iloc[0]), str(said["label_source"].iloc[0]))


def layers(reader: Reader, row: pd.Series, trace: Trace) -> pd.DataFrame:
    """Return what other models said with the same correlation_id, an hour around."""
    columns = ["model_id", "name", "service", *_LAYER[1:]]
    correlation, time = _plain(row["correlation_id"]), row["occurred_at"].to_pydatetime()
    span = (time - AROUND, time + AROUND)
    found = []
    for other in lookup.others(str(row["model_id"]), span, trace.run) if correlation is not None else []:
        theirs = stored(reader, Scope(other.model_id), trace.once)
        source = theirs.source([*_LAYER, "correlation_id"], [span]) if "correlation_id" in theirs.columns else None
        if source is not None:
            rows = trace.run(*queries.correlated(source, correlation, queries.during([span])))
            found.append(rows.assign(name=other.name, service=other.service)[columns])
    found = [f for f in found if len(f)]
    if not found:
        return pd.DataFrame(columns=columns)
    return pd.concat(found, ignore_index=True).sort_values(["occurred_at", "model_id", *KEY], ignore_index=True)


def _own(row: pd.Series, prefix: str) -> list[tuple[str, Any]]:
    return [(str(c), v) for c in row.index if str(c).startswith(prefix) and (v := _plain(row[c])) is not None]


def _plain(value: Any) -> Any:
    """Return a value of a frame as a plain one: None where missing, times aware."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().replace(tzinfo=UTC)
    return value.item() if isinstance(value, np.generic) else value
