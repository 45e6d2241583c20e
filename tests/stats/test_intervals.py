"""Rates against statsmodels, survey formulas and hand values."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score
from statsmodels.stats.proportion import proportion_confint

from analytics.stats.intervals import clopper_pearson, f1, ratio, wilson


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("method", "name"), [(wilson, "wilson"), (clopper_pearson, "beta")])
def test_equals_statsmodels(method, name, level):
    n = np.repeat([1, 2, 7, 50, 1_000_000], 5)
    k = np.floor(n * np.tile([0.0, 0.1, 0.5, 0.97, 1.0], 5))
    low, high = method(k, n, level)
    expected = proportion_confint(k, n, alpha=1 - level, method=name)
    np.testing.assert_allclose(low, np.nan_to_num(expected[0], nan=0.0), atol=1e-12)
    np.testing.assert_allclose(high, np.nan_to_num(expected[1], nan=1.0), atol=1e-12)


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_nothing_from_no_rows(method):
    low, high = method([0, 3], [0, 4])
    assert np.isnan([low[0], high[0]]).all()
    assert 0 < low[1] < high[1] < 1


def test_wilson_by_hand():
    # 9 of 10, z = 1.959964: (.9 + .192073 ± 1.959964 √(.009 + .0096036)) ÷ 1.384146
    low, high = wilson(9, 10)
    assert (round(float(low), 5), round(float(high), 5)) == (0.59585, 0.98212)


def test_zero_misses_needed_for_a_limit():
    """Zero misses prove .95 one-sided from 59 rows, .99 from 299."""
    for n, limit in ((59, 0.95), (299, 0.99), (2995, 0.999)):
        assert clopper_pearson(n, n, level=0.9)[0] >= limit > clopper_pearson(n - 1, n - 1, level=0.9)[0]


def test_ratio_of_independent_rows_is_wilson():
    label = np.array([1, 1, 1, 0, 0, 1, 0])
    flagged = np.array([1, 0, 1, 1, 0, 1, 0])
    found = ratio(flagged & label, label)
    low, high = wilson(3, 4)
    assert found == (0.75, low, high, 4, 4, 4.0, "wilson")


def test_singleton_cases_of_equal_weight_are_the_simple_case():
    hit = np.arange(40) % 5 == 0
    everything = np.ones(40)
    codes = np.arange(40)[::-1] * 7
    assert ratio(hit, everything, np.full(40, 3.0), codes) == ratio(hit, everything)


def test_a_negative_code_is_a_case_of_its_own():
    hit = np.arange(40) % 5 == 0
    apart = np.r_[np.repeat([0, 1], 10), np.arange(2, 22)]
    unnamed = np.r_[np.repeat([0, 1], 10), np.full(20, -1)]
    assert ratio(hit, np.ones(40), case=unnamed) == ratio(hit, np.ones(40), case=apart)
    assert ratio(hit, np.ones(40), case=unnamed).n_cases == 22


def test_many_equal_cases_have_the_variance_of_a_clustered_regression():
    """Cases of equal size, many of them: n_effective is p(1 − p) ÷ the CR variance of statsmodels."""
    rng = np.random.default_rng(3)
    case = np.repeat(np.arange(500), 4)
    hit = rng.random(2000) < rng.beta(2, 2, 500)[case]
    weight = np.repeat(rng.uniform(0.5, 2, 500), 4)
    found = ratio(hit, np.ones(2000), weight, case)
    model = sm.WLS(hit.astype(float), np.ones(2000), weights=weight).fit(cov_type="cluster", cov_kwds={"groups": case})
    assert found.value == pytest.approx(model.params[0], abs=1e-12)
    variance = found.value * (1 - found.value) / found.n_effective
    assert variance == pytest.approx(float(model.bse[0]) ** 2, rel=0.03)
    assert (found.n, found.n_cases) == (2000, 500)


def test_weighted_rows_have_the_variance_of_hc2():
    rng = np.random.default_rng(4)
    hit, weight = rng.random(400) < 0.3, rng.choice([1.0, 5.0], 400)
    found = ratio(hit, np.ones(400), weight)
    model = sm.WLS(hit.astype(float), np.ones(400), weights=weight).fit(cov_type="HC2")
    variance = found.value * (1 - found.value) / found.n_effective
    assert variance == pytest.approx(float(model.bse[0]) ** 2, rel=1e-9)


def test_no_miss_in_many_rows_of_few_cases_counts_cases():
    case = np.repeat(np.arange(220), 186)
    found = ratio(np.ones(len(case)), np.ones(len(case)), case=case)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.n_effective == pytest.approx(220)
    assert found.low == pytest.approx(float(wilson(220, 220, df=219)[0]))
    assert found.low < float(wilson(len(case), len(case))[0]) - 0.01


def test_one_dominating_case_leaves_a_wide_interval():
    case = np.r_[np.zeros(10_000, dtype=int), np.arange(1, 100)]
    hit = np.r_[np.ones(10_000), np.arange(99) % 2]
    found = ratio(hit, np.ones(len(case)), case=case)
    assert found.n_effective < 3
    assert found.low < 0.5


@pytest.mark.parametrize(("p", "alike"), [(0.5, 0.3), (0.9, 0.3), (0.9, 1.0), (0.02, 0.6)])
def test_hit_rate_with_heavy_tailed_campaigns(p, alike):
    """300 campaigns of Pareto(1.3) size: the interval keeps its level, Wilson on rows does not."""
    rng = np.random.default_rng(11)
    hits, naive = 0, 0
    for _ in range(300):
        size = np.ceil(5 * (1 + rng.pareto(1.3, 300))).clip(max=10_000).astype(int)
        own = rng.random(300) < p if alike == 1 else rng.beta(p / alike - p, (1 - p) / alike - 1 + p, 300)
        case = np.repeat(np.arange(300), size)
        hit = rng.random(len(case)) < np.asarray(own, dtype=float)[case]
        found = ratio(hit, np.ones(len(case)), case=case)
        low, high = wilson(hit.sum(), len(case))
        hits += found.low <= p <= found.high
        naive += low <= p <= high
    assert hits / 300 > 0.91
    assert naive / 300 < 0.6


def test_rows_outside_the_denominator_count_for_nothing():
    hit, inside = np.array([1, 0, 1, 0, 0]), np.array([1, 1, 1, 0, 0])
    weight, case = np.array([1.0, 2, 3, 50, 60]), np.array([0, 1, 1, 2, 3])
    found = ratio(hit, inside, weight, case)
    assert found == ratio(hit[:3], inside[:3], weight[:3], case[:3])
    assert (found.value, found.n, found.n_cases) == (pytest.approx(4 / 6), 3, 2)


def test_weight_zero_counts_for_nothing():
    found = ratio(np.array([1, 0, 1]), np.ones(3), np.array([1.0, 1.0, 0.0]))
    assert (found.value, found.n) == (0.5, 2)


def test_nothing_from_an_empty_denominator():
    found = ratio(np.zeros(3), np.zeros(3))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.n == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_f1_equals_scikit_learn(weighted):
    rng = np.random.default_rng(5)
    label, flagged = rng.random(500) < 0.3, rng.random(500) < 0.4
    weight = rng.uniform(0.5, 5, 500) if weighted else None
    found = f1(label, flagged, weight)
    assert found.value == pytest.approx(f1_score(label, flagged, sample_weight=weight), abs=1e-12)
    assert found.n == (label | flagged).sum()


def test_f1_interval_has_the_width_of_the_delta_method():
    """var F1 = (∂F1/∂J)² var J; with 2 tp ÷ (2 tp + fp + fn) the multinomial gives the same."""
    rng = np.random.default_rng(6)
    label = rng.random(20_000) < 0.3
    flagged = np.where(label, rng.random(20_000) < 0.8, rng.random(20_000) < 0.1)
    found = f1(label, flagged)
    tp, errors = int((label & flagged).sum()), int((label ^ flagged).sum())
    variance = 4 * tp * errors * (tp + errors) / (2 * tp + errors) ** 4
    assert found.high - found.low == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=0.002)


rows = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(bool, n),
        hnp.arrays(bool, n),
        hnp.arrays(float, n, elements=st.floats(0.01, 100)),
        hnp.arrays(int, n, elements=st.integers(-1, 8)),
    )
)


@given(rows, st.booleans(), st.booleans())
@settings(deadline=None)
def test_interval_holds_the_estimate_and_stays_in_bounds(drawn, weighted, clustered):
    hit, inside, weight, case = drawn
    found = ratio(hit & inside, inside, weight if weighted else None, case if clustered else None)
    if inside.any():
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high
        assert 1 <= found.n_cases <= found.n == inside.sum()
    else:
        assert np.isnan(found.value)


@given(rows, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_and_names_of_cases_do_not_matter(drawn, random):
    hit, inside, weight, case = drawn
    order = list(range(len(hit)))
    random.shuffle(order)
    renamed = np.where(case < 0, case, (7 - case) * 1_000_003 + 9_000_000)[order]
    found = ratio(hit & inside, inside, weight, case)
    again = ratio((hit & inside)[order], inside[order], weight[order], renamed)
    # Sums in another order: figures of less than a millionth keep fewer digits.
    np.testing.assert_allclose(found[:6], again[:6], rtol=1e-9, atol=1e-14, equal_nan=True)


@given(rows)
@settings(deadline=None)
def test_batches_merge(drawn):
    """The rate of all rows is that of the two halves, weighted by their denominators."""
    hit, inside, weight, _ = drawn
    hit = hit & inside
    half = len(hit) // 2
    total = (weight * inside).sum()
    parts = [
        ratio(hit[part], inside[part], weight[part]).value * (weight * inside)[part].sum()
        for part in (slice(half), slice(half, None))
        if inside[part].any()
    ]
    if total > 0:
        assert ratio(hit, inside, weight).value == pytest.approx(sum(parts) / total)
