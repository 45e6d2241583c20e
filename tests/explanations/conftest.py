"""Small fitted models of every kind that is explained, saved as a warehouse keeps them."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TEXTS = [f"{a} {b}" for a in ("get", "put", "xkq7", "update") for b in ("a1", "b-2", "q7-", "home", "<b>", "zz")] * 6
"""Texts, of which those with xkq7 or q7- are attacks."""
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


@pytest.fixture(scope="session")
def models() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Fitted models and their notes, by kind; nobody changes them."""
    return {k: (m, {**note, "sha256": k}) for k, (m, note) in fitted().items()}


@pytest.fixture(scope="session")
def save() -> Callable[..., Path]:
    """The writer of a model and its note into a folder; keywords replace what the note says."""
    return save_model


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """What the models of texts were fitted on."""
    return TEXTS


@pytest.fixture(scope="session")
def numbers() -> np.ndarray:
    """What the models of numbers were fitted on."""
    return make_rows()[0]
