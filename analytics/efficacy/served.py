"""Why labelled rows were served otherwise than their score says at the threshold in force, as far as is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analytics.efficacy import queries
from analytics.efficacy.reading import read
from analytics.results import Measured
from analytics.scope import SLICES, Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import detection_files

Reason = Literal["unscored", "threshold", "mode", "rule", "none"]


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Labelled rows that were decided otherwise for one reason."""

    reason: Reason
    """The first that holds, in the order of the type; none: nothing that is stored explains it."""
    acted: int
    """Rows acted on although the score is below the threshold, or there is none."""
    passed: int
    """Rows passed although the score reaches it."""


@dataclass(frozen=True, slots=True)
class Served:
    """Decisions as served against those that the score gives at the threshold in force."""

    threshold: float | None
    """None: none is in force, so there is nothing to hold a decision against."""
    otherwise: list[Otherwise]
    """The most frequent reason first; together the rows that ``Efficacy.served_differs`` counts."""

    @property
    def rows(self) -> int:
        """Return all rows that were decided otherwise."""
        return sum(o.acted + o.passed for o in self.otherwise)


def served(reader: Reader, scope: Scope) -> Measured[Served]:
    """Return how many labelled rows were decided otherwise than their score says, and why.

    Which rules fired stands in the single detections: this reads those of the window, of three columns.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    """
    trace = Trace(reader)
    facts = read(reader, scope)
    files, present = detection_files(reader, facts.scope, trace.run)
    if facts.served is None or not files:
        return Measured(Served(facts.served, []), trace.provenance(scope))
    columns = set(trace.once(queries.LABELLED_COLUMNS, {})["column_name"]) | set(SLICES)
    found = trace.run(*queries.served_otherwise(facts.scope, facts.served, facts.population, columns, files, present))
    counts = found[["reason", "acted", "passed"]].itertuples(index=False)
    otherwise = [Otherwise(reason, int(acted), int(passed)) for reason, acted, passed in counts]
    return Measured(Served(facts.served, otherwise), trace.provenance(scope))
