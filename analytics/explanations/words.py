"""Explanations in plain sentences, by rules from the numbers.

Pieces of a text and names of features are data: whoever shows a sentence must not read it as Markdown or HTML.
Characters that cannot be seen, or turn others round, stand as their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isnan, log10

from analytics.explanations.results import Agreement, Contribution, Explanation
from analytics.numbers import exactly, percent, score

MOST_NAMED, MOST_AGAINST = 3, 2
ENOUGH = 0.5
"""Of all that moved the output in a direction: what is named as mostly the reason."""
WORTH_SAYING = 0.1
"""Of what moved it in the main direction: what spoke against is named from here."""
NO_PROOF = "This says what the model looked at. It is no proof that the decision is right."
_ALIKE = ((0.7, "alike"), (0.3, "somewhat alike"), (-1.0, "differently: do not build on the order"))
"""By rank correlation, from which on."""
ROUNDING = 1e-9
"""Below it parts add up but for what computers lose in rounding."""
_LONGEST = 40
_LACKING = "what ordinary texts have and this one lacks"


def sentence(e: Explanation) -> str:
    """Return the reason in one sentence: what moved the score most, and what spoke against that.

    An alarm begins with what raised it. What is none, or was not judged by a threshold, begins with what moved it
    most.
    """
    up, down = _moved(e, 1), _moved(e, -1)
    if not up and not down:
        return f"Nothing in it moved the score from where it starts.{_of_what_lacks(e)}"
    up_whole, down_whole = _whole(e, 1), _whole(e, -1)
    alarm = e.threshold_output is not None and e.output >= e.threshold_output
    if up and (alarm or not down or up_whole >= down_whole):
        text, (against, much), said, whole = _mostly(up, up_whole), _leading(down, down_whole), "against it", up_whole
    else:
        text = _mostly(down, down_whole)
        text = f"Kept low {text[0].lower()}{text[1:]}"
        (against, much), said, whole = _leading(up, up_whole), "for an attack", down_whole
    if much < WORTH_SAYING * whole:
        return f"{text}.{_of_what_lacks(e)}"
    return f"{text}; {_listed(against[:MOST_AGAINST])} spoke {said}.{_of_what_lacks(e)}"


def compared(c: Contribution, n: int) -> str:
    """Return a value beside what is usual: ``0.3, usually 35 (0.9 to 120)``, ``in 3 of 200 ordinary texts``."""
    if c.word:
        return f"“{literal(c.word)}”, usually “{literal(c.usual_word)}”"
    if isnan(c.typical):
        return "" if isnan(c.own) else short(c.own)
    if c.column == "payload":
        return f"in {round(c.typical * n):,} of {n:,} ordinary texts"
    return f"{short(c.own)}, usually {short(c.typical)} ({short(c.low)} to {short(c.high)})"


def lacking() -> str:
    """Return what ``Explanation.rest`` is called."""
    return _LACKING


def base(e: Explanation) -> str:
    """Return where the explanation starts and where it ends."""
    start = "the output of the empty text" if e.values else "the mean of the rows of its training"
    rows = f"the mean of {e.n_background:,} ordinary rows" if e.n_background else start
    rows = rows if e.background.n else "the base that was given"
    if not exactly():
        return f"From {rows} to this one, in {_unit(e)}."
    ends = f"From {e.base:.2f}, {rows}, to {e.output:.2f} ({_unit(e)})"
    return f"{ends}; the threshold lies at {e.threshold_output:.2f}." if e.threshold_output is not None else f"{ends}."


def method(e: Explanation) -> str:
    """Return how the values were found and how far they can be wrong."""
    sure = f"Standard errors up to {e.error:.2g}. " if e.error else ""
    return f"{e.method[0].upper()}{e.method[1:]}. {sure}The parts add up to the output {adds_up(e.residual)}."


def adds_up(residual: float) -> str:
    """Return how closely parts add up to an output: what computers lose in rounding is not told.

    Examples
    --------
    >>> adds_up(2e-14), adds_up(0.00021)
    ('exactly', 'within 0.0003')
    """
    if residual < ROUNDING:
        return "exactly"
    digits = -floor(log10(residual))
    return f"within {ceil(residual * 10**digits) / 10**digits:.{max(digits, 0)}f}"


def background(e: Explanation) -> str:
    """Return what ordinary rows are."""
    b = e.background
    if not b.n:
        return "What is usual of each feature is not known."
    return (
        f"Ordinary: {b.n:,} rows that this version let through and nobody judged as attacks, a fixed sample of "
        f"{b.since:%-d %b %Y} to {b.until:%-d %b %Y}."
    )


def caveats(e: Explanation) -> list[str]:
    """Return what has to be known beside the reason, with scores as they may be seen now: ``e`` may be kept."""
    other = e.other_scale and e.score is not None and e.stored_score is not None
    return [NO_PROOF, *e.caveats, *([differs(e.score, e.stored_score)] if other else [])]


def differs(now: float, stored: float) -> str:
    """Return that a saved model does not give the stored score."""
    return (
        f"The stored score is {score(stored)}, the saved model gives {score(now)}: what was stored has another scale, "
        "or the model was another one. The explanation is of the saved model."
    )


def short(x: float) -> str:
    """Return a number with three figures, without an exponent where it can be."""
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.3g}"


def agreement(a: Agreement) -> str:
    """Return whether a second method and small changes say the same."""
    if a.rank is None:
        ranks = f"There is too little to compare with {a.second}."
    else:
        alike = next(word for least, word in _ALIKE if a.rank >= least)
        ranks = (
            f"A second method ({a.second}) ranks the {a.n} strongest {alike} (rank correlation {a.rank:.2f}) "
            f"and gives {a.same_sign} of them the same direction."
        )
    if a.held is None:
        return ranks
    return f"{ranks} Under {a.changes} small changes ({a.change}) {percent(a.held)} % of the directions stayed."


def literal(text: str) -> str:
    """Return a piece of data for a sentence: cut, and every character visible."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in cut)


def _unit(e: Explanation) -> str:
    return "splits that set it apart, fewer is higher" if e.unit == "splits" else e.unit


def _moved(e: Explanation, sign: int) -> list[Contribution]:
    """Return what moved the output in a direction, the strongest first; of a text its pieces."""
    every = e.pieces if e.values else (*e.raised, *e.lowered)
    return sorted((c for c in every if sign * c.value > 0), key=lambda c: -abs(c.value))


def _of_what_lacks(e: Explanation) -> str:
    """Return a sentence where what is missing from a text moved the output more than all that is there."""
    sign = 1 if e.rest > 0 else -1
    if not e.rest or abs(e.rest) < max(_whole(e, 1), _whole(e, -1)):
        return ""
    return f" More than by anything in it, the score is {'raised' if sign > 0 else 'lowered'} by {_LACKING}."


def _whole(e: Explanation, sign: int) -> float:
    """Return how far everything together moved the output in a direction."""
    values = e.values or [c.value for c in (*e.raised, *e.lowered)]
    return sum(abs(v) for v in values if sign * v > 0)


def _leading(moved: Sequence[Contribution], whole: float) -> tuple[list[Contribution], float]:
    """Return the first that make up enough of the whole, MOST_NAMED at most, and how much they are together."""
    sofar, found = 0.0, []
    for c in moved:
        sofar += abs(c.value)
        if not any(c.name.lower() in f.name.lower() for f in found):  # a part of a piece says nothing more
            found.append(c)
        if sofar >= ENOUGH * whole or len(found) == MOST_NAMED:
            break
    return found, sofar


def _mostly(moved: Sequence[Contribution], whole: float) -> str:
    leading, much = _leading(moved, whole)
    begin = "Mostly because of" if much >= ENOUGH * whole else "Because of many things, first of all"
    return f"{begin} {_listed(leading)}"


def _listed(some: Sequence[Contribution]) -> str:
    names = [_named(c) for c in some]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def plain(name: str) -> str:
    """Return the name of a feature as people say it: blanks for underscores."""
    return name.removeprefix("f.").replace("_", " ")


def _named(c: Contribution) -> str:
    if c.column == "payload":
        return f"“{literal(c.name)}”"
    if c.word:
        return f"{literal(plain(c.column))} “{literal(c.word)}” (usually “{literal(c.usual_word)}”)"
    if isnan(c.typical):
        return literal(plain(c.column)) + ("" if isnan(c.own) else f" {short(c.own)}")
    return f"{literal(plain(c.column))} {short(c.own)} (usually {short(c.typical)})"
