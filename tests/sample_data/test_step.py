"""What the recipes share: invented times, decisions, files that lose no digit, missing data."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import BadInput
from sample_data.recipes import RECIPES
from sample_data.recipes.step import invented_times, judged, source, write_lines

START = datetime(2026, 1, 5, tzinfo=UTC)


@given(n=st.integers(1, 3000), days=st.integers(1, 40), seed=st.integers(0, 9))
def test_invented_times_are_even_inside_the_window_and_repeatable(n: int, days: int, seed: int) -> None:
    times = invented_times(n, START, days, seed)
    assert len(times) == n
    assert min(times) == START
    assert max(times) < START + pd.Timedelta(days=days)
    a_day = pd.Series(1, index=times).resample("D").sum().reindex(pd.date_range(START, periods=days), fill_value=0)
    assert a_day.max() <= math.ceil(n / days)
    assert a_day.min() >= math.floor(n / days)
    assert times.equals(invented_times(n, START, days, seed))


def test_invented_times_do_not_follow_the_order_of_the_file() -> None:
    times = pd.Series(invented_times(2000, START, 14, seed=0))
    assert abs(times.astype("int64").corr(pd.Series(range(2000)), method="spearman")) < 0.1


def test_a_score_at_the_threshold_is_an_alert() -> None:
    below = np.nextafter(0.998954, 0)
    assert judged([below, 0.998954, 1.0], 0.998954).tolist() == ["allow", "alert", "alert"]


@given(st.lists(st.floats(0, 1), min_size=1))
def test_json_lines_keep_every_digit(tmp_path_factory: pytest.TempPathFactory, scores: list[float]) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    write_lines(path, pd.DataFrame({"score": scores}))
    assert [json.loads(line)["score"] for line in path.read_text().splitlines()] == scores


def test_json_lines_leave_out_what_is_missing_and_write_utc(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    at = pd.to_datetime(["2026-01-05T10:00:00Z", "2026-01-05T10:00:01Z"])
    write_lines(path, pd.DataFrame({"at": at, "technique": ["sqli", None], "payload": ["a\nb\u2028", "ñ"]}))
    lines = path.read_text(encoding="utf-8").split("\n")
    assert [json.loads(line) for line in lines if line] == [
        {"at": "2026-01-05T10:00:00Z", "technique": "sqli", "payload": "a\nb\u2028"},
        {"at": "2026-01-05T10:00:01Z", "payload": "ñ"},
    ]


def test_missing_data_set_says_which_file_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"reading the data set nsl-kdd.*x\.txt.*--data"):
        source(tmp_path, "nsl-kdd", "x.txt")


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_refuses_an_empty_directory(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=name):
        RECIPES[name].write(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []
