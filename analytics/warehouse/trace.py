"""Running queries so that a figure can say where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import pandas as pd

from analytics.results import Provenance
from analytics.scope import Scope
from analytics.warehouse.reader import Reader


@dataclass(slots=True)
class Trace:
    """A reader that remembers what it was asked."""

    reader: Reader
    queries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    started: float = field(default_factory=perf_counter)

    def run(self, sql: str, values: dict[str, Any]) -> pd.DataFrame:
        """Run one statement, as ``Reader.query``, and remember it."""
        self.queries.append((sql, values))
        return self.reader.query(sql, values)

    def once(self, sql: str, values: dict[str, Any]) -> pd.DataFrame:
        """Run one statement whose rows are kept with the reader, and remember it; nobody may change them."""
        self.queries.append((sql, values))
        return self.reader.kept.get(("rows", sql, repr(values)), lambda: self.reader.query(sql, values), len)

    def provenance(self, scope: Scope) -> Provenance:
        """Return all that *Inspect* shows of the queries so far."""
        return Provenance(
            queries=tuple(self.queries),
            scope=scope.to_text(),
            snapshot=self.reader.snapshot.id,
            log_position=self.reader.snapshot.log_position,
            ms=(perf_counter() - self.started) * 1000,
        )
