"""Efficacy results -> flat frames, for download and tables: one row a thing, ends of intervals as columns."""

from __future__ import annotations

import pandas as pd

from analytics.efficacy.consequences import Consequences
from analytics.efficacy.results import ESTIMATES, Confusion, Efficacy, Week
from analytics.results import Estimate


def estimates(e: Efficacy) -> pd.DataFrame:
    """Return one row an estimate: name, value, low, high, n, n_cases, coverage, basis, quality, why."""
    return pd.DataFrame([{"estimate": name, **_row(e.estimates[name])} for name in ESTIMATES])


def confusion(c: Confusion, now: Consequences | None = None) -> pd.DataFrame:
    """Return the counts of labelled rows: truth, decision, rows; with what they are estimated to be a day.

    Parameters
    ----------
    now
        What the threshold brings: adds a_day, low, high; nothing is estimated of what passed rightly.
    """
    caught, missed, false = (now.caught, now.missed, now.false_alarms) if now else (None, None, None)
    cells: tuple[tuple[str, str, int, Estimate | None], ...] = (
        ("attack", "alarm", c.tp, caught),
        ("attack", "no alarm", c.fn, missed),
        ("attack", "not scored", c.unscored_attacks, None),
        ("benign", "alarm", c.fp, false),
        ("benign", "no alarm", c.tn, None),
        ("benign", "not scored", c.unscored_benign, None),
    )
    frame = pd.DataFrame([cell[:3] for cell in cells], columns=["truth", "decision", "rows"])
    if now is None:
        return frame
    ends = [(e.value, e.low, e.high) if e else (None, None, None) for *_, e in cells]
    return frame.join(pd.DataFrame(ends, columns=["a_day", "low", "high"], dtype="float64"))


def weeks(found: list[Week]) -> pd.DataFrame:
    """Return one row a week and estimate: week, running, estimate, value, low, high, n, …"""
    return pd.DataFrame(
        [
            {"week": w.start, "running": w.running, "estimate": name, **_row(e)}
            for w in found
            for name, e in w.estimates.items()
        ]
    )


def slices(found: list[Efficacy]) -> pd.DataFrame:
    """Return one row a slice value and estimate: column, of_value, estimate, value, low, high, n, …"""
    return pd.DataFrame(
        [
            {"column": column, "of_value": of, "estimate": name, **_row(estimate)}
            for e in found
            for column, of in e.by.items()
            for name, estimate in e.estimates.items()
        ]
    )


def _row(e: Estimate) -> dict[str, object]:
    names = ("value", "low", "high", "n", "n_cases", "coverage", "basis", "method", "quality", "why")
    return {name: getattr(e, name) for name in names}
