"""Sentences by hand from numbers, and that data in them does nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from analytics.explanations import words
from analytics.explanations.results import Background, Contribution, Explanation

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def piece(name: str, value: float) -> Contribution:
    """A part of a text, in 3 % of ordinary texts."""
    return Contribution(name, "payload", value, 1, 0.03, 0.03, 0.03)


def feature(name: str, value: float) -> Contribution:
    """A number beside what is usual."""
    return Contribution(f"log({name} + 0.001)", f"f.{name}", value, 0.31, 34.6, 5, 1200)


def category(name: str, word: str, value: float) -> Contribution:
    """A category beside what is usual."""
    none = float("nan")
    return Contribution(name, f"f.{name}", value, none, none, none, none, word=word, usual_word="c, d")


def made(*pieces: Contribution, **said: Any) -> Explanation:
    """An explanation of a text that has nothing but its pieces, or of numbers."""
    text = all(c.column == "payload" for c in pieces)
    plain: dict[str, Any] = {
        "model_id": "m", "model_version": "1", "event_id": "e", "others": 0.0, "rest": 0.0, "base": -2.0,
        "raised": tuple(c for c in pieces if c.value > 0 and not text),
        "lowered": tuple(c for c in pieces if c.value < 0 and not text),
        "output": 1.5, "unit": "log-odds", "score": 0.8, "stored_score": 0.8, "threshold": 0.5,
        "threshold_output": 0.0, "method": "exact: by hand", "n_background": 200,
        "background": Background(200, DAY, DAY), "residual": 1e-15, "error": 0.0,
        "values": tuple(c.value for c in pieces) if text else (), "marks": (),
        "pieces": pieces if text else (), "caveats": (),
    }  # fmt: skip
    return Explanation(**{**plain, **said})


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (
            [piece("xkq", 1), piece("q7-", 0.9), piece("update", -0.5)],
            "Mostly because of “xkq”; “update” spoke against it.",
        ),
        (
            [piece("xkq", 1), piece("q7-", 0.9), piece("b", 0.3), piece("update", -0.5)],
            "Mostly because of “xkq” and “q7-”; “update” spoke against it.",
        ),
        ([piece("xkq", 1), piece("update", -0.05)], "Mostly because of “xkq”."),
        (
            [piece(c, 0.2) for c in "abcdefgh"],
            "Because of many things, first of all “a”, “b” and “c”.",
        ),
        ([piece("q=<img", 1), piece("=<IMG", 0.9), piece("zz", 0.8)], "Mostly because of “q=<img”."),
        ([feature("moves", 2.0)], "Mostly because of moves 0.31 (usually 34.6)."),
        ([category("agent", "a, b", 2.0)], "Mostly because of agent “a, b” (usually “c, d”)."),
        ([], "Nothing in it moved the score from where it starts."),
    ],
)
def test_the_reason_is_what_moved_the_score(pieces: list[Contribution], expected: str) -> None:
    assert words.sentence(made(*pieces)) == expected


def test_an_alarm_begins_with_what_raised_it_whatever_lowered_it_more() -> None:
    pieces = piece("update", -2), piece("xkq", 1)
    alarm, none = made(*pieces, output=0.5, threshold_output=0.1), made(*pieces, output=0.0, threshold_output=0.1)
    assert words.sentence(alarm) == "Mostly because of “xkq”; “update” spoke against it."
    assert words.sentence(none) == "Kept low mostly because of “update”; “xkq” spoke for an attack."
    assert words.sentence(made(*pieces, threshold_output=None)) == words.sentence(none)
    only = made(piece("update", -2), output=0.5, threshold_output=0.1)
    assert words.sentence(only) == "Kept low mostly because of “update”.", "nothing that is there raised it"


def test_what_is_missing_is_named_where_it_is_most() -> None:
    more = " More than by anything in it, the score is raised by what ordinary texts have and this one lacks."
    assert words.sentence(made(piece("a", 1), rest=1.2)) == f"Mostly because of “a”.{more}"
    assert words.sentence(made(piece("a", 1), rest=0.9)) == "Mostly because of “a”."
    assert words.sentence(made(rest=-1)).endswith(
        "the score is lowered by what ordinary texts have and this one lacks."
    )


def test_data_enters_as_it_is_but_for_what_cannot_be_seen() -> None:
    found = words.sentence(made(piece("<b>**x**\u202e\t\x00", 1)))
    assert found == "Mostly because of “<b>**x**⟨U+202E⟩⟨U+0009⟩⟨U+0000⟩”."
    assert words.literal("a" * 41) == f"{'a' * 39}…"
    assert words.literal("\ud800 ") == "⟨U+D800⟩ "


def test_values_stand_beside_what_is_usual() -> None:
    assert words.compared(piece("x", 1), 200) == "in 6 of 200 ordinary texts"
    assert words.compared(feature("moves", 1), 200) == "0.31, usually 34.6 (5 to 1,200)"


def test_the_base_the_method_and_the_background_are_said() -> None:
    e = made(piece("x", 1))
    assert words.base(e) == "From -2.00, the mean of 200 ordinary rows, to 1.50 (log-odds); the threshold lies at 0.00."
    assert words.base(made(n_background=0, threshold_output=None)).startswith("From -2.00, the mean of the rows of its")
    assert words.method(e) == "Exact: by hand. The parts add up to the output exactly."
    assert words.method(made(residual=0.00021)).endswith(" within 0.0003.")
    assert words.adds_up(2.0) == "within 2"
    assert "Standard errors up to 0.0021. " in words.method(made(error=0.00212))
    assert words.background(e).endswith("a fixed sample of 1 Nov 2026 to 1 Nov 2026.")
