"""What is asked of a fitted model: its kind, its own output, what it sees of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.explanations import text
from analytics.explanations.models import TEXT
from analytics.explanations.results import NotExplained, Unit

UNITS: dict[str, Unit] = {
    "LogisticRegression": "log-odds",
    "HistGradientBoostingClassifier": "log-odds",
    "RandomForestClassifier": "probability",
    "IsolationForest": "splits",
    "MLPClassifier": "log-odds",
}
"""Kinds of models whose inside is known, by the name of their class; all others are asked for their scores alone."""
ON_TEXT = ("LogisticRegression", "MLPClassifier")
"""Kinds whose inside is known where they see n-grams."""
MOST_EXACT = 10
"""Features or parts of a text up to which a model that is asked for its scores alone is asked of every combination."""
_ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
}


def parts(model: Any) -> tuple[list[Any], Any]:
    """Return the steps before the last of a model, and the last; one whose inside is not known is its own last."""
    steps = [step for _, step in model.steps] if type(model).__name__ == "Pipeline" else [model]
    inner = [s for step in steps for s in ([i for _, i in step.steps] if type(step).__name__ == "Pipeline" else [step])]
    kind, names = type(inner[-1]).__name__, [type(step).__name__ for step in inner[:-1]]
    if names == ["TfidfVectorizer"]:
        known = kind in ON_TEXT and not text.cannot(inner[0])
    else:
        known = kind in UNITS and not set(names) - {"StandardScaler"}
    return (inner[:-1], inner[-1]) if known else ([], model)


def whole(model: Any) -> bool:
    """Tell whether a model is asked for its scores alone: it is no known kind, or what is before it mixes features."""
    return type(parts(model)[1]).__name__ not in UNITS


def estimated(model: Any, note: dict[str, Any]) -> bool:
    """Tell whether values are estimated, a row taking about a second."""
    if note["takes"] == TEXT:
        return whole(model) or type(parts(model)[1]).__name__ == "MLPClassifier"
    return whole(model) and len(note["columns"]) > MOST_EXACT


def cannot(model: Any, note: dict[str, Any]) -> NotExplained | None:
    """Return why a model cannot be explained; None where it can."""
    last = parts(model)[1]
    kind, columns = type(last).__name__, list(note["columns"])
    if whole(model) and not hasattr(last, "predict_proba"):
        return NotExplained(f"A model of the kind {kind} gives no probability of an attack to explain.")
    if kind != "IsolationForest" and len(getattr(last, "classes_", "ab")) != 2:
        return NotExplained(f"The model tells {len(last.classes_)} classes apart; explanations are of two.")
    if note["takes"] == TEXT:
        reads = whole(model) or [type(step).__name__ for step in parts(model)[0]] == ["TfidfVectorizer"]
        return None if reads else NotExplained(f"The note says that the model takes texts; a {kind} takes no texts.")
    if (takes := getattr(last, "n_features_in_", len(columns))) != len(columns):
        return NotExplained(f"The note names {len(columns)} columns, the model takes {takes}.")
    if whole(model) and list(getattr(last, "feature_names_in_", columns)) != columns:
        return NotExplained("The note names other columns than the model was trained on, or in another order.")
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
    if kind not in UNITS or kind == "RandomForestClassifier":
        return score(last, x)
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
    """Return the scores of a model in [0, 1].

    Raises
    ------
    BadInput
        A model of which only its scores are known does not take the rows.
    """
    if not hasattr(model, "predict_proba"):
        return -model.score_samples(rows)
    if not whole(model):
        return model.predict_proba(rows)[:, 1]
    try:
        return model.predict_proba(named(model, rows))[:, 1]
    except BadInput:
        raise
    except Exception as e:  # of whatever kind it is: such as a value that its training did not have
        raise BadInput("asking the model", "it does not take such an input.", "Give another one.") from e


def named(model: Any, rows: Sequence[str] | np.ndarray) -> Any:
    """Return rows with the names of their columns, where a model was trained on such."""
    if isinstance(rows, np.ndarray) and whole(model) and hasattr(model, "feature_names_in_"):
        return pd.DataFrame(rows, columns=model.feature_names_in_).infer_objects()
    return rows


def _usual_path(rows: int) -> float:
    """Return the mean path length in a random tree of so many rows."""
    if rows <= 2:
        return float(rows > 1)
    return 2 * (np.log(rows - 1) + np.euler_gamma) - 2 * (rows - 1) / rows


def in_unit(last: Any, at: float) -> float | None:
    """Return a score or threshold in the unit of a model's output; None where that has no end."""
    kind = type(last).__name__
    if UNITS.get(kind, "probability") == "probability":
        return at
    if not 0 < at < 1:
        return None
    return float(_usual_path(last.max_samples_) * np.log2(at) if kind == "IsolationForest" else np.log(at / (1 - at)))
