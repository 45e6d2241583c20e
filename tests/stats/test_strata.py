"""Shares in strata against the general variance that they are a short cut for."""

import numpy as np
import pytest

from analytics.stats.clusters import case_codes, spread_of_parts
from analytics.stats.strata import shares, stratum, variance_of_shares


@pytest.mark.parametrize("cases", [None, "few", "many", "one row each", "one"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("prevalence", [0.02, 0.4, 0.97])
def test_the_variance_is_that_of_the_residuals_of_every_row(
    cases: str | None, weighted: bool, prevalence: float
) -> None:
    rng = np.random.default_rng(7)
    n = 1_500
    codes = {
        None: None,
        "few": (60 * rng.random(n) ** 3).astype(int),
        "many": rng.integers(0, 900, n),
        "one row each": rng.permutation(n),
        "one": np.zeros(n, dtype=int),
    }[cases]
    where = rng.integers(0, 3, n)
    weight = rng.integers(1, 6, n).astype(float) if weighted else None
    found = rng.random(n) < prevalence
    found[where == 2] = True  # a stratum that does not vary
    scale = np.array([700.0, 40.0, 1_000.0])
    codes, size = case_codes(codes, n)
    members = [np.flatnonzero(where == p) for p in range(3)]
    strata = [stratum(rows, weight, codes, size) for rows in members]

    w = np.ones(n) if weight is None else weight
    mean = np.array([np.average(found[rows], weights=w[rows]) for rows in members])
    general = spread_of_parts(found - mean[where], members, scale, weight, codes, size).variance
    assert shares(found, strata) == pytest.approx(mean, rel=1e-12)
    for column in (found, ~found):
        assert variance_of_shares(column, strata, scale) == pytest.approx(general, rel=1e-11)


def test_a_stratum_that_counts_for_nothing_adds_nothing() -> None:
    found = np.array([True, False, True, False])
    strata = [stratum(np.array([0, 1]), None, None, 4), stratum(np.array([2, 3]), None, None, 4)]
    empty = stratum(np.array([], dtype=int), None, None, 4)
    alone = variance_of_shares(found, strata[:1], np.array([2.0]))
    assert alone > 0
    assert variance_of_shares(found, [*strata, empty], np.array([2.0, 0.0, 5.0])) == alone
    assert shares(found, [*strata, empty]).tolist() == [0.5, 0.5, 0.0]
