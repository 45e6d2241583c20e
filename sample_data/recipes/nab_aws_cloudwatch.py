"""Cloud metrics with the published scores of 16 detectors: model outputs already, nothing is trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from sample_data.recipes.step import Recipe, Step, judged, source, write_models

FOLDER = "nab-aws-cloudwatch"
VERSION = "published"
PROFILE = "standard"
"""Which of the three cost profiles of thresholds.json is in force."""
LOW, HIGH = -0.01, 1.01
"""Ends of the scale of a detector whose published scores leave 0 to 1."""

INVENTED = (
    "Scores, times, labels and thresholds are the published ones (standard cost profile). The source "
    "names no time zone: its times are taken as UTC. A point is positive inside a labelled window, and "
    "the label counts as known at the time of the point. Points of one window are one case, other points "
    "of one series and day are one case: that grouping is invented, because neighbouring points are not "
    "independent. The detectors only watched; scores of two detectors are not comparable."
)
RESCALED = (
    " Published scores of this detector run from -0.0081 to 1.0076; scores and threshold are brought to 0 "
    "to 1 by (score + 0.01) / 1.02, which changes no decision and no order."
)


def read(path: Path) -> pd.DataFrame:
    """Read all series: series (short name), timestamp, value, label, then a FLOAT column a detector."""
    rows = pd.read_parquet(path)
    return rows.assign(series=rows["series"].map(short_name))


def short_name(series: str) -> str:
    """Return the name of a series without folder and extension."""
    return series.removeprefix("realAWSCloudwatch/").removesuffix(".csv")


def shortest(score: pd.Series) -> np.ndarray:
    """Widen FLOAT scores to the double that prints the same: the shortest decimal."""
    return score.to_numpy(dtype=np.float32).astype(str).astype(float)


def cases(rows: pd.DataFrame, windows: dict[str, list[list[str]]]) -> pd.Series:
    """Return the case of each point: its labelled window, else its series and day."""
    found = rows["series"] + "/" + rows["timestamp"].dt.strftime("%Y-%m-%d")
    for series, spans in windows.items():
        name = short_name(series)
        for i, (first, last) in enumerate(spans, start=1):
            inside = (rows["series"] == name) & rows["timestamp"].between(first, last)
            found[inside] = f"{name}/window-{i}"
    return found


def events(rows: pd.DataFrame, windows: dict[str, list[list[str]]]) -> pd.DataFrame:
    """Return the points as events: contract columns, without model, score and label."""
    # Two series have repeated timestamps from a clock change: the occurrence number tells them apart.
    occurrence = rows.groupby(["series", "timestamp"]).cumcount() + 1
    time = rows["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S")
    return pd.DataFrame(
        {
            "event_id": "nab/" + rows["series"] + "/" + time + "/" + occurrence.astype(str),
            "occurred_at": rows["timestamp"].dt.tz_localize("UTC"),
            "segment": rows["series"].str.rsplit("_", n=1).str[0],
            "case_id": cases(rows, windows),
            "s.series": rows["series"],
            "f.value": rows["value"],
        }
    )


def scored(detector: str, score: pd.Series, threshold: float) -> tuple[pd.Series, float]:
    """Return score (FLOAT as published, DOUBLE where rescaled) and threshold on the scale 0 to 1."""
    if score.between(0, 1).all():
        return score, threshold
    width = HIGH - LOW
    return pd.Series((shortest(score) - LOW) / width, index=score.index), (threshold - LOW) / width


def write(data: Path, out: Path) -> list[Step]:
    """Write one Parquet file a detector, and the labels of the points once."""
    scores, limits, spans = source(data, FOLDER, "series_scores.parquet", "thresholds.json", "combined_windows.json")
    rows = read(scores)
    found = events(rows, json.loads(spans.read_text()))
    labels = found[["event_id"]].assign(
        label=rows["label"], label_source="adjudication", labelled_at=found["occurred_at"]
    )
    labels.to_parquet(out / "nab-labels.parquet", index=False)
    files, models = [], []
    for detector, profiles in json.loads(limits.read_text()).items():
        score, threshold = scored(detector, rows[detector], profiles[PROFILE]["threshold"])
        wide = shortest(score) if score.dtype == np.float32 else score
        served = {"model_id": f"nab-{detector}", "model_version": VERSION, "score": score}
        files.append(out / f"nab-{detector}.parquet")
        found.assign(**served, decision=judged(wide, threshold), mode="log").to_parquet(files[-1], index=False)
        models.append(model(detector, threshold, rescaled=score.dtype != np.float32))
    return [
        write_models(out / "nab-models.csv", models),
        Step("detections", tuple(files)),
        Step("labels", (out / "nab-labels.parquet",)),
    ]


def model(detector: str, threshold: float, *, rescaled: bool) -> dict[str, object]:
    """Return a detector as a row of the models file."""
    return {
        "model_id": f"nab-{detector}",
        "model_version": VERSION,
        "name": f"{detector} (cloud metrics)",
        "service": "Cloud monitoring",
        "kind": "ml",
        "role": "shadow",
        "threshold": threshold,
        "calibrated": False,
        "notes": INVENTED + (RESCALED if rescaled else ""),
    }


RECIPE = Recipe(FOLDER, "Cloud metrics with the published scores of 16 detectors", INVENTED, write)
