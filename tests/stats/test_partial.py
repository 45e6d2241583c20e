"""The partial area under the ROC curve against scikit-learn, its parent the whole area, and resampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from analytics.stats.curves import auc
from analytics.stats.partial import partial_auc, partial_auc_value, standardised
from analytics.stats.ranking import rank


def simulated(n=3000, seed=0, digits=2, shift=1.5):
    """Return label, score (with ties), weight and case."""
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.2
    score = np.round(1 / (1 + np.exp(-rng.normal(shift * label, 1))), digits)
    return label, score, rng.choice([0.5, 1.0, 20.0], n), rng.integers(0, n // 10, n)


rows = st.integers(4, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(bool, n),
        hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.006012, 0.25, 0.5, 0.75, 0.998954, 1.0])),
        hnp.arrays(float, n, elements=st.floats(0.01, 100)),
        hnp.arrays(int, n, elements=st.integers(0, 8)),
    )
)


@given(rows, st.booleans(), st.sampled_from([0.1, 0.25, 0.5, 0.8]))
@settings(deadline=None)
def test_it_equals_scikit_learn_whatever_the_ties_and_weights(drawn, weighted, max_fpr):
    label, score, weight, case = drawn
    weight = weight if weighted else None
    found = partial_auc(label, score, max_fpr, weight, case)
    if label.all() or not label.any():
        assert found.method == "needs attacks and benign rows"
    elif (~label).sum() < 1 / max_fpr - 1e-9:
        assert found.method == f"needs at least {np.ceil(1 / max_fpr - 1e-9):.0f} benign rows"
    else:
        expected = roc_auc_score(label, score, sample_weight=weight, max_fpr=max_fpr)
        assert found.value == pytest.approx(expected, abs=1e-12)
        assert found.low - 1e-12 <= found.value <= found.high + 1e-12
        assert standardised(0, max_fpr) - 1e-12 <= found.low < found.high <= 1 + 1e-12


@pytest.mark.parametrize("max_fpr", [0.001, 0.01, 0.05, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("digits", [1, 6])
def test_it_equals_scikit_learn_with_many_rows(max_fpr, digits):
    label, score, weight, case = simulated(8_000, digits=digits)
    expected = roc_auc_score(label, score, sample_weight=weight, max_fpr=max_fpr)
    assert partial_auc(label, score, max_fpr, weight, case).value == pytest.approx(expected, abs=1e-12)
    assert partial_auc_value(rank(label, score, weight), max_fpr) == pytest.approx(expected, abs=1e-12)


@given(rows, st.booleans(), st.booleans())
@settings(deadline=None)
def test_up_to_one_it_is_the_whole_area_with_its_interval(drawn, weighted, by_case):
    label, score, weight, case = drawn
    weight, case = weight if weighted else None, case if by_case else None
    mine, whole = partial_auc(label, score, 1.0, weight, case), auc(label, score, weight, case)
    np.testing.assert_allclose(mine[:6], whole[:6], atol=1e-9)


def test_by_hand():
    # Attacks .9, .6, .2; benign .8, .5, .4, .3. Recall is 1/3 up to a rate of 1/4 and 2/3 up to 1/2: the area to
    # 1/2 is (1/3 + 2/3) / 4 = 1/4, chance 1/8, most 1/2: 1/2 (1 + (1/8) / (3/8)) = 2/3.
    label = np.array([1, 1, 1, 0, 0, 0, 0])
    score = np.array([0.9, 0.6, 0.2, 0.8, 0.5, 0.4, 0.3])
    assert partial_auc(label, score, 0.5).value == pytest.approx(2 / 3)


@pytest.mark.parametrize("max_fpr", [0.01, 0.1])
def test_perfect_useless_and_reversed_scores(max_fpr):
    label = np.r_[np.ones(20), np.zeros(500)]
    perfect, reversed_ = partial_auc(label, label, max_fpr), partial_auc(label, -label, max_fpr)
    far = 0.05 ** (1 / 20)  # 20 attacks: all before every benign row has chance ≤ (mean recall)²⁰ = .05
    assert perfect[:3] == pytest.approx((1, standardised(far, max_fpr), 1))
    least = standardised(0, max_fpr)
    assert reversed_[:3] == pytest.approx((least, least, standardised(1 - far, max_fpr)))
    assert partial_auc(label, np.ones(520), max_fpr).value == pytest.approx(0.5)


def test_it_is_no_surer_than_the_benign_rows_above_the_rate_allow():
    # 1,000 attacks before 500 benign rows of different scores: to 1 % five of these carry the area.
    label = np.r_[np.ones(1_000), np.zeros(500)]
    score = np.r_[np.ones(1_000), np.linspace(0.5, 0.1, 500)]
    assert partial_auc(label, score, 0.01).low == pytest.approx(standardised(0.05 ** (1 / 5), 0.01))
    assert partial_auc(label, score, 0.1).low == pytest.approx(standardised(0.05 ** (1 / 50), 0.1))


def test_order_does_not_matter_and_weights_are_copies():
    label, score, _, case = simulated(600)
    rng = np.random.default_rng(2)
    weight, order = rng.integers(1, 4, 600), rng.permutation(600)
    found = partial_auc(label, score, 0.1, weight, case)
    again = partial_auc(label[order], score[order], 0.1, weight[order], case[order])
    np.testing.assert_allclose(found[:6], again[:6], rtol=1e-9)
    copies = np.repeat(np.arange(600), weight)
    assert partial_auc(label[copies], score[copies], 0.1).value == pytest.approx(found.value, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("max_fpr", [0.05, 0.1, 0.4])
@pytest.mark.parametrize("by_case", [False, True])
def test_variance_agrees_with_the_bootstrap(max_fpr, by_case):
    rng = np.random.default_rng(1)
    case = np.arange(3000) if not by_case else np.repeat(np.arange(600), 5)
    label = (rng.random(3000) < 0.2)[case]
    score = rng.normal(1.5 * label, 1) + rng.normal(0, 0.7, 3000)[case]
    found = partial_auc(label, score, max_fpr, case=case if by_case else None)
    taken = np.arange(3000).reshape(-1, 5 if by_case else 1)
    drawn = [taken[rng.integers(0, len(taken), len(taken))].ravel() for _ in range(600)]
    values = np.array([partial_auc_value(rank(label[d], score[d]), max_fpr) for d in drawn])
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(values.std(), rel=0.12)
