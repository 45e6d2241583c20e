"""Explaining many detections at once: a stated random sample and the alarms, in parts that a later run goes on with.

What is chosen depends on the data, the model file and the numbers asked for alone. So a run that was ended in the
middle is taken up where it stopped: parts that are there are not worked out again, and nothing is stored twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import BadInput, NoData
from analytics.explanations import queries
from analytics.explanations.asking import LEAST, LONGEST, WINDOW, ordinary, whole
from analytics.explanations.attributions import LIMIT_S, TOLERANCE, added, off
from analytics.explanations.fitted import cannot, estimated, seen
from analytics.explanations.inputs import Inputs, inputs
from analytics.explanations.models import Loaded, load
from analytics.explanations.results import Attributions, NotExplained
from analytics.scope import SLICES, Scope
from analytics.warehouse import explained, lookup
from analytics.warehouse.explaining import Made, store, under_way, write_part
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import Source, stored
from analytics.warehouse.trace import Trace

PART, SLOW_PART = 250, 25
"""Rows of a part: what is lost at most when a run is ended; fewer where values are estimated."""
PUBLISH_S = 180
"""What is done is put in force after so many seconds, so that fast models do not wait for slow ones."""
FACTS = ["event_id", "detection_id", "model_id", "model_version", "occurred_at", "score", "decision", "case_id"]
"""What of a detection is stored beside its explanation; slices too."""
DONE = "All of it is stored already."
Progress = Callable[[str, int, int], None]
"""Called with what is under way, rows done and rows in all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be explained of a model version, and with what."""

    scope: Scope
    """Model, version and window."""
    loaded: Loaded
    inputs: Inputs
    source: Source
    usual: pd.DataFrame
    """Ordinary rows."""
    keys: pd.DataFrame
    """event_id, occurred_at, u, alarm, random; in the order of time."""
    made: Made
    """How the rows were chosen; its parts are still to come."""
    limit_s: float

    @property
    def estimated(self) -> bool:
        """Tell whether values are estimated, a row taking seconds."""
        return estimated(self.loaded.model, self.loaded.note)

    @property
    def part(self) -> int:
        """Return the rows of a part."""
        return SLOW_PART if self.estimated else PART

    @property
    def name(self) -> str:
        """Return the name of the folder of its parts: the same for the same work."""
        m = self.made
        key: list[Any] = [m.model_id, m.model_version, m.model_sha256, m.detections, digest(self.usual), self.part]
        key += [self.limit_s] if self.estimated else []
        events = hashlib.sha256("\0".join(self.keys["event_id"]).encode("utf-8", "surrogatepass")).hexdigest()
        return hashlib.sha256(json.dumps([*key, events]).encode()).hexdigest()[:24]


def digest(usual: pd.DataFrame) -> str:
    """Return what tells one set of ordinary rows from another: a digest of their events, in order."""
    events = "\0".join(map(str, usual["event_id"]))
    return hashlib.sha256(events.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def plan(
    reader: Reader,
    scope: Scope,
    sample: int,
    alarms: int | None,
    limit_s: float = LIMIT_S,
) -> Plan | NotExplained:
    """Return what of a model version is still to be explained.

    Parameters
    ----------
    scope
        Names model and version; the window is the last WINDOW of the data.
    sample
        Rows drawn at random.
    alarms
        How many of the newest alarms; None: all of the window.
    limit_s
        Seconds a row where values are estimated.

    Raises
    ------
    BadInput
        The model file is not what was saved.
    NoData
        No file of the model is there.
    """
    trace, until = Trace(reader), reader.snapshot.data_until
    model, version = str(scope.model), str(scope.version)
    loaded = load(reader.directory, model, version)
    start = until - WINDOW if until else None
    every = stored(reader, Scope(model, version, since=start), trace.once)
    found = cannot(loaded.model, loaded.note) or inputs(loaded.model, loaded.note, every)
    if isinstance(found, NotExplained):
        return found
    slices = sorted(c for c in every.columns if c.startswith("s."))
    source = every.source(list(dict.fromkeys([*FACTS, *SLICES, *slices, *found.columns])))
    if source is None:
        return NotExplained("It has scored nothing lately.")
    at = lookup.thresholds_at(model, version, until.replace(tzinfo=None), trace.run) if until else pd.DataFrame()
    threshold = None if at.empty else float(at["threshold"].min())
    usual = ordinary(reader, Scope(model, version), found, threshold, trace)
    if len(usual) < LEAST:
        return NotExplained(f"There are {len(usual)} ordinary rows to compare with; {LEAST} are needed.")
    needed = list(found.columns)
    population = int(trace.run(*queries.explainable(source, needed))["n"].iloc[0])
    drawn = trace.run(*queries.drawn(source, needed, sample))
    fired = trace.run(*queries.alarms(source, needed, threshold, alarms))
    end = until.replace(tzinfo=None) + timedelta(microseconds=1) if until else None
    made = Made(
        model_id=model,
        model_version=version,
        model_sha256=loaded.note["sha256"],
        parts=(),
        detections=tuple(str(Path(p).relative_to(reader.directory.resolve())) for p in every.files["path"]),
        since=start.replace(tzinfo=None) if start else None,
        until=end,
        population=population,
        drawn=len(drawn),
        cut=float(drawn["u"].max()) if len(drawn) else None,
    )
    keys = _keys(reader, Scope(model, version), drawn, fired, made.model_sha256, trace)
    return Plan(Scope(model, version, since=start), loaded, found, source, usual, keys, made, limit_s)


def _keys(
    reader: Reader, scope: Scope, drawn: pd.DataFrame, fired: pd.DataFrame, sha: str, trace: Trace
) -> pd.DataFrame:
    """Return the keys of what was chosen and is not stored yet, each once."""
    both = pd.concat([drawn.assign(random=True, alarm=False), fired.assign(random=False, alarm=True)])
    facts = {"occurred_at": "min", "u": "min", "random": "max", "alarm": "max"}
    keys = both.groupby("event_id", as_index=False).agg(facts)
    files = explained.files(reader, scope, trace.run).of("computed").listed
    mine = files[files["model_sha256"] == sha]
    if len(mine):
        keys = keys[~keys["event_id"].isin(set(trace.run(*queries.known(list(mine["path"])))["event_id"]))]
    return keys.sort_values(["occurred_at", "event_id"], ignore_index=True)


def run(
    reader: Reader, scopes: list[Scope], sample: int, alarms: int | None, tell: Progress, limit_s: float = LIMIT_S
) -> Iterator[dict[str, Any]]:
    """Explain model versions and put all of it in force in one snapshot; yield what became of each.

    Parameters
    ----------
    scopes
        Model and version each.
    sample, alarms, limit_s
        As for ``plan``.
    """
    made: list[Made] = []
    published = monotonic()
    with under_way(reader.directory, lambda words: tell(words, 0, 0)) as folder:
        for scope in scopes:
            said = {"model": scope.model, "version": scope.version, "explained": 0, "failed": 0, "why": ""}
            try:
                found = plan(reader, scope, sample, alarms, limit_s)
            except (BadInput, NoData) as e:
                found = NotExplained(e.found if isinstance(e, NoData) else f"{e.found} {e.fix}")
            if isinstance(found, NotExplained):
                yield said | {"why": found.why}
                continue
            written, failed = _parts(reader, found, folder / found.name, tell)
            if written:
                made.append(replace(found.made, parts=tuple(written)))
            why = "" if written else DONE
            yield said | {"explained": len(found.keys) - failed, "failed": failed, "why": why}
            if monotonic() - published > PUBLISH_S:
                yield from _stored(reader, made, tell)
                made, published = [], monotonic()
        yield from _stored(reader, made, tell)


def _stored(reader: Reader, made: list[Made], tell: Progress) -> Iterator[dict[str, Any]]:
    """Put what is done in force."""
    if made:
        snapshot, warnings = store(reader.directory, made, lambda words: tell(words, 0, 0))
        yield {"snapshot": snapshot or "", "why": " ".join(warnings)}


def _parts(reader: Reader, p: Plan, folder: Path, tell: Progress) -> tuple[list[Path], int]:
    """Work out the parts that are missing; return all of them, and how many of their rows failed."""
    n, words, written, failed = len(p.keys), f"explaining {p.made.model_id} {p.made.model_version}", [], 0
    if not n:
        return [], 0
    folder.mkdir(exist_ok=True)
    with one_thread():
        usual = seen(p.loaded.model, p.inputs.given(p.usual))
        for at in range(0, n, p.part):
            tell(words, at, n)
            path = folder / f"{at:09d}.parquet"
            if not path.exists():
                write_part(path, explain_rows(p, _rows(reader, p, at), usual))
            written.append(path)
            failed += int(pd.read_parquet(path, columns=["failed"])["failed"].notna().sum())
    tell(words, n, n)
    return written, failed


def _rows(reader: Reader, p: Plan, at: int) -> pd.DataFrame:
    """Return the rows of the part that begins at a place, with what was decided when they were chosen."""
    keys = p.keys.iloc[at : at + p.part]
    first, last = (t.to_pydatetime() for t in keys["occurred_at"].iloc[[0, -1]])
    rows = reader.query(*queries.keyed(p.source, list(keys["event_id"]), first, last))
    return rows.drop_duplicates("event_id").merge(keys.drop(columns="occurred_at"), on="event_id")


def one_thread() -> AbstractContextManager[object]:
    """Hold scikit-learn to one thread: beside other work its threads wait for each other longer than they work."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def explain_rows(p: Plan, rows: pd.DataFrame, usual: Any) -> pd.DataFrame:
    """Return rows with their explanation, or why they have none, in the columns of a file of explanations."""
    fits = whole(p.inputs, rows)
    if p.inputs.text:
        fits = fits & (rows["payload"].str.len() <= LONGEST).to_numpy(dtype=bool)
    good, bad = rows[fits].reset_index(drop=True), rows[~fits].reset_index(drop=True)
    told = []
    if len(good):
        try:
            found = added(p.loaded.model, p.loaded.note, seen(p.loaded.model, p.inputs.given(good)), usual, p.limit_s)
        except BadInput as e:  # the model does not take one of them
            if len(rows) > 1:
                return pd.concat([explain_rows(p, rows.iloc[[i]], usual) for i in range(len(rows))], ignore_index=True)
            found = NotExplained(f"The model cannot be asked: {e.found}")
        if isinstance(found, NotExplained):
            bad = rows.assign(failed=found.why)
        else:
            told.append(_with_values(p, good, found))
    if len(bad):
        why = "What the model saw is not stored whole, or is too long."
        told.append(bad.assign(failed=bad.get("failed", why)))
    rows = pd.concat(told, ignore_index=True)
    design = np.select([rows["random"] & rows["alarm"], rows["alarm"]], ["random and alarm", "alarm"], "random")
    kept = rows.drop(columns=["random", *(c for c in rows if c == "payload" or c.startswith("f."))])
    return _beside(
        kept,
        design=design,
        inclusion=np.where(rows["random"], p.made.drawn / max(p.made.population, 1), np.nan),
        model_sha256=p.made.model_sha256,
        background=digest(p.usual),
        background_n=len(p.usual),
        background_since=p.usual["occurred_at"].min(),
        background_until=p.usual["occurred_at"].max(),
    )


def _with_values(p: Plan, rows: pd.DataFrame, found: Attributions) -> pd.DataFrame:
    """Return rows with what each feature adds; those that do not add up get the reason instead."""
    names, values = _listed(p, found)
    own = list(p.inputs.stored(rows)) if not p.inputs.text else [None] * len(rows)
    wrong = off(found.residual, found.output)
    why = [
        f"The parts do not add up to what the model says: off by {r:.2g} where {TOLERANCE:g} is allowed." if w else None
        for r, w in zip(found.residual, wrong, strict=True)
    ]

    def keep(lists: Iterable[Any]) -> list[Any]:
        return [None if w else x for x, w in zip(lists, wrong, strict=True)]

    return _beside(
        rows,
        names=keep(names),
        added=keep(values),
        own=keep(own),
        base=found.base,
        rest=found.rest,
        output=found.output,
        residual=found.residual,
        error=found.error,
        unit=found.unit,
        method=found.method,
        n_background=found.n_background,
        failed=why,
    )


def _beside(rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Return rows with further columns, put beside them at once: one by one each would be searched for."""
    return pd.concat([rows, pd.DataFrame(columns, index=rows.index)], axis=1)


def _listed(p: Plan, found: Attributions) -> tuple[list[Any], list[Any]]:
    """Return by row the names that have a value, and the values."""
    if not p.inputs.text:
        return [list(p.inputs.names())] * len(found.output), list(found.values)
    names, values = np.asarray(found.names, dtype=object), found.values
    ends = list(zip(values.indptr[:-1], values.indptr[1:], strict=True))
    return [names[values.indices[a:b]] for a, b in ends], [values.data[a:b] for a, b in ends]
