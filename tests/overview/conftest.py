"""Volumes made hour by hour, and a perimeter of two services whose every figure is known by hand."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.overview.volumes import Volumes
from analytics.warehouse import import_files
from analytics.warehouse.importing import Kind

MONDAY = datetime(2026, 8, 3, tzinfo=UTC)
COLUMNS = ("events", "unscored", "acted", "guarded")
PARTS = [f"{c}_{part}" for c in COLUMNS[:3] for part in ("rows", "counted")]


def make_volumes(
    regions: Mapping[str, Mapping[str, np.ndarray]], start: datetime = MONDAY, zone: str = "UTC", minutes: int = 0
) -> Volumes:
    """Volumes of one model from arrays by hour; what is not given is 0, hours without events have no row.

    The data ends ``minutes`` after the last whole hour.
    """
    frames = []
    for region, given in regions.items():
        n = len(given["events"])
        hour = pd.date_range(start.replace(tzinfo=None), periods=n, freq="h")
        columns = {c: given.get(c, np.zeros(n)) for c in (*COLUMNS, *PARTS)}
        frames.append(pd.DataFrame({"model_id": "m", "region": region, "hour": hour, **columns, "reason": ""}))
    rows = pd.concat(frames, ignore_index=True)
    end = start + timedelta(hours=max(len(f) for f in frames), minutes=minutes)
    return Volumes(rows[rows["events"] > 0].reset_index(drop=True), end, zone)


@pytest.fixture
def volumes() -> Callable[..., Volumes]:
    """The maker of volumes."""
    return make_volumes


BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 11, 2, tzinfo=BERLIN)
"""A Monday; the data ends five weeks later, at midnight."""
SINCE = datetime(2026, 11, 30, tzinfo=BERLIN)
DAYS = 35
TECHNIQUE = "<b>sqli</b> [x](http://x.example)"


def write_perimeter(folder: Path) -> dict[Kind, Path]:
    """Write the files of a perimeter of two services.

    WAF, 20 rows a day in two regions: 4 blocked (3 of them attacks; from 30 November on 1), 1 not scored, 15 allowed,
    of which from 30 November on 3 are found to be attacks. Verdicts come the same evening; those of 18 and 19
    November on the 20th. DNS only watches, in EMEA; 100 allowed and 2 alerts an hour that nobody judges; a storm on
    20 November from 10:00 to 13:00 (1,000 and 80), an outage on 25 November from 3:00 to 4:00 (60 unchecked).
    """
    rows, labels, counts = [["d0", FIRST.isoformat(), "d", "2", 0.1, "allow", "shadow", "APAC", "", ""]], [], []
    for d in range(DAYS):
        day, late = FIRST + timedelta(days=d), d >= 28
        told = (FIRST + timedelta(days=18 if d in (16, 17) else d, hours=20)).isoformat()
        for i in range(20):
            scored = ["", "allow"] if i == 4 else [0.9, "block"] if i < 4 else [0.1, "allow"]
            more = ["act", ("EMEA", "APAC")[i % 2], "time-out" if i == 4 else "", TECHNIQUE]
            rows.append([f"w{d}-{i}", (day + timedelta(hours=i)).isoformat(), "w", "1", *scored, *more])
            if i < 4 or (late and 5 <= i < 8):
                labels.append([f"w{d}-{i}", int(i >= 5 or i < (1 if late else 3)), told, "triage"])
        for h in range(24):
            storm, outage = d == 18 and 10 <= h < 13, d == 23 and h == 3
            passed, stopped = (1000, 80) if storm else (40 if outage else 100, 2)
            hour = ["d", "2", (day + timedelta(hours=h)).isoformat(), "EMEA", "shadow"]
            counts += [[*hour, "allow", "", passed], [*hour, "alert", "", stopped]]
            counts += [[*hour, "allow", "time-out", 60]] * outage
    models = [["w", "1", "Wall", "WAF", "champion", 0.5], ["d", "2", "Domains", "DNS", "champion", 0.5]]
    heads = {
        "models": "model_id,model_version,name,service,role,threshold",
        "detections": "event_id,occurred_at,model_id,model_version,score,decision,mode,region,unscored_reason,"
        "technique",
        "labels": "event_id,label,labelled_at,label_source",
        "counts": "model_id,model_version,hour,region,mode,decision,unscored_reason,count",
    }
    tables: dict[Kind, list[list[Any]]] = {"models": models, "detections": rows, "labels": labels, "counts": counts}
    for kind, table in tables.items():
        with (folder / f"{kind}.csv").open("w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([heads[kind].split(","), *table])
    return {kind: folder / f"{kind}.csv" for kind in tables}


@pytest.fixture(scope="session")
def perimeter_files(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    """The files of the perimeter, by kind."""
    return write_perimeter(tmp_path_factory.mktemp("perimeter-files"))


@pytest.fixture(scope="session")
def perimeter(tmp_path_factory: pytest.TempPathFactory, perimeter_files: dict[Kind, Path]) -> Path:
    """The warehouse of the perimeter; read it, copy it, never change it."""
    directory = tmp_path_factory.mktemp("perimeter") / "warehouse"
    for kind, path in perimeter_files.items():
        import_files(directory, kind, [str(path)], zone="Europe/Berlin" if kind == "models" else None)
    return directory
