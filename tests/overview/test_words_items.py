"""What wants attention: its order, who has taken it on, and until when it is accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.overview import words, words_items
from analytics.overview.reviews import Acceptance, Assignment, standing
from analytics.scope import Scope
from tests.overview.test_words import HOSTILE, NOW, SINCE, A, B, change, happening, overview, silence, tiles


def test_an_episode_keeps_who_took_it_on_when_its_first_day_moves() -> None:
    def item(day: int, value: str = "x") -> words_items.Item:
        start = datetime(2026, 11, day, tzinfo=UTC)
        own = Scope(model="A", where=(("segment", value),))
        h = happening(kind="slice", start=start, end=start + timedelta(days=5), scope=own)
        return words_items.items(overview(A, happenings=[h]), "UTC")[0]

    today = item(10)
    assert today.subject == "A/slice/segment=x/2026-11-10"
    assert len({today.subject, *today.also}) == 15
    given = Assignment("team", date(2026, 12, 1), "", "b")
    later = Assignment("another", date(2026, 12, 2), "", "b")
    for other, found in ((item(11), given), (item(17), given), (item(18), None), (item(10, "y"), None)):
        assert standing({today.subject: given}, (other.subject, *other.also)) == found
    moved = item(12)
    both = {today.subject: given, moved.subject: later}
    assert standing(both, (moved.subject, *moved.also)) == later


@pytest.mark.parametrize(
    ("n", "of", "said"),
    [(0, 4, ""), (0, 0, ""), (1, 1, "it has no owner"), (3, 3, "none has an owner"), (1, 4, "one of four has no owner"),
     (3, 4, "three of four have no owner")],
)  # fmt: skip
def test_how_many_have_no_owner(n: int, of: int, said: str) -> None:
    assert words_items.without_owner(n, of) == said


def test_what_is_over_says_when() -> None:
    o = overview(A, happenings=[happening(), happening(ongoing=True)], silences=[silence("A", 17, 18)])
    said = [words_items.ended(i, "UTC") for i in words_items.items(o, "UTC")]
    assert said == ["still going on", "ended 21 Nov, to be reviewed", "ended 18 Nov, to be reviewed"]


def accepting(until: date, *subjects: str) -> dict[str, Acceptance]:
    """The same acceptance of several things."""
    return {s: Acceptance(until, HOSTILE, "a cap", "somebody") for s in subjects}


STORM = "A/storm/2026-11-21T00"


def test_what_is_accepted_needs_no_attention_until_its_day_is_over() -> None:
    open_ = overview(A, B, changes=[change("B")], happenings=[happening()], silences=[silence("A", 17, 18)])
    assert [i.subject for i in words_items.items(open_, "UTC")] == ["B/precision", STORM, "labels/2026-11-17"]
    until = accepting(date(2026, 11, 22), "B/precision", STORM)  # the last day of the data
    o = replace(open_, accepted=until)
    found = words_items.items(o, "UTC")
    assert [(i.urgency, i.subject) for i in found] == [
        ("since", "labels/2026-11-17"),
        ("accepted", "B/precision"),
        ("accepted", STORM),
    ]
    assert words_items.attention(o, "UTC") == ["A"]
    assert words.headline(o, "UTC").startswith("One of two services needs attention. No verdicts")
    assert tiles(o)["attention"] == ("1 of 2", "since 16 Nov: A")
    assert [words_items.acceptance(i) for i in found] == ["", *["accepted until 22 Nov by somebody"] * 2]
    assert words_items.ended(found[2], "UTC") == "ended 21 Nov"
    assert words_items.accepted(found) == "two are accepted, the first until 22 Nov"
    # In Kolkata the data reach into the next day, on which it is over.
    over = words_items.items(o, "Asia/Kolkata")
    assert [i.urgency for i in over] == ["now", "since", "since"]
    assert [words_items.acceptance(i) for i in over] == [*["was accepted until 22 Nov by somebody"] * 2, ""]
    assert words_items.accepted(over) == ""


def test_where_all_that_got_worse_is_accepted_it_says_so() -> None:
    o = overview(A, B, happenings=[happening()], accepted=accepting(date(2026, 12, 1), STORM))
    assert words_items.attention(o, "UTC") == []
    assert words.headline(o, "UTC") == (
        "Nothing but what is accepted got worse in any of two services since 16 Nov, as far as can be told."
    )
    assert words_items.accepted(words_items.items(o, "UTC")) == "one is accepted until 1 Dec"


def test_an_acceptance_follows_an_episode_whose_first_day_moves() -> None:
    own = Scope(model="A", where=(("segment", "x"),))
    h = happening(kind="slice", start=SINCE, end=NOW, scope=own)
    for day, urgency in ((16, "accepted"), (9, "accepted"), (23, "accepted"), (8, "since")):
        o = overview(A, happenings=[h], accepted=accepting(NOW.date(), f"A/slice/segment=x/2026-11-{day:02}"))
        assert [i.urgency for i in words_items.items(o, "UTC")] == [urgency], day
