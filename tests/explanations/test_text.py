"""Marks: they add up whatever the text, and lie where the n-grams are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.explanations import text as marking

HOSTILE = st.text(st.sampled_from(list("aAbß İΣσς<b>\t\n\u202e\u00a0'\"\ud800∞")) | st.characters(), max_size=40)


class Grams:
    """What ``characters`` asks of a fitted TfidfVectorizer."""

    lowercase, strip_accents, preprocessor, analyzer = True, None, None, "char"
    ngram_range = (2, 3)


def found_by_sklearn(text: str) -> list[str]:
    """The n-grams of a text as scikit-learn cuts them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    cut: Any = TfidfVectorizer(analyzer="char", ngram_range=(2, 3)).build_analyzer()
    return list(cut(text))


@given(text=HOSTILE, seed=st.integers(0, 9))
@example(text="İİ  İ\u0130", seed=1)
@example(text="  \n\n  ", seed=1)
@example(text="ΑΣ ΑΣ", seed=1)
def test_marks_add_up_to_the_values(text: str, seed: int) -> None:
    grams = sorted(set(found_by_sklearn(text)))
    added = dict(zip(grams, np.random.default_rng(seed).normal(size=len(grams)), strict=True))
    values = marking.characters(text, Grams(), added)
    assert len(values) == len(text)
    np.testing.assert_allclose(values.sum(), sum(added.values()), atol=1e-9)
    marks = marking.marks(values)
    np.testing.assert_allclose(sum(m.value for m in marks), values.sum(), atol=1e-9)
    assert all(m.start < m.end <= len(text) for m in marks)
    assert all(a.end <= b.start for a, b in pairwise(marks))


@pytest.mark.parametrize(
    ("text", "added", "expected"),
    [
        ("abc", {"ab": 2.0}, [1, 1, 0]),
        ("abc", {"ab": 2.0, "bc": -4.0}, [1, -1, -2]),
        ("abab", {"ab": 2.0}, [0.5, 0.5, 0.5, 0.5]),
        ("aaa", {"aa": 4.0}, [1, 2, 1]),
        ("AbC", {"abc": 3.0}, [1, 1, 1]),
        ("a   b", {"a ": 6.0}, [3, 1, 1, 1, 0]),
        ("İx", {"i̇": 2.0}, [2, 0]),
        ("", {}, []),
        ("a", {}, [0]),
    ],
)
def test_values_lie_where_the_n_grams_are(text: str, added: dict[str, float], expected: list[float]) -> None:
    np.testing.assert_allclose(marking.characters(text, Grams(), added), expected, atol=1e-12)


def test_marks_are_shaded_by_their_strength() -> None:
    found = marking.marks(np.array([4.0, 4.0, 0, -1.0, 0.5]))
    assert [(m.start, m.end, m.value, m.level) for m in found] == [(0, 2, 8, 4), (3, 4, -1, -1), (4, 5, 0.5, 1)]
    assert marking.marks(np.zeros(3)) == []
    assert marking.marks(np.zeros(0)) == []


def test_pieces_are_the_strong_parts_the_strongest_first() -> None:
    values = np.array([2.0, 2.0, 0.1, 3.0, 4.0, -1.0, -0.9, 0.2])
    assert [(p.start, p.end) for p in marking.pieces(values, 1)] == [(3, 5), (0, 2)]
    assert [(p.start, p.end, p.value) for p in marking.pieces(values, -1)] == [(5, 7, -1.9)]
    assert marking.pieces(-np.ones(2), 1) == []


def test_other_ways_to_read_are_not_traced() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    assert marking.cannot(TfidfVectorizer(analyzer="char")) == ""
    for other in (TfidfVectorizer(), TfidfVectorizer(analyzer="char", strip_accents="unicode")):
        assert "cannot be traced" in marking.cannot(other)
