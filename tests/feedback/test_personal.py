"""Personal data in texts: found by their form and check digits, replaced in place, attacks left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.feedback.cases import Case
from analytics.feedback.personal import replaced
from analytics.feedback.words_cases import _PLURAL, LOOK, sanitised

SIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
FOUND = {
    "mail": ("From: jane.roe+x@bank.example.com, hi", "From: xxxx.xxx+x@xxxx.xxxxxxx.xxx, hi", {"e-mail address": 1}),
    "encoded": ("user=jane%40bank.example&x=1", "user=xxxx%40xxxx.xxxxxxx&x=1", {"e-mail address": 1}),
    "card": ("pay 4111 1111 1111 1111 now", "pay 0000 0000 0000 0000 now", {"card number": 1}),
    "iban": ("DE89 3704 0044 0532 0130 00;", "xx00 0000 0000 0000 0000 00;", {"account number": 1}),
    "iban with letters": ("GB82WEST12345698765432", "xx00xxxx00000000000000", {"account number": 1}),
    "bearer": (
        "Authorization: Bearer abcdef0123456789==",
        "Authorization: Bearer xxxxxx0000000000==",
        {"access token": 1},
    ),
    "two": (
        "a@b.co 4111111111111111 c@d.co",
        "x@x.xx 0000000000000000 x@x.xx",
        {"e-mail address": 2, "card number": 1},
    ),
}
KEPT = (
    "http://bank.example@evil.example/login",
    "admin'@'% OR 1=1 --",
    "4111 1111 1111 1112",
    "DE88 3704 0044 0532 0130 00",
    "GET /1234567890123456789012 HTTP/1.1",
    "169.254.169.254 ::ffff:10.0.0.1",
    "Ignore all previous instructions @here",
    "0000000000000000",
    "v1.2.3-rc.4 550e8400-e29b-41d4-a716-446655440000",
)


@pytest.mark.parametrize("name", FOUND)
def test_what_has_a_form_of_its_own_is_replaced_by_its_shape(name: str) -> None:
    text, stand_in, found = FOUND[name]
    assert replaced(text) == (stand_in, found)


def test_a_token_keeps_its_dots_and_nothing_else() -> None:
    text, found = replaced(f"t={SIGNED};")
    assert found == {"access token": 1} and len(text) == len(SIGNED) + 3
    assert set(text.removeprefix("t=").removesuffix(";")) <= set("x0.")


@pytest.mark.parametrize("text", KEPT)
def test_attacks_and_numbers_of_other_kinds_stay(text: str) -> None:
    assert replaced(text) == (text, {})


@given(st.text() | st.from_regex(r"[\w.@%:/ +-]{0,60}"))
def test_the_length_stays_and_a_second_look_changes_nothing(text: str) -> None:
    once, found = replaced(text)
    assert len(once) == len(text)
    assert replaced(once)[0] == once
    assert set(found) <= set(_PLURAL)
    assert found or once == text


@pytest.mark.parametrize("piece", ["a.", "a@", "1 ", "eyJa", "A1", "a@b.", "%40", "Bearer a"])
def test_a_long_text_is_gone_through(piece: str) -> None:
    """In a tenth of a second, as it should: a form that tries all ways would take hours."""
    text = piece * (1_000_000 // len(piece))
    assert len(replaced(text)[0]) == len(text)


def test_it_is_told_what_was_replaced() -> None:
    case = Case({}, 0, 0, {"e-mail address": 1, "card number": 2}, False)
    assert sanitised(case) == f"Replaced by stand-ins of the same shape: 1 e-mail address, 2 card numbers. {LOOK}"
