"""Small fitted models of every kind that is explained, the detections that they scored, and warehouses of both."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.warehouse import import_files
from tests.explanations import onnx_made

TEXTS = [f"{a} {b}" for a in ("get", "put", "xkq7", "update") for b in ("a1", "b-2", "q7-", "home", "<b>", "zz")] * 6
"""Texts, of which those with xkq7 or q7- are attacks."""
HOSTILE = "xkq7 <img src=x> **b** \u202e$x^2$ İ\t\t '; DROP TABLE labels; --"
KNOWN_ATTACK = "t3"
VERSIONS = (
    ("t", "linear", "linear"),
    ("t", "network", "text network"),
    ("n", "network", "network"),
    ("n", "boosting", "boosting"),
    ("n", "isolation", "isolation"),
)
"""model_id, model_version, kind."""
HOSTILE_CATEGORY = "<b>\u202e**x**"
CATEGORY_COLUMNS = ["size", "protocol"]
FEATURES = ("log size", "log peers", "log rate", "log age")


def attacks() -> np.ndarray:
    """Which of the texts are attacks."""
    return np.array(["xkq7" in t or "q7-" in t for t in TEXTS])


def make_rows(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Numbers as a model sees them, and which rows are attacks."""
    chance = np.random.default_rng(8)
    x = chance.normal(size=(rows, len(FEATURES)))
    return x, x[:, 0] + x[:, 1] * x[:, 2] + chance.normal(0, 0.3, rows) > 0.8


def fitted() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Fitted models and their notes, by kind."""
    from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def grams() -> Any:
        return TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True)

    def network() -> Any:
        return MLPClassifier((8,), max_iter=80, random_state=0)

    x, attack = make_rows()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the networks have not converged
        dense = {
            "boosting": HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(x, attack),
            "forest": RandomForestClassifier(20, random_state=0).fit(x, attack),
            "isolation": IsolationForest(n_estimators=30, random_state=0).fit(x[~attack]),
            "network": make_pipeline(StandardScaler(), network()).fit(x, attack),
        }
        text = {
            "linear": make_pipeline(grams(), LogisticRegression(C=5)).fit(TEXTS, attacks()),
            "text network": make_pipeline(grams(), network()).fit(TEXTS, attacks()),
        }
    notes = {k: {"takes": "shape", "columns": list(FEATURES)} for k in dense}
    notes |= {k: {"takes": "text", "columns": ["payload"]} for k in text}
    return {k: (model, notes[k]) for k, model in (dense | text).items()}


def save_model(folder: Path, model: Any, **said: Any) -> Path:
    """Save a model with its note; what is said replaces what the note would say."""
    import sklearn
    from skops import io

    note = {"model_id": "m", "model_version": "1", "takes": "text", "columns": ["payload"], "threshold": 0.5, **said}
    path = folder / "models" / str(note["model_id"]) / f"{note['model_version']}.skops"
    path.parent.mkdir(parents=True, exist_ok=True)
    io.dump(model, path)
    own = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "scikit-learn": sklearn.__version__}
    path.with_suffix(".json").write_text(json.dumps({**own, **note}))
    return path


def make_frame(models: dict[str, Any]) -> pd.DataFrame:
    """Detections of a model of texts (t) and one of numbers (n), two versions each, with the models' own scores."""
    from analytics.explanations.fitted import score

    frames = []
    payload = [*TEXTS[:100], HOSTILE]
    x = make_rows()[0][: len(payload)]
    stored = np.exp(x) - 1e-3
    for model_id, version, kind in VERSIONS:
        model, note = models[kind]
        given = payload if note["takes"] == "text" else np.log(stored + 1e-3)
        frame = pd.DataFrame(
            {
                "event_id": [f"{model_id}{i}" for i in range(len(payload))],
                "detection_id": [f"{model_id}{i}/{version}" for i in range(len(payload))],
                "occurred_at": pd.Timestamp("2026-11-01") + pd.to_timedelta(np.arange(len(payload)) * 6, unit="h"),
                "model_id": model_id,
                "model_version": version,
                "score": score(model, given),
            }
        )
        own = {"payload": payload} if model_id == "t" else {f"f.{c[4:]}": stored[:, i] for i, c in enumerate(FEATURES)}
        frame = frame.assign(decision=np.where(frame["score"] >= 0.5, "block", "allow"), **own)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def make_warehouse(folder: Path, models: dict[str, Any], frame: pd.DataFrame) -> Path:
    """A warehouse of detections with their models beside it, made in an empty folder."""
    lines = [f"{m},{v},0.5" for m, v, _ in (*VERSIONS, ("t", "none", ""))]
    (folder / "models.csv").write_text("\n".join(["model_id,model_version,threshold", *lines]) + "\n")
    directory = folder / "warehouse"
    import_files(directory, "models", [str(folder / "models.csv")])
    none = frame[frame["model_id"] == "t"].head(3)
    none = none.assign(model_version="none", event_id=[f"z{i}" for i in range(3)], detection_id=["z0", "z1", "z2"])
    for model_id, part in pd.concat([frame, none]).groupby("model_id"):
        path = folder / f"{model_id}.parquet"
        part.dropna(axis=1, how="all").to_parquet(path)
        import_files(directory, "detections", [str(path)])
    labels = pd.DataFrame({"event_id": [KNOWN_ATTACK], "label": "true_positive", "label_source": "adjudication"})
    labels.assign(labelled_at=pd.Timestamp("2026-12-01")).to_parquet(folder / "labels.parquet")
    import_files(directory, "labels", [str(folder / "labels.parquet")])
    for model_id, version, kind in VERSIONS:
        model, note = models[kind]
        said = {k: v for k, v in note.items() if k != "sha256"}
        save_model(directory, model, model_id=model_id, model_version=version, **said)
    return directory


def make_categories(kinds: tuple[str, ...] = ("tcp", "udp", HOSTILE_CATEGORY)) -> tuple[Any, pd.DataFrame]:
    """A pipeline that encodes a word, and its rows."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    chance = np.random.default_rng(3)
    words = chance.choice(kinds, 300)
    x = pd.DataFrame({"size": chance.normal(size=300), "protocol": words})
    attack = x["size"] + np.where(words == kinds[1], 1.5, 0) > 0.8
    encoder = OneHotEncoder(handle_unknown="ignore")
    encode = ColumnTransformer([("word", encoder, ["protocol"])], remainder="passthrough")
    return make_pipeline(encode, LogisticRegression()).fit(x, attack), x


def add_categories(directory: Path, folder: Path, fitted: Any, x: pd.DataFrame) -> None:
    """Add a model that sees a category to a warehouse, once of skops and once of ONNX."""
    score = fitted.predict_proba(x)[:, 1]
    frames = [
        pd.DataFrame(
            {
                "event_id": [f"k{i}" for i in range(len(x))],
                "detection_id": [f"k{i}/{version}" for i in range(len(x))],
                "occurred_at": pd.Timestamp("2026-11-01") + pd.to_timedelta(np.arange(len(x)), unit="h"),
                "model_id": "k", "model_version": version, "score": score,
                "decision": np.where(score >= 0.5, "block", "allow"), "f.size": x["size"], "f.protocol": x["protocol"],
            }
        )
        for version in ("encoded", "onnx")
    ]  # fmt: skip
    pd.concat(frames).to_parquet(folder / "k.parquet")
    (folder / "k.csv").write_text("model_id,model_version,threshold\nk,encoded,0.5\nk,onnx,0.5\n")
    import_files(directory, "models", [str(folder / "k.csv")])
    assert import_files(directory, "detections", [str(folder / "k.parquet")]).rejected == 0
    said = {"model_id": "k", "takes": "shape", "columns": CATEGORY_COLUMNS}
    save_model(directory, fitted, model_version="encoded", **said)
    onnx_made.save(directory, onnx_made.with_category(fitted), model_version="onnx", **said)
