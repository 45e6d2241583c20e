"""Where a score lies among all: the same as pandas counts, whatever the slice, and in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from analytics.detections import Filters, charts, words
from analytics.detections.placing import BARS, Placed, placed
from analytics.scope import Scope
from analytics.warehouse import Reader

Truth = Callable[[Scope, Filters], pd.DataFrame]
HIGHER = "score as high or higher"
WINDOWS = (
    Scope("m"),
    Scope("m", known_at=datetime(2026, 9, 20, tzinfo=UTC)),
    Scope("m", since=datetime(2026, 9, 5, tzinfo=UTC), until=datetime(2026, 9, 15, tzinfo=UTC)),
)


@pytest.mark.parametrize("scope", WINDOWS)
@pytest.mark.parametrize("score", [0.0, 0.57, 1.0])
def test_as_pandas_counts_them(reader: Reader, truth: Truth, scope: Scope, score: float) -> None:
    mine = Scope("m", "1", scope.since, scope.until, known_at=scope.known_at)
    p = placed(reader, replace(scope, where=(("region", "EMEA"),)), "1", score, 0.6).result
    every = truth(Scope("m", "1", scope.since, scope.until), Filters())["score"].dropna()
    assert p.scored == len(every)
    assert p.as_high == (every >= score).sum(), "scores of two figures lie on edges of bins"
    at = np.minimum((every * BARS + 1e-9).astype(int), BARS - 1)
    assert p.bars["volume"].tolist() == np.bincount(at, minlength=BARS).tolist()
    for column, label in (("attacks", "attack"), ("benign", "benign")):
        known = truth(mine, Filters(label=label, scored=True))["score"]
        at = np.minimum((known * BARS + 1e-9).astype(int), BARS - 1)
        assert p.bars[column].tolist() == np.bincount(at, minlength=BARS).tolist()


def test_it_reads_no_single_detection(reader: Reader) -> None:
    seen = placed(reader, Scope("m"), "1", 0.5, 0.6).provenance
    assert seen.queries
    assert not any("read_parquet" in sql for sql, _ in seen.queries)


def made(as_high: float, scored: float = 1e6, threshold: float | None = 0.62) -> Placed:
    """A place among a million events."""
    bars = pd.DataFrame({"volume": [scored, *[0.0] * (BARS - 1)], "attacks": 0.0, "benign": 0.0})
    return Placed(0.9, threshold, scored, as_high, bars)


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (made(3_100), "Of 1,000 scored events about 3 score as high or higher; the threshold is 0.62."),
        (made(14), "Of 100,000 scored events about 1 scores as high or higher; the threshold is 0.62."),
        (made(1e6), "Of 1,000 scored events all score as high or higher; the threshold is 0.62."),
        (made(0), "Of the 1,000 k events scored in this window none scores as high; the threshold is 0.62."),
        (made(5e5, threshold=None), f"Of 1,000 scored events about 500 {HIGHER}; no threshold was in force."),
        (made(0, 0), "No scores of this version are counted in this window; the threshold is 0.62."),
    ],
)  # fmt: skip
def test_in_words(p: Placed, said: str) -> None:
    assert words.placed(p).replace("1.00 M", "1,000 k") == said


@pytest.mark.parametrize("threshold", [None, 0.0, 0.62, 1.0])
def test_the_picture_marks_both(threshold: float | None) -> None:
    figure = charts.placed(made(10, threshold=threshold))
    assert [s.x0 for s in figure.layout.shapes] == [0.9, *([] if threshold is None else [threshold])]
    assert {a.text for a in figure.layout.annotations} >= {"this one 0.9", "all traffic"}
    assert "judged as attacks" not in {a.text for a in figure.layout.annotations}, "nothing is known of labels"
