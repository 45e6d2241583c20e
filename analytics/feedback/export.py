"""The labelled set as files for those who build models: split by time, without leakage, the same bytes twice."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.errors import BadInput, NoData
from analytics.feedback import queries
from analytics.feedback.card import Card, to_markdown, to_record
from analytics.feedback.splitting import LEFT_OUT, SPLITS, Cuts, cuts, split
from analytics.results import Measured
from analytics.scope import Scope
from analytics.viewer import check_export
from analytics.warehouse import Reader, Trace
from analytics.warehouse.contract import FEATURE_PREFIX, SLICE_PREFIX
from analytics.warehouse.layout import place
from analytics.warehouse.lookup import labelled_columns
from analytics.warehouse.rows import Stored, stored

SHARES = (0.6, 0.2)
"""Of the labelled events, the oldest, that are training, and of the rest that are validation."""
BATCH = 5_000
"""Events that are held in memory at a time."""
_DOING = "exporting the labelled set"
_PLAIN = (
    "event_id", "occurred_at", "entity", "case_id", "correlation_id", "region", "segment", "application",
    "business_service", "technique", "sampling_weight", "payload",
)  # fmt: skip
_LABEL = ("verdict", "is_attack", "label_source", "labelled_at", "inclusion_probability", "weight")
_TIMES = ("occurred_at", "labelled_at")


@dataclass(frozen=True, slots=True)
class Exported:
    """An export."""

    folder: Path
    card: Card


def export(
    reader: Reader,
    scope: Scope,
    folder: Path,
    validation_from: datetime | None = None,
    test_from: datetime | None = None,
) -> Measured[Exported]:
    """Write the labelled production events of a model: train, validation and test as Parquet, and a data card.

    One row an event, with what was scored, features, slices, the label in force with its source, weight and chance,
    and the score of every version. The same snapshot, log position and arguments give the same bytes.

    Parameters
    ----------
    reader
        The snapshot and who looks: payloads and entities are hidden from those who may not see them.
    scope
        Names the model; window, slices and ``known_at`` hold. Its version plays no part.
    folder
        Is made; files of an earlier export in it are replaced.
    validation_from, test_from
        Where validation and test begin; None: after SHARES of the labelled events.

    Raises
    ------
    NotAllowed
        The viewer has no role for files with what was scored.
    BadInput
        No model, ends in the wrong order, or a place that cannot be written.
    NoData
        No event of this selection has a label.
    """
    check_export(reader.viewer)
    if scope.model is None:
        raise BadInput(_DOING, "no model is named.", "Choose one.")
    trace = Trace(reader)
    scope = replace(scope, version=None)
    keys = _keys(trace, scope)
    every = stored(reader, scope, trace.once)
    keys = keys.merge(_groups(trace, every, keys), on="event_id", how="left")
    at = cuts(keys, SHARES, validation_from, test_from)
    keys = keys.assign(part=split(keys, at))
    versions = sorted(trace.run(*queries.scored_by(scope))["model_version"])
    columns = _columns(every)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: _write(trace, every, keys[keys["part"] == name], columns, versions, folder, name)
                 for name in SPLITS}  # fmt: skip
        card = _card(trace, scope, every, keys, at, files, versions)
        for name, text in (
            ("card.json", json.dumps(to_record(card), indent=1, ensure_ascii=False) + "\n"),
            ("card.md", to_markdown(card)),
        ):
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as e:
        raise BadInput(_DOING, f"{folder} cannot be written ({e.strerror}).", "Name another place.") from e
    return Measured(Exported(folder, card), trace.provenance(scope))


def zipped(folder: Path) -> bytes:
    """Return the files of an export as one archive, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes())
    return out.getvalue()


def _keys(trace: Trace, scope: Scope) -> pd.DataFrame:
    """Return the labelled events in time order, each once, with its label in force."""
    keys = trace.run(*queries.labelled_events(scope, labelled_columns(trace.reader)))
    if keys.empty:
        raise NoData(_DOING, "no event of this selection has a label.", "Choose a longer window.")
    return keys


def _groups(trace: Trace, every: Stored, keys: pd.DataFrame) -> pd.DataFrame:
    """Return the entity of each event, as the viewer may see it: what is hidden keeps nothing apart."""
    found = [_of_part(trace, every, part, ["event_id", "occurred_at", "entity"]) for part in _batches(keys)]
    rows = pd.concat([f for f in found if len(f)] or [pd.DataFrame(columns=["event_id", "entity"])])
    rows = rows.drop_duplicates("event_id")[["event_id", "entity"]]
    return rows if every.visible("entity") else rows.assign(entity=None)


def _columns(every: Stored) -> list[str]:
    """Return the columns of a row that do not depend on the version."""
    plain = [c for c in _PLAIN if c in every.columns or c in ("event_id", "occurred_at")]
    own = sorted(c for c in every.columns if c.startswith((SLICE_PREFIX, FEATURE_PREFIX)))
    return [*plain, *own]


def _batches(keys: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for at in range(0, len(keys), BATCH):
        yield keys.iloc[at : at + BATCH]


def _of_part(trace: Trace, every: Stored, part: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return rows of some events, those of every version."""
    first, last = (t.to_pydatetime() for t in (part["first_at"].min(), part["last_at"].max()))
    source = every.source(columns, [(first, last + timedelta(microseconds=1))])
    if source is None:
        return pd.DataFrame(columns=columns)
    return trace.reader.query(*queries.between(source, first, last, part["event_id"].tolist()))


def _write(
    trace: Trace, every: Stored, keys: pd.DataFrame, columns: list[str], versions: list[str], folder: Path, name: str
) -> dict[str, Any]:
    """Write one split; return its name, rows and digest."""
    path = folder / f"{name}.parquet"
    beside = folder / f".{path.name}.{os.getpid()}"
    schema = _schema(trace, every, columns, versions)
    try:
        with pq.ParquetWriter(beside, schema, compression="zstd") as out:
            for part in _batches(keys):
                rows = _rows(trace, every, part, columns, versions)
                out.write_table(pa.Table.from_pandas(rows, schema, preserve_index=False))
        place(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return {"file": path.name, "rows": len(keys), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _rows(trace: Trace, every: Stored, part: pd.DataFrame, columns: list[str], versions: list[str]) -> pd.DataFrame:
    """Return whole rows of some events in their order."""
    wanted = list(dict.fromkeys([*columns, "model_version", "score"]))
    rows = _of_part(trace, every, part, wanted).sort_values(["event_id", "model_version"], kind="stable")
    first = rows.drop_duplicates("event_id").drop(columns=["model_version", "score"])
    scores = rows.pivot_table(index="event_id", columns="model_version", values="score", aggfunc="max")
    found = part[["event_id", *_LABEL]].merge(first, on="event_id", how="left")
    for version in versions:
        known = scores[version] if version in scores else pd.Series(dtype=float)
        found[f"score.{version}"] = found["event_id"].map(known).astype(float)
    for name in _TIMES:
        found[name] = pd.to_datetime(found[name]).dt.tz_localize("UTC")
    texts = [c for c in found if c not in _TIMES and not pd.api.types.is_numeric_dtype(found[c])]
    found = found.assign(**{c: found[c].astype(object).where(found[c].notna(), None) for c in texts})
    return found[[*columns, *_LABEL, *(f"score.{v}" for v in versions)]]


def _schema(trace: Trace, every: Stored, columns: list[str], versions: list[str]) -> pa.Schema:
    """Return the columns with their types: the same whatever a split holds."""
    source = every.source(columns)
    none = trace.reader.query(*queries.nothing(source)) if source else pd.DataFrame(columns=columns)
    kinds: dict[str, pa.DataType] = {"is_attack": pa.bool_()}
    kinds |= dict.fromkeys(_TIMES, pa.timestamp("us", "UTC"))
    kinds |= dict.fromkeys(("inclusion_probability", "weight"), pa.float64())
    numbers = [c for c in columns if pd.api.types.is_numeric_dtype(none[c])]
    kinds |= dict.fromkeys([*numbers, *(f"score.{v}" for v in versions)], pa.float64())
    names = [*columns, *_LABEL, *(f"score.{v}" for v in versions)]
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


def _card(
    trace: Trace, scope: Scope, every: Stored, keys: pd.DataFrame, at: Cuts, files: dict[str, Any], versions: list[str]
) -> Card:
    """Return what a reader of the files must know."""
    delay = (keys["labelled_at"] - keys["occurred_at"]).dt.total_seconds() / 3600
    snapshot = trace.reader.snapshot
    kept = keys[keys["part"].isin(SPLITS)]
    passed = trace.run(*queries.passed_labels(scope, labelled_columns(trace.reader)))
    thresholds = trace.run(*queries.thresholds(scope)).to_dict("records")
    return Card(
        model=str(scope.model),
        scope=scope.to_text(),
        snapshot=snapshot.id,
        log_position=snapshot.log_position,
        first=_aware(keys["occurred_at"].min()),
        last=_aware(keys["occurred_at"].max()),
        validation_from=at.validation.replace(tzinfo=UTC),
        test_from=at.test.replace(tzinfo=UTC),
        files=tuple(files.values()),
        left_out={name: int((keys["part"] == name).sum()) for name in LEFT_OUT},
        verdicts={name: _counts(kept[kept["part"] == name], "verdict") for name in SPLITS},
        sources={name: _counts(kept[kept["part"] == name], "label_source") for name in SPLITS},
        attacks={name: int(kept[kept["part"] == name]["is_attack"].sum()) for name in SPLITS},
        without_chance=int(kept["inclusion_probability"].isna().sum()),
        passed=int(passed["n"].iloc[0]),
        undetermined=int(passed["undetermined"].iloc[0]),
        elsewhere=int(passed["elsewhere"].iloc[0]),
        delay_hours=(float(np.quantile(delay, 0.5)), float(np.quantile(delay, 0.9))),
        versions=tuple(versions),
        thresholds=tuple({"version": t["model_version"], "action": t["action"], "threshold": t["threshold"]}
                         for t in thresholds),
        hidden=tuple(sorted(c for c in ("payload", "entity") if c in every.columns and not every.visible(c))),
        entities=every.visible("entity") and "entity" in every.columns,
    )  # fmt: skip


def _counts(rows: pd.DataFrame, column: str) -> dict[str, int]:
    return {str(k): int(n) for k, n in rows[column].value_counts().sort_index().items()}


def _aware(time: pd.Timestamp) -> datetime:
    return time.to_pydatetime().replace(tzinfo=UTC)
