"""Facts kept with the reader: any order of questions gives the figures that a fresh reader gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.efficacy import measures
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

SCOPE = Scope(model="m", version="1")
START = datetime(2026, 3, 2, tzinfo=UTC)
DESIGNS: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "full": lambda score, u: (u < 2, np.full(len(u), np.nan)),
    "nearly full": lambda score, u: (u < 0.97, np.full(len(u), np.nan)),
    "audit": lambda score, u: ((score >= 0.5) | (u < 0.1), np.where(score < 0.5, 0.1, np.nan)),
    "alarms": lambda score, u: (score >= 0.5, np.full(len(u), np.nan)),
}


@pytest.fixture(params=[*DESIGNS, "no threshold"])
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A warehouse of 3,000 events in campaigns, labelled by a design."""
    rng = np.random.default_rng(5)
    n = 3_000
    attack = rng.random(n) < 0.1
    score = np.round(np.clip(rng.normal(0.3 + 0.3 * attack, 0.2), 0, 1), 2)
    labelled, inclusion = DESIGNS.get(request.param, DESIGNS["audit"])(score, rng.random(n))
    told = request.param != "no threshold"
    frame = pd.DataFrame(
        {
            "model_id": "m",
            "model_version": "1",
            "event_id": [f"e{i}" for i in range(n)],
            "occurred_at": [(START + timedelta(minutes=9 * i)).isoformat() for i in range(n)],
            "score": score,
            "decision": np.where(score >= 0.5, "block", "allow") if told else "",
            "region": rng.choice(["EMEA", "APAC"], n),
            "case_id": np.where(attack, [f"a{int(x)}" for x in 40 * rng.random(n) ** 3], ""),
            "label": np.where(labelled, attack.astype(float), np.nan),
            "label_source": np.where(labelled, "random_audit", ""),
            "inclusion_probability": np.where(labelled, inclusion, np.nan),
        }
    )
    model = {"model_id": "m", "model_version": "1", "threshold": 0.5 if told else None}
    pd.DataFrame([model]).to_csv(tmp_path / "models.csv", index=False)
    frame.to_csv(tmp_path / "d.csv", index=False)
    for kind, name in (("models", "models.csv"), ("detections", "d.csv")):
        assert import_files(tmp_path / "warehouse", kind, [str(tmp_path / name)]).rejected == 0
    return tmp_path / "warehouse"


def everything(reader: Reader, threshold: float | None) -> list[object]:
    """All figures of a threshold."""
    curves = measures.curves(reader, SCOPE, threshold).result
    histogram = measures.histogram(reader, SCOPE, threshold).result
    return [
        measures.efficacy(reader, SCOPE, threshold).result.to_record(),
        [e.to_record() for e in measures.by_slice(reader, SCOPE, "region", threshold).result],
        measures.by_week(reader, SCOPE, threshold).result,
        (curves.recall, curves.fpr, curves.precision, curves.roc.to_dict(), curves.pr.to_dict()),
        (histogram.bins.to_dict(), histogram.threshold),
    ]


def test_another_threshold_gives_the_figures_of_a_fresh_reader(directory: Path) -> None:
    reader = open_reader(directory, local_viewer())
    thresholds = (None, 0.8, 0.2, 0.5, 0.8, None)
    for threshold in thresholds:
        fresh = everything(open_reader(directory, local_viewer()), threshold)
        assert str(everything(reader, threshold)) == str(fresh)


def test_kept_facts_still_say_which_queries_they_come_from(directory: Path) -> None:
    reader = open_reader(directory, local_viewer())
    first, second = (measures.efficacy(reader, SCOPE, at).provenance for at in (0.4, 0.6))
    assert first.queries == second.queries
    assert any("FROM labelled" in sql for sql, _ in second.queries)
    assert second.ms > 0
