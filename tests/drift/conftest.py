"""A stream of one model whose columns hold all that a distribution can: the frame of it is the independent truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

ROWS = 6000
CUT = pd.Timestamp("2026-09-30")
Build = Callable[..., Reader]


def make_frame(rows: int) -> pd.DataFrame:
    """Detections of 90 days in time order; the last third has drifted in some columns."""
    chance = np.random.default_rng(5)
    time = pd.date_range("2026-08-01", periods=rows, freq=pd.Timedelta(days=90) / rows)
    late = np.asarray(time >= CUT)
    text = np.where(chance.random(rows) < 0.7, "get", "post").astype(object)
    text[late & (chance.random(rows) < 0.1)] = "patch'; --"
    moved = chance.normal(size=rows) + 0.4 * late
    moved[chance.random(rows) < np.where(late, 0.2, 0.05)] = np.nan
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(rows)],
            "occurred_at": time,
            "model_id": "m",
            "model_version": "1",
            "score": np.round(chance.beta(0.3, 3, rows), 4),
            "region": np.where(np.arange(rows) % 3 == 0, "EMEA", "APAC"),
            "f.moved": moved,
            "f.few": chance.integers(0, 3, rows) + late * chance.integers(0, 2, rows),
            "f.constant": 1.5,
            "f.empty": np.full(rows, np.nan),
            "f.method": text,
            "f.many": [f"host {int(v)}" for v in 300 * chance.random(rows) ** 2],
        }
    )


def write_warehouse(folder: Path, *parts: pd.DataFrame) -> Reader:
    """Import detections, part by part, into a new warehouse; return a reader of this machine's user."""
    (folder / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\nm,2,0.5\n")
    import_files(folder / "warehouse", "models", [str(folder / "models.csv")])
    for i, part in enumerate(parts):
        path = folder / f"{i}.parquet"
        part.to_parquet(path)
        report = import_files(folder / "warehouse", "detections", [str(path)])
        assert report.stored == len(part), report
    return open_reader(folder / "warehouse", local_viewer())


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Imports frames into a new warehouse."""
    return lambda *parts: write_warehouse(tmp_path, *parts)


@pytest.fixture(scope="session")
def made() -> Callable[[int], pd.DataFrame]:
    """The maker of streams."""
    return make_frame


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """The stream."""
    return make_frame(ROWS)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame) -> Reader:
    """A reader of its warehouse, in two imports; never change it."""
    return write_warehouse(tmp_path_factory.mktemp("drift"), frame.iloc[: ROWS // 2], frame.iloc[ROWS // 2 :])
