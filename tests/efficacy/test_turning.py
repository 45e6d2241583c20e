"""Where a weekly share turned: found where it did, seldom where it did not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.efficacy.turning import step, turn, turn_at

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


def test_at_a_week_that_something_else_named_fewer_weeks_tell() -> None:
    shares = [0.55, 0.57, 0.59, 0.53, 0.58, 0.57, 0.59, 0.59, 0.52, 0.59, 0.35, 0.40]
    reaches = [0.3] * 12
    assert turn(shares, reaches) is None  # of two weeks no search can tell
    found = turn_at(shares, reaches, 10)
    assert found is not None
    assert (found.before, found.after) == pytest.approx((np.mean(shares[:10]), 0.375))
    # The two lowest of 12 weeks come last in 1 of 66 orders; of 5 in 1 of 10, which is not beyond chance.
    assert turn_at(shares[7:], reaches[7:], 3) is None
    assert turn_at(shares, reaches, 6) is None
    assert turn_at(shares, reaches, 11) is None
    assert turn_at([], [], 0) is None
    assert turn_at([0.5] * 12, reaches, 6) is None


def test_at_a_named_week_a_turn_is_called_in_one_of_twenty_where_nothing_changes() -> None:
    random = np.random.default_rng(8)
    called = 0
    for _ in range(150):
        share = random.binomial(100, 0.6, WEEKS) / 100
        called += turn_at(share, reach(share, EVEN), 9) is not None
    assert called <= 16  # 5 % are 7.5 of 150: more than 16 in one of 500 runs


def test_intervals_that_part_at_one_place_tell_it() -> None:
    shares = np.array([0.41, 0.43, 0.42, 0.92, 0.88])
    found = step(shares, shares - 0.05, shares + 0.05)
    assert found is not None
    assert (found.place, found.before, found.after) == (3, pytest.approx(0.42), pytest.approx(0.9))
    fell = step(1 - shares, 0.95 - shares, 1.05 - shares)
    assert fell is not None and fell.place == 3
    assert step(shares, shares - 0.3, shares + 0.3) is None  # none
    rising = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    assert step(rising, rising - 0.01, rising + 0.01) is None  # several
    assert step(shares[2:], shares[2:] - 0.05, shares[2:] + 0.05) is None  # one week is no part
    assert step([], [], []) is None
