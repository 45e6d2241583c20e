"""Explanations that were imported: of models that are not here, shown as they came, with what is missing said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from analytics.explanations import text, words
from analytics.explanations.results import Background, Contribution, Explanation, NotExplained
from analytics.scope import Scope
from analytics.warehouse import explained
from analytics.warehouse.finding import find
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import HIDDEN, stored
from analytics.warehouse.trace import Trace

_NAN = float("nan")
_COLUMNS = ["event_id", "detection_id", "model_version", "occurred_at", "score", "payload"]


def explanation(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None, missing: str, trace: Trace
) -> Explanation | NotExplained | None:
    """Return what was imported of a detection; None where nothing was.

    Parameters
    ----------
    missing
        Why it cannot be worked out here, a sentence.

    Raises
    ------
    BadInput
        There is no such detection.
    """
    every = stored(reader, Scope(scope.model), trace.once)
    found = find(every, scope, _COLUMNS, detection_id, event_id, trace, "explaining a detection").iloc[0]
    mine = Scope(scope.model, str(found["model_version"]))
    rows = explained.one(reader, mine, str(found["event_id"]), trace)
    row = next((r for r in rows if pd.isna(r["model_sha256"])), None)
    if row is None:
        return None
    if not pd.isna(row["failed"]):
        return NotExplained(f"What was imported does not add up, so it is not shown. {row['failed']}")
    told = _told(row, found)
    caveat = f"This explanation was imported, not worked out here: {missing}"
    return told if isinstance(told, NotExplained) else _said(told, caveat)


def _said(e: Explanation, caveat: str) -> Explanation:
    return replace(e, sentence=words.sentence(e), caveats=(caveat,))


def _told(row: dict[str, Any], found: pd.Series) -> Explanation | NotExplained:
    names, own, starts, ends = (np.ma.asarray(row[c]).tolist() for c in ("names", "own", "starts", "ends"))
    added = np.asarray(row["added"], dtype=float)
    spans = [None if a is None else (int(a), int(b)) for a, b in zip(starts, ends, strict=True)]
    values: np.ndarray = np.zeros(0)
    if any(spans):
        payload = found["payload"]
        if pd.isna(payload) or payload == HIDDEN:
            return NotExplained("It is of parts of the text, which is not stored or which you may not see.")
        if max(end for _, end in filter(None, spans)) > len(payload):
            return NotExplained("What was imported names characters that the stored text does not have.")
        values = np.zeros(len(payload))
        for span, value in zip(spans, added, strict=True):
            if span:
                values[span[0] : span[1]] += value / (span[1] - span[0])
    own = [_NAN if v is None else float(v) for v in own]
    listed = [
        Contribution(str(n), str(n), float(v), o, _NAN, _NAN, _NAN)
        for n, v, o, span in zip(names, added, own, spans, strict=True)
        if span is None
    ]
    listed.sort(key=lambda c: -abs(c.value))
    return Explanation(
        model_id=str(row["model_id"]),
        model_version=str(row["model_version"]),
        event_id=str(row["event_id"]),
        raised=tuple(c for c in listed if c.value > 0),
        lowered=tuple(c for c in listed if c.value < 0),
        others=float(row["rest"]),
        rest=0.0,
        base=float(row["base"]),
        output=float(row["output"]),
        unit=str(row["unit"]),
        score=None,
        stored_score=None if pd.isna(found["score"]) else float(found["score"]),
        threshold=None,
        threshold_output=None,
        method=str(row["method"]),
        n_background=0,
        background=Background(0, _time(found), _time(found)),
        residual=float(row["residual"]),
        error=0.0,
        values=tuple(map(float, values)),
        marks=tuple(text.marks(values)),
        pieces=_pieces(str(found["payload"]), spans, added, listed),
        caveats=(),
    )


def _pieces(
    payload: str, spans: list[tuple[int, int] | None], added: np.ndarray, features: list[Contribution]
) -> tuple[Contribution, ...]:
    """Return the parts of the text that were named, equal ones together, and features beside them."""
    found: dict[str, float] = {}
    for span, value in zip(spans, added, strict=True):
        if span:
            part = payload[span[0] : span[1]]
            found[part] = found.get(part, 0.0) + float(value)
    if not found:
        return ()
    pieces = [Contribution(p, "payload", v, float(payload.count(p)), _NAN, _NAN, _NAN) for p, v in found.items()]
    return tuple(sorted([*pieces, *features], key=lambda c: -abs(c.value)))


def _time(found: pd.Series) -> datetime:
    time: datetime = found["occurred_at"].to_pydatetime()
    return time.replace(tzinfo=UTC)
