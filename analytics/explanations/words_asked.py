"""What a model was asked, in plain sentences.

Names of features and pieces of a text are data: whoever shows a sentence must not read it as Markdown or HTML.
"""

from __future__ import annotations

import re
from collections import Counter

from analytics.explanations.door import Feature
from analytics.explanations.moving import VALUES
from analytics.explanations.results import NotExplained
from analytics.explanations.searching import Change, Flip
from analytics.explanations.what_if import Side, WhatIf
from analytics.explanations.words import literal, short
from analytics.numbers import count, score
from analytics.warehouse.questions import MOST_AN_HOUR

RECORDED = (
    f"Each question is recorded with your name, without what you try; up to {MOST_AN_HOUR} an hour. "
    "The model answers for itself: nothing is estimated."
)
_DECISIONS = {"allow": "pass", "alert": "alert", "challenge": "challenge", "block": "block"}
_LONGEST_LABEL = 60


def cannot(e: NotExplained) -> str:
    """Return why the model cannot be asked."""
    return f"What would change the decision cannot be told: {e.why}"


def field(f: Feature, i: int) -> str:
    """Return the name of a feature as a label that nothing can read as markup: letters, digits and blanks alone."""
    words = " ".join(re.sub(r"[\W_]+", " ", f.name).split())[:_LONGEST_LABEL]
    return words or f"feature {i + 1}"


def usual(f: Feature) -> str:
    """Return what is stored of a feature, and what is usual."""
    if f.options:
        return f"was “{literal(f.word)}”, usually “{literal(f.usual_word)}”"
    return f"was {short(f.own)}, usually {short(f.typical)} ({short(f.low)} to {short(f.high)})"


def moved(w: WhatIf) -> str:
    """Return what came of changed inputs, in one sentence."""
    a, b = w.stored, w.changed
    begin = f"The score goes from {score(a.score)} to {score(b.score)}"
    if a.score == b.score:
        begin = f"The score stays {score(a.score)}"
    if b.decision is None:
        return f"{begin}; no threshold was in force."
    if a.decision == b.decision:
        return f"{begin}; {'it still passes' if b.decision == 'allow' else f'the decision stays: {_decision(b)}'}."
    return f"{begin}, the decision from {_decision(a)} to {_decision(b)}."


def side(s: Side, threshold: float | None) -> str:
    """Return score and decision of one input."""
    if threshold is None or s.decision is None:
        return f"Score {score(s.score)}; no threshold was in force."
    place = "at or above" if s.score >= threshold else "below"
    return f"Score {score(s.score)}, {place} the threshold then in force, {score(threshold)}: {_decision(s)}."


def _decision(s: Side) -> str:
    return _DECISIONS.get(str(s.decision), str(s.decision))


def moved_of(w: WhatIf) -> str:
    """Return what the answer to changed inputs rests on."""
    usual = f"; the reasons compare with {count(w.n_ordinary)} ordinary rows" if w.n_ordinary else ""
    return f"this one detection; the saved model scored it twice, as stored and as asked{usual}"


def flip_of(f: Flip) -> str:
    """Return what the nearest change rests on."""
    usual = "" if f.of_text else f"; what is usual is known from {count(f.n_ordinary)} ordinary rows"
    return f"this one detection; the saved model scored it and {count(f.tried)} changes of it{usual}"


def flip(f: Flip) -> str:
    """Return the nearest change that turns a decision round, in one sentence or two; or that there is none."""
    if not f.found:
        return _none(f)
    would = "It would pass" if f.alarm else "It would be an alarm"
    if f.left_out:
        parts = "this part" if len(f.left_out) == 1 else f"these {len(f.left_out)} parts"
        return f"{would} without {parts}: {_listed(f.left_out)}."
    begin = "" if len(f.changes) == 1 else "No single change to a usual value is enough. "
    return f"{begin}{would} if {' and '.join(_changed(c) for c in f.changes)}."


def after(f: Flip) -> str:
    """Return what it would then score, and how far the change goes; empty where none was found."""
    if not f.found:
        return ""
    far = f" The change is {short(f.distance)} times as wide as the usual range (nine of ten ordinary rows)."
    return f"It would then score {score(f.score)}; the threshold is {score(f.threshold)}.{far if f.changes else ''}"


def _changed(c: Change) -> str:
    more = f" or {'more' if c.value > c.own else 'less'}" if c.beyond else ""
    return f"{literal(c.name)} were {c.value:,.6g}{more} (it is {short(c.own)}, usually {short(c.typical)})"


def _none(f: Flip) -> str:
    to = "let it pass" if f.alarm else "make it an alarm"
    side_ = "at or above" if f.alarm else "below"
    at = f"{score(f.score)}, {side_} the threshold {score(f.threshold)}"
    if not f.features:
        return f"There is nothing that could be changed to {to}."
    if f.of_text:
        said = f"{len(f.parts)} of {f.features}"
        return f"Without the parts that spoke for the decision ({said}) it would score {at}: no way to {to}."
    what = "No change of one feature, or of two," if f.pairs else "No change of a single feature"
    return f"{what} to values that are usual would {to}. The nearest that was found scores {at}."


def tried(f: Flip) -> str:
    """Return what was tried, and whether the search came to its end."""
    rest = "" if f.complete else " Time was up before all was tried; there may be a smaller change."
    if f.of_text:
        return (
            f"{count(f.tried)} texts were scored: parts that spoke for the decision ({f.features} at most) left out "
            f"one by one, each time the one that moves the score most, then put back what was not needed.{rest}"
        )
    pairs = ", and two features at a time" if f.pairs else ""
    rest = f" Categories stayed as they are.{rest}" if f.left else rest
    features = f"{f.features} feature{'s' if f.features > 1 else ''}"
    return (
        f"{count(f.tried)} inputs were scored: {features}, each at up to {VALUES} values between the first and the "
        f"last hundredth of {f.n_ordinary} ordinary rows{pairs}. The smallest change in usual ranges is told; features "
        f"that go together in life may not be free to move alone.{rest}"
    )


def _listed(parts: tuple[str, ...]) -> str:
    n = Counter(f"“{literal(p)}”" for p in parts)
    said = [p if k == 1 else f"{p} ({k} times)" for p, k in n.items()]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
