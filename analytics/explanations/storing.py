"""Explanations that need not be worked out again: those of a batch, and a few that somebody asked for before.

What was asked for lies in a folder of small JSON files that may be deleted at any time: the oldest go first.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from analytics.explanations.asking import Asked
from analytics.explanations.attributions import off
from analytics.explanations.batch import digest
from analytics.explanations.results import Attributions, NotExplained
from analytics.scope import Scope
from analytics.warehouse import explained
from analytics.warehouse.explaining import FOLDER
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

ASKED = "asked"
"""Folder of what was asked for, inside that of the explanations."""
MOST = 500
"""Files in it."""
_NUMBERS = ("base", "rest", "output", "residual", "error")
_BATCH = "This was worked out beforehand, in a batch."
_OTHER = "This was worked out beforehand, in a batch, against the ordinary rows of then; what is usual is of now."


class Known(NamedTuple):
    """What need not be worked out, and a sentence on where it comes from."""

    found: Attributions | NotExplained
    source: str


def stored(reader: Reader, asked: Asked, trace: Trace) -> Known | None:
    """Return what a batch stored of a detection with the model file that is there now; None where it did not."""
    row, note = asked.row.iloc[0], asked.loaded.note
    scope = Scope(str(note["model_id"]), str(row["model_version"]))
    rows = explained.one(reader, scope, str(row["event_id"]), trace)
    mine = next((r for r in rows if r["model_sha256"] == note["sha256"]), None)
    if mine is None:
        return None
    if not pd.isna(mine["failed"]):
        return Known(NotExplained(str(mine["failed"])), _BATCH)
    found = _read(asked, mine)
    return None if found is None else Known(found, _BATCH if mine["background"] == digest(asked.ordinary) else _OTHER)


def asked_before(reader: Reader, asked: Asked, limit_s: float) -> Known | None:
    """Return what was worked out for the same detection, model file and ordinary rows before."""
    try:
        row = json.loads(_path(reader, asked, limit_s).read_text(encoding="utf-8"))
        found = _read(asked, row)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged: it is worked out again
        return None
    return None if found is None else Known(found, "")


def remember(reader: Reader, asked: Asked, found: Attributions, limit_s: float) -> None:
    """Keep an explanation for the next who asks; a place that cannot be written to is no fault."""
    path = _path(reader, asked, limit_s)
    if asked.inputs.text:
        row = found.values[[0]]
        names, values = [found.names[j] for j in row.indices], row.data
    else:
        names, values = list(asked.inputs.names()), found.values[0]
    text = json.dumps(
        {
            "names": names,
            "added": [float(v) for v in values],
            **{n: float(np.ravel(getattr(found, n))[0]) for n in _NUMBERS},
            **{n: getattr(found, n) for n in ("unit", "method", "n_background")},
        }
    )
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
        every = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in every[MOST:]:
            old.unlink(missing_ok=True)


def _path(reader: Reader, asked: Asked, limit_s: float) -> Path:
    row, note = asked.row.iloc[0], asked.loaded.note
    key = [note["sha256"], digest(asked.ordinary), note["model_id"], row["model_version"], row["event_id"], limit_s]
    name = hashlib.sha256(json.dumps(list(map(str, key))).encode()).hexdigest()[:40]
    return reader.directory / FOLDER / ASKED / f"{name}.json"


def _read(asked: Asked, row: dict[str, Any]) -> Attributions | None:
    """Return attributions of one row; None where they are not of the model's columns, or damaged."""
    names, values = [str(n) for n in row["names"]], np.asarray(row["added"], dtype=float)
    if len(names) != len(values) or not (asked.inputs.text or names == list(asked.inputs.names())):
        return None
    own: Any = values[None, :]
    if asked.inputs.text:  # a value of 0 stays one that is there
        own = sparse.csr_matrix((values, np.arange(len(values)), [0, len(values)]), (1, len(values)))
    base, output, rest = (float(row[n]) for n in ("base", "output", "rest"))
    if off(abs(base + float(values.sum()) + rest - output), output).any():
        return None
    return Attributions(
        names=tuple(names),
        values=own,
        rest=np.array([rest]),
        base=base,
        output=np.array([output]),
        residual=np.array([float(row["residual"])]),
        error=np.array([float(row["error"])]),
        unit=row["unit"],
        method=str(row["method"]),
        n_background=int(row["n_background"]),
    )
