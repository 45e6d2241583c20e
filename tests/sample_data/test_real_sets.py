"""The decisive test: on real model outputs the command line says what scikit-learn says.

The expected values are computed from the recipes' files by pandas and scikit-learn alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)
from typer.testing import CliRunner

from analytics.cli import app
from analytics.warehouse import import_files
from sample_data.recipes import RECIPES

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]

Write = Callable[[str], Any]
AWKWARD = (0.5, 0.998954, 0.006012, 0.999998)
"""Thresholds at which real guards work; none is exact in binary but the first."""
OCCURRING = (0.1, 0.5, 0.97, 1.0)
"""Quantiles of the scores: thresholds that are themselves scores."""
DETECTORS = (
    "ARTime bayesChangePt contextOSE earthgeckoSkyline expose htmjava knncad null numenta numentaTM random "
    "randomCutForest relativeEntropy skyline twitterADVec windowedGaussian"
)
VERSIONS = [
    ("nsl-kdd", "nsl-kdd", "forest-1"),
    ("nsl-kdd", "nsl-kdd", "boosting-1"),
    ("waf-httpparams", "waf-httpparams", "characters-1"),
    ("dga-families", "dga-families", "characters-1"),
    *(("nab-aws-cloudwatch", f"nab-{detector}", "published") for detector in DETECTORS.split()),
]
"""Set, model and version."""


@pytest.fixture(scope="module")
def warehouse(written: Write, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with all four sets, every row of which was stored."""
    directory = tmp_path_factory.mktemp("real") / "warehouse"
    for name in RECIPES:
        for step in written(name).steps:
            report = import_files(directory, step.kind, [str(file) for file in step.files])
            rows = len(written(name).frame(step.kind))
            assert (report.rows_in, report.stored, report.rejected, report.duplicates) == (rows, rows, 0, 0)
            assert report.labels_waiting == 0
    return directory


@pytest.fixture(scope="module")
def truth(written: Write) -> dict[str, pd.DataFrame]:
    """By set: the detections with label (0/1) and score as the double that the file means."""
    found = {}
    for name in RECIPES:
        rows = written(name).frame("detections")
        if "label" not in rows:
            labels = written(name).frame("labels")[["event_id", "label"]]
            rows = rows.merge(labels, on="event_id", validate="many_to_one")
        rows["occurred_at"] = pd.to_datetime(rows["occurred_at"], utc=True)
        found[name] = rows
    found["nab-aws-cloudwatch"]["score"] = as_meant(written("nab-aws-cloudwatch"))
    return found


def as_meant(wrote: Any) -> np.ndarray:
    """Scores of the detections files; a FLOAT is the shortest decimal that names it."""
    (step,) = (step for step in wrote.steps if step.kind == "detections")
    columns = [pd.read_parquet(file, columns=["score"])["score"] for file in step.files]
    assert sum(column.dtype == "float32" for column in columns) == 15
    return np.concatenate(
        [
            column.map({x: float(str(x)) for x in column.unique()}) if column.dtype == "float32" else column
            for column in columns
        ]
    )


def efficacy(warehouse: Path, *args: object) -> Any:
    """What ``bartizan efficacy`` prints as JSON."""
    words = ["efficacy", "--warehouse", warehouse, "--format", "json", *args]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def one(warehouse: Path, *args: object) -> dict[str, Any]:
    """The record of a call that gives one."""
    found = efficacy(warehouse, *args)
    records = found if isinstance(found, list) else [found]
    assert len(records) == 1
    return records[0]


Figures = dict[str, float | str]
"""Expected figures by name; in place of a figure that cannot be had, the quality that says so."""


def ranked(rows: pd.DataFrame) -> Figures:
    """What scikit-learn says of the scores at no threshold."""
    y, score = rows["label"].to_numpy(), rows["score"].to_numpy()
    attacks, benign = (y == 1).sum(), (y == 0).sum()
    names = "auc", "average_precision", "partial_auc_01", "partial_auc_1", "recall_at_fpr_01", "recall_at_fpr_001"
    found: Figures = dict.fromkeys(names, "no_data")
    if attacks and benign:
        found |= {"auc": roc_auc_score(y, score), "average_precision": average_precision_score(y, score)}
        fpr, recall, _ = roc_curve(y, score, drop_intermediate=False)
        found |= {f"partial_auc_{name}": roc_auc_score(y, score, max_fpr=at) for name, at in (("01", 0.01), ("1", 0.1))}
        found |= {
            "recall_at_fpr_01": recall[fpr <= 0.01 + 1e-12].max(),
            "recall_at_fpr_001": recall[fpr <= 0.001 + 1e-12].max(),
        }
    # A rate of 1 in 1,000 cannot be seen among fewer benign rows than that.
    if attacks and benign < 1_000:
        found["recall_at_fpr_001"] = "not_measurable"
    if attacks and benign < 100:
        found["recall_at_fpr_01"] = "not_measurable"
    if attacks and benign:
        needed = {"partial_auc_01": 100, "partial_auc_1": 10}
        found |= {name: "not_measurable" for name, n in needed.items() if benign < n}
    return found


def judged(rows: pd.DataFrame, threshold: float) -> Figures:
    """What scikit-learn says at a threshold; no_data where the denominator is 0."""
    y, flagged = rows["label"].to_numpy(), rows["score"].to_numpy() >= threshold
    tn, fp, fn, tp = confusion_matrix(y, flagged, labels=[0, 1]).ravel()
    return {
        "precision": precision_score(y, flagged) if tp + fp else "no_data",
        "recall": recall_score(y, flagged) if tp + fn else "no_data",
        "fpr": fp / (fp + tn) if fp + tn else "no_data",
        "f1": f1_score(y, flagged) if tp + fp + fn else "no_data",
        "prevalence": y.mean(),
        "label_coverage": 1.0,
        "brier": brier_score_loss(y, rows["score"], pos_label=1),
    }


def check(record: dict[str, Any], rows: pd.DataFrame, threshold: float, at_none: Figures) -> None:
    """Compare a record with scikit-learn: counts exact, figures to 1e-9, each inside its interval."""
    flagged = rows["score"] >= threshold
    tn, fp, fn, tp = confusion_matrix(rows["label"], flagged, labels=[0, 1]).ravel().tolist()
    assert record["threshold"] == threshold
    assert [record[key] for key in ("tp", "fp", "tn", "fn")] == [tp, fp, tn, fn]
    assert {record[key] for key in ("n", "n_scored", "n_labelled", "n_represented")} == {len(rows)}
    assert (record["basis"], record["population"]) == ("full", "production")
    for name, expected in (judged(rows, threshold) | at_none).items():
        figure = record[name]
        if isinstance(expected, str):
            assert (figure["value"], figure["quality"]) == (None, expected), name
        else:
            assert figure["value"] == pytest.approx(expected, rel=0, abs=1e-9), name
            assert figure["low"] <= figure["value"] <= figure["high"], name


def version_of(truth: dict[str, pd.DataFrame], name: str, model: str, version: str) -> pd.DataFrame:
    """The rows of one model version."""
    rows = truth[name]
    return rows[(rows["model_id"] == model) & (rows["model_version"] == version)]


@pytest.mark.parametrize(("name", "model", "version"), VERSIONS)
def test_every_threshold_gives_what_scikit_learn_gives(
    warehouse: Path, truth: dict[str, pd.DataFrame], name: str, model: str, version: str
) -> None:
    rows = version_of(truth, name, model, version)
    at_none = ranked(rows)
    scores = np.quantile(rows["score"], OCCURRING, method="nearest").tolist()
    awkward = AWKWARD[:1] if name == "nab-aws-cloudwatch" else AWKWARD  # sixteen models of one set: one for all
    for threshold in dict.fromkeys([*awkward, *scores]):
        record = one(warehouse, "--model", model, "--model-version", version, "--threshold", repr(threshold))
        assert (record["model_id"], record["model_version"]) == (model, version)
        assert record["threshold_from"] == "asked"
        check(record, rows, threshold, at_none)


@pytest.mark.parametrize(("name", "model", "version"), VERSIONS)
def test_threshold_in_force_is_the_one_of_the_models_file(
    warehouse: Path, truth: dict[str, pd.DataFrame], written: Write, name: str, model: str, version: str
) -> None:
    models = written(name).frame("models").set_index(["model_id", "model_version"])
    threshold = models.loc[(model, version), "threshold"]
    rows = version_of(truth, name, model, version)
    record = one(warehouse, "--model", model, "--model-version", version)
    assert record["threshold_from"] == "in force"
    check(record, rows, threshold, ranked(rows))
    assert record["served_differs"] == 0
    assert record["tp"] + record["fp"] == (rows["decision"] == "alert").sum()


def test_a_model_without_a_version_gives_all_its_versions_apart(
    warehouse: Path, truth: dict[str, pd.DataFrame]
) -> None:
    records = {r["model_version"]: r for r in efficacy(warehouse, "--model", "nsl-kdd", "--threshold", "0.5")}
    assert set(records) == {"forest-1", "boosting-1"}
    for version, record in records.items():
        rows = version_of(truth, "nsl-kdd", "nsl-kdd", version)
        check(record, rows, 0.5, ranked(rows))


@pytest.mark.parametrize(("name", "model", "version"), [v for v in VERSIONS if v[0] in ("nsl-kdd", "waf-httpparams")])
@pytest.mark.parametrize(
    ("since", "until", "window"), [("2026-01-05", "2026-01-19", "test"), ("2026-01-19", "2026-02-02", "late")]
)
def test_the_two_windows_are_the_two_test_sets(
    warehouse: Path,
    truth: dict[str, pd.DataFrame],
    name: str,
    model: str,
    version: str,
    since: str,
    until: str,
    window: str,
) -> None:
    rows = version_of(truth, name, model, version)
    late = rows["segment"].str.startswith(("test-21", "lexical"))
    rows = rows[late] if window == "late" else rows[~late]
    record = one(warehouse, "--model", model, "--model-version", version, "--since", since, "--until", until)
    check(record, rows, 0.5, ranked(rows))


def test_a_window_holds_its_first_moment_and_not_its_last(warehouse: Path, truth: dict[str, pd.DataFrame]) -> None:
    rows = version_of(truth, "nab-aws-cloudwatch", "nab-numenta", "published")
    times = rows["occurred_at"].drop_duplicates().sort_values()
    since, until = times.iloc[len(times) // 3], times.iloc[len(times) // 2]
    inside = rows[rows["occurred_at"].between(since, until, inclusive="left")]
    assert (rows["occurred_at"] == until).any()
    record = one(warehouse, "--model", "nab-numenta", "--since", since.isoformat(), "--until", until.isoformat())
    check(record, inside, record["threshold"], ranked(inside))


@pytest.mark.parametrize(
    ("name", "model", "version", "column"),
    [
        ("nsl-kdd", "nsl-kdd", "forest-1", "s.protocol"),
        ("nsl-kdd", "nsl-kdd", "boosting-1", "segment"),
        ("nsl-kdd", "nsl-kdd", "forest-1", "technique"),
        ("waf-httpparams", "waf-httpparams", "characters-1", "technique"),
        ("dga-families", "dga-families", "characters-1", "s.family"),
        ("dga-families", "dga-families", "characters-1", "s.built_from"),
        ("nab-aws-cloudwatch", "nab-randomCutForest", "published", "s.series"),
        ("nab-aws-cloudwatch", "nab-expose", "published", "s.series"),
        ("nab-aws-cloudwatch", "nab-knncad", "published", "segment"),
    ],
)
def test_every_slice_gives_what_scikit_learn_gives(
    warehouse: Path, truth: dict[str, pd.DataFrame], name: str, model: str, version: str, column: str
) -> None:
    rows = version_of(truth, name, model, version)
    args = ("--model", model, "--model-version", version, "--threshold", "0.5")
    records = {r["by"][column]: r for r in efficacy(warehouse, *args, "--by", column)}
    # Rows without a value (benign ones have no technique) are a slice of their own.
    rows = rows.assign(**{column: rows[column].fillna("(none)")})
    assert set(records) == set(rows[column])
    for value, part in rows.groupby(column):
        check(records[str(value)], part, 0.5, ranked(part))
        if value != "(none)":
            asked = one(warehouse, *args, "--where", f"{column}={value}")
            assert_same(asked, {**records[str(value)], "by": None})


def assert_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    """Two records are equal, but for the rounding of sums in another order."""
    assert a.keys() == b.keys()
    for key, value in a.items():
        if isinstance(value, dict):
            assert_same(value, b[key])
        else:
            assert value == (pytest.approx(b[key], rel=1e-9, abs=1e-12) if isinstance(value, float) else b[key]), key


def test_two_conditions_hold_together(warehouse: Path, truth: dict[str, pd.DataFrame]) -> None:
    rows = version_of(truth, "nsl-kdd", "nsl-kdd", "forest-1")
    rows = rows[(rows["s.protocol"] == "udp") & rows["segment"].str.startswith("test-21")]
    where = ("--where", "s.protocol=udp", "--where", "segment=test-21 (invented times)")
    record = one(warehouse, "--model", "nsl-kdd", "--model-version", "forest-1", *where)
    check(record, rows, 0.5, ranked(rows))


def test_cases_of_the_cloud_metrics_are_counted(warehouse: Path, truth: dict[str, pd.DataFrame]) -> None:
    rows = version_of(truth, "nab-aws-cloudwatch", "nab-numenta", "published")
    record = one(warehouse, "--model", "nab-numenta")
    assert record["n_cases"] == rows["case_id"].nunique()
    assert record["recall"]["n_cases"] == rows.loc[rows["label"] == 1, "case_id"].nunique()
    assert one(warehouse, "--model", "dga-families")["n_cases"] is None
