"""The quick n-grams are those of scikit-learn, to the last digit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from sample_data.perimeter import grams, load, models
from sample_data.perimeter.texts import Stratum

_TEXT = st.text(st.sampled_from("abAB .?=é\u0130ß\n\t漢🙂"), max_size=12)


def fitted(texts: list[str], **settings: object) -> TfidfVectorizer:
    """A vectorizer as the models' own."""
    found = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, **settings)
    return found.fit(texts)


def same(ours: sparse.csr_matrix, theirs: sparse.csr_matrix) -> bool:
    """Whether two matrices hold the same numbers in the same places."""
    ours.sort_indices()
    theirs.sort_indices()
    parts = ((getattr(ours, name), getattr(theirs, name)) for name in ("indptr", "indices", "data"))
    return ours.shape == theirs.shape and all(np.array_equal(a, b) for a, b in parts)


@pytest.mark.parametrize("service", ["waf", "dns", "phishing", "guard"])
def test_the_texts_of_every_service(service: str) -> None:
    """Generated texts of all strata, more than are taken at once."""
    rng = np.random.default_rng(5)
    strata: tuple[Stratum, ...] = ("ordinary", "lookalike", "plain", "evasive")
    parts = [models.generate(load().services[service], stratum, 1500, rng) for stratum in strata]
    texts = pd.concat(parts)["payload"].tolist()
    assert len(texts) > grams._AT_ONCE
    vectorizer = fitted(texts[::5], min_df=3, max_features=6000)
    assert same(grams.weights(vectorizer, texts), vectorizer.transform(texts))


@settings(max_examples=200)
@given(st.lists(_TEXT, min_size=1, max_size=8), st.lists(_TEXT, min_size=1, max_size=8))
def test_any_text(learnt: list[str], asked: list[str]) -> None:
    """Unknown signs, short and empty texts, runs of white space, letters that grow when made small."""
    vectorizer = fitted(["abab", *learnt])
    assert same(grams.weights(vectorizer, asked), vectorizer.transform(asked))
