"""Audited rows without a verdict, counted against what was put in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.efficacy import measures
from analytics.scope import SLICES, Scope
from analytics.viewer import local_viewer
from analytics.warehouse import import_files, open_reader
from analytics.warehouse.contract import Kind
from analytics.warehouse.trace import Trace
from analytics.warehouse.without_verdict import without_verdict

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_audited_rows_count_until_somebody_gives_a_verdict(tmp_path: Path) -> None:
    files: dict[Kind, pd.DataFrame] = {
        "models": pd.DataFrame({"model_id": ["m", "m"], "model_version": ["1", "2"], "threshold": 0.5}),
        "detections": pd.DataFrame(
            {
                "event_id": [*"abcdef"],
                "model_id": "m",
                "model_version": [*"111112"],
                "occurred_at": [START + timedelta(hours=i) for i in range(6)],
                "score": 0.3,
                "region": [*"xxyyyx"],
            }
        ),
        "labels": pd.DataFrame(
            [
                ("a", "undetermined", "random_audit", 0.1, 10),
                ("b", "undetermined", "random_audit", 0.1, 10),
                ("b", "true_positive", "triage", None, 30),  # settled later
                ("c", "undetermined", "score_audit", 0.5, 10),
                ("d", "undetermined", "triage", None, 10),  # nobody drew it
                ("e", "false_positive_logic", "random_audit", 0.1, 10),
                ("f", "undetermined", "random_audit", 0.1, 10),  # another version
            ],
            columns=["event_id", "label", "label_source", "inclusion_probability", "hours"],
        ),
    }
    files["labels"]["labelled_at"] = START + pd.to_timedelta(files["labels"].pop("hours"), unit="h")
    for kind, frame in files.items():
        frame.to_csv(tmp_path / f"{kind}.csv", index=False)
        import_files(tmp_path / "warehouse", kind, [str(tmp_path / f"{kind}.csv")])
    reader = open_reader(tmp_path / "warehouse", local_viewer())

    def counted(population: str = "production", **scope: Any) -> int:
        asked = Scope(model="m", version="1", **scope)
        return int(without_verdict(asked, set(SLICES), population, Trace(reader).run, None)["n"].sum())

    assert counted() == 2
    assert counted(known_at=START + timedelta(hours=20)) == 3
    assert counted(known_at=START + timedelta(hours=5)) == 0
    assert counted(since=START + timedelta(hours=2)) == 1
    assert counted(where=(("region", "x"),)) == 1
    assert counted("red_team") == 0
    by = without_verdict(Scope(model="m", version="1"), set(SLICES), "production", Trace(reader).run, "region")
    assert dict(by.itertuples(index=False, name=None)) == {"x": 1, "y": 1}
    by_slice = measures.by_slice(reader, Scope(model="m", version="1"), "region").result
    assert {e.by["region"]: e.n_undetermined for e in by_slice} == {"x": 1, "y": 1}
    assert measures.efficacy(reader, Scope(model="m", version="1")).result.to_record()["n_undetermined"] == 2
