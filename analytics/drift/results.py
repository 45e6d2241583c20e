"""What the drift measures return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.results import Estimate
from analytics.scope import Scope, iso
from analytics.warehouse.edges import Edges

Floats = NDArray[np.float64]
Effect = Literal["little", "some", "much"]
SOME, MUCH = 0.1, 0.25
"""Population stability index from which a change is some, or much: what practice takes (Siddiqi 2006, Credit Risk
Scorecards). Many rows make any change certain; only these say whether it is large."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One column in one window, counted by day in fixed bins: windows that do not overlap add up."""

    edges: Edges
    dates: NDArray[np.datetime64]
    """Days of the business zone, shape (days,)."""
    rows_by_day: Floats
    """Stored rows of each day, those without a value included, and events that were only counted; shape (days,)."""
    days: Floats
    """Events of each day by bin, those without a value last; shape (days, ``edges.bins`` + 1)."""

    @property
    def rows(self) -> int:
        """Stored rows."""
        return int(self.rows_by_day.sum())

    @property
    def events(self) -> float:
        """Events that they stand for."""
        return float(self.days.sum())

    @property
    def bins(self) -> Floats:
        """Events by bin, shape (``edges.bins``,)."""
        return self.days[:, :-1].sum(axis=0)

    @property
    def known(self) -> float:
        """Events with a value."""
        return float(self.bins.sum())

    @property
    def missing(self) -> float | None:
        """Share of events without a value; None without events."""
        return float(self.days[:, -1].sum()) / self.events if self.events else None

    def __add__(self, other: Counted) -> Counted:
        """Add another window of the same column, counted in the same bins; days stay apart."""
        if self.edges != other.edges:
            raise ValueError("counts in different bins do not add up")
        dates = np.concatenate([self.dates, other.dates])
        rows = np.concatenate([self.rows_by_day, other.rows_by_day])
        return Counted(self.edges, dates, rows, np.concatenate([self.days, other.days]))


@dataclass(frozen=True, slots=True)
class Distribution:
    """One column in the reference and now."""

    reference: Counted
    current: Counted
    place: NDArray[np.int64]
    """To which bin of the population stability index each bin belongs: a number's tenths of the reference, a text's
    values."""
    unseen: float | None
    """Share of the known values now that the reference does not have: a number outside of its range, as far as bins
    tell, or another text. None: without values, or where the reference has texts without a bin of their own."""
    psi: Estimate
    psi_by_chance: float | None
    """The population stability index that days like those of the reference stay below 95 times of 100; None: the
    reference has too few days to say."""
    ks: Estimate | None
    """Between ``low`` and ``high``; None for a text."""
    jensen_shannon: float | None = None
    """In the bins of the index: 0 the same, 1 nothing in common; None where a side has no events."""
    wasserstein: float | None = None
    """How far values moved on average, in widths of the reference's middle 80 %; None for a text or one value."""

    @property
    def beyond_chance(self) -> bool | None:
        """Whether the index is larger than chance makes it; None where nobody can say."""
        if self.psi.value is None or self.psi_by_chance is None:
            return None
        return self.psi.value > self.psi_by_chance

    @property
    def effect(self) -> Effect | None:
        """How large the change is, however certain; None without an index."""
        x = self.psi.value
        return None if x is None else "much" if x >= MUCH else "some" if x >= SOME else "little"

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
            "psi_by_chance": self.psi_by_chance,
            "beyond_chance": self.beyond_chance,
            "effect": self.effect,
            "ks": self.ks.to_record() if self.ks else None,
            "jensen_shannon": self.jensen_shannon,
            "wasserstein": self.wasserstein,
            "bins": self._bins(),
        }

    def _bins(self) -> list[dict[str, Any]]:
        edges, size = self.reference.edges, int(self.place.max()) + 1
        counts = zip(*(np.bincount(self.place, side.bins, size).tolist() for side in self._sides()), strict=True)
        if edges.is_number:
            last = np.flatnonzero(np.diff(self.place))
            ends = [None, *(edges.inner[i] for i in last), None]
            # Bins of the score hold their lower end, as a threshold does; those of features hold their upper end.
            low_name, high_name = ("from", "below") if self.column == "score" else ("above", "up_to")
            named = [{low_name: low, high_name: high} for low, high in pairwise(ends)]
        else:
            named = [{"value": value} for value in (*edges.values, None)]
        return [{**name, "reference": r, "current": c} for name, (r, c) in zip(named, counts, strict=True)]

    def _sides(self) -> tuple[Counted, Counted]:
        return self.reference, self.current


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts in a model's scores, as whoever explained it found."""

    shares: Mapping[str, float]
    """``f.<name>`` -> share of what the score is moved by on average, signs left out; 0 to 1."""
    base: str
    """Rows that this stands on, in words; where there are no shares, why."""

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return {"shares": dict(self.shares), "base": self.base}


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
    running: date | None = None
    """The day that is not over yet and was left out of the window."""
    weights: Weights | None = None
    """How much each feature counts in the model; None: nobody said."""

    def impact(self, d: Distribution) -> float | None:
        """Return a column's index times its share of what drives the score; the score itself counts whole.

        None where the column has no index or no share.
        """
        share = 1.0 if d.column == "score" else self.weights.shares.get(d.column) if self.weights else None
        return None if share is None or d.psi.value is None else share * d.psi.value

    @property
    def told(self) -> bool:
        """Whether anything can be said of any column."""
        return any(c.psi.value is not None for c in self.columns)

    @property
    def whole(self) -> float | None:
        """The mean index of the features, each counted as it drives the score; None without weights."""
        found = [x for d in self.columns if d.column != "score" and (x := self.impact(d)) is not None]
        return sum(found) if found else None

    def ranked(self) -> list[Distribution]:
        """Return the columns by how far they moved: beyond chance first, then by impact where weights are known."""
        return sorted(self.columns, key=lambda d: (not d.beyond_chance, -self._place(d)))

    def _place(self, d: Distribution) -> float:
        found = self.impact(d) if self.weights and self.weights.shares else d.psi.value
        return -1.0 if found is None else found

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        return {
            "model_id": self.current.model,
            "model_version": self.current.version,
            "reference": _window(self.reference, self.n_reference),
            "current": _window(self.current, self.n_current),
            "running_day_left_out": self.running.isoformat() if self.running else None,
            "weights": self.weights.to_record() if self.weights else None,
            "impact": self.whole,
            "columns": [
                c.to_record()
                | {"importance": self.weights.shares.get(c.column) if self.weights else None, "impact": self.impact(c)}
                for c in self.columns
            ],
        }

    def lines(self) -> list[dict[str, Any]]:
        """Return one row a column for a terminal, in the order of ``ranked``."""
        return [
            {
                "model": self.current.model,
                "version": self.current.version,
                "column": d.column,
                "psi": _text(d.psi.value, "{:.3f}"),
                "by chance below": _text(d.psi_by_chance, "{:.3f}"),
                "change": "" if d.beyond_chance is False else (d.effect or ""),
                "impact": _text(self.impact(d), "{:.3f}"),
                "js": _text(d.jensen_shannon, "{:.3f}"),
                "wasserstein": _text(d.wasserstein, "{:.3f}"),
                "ks": f"{d.ks.low:.3f}–{d.ks.high:.3f}" if d.ks and d.ks.low is not None else "",
                "missing then": _text(d.reference.missing, "{:.2%}"),
                "missing now": _text(d.current.missing, "{:.2%}"),
                "unseen": _text(d.unseen, "{:.2%}"),
                "n then": d.reference.rows,
                "n now": d.current.rows,
            }
            for d in self.ranked()
        ]


def _text(value: float | None, how: str) -> str:
    return "" if value is None else how.format(value)


def _window(scope: Scope, rows: int) -> dict[str, Any]:
    ends = {name: iso(t) if (t := getattr(scope, name)) else None for name in ("since", "until")}
    return {**ends, "n": rows}


@dataclass(frozen=True, slots=True)
class Day:
    """One column on one day against the reference."""

    date: date
    rows: int
    """Stored rows, and events that were only counted."""
    psi: float | None
    """None: too few rows to say, or none at all."""
    inside: Literal["reference", "window", ""]
    """Which of the two the day is part of."""


@dataclass(frozen=True, slots=True)
class Course:
    """One column day by day: since when it is otherwise."""

    column: str
    days: tuple[Day, ...]
    """Every day from the first to the last of the data; one without rows is a gap."""
    psi_by_chance: float | None
    """What a single day stays below 95 times of 100; None: the reference has too few days to say."""
