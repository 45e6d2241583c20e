"""Which changes are called: the false discovery rate by hand, planted falls, and periods that are alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.overview import changes
from analytics.overview.results import Change
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.differences import Difference
from analytics.stats.intervals import wilson

NAN = float("nan")


def change(p: float, measure: Any = "precision", value: float = -0.2, service: str = "a") -> Change:
    """A comparison of that probability and size."""
    return Change(service, Scope(), measure, 0.9, 0.7, Difference(value, value, value, p), NAN, worse=True)


def share(k: int, n: int) -> Estimate:
    """k of n with Wilson's interval."""
    low, high = wilson(k, n)
    return Estimate(k / n, float(low), float(high), n)


def test_the_false_discovery_rate_is_held_over_all_that_was_compared() -> None:
    """By hand, of five: q is .005 for .001, .05 for .02 (2 of 5), .067 for .04 (3 of 5), so the third is not told."""
    compared = [change(p, service=s) for p, s in ((0.04, "c"), (0.001, "a"), (0.9, "d"), (0.02, "b"), (0.5, "e"))]
    found = changes.called(compared)
    assert [(c.service, c.q) for c in found] == [("a", pytest.approx(0.005)), ("b", pytest.approx(0.05))]
    assert [c.service for c in changes.called(compared[:2])] == ["a", "c"]  # of two: .04 is .04


def test_small_changes_are_not_told_and_count_as_compared_all_the_same() -> None:
    small = [change(0.001, value=0.019), change(0.001, "acted", 1.2), change(0.001, "checked", 0.81)]
    assert changes.called(small) == []
    large = [change(0.001, value=0.021), change(0.001, "acted", 1.26), change(0.001, "missed", 0.79)]
    assert len(changes.called(large)) == 3
    alone, beside = change(0.03), change(0.9, value=0.001)
    assert changes.called([alone]) != []
    assert changes.called([alone, beside]) == []  # .03 of two is .06


def test_nothing_compared_is_nothing_called() -> None:
    assert changes.called([]) == []


def test_a_planted_fall_is_found_and_is_for_the_worse() -> None:
    (fall,) = changes.shares("DNS", Scope(), "precision", share(140, 200), share(720, 800))
    assert (fall.before, fall.after, fall.worse) == (0.9, 0.7, True)
    assert changes.called([fall]) != []
    (rise,) = changes.shares("DNS", Scope(), "precision", share(180, 200), share(560, 800))
    assert not rise.worse


def periods(later: Any, earlier: Any) -> tuple[pd.Series, pd.Series]:
    """Return the counts of days that follow each other, the last one a Sunday."""
    value = np.concatenate([earlier, later]).astype(float)
    days = pd.Series(value, pd.date_range(end="2026-11-22", periods=len(value)))
    return days[len(earlier) :], days[: len(earlier)]


def test_no_figure_is_no_comparison() -> None:
    none = Estimate(None, 0.2, 0.8, 10)
    assert changes.shares("DNS", Scope(), "recall", none, share(9, 10)) == []
    assert changes.shares("DNS", Scope(), "recall", share(9, 10), none) == []
    assert changes.volumes("DNS", Scope(), "acted", *periods([5.0], [5.0, 6.0])) == []


@pytest.mark.parametrize(
    ("measure", "times", "worse"),
    [("acted", 2, True), ("acted", 0.5, False), ("missed", 2, True), ("checked", 2, False), ("checked", 0.5, False)],
)
def test_more_alarms_and_more_misses_are_for_the_worse(measure: Any, times: float, worse: bool) -> None:
    rng = np.random.default_rng(0)
    (found,) = changes.volumes("DNS", Scope(), measure, *periods(rng.poisson(500 * times, 7), rng.poisson(500, 28)))
    assert found.worse is worse
    assert found.difference.value == pytest.approx(times, rel=0.05)
    assert found.after / found.before == pytest.approx(times, rel=0.05)
    assert changes.called([found]) != []


def test_alike_periods_are_rarely_called_apart() -> None:
    """Six services, four comparisons each, 200 times. Measured: something is called in 2 of 100."""
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(200):
        compared = []
        for s in map(str, range(6)):
            for p in (0.6, 0.9):
                compared += changes.shares(
                    s, Scope(), "precision", share(rng.binomial(200, p), 200), share(rng.binomial(800, p), 800)
                )
            for mean in (300, 5000):
                day = mean * np.exp(rng.normal(0, 0.1, 35))
                compared += changes.volumes(s, Scope(), "acted", *periods(rng.poisson(day[:7]), rng.poisson(day[7:])))
        called += bool(changes.called(compared))
    assert called <= 10


def test_days_without_labels_since_the_last_review_say_not_when_a_change_began() -> None:
    value = np.r_[np.full(14, 9.0), np.full(14, 5.0), np.zeros(7)]
    value[::5] += 1
    silent = np.arange(35) >= 28
    value[silent] = 0
    days = pd.DataFrame({"day": pd.date_range("2026-10-01", periods=35), "value": value, "later": silent})
    told = days.set_index("day")["value"]
    (found,) = changes.volumes("DNS", Scope(), "missed", told[silent], told[~silent])
    begun = changes.begun(replace(found, days=days.assign(silent=silent)))
    assert (begun.after, begun.began) == (0.0, None)


def test_what_weekdays_differ_by_is_no_change() -> None:
    """Half as busy on weekends: a weekend, and weeks cut anywhere, against the weeks before."""
    rng = np.random.default_rng(7)
    busy = np.tile([1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5], 5)
    for n in (2, 5, 10, 17):
        found = []
        for _ in range(200):
            day = 1000 * busy * np.exp(rng.normal(0, 0.1, 35))
            (change,) = changes.volumes("Guard", Scope(), "acted", *periods(day[-n:], day[-n - 18 : -n]))
            found.append(change)
        assert np.mean([c.difference.p < 0.05 for c in found]) < 0.1
        # What is told is told of the same weekdays.
        assert np.mean([c.before / c.after for c in found]) == pytest.approx(1, abs=0.03)


def test_a_rise_on_days_of_one_kind_is_told_against_days_of_this_kind() -> None:
    busy = np.tile([1200.0, 1210, 1190, 1200, 1205, 500, 490], 5)
    (found,) = changes.volumes("Guard", Scope(), "acted", *periods(busy[-2:] * 1.4, busy[:-2]))
    assert found.before == pytest.approx(495)
    assert found.difference.value == pytest.approx(1.4, rel=0.01)
    assert found.worse
    assert changes.called([found]) != []
