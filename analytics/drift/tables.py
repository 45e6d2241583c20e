"""Drift as tables: what *Inspect* gives to download."""

from __future__ import annotations

import pandas as pd

from analytics.drift.results import Course, Distribution, Drift


def columns(d: Drift) -> pd.DataFrame:
    """Return one row a column: distances, what chance makes of them, and what is missing or unseen."""
    return pd.DataFrame(
        {
            "column": c.column,
            "population stability index": c.psi.value,
            "by chance below": c.psi_by_chance,
            "beyond chance": c.beyond_chance,
            "Jensen-Shannon distance": c.jensen_shannon,
            "Wasserstein distance (widths of the middle 80 %)": c.wasserstein,
            "Kolmogorov-Smirnov at least": c.ks.low if c.ks else None,
            "Kolmogorov-Smirnov at most": c.ks.high if c.ks else None,
            "missing then": c.reference.missing,
            "missing now": c.current.missing,
            "unseen": c.unseen,
            "rows then": c.reference.rows,
            "rows now": c.current.rows,
        }
        for c in d.columns
    )


def bins(c: Distribution) -> pd.DataFrame:
    """Return one row a bin of the population stability index: its ends or its value, events then and now."""
    return pd.DataFrame(c.to_record()["bins"])


def days(c: Course) -> pd.DataFrame:
    """Return one row a day."""
    return pd.DataFrame(
        {"day": d.date, "rows": d.rows, "population stability index": d.psi, "part of": d.inside} for d in c.days
    )
