"""Drawing an audit: events that passed, by chance, each with the chance that it had; recorded, so that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from analytics.efficacy.reading import in_force
from analytics.errors import BadInput, NoData
from analytics.feedback import queries
from analytics.feedback.bands import Band, Passed, passed
from analytics.results import Measured
from analytics.scope import Scope, iso
from analytics.stats.planning import Audit, allocated
from analytics.viewer import Viewer
from analytics.warehouse import Event, Reader, Trace, record
from analytics.warehouse.audits import KIND
from analytics.warehouse.rows import stored

Design = Literal["score", "simple"]
"""score: strata by score, more from where misses are likelier. simple: every event with the same chance."""
MOST = 2_000
"""Events of one draw."""
_AT_ONCE, _HOURS = 2_000_000, 64
"""Rows and hours that one query looks at."""
_HOUR = timedelta(hours=1)
_COLUMNS = ["event_id", "detection_id", "occurred_at", "score", "decision", "sampling_weight"]
_DOING = "drawing an audit"


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum of a draw."""

    low: float
    high: float
    rows: int
    events: float
    drawn: int
    probability: float
    """Chance of each of its events to be drawn."""


@dataclass(frozen=True, slots=True)
class Draw:
    """An audit that was drawn, and is recorded or not."""

    scope: Scope
    design: Design
    seed: int
    strata: tuple[Stratum, ...]
    events: pd.DataFrame
    """stratum, event_id, detection_id, occurred_at, score, weight, probability."""


def draw(
    reader: Reader, scope: Scope, n: int, design: Design = "score", seed: int = 0, guess: Audit | None = None
) -> Measured[Draw]:
    """Draw events that passed, without replacement, every one of a stratum with the same chance.

    How many fall into an hour is drawn first, from the rollup (multivariate hypergeometric), then rows of that hour
    by a hash: together a simple random sample of the stratum, for which no more hours are read than events drawn.
    The same seed on the same snapshot draws the same events.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names model and version; the window is cut to whole hours, slices are left out.
    n
        Events, up to MOST.
    design
        By score or simple.
    seed
        Of the draw.
    guess
        Events and guessed share of attacks of each stratum; None: as many from each stratum.

    Raises
    ------
    BadInput
        Too many events, no version, or a window without a whole hour.
    NoData
        Nothing passed in this window, or no rows of it are stored.
    """
    if not 0 < n <= MOST or design not in get_args(Design):
        raise BadInput(_DOING, f"{n} events by the design {design!r} were asked for.", f"Ask for 1 to {MOST:,}.")
    if scope.model is None or scope.version is None:
        raise BadInput(_DOING, "no model version is named.", "Name the model and its version.")
    trace = Trace(reader)
    p = passed(trace, scope, in_force(trace, scope), simple=design == "simple")
    if not p.bands:
        raise NoData(_DOING, "no rows that passed are stored in this window.", "Choose a longer window.")
    rng = np.random.default_rng(seed)
    many = _allocation(p.bands, n, guess)
    picks = [pick for h, band in enumerate(p.bands) for pick in _picks(p, h, band, many[h], rng)]
    rows = _read(trace, p, picks, seed)
    strata = tuple(_stratum(band, rows[rows["stratum"] == h]) for h, band in enumerate(p.bands))
    chance = np.array([s.probability for s in strata])
    rows = rows.assign(probability=chance[rows["stratum"].to_numpy(dtype=np.int64)])
    return Measured(Draw(p.scope, design, seed, strata, rows), trace.provenance(p.scope))


def _allocation(bands: tuple[Band, ...], n: int, guess: Audit | None) -> list[int]:
    room = np.array([b.rows for b in bands])
    if guess is not None and len(guess.events) == len(bands):
        return np.minimum(allocated(guess, n), room).tolist()
    many = np.zeros(len(bands), dtype=np.int64)
    while many.sum() < min(n, room.sum()):  # evenly; what a small stratum has no room for goes to the others
        open_ = np.flatnonzero(many < room)
        share = max(1, (min(n, room.sum()) - many.sum()) // len(open_))
        for h in open_:
            many[h] += min(share, room[h] - many[h], n - many.sum())
    return many.tolist()


def _picks(
    p: Passed, h: int, band: Band, many: int, rng: np.random.Generator
) -> list[tuple[datetime, int, int, int, int]]:
    """Return how many rows of a stratum are taken from which hour."""
    mine = p.cells[p.cells["score_bin"].between(band.first, band.last)].groupby("hour")["n"].sum()
    if not many:
        return []
    taken = rng.multivariate_hypergeometric(mine.to_numpy(dtype=np.int64), many, method="marginals")
    hours = [t.to_pydatetime() for t in mine.index[taken > 0]]
    return [(hour, h, band.first, band.last, int(k)) for hour, k in zip(hours, taken[taken > 0], strict=True)]


def _read(trace: Trace, p: Passed, picks: list[tuple[datetime, int, int, int, int]], seed: int) -> pd.DataFrame:
    every = stored(trace.reader, p.scope, trace.once)
    size = p.cells.groupby("hour")["n"].sum()
    picks = sorted(picks)
    found, part, rows, hours = [], [], 0, 0
    for i, pick in enumerate(picks):
        fresh = i == 0 or picks[i - 1][0] != pick[0]
        if part and fresh and (rows + size[pick[0]] > _AT_ONCE or hours == _HOURS):
            found.append(_part(trace, every, p, part, seed))
            part, rows, hours = [], 0, 0
        part.append(pick)
        rows, hours = (rows + int(size[pick[0]]), hours + 1) if fresh else (rows, hours)
    if part:
        found.append(_part(trace, every, p, part, seed))
    found = [f for f in found if len(f)]
    if not found:
        raise NoData(_DOING, "the rows that were drawn are not stored any more.", "Choose another window.")
    return pd.concat(found, ignore_index=True).sort_values(["stratum", "occurred_at", "event_id"], ignore_index=True)


def _part(trace: Trace, every: Any, p: Passed, picks: list[Any], seed: int) -> pd.DataFrame:
    spans = [(hour, hour + _HOUR) for hour in sorted({pick[0] for pick in picks})]
    source = every.source(_COLUMNS, spans)
    if source is None:
        return pd.DataFrame()
    return trace.run(*queries.taken(source, p.served, picks, seed))


def _stratum(band: Band, rows: pd.DataFrame) -> Stratum:
    """Return a stratum of the draw: an event had to be stored before it could be drawn."""
    chance = len(rows) / band.rows * min(band.stored, 1.0)
    return Stratum(band.low, band.high, band.rows, band.events, len(rows), chance)


def record_draw(directory: Path, viewer: Viewer, drawn: Draw, snapshot: str, key: str) -> int:
    """Record a draw; from then on its events are in the queue, and their labels count with their chance.

    Raises
    ------
    NotAllowed
        The viewer may not record this.
    """
    scope, d = drawn.scope, drawn.events
    since = scope.since or _aware(d["occurred_at"].min())
    until = scope.until or _aware(d["occurred_at"].max()) + timedelta(microseconds=1)
    body = {
        "version": scope.version,
        "since": iso(since),
        "until": iso(until),
        "snapshot": snapshot,
        "design": drawn.design,
        "seed": drawn.seed,
        "strata": [
            {"low": s.low, "high": s.high, "rows": s.rows, "events": s.events, "drawn": s.drawn,
             "probability": s.probability}
            for s in drawn.strata if s.drawn
        ],
        "events": [
            {"event_id": str(event), "detection_id": str(one), "occurred_at": iso(_aware(at)), "score": float(x)}
            for event, one, at, x in d[["event_id", "detection_id", "occurred_at", "score"]].itertuples(index=False)
        ],
    }  # fmt: skip
    return record(directory, Event(KIND, str(scope.model), body, key), viewer)


def _aware(time: pd.Timestamp) -> datetime:
    return time.to_pydatetime().replace(tzinfo=UTC)
