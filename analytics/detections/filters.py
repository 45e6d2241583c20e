"""What of a scope is listed: everything that a figure of Efficacy can be narrowed to, and what people look for.

One text form is shared by page, URL, command and notebook, beside that of the scope.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from analytics.errors import BadInput
from analytics.scope import Scope, parse_where
from analytics.warehouse.contract import DECISIONS, OWN_POPULATIONS

Label = Literal[
    "any",
    "labelled",
    "unlabelled",
    "attack",
    "benign",
    "true_positive",
    "benign_positive",
    "false_positive_logic",
    "false_positive_data",
    "undetermined",
]
POPULATIONS = ("production", *OWN_POPULATIONS)
NONE, OTHER = "(none)", "(other)"
"""Parts of a split by a slice column: rows without a value, and values that the split does not name."""
LONGEST = 1_000
"""Characters of a text that is looked for."""
_DIGITS = 12
_DOING = "reading the filter"
_NUMBERS = ("score_from", "score_to", "threshold")
_TRUTHS = ("scored", "flagged")
_CHOICES = {"decision": DECISIONS, "label": get_args(Label), "population": POPULATIONS}
_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Filters:
    """A selection within a scope; all of it holds."""

    score_from: float | None = None
    """Scores are [score_from, score_to)."""
    score_to: float | None = None
    """None: no upper end, so that a score of 1 belongs to the last bar of a histogram."""
    scored: bool | None = None
    """There is a score, or there is none."""
    flagged: bool | None = None
    """The score reaches ``threshold``, or there is one that does not; what is not scored is neither."""
    threshold: float | None = None
    """Goes with ``flagged``."""
    decision: str | None = None
    """As served."""
    label: Label = "any"
    """The label in force at the scope's ``known_at``: undetermined is none, see ``warehouse.judged``."""
    population: str | None = None
    """Whose labels count; None: as Efficacy chooses, production where the scope has such labels."""
    part: tuple[str, str] | None = None
    """A slice column and a part of a split by it: a value, NONE or OTHER."""
    case_id: str | None = None
    entity: str | None = None
    correlation_id: str | None = None
    find: str | None = None
    """Text within payload, event_id or entity, letter by letter, in capitals or not."""

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise BadInput(_DOING, f"{name} is {value}.", "Give a score from 0 to 1.")
        if self.score_from is not None and self.score_to is not None and self.score_from >= self.score_to:
            found = f"scores from {self.score_from} to below {self.score_to} are none."
            raise BadInput(_DOING, found, "Give a lower end that lies below the upper one.")
        if (self.flagged is None) != (self.threshold is None):
            raise BadInput(_DOING, "an alarm is named without its threshold.", "Give both, flagged and threshold.")
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise BadInput(_DOING, f"{name} is {value!r}.", f"Use one of {', '.join(allowed)}.")
        if self.part is not None:
            Scope(where=(self.part,))  # refuses what is not a slice column
        for name in ("case_id", "entity", "correlation_id", "find"):
            _check_text(name, getattr(self, name))

    @property
    def by_label(self) -> bool:
        """Return whether only rows with a certain label are asked for."""
        return self.label not in ("any", "unlabelled")

    def to_text(self) -> str:
        """Return the filter as a URL query; ``from_text`` reads it back, equal."""
        return urlencode([(f.name, _told(v)) for f in fields(self) if (v := getattr(self, f.name)) != f.default])

    @classmethod
    def from_text(cls, text: str) -> Filters:
        """Read a filter from a URL query; unknown keys are left to others, and so is a threshold without an alarm.

        Raises
        ------
        BadInput
            A number or a choice that cannot be read.
        """
        names = {f.name for f in fields(cls)}
        given = {k: v for k, v in parse_qsl(text, keep_blank_values=True) if k in names}
        if "flagged" not in given:
            given.pop("threshold", None)
        return cls(**{name: _read(name, value) for name, value in given.items()})


def bar(low: float, high: float) -> Filters:
    """Return the filter of one bar of a histogram of scores; the last one holds the score 1 too.

    The ends may come from arithmetic: 0.7000000000000001 is the edge 0.7.
    """
    low, high = round(low, _DIGITS), round(high, _DIGITS)
    return Filters(score_from=low, score_to=high if high < 1 else None, scored=True)


def _check_text(name: str, text: str | None) -> None:
    if text is None:
        return
    if not text or len(text) > LONGEST:
        raise BadInput(_DOING, f"{name} has {len(text)} characters.", f"Give 1 to {LONGEST:,} characters.")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise BadInput(_DOING, f"{name} holds half a character.", "Type it again.")


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, tuple):
        return "=".join(value)
    return repr(float(value)) if isinstance(value, int | float) else str(value)


def _read(name: str, text: str) -> Any:
    if name in _TRUTHS:
        if text not in (_YES, _NO):
            raise BadInput(_DOING, f"{name} is {text!r}.", f"Write {_YES} or {_NO}.")
        return text == _YES
    if name == "part":
        return parse_where(text)
    if name not in _NUMBERS:
        return text
    try:
        return float(text)
    except ValueError as e:
        raise BadInput(_DOING, f"{name} {text!r} is no number.", "Give a score from 0 to 1.") from e
