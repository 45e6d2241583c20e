"""The audit planner: how many of which events must be looked at before recall can be told, and how long that takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.efficacy import measures
from analytics.efficacy.assumptions import agreed
from analytics.efficacy.reading import in_force, read
from analytics.errors import BadInput
from analytics.feedback.bands import Band, passed
from analytics.results import Estimate, Measured
from analytics.scope import Scope
from analytics.stats import planning
from analytics.stats.planning import Audit
from analytics.stats.weighted import Total
from analytics.warehouse import Reader, Trace

PROMISE = 0.8
"""Chance with which a planned audit ends with an interval no wider than wanted."""
WIDTHS = {"±3 points": 0.06, "±5 points": 0.1, "±10 points": 0.2}
"""Points of recall to each side -> width from end to end."""
GUESSES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Recalls that are guessed where nothing is known."""
USUAL = 0.8
ENOUGH = 5
"""Misses found by audits, from which on their spread over the bands is taken as known."""
CLEAN = (300, 1_000, 3_000, 10_000, 30_000)
"""Checks of an audit that finds nothing."""
_ELSEWHERE = 0.05
"""Of the misses that is taken to lie anywhere, whatever audits found."""
_MOST_SHARE = 0.5
"""Of a band that is guessed to be attacks, at most."""


@dataclass(frozen=True, slots=True)
class Share:
    """A band and its part of an audit."""

    band: Band
    guess: float
    """Share of attacks in it, as guessed."""
    checks: int
    """0 without a plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An audit that would tell recall."""

    scope: Scope
    recall: Estimate
    """As the labels tell it today."""
    caught: Total
    """Attacks among the alarms, in events."""
    unseen: float
    """Events that passed."""
    width: float
    promise: float
    guess: float
    """Recall that is guessed."""
    guess_from: str
    """asked | audits | assumed."""
    checks: int | None
    """None: no number of checks does, or ``why`` says why none is planned."""
    shares: tuple[Share, ...]
    minutes_per_case: float
    minutes_agreed: bool
    guesses: pd.DataFrame
    """guess, checks (missing where none does), hours: if recall were so."""
    clean: pd.DataFrame
    """checks, hours, recall: the lower bound that an audit shows which finds nothing."""
    least: float
    """Width that is left when every miss is known: what was caught is not known better."""
    curve: pd.DataFrame
    """checks, hours, width: what fewer and more checks would reach."""
    why: str = ""

    @property
    def hours(self) -> float | None:
        """Return the analyst hours of the plan."""
        return None if self.checks is None else self.checks * self.minutes_per_case / 60

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        shares = [
            {"low": s.band.low, "high": s.band.high, "events": s.band.events, "rows": s.band.rows,
             "checked": s.band.checked, "found": s.band.found, "guess": s.guess, "checks": s.checks}
            for s in self.shares
        ]  # fmt: skip
        clean = self.clean.to_dict("records")
        return {
            "scope": self.scope.to_text(), "recall": self.recall.to_record(), "caught": self.caught._asdict(),
            "unseen": self.unseen, "width": self.width, "promise": self.promise, "guess": self.guess,
            "guess_from": self.guess_from, "checks": self.checks, "hours": self.hours, "bands": shares,
            "if_none_found": clean, "why": self.why,
        }  # fmt: skip

    @property
    def audit(self) -> Audit:
        """Return the strata with their guesses, as a draw takes them."""
        return Audit(np.array([s.band.events for s in self.shares]), np.array([s.guess for s in self.shares]))


def plan(reader: Reader, scope: Scope, width: float = 0.1, guess: float | None = None) -> Measured[Plan]:
    """Return how many events that passed must be looked at to measure recall to a wanted width.

    What was caught comes from the alarms and their precision. How many misses there are is what audits have found so
    far, or a guess; half of a guessed number is taken to lie near the threshold, half anywhere.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names model and version; the window is cut to whole hours, slices are left out.
    width
        Of the 95 % interval of recall, from end to end, in (0, 1).
    guess
        Recall that is guessed, in (0, 1); None: what audits tell, or USUAL.

    Raises
    ------
    BadInput
        No version is named, or a number that cannot be meant.
    """
    if not 0 < width < 1 or not (guess is None or 0 < guess < 1):
        raise BadInput("planning an audit", f"width {width} and guess {guess} were given.", "Give shares in (0, 1).")
    trace = Trace(reader)
    served = in_force(trace, scope)
    p = passed(trace, scope, served)
    e = measures.efficacy(reader, p.scope, over_all=False).result
    recall, precision = e.estimates["recall"], e.estimates["precision"]
    totals = read(reader, p.scope).parts[0].totals(served)
    minutes, by = agreed(reader.directory, str(scope.model))
    caught = _caught(precision, totals.acted)
    unseen = float(sum(b.events for b in p.bands))
    none = Plan(
        p.scope, recall, caught or Total(0.0, 0.0, 0.0), unseen, width, PROMISE, guess or USUAL, "assumed", None,
        tuple(Share(b, 0.0, 0) for b in p.bands), minutes.minutes_per_case, bool(by), pd.DataFrame(), pd.DataFrame(),
        0.0, pd.DataFrame(), why=_why(served, p.bands, caught),
    )  # fmt: skip
    found = none if none.why or caught is None else _planned(none, p.bands, caught, guess)
    return Measured(found, trace.provenance(p.scope))


def _why(served: float | None, bands: tuple[Band, ...], caught: Total | None) -> str:
    """Return why no audit can be planned; empty where one can."""
    if served is None:
        return "No threshold is known for this version: nothing says what passed."
    if not bands:
        return "No rows that passed are stored in this window: there is nothing to draw from."
    if caught is None:
        return "Nothing is known of the alarms: label some of them first, for recall is caught out of all."
    return ""


def _caught(precision: Estimate, alarms: float) -> Total | None:
    """Return the attacks among the alarms; None where no label or no alarm says anything."""
    if precision.value is None or precision.low is None or precision.high is None or not alarms * precision.value:
        return None
    return Total(*(alarms * x for x in (precision.value, precision.low, precision.high)))


def _planned(none: Plan, bands: tuple[Band, ...], caught: Total, asked: float | None) -> Plan:
    told = none.recall.value if none.recall.value and none.recall.value < 1 else None
    audit, recall, how = _guess(bands, caught, asked, told)
    checks = planning.needed(caught, audit, none.width, PROMISE)
    many = planning.allocated(audit, checks) if checks else np.zeros(len(bands), dtype=np.int64)
    shares = tuple(Share(b, float(g), int(n)) for b, g, n in zip(bands, audit.missed, many, strict=True))
    hour = none.minutes_per_case / 60
    others = [(r, planning.needed(caught, _guess(bands, caught, r, told)[0], none.width, PROMISE)) for r in GUESSES]
    guesses = pd.DataFrame(others, columns=["guess", "checks"])
    clean = pd.DataFrame({"checks": CLEAN})
    steps = np.unique(np.geomspace(100, max(20_000, 4 * (checks or 0)), 16).astype(int))
    steps = steps[steps <= none.unseen]
    reached = [planning.width_reached(caught, audit, planning.allocated(audit, int(n)), PROMISE) for n in steps]
    return replace(
        none,
        guess=recall,
        guess_from=how,
        checks=checks,
        shares=shares,
        guesses=guesses.assign(hours=guesses["checks"] * hour),
        clean=clean.assign(
            hours=clean["checks"] * hour, recall=planning.recall_if_none_found(caught.value, none.unseen, CLEAN)
        ),
        least=planning.least_width(caught, audit),
        curve=pd.DataFrame({"checks": steps, "hours": steps * hour, "width": reached}),
    )


def _guess(bands: tuple[Band, ...], caught: Total, asked: float | None, told: float | None) -> tuple[Audit, float, str]:
    """Return the guessed share of attacks in each band, the recall that it comes to, and where it is from.

    Parameters
    ----------
    asked
        Recall that somebody guesses.
    told
        Recall as the labels tell it; None where they do not.
    """
    events = np.array([b.events for b in bands])
    known = np.array([b.missed for b in bands]) * events
    if sum(b.found for b in bands) >= ENOUGH:
        # A little may lie where none was found yet.
        share, how = (1 - _ELSEWHERE) * known / known.sum() + _ELSEWHERE * events / events.sum(), "audits"
        recall = asked or told or caught.value / (caught.value + float(known.sum()))
    else:
        # Half in any band alike, which is near the threshold for the most part, half anywhere.
        share, how, recall = 0.5 / len(bands) + 0.5 * events / events.sum(), "assumed", asked or USUAL
    missed = caught.value * (1 - recall) / recall
    p = np.minimum(missed * share / events, _MOST_SHARE)
    recall = caught.value / (caught.value + float(events @ p))
    return Audit(events, p), recall, "asked" if asked is not None else how
