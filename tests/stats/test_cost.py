"""Costs by hand and by brute force over thresholds."""

import numpy as np
import pytest

from analytics.stats.cost import cost_curve, expected_cost


def test_expected_cost_by_hand():
    # 5 missed at 100, 2 false alarms at 10, 10 alarms at 1, of 100 events.
    assert expected_cost(8, 2, 85, 5, 100, 10, 1) == (500 + 20 + 10) / 100
    assert np.isnan(expected_cost(0, 0, 0, 0, 1, 1))
    np.testing.assert_allclose(expected_cost([8, 0], [2, 0], 85, [5, 13], 1, 1), [7 / 100, 13 / 98])


def simulated(n=800, seed=0, digits=2):
    """Return label, score, weight and case."""
    rng = np.random.default_rng(seed)
    case = rng.integers(0, n // 8, n)
    label = rng.random(n) < 0.3
    score = np.round(1 / (1 + np.exp(-rng.normal(2.0 * label - 1, 1))), digits)
    return label, score, rng.choice([1.0, 4.0], n), case


def test_curve_is_the_cost_at_each_threshold():
    label, score, weight, _ = simulated()
    found = cost_curve(label, score, weight, 5, 1, 0.2)
    costs = []
    for threshold in found.threshold:
        flagged = score >= threshold
        missed = weight @ (label & ~flagged) * 5
        costs.append((missed + weight @ (~label & flagged) + 0.2 * weight @ flagged) / weight.sum())
    np.testing.assert_allclose(found.cost, costs)
    assert found.threshold[0] == np.inf
    assert len(found.threshold) == len(np.unique(score)) + 1
    assert found.best == int(np.argmin(costs))
    assert found.near_best[found.best]


def test_the_optimum_is_kept_among_few_points():
    label, score, weight, _ = simulated(5000, digits=9)
    full = cost_curve(label, score, weight, 5, 1, most=10_000)
    few = cost_curve(label, score, weight, 5, 1, most=30)
    assert len(few.threshold) <= 30
    assert few.threshold[few.best] == full.threshold[full.best]
    assert few.cost[few.best] == full.cost.min()


@pytest.mark.parametrize("by_case", [False, True])
@pytest.mark.parametrize("most", [400, 25])
def test_near_best_is_the_paired_difference(by_case, most):
    """Rows (or cases) summed by hand: |difference to the optimum| within 1.96 standard deviations."""
    label, score, weight, case = simulated()
    found = cost_curve(label, score, weight, 3, 1, 0.1, case=case if by_case else None, most=most)
    cell = weight * np.where(label, 0.1 - 3, 1.1) / weight.sum()
    best = score >= found.threshold[found.best]
    expected = []
    for threshold, cost in zip(found.threshold, found.cost, strict=True):
        change = cell * ((score >= threshold).astype(int) - best.astype(int))
        parts = np.bincount(case, weights=change) if by_case else change
        expected.append(cost - found.cost[found.best] <= 1.959964 * np.sqrt(np.sum(parts**2)))
    np.testing.assert_array_equal(found.near_best, expected)
    assert 1 < found.near_best.sum() < len(found.near_best)


def test_nothing_without_rows():
    found = cost_curve(np.empty(0), np.empty(0))
    assert (len(found.threshold), found.best) == (0, -1)
