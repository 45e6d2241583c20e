"""Storms, outages and silences that were planted are found to the hour; in quiet quarters nothing is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.overview.happenings import (
    Span,
    described,
    joined,
    outages,
    quiet_days,
    runs,
    silences,
    spans,
    storms,
    usual,
)
from analytics.overview.volumes import Volumes
from analytics.scope import Scope

Make = Callable[..., Volumes]
Arrays = dict[str, np.ndarray]

START = datetime(2026, 8, 3, tzinfo=UTC)
WEEKS = 13
HOURS = np.arange(WEEKS * 168)
PATTERN = (1 + 0.6 * np.sin(2 * np.pi * (HOURS - 8) / 24)) * np.where(HOURS // 24 % 7 >= 5, 0.4, 1.0)
"""Day and night, and weekends: from 0.16 to 1.6."""
FLAT = np.ones(len(HOURS))


def counted(events: np.ndarray, acted: np.ndarray, unscored: np.ndarray | None = None) -> Arrays:
    """Volumes that came as counts."""
    none = np.zeros(len(events)) if unscored is None else unscored
    return {
        "events": events, "acted": acted, "unscored": none,
        "events_counted": events, "acted_counted": acted, "unscored_counted": none,
    }  # fmt: skip


def weighted(passed: np.ndarray, stopped: np.ndarray, lost: np.ndarray) -> Arrays:
    """Volumes of few rows: 300 events for each that passed or was lost, 50 for each that was stopped."""
    return {
        "events": passed * 300.0 + stopped * 50 + lost * 300, "acted": stopped * 50.0, "unscored": lost * 300.0,
        "events_rows": passed + stopped + lost, "acted_rows": stopped, "unscored_rows": lost,
    }  # fmt: skip


def quiet(kind: str, rng: np.random.Generator) -> Arrays:
    """A quarter in which nothing happens."""
    if kind == "smooth":
        return counted(rng.poisson(2000, len(HOURS)), rng.poisson(60, len(HOURS)))
    if kind == "weekly":
        events = rng.poisson(2000 * PATTERN)
        return counted(events, rng.poisson(60 * PATTERN), rng.binomial(events, 0.01))
    if kind == "restless":
        moved = PATTERN * np.exp(rng.normal(0, 0.25, len(HOURS)))
        return counted(rng.poisson(2000 * moved), rng.poisson(60 * moved))
    return weighted(rng.poisson(6 * PATTERN), rng.poisson(2 * PATTERN), rng.poisson(0.06 * PATTERN))


def at(hour: int) -> datetime:
    """The start of an hour counted from the first."""
    return START + timedelta(hours=hour)


KINDS = ("smooth", "weekly", "restless", "rough")


def test_in_two_hundred_quiet_quarters_nothing_is_found(volumes: Make) -> None:
    """Measured over 1,000 other quarters of each kind: nothing in 4,000."""
    found = [
        span
        for kind in KINDS
        for seed in range(50)
        for span in spans(volumes({"EMEA": quiet(kind, np.random.default_rng(seed))}))
    ]
    assert found == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_storm_in_one_region_is_found_from_its_first_to_its_last_hour(volumes: Make, kind: str) -> None:
    """Storms that stand out of each kind's own unrest: ten times the usual, in rough volumes forty times."""
    times = 40 if kind == "rough" else 10
    for seed in range(5):
        rng = np.random.default_rng(seed)
        regions = {region: quiet(kind, rng) for region in ("APAC", "EMEA", "UK")}
        first = 24 * 7 * 9 + 24 + 13  # a Tuesday afternoon
        inside = slice(first, first + 5)
        for column in regions["EMEA"]:
            if not column.startswith("unscored"):
                regions["EMEA"][column] = regions["EMEA"][column].astype(float)
                plain = np.median(regions["EMEA"][column][first - 168 * 6 + np.arange(0, 168 * 10, 168)])
                regions["EMEA"][column][inside] = times * max(plain, 1)
        assert spans(volumes(regions)) == [Span("storm", at(first), at(first + 5), frozenset({"EMEA"}))]


def test_a_storm_is_described_by_its_region_and_its_worst_hour(volumes: Make) -> None:
    usual_hours = counted(2000 * FLAT, 60 * FLAT)
    storm = counted(2000 * FLAT, 60 * FLAT)
    for column in ("events", "acted"):
        storm[column][500:503] += 540, 1140, 540
    seen = volumes({"APAC": usual_hours, "EMEA": storm}, minutes=10)
    (span,) = spans(seen)
    h = described(seen, span, "WAF", Scope(model="m", version="1"))
    assert (h.kind, h.start, h.end, h.ongoing, h.regions) == ("storm", at(500), at(503), False, ("EMEA",))
    assert h.peak == pytest.approx(20)  # 1200 of 60 acted on
    assert (h.events, h.usual) == (pytest.approx(2400), pytest.approx(180))
    assert h.scope == Scope("m", "1", at(500), at(503), (("region", "EMEA"),))
    assert len(h.hours) == 24 + 3 + 24
    assert h.hours["value"].max() == 1200
    assert h.counted == "alarms"


def test_a_storm_where_usually_nothing_is_acted_on_says_no_multiple(volumes: Make) -> None:
    storm = counted(2000 * FLAT, 0 * FLAT)
    storm["acted"][500:503] = 700
    seen = volumes({"EMEA": storm})
    (span,) = spans(seen)
    h = described(seen, span, "DNS", Scope(model="m", version="1"))
    assert (h.peak, h.usual, h.events) == (0, 0, 2100)
    assert h.hours["value"].max() == 700


def test_one_region_of_two_and_all_of_them(volumes: Make) -> None:
    def storm() -> Arrays:
        found = counted(2000 * FLAT, 60 * FLAT)
        found["events"][500:503] *= 10
        return found

    one = volumes({"APAC": counted(2000 * FLAT, 60 * FLAT), "EMEA": storm()})
    both = volumes({"APAC": storm(), "EMEA": storm()})
    everywhere = Scope("m", "1")
    for seen, regions, where in ((one, ("EMEA",), (("region", "EMEA"),)), (both, (), ())):
        (span,) = spans(seen)
        h = described(seen, span, "WAF", everywhere)
        assert (h.counted, h.peak) == ("events", 10), "all traffic rose, the alarms did not"
        assert (h.regions, h.scope.where, h.start, h.end) == (regions, where, at(500), at(503))


def test_growth_of_nine_percent_a_week_is_no_storm(volumes: Make) -> None:
    grown = 1.09 ** (HOURS / 168) * PATTERN
    rng = np.random.default_rng(0)
    assert spans(volumes({"EMEA": counted(rng.poisson(2000 * grown), rng.poisson(60 * grown))})) == []


@pytest.mark.parametrize(("hours", "unscored"), [(1, 2000), (3, 300)])
def test_an_outage_is_found_to_the_hour(volumes: Make, hours: int, unscored: int) -> None:
    lost = np.full(len(HOURS), 20.0)
    lost[700 : 700 + hours] = unscored
    seen = volumes({"EMEA": counted(2000 * FLAT, 60 * FLAT, lost)})
    seen.rows.loc[seen.rows["hour"] >= at(700).replace(tzinfo=None), "reason"] = "time-out"
    (span,) = spans(seen)
    assert span == Span("unchecked", at(700), at(700 + hours), frozenset({"EMEA"}))
    h = described(seen, span, "WAF", Scope("m", "1"))
    assert (h.peak, h.events, h.usual) == (unscored / 2000, unscored * hours, 20 * hours)
    assert h.reason == "time-out"


def test_an_outage_needs_no_history(volumes: Make) -> None:
    lost = np.zeros(30)
    lost[10:12] = 900
    seen = volumes({"EMEA": counted(np.full(30, 1000.0), np.zeros(30), lost)})
    assert spans(seen) == [Span("unchecked", at(10), at(12), frozenset({"EMEA"}))]


def test_one_heavy_row_without_a_check_is_chance_and_many_are_an_outage(volumes: Make) -> None:
    few = np.full(len(HOURS), 3.0)
    one, many = np.zeros(len(HOURS)), np.zeros(len(HOURS))
    one[::90] = 1
    many[::90] = 1
    many[1000:1002] = 6
    assert spans(volumes({"EMEA": weighted(few, 0 * few, one)})) == []
    assert spans(volumes({"EMEA": weighted(few, 0 * few, many)})) == [
        Span("unchecked", at(1000), at(1002), frozenset({"EMEA"}))
    ]


def test_heavy_rows_are_told_from_counts_beside_them() -> None:
    n = 200
    counts, heavy = np.full(n, 50.0), np.zeros(n)
    heavy[100] = 20
    found = outages(np.full(n, 1000.0), counts + 40 * heavy, counts, heavy)
    assert np.flatnonzero(found).tolist() == [100]


def test_a_silence_is_found_and_said_to_go_on_only_where_it_does(volumes: Make) -> None:
    for stop, ongoing in ((len(HOURS) - 5, False), (len(HOURS) - 1, False), (len(HOURS), True)):
        gone = counted(2000 * PATTERN, 60 * PATTERN)
        gone["events"] = gone["events"].copy()
        gone["events"][stop - 8 : stop] = 0
        seen = volumes({"APAC": counted(2000 * PATTERN, 60 * PATTERN), "EMEA": gone})
        (span,) = spans(seen)
        assert span == Span("silent", at(stop - 8), at(stop), frozenset({"EMEA"}))
        h = described(seen, span, "WAF", Scope("m", "1"))
        expected = 2000 * PATTERN[stop - 8 : stop].sum()
        assert (h.ongoing, h.peak) == (ongoing, 1)
        assert h.events == h.usual == pytest.approx(expected)


def test_where_few_rows_come_an_empty_night_is_no_silence_and_a_dead_day_is() -> None:
    rng = np.random.default_rng(1)
    rows = rng.poisson(2.0, len(HOURS)).astype(float)
    rows[1500:1502] = 0
    noise = 300 * np.sqrt(np.maximum(rows, 0))
    assert not silences(300 * rows, noise).any()
    rows[1499:1537] = 2, *np.zeros(36), 2
    found = np.flatnonzero(silences(300 * rows, noise))
    assert (found.min(), found.max()) == (1500, 1535)


def test_the_running_hour_is_neither_silent_nor_the_end_of_a_storm(volumes: Make) -> None:
    seen = counted(2000 * FLAT, 60 * FLAT)
    seen["events"][-4:] *= 10
    ending = volumes({"EMEA": seen}, minutes=20)  # and nothing came yet in these
    (span,) = spans(ending)
    assert span == Span("storm", at(len(HOURS) - 4), at(len(HOURS)), frozenset({"EMEA"}))
    assert described(ending, span, "WAF", Scope("m", "1")).ongoing


@pytest.mark.parametrize(("days", "found"), [(4, 0), (5, 1), (20, 1), (27, 1), (28, 1)])
def test_with_less_than_four_weeks_days_are_compared_and_with_less_than_five_days_nothing(
    volumes: Make, days: int, found: int
) -> None:
    n = days * 24
    daily = 1 + 0.6 * np.sin(2 * np.pi * np.arange(n) / 24)
    events = 2000 * daily
    events[n - 30 : n - 27] *= 10
    expected = [Span("storm", at(n - 30), at(n - 27), frozenset({"EMEA"}))] * found
    assert spans(volumes({"EMEA": counted(events, 60 * daily)})) == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_clock_change_is_no_happening(volumes: Make, zone: str) -> None:
    """Office hours in local time: twelve times as much from nine to five as before and after."""
    hours = pd.date_range(START.replace(tzinfo=None), periods=WEEKS * 168 + 168 * 4, freq="h", tz="UTC")
    local = hours.tz_convert(zone)
    office = np.where((local.hour >= 9) & (local.hour < 17) & (local.day_of_week < 5), 12.0, 1.0)
    rng = np.random.default_rng(2)
    assert local[0].utcoffset() != local[-1].utcoffset()
    assert spans(volumes({"EMEA": counted(rng.poisson(500 * office), rng.poisson(20 * office))}, zone=zone)) == []


def test_nothing_is_usual_in_too_few_days_and_one_week_does_not_move_it() -> None:
    assert np.isnan(usual(np.ones(5 * 24 - 1))).all()
    x = np.tile(np.arange(168.0), 5)
    x[168 : 2 * 168] *= 50
    np.testing.assert_array_equal(usual(x), np.tile(np.arange(168.0), 5))
    assert not storms(np.ones(24), np.zeros(24)).any()


def test_of_no_volumes_nothing_is_said(volumes: Make) -> None:
    none = volumes({"EMEA": counted(np.zeros(24), np.zeros(24))})
    assert none.rows.empty
    assert spans(none) == []


@pytest.mark.parametrize(
    ("mask", "least", "found"),
    [
        ("", 1, []),
        ("..", 1, []),
        ("##", 2, [(0, 2)]),
        (".#.#.", 2, [(1, 4)]),
        ("#..#", 1, [(0, 1), (3, 4)]),
        ("#..##", 2, [(3, 5)]),
        ("#.#.#", 3, [(0, 5)]),
    ],
)
def test_runs(mask: str, least: int, found: list[tuple[int, int]]) -> None:
    assert runs(np.array([c == "#" for c in mask], dtype=bool), least) == found


def test_regions_that_overlap_are_one_and_kinds_stay_apart() -> None:
    a, b, c = frozenset({"A"}), frozenset({"B"}), frozenset({"C"})
    given = [
        Span("storm", at(5), at(8), b), Span("storm", at(1), at(6), a), Span("storm", at(9), at(10), c),
        Span("silent", at(1), at(10), c),
    ]  # fmt: skip
    assert joined(given) == [
        Span("silent", at(1), at(10), c), Span("storm", at(1), at(8), a | b), Span("storm", at(9), at(10), c),
    ]  # fmt: skip


MONDAY = date(2026, 8, 3)


def labels(by_day: str) -> pd.DataFrame:
    """Labels from a Monday on: a digit a day, * stands for 20."""
    days = [(MONDAY + timedelta(days=i), 20 if c == "*" else int(c)) for i, c in enumerate(by_day)]
    return pd.DataFrame([(d, n) for d, n in days if n], columns=["day", "labels"])


def day(i: int) -> date:
    """A day counted from the first Monday."""
    return MONDAY + timedelta(days=i)


@pytest.mark.parametrize(
    ("by_day", "last", "found"),
    [
        ("*****00" * 5, 34, []),  # nobody labels on weekends
        ("*****00" * 2 + "*000*00" + "*****00" * 2, 34, [(15, 17)]),
        ("*****00" * 4 + "***0000", 34, [(31, 32)]),  # from Thursday; the weekend is none
        ("*****00" * 3 + "****000" + "0****00", 34, [(25, 28)]),  # Friday and Monday: over the weekend
        ("*****00" * 4 + "*****00", 36, [(35, 36)]),  # and none since
        ("*****00" * 2 + "*00*0**" + "*****00" * 2, 34, [(15, 16)]),  # a labelled day does not hide it
        ("*****00" * 2 + "**0**00" + "*****00" * 2, 34, []),  # one day is none
        ("1111100" * 2 + "1000100" + "1111100" * 2, 34, []),  # too few to miss any
        ("*" * 7 + "000", 9, []),  # too short to know what is usual
    ],
)
def test_quiet_days(by_day: str, last: int, found: list[tuple[int, int]]) -> None:
    assert [(a, b) for a, b, _ in quiet_days(labels(by_day), day(last))] == [(day(a), day(b)) for a, b in found]


def test_what_is_usual_on_quiet_days_and_no_labels_at_all() -> None:
    ((_, _, normal),) = quiet_days(labels("*****00" * 2 + "*000*00" + "*****00" * 2), day(34))
    assert normal == 20
    assert quiet_days(labels(""), day(34)) == []
