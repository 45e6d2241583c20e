"""What is asked of a fitted model: its kind, its own output, what it sees of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.explanations.models import TEXT
from analytics.explanations.results import NotExplained, Unit

UNITS: dict[str, Unit] = {
    "LogisticRegression": "log-odds",
    "HistGradientBoostingClassifier": "log-odds",
    "RandomForestClassifier": "probability",
    "IsolationForest": "splits",
    "MLPClassifier": "log-odds",
}
"""Kinds of models that are explained, by the name of their class."""
ON_TEXT = ("LogisticRegression", "MLPClassifier")
"""Kinds that are explained where they see n-grams."""
ESTIMATED = ("MLPClassifier",)
"""Of these, kinds whose values on text are estimated, at about a row a second."""
_ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
}


def parts(model: Any) -> tuple[list[Any], Any]:
    """Return the steps before the last of a pipeline, and the last; a model that is none is its own last."""
    steps = [step for _, step in model.steps] if type(model).__name__ == "Pipeline" else [model]
    inner = [s for step in steps for s in ([i for _, i in step.steps] if type(step).__name__ == "Pipeline" else [step])]
    return inner[:-1], inner[-1]


def cannot(model: Any, note: dict[str, Any]) -> NotExplained | None:
    """Return why a model is of no kind that is explained; None where it is of one."""
    before, last = parts(model)
    kind, names = type(last).__name__, [type(step).__name__ for step in before]
    if kind not in UNITS or (note["takes"] == TEXT and kind not in ON_TEXT):
        return NotExplained(f"There is no exact way here to explain a model of the kind {kind}.")
    if (names != ["TfidfVectorizer"]) if note["takes"] == TEXT else (set(names) - {"StandardScaler"}):
        return NotExplained(f"What happens before the model ({', '.join(names)}) mixes features: nothing can be told.")
    if kind != "IsolationForest" and len(last.classes_) != 2:
        return NotExplained(f"The model tells {len(last.classes_)} classes apart; explanations are of two.")
    if note["takes"] != TEXT and last.n_features_in_ != len(note["columns"]):
        return NotExplained(f"The note names {len(note['columns'])} columns, the model takes {last.n_features_in_}.")
    return None


def seen(model: Any, rows: Sequence[str] | np.ndarray) -> Any:
    """Return what the last step of a model sees of rows."""
    x = rows
    for step in parts(model)[0]:
        x = step.transform(x)
    return x


def margin(last: Any, x: Any) -> np.ndarray:
    """Return the output of a model's last step in its unit (``UNITS``), of what that sees."""
    kind = type(last).__name__
    if kind == "RandomForestClassifier":
        return last.predict_proba(x)[:, 1]
    if kind == "IsolationForest":
        # The score is 2 to the power of minus the mean path length over that of a random tree (Liu et al. 2008).
        return _usual_path(last.max_samples_) * np.log2(-last.score_samples(x))
    return (
        through(last, x @ last.coefs_[0] + last.intercepts_[0])
        if kind == "MLPClassifier"
        else (last.decision_function(x))
    )


def through(network: Any, hidden: np.ndarray) -> np.ndarray:
    """Return the log-odds of a network from the sums at its first hidden layer, the last axis."""
    x = hidden
    for weights, shift in zip(network.coefs_[1:], network.intercepts_[1:], strict=True):
        x = _ACTIVATIONS[network.activation](x) @ weights + shift
    return x[..., 0]


def score(model: Any, rows: Sequence[str] | np.ndarray) -> np.ndarray:
    """Return the scores of a model in [0, 1]."""
    return model.predict_proba(rows)[:, 1] if hasattr(model, "predict_proba") else -model.score_samples(rows)


def _usual_path(rows: int) -> float:
    """Return the mean path length in a random tree of so many rows."""
    if rows <= 2:
        return float(rows > 1)
    return 2 * (np.log(rows - 1) + np.euler_gamma) - 2 * (rows - 1) / rows


def in_unit(last: Any, at: float) -> float | None:
    """Return a score or threshold in the unit of a model's output; None where that has no end."""
    kind = type(last).__name__
    if UNITS[kind] == "probability":
        return at
    if not 0 < at < 1:
        return None
    return float(_usual_path(last.max_samples_) * np.log2(at) if kind == "IsolationForest" else np.log(at / (1 - at)))
