"""Days on which a slice has far more of the alarms: found where they are, and not where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.overview import episodes
from analytics.overview.episodes import Episode

DAYS = 90


def found(mine: np.ndarray, others: np.ndarray, events: np.ndarray | None = None) -> list[Episode]:
    """The episodes of one slice; each row stands for itself unless told otherwise."""
    rows, rest = (np.asarray(x, dtype=float) for x in (mine, others))
    return episodes.episodes(rows, rest, rows if events is None else events)


def steady(share: float = 20, rest: float = 80) -> tuple[np.ndarray, np.ndarray]:
    """A slice with so many alarms a day, and so many of the rest."""
    return np.full(DAYS, float(share)), np.full(DAYS, float(rest))


@pytest.mark.parametrize(("first", "end"), [(40, 54), (40, 43), (75, 90), (7, 20)])
def test_days_with_three_times_the_alarms_are_found_to_the_day(first: int, end: int) -> None:
    mine, others = steady()
    mine[first:end] *= 3
    (episode,) = found(mine, others)
    assert (episode.first, episode.end) == (first, end)
    assert episode.usual[first] == pytest.approx(20, rel=0.02)


def test_distance_by_hand() -> None:
    """The log odds of 600 of 1,400 against 280 of 1,400 on either side, days that do not differ."""
    mine, others = steady()
    mine[40:50] *= 3
    (episode,) = found(mine, others)
    level = np.log(600.5 / 800.5) - np.log(280.5 / 1120.5)
    error = np.sqrt(1 / 600.5 + 1 / 800.5 + 1 / 280.5 + 1 / 1120.5)
    assert episode.far == pytest.approx(level / error)


def test_what_moves_all_alarms_moves_nothing_here() -> None:
    mine, others = steady()
    day = np.where(np.arange(DAYS) % 7 < 5, 1.3, 0.5)
    day[40:54] *= 5
    assert found(mine * day, others * day) == []


def test_what_is_usual_again_behind_an_episode_of_another_slice_is_none() -> None:
    mine, others = steady()
    others[20:34] *= 4
    assert found(mine, others) == []


@pytest.mark.parametrize("stopped", [slice(40, 47), slice(0, 40), slice(60, DAYS)])
def test_a_share_that_rises_because_others_stop_or_are_fewer_is_none(stopped: slice) -> None:
    mine, others = steady()
    for less in (0.0, 0.3):
        fewer = others.copy()
        fewer[stopped] *= less
        assert found(mine, fewer) == []


# fmt: off
BUSY_AT_TIMES = [
    32, 27, 23, 44, 55, 34, 40, 51, 44, 34, 38, 36, 31, 61, 29, 62, 43, 43, 39, 54, 46, 25, 28, 60, 32, 44, 50, 40,
    39, 21, 28, 40, 32, 35, 87, 90, 33, 84, 40, 37, 24, 57, 47, 107, 91, 27, 32, 43, 91, 78, 87, 108, 49, 42, 46,
    67, 78, 66, 87, 34, 36, 44, 96, 35, 21, 57, 95, 30, 32, 62, 39, 32, 109, 34, 72, 87, 79, 77, 76, 88, 37, 71,
    63, 41, 23, 28, 67, 41, 46, 44,
]
"""Alarms of a segment by day: from the 35th on its largest source, of some fifty alarms a day, is there at times."""
ALL_OTHERS = [
    126, 144, 127, 117, 98, 123, 132, 109, 115, 131, 115, 120, 124, 98, 130, 99, 104, 122, 115, 108, 122, 126, 134,
    101, 122, 106, 109, 116, 106, 134, 124, 121, 121, 131, 69, 84, 136, 70, 117, 118, 139, 106, 113, 61, 65, 124,
    115, 114, 75, 76, 76, 62, 109, 120, 118, 98, 75, 97, 73, 129, 118, 117, 68, 130, 121, 103, 74, 139, 119, 98,
    128, 129, 67, 124, 80, 69, 76, 311, 83, 75, 116, 91, 87, 135, 139, 137, 103, 122, 101, 108,
]
# fmt: on


def test_a_campaign_that_comes_and_goes_is_none() -> None:
    """More of its days are busy in the second half of the quarter: that is one source, which comes and goes."""
    mine, others = np.array(BUSY_AT_TIMES, dtype=float), np.array(ALL_OTHERS, dtype=float)
    assert found(mine, others) == []
    mine[34:48] = 105  # had it stayed for two weeks, it would be one
    others[34:48] = 55
    (episode,) = found(mine, others)
    assert episode.first == 34
    assert episode.end >= 48


def test_more_rows_of_as_many_events_are_none() -> None:
    """A week of which all was stored, where else one of ten is."""
    mine, others = steady()
    events = mine * 10
    mine[40:47] *= 10
    assert found(mine, others, events) == []
    assert len(found(mine, others)) == 1


def test_what_comes_after_an_episode_is_measured_without_it() -> None:
    """One slice is full from day 30, another from day 33: the first one's days after are as those before."""
    one, two = np.full(DAYS, 24.0), np.full(DAYS, 24.0)
    one[30:37] *= 7
    two[33:45] *= 4
    assert [(e.first, e.end) for e in found(one, two)] == [(30, 37)]
    assert [(e.first, e.end) for e in found(two, one)] in ([(33, 45)], [(37, 45)])


@pytest.mark.parametrize("n", [40, 60, 80, 90])
def test_a_step_that_stays_keeps_its_first_day(n: int) -> None:
    mine, others = steady()
    mine[30:] *= 2.5
    assert [(e.first, e.end) for e in found(mine[:n], others[:n])] == [(30, n)]


def test_days_at_its_ends_that_are_as_usual_are_no_part_of_it() -> None:
    mine, others = steady()
    mine[40:44] *= 40
    assert [(e.first, e.end) for e in found(mine, others)] == [(40, 44)]
    mine[42:44] = 20  # two days of a storm around midnight
    assert found(mine, others) == []


def test_two_episodes_are_two_and_a_lasting_change_is_one_that_goes_on() -> None:
    mine, others = steady()
    mine[20:30] *= 3
    mine[60:66] *= 4
    assert [(e.first, e.end) for e in found(mine, others)] == [(20, 30), (60, 66)]
    mine, others = steady()
    mine[70:] *= 3
    assert [(e.first, e.end) for e in found(mine, others)] == [(70, DAYS)]


@pytest.mark.parametrize(
    "times", [np.where(np.arange(DAYS) == 50, 40, 1), np.where(np.abs(np.arange(DAYS) - 45) < 7, 1.3, 1)]
)
def test_a_single_day_and_a_small_rise_are_none(times: np.ndarray) -> None:
    mine, others = steady(200, 800)
    assert found(mine * times, others) == []


def test_too_few_days_and_no_alarms_are_none() -> None:
    assert found(np.zeros(DAYS), np.zeros(DAYS)) == []
    assert found(np.array([20.0, 90.0, 90.0, 90.0]), np.full(4, 80.0)) == []
    assert found(np.zeros(0), np.zeros(0)) == []
    assert found(np.full(DAYS, 50.0), np.zeros(DAYS)) == []  # a slice that is all of it


@pytest.mark.parametrize(("spread", "alike", "least"), [(0.0, 0.0, 195), (0.6, 0.0, 90), (0.6, 0.5, 30)])
def test_flat_series_have_none_but_seldom(spread: float, alike: float, least: int) -> None:
    """At most 7 of 200, shares that differ beyond chance and days that are like the one before among them.

    Of two weeks with four times the odds, so many are found.
    """
    rng, called, raised = np.random.default_rng(3), 0, 0
    for _ in range(200):
        log_odds = np.zeros(DAYS)
        for i in range(1, DAYS):
            log_odds[i] = alike * log_odds[i - 1] + np.sqrt(1 - alike**2) * rng.normal()
        odds = 0.3 * np.exp(spread * log_odds)
        total = rng.poisson(100, DAYS)
        mine = rng.binomial(total, odds / (1 + odds))
        called += bool(found(mine, total - mine))
        odds[44:58] *= 4
        mine = rng.binomial(total, odds / (1 + odds))
        raised += any(e.first < 58 and e.end > 44 for e in found(mine, total - mine))
    assert called <= 7
    assert raised >= least
