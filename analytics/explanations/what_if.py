"""What if a detection had been another one: score, decision and reason of changed inputs, beside the stored ones."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.explanations import door, words
from analytics.explanations.asking import Asked
from analytics.explanations.attributions import LIMIT_S
from analytics.explanations.batch import one_thread
from analytics.explanations.door import Edited
from analytics.explanations.fitted import score
from analytics.explanations.measures import SAME, of_stored, worked_out
from analytics.explanations.results import Explanation, NotExplained
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace


@dataclass(frozen=True, slots=True)
class Side:
    """What a model makes of one input."""

    score: float
    decision: str | None
    """The action whose threshold it reaches, or allow; None where no threshold was in force."""
    sentence: str
    """The reason, or why there is none; holds text from data."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A detection as it is stored, and with other inputs."""

    stored: Side
    changed: Side
    threshold: float | None
    """The lowest one in force when it happened."""
    caveat: str
    """A sentence where the saved model does not give the stored score; else empty."""
    n_ordinary: int = 0
    """Ordinary rows with which the reasons compare; 0 where they compare a text with the empty one."""


def what_if(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None, edited: Edited
) -> Measured[WhatIf | NotExplained]:
    """Return what a model says of changed inputs. It is recorded who asks, and nothing of what they try.

    Parameters
    ----------
    reader
        The snapshot and who asks, by name.
    scope, detection_id, event_id
        As ``measures.explain`` takes them.
    edited
        The whole text, or a number for each feature, in the unit in which they are stored.

    Raises
    ------
    NotAllowed
        The viewer may not ask, not here, or not so often.
    BadInput
        What the model does not take.
    """
    trace = Trace(reader)
    asked = door.looked_up(reader, scope, detection_id, event_id, trace)
    if isinstance(asked, NotExplained):
        return Measured(asked, trace.provenance(scope))
    other = door.changed(asked, edited)
    door.enter(reader, scope, asked, "what_if")
    with one_thread():
        found = _compared(reader, asked, other, trace)
    return Measured(found, trace.provenance(scope))


def _compared(reader: Reader, asked: Asked, other: Asked, trace: Trace) -> WhatIf:
    actions = door.actions(asked, trace)
    model, kept = asked.loaded.model, float(asked.row["score"].iloc[0])
    was, is_now = float(score(model, asked.given)[0]), float(score(model, other.given)[0])
    before, after = of_stored(reader, asked, LIMIT_S, trace), worked_out(other, LIMIT_S)
    return WhatIf(
        stored=Side(was, decided(actions, was), _reason(before)),
        changed=Side(is_now, decided(actions, is_now), _reason(after if isinstance(after, NotExplained) else after[1])),
        threshold=asked.threshold,
        caveat="" if abs(was - kept) <= SAME else words.differs(was, kept),
        n_ordinary=len(asked.ordinary) if not asked.inputs.text else getattr(before, "n_background", 0),
    )


def decided(actions: tuple[tuple[str, float], ...], value: float) -> str | None:
    """Return the action with the highest threshold that a score reaches; allow where it reaches none.

    Examples
    --------
    >>> decided((("alert", 0.5), ("block", 0.9)), 0.7)
    'alert'
    """
    if not actions:
        return None
    reached = [action for action, threshold in actions if value >= threshold]
    return reached[-1] if reached else "allow"


def _reason(e: Explanation | NotExplained) -> str:
    return f"Why cannot be told: {e.why}" if isinstance(e, NotExplained) else e.sentence
