"""What is read once a scope; figures at any threshold are made from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from analytics.efficacy import queries, wording
from analytics.efficacy.facts import POPULATIONS, Labelled, Totals, cells, labelled, own_population, totals
from analytics.efficacy.identify import Standing, stand
from analytics.errors import BadInput
from analytics.results import Provenance
from analytics.scope import SLICES, Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.rollup import OTHER
from analytics.warehouse.selection import naive
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import volume
from analytics.warehouse.without_verdict import without_verdict

_DELAY_QUANTILE = 0.9
_COUNTED = frozenset({"region", "mode"})
"""Slice columns that counts have too."""
NONE = "(none)"
"""Slice of the rows without a value."""


@dataclass(frozen=True, slots=True)
class Part:
    """A scope, or one slice or week of it: its labelled rows and the volume that they are a part of."""

    value: Any
    """None | the slice's value | the Monday of the week."""
    labelled: Labelled
    """Where nobody tells the decision and no threshold is in force: as passed."""
    seen: pd.DataFrame
    production: bool
    served: float | None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, threshold: float | None) -> Labelled:
        """Return the labelled rows; without a threshold in force the one asked about tells what was acted on."""
        if self.served is not None or threshold is None:
            return self.labelled
        rows = self.labelled
        return replace(rows, acted=np.where(rows.decided, rows.acted, rows.score >= threshold))

    def totals(self, threshold: float | None) -> Totals:
        """Return the population around a threshold."""
        if not self.production:
            return own_population(self.rows(threshold), self.seen, threshold)
        last = self._kept.get("totals")
        if last is None or last[0] != threshold:  # several measures ask about the same threshold, then about the next
            if "cells" not in self._kept:
                self._kept["cells"] = cells(self.seen)
            served = self.served if self.served is not None else threshold
            last = self._kept["totals"] = (threshold, totals(self._kept["cells"], threshold, served))
        return last[1]

    def standing(self, around: Totals, threshold: float | None) -> Standing:
        """Return what the labelled rows stand for: the same at every threshold where one is in force."""
        if self.served is None:
            return stand(self.rows(threshold), around)
        if "standing" not in self._kept:
            self._kept["standing"] = stand(self.labelled, around)
        return self._kept["standing"]

    @property
    def cases(self) -> int | None:
        """Distinct cases among the labelled rows."""
        if "cases" not in self._kept:
            self._kept["cases"] = self.labelled.cases
        return self._kept["cases"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a scope, whatever the threshold."""

    scope: Scope
    """Ended at ``known_at``: what happened later was not known then."""
    parts: tuple[Part, ...]
    """One; or the slices, the largest volume first; or the weeks, the oldest first."""
    population: str
    served: float | None
    """The threshold in force at the end of the window."""
    columns: frozenset[str]
    """Columns that labelled rows have, slices among them."""
    calibrated: bool
    first: datetime | None
    """Midnight of the version's first day."""
    last: datetime | None
    """Midnight of its last day."""
    delay: timedelta
    """In which most labels of this window came."""
    queries: tuple[tuple[str, dict[str, Any]], ...]
    took: float
    """Seconds that reading took."""
    uncounted: str = ""
    """Why volumes say less than all of the parts; empty where they say all."""

    def trace(self, reader: Reader) -> Trace:
        """Return a trace of what else is asked that knows of the reading too."""
        return Trace(reader, list(self.queries), perf_counter() - self.took)

    def rests(self, seen: Provenance, threshold: float | None) -> Provenance:
        """Return where figures come from, with the rows that they rest on."""
        around = [part.totals(threshold) for part in self.parts]
        return replace(
            seen,
            rows=sum(t.rows for t in around),
            events=sum(t.events for t in around),
            labelled=sum(len(part.labelled.score) for part in self.parts),
        )


def now(reader: Reader) -> datetime:
    """Return the instant behind the last event: thresholds of the future are not in force."""
    last = reader.snapshot.data_until
    return last + timedelta(microseconds=1) if last else datetime.max.replace(tzinfo=UTC)


def in_force(trace: Trace, scope: Scope) -> float | None:
    """Return the lowest threshold of an action in force at the end of a scope's window, or now; None: none is."""
    every = trace.once(queries.THRESHOLDS, {})
    end = now(trace.reader)
    until = naive(min(scope.until, end) if scope.until else end)
    mine = [
        (effective_from, action, threshold)
        for model, version, action, threshold, effective_from in every.itertuples(index=False)
        if (model, version) == (scope.model, scope.version) and effective_from < until
    ]
    latest = {action: float(threshold) for _, action, threshold in sorted(mine, key=itemgetter(0))}
    return min(latest.values(), default=None)


def undetermined(reader: Reader, facts: Facts, by: str | None, trace: Trace) -> dict[Any, int]:
    """Return the audited rows without a verdict, by the value of the part that they belong to.

    Parameters
    ----------
    by
        None or the slice column by which the facts were split.
    """

    def counted() -> tuple[pd.DataFrame, list]:
        own = Trace(reader)
        return without_verdict(facts.scope, set(facts.columns), facts.population, own.run, by), own.queries

    found, asked = reader.kept.get(("undetermined", facts.scope, facts.population, by), counted, lambda f: len(f[0]))
    trace.queries += asked
    return _left_out(found, [part.value for part in facts.parts])


def read(reader: Reader, scope: Scope, by: str | None = None) -> Facts:
    """Return the labelled rows and volumes of a scope, kept with the reader.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    by
        None, "week" or a slice column: what the parts are.

    Raises
    ------
    BadInput
        The version is not registered.
    """
    return reader.kept.get(("efficacy", scope, by), lambda: _read(reader, scope, by), _size)


def _size(facts: Facts) -> int:
    return sum(len(part.labelled.score) for part in facts.parts)


def _read(reader: Reader, scope: Scope, by: str | None) -> Facts:
    started, trace = perf_counter(), Trace(reader)
    every = trace.once(queries.MODELS, {})
    model = every[(every["model_id"] == scope.model) & (every["model_version"] == scope.version)]
    if model.empty:
        raise BadInput(
            "reading a model version",
            f"{scope.model} {scope.version} is not registered.",
            "`bartizan efficacy` without --model lists all.",
        )
    if scope.known_at:
        scope = replace(scope, until=min(scope.until, scope.known_at) if scope.until else scope.known_at)
    columns: set[str] = set()
    if any(c not in SLICES for c in [*(c for c, _ in scope.where), *([by] if by else [])]):
        columns = set(trace.once(queries.LABELLED_COLUMNS, {})["column_name"])
    frame = trace.run(*queries.labelled(scope, columns | set(SLICES), reader.snapshot.zone, by))
    present = np.bincount(frame["population"].to_numpy(dtype=np.int64), minlength=3)
    # Production where it has labels, else the first of the others that has: they are never pooled.
    chosen = int(np.flatnonzero(present)[0]) if present.any() else 0
    if present[chosen] < len(frame):
        frame = frame[frame["population"] == chosen]
    served = in_force(trace, scope)
    rows = labelled(frame, served)
    delays = rows.delay_s
    if by is None:
        found = [(None, rows, volume(reader, scope, trace.run))]
    elif by == "week":
        found = _weeks(reader, scope, trace, rows, frame["by"])
    else:
        found = _slices(reader, scope, trace, rows, frame["by"], by)
    split = {c for c, _ in scope.where} | ({by} if by and by != "week" else set())
    only_counted = split - _COUNTED and (scope.model, scope.version) in set(
        trace.once(queries.COUNTED, {}).itertuples(index=False, name=None)
    )
    return Facts(
        scope=scope,
        parts=tuple(Part(value, own, seen, chosen == 0, served) for value, own, seen in found),
        population=POPULATIONS[chosen],
        served=served,
        columns=frozenset(columns | set(SLICES)),
        calibrated=bool(model["calibrated"].iloc[0]),
        first=_midnight(model["first_day"].iloc[0]),
        last=_midnight(model["last_day"].iloc[0]),
        delay=timedelta(seconds=float(np.quantile(delays, _DELAY_QUANTILE)) if len(delays) else 0),
        queries=tuple(trace.queries),
        took=perf_counter() - started,
        uncounted=wording.UNCOUNTED if only_counted else "",
    )


def _midnight(day: pd.Timestamp) -> datetime | None:
    return None if pd.isna(day) else day.to_pydatetime().replace(tzinfo=UTC)


Found = list[tuple[Any, Labelled, pd.DataFrame]]


def _slices(reader: Reader, scope: Scope, trace: Trace, rows: Labelled, by: pd.Series, column: str) -> Found:
    """Return the slices, largest volume first; nothing where no row has a value.

    Rows without a value are one slice, NONE, and values without cells of their own in the rollup are OTHER together.
    """
    seen = volume(reader, scope, trace.run, by=column)
    seen = seen[seen["by"].notna() & (seen["by"] != "")]
    named = set(seen["by"])
    if not named:
        return []
    rest = _without(volume(reader, scope, trace.run), seen)
    if len(rest):
        seen = pd.concat([seen, rest.assign(by=NONE)], ignore_index=True)
    by = by.astype(object).where(by.isna() | by.isin(named), OTHER)
    by = by.where(by.notna() & (by != ""), NONE)
    order = seen.groupby("by")["represented"].sum().sort_values(ascending=False, kind="stable")
    return _split(rows, by, seen, list(order.index))


def _left_out(counted: pd.DataFrame, values: list[Any]) -> dict[Any, int]:
    """Add rows without a verdict up by the parts that they belong to."""
    out = dict.fromkeys(values, 0)
    for value, n in counted.itertuples(index=False):
        part = None if values == [None] else NONE if pd.isna(value) or value == "" else value
        part = part if part in out else OTHER
        if part in out:
            out[part] += int(n)
    return out


def _weeks(reader: Reader, scope: Scope, trace: Trace, rows: Labelled, by: pd.Series) -> Found:
    """Return the weeks by their Mondays, oldest first."""
    seen = volume(reader, scope, trace.run, by="day")
    day = pd.to_datetime(seen["by"])
    seen = seen.assign(by=day - pd.to_timedelta(day.dt.day_of_week, unit="D"))
    found = _split(rows, pd.to_datetime(by), seen, sorted(seen["by"].unique()))
    return [(start.date(), own, cells) for start, own, cells in found]


def _split(rows: Labelled, by: pd.Series, seen: pd.DataFrame, values: list[Any]) -> Found:
    """Take rows and cells apart by value."""
    codes = pd.Index(values).get_indexer(pd.Index(by))
    return [(value, rows.take(codes == i), seen[seen["by"] == value]) for i, value in enumerate(values)]


def _without(whole: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the volume that is in none of the parts."""
    keys = ["decision", "mode", "unscored_reason", "score_bin"]
    counted = ["n", "represented"]
    rest = whole.set_index(keys)[counted].sub(parts.groupby(keys)[counted].sum(), fill_value=0)
    return rest[rest["represented"] > 1e-9 * max(float(whole["represented"].sum()), 1.0)].reset_index()
