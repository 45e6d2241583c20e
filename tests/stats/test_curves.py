"""Areas, points and recall at fixed FPR against scikit-learn, DeLong by hand and resampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import norm
from scipy.stats import t as student
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from analytics.stats.curves import (
    auc,
    average_precision,
    pr_points,
    recall_at_fpr,
    roc_points,
)
from analytics.stats.intervals import ratio


def simulated(n=3000, seed=0, digits=2, shift=1.5):
    """Return label, score (with ties), weight and case."""
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.2
    score = np.round(1 / (1 + np.exp(-rng.normal(shift * label, 1))), digits)
    return label, score, rng.choice([0.5, 1.0, 20.0], n), rng.integers(0, n // 10, n)


pairs = st.integers(2, 50).flatmap(
    lambda n: st.tuples(
        hnp.arrays(bool, n),
        hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.006012, 0.25, 0.5, 0.998954, 0.999998, 1.0])),
        hnp.arrays(float, n, elements=st.floats(0.01, 100)),
        hnp.arrays(int, n, elements=st.integers(0, 8)),
    )
)


@given(pairs, st.booleans())
@settings(deadline=None)
def test_areas_equal_scikit_learn(drawn, weighted):
    label, score, weight, case = drawn
    weight = weight if weighted else None
    for measure, expected in ((auc, roc_auc_score), (average_precision, average_precision_score)):
        found = measure(label, score, weight, case)
        if label.all() or not label.any():
            assert np.isnan(found.value)
            assert found.method == "needs attacks and benign rows"
        else:
            assert found.value == pytest.approx(expected(label, score, sample_weight=weight), abs=1e-12)
            assert 0 <= found.low <= found.value <= found.high <= 1
            assert found.low < found.high


@pytest.mark.parametrize("digits", [1, 2, 9])
def test_areas_equal_scikit_learn_with_many_rows(digits):
    label, score, weight, case = simulated(20_000, digits=digits)
    assert auc(label, score, weight, case).value == pytest.approx(
        roc_auc_score(label, score, sample_weight=weight), abs=1e-12
    )
    assert average_precision(label, score, weight, case).value == pytest.approx(
        average_precision_score(label, score, sample_weight=weight), abs=1e-12
    )


def test_auc_by_hand():
    # Attacks .8, .4; benign .4, .1: of four pairs three won and one tied.
    assert auc(np.array([1, 1, 0, 0]), np.array([0.8, 0.4, 0.4, 0.1])).value == 3.5 / 4


def test_auc_variance_is_delong():
    label, score, _, _ = simulated(400)
    attacks, benign = score[label], score[~label]
    wins = (attacks[:, None] > benign) + 0.5 * (attacks[:, None] == benign)
    variance = wins.mean(1).var(ddof=1) / len(attacks) + wins.mean(0).var(ddof=1) / len(benign)
    found = auc(label, score)
    middle = (np.log(found.high / (1 - found.high)) + np.log(found.low / (1 - found.low))) / 2
    half = (np.log(found.high / (1 - found.high)) - np.log(found.low / (1 - found.low))) / 2
    assert middle == pytest.approx(np.log(found.value / (1 - found.value)))
    expected = student.ppf(0.975, len(attacks) - 1) * np.sqrt(variance) / (found.value * (1 - found.value))
    assert half == pytest.approx(expected, rel=1e-9)


def test_auc_by_case_is_obuchowski():
    """Equal cases, each with attacks and benign rows: S₁₀/I₁₀ + S₀₁/I₀₁ + 2 S₁₁ of Obuchowski (1997)."""
    rng = np.random.default_rng(8)
    cases, each = 200, 4
    case, label = np.repeat(np.arange(cases), 2 * each), np.tile([1] * each + [0] * each, cases) == 1
    effect = rng.normal(0, 1, cases)
    score = rng.normal(label * 1.0, 1) + effect[case]
    attacks, benign = score[label], score[~label]
    wins = attacks[:, None] > benign
    area = wins.mean()
    from_attacks = wins.mean(1).reshape(cases, each).sum(1) - each * area
    from_benign = wins.mean(0).reshape(cases, each).sum(1) - each * area
    correction, m = cases / (cases - 1), cases * each
    expected = (
        correction * (from_attacks @ from_attacks + from_benign @ from_benign + 2 * from_attacks @ from_benign) / m**2
    )
    found = auc(label, score, case=case)
    half = np.log(found.high / (1 - found.high)) - np.log(found.value / (1 - found.value))
    assert found.n_cases == cases
    expected = student.ppf(0.975, cases - 1) * np.sqrt(expected) / (area * (1 - area))
    assert half == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("perfect", [True, False])
def test_perfect_separation_has_a_one_sided_interval(perfect):
    label = np.r_[np.ones(20), np.zeros(500)]
    found = auc(label, label if perfect else 1 - label)
    # 20 attacks: all pairs right has chance ≤ AUC²⁰ = .05.
    far = 0.05 ** (1 / 20)
    assert found[:3] == pytest.approx((1.0, far, 1.0) if perfect else (0.0, 0.0, 1 - far))


@pytest.mark.slow
@pytest.mark.parametrize("measure", [auc, average_precision])
@pytest.mark.parametrize("by_case", [False, True])
def test_variance_agrees_with_the_bootstrap(measure, by_case):
    rng = np.random.default_rng(1)
    case = np.arange(3000) if not by_case else np.repeat(np.arange(600), 5)
    label = (rng.random(3000) < 0.2)[case]
    score = rng.normal(1.5 * label, 1) + rng.normal(0, 0.7, 3000)[case]
    found = measure(label, score, case=case if by_case else None)
    rows = np.arange(3000).reshape(-1, 5 if by_case else 1)
    drawn = [rows[rng.integers(0, len(rows), len(rows))].ravel() for _ in range(600)]
    values = np.array([measure(label[d], score[d]).value for d in drawn])
    scale = found.value * (1 - found.value)
    half = (np.log(found.high / (1 - found.high)) - np.log(found.low / (1 - found.low))) / 2
    assert half / 1.96 * scale == pytest.approx(values.std(), rel=0.12)


def test_full_points_equal_scikit_learn():
    label, score, weight, _ = simulated()
    fpr, recall, threshold = roc_curve(label, score, sample_weight=weight, drop_intermediate=False)
    found = roc_points(label, score, weight, most=None)
    for mine, theirs in zip(found, (threshold, fpr, recall), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)
    precision, recall, threshold = precision_recall_curve(label, score, sample_weight=weight)
    found = pr_points(label, score, weight, most=None)
    for mine, theirs in zip(found, (np.r_[threshold, np.inf], recall, precision), strict=True):
        np.testing.assert_allclose(mine, theirs[::-1], atol=1e-12)


@pytest.mark.parametrize("points", [roc_points, pr_points])
@pytest.mark.parametrize("most", [20, 400])
def test_thinned_points_stay_on_the_curve(points, most):
    label, score, weight, _ = simulated(30_000, digits=9)
    full, few = points(label, score, weight, most=None), points(label, score, weight, most=most)
    assert len(few[0]) <= most
    places = np.searchsorted(-full[0], -few[0])
    for whole, kept in zip(full, few, strict=True):
        np.testing.assert_array_equal(whole[places], kept)
        assert (kept[0], kept[-1]) == (whole[0], whole[-1])
    # A dropped point is at most one step of the walked length from the line that is drawn over it.
    after = np.clip(np.searchsorted(places, np.arange(len(full[0])), side="right"), 1, len(places) - 1)
    start, end = (np.column_stack(full[1:])[places[k]] for k in (after - 1, after))
    point, along = np.column_stack(full[1:]), end - start
    share = np.clip(((point - start) * along).sum(1) / np.maximum((along**2).sum(1), 1e-300), 0, 1)
    far = np.hypot(*(point - start - share[:, None] * along).T)
    walked = sum(np.abs(np.diff(whole)).sum() for whole in full[1:])
    assert far.max() <= walked / (most // 2 - 1)


def test_thinning_loses_no_corner_of_a_short_curve():
    label = np.array([1, 1, 1, 0, 0, 0, 1, 0, 0, 0])
    threshold, fpr, recall = roc_points(label, np.linspace(1, 0.1, 10))
    np.testing.assert_allclose(fpr, [0, 0, 0.5, 0.5, 1])
    np.testing.assert_allclose(recall, [0, 0.75, 0.75, 1, 1])
    np.testing.assert_allclose(threshold, [np.inf, 0.8, 0.5, 0.4, 0.1])


@given(pairs, st.sampled_from([0.05, 0.1, 0.3]))
@settings(deadline=None)
def test_recall_at_fpr_is_the_best_of_the_roc_curve(drawn, at):
    label, score, weight, case = drawn
    found = recall_at_fpr(label, score, at, weight, case)
    if not label.any():
        assert found.method == "needs attacks"
    elif (~label).sum() < 1 / at - 1e-9:
        assert np.isnan(found.value)
        assert found.method == f"needs at least {np.ceil(1 / at - 1e-9):.0f} benign rows"
    else:
        fpr, recall, _ = roc_curve(label, score, sample_weight=weight, drop_intermediate=False)
        assert found.value == pytest.approx(recall[fpr <= at * (1 + 1e-12)].max(), abs=1e-12)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.n == label.sum()


@pytest.mark.parametrize(("benign", "told"), [(100, False), (367, False), (368, True), (1000, True)])
def test_recall_at_fpr_has_no_lower_end_where_no_benign_row_need_lie_above_the_threshold(benign, told):
    assert (0.99**benign <= 0.025) == told  # the binomial's chance of none above a threshold at 1 %
    label = np.r_[np.ones(200, bool), np.zeros(benign, bool)]
    score = np.r_[np.linspace(0.5, 1.5, 200), np.linspace(0, 1, benign)]
    assert (recall_at_fpr(label, score, 0.01).low > 0.1) == told


@pytest.mark.slow
@pytest.mark.parametrize("benign", [100, 150, 200, 300])
def test_recall_at_fpr_holds_with_few_benign_rows_above_the_threshold(benign):
    rng, times = np.random.default_rng(benign), 600
    truth = norm.sf(norm.isf(0.01) - 2)
    label = np.r_[np.ones(200, bool), np.zeros(benign, bool)]
    ends = [recall_at_fpr(label, rng.normal(2.0 * label), 0.01) for _ in range(times)]
    assert sum(e.low <= truth <= e.high for e in ends) / times > 0.94


def test_recall_at_fpr_is_less_certain_than_recall_at_a_given_threshold():
    label, score, _, _ = simulated(2000, digits=9)
    found = recall_at_fpr(label, score, 0.02)
    fpr, _, threshold = roc_curve(label, score)
    cut = threshold[np.flatnonzero(fpr <= 0.02)[-1]]
    fixed = ratio(label & (score >= cut), label)
    assert found.value == fixed.value
    assert found.low < fixed.low < fixed.high < found.high


@pytest.mark.parametrize("measure", [auc, average_precision, lambda *a: recall_at_fpr(a[0], a[1], 0.1, *a[2:])])
def test_order_does_not_matter_and_weights_are_copies(measure):
    label, score, _, case = simulated(600)
    weight = np.random.default_rng(2).integers(1, 4, 600)
    order = np.random.default_rng(3).permutation(600)
    found = measure(label, score, weight, case)
    again = measure(label[order], score[order], weight[order], case[order])
    np.testing.assert_allclose(found[:6], again[:6], rtol=1e-9)
    copies = np.repeat(np.arange(600), weight)
    assert measure(label[copies], score[copies]).value == pytest.approx(found.value, abs=1e-12)
