"""Distances against scipy, hand values and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.drift.distance import ks, psi

COUNTS = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=12).filter(
    lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
)


def test_psi_by_hand() -> None:
    many = 1e9
    by_hand = 0.4 * math.log(0.9 / 0.5) - 0.4 * math.log(0.1 / 0.5)
    assert psi(np.array([0.5, 0.5]) * many, np.array([0.9, 0.1]) * many) == pytest.approx(by_hand, rel=1e-6)


@given(COUNTS)
def test_psi_is_the_symmetric_divergence_of_counts_with_half_a_row_more(pairs: list[tuple[int, int]]) -> None:
    r, c = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    kept = (r + c) > 0
    more = [side[kept] + 0.5 for side in (r, c)]
    independent = stats.entropy(more[0], more[1]) + stats.entropy(more[1], more[0])
    assert psi(r, c) == pytest.approx(float(independent), abs=1e-9)
    assert psi(r, c) == pytest.approx(psi(c, r), abs=1e-12)
    assert math.isfinite(psi(r, c))


@given(COUNTS, st.floats(1.5, 1000))
def test_psi_takes_rows_that_stand_for_many_events_as_rows(pairs: list[tuple[int, int]], weight: float) -> None:
    r, c = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    rows = (int(r.sum()), int(c.sum()))
    assert psi(r * weight, c * weight, rows) == pytest.approx(psi(r, c), abs=1e-9)


@given(
    st.lists(st.integers(-20, 20), min_size=3, max_size=60),
    st.lists(st.integers(-20, 20), min_size=3, max_size=60),
    st.lists(st.integers(-20, 20), max_size=8, unique=True),
)
def test_ks_bounds_hold_the_distance_of_the_values_themselves(a: list[int], b: list[int], edges: list[int]) -> None:
    inner = np.sort(np.array(edges, dtype=float))
    counts = [np.bincount(np.searchsorted(inner, side), minlength=len(inner) + 1).astype(float) for side in (a, b)]
    low, high = ks(counts[0], counts[1])
    exact = stats.ks_2samp(a, b, method="asymp").statistic
    assert low - 1e-12 <= exact <= high + 1e-12


def test_ks_of_finer_bins_is_the_distance() -> None:
    chance = np.random.default_rng(2)
    a, b = np.round(chance.normal(size=400), 2), np.round(chance.normal(0.3, 1, 300), 2)
    every = np.unique(np.concatenate([a, b]))
    counts = [np.bincount(np.searchsorted(every, side), minlength=len(every) + 1).astype(float) for side in (a, b)]
    assert ks(counts[0], counts[1])[0] == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)


def test_nothing_on_a_side_is_no_distance() -> None:
    assert math.isnan(psi(np.zeros(3), np.ones(3)))
    assert all(map(math.isnan, ks(np.ones(3), np.zeros(3))))
