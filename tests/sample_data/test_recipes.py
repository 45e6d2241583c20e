"""The files of each recipe say what its data set says, fit the contract and come out the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from analytics.scope import SLICE_NAME
from analytics.warehouse.contract import FEATURE_PREFIX, TABLES
from sample_data.recipes import RECIPES, dga_families, nsl_kdd
from sample_data.recipes.nab_aws_cloudwatch import HIGH, LOW, cases, events, scored

Write = Callable[[str], Any]


# --- arithmetic of the cloud-metrics recipe, by hand ---


def points(*times: str) -> pd.DataFrame:
    """Points of one series."""
    at = pd.to_datetime(list(times)).as_unit("us")
    return pd.DataFrame({"series": "ec2_cpu_x", "timestamp": at, "value": 1.0, "label": 0})


def test_repeated_timestamps_get_their_own_event() -> None:
    found = events(points("2014-03-09 03:00", "2014-03-09 03:05", "2014-03-09 03:00"), {})
    assert found["event_id"].tolist() == [
        "nab/ec2_cpu_x/2014-03-09T03:00:00/1",
        "nab/ec2_cpu_x/2014-03-09T03:05:00/1",
        "nab/ec2_cpu_x/2014-03-09T03:00:00/2",
    ]
    assert found["segment"].unique().tolist() == ["ec2_cpu"]


def test_case_is_the_window_with_both_ends_else_the_day() -> None:
    rows = points("2014-03-09 23:55", "2014-03-10 00:00", "2014-03-10 00:05", "2014-03-10 00:10")
    windows = {
        "realAWSCloudwatch/ec2_cpu_x.csv": [["2014-03-10 00:00:00.000000", "2014-03-10 00:05:00.000000"]],
        "realAWSCloudwatch/other.csv": [["2014-03-01 00:00:00.000000", "2014-03-30 00:00:00.000000"]],
    }
    assert cases(rows, windows).tolist() == [
        "ec2_cpu_x/2014-03-09",
        "ec2_cpu_x/window-1",
        "ec2_cpu_x/window-1",
        "ec2_cpu_x/2014-03-10",
    ]


def test_scores_outside_0_to_1_are_rescaled_with_their_threshold() -> None:
    score, threshold = scored("expose", pd.Series([-0.01, 0.5, 1.01], dtype="float32"), 0.5)
    assert score.tolist() == pytest.approx([0, 0.5, 1], abs=1e-15)
    assert threshold == score[1]
    kept = pd.Series([0, 0.3], dtype="float32")
    assert scored("other", kept, 0.3) == (kept, 0.3)


# --- every set ---


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("name", RECIPES)
def test_columns_are_those_of_the_contract(written: Write, name: str) -> None:
    for step in written(name).steps:
        known = {column.name for column in TABLES[step.kind]}
        required = {column.name for column in TABLES[step.kind] if column.required}
        columns = set(written(name).frame(step.kind).columns)
        other = columns - known
        assert required <= columns
        assert all(c.startswith(FEATURE_PREFIX) or SLICE_NAME.fullmatch(c) for c in other), other


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("name", RECIPES)
def test_values_are_those_of_the_contract(written: Write, name: str) -> None:
    rows = written(name).frame("detections")
    assert rows["score"].between(0, 1).all()
    assert not rows.duplicated(["event_id", "model_id", "model_version"]).any()
    for column in TABLES["detections"]:
        if column.allowed and column.name in rows and column.name != "label":
            assert set(rows[column.name].dropna()) <= set(column.allowed)
    models = written(name).frame("models")
    key = ["model_id", "model_version"]
    assert set(map(tuple, rows[key].drop_duplicates().values)) == set(map(tuple, models[key].values))


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("name", RECIPES)
def test_notes_of_every_model_say_what_is_invented(written: Write, name: str) -> None:
    notes = written(name).frame("models")["notes"]
    assert notes.str.startswith(RECIPES[name].invented).all()
    assert notes.str.contains("invented").all()


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("name", RECIPES)
def test_writing_again_gives_the_same_bytes(written: Write, name: str, shared_data: Path, tmp_path: Path) -> None:
    first = written(name)
    for old, new in zip(first.steps, RECIPES[name].write(shared_data, tmp_path), strict=True):
        assert old.kind == new.kind
        for a, b in zip(old.files, new.files, strict=True):
            assert (a.name, a.read_bytes()) == (b.name, b.read_bytes())


# --- NSL-KDD ---


@pytest.mark.shared_data
def test_attack_families_agree_with_the_published_list(shared_data: Path) -> None:
    lines = (shared_data / "nsl-kdd" / "Attack Types.csv").read_text().split()
    published = dict(line.split(",") for line in lines)
    assert all(nsl_kdd.FAMILY[attack] == family for attack, family in published.items() if family in nsl_kdd.FAMILIES)
    assert len(nsl_kdd.FAMILY) == 39


@pytest.mark.slow
@pytest.mark.shared_data
def test_nsl_kdd_rows_labels_and_windows(written: Write, shared_data: Path) -> None:
    rows = written("nsl-kdd").frame("detections")
    assert rows["detection_id"].is_unique
    windows = {"KDDTest+.txt": ("2026-01-05", "2026-01-19"), "KDDTest-21.txt": ("2026-01-19", "2026-02-02")}
    for file, (since, until) in windows.items():
        source = pd.read_csv(shared_data / "nsl-kdd" / file, header=None)
        for version in ("forest-1", "boosting-1"):
            part = rows[(rows["model_version"] == version) & rows["occurred_at"].between(since, until, "left")]
            assert part["label"].tolist() == (source[41] != "normal").astype(int).tolist()
            assert part["s.protocol"].tolist() == source[1].tolist()
            assert part["f.src_bytes"].tolist() == source[4].tolist()
            assert part["technique"].isna().tolist() == (source[41] == "normal").tolist()
            assert part["segment"].nunique() == 1
            assert part["segment"].str.contains("invented").all()


@pytest.mark.slow
@pytest.mark.shared_data
def test_nsl_kdd_reaches_what_a_plain_forest_reaches(written: Write) -> None:
    rows = written("nsl-kdd").frame("detections")
    reached = {
        (version, segment): (
            roc_auc_score(part["label"], part["score"]),
            accuracy_score(part["label"], part["score"] >= 0.5),
        )
        for (version, segment), part in rows.groupby(["model_version", "segment"])
    }
    assert reached["forest-1", "test-plus (invented times)"] == pytest.approx((0.962, 0.783), abs=0.01)
    assert reached["forest-1", "test-21 (invented times)"] == pytest.approx((0.818, 0.586), abs=0.02)
    assert reached["boosting-1", "test-plus (invented times)"] == pytest.approx((0.962, 0.783), abs=0.02)


# --- web payloads ---


@pytest.mark.slow
@pytest.mark.shared_data
def test_web_payloads_are_kept_letter_by_letter(written: Write, shared_data: Path) -> None:
    rows = written("waf-httpparams").frame("detections")
    folder = shared_data / "waf-httpparams"
    sets = [
        pd.read_csv(folder / f"payload_{part}.csv", dtype=str, keep_default_na=False)
        for part in ("test", "test_lexical")
    ]
    source = pd.concat(sets, ignore_index=True)
    assert rows["payload"].tolist() == source["payload"].tolist()
    assert rows["label"].tolist() == source["label"].map({"anom": 1, "norm": 0}).tolist()
    assert rows["technique"].fillna("norm").tolist() == source["attack_type"].tolist()
    at = pd.to_datetime(rows["occurred_at"])
    assert at[: len(sets[0])].max() < pd.Timestamp("2026-01-19", tz="UTC") <= at[len(sets[0]) :].min()


@pytest.mark.slow
@pytest.mark.shared_data
def test_web_payload_model_reaches_the_usual_figures(written: Write) -> None:
    rows = written("waf-httpparams").frame("detections")
    auc = {s: roc_auc_score(part["label"], part["score"]) for s, part in rows.groupby("segment")}
    assert auc["test (invented times)"] > 0.9997
    assert auc["lexical (invented times)"] == pytest.approx(0.674, abs=0.02)


# --- generated domains ---


@pytest.mark.slow
@pytest.mark.shared_data
def test_domains_are_the_third_that_the_model_did_not_see(written: Write, shared_data: Path) -> None:
    rows = written("dga-families").frame("detections")
    source = pd.read_csv(shared_data / "dga-families" / "domains.csv")
    train, test = dga_families.split(source)
    assert set(rows["payload"]) == set(test["domain"])
    assert not set(rows["payload"]) & set(train["domain"])
    share = rows["s.family"].value_counts() / source["family"].value_counts()
    assert share.between(0.299, 0.301).all()
    line = rows["event_id"].str.rsplit("/", n=1).str[1].astype(int)
    assert source["domain"].to_numpy()[line - 2].tolist() == rows["payload"].tolist()
    assert set(rows.loc[rows["s.built_from"] == "word list", "technique"]) == {"matsnu", "rovnix"}


@pytest.mark.slow
@pytest.mark.shared_data
def test_domain_model_reaches_the_usual_figures(written: Write) -> None:
    rows = written("dga-families").frame("detections")
    assert roc_auc_score(rows["label"], rows["score"]) == pytest.approx(0.988, abs=0.002)
    assert accuracy_score(rows["label"], rows["score"] >= 0.5) == pytest.approx(0.956, abs=0.005)


# --- cloud metrics ---


@pytest.fixture(scope="module")
def cloud(shared_data: Path) -> pd.DataFrame:
    """The published scores."""
    return pd.read_parquet(shared_data / "nab-aws-cloudwatch" / "series_scores.parquet")


@pytest.mark.shared_data
def test_cloud_scores_are_the_published_floats(written: Write, cloud: pd.DataFrame) -> None:
    folder = written("nab-aws-cloudwatch").out
    detectors = cloud.columns[4:]
    assert len(detectors) == 16
    for detector in detectors.drop("expose"):
        file = folder / f"nab-{detector}.parquet"
        assert pq.read_schema(file).field("score").type == pa.float32()
        assert np.array_equal(pd.read_parquet(file, columns=["score"])["score"], cloud[detector])


@pytest.mark.shared_data
def test_rescaled_detector_keeps_order_and_decisions(written: Write, cloud: pd.DataFrame, shared_data: Path) -> None:
    rows = pd.read_parquet(written("nab-aws-cloudwatch").out / "nab-expose.parquet")
    published = pd.Series([float(str(score)) for score in cloud["expose"].to_numpy()])
    threshold = json.loads((shared_data / "nab-aws-cloudwatch" / "thresholds.json").read_text())["expose"]
    assert rows["score"].tolist() == ((published - LOW) / (HIGH - LOW)).tolist()
    assert rows["score"].rank().tolist() == published.rank().tolist()
    alert = published >= threshold["standard"]["threshold"]
    assert (rows["decision"] == "alert").tolist() == alert.tolist()


@pytest.mark.shared_data
def test_cloud_thresholds_are_the_published_ones(written: Write, shared_data: Path) -> None:
    models = written("nab-aws-cloudwatch").frame("models").set_index("model_id")["threshold"]
    published = json.loads((shared_data / "nab-aws-cloudwatch" / "thresholds.json").read_text())
    expected = {f"nab-{name}": profiles["standard"]["threshold"] for name, profiles in published.items()}
    expected["nab-expose"] = (expected["nab-expose"] - LOW) / (HIGH - LOW)
    assert models.to_dict() == expected


@pytest.mark.shared_data
def test_cloud_labels_are_the_published_windows(written: Write, shared_data: Path) -> None:
    labels = written("nab-aws-cloudwatch").frame("labels")
    assert labels["event_id"].is_unique
    assert len(labels) == 67_740
    assert labels["label"].mean() == pytest.approx(0.093, abs=0.0005)
    text = (shared_data / "nab-aws-cloudwatch" / "combined_windows.json").read_text()
    part = labels["event_id"].str.split("/", expand=True)
    at = pd.to_datetime(part[2])
    inside = pd.Series(False, index=labels.index)
    for series, spans in json.loads(text).items():
        for first, last in spans:
            inside |= (part[1] == Path(series).stem) & (at >= first) & (at <= last)
    assert labels["label"].tolist() == inside.astype(int).tolist()


@pytest.mark.shared_data
def test_cloud_events_are_the_same_for_all_detectors(written: Write) -> None:
    wrote = written("nab-aws-cloudwatch")
    events_of = wrote.frame("detections").groupby("model_id")["event_id"].agg(["size", "nunique"])
    assert (events_of == 67_740).all(axis=None)
    assert set(wrote.frame("detections")["event_id"]) == set(wrote.frame("labels")["event_id"])
    occurrence = wrote.frame("labels")["event_id"].str.rsplit("/", n=1).str[1].astype(int)
    assert (occurrence > 1).sum() == 22  # 11 repeats in each of two series
