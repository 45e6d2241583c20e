"""Share done by a time, the open ones counted: against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from analytics.stats.survival import cumulative_incidence, done_by, time_until

things = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


@given(things)
def test_it_is_one_minus_kaplan_meier(found: list[tuple[int, bool]]) -> None:
    time, done = (np.array(x) for x in zip(*found, strict=True))
    course = cumulative_incidence(time, done)
    if not done.any():
        assert len(course.time) == 0
        return
    theirs = SurvfuncRight(time + 1, done.astype(int))  # statsmodels leaves out what is done at 0
    assert course.time + 1 == pytest.approx(theirs.surv_times)
    assert course.done == pytest.approx(1 - theirs.surv_prob)
    assert (course.low <= course.done + 1e-12).all()
    assert (course.high >= course.done - 1e-12).all()


def test_by_hand() -> None:
    """Five: done after 1 and 3 days, open for 2, 4 and 5. After 3 days 1 − (4/5)(2/3)."""
    course = cumulative_incidence(np.array([1, 2, 3, 4, 5]), np.array([True, False, True, False, False]))
    assert course.done.tolist() == pytest.approx([0.2, 1 - 0.8 * 2 / 3])
    assert course.at_risk.tolist() == [5, 3]
    assert done_by(course, 0.5) == (0, 0, 0)
    assert done_by(course, 2.9)[0] == pytest.approx(0.2)
    assert time_until(course, 0.4) == 3
    assert time_until(course, 0.5) is None


def test_a_row_may_stand_for_many_and_cases_widen_the_interval() -> None:
    time, done, count = np.array([1, 2, 3]), np.array([True, False, True]), np.array([2, 3, 1])
    whole = cumulative_incidence(np.repeat(time, count), np.repeat(done, count))
    short = cumulative_incidence(time, done, count)
    assert short.done == pytest.approx(whole.done)
    assert short.low == pytest.approx(whole.low)
    wide = cumulative_incidence(time, done, count, design=4.0)
    assert wide.low[0] < short.low[0] < short.high[0] < wide.high[0]


def test_greenwoods_interval_on_the_log_log_scale() -> None:
    course = cumulative_incidence(np.arange(1, 11), np.ones(10, dtype=bool))
    open_ = 0.5  # after five of ten
    variance = sum(1 / (n * (n - 1)) for n in range(10, 5, -1))
    half = 1.959964 * np.sqrt(variance) / -np.log(open_)
    ends = (1 - open_ ** np.exp(-half), 1 - open_ ** np.exp(half))
    assert (course.low[4], course.high[4]) == pytest.approx(ends, abs=1e-6)
    assert course.high[-1] == 1
