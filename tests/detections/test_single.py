"""One detection with everything around it, and what is like it, against pandas."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analytics.detections import Filters
from analytics.detections.measures import detection, similar
from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, open_reader
from analytics.warehouse.lookup import locate
from analytics.warehouse.trace import Trace

Truth = Callable[[Scope, Filters], pd.DataFrame]


def test_every_detection_is_found_whole(reader: Reader, frame: pd.DataFrame, truth: Truth) -> None:
    there = truth(Scope("m"), Filters()).set_index("detection_id")
    for i, row in frame.iloc[::37].iterrows():
        found = detection(reader, Scope("m"), row["detection_id"], row["event_id"]).result
        assert found.row["occurred_at"] == row["occurred_at"].tz_localize("UTC")
        for column in ("event_id", "detection_id", "model_version", "score", "entity", "payload", "case_id", "region"):
            assert found.row[column] == (None if pd.isna(row[column]) else row[column]), (i, column)
        assert found.row["latency_ms"] is None
        verdict = there.loc[row["detection_id"], "verdict"]
        assert found.verdict == (None if pd.isna(verdict) else verdict)
        lacks = pd.isna(there.loc[row["detection_id"], "s.channel"])
        assert found.slices == ({} if lacks else {"channel": row["s.channel"]})
        assert found.features == ({} if lacks else {"size": row["f.size"]})
        same = frame[(frame["event_id"] == row["event_id"]) & (frame["model_version"] != row["model_version"])]
        assert found.versions["model_version"].tolist() == same["model_version"].tolist()
        assert found.thresholds[["action", "threshold"]].to_numpy().tolist() == [["alert", 0.6]]


def test_an_id_without_its_event_is_looked_for(reader: Reader, frame: pd.DataFrame) -> None:
    row = frame.iloc[100]
    by_detection = detection(reader, Scope("m"), row["detection_id"]).result
    assert by_detection.row["event_id"] == row["event_id"]
    by_event = detection(reader, Scope("m", row["model_version"]), row["event_id"]).result
    assert by_event.row == by_detection.row
    for wrong in ("nothing", "'; --", "", row["event_id"] + "\x00"):
        with pytest.raises(BadInput, match="has no detection"):
            detection(reader, Scope("m"), wrong)
    with pytest.raises(BadInput, match="has no detection"):
        detection(reader, Scope("m", "9"), row["detection_id"])
    with pytest.raises(BadInput):
        detection(reader, Scope(), row["detection_id"])


def test_other_layers_are_those_of_the_same_request(reader: Reader, frame: pd.DataFrame) -> None:
    other = frame[frame["model_version"] == "1"].iloc[::4]
    for _, row in frame[frame["model_version"] == "1"].iloc[:40].iterrows():
        found = detection(reader, Scope("m"), row["detection_id"], row["event_id"]).result.layers
        same = other[other["correlation_id"] == row["correlation_id"]]
        assert found["event_id"].tolist() == ("n" + same["event_id"]).tolist()
        assert set(found["model_id"]) <= {"n"}


def test_the_history_of_an_event_ends_at_what_was_known(reader: Reader, labels: pd.DataFrame) -> None:
    event = labels["event_id"].value_counts().index[0]
    mine = labels[labels["event_id"] == event].sort_values("labelled_at")
    assert len(mine) > 2
    for n in range(1, len(mine) + 1):
        known = mine["labelled_at"].iloc[n - 1].to_pydatetime().replace(tzinfo=UTC)
        found = detection(reader, Scope("m", known_at=known), event, event).result.labels
        assert found["verdict"].tolist() == mine["label"].tolist()[:n]
        assert set(found["labelled_by"]) == {"ana"}


def test_strangers_get_no_text(stranger: Reader, frame: pd.DataFrame) -> None:
    row = frame.iloc[5]
    found = detection(stranger, Scope("m"), row["detection_id"], row["event_id"]).result
    assert (found.row["payload"], found.row["entity"]) == ("(hidden)", "(hidden)")
    assert set(found.hidden) == {"payload", "entity"}
    alike = similar(stranger, Scope("m"), row["detection_id"], event_id=row["event_id"]).result
    assert set(alike.rows["alike"]) <= {"case"}
    assert set(alike.hidden) == {"payload", "entity"}


def test_old_indexes_without_times_are_read(directory: Path, tmp_path: Path, frame: pd.DataFrame) -> None:
    copy = tmp_path / "warehouse"
    shutil.copytree(directory, copy)
    indexes = sorted(copy.rglob("*.index.parquet"))
    some = [indexes[:2], indexes]
    for old in some:
        for index in old:
            with duckdb.connect() as con:
                con.execute(f"COPY (SELECT event, model_version FROM '{index}') TO '{index}.new' (FORMAT parquet)")
            Path(f"{index}.new").replace(index)
        reader = open_reader(copy, local_viewer())
        for _, row in frame.iloc[::90].iterrows():
            found = detection(reader, Scope("m"), row["detection_id"], row["event_id"]).result
            assert found.row["payload"] == row["payload"]


def test_an_index_finds_the_instant(reader: Reader, frame: pd.DataFrame) -> None:
    row = frame.iloc[7]
    time = row["occurred_at"].to_pydatetime()
    assert locate(Trace(reader), "m", row["event_id"]) == [(time, time + timedelta(microseconds=1))]
    assert locate(Trace(reader), "m", "nothing") == []
    assert locate(Trace(reader), "nobody", row["event_id"]) == []


def test_similar_ones_are_of_the_case_then_of_the_entity(reader: Reader, frame: pd.DataFrame) -> None:
    for _, row in frame.iloc[::53].iterrows():
        mine = frame[(frame["model_version"] == row["model_version"]) & (frame["event_id"] != row["event_id"])]
        away = (mine["occurred_at"] - row["occurred_at"]).abs()
        mine = mine.assign(away=away).sort_values(["away", "event_id"])
        case = mine[mine["case_id"] == row["case_id"]]
        entity = mine[(mine["entity"] == row["entity"]) & ~mine["event_id"].isin(case["event_id"])]
        for k in (1, 5, 30):
            found = similar(reader, Scope("m"), row["detection_id"], k, row["event_id"]).result
            expected = [*case["event_id"], *entity["event_id"]][:k]
            assert found.rows["event_id"].tolist() == expected
            assert found.rows["alike"].tolist() == ["case"] * min(k, len(case)) + ["entity"] * (
                len(expected) - min(k, len(case))
            )
            assert found.complete


def test_similar_ones_stay_in_the_window(reader: Reader, frame: pd.DataFrame) -> None:
    row = frame.iloc[300]
    since = datetime(2026, 9, 8, tzinfo=UTC)
    scope = Scope("m", None, since, since + timedelta(days=6))
    times = similar(reader, scope, row["detection_id"], 200, row["event_id"]).result.rows["occurred_at"]
    assert len(times)
    assert times.min() >= pd.Timestamp("2026-09-08")
    assert times.max() < pd.Timestamp("2026-09-14")
    with pytest.raises(BadInput):
        similar(reader, scope, row["detection_id"], 0)
