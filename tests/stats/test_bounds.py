"""Worst-case bounds against every possible labelling."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.stats.bounds import rate_bounds

small = st.integers(0, 3)


def rates(tp, fp, tn, fn):
    """Return the defined rates of a full confusion."""
    parts = {
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "fpr": (fp, fp + tn),
        "prevalence": (tp + fn, tp + fp + tn + fn),
        "f1": (2 * tp, 2 * tp + fp + fn),
    }
    return {name: part / whole for name, (part, whole) in parts.items() if whole > 0}


@given(small, small, small, small, small, small)
@settings(deadline=None, max_examples=400)
def test_extremes_over_all_labellings(tp, fp, tn, fn, above, below):
    seen: dict[str, list[float]] = {}
    for a, b in product(range(above + 1), range(below + 1)):
        for name, rate in rates(tp + a, fp + above - a, tn + below - b, fn + b).items():
            seen.setdefault(name, []).append(rate)
    for name, (low, high) in rate_bounds(tp, fp, tn, fn, above, below).items():
        if name in seen:
            assert (low, high) == (pytest.approx(min(seen[name])), pytest.approx(max(seen[name])))
        else:
            assert np.isnan([low, high]).all()


def test_without_unlabelled_rows_the_bounds_are_the_rate():
    found = rate_bounds(8, 2, 85, 5, 0, 0)
    assert found["recall"] == (8 / 13, 8 / 13)
    assert found["precision"] == (0.8, 0.8)
    assert found["fpr"] == (2 / 87, 2 / 87)
    assert found["prevalence"] == (0.13, 0.13)
    assert found["f1"] == (16 / 23, 16 / 23)


def test_triage_labels_alone_say_nothing_of_recall():
    """1,500 true alarms and a million rows below without label: recall between .15 % and 100 %."""
    low, high = rate_bounds(1500, 500, 0, 0, 0, 998_000)["recall"]
    assert (low, high) == (1500 / 999_500, 1.0)
