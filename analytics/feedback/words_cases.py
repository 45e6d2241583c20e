"""Test cases in plain sentences: what is kept, what was changed in it, what it asks of the next version."""

from __future__ import annotations

from analytics.feedback.cases import LONGEST, Case
from analytics.feedback.words import day
from analytics.numbers import count
from analytics.warehouse.records import Record

ASKS = {
    "attack": "Judged an attack: every later version has to flag it.",
    "benign": "Judged benign: every later version has to let it pass.",
}
_PLURAL = {
    "access token": "access tokens",
    "e-mail address": "e-mail addresses",
    "account number": "account numbers",
    "card number": "card numbers",
}
LOOK = "Names and what has no form of its own are not found: look at it before you record it."


def sanitised(case: Case) -> str:
    """Return what was changed in the text that was scored."""
    parts = []
    if case.replaced:
        told = ", ".join(f"{count(n)} {kind if n == 1 else _PLURAL[kind]}" for kind, n in case.replaced.items())
        parts.append(f"Replaced by stand-ins of the same shape: {told}.")
    if case.spelled:
        what = "1 sign" if case.spelled == 1 else f"{count(case.spelled)} signs"
        parts.append(f"{what} that cannot be seen, or turn others round, are written as their numbers.")
    if case.cut:
        parts.append(f"It is cut after {count(LONGEST)} characters; {count(case.cut)} are left out.")
    return " ".join([*(parts or ["Nothing in it had to be changed."]), LOOK])


def missed(case: Case) -> str:
    """Return that a miss is tested from now on; else empty."""
    return "It got through, so the record also says that a test was added for this miss." if case.missed else ""


def made(r: Record, zone: str) -> str:
    """Return since when an event is a test case, and who made it so."""
    return f"It is a test case since {day(r.at, zone)}: {r.body['test_id']}, made by {r.actor}."
