"""Since when changes are told, and who takes on what: replayed from the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import BadInput, NotAllowed
from analytics.overview import reviews
from analytics.overview.reviews import Acceptance, Assignment
from analytics.viewer import Role, Viewer, local_viewer

ME = local_viewer()
GUEST = Viewer("guest", frozenset({"viewer"}), "local")
NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
"""A Monday."""


def test_without_a_review_a_week_is_compared(tmp_path: Path) -> None:
    found = reviews.starts(tmp_path, NOW, "UTC")
    assert list(found) == ["week", "friday", "shift"]
    assert found == {
        "week": NOW - timedelta(days=7),
        "friday": datetime(2026, 11, 20, 18, tzinfo=UTC),
        "shift": datetime(2026, 11, 22, 22, tzinfo=UTC),  # 06:00 began the one that is not over at 13:00
    }


@pytest.mark.parametrize(
    ("zone", "now", "friday"),
    [
        ("Europe/Berlin", datetime(2026, 11, 20, 16, 59, tzinfo=UTC), datetime(2026, 11, 13, 17, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 11, 20, 17, 0, tzinfo=UTC), datetime(2026, 11, 13, 17, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 11, 20, 17, 1, tzinfo=UTC), datetime(2026, 11, 20, 17, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 20, 17, 1, tzinfo=UTC), datetime(2026, 11, 13, 23, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 26, 8, tzinfo=UTC), datetime(2026, 10, 23, 16, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 11, 20, 20, tzinfo=UTC), datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
    ],
)
def test_friday_evening_is_of_the_business_zone(tmp_path: Path, zone: str, now: datetime, friday: datetime) -> None:
    assert reviews.starts(tmp_path, now, zone)["friday"] == friday


@pytest.mark.parametrize(
    ("zone", "now", "shift"),
    [
        # The end of the data lies within the second shift of the day, then at its last instant, then at its end.
        ("UTC", datetime(2026, 11, 23, 14, 1, tzinfo=UTC), datetime(2026, 11, 23, 6, tzinfo=UTC)),
        ("UTC", datetime(2026, 11, 23, 21, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, 6, tzinfo=UTC)),
        ("UTC", datetime(2026, 11, 23, 22, tzinfo=UTC), datetime(2026, 11, 23, 14, tzinfo=UTC)),
        # After midnight the night shift of the day before is running.
        ("UTC", datetime(2026, 11, 23, 0, 30, tzinfo=UTC), datetime(2026, 11, 22, 14, tzinfo=UTC)),
        # Berlin, in winter an hour ahead: 13:00 in UTC is 14:00 there.
        ("Europe/Berlin", datetime(2026, 11, 23, 12, 59, tzinfo=UTC), datetime(2026, 11, 22, 21, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 11, 23, 13, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)),
        # The night in which clocks go back: from 22:00 in summer time to 06:00 in winter time, nine hours.
        ("Europe/Berlin", datetime(2026, 10, 25, 7, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 4, 30, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)),
        # The night in which they go forward: seven hours.
        ("Europe/Berlin", datetime(2026, 3, 29, 4, tzinfo=UTC), datetime(2026, 3, 28, 21, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 3, 59, tzinfo=UTC), datetime(2026, 3, 28, 13, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 11, 23, 1, tzinfo=UTC), datetime(2026, 11, 22, 16, 30, tzinfo=UTC)),
    ],
)
def test_the_last_shift_is_a_whole_one_by_the_clock(tmp_path: Path, zone: str, now: datetime, shift: datetime) -> None:
    assert reviews.starts(tmp_path, now, zone)["shift"] == shift


def test_the_last_review_before_the_end_of_the_data_comes_first(tmp_path: Path) -> None:
    held = [NOW - timedelta(days=9), NOW - timedelta(days=2), NOW - timedelta(days=5), NOW, NOW + timedelta(days=1)]
    for i, time in enumerate(held):
        reviews.hold_review(tmp_path, ME, time, "", f"key-{i}")
    assert reviews.last_review(tmp_path, NOW) == NOW - timedelta(days=2)
    assert next(iter(reviews.starts(tmp_path, NOW, "UTC").items())) == ("review", NOW - timedelta(days=2))
    assert reviews.last_review(tmp_path, NOW - timedelta(days=9)) is None


def test_who_takes_it_on_is_the_latest_record(tmp_path: Path) -> None:
    assert reviews.assignments(tmp_path) == {}
    first = Assignment(" A. Owner ", date(2026, 11, 27), " look ", "anybody")
    second = Assignment("<b>B</b>", date(2026, 12, 1), "", "anybody")
    reviews.assign(tmp_path, ME, "w/precision", first, "1")
    reviews.assign(tmp_path, ME, "d/storm/2026", first, "2")
    reviews.assign(tmp_path, ME, "w/precision", second, "3")
    assert reviews.assignments(tmp_path) == {
        "w/precision": Assignment("<b>B</b>", date(2026, 12, 1), "", ME.actor),
        "d/storm/2026": Assignment("A. Owner", date(2026, 11, 27), "look", ME.actor),
    }


@pytest.mark.parametrize("owner", ["", "  ", "\t\n"])
def test_nobody_takes_nothing_on(tmp_path: Path, owner: str) -> None:
    with pytest.raises(BadInput):
        reviews.assign(tmp_path, ME, "w/precision", Assignment(owner, date(2026, 11, 27), "", ""), "1")
    assert reviews.assignments(tmp_path) == {}


def test_a_guest_records_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        reviews.assign(tmp_path, GUEST, "w/precision", Assignment("A", date(2026, 11, 27), "", ""), "1")
    with pytest.raises(NotAllowed):
        reviews.hold_review(tmp_path, GUEST, NOW, "", "2")
    assert (reviews.assignments(tmp_path), reviews.last_review(tmp_path, NOW)) == ({}, None)


TODAY = date(2026, 11, 22)
GIVEN = Acceptance(date(2026, 12, 4), " the vendor is slow ", "<b>a cap</b>", "anybody")


def test_what_is_accepted_is_the_latest_record_until_somebody_reopens_it(tmp_path: Path) -> None:
    assert reviews.acceptances(tmp_path) == {}
    longer = Acceptance(date(2026, 12, 9), "still slow", "a cap", "")
    reviews.accept(tmp_path, ME, "g/unchecked/1", GIVEN, TODAY, "1")
    reviews.accept(tmp_path, ME, "w/storm/1", GIVEN, TODAY, "2")
    assert reviews.acceptances(tmp_path)["g/unchecked/1"] == Acceptance(
        date(2026, 12, 4), "the vendor is slow", "<b>a cap</b>", ME.actor
    )
    reviews.accept(tmp_path, ME, "g/unchecked/1", longer, TODAY, "3")
    reviews.reopen(tmp_path, ME, ["w/storm/1"], "it came again", "4")
    assert reviews.reopen(tmp_path, ME, ["never/accepted"], "", "5") == []
    assert reviews.acceptances(tmp_path) == {"g/unchecked/1": replace(longer, by=ME.actor)}
    reviews.accept(tmp_path, ME, "w/storm/1", GIVEN, TODAY, "6")
    assert set(reviews.acceptances(tmp_path)) == {"g/unchecked/1", "w/storm/1"}


def test_a_thing_with_several_names_is_reopened_under_all_of_them(tmp_path: Path) -> None:
    names = ["w/slice/x/2026-11-10", "w/slice/x/2026-11-11", "w/slice/x/2026-11-12"]
    for name in names[:2]:
        reviews.accept(tmp_path, ME, name, GIVEN, TODAY, name)
    assert len(reviews.reopen(tmp_path, ME, names, "it grew", "1")) == 2
    assert reviews.acceptances(tmp_path) == {}


@pytest.mark.parametrize("until", [TODAY, TODAY + timedelta(days=90)])
def test_the_first_and_the_last_day_that_can_be_accepted(tmp_path: Path, until: date) -> None:
    reviews.accept(tmp_path, ME, "x", replace(GIVEN, until=until), TODAY, "1")
    assert reviews.acceptances(tmp_path)["x"].until == until


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"until": TODAY - timedelta(days=1)}, "2026-11-21 is not within the next 90 days"),
        ({"until": TODAY + timedelta(days=91)}, "2027-02-21 is not within the next 90 days"),
        ({"reason": " \n"}, "not said why"),
        ({"meanwhile": ""}, "what protects meanwhile"),
    ],
)
def test_what_cannot_be_accepted(tmp_path: Path, more: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        reviews.accept(tmp_path, ME, "x", replace(GIVEN, **more), TODAY, "1")
    assert reviews.acceptances(tmp_path) == {}


@pytest.mark.parametrize("role", ["viewer", "analyst", "validator", "admin"])
def test_owners_and_approvers_alone_accept_and_reopen(tmp_path: Path, role: Role) -> None:
    somebody = Viewer("somebody", frozenset({role}), "local")
    with pytest.raises(NotAllowed):
        reviews.accept(tmp_path, somebody, "x", GIVEN, TODAY, "1")
    allowed: tuple[Role, ...] = ("owner", "approver")
    for i, may in enumerate(allowed):
        who = Viewer("who may", frozenset({may}), "local")
        reviews.accept(tmp_path, who, "x", GIVEN, TODAY, f"a{i}")
        with pytest.raises(NotAllowed):
            reviews.reopen(tmp_path, somebody, ["x"], "", "2")
        assert reviews.acceptances(tmp_path)["x"].by == "who may"
        reviews.reopen(tmp_path, who, ["x"], "", f"r{i}")
        assert reviews.acceptances(tmp_path) == {}
