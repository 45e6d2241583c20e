"""Algorithm-generated domains of ten malware families: a character model on a held-out third."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from sample_data.recipes.step import Recipe, Step, invented_times, judged, source, write_models
from sample_data.recipes.text_model import fit_characters

MODEL = "dga-families"
VERSION = "characters-1"
THRESHOLD = 0.5
START, DAYS = datetime(2026, 1, 5, tzinfo=UTC), 28
WORD_LISTS = ("matsnu", "rovnix")
"""Families that join words of a list instead of random letters."""

INVENTED = (
    "The data set has no times: those of the events are invented, spread evenly over 5 January to 1 "
    "February 2026. It has no split either: 70 % of each family were drawn for training, the other 30 % "
    "are the events. Labels are the data set's own and count as known when the event happened. The "
    "threshold of .5 is a choice; nothing was ever blocked."
)


def read(path: Path) -> pd.DataFrame:
    """Read the domains: domain, family, label (dga or legit)."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def split(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return 70 % for training and 30 % to score, the same shares of every family; the index is kept."""
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(rows, test_size=0.3, random_state=0, stratify=rows["family"])
    return train, test.sort_index()


def events(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the scored domains as events: contract columns, without model and score."""
    dga = (rows["label"] == "dga").to_numpy()
    family = rows["family"].to_numpy()
    times = invented_times(len(rows), START, DAYS, seed=0)
    return pd.DataFrame(
        {
            # The number is the line in domains.csv.
            "event_id": [f"{MODEL}/invented-time/{i + 2:05d}" for i in rows.index],
            "occurred_at": times,
            "segment": "held-out third (invented times)",
            "technique": pd.Series(family).where(dga),
            "payload": rows["domain"].to_numpy(),
            "label": dga.astype(int),
            "label_source": "adjudication",
            "labelled_at": times,
            "s.family": family,
            "s.built_from": pd.Series(family).isin(WORD_LISTS).map({True: "word list", False: "letters"}).where(dga),
            "f.length": rows["domain"].str.len().to_numpy(),
        }
    )


def write(data: Path, out: Path) -> list[Step]:
    """Fit on 70 % of the domains, score the rest, write one Parquet file."""
    (path,) = source(data, MODEL, "domains.csv")
    train, test = split(read(path))
    model = fit_characters(train["domain"], train["label"] == "dga")
    score = model.predict_proba(test["domain"])[:, 1]
    served = {"model_id": MODEL, "model_version": VERSION, "score": score}
    detections = out / "dga-families-detections.parquet"
    events(test).assign(**served, decision=judged(score, THRESHOLD), mode="log").to_parquet(detections, index=False)
    return [register(out), Step("detections", (detections,))]


def register(out: Path) -> Step:
    """Write the model as a models file."""
    model = {
        "model_id": MODEL,
        "model_version": VERSION,
        "name": "Generated-domain character model",
        "service": "DNS",
        "kind": "ml",
        "role": "champion",
        "threshold": THRESHOLD,
        "calibrated": False,
        "notes": INVENTED,
    }
    return write_models(out / "dga-families-models.csv", [model])


RECIPE = Recipe("dga-families", "Generated and benign domains scored by a character model", INVENTED, write)
