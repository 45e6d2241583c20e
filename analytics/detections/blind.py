"""A second opinion: what others said of an event stays unseen until somebody has given a verdict of their own."""

from __future__ import annotations

from dataclasses import replace

from analytics.detections.listing import JUDGED
from analytics.detections.results import Answer, Detection, Page, Similar


def blind(d: Detection, actor: str) -> bool:
    """Tell whether others judged an event and a person has not: that person's verdict is still to come.

    A verdict that the person gave and took back counts as given: what the others said has been seen since.
    """
    return bool(len(d.labels)) and not own(d, actor)


def own(d: Detection, actor: str) -> bool:
    """Tell whether a person has judged an event."""
    return bool((d.labels["labelled_by"] == actor).any()) if len(d.labels) else False


def unseen(d: Detection) -> Detection:
    """Return a detection without anything that was said of it."""
    return replace(d, verdict=None, label_source=None, labels=d.labels.iloc[:0], unseen=True)


def unseen_page(p: Page) -> Page:
    """Return a part of a list without the columns that tell how its rows were judged."""
    return replace(p, rows=p.rows.drop(columns=list(JUDGED), errors="ignore"))


def unseen_similar(s: Similar) -> Similar:
    """Return what is like a detection without how it was judged."""
    return replace(s, rows=s.rows.drop(columns=list(JUDGED), errors="ignore"), unseen=True)


def unseen_answer(a: Answer) -> Answer:
    """Return an answer without how its rows were judged."""
    return replace(a, rows=a.rows.drop(columns=list(JUDGED), errors="ignore"), verdicts=None)
