"""The explained rows of a selection as arrays: a stated number at most, whatever the warehouse holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.explanations import queries
from analytics.scope import Scope
from analytics.stats.clusters import case_codes
from analytics.warehouse import explained
from analytics.warehouse.explained import Of
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

MOST_ROWS, MOST_NAMES = 5_000, 60
"""Rows that a page looks at, and features or parts of texts that it tells apart."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Explained rows, how they were chosen, and what each feature added to each of them."""

    of: Of
    facts: pd.DataFrame
    """One row a detection, in the order of time."""
    names: tuple[str, ...]
    """The strongest first; from data."""
    values: np.ndarray
    """rows × names; 0 where a part of a text does not occur."""
    own: np.ndarray
    """rows × names: values of features as stored, NaN where there is none."""
    there: np.ndarray
    """rows × names: where a part of a text occurs."""
    cases: np.ndarray | None
    """Case of each row, negative where it has none; None where no case is known."""
    population: int
    """Rows that the random ones were drawn from; 0 where that is not known."""
    failed: int
    """Rows of the files that are no explanation."""

    @property
    def text(self) -> bool:
        """Tell whether names are parts of texts: without numbers, as categories are, but not in every row."""
        return not np.isfinite(self.own).any() and not self.there.all()

    @property
    def n(self) -> int:
        """Return the number of rows."""
        return len(self.facts)


def kinds(reader: Reader, scope: Scope, trace: Trace) -> list[Of]:
    """Return how the stored rows of a version were chosen: what a page can offer."""
    listed = explained.files(reader, scope, trace.once).listed
    origins = set(listed["origin"])
    found: list[Of] = ["random", "alarms"] if "computed" in origins else []
    return [*found, "imported"] if "imported" in origins else found


def sampled(reader: Reader, scope: Scope, of: Of, trace: Trace) -> Sampled | None:
    """Return the explained rows of a scope; None where there are none. They are kept with the reader and shared."""
    files = explained.files(reader, scope, trace.once)
    source = explained.source(reader, files, of, MOST_ROWS, trace.once)
    if source is None:
        return None
    facts = trace.once(*queries.facts(source))
    if facts.empty:
        return None
    names = trace.once(*queries.strongest(source, MOST_NAMES))["name"].tolist()
    added = trace.once(*queries.values(source, names))
    mine = files.of("imported" if of == "imported" else "computed").listed
    population = mine["population"].iloc[-1] if of == "random" and not scope.where else 0

    def work() -> Sampled:
        at = pd.Index(facts["event_id"]).get_indexer(added["event_id"]), pd.Index(names).get_indexer(added["name"])
        shape = len(facts), len(names)
        values, own, there = np.zeros(shape), np.full(shape, np.nan), np.zeros(shape, dtype=bool)
        values[at], there[at] = added["added"], True
        own[at] = pd.to_numeric(added["own"], errors="coerce")
        known = facts["case_id"].notna()
        cases = np.where(known, pd.factorize(facts["case_id"])[0], -1) if known.any() else None
        return Sampled(
            of, facts, tuple(names), values, own, there, cases, int(population or 0), int(mine["failed"].sum())
        )

    key = ("sampled", scope.to_text(), of, MOST_ROWS)
    return reader.kept.get(key, work, lambda s: s.n)


def codes(cases: np.ndarray | None, rows: np.ndarray) -> tuple[np.ndarray | None, int]:
    """Return the cases of some rows as ``stats.clusters`` takes them."""
    return case_codes(None if cases is None else cases[rows], len(rows))
