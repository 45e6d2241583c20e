"""What is listed: a scope and a filter as conditions on rows, on labelled rows and on rollups."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.detections import queries
from analytics.detections.filters import Filters
from analytics.scope import Scope
from analytics.warehouse.lookup import labelled_columns
from analytics.warehouse.rows import Stored
from analytics.warehouse.selection import Condition, condition, naive


@dataclass(frozen=True, slots=True)
class Selected:
    """What is listed: a scope, a filter, and the conditions that both come to."""

    stored: Stored
    scope: Scope
    filters: Filters
    population: str
    where: Condition
    """On rows."""
    labelled: Condition
    """On labelled rows: the filter as far as these have its columns, and its label."""
    exact: bool
    """The rollups, or the labelled rows, know all of the filter."""

    @property
    def columns(self) -> list[str]:
        """Return the columns that conditions can stand on."""
        return sorted({"event_id", "score", *(c for c in self.stored.columns if not c.startswith("f."))})


def select(stored: Stored, scope: Scope, filters: Filters, population: str, named: list[str]) -> Selected:
    """Return what a scope and a filter come to.

    Parameters
    ----------
    population
        Whose labels count.
    named
        Values of the slice column of ``filters.part`` that have parts of their own.
    """
    reader = stored.reader
    has, labels = stored.columns, labelled_columns(reader)
    visible = {c for c in has | {"event_id"} if stored.visible(c)}
    rows = queries.narrowed(filters, has, named, visible)
    mine = condition(scope, labels)
    values = {"population": population, "known_at": naive(scope.known_at) if scope.known_at else None}
    in_force = Condition(queries.IN_FORCE, values)
    known = queries.known_of_labelled(filters)
    labelled = queries.joined(mine, in_force, queries.narrowed(known, labels, named, set()))
    if filters.by_label and filters.label != "undetermined":
        labelled = queries.joined(labelled, queries.verdict_in_force(filters))
    exact = known == filters and filters.label not in ("unlabelled", "undetermined")
    if not filters.by_label:
        exact = exact and filters.part is None and not scope.where
    return Selected(
        stored,
        scope,
        filters,
        population,
        queries.joined(rows, queries.judged(scope, filters, population)),
        labelled,
        exact,
    )
