"""The second opinion: against scipy and scikit-learn, and that it can disagree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from analytics.explanations import words
from analytics.explanations.agreement import _COVER, TOP, _held, rank
from analytics.explanations.measures import check, explain
from analytics.explanations.results import Agreement, Attributions, Explanation
from analytics.scope import Scope
from analytics.warehouse import Reader

PAIRS = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=12)


@given(pairs=PAIRS)
def test_the_rank_correlation_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    from scipy.stats import spearmanr

    a, b = np.array(pairs, dtype=float).T
    found = rank(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(a, b).statistic)


@pytest.mark.parametrize(
    ("scope", "event"), [(Scope("t", "linear"), "t14"), (Scope("t", "network"), "t100"), (Scope("n", "network"), "n7")]
)
def test_models_that_learnt_something_are_agreed_upon(reader: Reader, scope: Scope, event: str) -> None:
    found = check(reader, scope, f"{event}/{scope.version}").result
    assert isinstance(found, Agreement), found
    assert found.rank is not None
    assert found.rank > 0.3
    assert 0 < found.same_sign <= found.n <= TOP
    assert found.held is not None
    assert found.held > 0.8
    assert check(reader, scope, f"{event}/{scope.version}").result == found


def test_trees_have_a_second_opinion_too(reader: Reader) -> None:
    pytest.importorskip("shap")
    found = check(reader, Scope("n", "boosting"), "n7/boosting").result
    assert isinstance(found, Agreement)
    assert found.n == 4


def test_covering_is_scored_by_the_whole_model(reader: Reader, models: dict[str, Any], frame: pd.DataFrame) -> None:
    """By hand: ``xkq7 b-2``, each part covered, through the pipeline's own decision function."""
    mine = frame[(frame["model_version"] == "linear") & (frame["payload"] == "xkq7 b-2")].iloc[0]
    model = models["linear"][0]
    told = explain(reader, Scope("t", "linear"), mine["detection_id"]).result
    found = check(reader, Scope("t", "linear"), mine["detection_id"]).result
    assert isinstance(told, Explanation)
    assert isinstance(found, Agreement)
    spans = [(0, 4), (4, 5), (5, 6), (6, 7), (7, 8)]
    texts = ["xkq7 b-2"[:a] + _COVER * (b - a) + "xkq7 b-2"[b:] for a, b in spans]
    falls = model.decision_function(["xkq7 b-2"])[0] - model.decision_function(texts)
    marks = np.array([sum(told.values[a:b]) for a, b in spans])
    assert found.rank == pytest.approx(rank(marks, falls))
    assert found.same_sign == (np.sign(marks) == np.sign(falls)).sum()


def made(values: Any) -> Attributions:
    """Attributions with some values."""
    none = np.zeros(values.shape[0])
    return Attributions(("a", "b", "c"), values, none, 0.0, none, none, none, "log-odds", "", 0)


def test_directions_that_turned_and_n_grams_that_are_gone() -> None:
    first = made(np.array([[1.0, -2, 0]]))
    assert _held(first, made(np.array([[1.0, 2, 5], [1, -1, 5]]))) == 0.75
    gone = sparse.csr_matrix(np.array([[0, -2.0, 1], [0, 0, 1]]))
    assert _held(made(sparse.csr_matrix(np.array([[1.0, -2, 0]]))), made(gone)) == 1
    assert _held(made(sparse.csr_matrix((1, 3))), made(gone)) is None


def test_it_is_said_in_a_sentence() -> None:
    a = Agreement("covering parts", 10, 0.82, 9, "one character left out", 8, 0.975)
    assert words.agreement(a) == (
        "A second method (covering parts) ranks the 10 strongest alike (rank correlation 0.82) and gives 9 of them "
        "the same direction. Under 8 small changes (one character left out) 98 % of the directions stayed."
    )
    other = words.agreement(Agreement("covering parts", 10, -0.2, 4, "x", 8, None))
    assert "differently: do not build on the order (rank correlation -0.20)" in other
    assert words.agreement(Agreement("covering parts", 2, None, 2, "x", 8, None)) == (
        "There is too little to compare with covering parts."
    )
