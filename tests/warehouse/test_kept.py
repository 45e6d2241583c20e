"""What a reader keeps: worked out once, the least recently used first to go, never more rows than allowed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread
from time import sleep

import numpy as np
import pandas as pd
import pytest

from analytics.results import Estimate
from analytics.warehouse.kept import FEW, Kept, rows_of


def test_the_same_question_is_worked_out_once() -> None:
    asked: list[str] = []
    kept = Kept()
    for name in ("a", "b", "a", "b"):
        assert kept.get(name, lambda name=name: asked.append(name) or name.upper(), len) == name.upper()
    assert asked == ["a", "b"]


def test_the_least_recently_used_goes_first_and_the_newest_stays_at_any_size() -> None:
    asked: list[int] = []

    def get(rows: int) -> None:
        kept.get(rows, lambda: asked.append(rows) or rows, int)

    kept = Kept(most_rows=10)
    for rows in (4, 5, 4, 3):  # 4 + 5 + 3 are too many: 5 goes, since 4 was asked for again
        get(rows)
    assert asked == [4, 5, 3]
    get(4)
    get(5)
    assert asked == [4, 5, 3, 5]
    get(99)
    get(99)
    assert asked == [4, 5, 3, 5, 99]


def test_who_asks_meanwhile_waits_for_the_same() -> None:
    kept, asked, begun = Kept(), [], Event()

    def work() -> str:
        asked.append(current_thread().name)
        begun.set()
        sleep(0.05)
        return kept.get("inner", lambda: "b", len)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(kept.get, "a", work, len)
        assert begun.wait(5)
        others = [pool.submit(kept.get, "a", work, len) for _ in range(7)]
        assert {f.result(5) for f in (first, *others)} == {"b"}
    assert len(asked) == 1


def test_what_failed_is_tried_again_by_who_waited() -> None:
    kept, begun, tries = Kept(), Event(), []

    def work() -> str:
        tries.append(len(tries))
        begun.set()
        sleep(0.05)
        if len(tries) == 1:
            raise ValueError("the first time")
        return "now"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "a", work, len)
        assert begun.wait(5)
        second = pool.submit(kept.get, "a", work, len)
        with pytest.raises(ValueError, match="the first time"):
            first.result(5)
        assert second.result(5) == "now"
    assert kept.get("a", work, len) == "now"
    assert len(tries) == 2


def test_a_result_takes_the_room_of_its_tables_and_records() -> None:
    few = Estimate(0.5, 0.4, 0.6, 9)
    assert rows_of(few) == FEW
    assert rows_of({"a": few, "b": few}) == 2 * FEW + 2
    assert rows_of([pd.DataFrame({"x": range(500)}), np.zeros((70, 3))]) == 572
    assert rows_of(("text", 1, None)) == 3
