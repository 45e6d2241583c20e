"""Where a weekly share turned: found where it did, seldom where it did not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.efficacy.turning import turn

WEEKS = 12
EVEN = np.full(WEEKS, 100)
FEW_FIRST, FEW_LAST = (np.where(np.arange(WEEKS) < k, a, b) for k, a, b in ((6, 12, 200), (9, 200, 10)))


def reach(share: NDArray, rows: NDArray) -> NDArray:
    """Half the width of Wilson's interval."""
    z = 1.96
    return z / (1 + z**2 / rows) * np.sqrt(share * (1 - share) / rows + z**2 / 4 / rows**2)


def test_the_week_and_the_means() -> None:
    shares = [0.50, 0.60, 0.45, 0.53, 0.56, 0.41, 0.47, 0.56, 0.33, 0.37, 0.36, 0.30]
    found = turn(shares, [0.3] * 12)
    assert found is not None
    assert found.place == 8
    assert (found.before, found.after) == pytest.approx((np.mean(shares[:8]), np.mean(shares[8:])))
    assert turn(shares, [0.0] * 12) == found  # intervals without width say nothing


def test_nothing_is_said_of_few_weeks_or_of_weeks_that_are_alike() -> None:
    assert turn([0.9] * 4 + [0.1] * 5, [0.01] * 9) is None
    assert turn([0.9] * 12, [0.01] * 12) is None
    assert turn([], []) is None


@pytest.mark.parametrize("rows", [EVEN, FEW_FIRST, FEW_LAST], ids=["even", "few first", "few last"])
@pytest.mark.parametrize("drawn", [lambda r: 0.6, lambda r: r.beta(12, 8, WEEKS)], ids=["flat", "weeks differ"])
def test_where_nothing_changes_a_turn_is_seldom_called(
    rows: NDArray, drawn: Callable[[np.random.Generator], float | NDArray]
) -> None:
    random, times = np.random.default_rng(5), 150
    called = 0
    for _ in range(times):
        share = random.binomial(rows, drawn(random)) / rows
        called += turn(share, reach(share, rows)) is not None
    assert called <= 8  # 1.5 % are 2.25 of 150: more than 8 in one of 1,000 runs


def test_weeks_that_rest_on_few_labels_do_not_make_a_turn() -> None:
    shares = np.array([0.50, 0.51, 0.49, 0.50, 0.51, 0.50, 0.49, 0.50, 0.51, 0.20, 0.15, 0.25])
    sure = np.full(12, 0.02)
    assert turn(shares, sure) is not None
    assert turn(shares, np.where(np.arange(12) < 9, 0.02, 0.6)) is None
