"""Several kinds and several models in one import: the same as one after another, and all of it or nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from analytics.errors import BadInput, UnknownModel
from analytics.warehouse import import_all, importing

TABLES = (
    "models", "thresholds", "volume", "volume_hour", "volume_score_hour", "latency_hour", "feature_day",
    "feature_edges", "slice_values", "counts", "labels", "labelled_rows", "labelled",
)  # fmt: skip


def files(place: Any) -> dict[str, list[str]]:
    """Files of four kinds: two models, features and slices of each, repeats, labels, counts of the same hours."""
    rng = random.Random(4)
    rows, labels, counts = [], [], []
    for model in "ab":
        for i in range(300):
            hour = f"2026-03-{1 + i % 9:02d}T{i % 24:02d}"
            rows.append(
                {
                    "event_id": f"{model}{i}", "occurred_at": f"{hour}:10:00Z", "model_id": model, "model_version": "1",
                    "score": rng.random(), "decision": rng.choice(["allow", "block"]), "region": rng.choice("EW"),
                    "latency_ms": rng.random(), "sampling_weight": 2, f"f.{model}": rng.random(), "s.kind": model,
                }
            )  # fmt: skip
            counts.append({"model_id": model, "model_version": "1", "hour": f"{hour}:00:00Z", "decision": "allow",
                           "region": rng.choice("EW"), "score": i / 1000, "count": i})  # fmt: skip
            if i % 3 == 0:
                labels.append({"event_id": f"{model}{i}", "label": i % 2, "labelled_at": "2026-03-20T00:00:00Z"})
    models = [{"model_id": m, "model_version": "1", "threshold": 0.5} for m in "ab"]
    given = {"models": models, "detections": [*rows, rows[0]], "counts": counts, "labels": labels}
    return {kind: [str(place.write(f"{kind}.csv", rows))] for kind, rows in given.items()}


def test_all_at_once_is_what_one_after_another_gives(empty: Any) -> None:
    found, place = files(empty), replace(empty, directory=empty.folder / "one after another")
    reports = import_all(empty.directory, dict(reversed(found.items())))  # ty: ignore[invalid-argument-type]
    assert list(reports) == list(found)
    assert len({report.snapshot for report in reports.values()}) == 1
    assert len(list((empty.directory / "snapshots").glob("*.duckdb"))) == 1
    for kind, paths in found.items():
        alone = place.imp(kind, *map(Path, paths))
        mine = reports[kind]  # ty: ignore[invalid-argument-type]
        assert (alone.rows_in, alone.stored, alone.rejected) == (mine.rows_in, mine.stored, mine.rejected)
        assert mine.rows_in == mine.stored + mine.duplicates > 0
    for table in TABLES:
        ask = f"SELECT * FROM {table} ORDER BY ALL"
        pd.testing.assert_frame_equal(empty.sql(ask), place.sql(ask))
    assert len(empty.stored()) == 600
    assert empty.stored() == place.stored()


@pytest.mark.parametrize("broken", ["labels", "models", "kind"])
def test_what_fails_for_one_kind_stores_nothing_of_any(place: Any, broken: str) -> None:
    found, before = files(place), place.current()
    if broken == "labels":
        found["labels"] = [str(place.write("labels.csv", "event_id,label\na1,1\n"))]
    elif broken == "models":
        del found["models"]
    else:
        found["label"] = found.pop("labels")
    with pytest.raises(UnknownModel if broken == "models" else BadInput):
        import_all(place.directory, found)  # ty: ignore[invalid-argument-type]
    assert place.current() == before
    assert list((place.directory / "tmp").iterdir()) == []


def test_nothing_new_publishes_nothing(place: Any) -> None:
    found = files(place)
    import_all(place.directory, found)  # ty: ignore[invalid-argument-type]
    before = place.current()
    again = import_all(place.directory, found)  # ty: ignore[invalid-argument-type]
    assert place.current() == before
    assert all(report.duplicates == report.rows_in and report.snapshot is None for report in again.values())


def test_every_model_of_a_file_is_read_in_the_zone_of_its_map(place: Any) -> None:
    """Several models are written on connections of their own, which know the map's zone too."""
    texts = {"occurred_at": ["2026-07-01 14:00", "2026-07-01 15:00"], "event_id": ["e1", "e2"]}
    table = pa.table({**texts, "model_id": ["m", "n"], "model_version": ["1", "1"], "score": [0.1, 0.2]})
    report = place.imp("detections", place.write("two.parquet", table), toml='[time]\nzone = "Europe/Berlin"\n')
    assert report.stored == 2
    assert [row["occurred_at"] for row in place.stored()] == [datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 13)]


def test_what_fails_for_one_model_fails_the_import(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found, before, real = files(place), place.current(), importing.detections.features.add

    def fail(work: Any, model: str, file: Path) -> None:
        if model == "b":
            raise RuntimeError("stopped on purpose")
        real(work, model, file)

    monkeypatch.setattr(importing.detections.features, "add", fail)
    with pytest.raises(RuntimeError, match="on purpose"):
        import_all(place.directory, found)  # ty: ignore[invalid-argument-type]
    assert place.current() == before
    assert list((place.directory / "tmp").iterdir()) == []
