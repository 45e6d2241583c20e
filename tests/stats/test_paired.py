"""Paired comparisons against statsmodels, published examples and simulation by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from analytics.stats.paired import mcnemar, paired_difference, recall_ratio


@pytest.mark.parametrize(("b", "c"), [(0, 0), (5, 15), (15, 5), (7, 7), (0, 1), (3, 400), (408, 410)])
def test_exact_mcnemar_equals_statsmodels(b, c):
    expected = statsmodels_mcnemar([[50, b], [c, 50]], exact=True).pvalue if b + c else 1.0
    assert mcnemar(b, c, mid_p=False) == pytest.approx(expected, abs=1e-12)


def test_mid_p_takes_off_half_of_the_observed_twice():
    # Fagerland et al. (2013), table 2: b = 1, c = 7 → exact .070, mid-p .039.
    assert mcnemar(1, 7, mid_p=False) == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar(1, 7) == pytest.approx(0.0391, abs=5e-5)
    assert mcnemar(5, 15) == pytest.approx(2 * binom.cdf(5, 20, 0.5) - binom.pmf(5, 20, 0.5))


def test_mcnemar_takes_arrays():
    found = mcnemar([0, 1, 4], [0, 7, 4])
    np.testing.assert_allclose(found, [1.0, 0.0390625, 1.0])


def rows(both, only_a, only_b, neither):
    """Return two detectors' answers with the given counts."""
    a = np.repeat([1, 1, 0, 0], [both, only_a, only_b, neither])
    return a, np.repeat([1, 0, 1, 0], [both, only_a, only_b, neither])


def test_paired_difference_by_hand():
    # Bonett and Price: p̃₁₂ = 8/23, p̃₂₁ = 2/23 with b = 7, c = 1, n = 21.
    found = paired_difference(*rows(1, 7, 1, 12))
    middle = 6 / 23
    half = 1.959964 * np.sqrt((10 / 23 - middle**2) / 23)
    assert found.value == pytest.approx(6 / 21)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_paired_difference_is_narrower_than_two_separate_rates():
    a, b = rows(800, 30, 20, 150)
    found = paired_difference(a, b)
    separate = np.sqrt(a.mean() * (1 - a.mean()) / 1000 + b.mean() * (1 - b.mean()) / 1000)
    assert found.value == pytest.approx(0.01)
    assert found.high - found.low < separate * 2 * 1.96 * 0.5


def test_copies_in_one_case_add_no_evidence():
    a, b = (np.repeat(x, 6) for x in rows(40, 12, 3, 45))
    case = np.repeat(np.arange(100), 6)
    found, single = paired_difference(a, b, case=case), paired_difference(*rows(40, 12, 3, 45))
    assert (found.n, found.n_cases) == (600, 100)
    assert found.n_effective == pytest.approx(100, rel=0.02)
    assert found.high - found.low == pytest.approx(single.high - single.low, rel=0.03)


def test_agreement_on_all_rows_is_not_certainty():
    a, b = rows(40, 0, 0, 0)
    found = paired_difference(a, b)
    assert found.value == 0
    assert found.high == -found.low == pytest.approx(1.959964 * np.sqrt(2 / 42 / 42), abs=1e-6)
    ratio = recall_ratio(np.ones(40), a, b)
    assert ratio.value == 1
    assert ratio.low * ratio.high == pytest.approx(1)
    assert 0.85 < ratio.low < 0.97


def test_recall_ratio_needs_no_label_below():
    """The unlabelled rest cancels: wrong labels where neither flags change nothing."""
    rng = np.random.default_rng(0)
    label, a, b = rng.random((3, 1000)) < 0.4
    wrong = np.where(a | b, label, ~label)
    assert recall_ratio(label, a, b) == recall_ratio(wrong, a, b)
    assert recall_ratio(label, a, b).value == pytest.approx((label & a).sum() / (label & b).sum())


def test_recall_ratio_has_the_variance_of_the_log_ratio():
    """(b + c) ÷ ((a + b)(a + c)) for counts of found by both, one only (Pepe & Alonzo, matched pairs)."""
    a, b = rows(3000, 600, 400, 5000)
    found = recall_ratio(np.ones(9000), a, b)
    variance = 1000 / (3600 * 3400)
    assert found.value == pytest.approx(36 / 34)
    assert np.log(found.high / found.low) == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.005)
    assert found.n == 4000


def test_recall_ratio_where_one_finds_nothing():
    nothing = recall_ratio(np.ones(30), np.ones(30), np.zeros(30))
    assert np.isnan(nothing.value)
    none_of_a = recall_ratio(np.ones(30), np.zeros(30), np.ones(30))
    assert (none_of_a.value, none_of_a.low) == (0.0, 0.0)
    assert 0 < none_of_a.high < 0.5


pairs = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        hnp.arrays(bool, (3, n)),
        hnp.arrays(float, n, elements=st.floats(0.01, 100)),
        hnp.arrays(int, n, elements=st.integers(-1, 6)),
    )
)


@given(pairs, st.booleans(), st.booleans())
@settings(deadline=None)
def test_intervals_hold_the_estimate(drawn, weighted, clustered):
    (label, a, b), weight, case = drawn
    weight, case = weight if weighted else None, case if clustered else None
    found = paired_difference(a, b, weight, case)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    turned = paired_difference(b, a, weight, case)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-9)
    ratio = recall_ratio(label, a, b, weight, case)
    if (label & b).any():
        assert 0 <= ratio.low <= ratio.value <= ratio.high
        assert ratio.low < ratio.high
    else:
        assert np.isnan(ratio.value)
