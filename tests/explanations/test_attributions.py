"""What features add: shap's own values for the same model and background, and nothing that does not add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit

from analytics.explanations import attributions as att
from analytics.explanations import fitted
from analytics.explanations.coalitions import coalitions, of_network
from analytics.explanations.results import Attributions, NotExplained

Models = dict[str, Any]
KINDS = ("boosting", "forest", "isolation", "network", "linear", "text network")
TREES = ("boosting", "forest", "isolation")


def explained(models: Models, kind: str, texts: list[str], numbers: np.ndarray, rows: int = 12) -> Attributions:
    """Rows explained against others."""
    model, note = models[kind]
    if kind in TREES:
        pytest.importorskip("shap")
    data: Any = texts if note["takes"] == "text" else numbers
    found = att.attributions(model, note, data[:rows], data[40:100])
    assert isinstance(found, Attributions), found
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_parts_add_up_to_what_the_model_says(models: Models, kind: str, texts: list[str], numbers: np.ndarray) -> None:
    found = explained(models, kind, texts, numbers)
    model, note = models[kind]
    score = fitted.score(model, texts[:12] if note["takes"] == "text" else numbers[:12])
    total = found.base + np.asarray(found.values.sum(axis=1)).ravel() + found.rest
    if found.unit == "log-odds":
        np.testing.assert_allclose(expit(total), score, atol=1e-9)
    elif found.unit == "probability":
        np.testing.assert_allclose(total, score, atol=1e-9)
    else:  # fewer splits, a higher score: the order is the same
        assert (np.argsort(total, kind="stable") == np.argsort(score, kind="stable")).all()
    assert found.residual.max() < att.TOLERANCE


@pytest.mark.parametrize("kind", TREES)
def test_trees_have_the_values_of_shap(models: Models, kind: str, texts: list[str], numbers: np.ndarray) -> None:
    shap = pytest.importorskip("shap")
    found = explained(models, kind, texts, numbers)
    theirs = np.asarray(shap.TreeExplainer(models[kind][0]).shap_values(numbers[:12]))
    theirs = theirs[..., 1] if theirs.ndim == 3 else theirs
    np.testing.assert_allclose(found.values, -theirs if kind == "isolation" else theirs, atol=1e-9)


def test_linear_text_has_the_values_of_shap(models: Models, texts: list[str], numbers: np.ndarray) -> None:
    shap = pytest.importorskip("shap")
    grams, last = models["linear"][0][0], models["linear"][0][1]
    found = explained(models, "linear", texts, numbers)
    x = grams.transform(texts[:12])
    explainer = shap.LinearExplainer(last, shap.maskers.Independent(grams.transform(texts[40:100]).toarray(), 100))
    theirs = explainer.shap_values(x.toarray())
    there = x.toarray() != 0
    np.testing.assert_allclose(found.values.toarray()[there], theirs[there], atol=1e-9)
    np.testing.assert_allclose(found.rest, np.where(there, 0, theirs).sum(axis=1), atol=1e-9)
    np.testing.assert_allclose(found.base, explainer.expected_value, atol=1e-9)


def test_a_network_has_the_values_of_shap(models: Models, texts: list[str], numbers: np.ndarray) -> None:
    shap = pytest.importorskip("shap")
    model = models["network"][0]

    def log_odds(x: np.ndarray) -> np.ndarray:
        p = model.predict_proba(x)
        return np.log(p[:, 1]) - np.log(p[:, 0])

    masker = shap.maskers.Independent(numbers[40:100], 100)
    theirs = shap.explainers.Exact(log_odds, masker)(numbers[:12])
    found = explained(models, "network", texts, numbers)
    np.testing.assert_allclose(found.values, theirs.values, atol=1e-6)
    np.testing.assert_allclose(found.base, theirs.base_values, atol=1e-6)


def test_a_network_of_texts_has_the_values_of_shap_within_its_error(models: Models, texts: list[str]) -> None:
    """As a game of the n-grams that occur and one player for the rest, whole models called for every coalition."""
    shap = pytest.importorskip("shap")
    model, note = models["text network"]
    grams, last = model[0], model[1]
    text = "get q7-"
    row, usual = grams.transform([text]).toarray()[0], grams.transform(texts[40:100]).toarray()
    there = np.flatnonzero(row)
    assert 5 <= len(there) <= 11

    def game(who: np.ndarray) -> np.ndarray:
        found = []
        for one in who:
            taken = np.full(len(row), bool(one[-1]))
            taken[there] = one[:-1] > 0
            p = last.predict_proba(np.where(taken, row, usual))
            found.append((np.log(p[:, 1]) - np.log(p[:, 0])).mean())
        return np.array(found)

    players = len(there) + 1
    theirs = shap.explainers.Exact(game, shap.maskers.Independent(np.zeros((1, players))))(np.ones((1, players)))
    found = att.attributions(model, note, [text], texts[40:100], 60)
    assert isinstance(found, Attributions)
    mine = np.append(found.values.toarray()[0, there], found.rest[0])
    assert found.error[0] < 0.05 * np.abs(theirs.values).max()
    assert np.abs(mine - theirs.values[0]).max() < 4 * found.error[0]


@pytest.mark.parametrize("kind", ["linear", "text network"])
def test_only_what_occurs_in_a_text_has_a_value(models: Models, kind: str, texts: list[str]) -> None:
    model, note = models[kind]
    found = att.attributions(model, note, ["xkq7", "", "∞"], texts[40:100])
    assert isinstance(found, Attributions)
    occurring = {found.names[j] for j in found.values[0].indices}
    assert occurring <= {"xk", "kq", "q7", "xkq", "kq7"}
    assert occurring
    assert found.values[1].nnz == found.values[2].nnz == 0
    np.testing.assert_allclose(found.base + found.rest[1:], found.output[1:], atol=1e-9)


def test_what_does_not_add_up_is_a_reason(models: Models, numbers: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    model, note = models["network"]
    monkeypatch.setattr(att.shapley, "exact", lambda game, players: np.full(players, 0.1))
    found = att.attributions(model, note, numbers[:3], numbers[40:100])
    assert isinstance(found, NotExplained)
    assert found.why.startswith("The parts do not add up to what the model says: they are off by ")
    assert "1e-06 is allowed (3 of 3 rows)" in found.why


def test_what_is_no_number_does_not_add_up() -> None:
    nan, none = np.array([np.nan]), np.zeros(1)
    broken = Attributions(("a",), sparse.csr_matrix((1, 1)), none, 0.0, nan, nan, none, "log-odds", "", 0)
    assert isinstance(att._checked(broken), NotExplained)


def test_other_kinds_are_asked_for_their_scores_alone(numbers: np.ndarray, models: Models) -> None:
    """One of another kind, and one before which features are mixed: as shap does with nothing but predict_proba."""
    from sklearn.decomposition import PCA
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline

    shap = pytest.importorskip("shap")
    naive = GaussianNB().fit(numbers, numbers[:, 0] > 0)
    mixed = make_pipeline(PCA(3), GaussianNB()).fit(numbers, numbers[:, 0] > 0)
    for model in (naive, mixed):
        found = att.attributions(model, models["network"][1], numbers[:4], numbers[40:100])
        assert isinstance(found, Attributions)
        masker = shap.maskers.Independent(numbers[40:100], 100)
        theirs = shap.explainers.Exact(lambda x, model=model: model.predict_proba(x)[:, 1], masker)(numbers[:4])
        np.testing.assert_allclose(found.values, theirs.values, atol=1e-9)
        assert (found.unit, found.error.max()) == ("probability", 0)


def test_many_features_are_estimated(numbers: np.ndarray) -> None:
    from sklearn.naive_bayes import GaussianNB

    wide = np.concatenate([numbers, numbers**2, numbers**3], axis=1)[:, :11]
    model = GaussianNB().fit(wide, numbers[:, 0] > 0)
    note = {"takes": "shape", "columns": [f"c{i}" for i in range(11)], "sha256": "wide"}
    found = att.attributions(model, note, wide[:2], wide[40:60], 60)
    assert isinstance(found, Attributions) and found.method == att.ORDERS
    for i in range(2):
        exact = att.shapley.exact(lambda who, i=i: coalitions(model, wide[i], wide[40:60], who), 11)
        assert 0 < found.error[i] < 0.05
        assert np.abs(found.values[i] - exact).max() < 4 * found.error[i]


def test_what_cannot_be_explained_is_a_reason(numbers: np.ndarray, models: Models) -> None:
    from sklearn.decomposition import PCA
    from sklearn.ensemble import IsolationForest, RandomForestClassifier
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import make_pipeline

    note = models["network"][1]
    three = models["linear"][0][1].__class__().fit(numbers, np.arange(len(numbers)) % 3)
    mixed = make_pipeline(PCA(), IsolationForest(n_estimators=5)).fit(numbers)
    for model, said, why in (
        (mixed, note, "the kind Pipeline gives no probability"),
        (three, note, "3 classes"),
        (models["network"][0], {**note, "columns": ["a"]}, "names 1 columns, the model takes 4"),
    ):
        found = att.attributions(model, said, numbers[:2], numbers[40:50])
        assert isinstance(found, NotExplained)
        assert why in found.why
    texts = {"takes": "text", "columns": ["payload"], "sha256": "none"}
    forest = RandomForestClassifier(3).fit(numbers, numbers[:, 0] > 0)
    grams = make_pipeline(CountVectorizer(), RandomForestClassifier(3)).fit(["ab", "cd"] * 4, [0, 1] * 4)
    for model, said, rows, why in (
        (forest, texts, ["a", "b"], "takes no texts"),
        (models["network"][0], texts, ["a", "b"], "takes no texts"),
        (grams, note, numbers[:2], "it does not take such an input"),
    ):
        found = att.attributions(model, said, rows, rows)
        assert isinstance(found, NotExplained)
        assert why in found.why


@pytest.mark.parametrize("kept", [True, False])
def test_a_networks_game_is_that_of_any_model(numbers: np.ndarray, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.neural_network import MLPClassifier

    from analytics.explanations import coalitions as played
    from analytics.explanations.shapley import every

    monkeypatch.setattr(played, "_MOST_CELLS", played._MOST_CELLS if kept else 1)
    network = MLPClassifier((7, 5), activation="tanh", tol=1.0, random_state=1).fit(numbers, numbers[:, 0] > 0)
    game, who = of_network(network, numbers[40:90]), every(numbers.shape[1])
    for row in numbers[:3]:
        np.testing.assert_allclose(game(row)(who), coalitions(network, row, numbers[40:90], who), atol=1e-12)
