"""What got through, in plain sentences."""

from __future__ import annotations

import pandas as pd

from analytics.detections import payload
from analytics.feedback.misses import MOST, Loop, Misses
from analytics.feedback.words import day
from analytics.numbers import count

OUTCOMES = {
    "succeeded": "succeeded", "stopped": "stopped elsewhere", "no_effect": "no effect", "unknown": "not known"
}  # fmt: skip


def headline(m: Misses) -> str:
    """Return how many attacks are known to have got through, and how long the oldest gap has been open."""
    if not m.n:
        return "No attack is known to have got through in this window"
    done = f", {count(m.succeeded)} of them succeeded" if m.succeeded else ""
    if m.oldest_open_days is None:
        return f"{count(m.n)} attacks are known to have got through{done}; for each a fix is released"
    return (
        f"{count(m.n)} attacks are known to have got through{done}; "
        f"the oldest gap has been open {m.oldest_open_days:,.0f} days"
    )


def loop(m: Misses) -> str:
    """Return how long it takes from known to a test case, and to a released fix."""
    if not m.n:
        return ""
    listed = f" The newest {MOST} are listed." if m.n > MOST else ""
    return f"{_step('A test case', m.tested, m)} {_step('A released fix', m.released, m)}{listed}"


def _step(what: str, x: Loop, m: Misses) -> str:
    if not x.done:
        return f"{what} is recorded for none of them."
    half = f"half of all within {x.median_days:.0f} days" if x.median_days is not None else "for fewer than half so far"
    return f"{what} is recorded for {count(x.done)} of {count(m.n)}: {half}, the open ones counted as open."


def table(m: Misses, zone: str) -> pd.DataFrame:
    """Return the misses as a screen shows them: texts spelled, days of the business zone."""
    rows = m.rows

    def text(column: str) -> list[str]:
        return ["" if pd.isna(v) else payload.cell(str(v)) for v in rows[column]]

    def days(column: str) -> list[str]:
        return ["" if pd.isna(v) else day(v, zone) for v in rows[column]]

    return pd.DataFrame(
        {
            "Happened": days("occurred_at"),
            "Known since": days("known_at"),
            "Found by": [str(v).replace("_", " ") for v in rows["label_source"]],
            "Outcome": [OUTCOMES.get(str(v), "not known") for v in rows["outcome"]],
            "Days open": rows["days_open"].round(1),
            "Test added": text("test_id"),
            "Fix released": text("fixed_in"),
            "What was scored": text("payload"),
            "Technique": text("technique"),
            "Event": text("event_id"),
        }
    )
