"""What was scored, as text that shows everything and does nothing."""

from __future__ import annotations

import unicodedata

MOST = 4_000
"""Characters that a screen shows."""
_KEPT = "\n\t"
_CUT_CELL = 200


def spelled(text: str) -> str:
    """Return text in which characters that cannot be seen, or turn others round, stand as their number: ⟨U+202E⟩.

    Control, format, private and unassigned characters, half ones (surrogates), and spaces that look like none.
    """
    return "".join(c if _plain(c) else f"⟨U+{ord(c):04X}⟩" for c in text)


def shown(text: str) -> tuple[str, str]:
    """Return the start of a text, spelled, and what of it is left out: empty if nothing is."""
    rest = len(text) - MOST
    return spelled(text[:MOST]), f"{rest:,} more characters are not shown; an export has them." if rest > 0 else ""


def cell(text: str) -> str:
    """Return a text for a cell of a table: one line, spelled, cut."""
    start = spelled(" ".join(text[: 4 * _CUT_CELL].split()))
    return start if len(start) <= _CUT_CELL else f"{start[: _CUT_CELL - 1]}…"


def _plain(c: str) -> bool:
    return c in _KEPT or c == " " or (unicodedata.category(c)[0] not in "CZ")
