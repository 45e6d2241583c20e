"""What a reader keeps: worked out once, the least recently used first to go, never more rows than allowed."""

from __future__ import annotations

from analytics.warehouse.kept import Kept


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
