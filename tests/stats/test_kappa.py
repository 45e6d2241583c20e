"""Cohen's kappa against scikit-learn and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from analytics.stats.kappa import cohen_kappa


@pytest.mark.parametrize(("kinds", "same"), [(2, 0.9), (2, 0.1), (5, 0.6), (3, 0.0)])
def test_kappa_and_its_interval_are_theirs(kinds: int, same: float) -> None:
    chance = np.random.default_rng(kinds)
    a = chance.integers(0, kinds, 150)
    b = np.where(chance.random(150) < same, a, chance.integers(0, kinds, 150))
    found = cohen_kappa(a.astype(str), b.astype(str))
    table = np.zeros((kinds, kinds))
    np.add.at(table, (a, b), 1)
    theirs = cohens_kappa(table)
    assert found.value == pytest.approx(cohen_kappa_score(a, b))
    assert (found.low, found.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=1e-9)


def test_the_extremes() -> None:
    a = np.array(["x", "y", "x", "y"])
    assert cohen_kappa(a, a).value == 1
    assert cohen_kappa(a, a[::-1]).value == -1
    assert np.isnan(cohen_kappa(np.array(["x", "x"]), np.array(["x", "x"])).value), "chance alone agrees always"
    assert np.isnan(cohen_kappa(a[:0], a[:0]).value)
