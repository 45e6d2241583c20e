"""Payloads are shown whole, and do nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detections import payload


@given(st.text())
def test_nothing_that_cannot_be_seen_is_left(text: str) -> None:
    found = payload.spelled(text)
    assert all(c in " \n\t" or unicodedata.category(c)[0] not in "CZ" for c in found)
    assert payload.spelled(found) == found


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S"], exclude_characters="⟨⟩")))
def test_what_can_be_seen_stays(text: str) -> None:
    assert payload.spelled(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("pay\u200bpal", "pay⟨U+200B⟩pal"),
        ("x\x00y\x1b[31m", "x⟨U+0000⟩y⟨U+001B⟩[31m"),
        ("half \ud800", "half ⟨U+D800⟩"),
        ("one\u00a0two\u2028three", "one⟨U+00A0⟩two⟨U+2028⟩three"),
        ("GET /\tx\r\n", "GET /\tx⟨U+000D⟩\n"),
        ("🙂 <script>alert(1)</script> **x**", "🙂 <script>alert(1)</script> **x**"),
    ],
)
def test_by_example(text: str, said: str) -> None:
    assert payload.spelled(text) == said


def test_a_long_text_is_cut_and_says_so() -> None:
    start, rest = payload.shown("x" * 1_000_000)
    assert (len(start), rest) == (4_000, "996,000 more characters are not shown; an export has them.")
    assert payload.shown("x" * 4_000)[1] == ""


@given(st.text(max_size=2_000))
def test_a_cell_is_one_short_line(text: str) -> None:
    found = payload.cell(text)
    assert len(found) <= 200
    assert "\n" not in found
    assert "\t" not in found
