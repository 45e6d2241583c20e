"""What the drift measures return."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.drift.edges import Edges
from analytics.results import Estimate
from analytics.scope import Scope, iso


@dataclass(frozen=True, slots=True)
class Counted:
    """One column in one window, counted in fixed bins: windows that do not overlap add up."""

    edges: Edges
    rows: int
    """Stored rows, those without a value included."""
    events: float
    """Events that they stand for."""
    bins: NDArray[np.float64]
    """Events by bin, shape (``edges.bins``,)."""
    least: float | None = None
    """Least value of a number; None where there is none."""
    most: float | None = None
    """Greatest value of a number; None where there is none."""

    @property
    def known(self) -> float:
        """Events with a value."""
        return float(self.bins.sum())

    @property
    def missing(self) -> float | None:
        """Share of events without a value; None without events."""
        return max(0.0, 1 - self.known / self.events) if self.events else None

    def coarse(self) -> NDArray[np.float64]:
        """Return events by the bins of the population stability index, the missing ones last."""
        return np.append(self.edges.coarse(self.bins), max(0.0, self.events - self.known))

    def __add__(self, other: Counted) -> Counted:
        """Add another window of the same column, counted in the same bins."""
        if self.edges != other.edges:
            raise ValueError("counts in different bins do not add up")
        ends = [[x for x in pair if x is not None] for pair in ((self.least, other.least), (self.most, other.most))]
        return Counted(
            self.edges,
            self.rows + other.rows,
            self.events + other.events,
            self.bins + other.bins,
            min(ends[0], default=None),
            max(ends[1], default=None),
        )


@dataclass(frozen=True, slots=True)
class Distribution:
    """One column in the reference and now."""

    reference: Counted
    current: Counted
    unseen: float | None
    """Share of the known values now that the reference does not have: a number outside of its range, another text.
    None: without values, or a text with more values than have a bin."""
    psi: Estimate
    ks: Estimate | None
    """Between ``low`` and ``high``; None for a text."""

    @property
    def column(self) -> str:
        """``score`` or ``f.<name>``."""
        return self.reference.edges.column

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record: shares and distances, and the bins of the population stability index."""
        return {
            "column": self.column,
            "type": "number" if self.reference.edges.is_number else "text",
            "missing": {"reference": self.reference.missing, "current": self.current.missing},
            "unseen": self.unseen,
            "psi": self.psi.to_record(),
            "ks": self.ks.to_record() if self.ks else None,
            "bins": self._bins(),
        }

    def _bins(self) -> list[dict[str, Any]]:
        edges = self.reference.edges
        counts = zip(edges.coarse(self.reference.bins).tolist(), edges.coarse(self.current.bins).tolist(), strict=True)
        if edges.is_number:
            ends = [None, *edges.deciles, None]
            named = [{"above": low, "up_to": high} for low, high in pairwise(ends)]
        else:
            named = [{"value": value} for value in (*edges.values, None)]
        return [{**name, "reference": r, "current": c} for name, (r, c) in zip(named, counts, strict=True)]


@dataclass(frozen=True, slots=True)
class Drift:
    """The columns of one model version in two windows."""

    reference: Scope
    current: Scope
    n_reference: int
    """Stored rows."""
    n_current: int
    columns: tuple[Distribution, ...]
    """The score first, then the features by name."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return {
            "model_id": self.current.model,
            "model_version": self.current.version,
            "reference": _window(self.reference, self.n_reference),
            "current": _window(self.current, self.n_current),
            "columns": [c.to_record() for c in self.columns],
        }

    def lines(self) -> list[dict[str, Any]]:
        """Return one row a column for a terminal, the largest change first."""
        ordered = sorted(self.columns, key=lambda d: -(d.psi.value if d.psi.value is not None else -1))
        return [
            {
                "model": self.current.model,
                "version": self.current.version,
                "column": d.column,
                "psi": _text(d.psi.value, "{:.3f}"),
                "ks": f"{d.ks.low:.3f}–{d.ks.high:.3f}" if d.ks and d.ks.low is not None else "",
                "missing then": _text(d.reference.missing, "{:.2%}"),
                "missing now": _text(d.current.missing, "{:.2%}"),
                "unseen": _text(d.unseen, "{:.2%}"),
                "rows then": d.reference.rows,
                "rows now": d.current.rows,
            }
            for d in ordered
        ]


def _text(value: float | None, how: str) -> str:
    return "" if value is None else how.format(value)


def _window(scope: Scope, rows: int) -> dict[str, Any]:
    ends = {name: iso(t) if (t := getattr(scope, name)) else None for name in ("since", "until")}
    return {**ends, "n": rows}
