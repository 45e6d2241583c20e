"""Calibration against scikit-learn and hand values."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from analytics.stats.calibration import brier, ece, equal_mass_bins


def drawn(n=5000, seed=0, power=1.0):
    """Return labels drawn from the score, and the score to the given power (1: calibrated)."""
    rng = np.random.default_rng(seed)
    score = rng.beta(1, 4, n)
    return rng.random(n) < score, score**power, rng.choice([1.0, 8.0], n), rng.integers(0, n // 5, n)


def test_brier_equals_scikit_learn():
    label, score, weight, case = drawn()
    assert brier(label, score).value == pytest.approx(brier_score_loss(label, score), abs=1e-12)
    expected = brier_score_loss(label, score, sample_weight=weight)
    assert brier(label, score, weight, case).value == pytest.approx(expected, abs=1e-12)


def test_brier_interval_has_the_width_of_a_mean():
    label, score, _, _ = drawn()
    error = (label - score) ** 2
    found = brier(label, score)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error.std() / np.sqrt(5000), rel=0.01)


@pytest.mark.parametrize("score", [0.0, 1.0, 0.5])
def test_brier_of_equal_errors_has_a_width(score):
    label = np.zeros(50)
    found = brier(label, np.full(50, score))
    assert found.value == score**2
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high - found.low == pytest.approx(1 - 0.05 ** (1 / 50))


def test_ece_by_hand():
    # Two bins of equal mass: |.5 − .15| and |1 − .85|, half the rows each.
    label, score = np.array([0, 1, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert ece(label, score, bins=2).value == pytest.approx((0.35 + 0.15) / 2)


@pytest.mark.parametrize("bins", [5, 15])
def test_ece_equals_scikit_learns_quantile_curve(bins):
    label, score, _, _ = drawn(bins * 400)
    rate, mean = calibration_curve(label, score, n_bins=bins, strategy="quantile")
    assert ece(label, score, bins=bins).value == pytest.approx(np.abs(rate - mean).mean(), abs=1e-12)


def test_ece_of_a_calibrated_score_may_be_zero_and_of_another_not():
    label, score, weight, case = drawn(20_000)
    for options in ({}, {"weight": weight}, {"case": case}):
        assert ece(label, score, **options).low == 0
    label, score, _, _ = drawn(20_000, power=0.7)
    found = ece(label, score)
    assert found.low > 0.05
    assert found.low < found.value < found.high


def test_ece_above_a_threshold_sees_the_acting_rows_only():
    label, score, weight, case = drawn()
    acts = score >= 0.4
    assert ece(label, score, weight, above=0.4, case=case) == ece(
        label[acts], score[acts], weight[acts], case=case[acts]
    )
    assert ece(label, score, above=0.4).n == acts.sum()


def test_ece_of_repeated_cases_is_less_certain():
    label, score, _, _ = drawn(400, power=0.6)
    rows = np.repeat(np.arange(400), 10)
    apart, together = ece(label[rows], score[rows]), ece(label[rows], score[rows], case=rows)
    assert together.value == apart.value
    assert together.n_cases == 400
    assert together.n_effective == pytest.approx(400, rel=0.05)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def test_equal_scores_share_a_bin():
    score = np.array([0.1, 0.5, 0.5, 0.5, 0.5, 0.9])
    bins = equal_mass_bins(score, None, 3)
    assert len(set(bins[1:5])) == 1
    assert bins[0] < bins[1] < bins[5] or bins[0] == bins[1] < bins[5]


@pytest.mark.parametrize("weighted", [False, True])
def test_bins_have_equal_mass(weighted):
    _, score, weight, _ = drawn(30_000)
    weight = weight if weighted else np.ones(30_000)
    mass = np.bincount(equal_mass_bins(score, weight if weighted else None, 10), weights=weight)
    np.testing.assert_allclose(mass / mass.sum(), 0.1, atol=0.001)


def test_nothing_without_rows():
    empty = np.empty(0)
    assert np.isnan(brier(empty, empty).value)
    assert np.isnan(ece(empty, empty).value)
    assert np.isnan(ece(np.ones(3), np.full(3, 0.2), above=0.5).value)
