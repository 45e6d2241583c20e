"""What every measure returns: a number with everything needed to believe it or not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")

Basis = Literal["full", "audit", "alarms"]
Quality = Literal["ok", "few", "arriving", "no_data", "not_measurable"]

FEW = 30
"""Labelled rows (cases, where known) below which a rate carries the quality *few*."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its uncertainty, its base and the reason where there is none.

    *not_measurable*: ``value`` is None, ``low``/``high`` are what the labels allow.
    *no_data*: all three are None.
    """

    value: float | None
    """Point estimate in ``unit``; None where nothing can be said."""
    low: float | None
    """Lower end of the interval, or the lower bound where not measurable."""
    high: float | None
    """Upper end of the interval, or the upper bound where not measurable."""
    n: int
    """Labelled rows in the denominator (all rows for volumes)."""
    unit: str = "share"
    """share (0 to 1) | score | count."""
    level: float = 0.95
    """Confidence level of the interval."""
    n_cases: int | None = None
    """Distinct cases among the n rows; None where no case is known."""
    n_effective: float | None = None
    """Number of independent rows that would give the same variance."""
    represents: float | None = None
    """Events that the n rows stand for (sum of weights)."""
    coverage: float | None = None
    """Labelled share of the population that the figure speaks of."""
    method: str = ""
    """Name of the interval's method."""
    basis: Basis | None = None
    """How the figure is identified: full | audit | alarms."""
    quality: Quality = "ok"
    why: str = ""
    """One plain sentence where quality is not ok, or where the basis needs a word."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record of this estimate (the same for every command)."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a figure comes from: all that *Inspect* shows."""

    queries: tuple[tuple[str, dict[str, Any]], ...]
    """SQL text and bound values, in the order they ran."""
    scope: str
    """The scope as text (``Scope.to_text``)."""
    snapshot: str
    log_position: int
    """Records of the log that are folded in."""
    ms: float
    """Wall time of the queries and the arithmetic, milliseconds."""
    rows: int | None = None
    """Stored rows that the figures rest on; None where the measure does not say."""
    events: float | None = None
    """Events that these rows stand for."""
    labelled: int | None = None
    """Those of them that carry a label."""


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """What a page gets from a measure: the result and its provenance."""

    result: T
    provenance: Provenance
