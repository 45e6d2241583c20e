"""Pages of detections against pandas: every row once, in order, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.detections import Cursor, Filters, measures, steps
from analytics.detections.cursor import Order
from analytics.detections.measures import count, page
from analytics.errors import BadInput, NotAllowed, TooSlow
from analytics.scope import Scope
from analytics.warehouse import Reader

START = datetime(2026, 9, 1, tzinfo=UTC)
Truth = Callable[[Scope, Filters], pd.DataFrame]
KEY = ["event_id", "model_version"]
LABELS = ["any", "any", "labelled", "unlabelled", "attack", "benign", "benign_positive", "undetermined"]
SOME = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ordered(rows: pd.DataFrame, order: Order) -> list[list[str]]:
    """Keys in the order of the list, by pandas."""
    first, up = ("occurred_at", False) if order == "newest" else ("score", False)
    sorted_ = rows.sort_values([first, *KEY], ascending=[up, True, True], na_position="last")
    return sorted_[KEY].to_numpy().tolist()


def forwards(
    reader: Reader, scope: Scope, f: Filters, order: Order, size: int
) -> tuple[list[list[str]], Cursor | None]:
    """Keys of all pages one after the other, and the place before the last page."""
    keys, at, back = [], None, None
    for _ in range(2000):
        found = page(reader, scope, f, order, size, at).result
        assert found.complete
        assert len(found.rows) <= size
        keys += found.rows[KEY].to_numpy().tolist()
        back, at = found.previous, found.next
        if at is None:
            return keys, back
        at = Cursor.from_text(at.to_text())
    raise AssertionError("the list has no end")


scopes = st.builds(
    lambda version, since, days, where, known: Scope(
        "m",
        version,
        START + timedelta(minutes=since) if since is not None else None,
        START + timedelta(minutes=(since or 0), days=days) if days else None,
        where,
        None,
        START + timedelta(days=33) if known else None,
    ),
    st.sampled_from([None, "1", "2"]),
    st.sampled_from([None, 0, 15, 61, 60 * 24 * 5 + 7]),
    st.sampled_from([None, 1, 20]),
    st.sampled_from([(), (), (("region", "EMEA"),), (("s.channel", "ch3"),)]),
    st.booleans(),
)
filters = st.one_of(
    st.just(Filters()),
    st.builds(
        lambda low, label, more: Filters(score_from=low, label=label, **more),
        st.sampled_from([None, 0.0, 0.57, 0.6, 0.615, 1.0]),
        st.sampled_from(
            ["any", "any", "labelled", "unlabelled", "attack", "benign", "benign_positive", "undetermined"]
        ),
        st.sampled_from(
            [
                {},
                {},
                {"decision": "block"},
                {"decision": "alert"},
                {"flagged": True, "threshold": 0.6},
                {"flagged": False, "threshold": 0.6},
                {"case_id": "c7"},
                {"entity": "host3"},
                {"population": "red_team"},
                {"find": "DROP table"},
                {"find": "%"},
                {"find": "_"},
            ]
        ),
    ),
    st.just(Filters(scored=False)),
    st.just(Filters(score_from=0.2, score_to=0.29)),
)


@SOME
@given(scope=scopes, f=filters, order=st.sampled_from(["newest", "top"]), size=st.sampled_from([23, 50, 1000]))
def test_all_pages_hold_every_row_once_in_order(
    reader: Reader, truth: Truth, scope: Scope, f: Filters, order: Order, size: int
) -> None:
    there = ordered(truth(scope, f), order)
    keys, back = forwards(reader, scope, f, order, size)
    assert keys == there
    for _ in range(3):  # and back again, from the last page
        if back is None:
            return
        last = page(reader, scope, f, order, size, Cursor.from_text(back.to_text())).result
        mine = last.rows[KEY].to_numpy().tolist()
        at = there.index(mine[0])
        assert there[at : at + len(mine)] == mine
        assert len(mine) == min(size, len(there))
        back = last.previous
        assert (back is None) == (at == 0)


@pytest.mark.parametrize("order", ["newest", "top"])
def test_going_back_and_forth_ends_where_it_began(reader: Reader, order: Order) -> None:
    scope = Scope("m", "1")
    first = page(reader, scope, Filters(), order, 20).result
    second = page(reader, scope, Filters(), order, 20, first.next).result
    again = page(reader, scope, Filters(), order, 20, second.previous).result
    assert first.previous is None
    assert again.previous is None
    pd.testing.assert_frame_equal(first.rows, again.rows)
    assert page(reader, scope, Filters(), order, 20, again.next).result.rows.equals(second.rows)


def test_rows_are_whole_and_carry_their_label(reader: Reader, truth: Truth) -> None:
    found = page(reader, Scope("m", "1"), Filters(), "newest", 1000).result
    there = truth(Scope("m", "1"), Filters()).set_index("event_id").loc[found.rows["event_id"]]
    for column in ("detection_id", "payload", "entity", "case_id", "region", "s.channel", "verdict"):
        mine = found.rows[column].astype(object).where(found.rows[column].notna(), None).tolist()
        assert mine == there[column].astype(object).where(there[column].notna(), None).tolist(), column
    np.testing.assert_array_equal(found.rows["score"].to_numpy(), there["score"].to_numpy())
    assert set(found.rows["verdict"].dropna()) >= {"undetermined", "true_positive", "benign_positive"}
    assert "f.size" not in found.rows
    assert found.hidden == ()


def test_text_is_looked_for_letter_by_letter(reader: Reader, truth: Truth, hostile: tuple[str, ...]) -> None:
    for text in [*hostile, "drop TABLE", "äö", "%_", "\\", "'", '"', "host1", "E0012", "\x00", "*", "(?i)x"]:
        f = Filters(find=text)
        there = ordered(truth(Scope("m"), f), "newest")
        assert page(reader, Scope("m"), f, "newest", 1000).result.rows[KEY].to_numpy().tolist() == there, text


def test_a_search_says_how_far_it_got_and_goes_on_from_there(reader: Reader) -> None:
    f = Filters(find="host1")
    none = page(reader, Scope("m"), f, limit_s=0).result
    assert (none.complete, none.reached, none.next, len(none.rows)) == (False, None, None, 0)
    behind = Cursor("newest", START + timedelta(days=3), "e", "1")
    stuck = page(reader, Scope("m"), f, after=behind, limit_s=0).result
    assert stuck.reached == stuck.next == behind
    assert stuck.previous == replace(behind, backwards=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "GO_ON_S", 0)
        asked_for_more = Cursor("newest", behind.at, None, "")
        assert not page(reader, Scope("m"), f, after=asked_for_more).result.complete, "going on has its own limit"
        assert page(reader, Scope("m"), f, after=behind).result.complete


@pytest.mark.parametrize("order", ["newest", "top"])
@pytest.mark.parametrize("f", [Filters(find="1"), Filters(find="e"), Filters(entity="host1")])
def test_a_search_that_often_stops_finds_every_row_once(
    reader: Reader, truth: Truth, order: Order, f: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(3)
    query = Reader.query

    def tired(
        self: Reader, sql: str, values: dict[str, Any] | None = None, limit_ms: int | None = None
    ) -> pd.DataFrame:
        if limit_ms is not None and chance.random() < 0.4:
            raise TooSlow("searching", "time is up.", "Go on.")
        return query(self, sql, values)

    monkeypatch.setattr(Reader, "query", tired)
    monkeypatch.setattr(steps, "_FIRST", 5)
    monkeypatch.setattr(steps, "_GROWTH", 2)
    monkeypatch.setattr(steps, "_AT_ONCE", 0)
    monkeypatch.setattr(steps, "_MOST", 40)
    there = ordered(truth(Scope("m"), f), order)
    keys, at, found = [], None, page(reader, Scope("m"), f, order, 40, None).result
    for _ in range(500):
        found = page(reader, Scope("m"), f, order, 40, at).result
        keys += found.rows[KEY].to_numpy().tolist()
        at = Cursor.from_text(found.next.to_text()) if found.next else None
        if found.complete and at is None:
            break
    assert keys == there
    assert found.complete and len(found.rows) <= 40
    at, behind = found.previous, len(there) - len(found.rows)
    while at is not None:
        found = page(reader, Scope("m"), f, order, 40, Cursor.from_text(at.to_text())).result
        mine = found.rows[KEY].to_numpy().tolist()
        if found.previous is None:  # the first page is a full one
            assert mine == there[: len(mine)]
            break
        assert mine == there[behind - len(mine) : behind]
        behind -= len(mine)
        at = found.previous


def test_strangers_see_and_find_nothing_hidden(stranger: Reader, frame: pd.DataFrame) -> None:
    found = page(stranger, Scope("m"), Filters()).result
    assert set(found.rows["payload"]) == set(found.rows["entity"]) == {"(hidden)"}
    assert set(found.hidden) == {"payload", "entity"}
    for text in ("host1", "hidden", "GET"):
        assert page(stranger, Scope("m"), Filters(find=text)).result.rows.empty
    assert len(page(stranger, Scope("m"), Filters(find="E0012")).result.rows) == (frame["event_id"] == "e0012").sum()
    with pytest.raises(NotAllowed):
        page(stranger, Scope("m"), Filters(entity="host1"))


def test_what_cannot_be_listed_is_refused(reader: Reader) -> None:
    for size in (0, -1, 1001):
        with pytest.raises(BadInput):
            page(reader, Scope("m"), Filters(), size=size)
    with pytest.raises(BadInput):
        page(reader, Scope(), Filters())
    with pytest.raises(BadInput):
        page(reader, Scope("m"), Filters(), "top", after=Cursor("newest", START))
    with pytest.raises(BadInput):
        page(reader, Scope("m"), Filters(), columns=["nothing"])
    empty = page(reader, Scope("nobody"), Filters()).result
    assert (len(empty.rows), empty.next, empty.previous, empty.complete) == (0, None, None, True)


@settings(SOME, max_examples=15)
@given(scope=scopes, f=filters, size=st.sampled_from([20, 90]))
def test_the_highest_scores_are_the_same_whether_or_not_the_hours_are_told_apart(
    reader: Reader, truth: Truth, scope: Scope, f: Filters, size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "_A_SPAN", 1)
        keys, _ = forwards(reader, scope, f, "top", size)
    assert keys == ordered(truth(scope, f), "top")


@pytest.mark.parametrize("order", ["newest", "top"])
def test_windows_begin_and_end_at_the_very_row(reader: Reader, frame: pd.DataFrame, truth: Truth, order: Order) -> None:
    times = [t.to_pydatetime().replace(tzinfo=UTC) for t in frame["occurred_at"].unique()[3::40]]
    for since, until in pairwise(times):
        for f in (Filters(), Filters(score_from=0.1), Filters(label="labelled"), Filters(decision="block")):
            scope = Scope("m", None, since, until)
            found = page(reader, scope, f, order, 1000).result.rows
            assert found[KEY].to_numpy().tolist() == ordered(truth(scope, f), order)


def test_a_label_is_known_at_its_very_time_and_not_before(reader: Reader, labels: pd.DataFrame, truth: Truth) -> None:
    for time in labels["labelled_at"].sort_values().unique()[60::45]:
        for known in (time.to_pydatetime(), time.to_pydatetime() - timedelta(microseconds=1)):
            scope = Scope("m", known_at=known.replace(tzinfo=UTC))
            for label in ("labelled", "unlabelled", "attack", "undetermined"):
                f = Filters(label=label)
                found = page(reader, scope, f, size=1000).result.rows
                there = truth(scope, f)
                assert found[KEY].to_numpy().tolist() == ordered(there, "newest")
                assert count(reader, scope, f).result.n == len(there)
