"""Questions to a model in the log: who asked it what would change a decision, and how often within an hour; and who was
shown its exact thresholds.

What was tried is not recorded: a log of texts that pass would itself be a list of ways in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analytics.errors import BadInput
from analytics.viewer import Viewer

if TYPE_CHECKING:
    from analytics.warehouse.records import Record

SHOWN = "threshold_shown"
"""Somebody was shown the exact thresholds of a version; the subject is a model. One a session is enough."""
SHOWN_BODY = frozenset({"model", "version"})
KIND = "model_asked"
"""The subject is an event_id."""
BODY = frozenset({"model", "version", "what"})
WHAT = ("what_if", "nearest_flip")
"""One input of one's own, scored and explained; the smallest change that would turn a decision round."""
MOST_AN_HOUR = 60
"""Of a person. Looking into a case takes a handful; whoever wants to learn a model by asking needs thousands, which
then take days and stand in the log."""


def check(subject: str, body: dict[str, Any], viewer: Viewer, about: Callable[[str], list[Record]]) -> None:
    """Refuse a question that does not say what was asked of which model.

    Raises
    ------
    BadInput
        A value that is not allowed.
    """
    doing = f"recording {KIND.replace('_', ' ')}"
    if body["what"] not in WHAT:
        raise BadInput(doing, f"what is {body['what']!r}.", f"Use one of {', '.join(WHAT)}.")
    if not all(isinstance(body[name], str) and body[name] for name in ("model", "version")):
        raise BadInput(doing, "no model and version are named.", "Name the version that was asked.")
