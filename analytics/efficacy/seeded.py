"""Attacks that were seeded on purpose (red team) or come from a benchmark: populations of their own, never pooled.

They tell how many of *known* attacks are caught, where too little of the traffic has been looked at to tell of all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.efficacy import queries
from analytics.efficacy.reading import in_force
from analytics.efficacy.wording import unless_one
from analytics.results import FEW, Estimate, Measured
from analytics.scope import SLICES, Scope
from analytics.stats.intervals import ratio
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

NAMES = {"red_team": "attacks sent in drills", "benchmark": "benchmark attacks"}


def seeded(reader: Reader, scope: Scope, threshold: float | None = None) -> Measured[dict[str, Estimate]]:
    """Return the share of seeded and of benchmark attacks at or above a threshold; an unscored one got through.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    threshold
        The one in force where None.

    Returns
    -------
    Measured[dict[str, Estimate]]
        By population: red_team, benchmark; those without an attack are left out.
    """
    trace = Trace(reader)
    threshold = in_force(trace, scope) if threshold is None else threshold
    columns = set(trace.once(queries.LABELLED_COLUMNS, {})["column_name"]) | set(SLICES)
    frame = trace.once(*queries.seeded(scope, columns))
    found = {}
    if threshold is not None:
        for population, rows in frame.groupby("population"):
            found[str(population)] = _caught(rows, threshold)
    return Measured(found, trace.provenance(scope))


def _caught(rows: pd.DataFrame, threshold: float) -> Estimate:
    score, weight = rows["score"].to_numpy(float), rows["weight"].to_numpy(float)
    known = rows["case_no"].notna()
    case = None
    if known.any():
        codes = pd.factorize(rows["case_no"])[0].astype(np.int64)
        case = np.where(known, codes, -1 - np.arange(len(rows)))
    i = ratio(score >= threshold, np.ones(len(rows), bool), unless_one(weight), case)
    few = i.n_cases < FEW
    return Estimate(
        float(i.value), float(i.low), float(i.high), int(i.n), n_cases=None if case is None else int(i.n_cases),
        n_effective=float(i.n_effective), represents=float(weight.sum()), coverage=1.0, method=i.method, basis="full",
        quality="few" if few else "ok", why="Few of them have been seeded." if few else "",
    )  # fmt: skip


def said(found: dict[str, Estimate]) -> list[tuple[str, Estimate]]:
    """Return name and estimate of each population, seeded attacks first."""
    return [(NAMES[p], found[p]) for p in NAMES if p in found]
