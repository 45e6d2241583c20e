"""Events that were drawn for an audit, from the log: a label of one counts with the chance that it was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.scope import parse_time
from analytics.warehouse.records import Record, replay
from analytics.warehouse.selection import naive

KIND = "audit_drawn"
SOURCES = {"simple": "random_audit", "score": "score_audit"}
"""What the label of a drawn event comes from, by the design that drew it."""
COLUMNS = ["event_id", "detection_id", "model_id", "model_version", "occurred_at", "score", "source", "probability"]


def drawn(directory: Path) -> pd.DataFrame:
    """Return every event that was drawn, once, with the chance that any of the draws would have taken it.

    That chance is 1 − Π(1 − p) over the draws of the same model version that the event could have been in. A label of
    it belongs into the contract's column ``inclusion_probability``, with ``source`` as its ``label_source``.

    Parameters
    ----------
    directory
        The warehouse.

    Returns
    -------
    DataFrame
        COLUMNS: occurred_at in UTC without a zone, probability in (0, 1]. In the order in which they were drawn.
    """
    draws = replay(directory, kinds=[KIND])
    found = pd.DataFrame([row for r in draws for row in _events(r)], columns=COLUMNS)
    found = found.drop_duplicates(["model_id", "event_id"], ignore_index=True)
    if found.empty:
        return found
    return found.assign(
        occurred_at=pd.to_datetime(found["occurred_at"]).dt.as_unit("us"), probability=_over_all(found, draws)
    )


def of_event(directory: Path, model_id: str, event_id: str) -> tuple[str, float] | None:
    """Return as what a label of an event counts because an audit drew it: label_source and chance; None: none did."""
    found = drawn(directory)
    mine = found[(found["model_id"] == model_id) & (found["event_id"] == event_id)]
    return None if mine.empty else (str(mine["source"].iloc[0]), float(mine["probability"].iloc[0]))


def _events(r: Record) -> list[tuple[Any, ...]]:
    source = SOURCES[r.body["design"]]
    return [
        (e["event_id"], e["detection_id"], r.subject, r.body["version"], naive(parse_time(e["occurred_at"])),
         e["score"], source, 0.0)
        for e in r.body["events"]
    ]  # fmt: skip


def _over_all(found: pd.DataFrame, draws: list[Record]) -> np.ndarray:
    """Return the chance of each event over all draws that could have taken it."""
    spared = np.ones(len(found))
    score = found["score"].to_numpy(dtype=float)
    for r in draws:
        since, until = (naive(parse_time(r.body[end])) for end in ("since", "until"))
        mine = (found["model_id"] == r.subject) & (found["model_version"] == r.body["version"])
        mine &= (found["occurred_at"] >= since) & (found["occurred_at"] < until)
        for s in r.body["strata"]:
            inside = mine & (score >= s["low"]) & ((score < s["high"]) | (s["high"] >= 1))
            spared[inside.to_numpy()] *= 1 - s["probability"]
    return 1 - spared
