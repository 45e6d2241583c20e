"""Volumes made hour by hour, and a perimeter of two services whose every figure is known by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.overview.volumes import Volumes

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
