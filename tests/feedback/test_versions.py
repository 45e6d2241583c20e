"""The threshold in force is one, whichever room asks: Efficacy, the versions beside each other, what came of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analytics.efficacy import measures
from analytics.efficacy.reading import in_force
from analytics.feedback import misses
from analytics.feedback.versions import pair
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, Trace, import_files, open_reader

LAST = datetime(2026, 11, 20, 12, tzinfo=UTC)
THRESHOLDS = [
    ("block", 0.9, LAST - timedelta(days=30)),
    ("alert", 0.5, LAST - timedelta(days=60)),
    ("alert", 0.6, LAST - timedelta(days=10)),
    ("block", 0.8, LAST),  # from the last event on
    ("alert", 0.2, LAST + timedelta(days=1)),  # not yet
]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A warehouse with two actions whose thresholds changed, and an attack at each tenth of the score that passed."""
    models = pd.DataFrame(
        [{"model_id": "m", "model_version": "1", "action": a, "threshold": t, "effective_from": since.isoformat()}
         for a, t, since in THRESHOLDS]
    )  # fmt: skip
    rows = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(10)],
            "occurred_at": pd.date_range(end=LAST, periods=10, freq="3D").tz_localize(None),
            "model_id": "m",
            "model_version": "1",
            "score": [i / 10 for i in range(10)],
            "label": "true_positive",
            "label_source": "adjudication",
        }
    )
    directory = tmp_path / "w"
    models.to_csv(tmp_path / "models.csv", index=False)
    rows.to_csv(tmp_path / "detections.csv", index=False)
    for kind in ("models", "detections"):
        assert import_files(directory, kind, [str(tmp_path / f"{kind}.csv")]).rejected == 0
    return open_reader(directory, local_viewer())


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (None, 0.6),
        (LAST, 0.6),
        (LAST + timedelta(days=9), 0.6),
        (LAST - timedelta(days=20), 0.5),
        (LAST - timedelta(days=59), 0.5),
        (LAST - timedelta(days=60), None),
    ],
    ids=["all", "end", "future", "before the change", "one action", "none"],
)
def test_every_room_knows_the_same_one(reader: Reader, until: datetime | None, expected: float | None) -> None:
    scope = Scope("m", "1", until=until)
    assert in_force(Trace(reader), scope) == expected
    assert measures.efficacy(reader, scope, over_all=False).result.threshold == expected
    # What is not told to have been decided was let pass below the threshold.
    passed = [i for i in range(10) if expected is None or i / 10 < expected]
    inside = [i for i in passed if until is None or LAST - timedelta(days=3 * (9 - i)) < until]
    assert misses.misses(reader, scope).result.n == len(inside)


def test_the_versions_are_listed_at_it(reader: Reader) -> None:
    """The lowest of what each action has now, not the one that was set last."""
    own = pair(reader, Scope("m")).own
    assert own.threshold == measures.versions(reader).result["threshold"].iloc[0] == 0.6
