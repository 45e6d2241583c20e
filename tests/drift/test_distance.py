"""Distances against scipy, hand values and properties."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import spatial, stats

from analytics.drift.distance import Days, jensen_shannon, ks, psi, psi_by_chance, wasserstein

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


def calendar(first: int, days: int) -> NDArray[np.datetime64]:
    """Days from the first one after 1 August."""
    return np.array([date(2026, 8, 1) + timedelta(first + i) for i in range(days)], dtype="datetime64[D]")


def week(chance: np.random.Generator, days: int, first: int = 0) -> Days:
    """Days whose shares differ by weekday and, beyond that, from day to day."""
    by_weekday = 0.3 * np.random.default_rng(1).normal(size=(7, 10))
    dates = calendar(first, days)
    p = np.exp(by_weekday[(first + np.arange(days)) % 7] + 0.2 * chance.normal(size=(days, 10)))
    events = np.array([chance.multinomial(5000, row / row.sum()) for row in p], dtype=float)
    return Days(dates, events.sum(axis=1), events)


@pytest.mark.parametrize(("reference_days", "current_days"), [(60, 30), (60, 7), (28, 28)])
def test_without_a_change_chance_is_exceeded_about_5_times_of_100(reference_days: int, current_days: int) -> None:
    """The band is three standard errors of 300 runs wide, and a little for what few days cannot tell."""
    beyond = 0
    for seed in range(300):
        chance = np.random.default_rng(seed)
        then, now = week(chance, reference_days), week(chance, current_days, reference_days)
        found = psi(then.events.sum(axis=0), now.events.sum(axis=0), (int(then.rows.sum()), int(now.rows.sum())))
        limit = psi_by_chance(then, now.dates, np.random.default_rng(0))
        assert limit is not None
        beyond += found > limit
    assert 0.01 <= beyond / 300 <= 0.1


def test_a_change_of_every_day_is_beyond_chance_however_little_the_index() -> None:
    chance = np.random.default_rng(4)
    then, now = week(chance, 60), week(chance, 28, 60)
    now.events[:, 0] *= 1.25
    limit = psi_by_chance(then, now.dates, np.random.default_rng(0))
    found = psi(then.events.sum(axis=0), now.events.sum(axis=0), (300_000, 140_000))
    assert limit is not None
    assert limit < found < 0.02


def test_chance_cannot_be_told_from_few_days_or_for_none() -> None:
    days = week(np.random.default_rng(0), 13)
    assert psi_by_chance(days, days.dates, np.random.default_rng(0)) is None
    assert psi_by_chance(week(np.random.default_rng(0), 14), days.dates[:0], np.random.default_rng(0)) is None


def test_days_that_are_all_alike_leave_nothing_to_chance() -> None:
    dates = calendar(0, 30)
    days = Days(dates, np.full(30, 100.0), np.tile([60.0, 40.0, 0.0], (30, 1)))
    assert psi_by_chance(days, dates, np.random.default_rng(0)) == pytest.approx(0, abs=1e-12)


@given(COUNTS)
def test_jensen_shannon_is_scipys(pairs: list[tuple[int, int]]) -> None:
    r, c = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    assert jensen_shannon(r, c) == pytest.approx(spatial.distance.jensenshannon(r, c, 2), abs=1e-7)
    assert jensen_shannon(r, r) == pytest.approx(0, abs=1e-7)
    assert math.isnan(jensen_shannon(r, 0 * c))


@pytest.mark.parametrize(("shift", "stretch"), [(0.1, 1.0), (0.4, 1.2), (0.0, 2.0), (3.0, 1.0), (-1.5, 0.5)])
def test_wasserstein_is_near_to_that_of_all_values(shift: float, stretch: float) -> None:
    """Within a sixth: the outer bins are wide, and their rows are taken to lie evenly in them."""
    chance = np.random.default_rng(6)
    then, now = chance.normal(size=50_000), shift + stretch * chance.normal(size=50_000)
    inner = np.unique([then.min(), *np.quantile(then, np.arange(1, 50) / 50), then.max()])
    counts = [np.bincount(np.searchsorted(inner, v), minlength=len(inner) + 1).astype(float) for v in (then, now)]
    width = np.quantile(then, 0.9) - np.quantile(then, 0.1)
    exact = stats.wasserstein_distance(then, now) / width
    assert wasserstein(inner, *counts) == pytest.approx(exact, rel=1 / 6)


def test_wasserstein_by_hand() -> None:
    inner = np.array([0.0, 1.0, 2.0])
    even, late = np.array([0.0, 5.0, 5.0, 0.0]), np.array([0.0, 0.0, 10.0, 0.0])
    # The gap rises from 0 to a half and falls again: half of the range of 2, its middle 80 % are 1.6 wide.
    assert wasserstein(inner, even, late) == pytest.approx(0.5 / 1.6)
    assert wasserstein(inner, even, even) == 0
    assert math.isnan(wasserstein(inner, 0 * even, even))
    assert math.isnan(wasserstein(np.array([1.0]), np.array([3.0, 0.0]), np.array([0.0, 3.0])))


@pytest.mark.parametrize("seed", range(3))
def test_wasserstein_is_scipys_of_the_binned_rows(seed: int) -> None:
    """Rows spread evenly inside each bin, those beyond the outer edges on them: 500 points a bin stand for them."""
    chance = np.random.default_rng(seed)
    inner = np.sort(chance.normal(size=12))
    then, now = chance.integers(0, 900, (2, 13)).astype(float)
    spots = [
        np.full(500, inner[0]),
        *(np.linspace(a, b, 1001)[1::2] for a, b in pairwise(inner)),
        np.full(500, inner[-1]),
    ]
    points = np.concatenate(spots)
    exact = stats.wasserstein_distance(points, points, np.repeat(then, 500), np.repeat(now, 500))
    low, high = np.interp([0.1, 0.9], np.cumsum(then)[:-1] / then.sum(), inner)
    assert wasserstein(inner, then, now) == pytest.approx(exact / (high - low), rel=1e-4)


def test_wasserstein_of_a_column_that_is_mostly_one_value_has_no_unit() -> None:
    inner = np.array([np.nextafter(0.0, -1.0), 0.0, 1.0, 5e4])
    assert math.isnan(wasserstein(inner, np.array([0.0, 99, 1, 0, 0]), np.array([0.0, 90, 9, 1, 0])))


def test_a_day_of_very_many_rows_does_not_turn_chance_round() -> None:
    """Events that were only counted count as rows: three days of millions beside days of hundreds."""
    dates = calendar(0, 90)
    chance = np.random.default_rng(8)
    events = np.column_stack([1e6 + 1e4 * chance.normal(size=90), np.full(90, 50.0)])
    rows = np.where(np.arange(90) % 30 == 5, 2e7, 300.0)
    limit = psi_by_chance(Days(dates, rows, events), calendar(90, 7), np.random.default_rng(0))
    assert limit is not None and 0 < limit < 0.01


def test_days_that_are_mostly_empty_tell_nothing_of_chance() -> None:
    dates = calendar(0, 30)
    events = np.zeros((30, 3))
    events[4] = 7.0
    rows = np.full(30, 1.0)
    assert psi_by_chance(Days(dates, rows, events), dates[:2], np.random.default_rng(0)) is None
    events[:, 1] = 2.0
    assert psi_by_chance(Days(dates, rows, events), dates[:2], np.random.default_rng(0)) is not None
