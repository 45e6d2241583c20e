"""Shapley values of games of some players: exactly over all coalitions, or by orders in which players join.

A player is a feature that takes the explained row's value when it joins, and one of a background's before that. The
value of a coalition is the mean of the model's output over the background. Values add up to the value of all players
less that of none: exactly in both ways, since each order gives away the whole difference.

References
----------
Shapley (1953), A value for n-person games. Mitchell, Cooper, Frank & Holmes (2022), Sampling permutations for Shapley
value estimation: an order and its reverse, taken together, vary less.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from time import perf_counter

import numpy as np

MOST_EXACT = 12
"""Players; 4,096 coalitions."""
_LEAST_PAIRS = 4
"""Of orders, so that a standard error can be told."""


def exact(game: Callable[[np.ndarray], np.ndarray], players: int) -> np.ndarray:
    """Return the Shapley values over all coalitions.

    Parameters
    ----------
    game
        Gives the value of each coalition: coalitions × players (bool) to numbers.
    players
        At most MOST_EXACT.

    Examples
    --------
    Two players who are worth something only together share it:

    >>> exact(lambda who: who.all(axis=1).astype(float), 2)
    array([0.5, 0.5])
    """
    who = every(players)
    value = game(who)
    size = who.sum(axis=1)
    found = np.zeros(players)
    for player in range(players):
        without = np.flatnonzero(~who[:, player])
        weight = np.array([1 / (players * comb(players - 1, k)) for k in range(players)])[size[without]]
        found[player] = weight @ (value[without + (1 << player)] - value[without])
    return found


def every(players: int) -> np.ndarray:
    """Return all coalitions, in the order in which a game is asked of them: 2 ** players × players (bool)."""
    return (np.arange(2**players)[:, None] >> np.arange(players)) & 1 == 1


def by_orders(
    walk: Callable[[np.ndarray], np.ndarray], players: int, pairs: int, limit_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Shapley values estimated from random orders and their reverses, and their standard errors.

    Parameters
    ----------
    walk
        Gives the values of the growing coalition when players join in an order: players to players + 1 numbers.
    players
        At least one.
    pairs
        Of orders; the same ones every time.
    limit_s
        Seconds after which no further pair is begun, _LEAST_PAIRS at least.
    """
    chance, until = np.random.default_rng(0), perf_counter() + limit_s
    gains: list[np.ndarray] = []
    while len(gains) < pairs and (len(gains) < _LEAST_PAIRS or perf_counter() < until):
        order = chance.permutation(players)
        gain = np.empty((2, players))
        for i, way in enumerate((order, order[::-1])):
            gain[i, way] = np.diff(walk(way))
        gains.append(gain.mean(axis=0))
    told = np.stack(gains)
    return told.mean(axis=0), told.std(axis=0, ddof=1) / np.sqrt(len(told))
