"""The plain text model of the web-payload and domain recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def fit_characters(text: pd.Series, attack: pd.Series) -> Pipeline:
    """Fit TF-IDF of runs of one to three characters with logistic regression.

    Parameters
    ----------
    text
        Training texts.
    attack
        True where the text is an attack.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    # Sublinear counts: a long text is not more of an attack because a letter occurs often in it.
    runs = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    return make_pipeline(runs, LogisticRegression(C=10, max_iter=1000, random_state=0)).fit(text, attack)
