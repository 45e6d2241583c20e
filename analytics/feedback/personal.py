"""Personal data that rules can recognise in a text, replaced by stand-ins of the same shape.

Letters become x and digits 0, everything else stays: a test case keeps the length and the signs of what was scored.
Names and whatever has no form of its own are not found; whoever records a text has to look at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_MAIL = re.compile(r"(?<![\w.+%/:@-])[\w.+-]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+(?![\w@])")
"""Not behind a slash, a colon or an at: ``http://bank.example@evil.example`` is an attack and no address."""
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_TOKEN = re.compile(r"(?<![\w.-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?<=[Bb]earer )[\w.~+/-]{16,}=*")
"""JSON web tokens (RFC 7519), and what follows ``Bearer`` (RFC 6750)."""


def replaced(text: str) -> tuple[str, dict[str, int]]:
    """Return a text in which personal data are replaced, and how many of each kind were.

    Parameters
    ----------
    text
        What was scored.

    Returns
    -------
    (str, dict)
        The text, as long as before; kind -> number, without those that were not found.
    """
    found: dict[str, int] = {}
    for kind, form, holds in _KINDS:

        def stand_in(match: re.Match[str], kind: str = kind, holds: Callable[[str], bool] = holds) -> str:
            if not holds(match[0]):
                return match[0]
            found[kind] = found.get(kind, 0) + 1
            return shape(match[0])

        text = form.sub(stand_in, text)
    return text, found


def shape(text: str) -> str:
    """Return a text with x for each letter and 0 for each digit, but for a %40 that stands for an at."""
    parts = text.split("%40")
    return "%40".join("".join("0" if c.isdigit() else "x" if c.isalpha() else c for c in p) for p in parts)


def _luhn(number: str) -> bool:
    """Tell whether a number has the check digit of a payment card (ISO/IEC 7812-1, annex B)."""
    digits = [int(c) for c in reversed(number) if c.isdecimal()]
    doubled = [2 * d - 9 * (d > 4) for d in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and any(digits)


def _mod_97(account: str) -> bool:
    """Tell whether an account number has the check digits of ISO 13616."""
    plain = account.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("access token", _TOKEN, lambda _: True),
    ("e-mail address", _MAIL, lambda _: True),
    ("account number", _IBAN, _mod_97),
    ("card number", _CARD, _luhn),
)
