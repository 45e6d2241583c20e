"""Stratified rates against the domain's figures, survey formulas and enumeration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma, hypergeom
from sklearn.metrics import recall_score

from analytics.stats.intervals import ratio
from analytics.stats.weighted import _mid_gamma, stratified_ratio


def audited(missed: int, audit: int, hits: int = 1500, alarms: int = 2000, events: int = 1_000_000):
    """Return numerator, denominator, stratum, totals of recall: alarms in full, a random audit below."""
    label = np.r_[np.arange(alarms) < hits, np.arange(audit) < missed]
    stratum = np.repeat([0, 1], [alarms, audit])
    return label & (stratum == 0), label, stratum, np.array([alarms, events - alarms])


@pytest.mark.parametrize(("audit", "bound"), [(300, 0.13), (1000, 0.33), (3000, 0.60), (10_000, 0.83), (30_000, 0.94)])
def test_clean_audits_prove_only_so_much(audit, bound):
    """No miss leaves one side open; it gets the whole 5 % (one-sided 95 %, or level .9 by halves)."""
    found = stratified_ratio(*audited(0, audit))
    assert (found.value, found.high) == (1.0, 1.0)
    assert round(found.low, 2) == bound
    # By hand: misses ≤ 998,000 (1 − .05^(1/m)).
    assert found.low == pytest.approx(1500 / (1500 + 998_000 * (1 - 0.05 ** (1 / audit))), abs=1e-12)


def test_thirty_thousand_clean_audits_of_a_big_bank_prove_46_percent():
    found = stratified_ratio(*audited(0, 30_000, hits=76_500, alarms=100_000, events=900_000_000))
    assert round(found.low, 2) == 0.46


def test_misses_in_an_audit_have_the_mid_p_poisson_interval():
    """Five misses in 10,000 of 998,000: the known 1,500 hits against a mid-p Poisson count of 5."""
    found = stratified_ratio(*audited(5, 10_000))
    scale = 998_000 / 10_000
    assert found.value == pytest.approx(1500 / (1500 + 5 * scale))
    grid = np.linspace(0.01, 30, 300_000)
    mixed = (gamma.cdf(grid, 5) + gamma.cdf(grid, 6)) / 2
    few, many = (grid[np.searchsorted(mixed, chance)] * scale for chance in (0.025, 0.975))
    assert found.low == pytest.approx(1500 / (1500 + many), rel=0.003)
    assert found.high == pytest.approx(1500 / (1500 + few), rel=0.003)


@pytest.mark.parametrize("missed", [5, 20, 60, 100, 400])
def test_hit_rate_of_an_audit_over_all_its_outcomes(missed):
    """Recall in 200,000 events, 300 caught, 10,000 audited below: exact hit rate by the hypergeometric law."""
    hit = 0.0
    for k in range(60):
        chance = hypergeom.pmf(k, 199_500, missed, 10_000)
        if chance > 1e-9:
            found = stratified_ratio(*audited(k, 10_000, hits=300, alarms=500, events=200_000))
            hit += chance * (found.low <= 300 / (300 + missed) <= found.high)
    assert 0.92 <= hit <= 0.99


def test_everything_labelled_leaves_no_error():
    rng = np.random.default_rng(1)
    label, flagged = rng.random(400) < 0.4, rng.random(400) < 0.5
    found = stratified_ratio(label & flagged, label, np.zeros(400, dtype=int), np.array([400]))
    assert found[:3] == pytest.approx([recall_score(label, flagged)] * 3)


def test_one_large_simple_sample_agrees_with_ratio():
    rng = np.random.default_rng(2)
    label = rng.random(8000) < 0.4
    hit = label & (rng.random(8000) < 0.7)
    found = stratified_ratio(hit, label, np.zeros(8000, dtype=int), np.array([1e12]))
    simple = ratio(hit, label)
    np.testing.assert_allclose(found[:3], simple[:3], atol=0.002)
    assert found.n_effective == pytest.approx(simple.n, rel=0.01)


def test_variance_of_a_stratified_mean_is_cochrans():
    """Σ (N_h ÷ N)² (1 − n_h ÷ N_h) s_h² ÷ n_h, Cochran (1977) eq. 5.6."""
    total, size, hits = np.array([1000, 5000, 20_000]), np.array([200, 500, 400]), np.array([80, 100, 40])
    label = np.concatenate([np.arange(n) < k for n, k in zip(size, hits, strict=True)])
    stratum = np.repeat(np.arange(3), size)
    found = stratified_ratio(label, np.ones(len(label)), stratum, total)
    p, share = hits / size, total / total.sum()
    variance = np.sum(share**2 * (1 - size / total) * p * (1 - p) / (size - 1))
    assert found.value == pytest.approx(share @ p)
    assert found.value * (1 - found.value) / found.n_effective == pytest.approx(variance, rel=1e-9)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.1)


def test_cases_widen_the_interval():
    rng = np.random.default_rng(3)
    case = np.repeat(np.arange(100), 20)
    label = (rng.random(100) < 0.3)[case]
    rows, stratum, total = np.ones(2000), np.zeros(2000, dtype=int), np.array([1_000_000])
    apart, together = (stratified_ratio(label, rows, stratum, total, case=c) for c in (None, case))
    assert apart.value == together.value
    assert together.n_cases == 100
    assert together.n_effective == pytest.approx(100, rel=0.1)
    assert together.high - together.low > 4 * (apart.high - apart.low)


def test_a_clean_audit_of_few_cases_counts_cases():
    hit, label, stratum, total = audited(0, 1000)
    case = np.r_[np.arange(2000), 2000 + np.arange(1000) // 10]
    found = stratified_ratio(hit, label, stratum, total, case=case)
    assert found.low == pytest.approx(1500 / (1500 + 998_000 * (1 - 0.05 ** (1 / 100))), rel=1e-9)


def test_rows_that_cannot_hit_narrow_the_upper_end_only():
    hit, label, stratum, total = audited(3, 1000)
    loose = stratified_ratio(hit, label, stratum, total)
    tight = stratified_ratio(hit, label, stratum, total, can_hit=stratum == 0)
    assert (tight.low, tight.value) == (loose.low, loose.value)
    assert tight.high < loose.high


def test_nothing_without_rows_where_events_are():
    hit, label, stratum, total = audited(1, 100)
    found = stratified_ratio(hit, label, stratum, np.append(total, 5000))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.method == "a stratum has events but no labelled row"
    empty = stratified_ratio(hit * 0, label * 0, stratum, total)
    assert np.isnan(empty.value)


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 300)),
        min_size=1,
        max_size=4,
    )
)
@settings(deadline=None)
def test_interval_holds_the_estimate_and_stays_in_bounds(strata):
    parts, total = [], []
    for size, hits, misses, more in strata:
        hits, misses = min(hits, size), min(misses, size - min(hits, size))
        parts.append(np.repeat([2, 1, 0], [hits, misses, size - hits - misses]))
        total.append(size + more)
    rows, stratum = np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(p) for p in parts])
    found = stratified_ratio(rows == 2, rows > 0, stratum, np.array(total))
    if (rows > 0).any():
        assert 0 <= found.low <= found.value <= found.high <= 1
    else:
        assert np.isnan(found.value)
    if (rows > 0).any() and any(more > 0 for *_, more in strata):
        order = np.random.default_rng(0).permutation(len(rows))
        again = stratified_ratio((rows == 2)[order], (rows > 0)[order], stratum[order], np.array(total))
        np.testing.assert_allclose(found[:6], again[:6], rtol=1e-9)


@given(
    st.floats(1e-3, 1e7), st.floats(1e-2, 1e6), st.floats(1e-3, 1e7), st.sampled_from([0.005, 0.025, 0.5, 0.975, 0.995])
)
@settings(max_examples=300, deadline=None)
def test_the_end_of_a_gamma_mixture_is_its_quantile(mean, per_event, jump, chance):
    variances = (mean * per_event, mean * per_event + jump**2)
    found = _mid_gamma(mean, variances[0], jump, chance)
    larger = max(gamma.ppf(chance, m * m / v, scale=v / m) for m, v in zip((mean, mean + jump), variances, strict=True))

    def below(x):
        return np.mean(
            [gamma.cdf(x, m * m / v, scale=v / m) for m, v in zip((mean, mean + jump), variances, strict=True)]
        )

    near = 1e-9 * larger + 1e-300
    assert below(max(found - near, 0)) <= chance + 1e-12
    assert below(found + near) >= chance - 1e-12
