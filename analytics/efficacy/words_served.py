"""Decisions as served against the score, in plain sentences."""

from __future__ import annotations

import pandas as pd

from analytics.efficacy.served import Reason, Served
from analytics.numbers import count, score

REASONS: dict[Reason, tuple[str, str]] = {
    "unscored": ("without a score", "acted on without a score"),
    "threshold": ("at another threshold", "another threshold was in force at the time"),
    "mode": ("while it could not act", "passed because the version could not act (mode shadow or log)"),
    "rule": ("with a rule that fired", "a rule fired for the same event"),
    "none": ("for no reason that is stored", "not explained by what is stored"),
}
"""Reason -> how it reads in a sentence, and in the table."""


def served(s: Served) -> str:
    """Return how many labelled rows were decided otherwise than their score says, by reason."""
    if s.threshold is None:
        return "No threshold is in force, so no decision can be held against one"
    if not s.rows:
        return "No labelled row was decided otherwise than its score says at the threshold in force"
    rows = "labelled row was" if s.rows == 1 else "labelled rows were"
    head = f"{count(s.rows)} {rows} decided otherwise than the score says"
    if len(s.otherwise) == 1:
        return f"{head}, {'all ' if s.rows > 1 else ''}{REASONS[s.otherwise[0].reason][0]}"
    return f"{head}: " + ", ".join(f"{count(o.acted + o.passed)} {REASONS[o.reason][0]}" for o in s.otherwise)


def note(s: Served) -> str:
    """Return what is held against what."""
    if s.threshold is None or not s.rows:
        return ""
    return (
        f"Decisions as served against the score at {score(s.threshold)}, the threshold in force; labelled rows, not "
        "weighted, each under the first reason that holds. All other figures here go by the score."
    )


def table(s: Served) -> pd.DataFrame:
    """Return the reasons with the rows acted on below the threshold and passed at or above it."""
    return pd.DataFrame(
        [
            {"why": REASONS[o.reason][1], "acted on below the threshold": o.acted, "passed at or above it": o.passed}
            for o in s.otherwise
        ]
    )
