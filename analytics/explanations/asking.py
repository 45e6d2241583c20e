"""What an explanation needs of the warehouse: the detection, its model, ordinary rows to compare it with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analytics.explanations import queries
from analytics.explanations.fitted import cannot
from analytics.explanations.inputs import Inputs, inputs
from analytics.explanations.models import Loaded, load
from analytics.explanations.results import NotExplained
from analytics.scope import Scope
from analytics.warehouse import lookup
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.finding import find
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import Stored, stored
from analytics.warehouse.trace import Trace

N = 200
"""Ordinary rows."""
LEAST = 20
"""Ordinary rows below which nothing is compared."""
LONGEST = 100_000
"""Characters of a text."""
WINDOW = timedelta(days=28)
"""Before the end of the data; all of it where that holds too few."""
_DOING = "explaining a detection"
_OWN = ["event_id", "detection_id", "model_version", "occurred_at", "score", "decision"]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that an explanation is worked out from."""

    row: pd.DataFrame
    """One row."""
    loaded: Loaded
    inputs: Inputs
    ordinary: pd.DataFrame
    threshold: float | None
    """The lowest one in force when it happened."""

    @property
    def given(self) -> Any:
        """Return what the model is given of the detection."""
        return self.inputs.given(self.row)

    @property
    def usual(self) -> Any:
        """Return what the model is given of the ordinary rows."""
        return self.inputs.given(self.ordinary)

    def words(self, i: int) -> tuple[str, str]:
        """Return the own value of a category, the i-th column, and the one that is commonest among ordinary rows."""
        usual = pd.Series(self.inputs.spelled(i, self.ordinary)).mode()
        return self.inputs.spelled(i, self.row)[0], str(usual.iloc[0])


def ask(reader: Reader, scope: Scope, detection_id: str, event_id: str | None, trace: Trace) -> Asked | NotExplained:
    """Return what an explanation of a detection needs, or why there can be none.

    Raises
    ------
    BadInput
        No model is named, it has no such detection, or its file is not what was saved.
    NoData
        No file of the model is there.
    """
    every = stored(reader, Scope(scope.model), trace.once)
    row = _row(every, scope, detection_id, event_id, trace)
    model, version = str(scope.model), str(row["model_version"].iloc[0])
    if pd.isna(row["score"].iloc[0]):
        return NotExplained("The model gave this event no score, so there is nothing to explain.")
    loaded = load(reader.directory, model, version)
    found = cannot(loaded.model, loaded.note) or inputs(loaded.model, loaded.note, every)
    if isinstance(found, NotExplained):
        return found
    if not whole(found, row).all():
        return NotExplained("The detection is stored without some of what the model saw.")
    if found.text and len(str(row["payload"].iloc[0])) > LONGEST:
        return NotExplained(f"The text is longer than {LONGEST:,} characters; reasons for it would take too long.")
    at = lookup.thresholds_at(model, version, row["occurred_at"].iloc[0].to_pydatetime(), trace.run)
    threshold = None if at.empty else float(at["threshold"].min())
    usual = ordinary(reader, Scope(model, version), found, threshold, trace)
    if len(usual) < LEAST:
        return NotExplained(f"There are {len(usual)} ordinary rows to compare it with; {LEAST} are needed.")
    return Asked(row, loaded, found, usual, threshold)


def _row(every: Stored, scope: Scope, detection_id: str, event_id: str | None, trace: Trace) -> pd.DataFrame:
    """Return the row of a detection, with all that its model may have seen."""
    features = sorted(c for c in every.columns if c.startswith(FEATURE_PREFIX))
    found = find(every, scope, [*_OWN, "payload", *features], detection_id, event_id, trace, _DOING)
    return found.iloc[[0]].reset_index(drop=True)


def ordinary(reader: Reader, scope: Scope, of: Inputs, threshold: float | None, trace: Trace) -> pd.DataFrame:
    """Return the ordinary rows of a version: the same ones every time in a snapshot."""
    until = reader.snapshot.data_until
    found = pd.DataFrame()
    for since in (until - WINDOW if until else None, None):
        window = replace(scope, since=since)
        source = stored(reader, window, trace.once).source([*_OWN, *of.columns])
        if source is None:
            continue
        query = queries.ordinary(source, str(scope.model), threshold, list(of.columns), N)
        found = trace.once(*query)
        if len(found) == N:
            break
    return found[whole(of, found)].reset_index(drop=True) if len(found) else found


def whole(of: Inputs, rows: pd.DataFrame) -> np.ndarray:
    """Tell which rows have everything that the model is given."""
    if of.text:
        return rows["payload"].notna().to_numpy(dtype=bool)
    there = rows[list(of.columns)].notna().to_numpy(dtype=bool)
    numbers = np.isfinite(of.of(of.stored(rows)))
    return (there & (numbers | of.words)).all(axis=1)


def window(asked: Asked) -> tuple[Any, Any]:
    """Return when the first and the last of the ordinary rows happened, UTC."""
    at = asked.ordinary["occurred_at"]
    return at.min().to_pydatetime().replace(tzinfo=UTC), at.max().to_pydatetime().replace(tzinfo=UTC)
