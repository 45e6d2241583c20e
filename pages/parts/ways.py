"""Which page explains a figure or a matter of Overview, opened at the section that shows it."""

from __future__ import annotations

from dataclasses import replace

from analytics.detections.filters import Filters
from analytics.overview.results import Change, Happening, Silence
from analytics.scope import Scope
from analytics.warehouse.contract import DECISIONS
from pages.parts import cells, url, window
from pages.parts.cache import View

EFFICACY, DRIFT, FEEDBACK = "analysis/efficacy.py", "analysis/drift.py", "assurance/feedback.py"
UNCHECKED, FIGURES = "unchecked", "more"
"""Sections of Efficacy: what was checked and what not; every figure."""
MIXES, THROUGH = "mixes", "through"
"""Sections of Drift, what was decided, and of Feedback, what got through."""
Way = tuple[str, dict[str, list[str]]]
"""A page and what its address says."""


def opened(scope: Scope, *sections: str) -> dict[str, list[str]]:
    """Return the address of a page with some sections open."""
    return url.pairs(scope) | {section: ["true"] for section in sections}


def of(about: Change | Happening | Silence, view: View) -> Way:
    """Return where something that wants attention can be looked into: where the very rows or figures of it stand.

    Parameters
    ----------
    about
        What it is.
    view
        Who looks, at which snapshot.
    """
    scope = replace(about.scope, snapshot=view.scope.snapshot)
    if isinstance(about, Silence):
        # Of these days, as was known when they were over: no verdict.
        since, until = window.between(about.first, about.last, view.reader.snapshot.zone)
        return cells.PAGE, cells.pairs(
            replace(scope, since=since, until=until, known_at=until), Filters(label="labelled")
        )
    if isinstance(about, Change):
        if about.measure == "missed":
            return FEEDBACK, opened(scope, THROUGH)
        return EFFICACY, opened(scope, *([UNCHECKED] if about.measure == "checked" else []))
    if about.kind in ("overruled", "slice"):
        return cells.PAGE, cells.pairs(scope, _acted_on(about, view.exact))
    return EFFICACY, opened(scope, *([UNCHECKED] if about.kind in ("unchecked", "silent") else []))


def _acted_on(h: Happening, exact: bool) -> Filters:
    """Return what lists the rows that were acted on: of a slice those that were no attacks, where any was judged."""
    decision = h.decision if h.decision in DECISIONS else None
    if h.kind == "slice":
        return Filters(decision=decision, label="benign" if h.judged > h.right else "any")
    return Filters(decision=decision, score_to=h.below if exact else None)
