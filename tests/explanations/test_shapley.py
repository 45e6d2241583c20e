"""Shapley values: the axioms, and the two ways against each other."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.explanations import shapley

WORTHS = st.integers(1, 5).flatmap(
    lambda n: arrays(float, 2**n, elements=st.floats(-100, 100, allow_nan=False, width=32))
)


@given(worth=WORTHS)
def test_exact_is_the_mean_over_all_orders(worth: np.ndarray) -> None:
    players = int(np.log2(len(worth)))
    found = shapley.exact(lambda who: worth[who @ (1 << np.arange(players))], players)
    gains = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        at = 0
        for player in order:
            gains[player] += worth[at | 1 << player] - worth[at]
            at |= 1 << player
    np.testing.assert_allclose(found, gains / len(orders), atol=1e-9)
    np.testing.assert_allclose(found.sum(), worth[-1] - worth[0], atol=1e-9)


def test_orders_come_near_as_their_error_says_and_always_add_up() -> None:
    chance, players = np.random.default_rng(3), 7
    pull, pairs = chance.normal(size=players), chance.normal(size=(players, players))

    def worth(who: np.ndarray) -> np.ndarray:
        return np.tanh(who @ pull + np.einsum("ki,ij,kj->k", who, pairs, who))

    def walk(order: np.ndarray) -> np.ndarray:
        who = np.zeros((players + 1, players))
        for i, player in enumerate(order):
            who[i + 1 :, player] = 1
        return worth(who)

    truth = shapley.exact(lambda who: worth(who.astype(float)), players)
    values, errors = shapley.by_orders(walk, players, 400, 60)
    np.testing.assert_allclose(values.sum(), truth.sum(), atol=1e-12)
    assert (np.abs(values - truth) < 4 * errors + 1e-12).all()
    assert errors.max() < 0.05


def test_an_order_and_its_reverse_are_exact_where_no_more_than_two_work_together() -> None:
    chance, players = np.random.default_rng(4), 6
    pull, pairs = chance.normal(size=players), np.triu(chance.normal(size=(players, players)), 1)

    def walk(order: np.ndarray) -> np.ndarray:
        who = np.zeros((players + 1, players))
        for i, player in enumerate(order):
            who[i + 1 :, player] = 1
        return who @ pull + np.einsum("ki,ij,kj->k", who, pairs, who)

    values, errors = shapley.by_orders(walk, players, 4, 60)
    np.testing.assert_allclose(values, pull + (pairs + pairs.T).sum(axis=1) / 2, atol=1e-12)
    np.testing.assert_allclose(errors, 0, atol=1e-12)


def test_no_time_still_tells_an_error() -> None:
    values, errors = shapley.by_orders(lambda order: np.arange(len(order) + 1.0), 3, 1000, 0)
    np.testing.assert_allclose(values, 1)
    np.testing.assert_allclose(errors, 0)
