"""Efficacy results -> flat frames, for download and tables: one row a thing, ends of intervals as columns."""

from __future__ import annotations

import pandas as pd

from analytics.efficacy.results import ESTIMATES, Confusion, Efficacy, Week
from analytics.results import Estimate


def estimates(e: Efficacy) -> pd.DataFrame:
    """Return one row an estimate: name, value, low, high, n, n_cases, coverage, basis, quality, why."""
    return pd.DataFrame([{"estimate": name, **_row(e.estimates[name])} for name in ESTIMATES])


def confusion(c: Confusion) -> pd.DataFrame:
    """Return the counts of labelled rows: truth, decision, rows."""
    return pd.DataFrame(
        [
            ("attack", "alarm", c.tp),
            ("attack", "no alarm", c.fn),
            ("attack", "not scored", c.unscored_attacks),
            ("benign", "alarm", c.fp),
            ("benign", "no alarm", c.tn),
            ("benign", "not scored", c.unscored_benign),
        ],
        columns=["truth", "decision", "rows"],
    )


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
