"""What each feature adds to a model's output, in the fitting way for each kind of model.

Linear models: coefficient times the difference from the background's mean, exact. Trees: TreeSHAP along the paths of
the training rows, exact (Lundberg et al. 2020). Networks: Shapley values against the background, exact over all
coalitions for few features, by random orders for the n-grams of a text. Models of which only the scores are known
(``asked_whole``): Shapley values of these. Every result is checked: what does not add up to the model's own output is a
reason, not an explanation.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse

from analytics.errors import BadInput
from analytics.explanations import asked_whole, shapley
from analytics.explanations.coalitions import of_network
from analytics.explanations.fitted import MOST_EXACT, UNITS, cannot, margin, parts, seen, through, whole
from analytics.explanations.models import TEXT, Recent
from analytics.explanations.results import Attributions, NotExplained

TOLERANCE = 1e-6
"""How far base and values may be from the output: of it, or of 1 where it is smaller."""
PAIRS = 64
"""Of random orders and their reverses."""
LIMIT_S = 3.0
_MOST_CELLS = 4_000_000
"""Numbers at once in an order of joining: n-grams × background × neurons."""
_LEAST_BACKGROUND = 20
LINEAR = "exact: weight times the difference from the background's mean"
TREES = "exact TreeSHAP along the paths of the training rows"
PATHS = f"{TREES}; of how fast a row is set apart, not of the score itself"
COALITIONS = "exact Shapley values over all combinations of features, against the background"
ORDERS = "Shapley values from random orders, against the background, with a standard error"
_TREES = ("HistGradientBoostingClassifier", "RandomForestClassifier", "IsolationForest")
_EXPLAINERS, _GRAMS = Recent(), Recent()


def attributions(
    model: Any,
    note: dict[str, Any],
    rows: Sequence[str] | np.ndarray,
    background: Sequence[str] | np.ndarray,
    limit_s: float = LIMIT_S,
) -> Attributions | NotExplained:
    """Return what each feature adds to the outputs of some rows.

    Parameters
    ----------
    model, note
        As loaded.
    rows
        Payloads, or rows × the note's columns, as the note says.
    background
        Of the same kind: what is ordinary.
    limit_s
        Seconds for a row where values are estimated; fewer orders are then taken.

    Returns
    -------
    Attributions or NotExplained
        The latter where the kind of model is not known, or any row fails the check of additivity.
    """
    if (reason := cannot(model, note)) is not None:
        return reason
    try:
        return _checked(added(model, note, seen(model, rows), seen(model, background), limit_s))
    except BadInput as e:  # the model does not take a row
        return NotExplained(f"The model cannot be asked: {e.found}")


def added(
    model: Any, note: dict[str, Any], x: Any, usual: Any, limit_s: float = LIMIT_S
) -> Attributions | NotExplained:
    """Return what each feature adds, unchecked, for a model of which ``cannot`` says nothing.

    Parameters
    ----------
    x, usual
        Rows and background as ``seen``: whoever explains many batches works the background out once.
    """
    last = parts(model)[1]
    if whole(model):
        return _asked(last, note, x, usual, limit_s)
    if type(last).__name__ in _TREES:
        return _trees(last, note, x)
    if type(last).__name__ == "LogisticRegression":
        return _linear(model, note, x, usual)
    if note["takes"] == TEXT:
        return _network_of_text(model, note, x, usual, limit_s)
    return _network(last, note, x, usual)


def off(residual: Any, output: Any, tolerance: float = TOLERANCE) -> np.ndarray:
    """Tell which rows do not add up: of such there is no explanation; a residual that is no number is off too."""
    return ~(np.asarray(residual) <= tolerance * np.maximum(1, np.abs(output)))


def _checked(found: Attributions | NotExplained) -> Attributions | NotExplained:
    if isinstance(found, NotExplained):
        return found
    wrong = off(found.residual, found.output)
    if not wrong.any():
        return found
    return NotExplained(
        f"The parts do not add up to what the model says: they are off by {np.max(found.residual):.2g} "
        f"where {TOLERANCE:g} is allowed ({wrong.sum():,} of {len(wrong):,} rows)."
    )


def _made(
    names: Sequence[str], values: Any, rest: np.ndarray, base: float, output: np.ndarray, **said: Any
) -> Attributions:
    total = base + np.asarray(values.sum(axis=1)).ravel() + rest
    said = {"error": np.zeros(len(output)), **said}
    return Attributions(tuple(names), values, rest, float(base), np.asarray(output), np.abs(total - output), **said)


def _asked(last: Any, note: dict[str, Any], x: Any, usual: Any, limit_s: float) -> Attributions:
    """Return what features or parts of texts add to the scores of a model of which nothing else is known."""
    output, rest = margin(last, x), np.zeros(len(x))
    if note["takes"] == TEXT:
        names, values, error, base = asked_whole.of_texts(last, x, PAIRS, limit_s)
        said = {"method": asked_whole.LEFT_OUT, "n_background": 0}
    else:
        names, base = note["columns"], float(margin(last, usual).mean())
        values, error = asked_whole.of_numbers(last, x, usual, PAIRS, limit_s)
        said = {"method": COALITIONS if len(names) <= MOST_EXACT else ORDERS, "n_background": len(usual)}
    return _made(names, values, rest, base, output, error=error, unit="probability", **said)


def _grams(model: Any, note: dict[str, Any]) -> tuple[str, ...]:
    return _GRAMS.get(note["sha256"], lambda: tuple(map(str, parts(model)[0][0].get_feature_names_out())))


def _linear(model: Any, note: dict[str, Any], x: Any, usual: Any) -> Attributions:
    last = parts(model)[1]
    weight, mean = last.coef_.ravel(), np.asarray(usual.mean(axis=0)).ravel()
    base, output = float(last.intercept_[0] + weight @ mean), margin(last, x)
    said = {"unit": "log-odds", "method": LINEAR, "n_background": usual.shape[0]}
    if note["takes"] != TEXT:
        return _made(note["columns"], weight * (x - mean), np.zeros(len(x)), base, output, **said)
    values = sparse.csr_matrix(x, copy=True)
    values.data = weight[values.indices] * (values.data - mean[values.indices])
    there = sparse.csr_matrix((np.ones(values.nnz), values.indices, values.indptr), values.shape)
    return _made(_grams(model, note), values, there @ (weight * mean) - weight @ mean, base, output, **said)


def _trees(last: Any, note: dict[str, Any], x: np.ndarray) -> Attributions | NotExplained:
    kind = type(last).__name__
    try:
        shap: Any = import_module("shap")
    except ImportError:
        return NotExplained("Models of trees are explained by the package shap, which is not installed.")
    explainer = _EXPLAINERS.get(note["sha256"], lambda: shap.TreeExplainer(last))
    values = np.asarray(explainer.shap_values(x, check_additivity=False))
    base = np.ravel(explainer.expected_value)[-1]
    values = values[..., 1] if values.ndim == 3 else values
    if kind == "IsolationForest":
        values, base = -values, -base
    said = {"unit": UNITS[kind], "method": PATHS if kind == "IsolationForest" else TREES, "n_background": 0}
    return _made(note["columns"], values, np.zeros(len(x)), base, margin(last, x), **said)


def _network(last: Any, note: dict[str, Any], x: np.ndarray, usual: np.ndarray) -> Attributions | NotExplained:
    if x.shape[1] > shapley.MOST_EXACT:
        return NotExplained(
            f"A network of {x.shape[1]} features has too many combinations; up to {shapley.MOST_EXACT} are explained."
        )
    game = of_network(last, usual)
    values = np.stack([shapley.exact(game(row), x.shape[1]) for row in x])
    base = float(margin(last, usual).mean())
    said = {"unit": "log-odds", "method": COALITIONS, "n_background": len(usual)}
    return _made(note["columns"], values, np.zeros(len(x)), base, margin(last, x), **said)


def _network_of_text(model: Any, note: dict[str, Any], x: Any, usual: Any, limit_s: float) -> Attributions:
    last, x, usual = parts(model)[1], sparse.csr_matrix(x), sparse.csr_matrix(usual)
    widest = int(np.diff(x.indptr).max(initial=0)) + 1
    most = max(_LEAST_BACKGROUND, _MOST_CELLS // (widest * last.coefs_[0].shape[1]))
    usual = usual[: min(usual.shape[0], most)]
    data, rest, error = [], np.zeros(x.shape[0]), np.zeros(x.shape[0])
    for i in range(x.shape[0]):
        walk, players = _joining(last, x[i], usual)
        values, errors = shapley.by_orders(walk, players, PAIRS, limit_s)
        data.append(values[:-1])
        rest[i], error[i] = values[-1], errors.max()
    values = sparse.csr_matrix((np.concatenate(data), x.indices, x.indptr), x.shape)
    base = float(margin(last, usual).mean())
    said = {"unit": "log-odds", "method": ORDERS, "n_background": usual.shape[0]}
    return _made(_grams(model, note), values, rest, base, margin(last, x), error=error, **said)


def _joining(last: Any, row: Any, usual: Any) -> tuple[Any, int]:
    """Return the walk of ``shapley.by_orders`` for the n-grams of a text, and the number of players.

    The players are the n-grams that occur, in the row's order, and behind them one for all that do not: it takes
    them from the background's to none. What each changes at the first hidden layer does not depend on the others.
    """
    weights = last.coefs_[0]
    before = usual @ weights + last.intercepts_[0]
    own = weights[row.indices]
    theirs = usual[:, row.indices].toarray()
    change = (row.data[None, :] - theirs)[:, :, None] * own[None]
    others = -(usual @ weights - theirs @ own)
    every = np.concatenate([change, others[:, None, :]], axis=1).transpose(1, 0, 2)

    def walk(order: np.ndarray) -> np.ndarray:
        hidden = np.concatenate([before[None], before + np.cumsum(every[order], axis=0)])
        return through(last, hidden).mean(axis=1)

    return walk, len(every)
