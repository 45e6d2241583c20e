"""Marks on a text: what its n-grams add, spread onto its characters so that nothing is lost or counted twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

LEVELS = 4
"""Shades of a mark, of either sign."""
STRONG = 0.25
"""Of the strongest character of its sign: where a piece of text begins to be named."""
MOST_PARTS = 40
"""Different parts into which a text is cut for a model that is asked for its scores alone."""
_PART = re.compile(r"\w{1,6}|[^\w]+")
"""Words, long ones cut, and what lies between."""
_SPACES = re.compile(r"\s\s+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a text and what it adds."""

    start: int
    end: int
    """Characters [start, end) of the payload."""
    value: float
    """The sum of its characters; positive is more suspicious."""
    level: int
    """From −LEVELS to LEVELS, by the strongest character of the text: how it is shaded."""


def cannot(fitted: Any) -> str:
    """Return why the n-grams of a fitted TfidfVectorizer cannot be found again in a text; empty where they can."""
    plain = fitted.lowercase and fitted.strip_accents is None and fitted.preprocessor is None
    if fitted.analyzer != "char" or not plain:
        return "The model reads texts in a way that cannot be traced to their characters."
    return ""


def characters(text: str, fitted: Any, added: Mapping[str, float]) -> np.ndarray:
    """Return what each character of a text adds.

    An n-gram's value is shared equally by the places where it occurs, and there by its characters. Characters that
    the model reads as one (runs of spaces) share what that one adds.

    Parameters
    ----------
    text
        The payload.
    fitted
        A TfidfVectorizer over characters of which ``cannot`` says nothing.
    added
        Values by n-gram; all of them occur in the text.

    Returns
    -------
    ndarray
        One number a character; their sum is that of the values.
    """
    read, origin = _read(text)
    found = np.zeros(len(read))
    low, high = fitted.ngram_range
    for gram, places in _places(read, low, high, added).items():
        share = added[gram] / (len(places) * len(gram))
        for at in places:
            found[at : at + len(gram)] += share
    wide = np.bincount(origin[:, 0], minlength=len(read)) if len(origin) else np.zeros(0)
    spread = np.zeros(len(text))
    for place, at in origin:
        spread[at] += found[place] / wide[place]
    return spread


def parts(text: str) -> list[tuple[int, int]]:
    """Return where the parts of a text begin and end: words, long ones cut, and what lies between.

    Of more than MOST_PARTS different ones a text is cut into so many pieces of the same length.

    Examples
    --------
    >>> parts("get /a")
    [(0, 3), (3, 5), (5, 6)]
    """
    found = [m.span() for m in _PART.finditer(text)]
    if len({text[a:b] for a, b in found}) <= MOST_PARTS:
        return found
    step = -(-len(text) // MOST_PARTS)
    return [(at, min(at + step, len(text))) for at in range(0, len(text), step)]


def of_parts(text: str, added: Mapping[str, float]) -> np.ndarray:
    """Return what each character of a text adds, from what its parts do: equal parts share alike what they add."""
    found = np.zeros(len(text))
    spans = parts(text)
    times = Counter(text[a:b] for a, b in spans)
    for a, b in spans:
        found[a:b] = added.get(text[a:b], 0.0) / (times[text[a:b]] * (b - a))
    return found


def as_read(text: str) -> str:
    """Return a text as the model reads it: in lower case, runs of spaces as one."""
    return _SPACES.sub(" ", text.lower())


def marks(values: np.ndarray) -> list[Mark]:
    """Return runs of characters of the same shade, in the order of the text; those that add nothing are left out."""
    most = np.abs(values).max(initial=0)
    if most == 0:
        return []
    shade = (np.sign(values) * np.ceil(LEVELS * np.abs(values) / most)).astype(int)
    return [Mark(a, b, float(values[a:b].sum()), int(shade[a])) for a, b in _runs(shade) if shade[a]]


def pieces(values: np.ndarray, sign: int) -> list[Mark]:
    """Return the parts of a text that add much in one direction, the strongest first.

    Parameters
    ----------
    values
        By character.
    sign
        1: what raised the output; −1: what lowered it.
    """
    most = (sign * values).max(initial=0)
    if most <= 0:
        return []
    strong = (sign * values >= STRONG * most).astype(int)
    found = [Mark(a, b, float(values[a:b].sum()), sign * LEVELS) for a, b in _runs(strong) if strong[a]]
    return sorted(found, key=lambda m: (-sign * m.value, m.start))


def _runs(of: np.ndarray) -> list[tuple[int, int]]:
    """Return where equal neighbours begin and end."""
    ends = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(of))), len(of)]
    return list(pairwise(ends)) if len(of) else []


def _places(read: str, low: int, high: int, wanted: Mapping[str, float]) -> dict[str, list[int]]:
    """Return where each wanted n-gram occurs; occurrences may overlap."""
    found: dict[str, list[int]] = {}
    for n in range(low, high + 1):
        for at in range(len(read) - n + 1):
            if (gram := read[at : at + n]) in wanted:
                found.setdefault(gram, []).append(at)
    return found


def _read(text: str) -> tuple[str, np.ndarray]:
    """Return a text as the model reads it, and pairs of (place in that, character of the text) that belong together."""
    lower = text.lower()
    # Lowering one by one gives the same lengths: only the shape of a last sigma depends on its neighbours.
    owner = np.repeat(np.arange(len(text)), [len(c.lower()) for c in text]) if text else np.zeros(0, dtype=int)
    first = np.ones(len(lower), dtype=bool)
    for run in _SPACES.finditer(lower):
        first[run.start() + 1 : run.end()] = False
    place = np.cumsum(first) - 1
    return as_read(text), np.unique(np.column_stack([place, owner]), axis=0)
