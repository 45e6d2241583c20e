"""What the programme office of the sample has recorded, through the doors that people use.

A record that is there is not written again, and what somebody else has said since is not overruled.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from analytics.efficacy import assumptions
from analytics.efficacy.assumptions import Assumptions
from analytics.overview import reviews
from analytics.overview.reviews import Acceptance, Assignment
from analytics.viewer import SAMPLE_PERSONS, Viewer
from sample_data.perimeter.scenario import Scenario, load

APPROVER = next(p for p in SAMPLE_PERSONS if "approver" in p.roles)


def keep(warehouse: Path, end: datetime, scenario: Scenario | None = None) -> None:
    """Record a review, who takes on the missed domains, what is accepted, and what cases and mistakes are said to cost.

    Parameters
    ----------
    warehouse
        Folder of the sample.
    end
        Midnight (UTC) after the last day; with another end the review and the due day are others.
    scenario
        The one beside this module where None.
    """
    scenario = scenario or load()
    numbers = scenario.records
    office = Viewer(actor=numbers["actor"], roles=frozenset({"owner"}), verified_by="sample")
    held = end - timedelta(days=numbers["review_days"]) + timedelta(hours=numbers["review_hour"])
    reviews.hold_review(warehouse, office, held, numbers["review_note"], _key("review", held, numbers["review_note"]))
    subject, due = numbers["subject"], (end + timedelta(days=numbers["due_days"])).date()
    standing = reviews.assignments(warehouse).get(subject)
    if standing is None or standing.by == office.actor:
        given = Assignment(numbers["owner"], due, numbers["note"], office.actor)
        reviews.assign(warehouse, office, subject, given, _key(subject, given))
    _accept(warehouse, end, scenario)
    for key, service in scenario.services.items():
        values = Assumptions(
            minutes_per_case=service["minutes_per_case"],
            cost_missed=service["cost_missed"],
            cost_false_alarm=service["cost_false_alarm"],
            cost_hour=numbers["cost_hour"],
        )
        _agree(warehouse, office, key, values)


def _accept(warehouse: Path, end: datetime, scenario: Scenario) -> None:
    """Let the approver live with an event of the story until a day."""
    numbers, event = scenario.records, scenario.story[scenario.records["accepted"]]
    subject = f"{event.texts['service']}/unchecked/{event.start(end):%Y-%m-%dT%H}"
    until = (end + timedelta(days=numbers["accepted_days"])).date()
    given = Acceptance(until, numbers["accepted_reason"], numbers["accepted_meanwhile"], APPROVER.actor)
    last_day = (end - timedelta(days=1)).date()
    reviews.accept(warehouse, APPROVER, subject, given, last_day, _key(subject, given))


def _agree(warehouse: Path, office: Viewer, model: str, values: Assumptions) -> None:
    """Let the office propose what things cost and the sample's approver approve it, unless others spoke."""
    standing = assumptions.proposed(warehouse, model)
    agreed, _ = assumptions.agreed(warehouse, model)
    by = standing.actor if standing else assumptions.agreed_proposer(warehouse, model)
    if by in ("", office.actor) and (standing or agreed != values or not by):
        waits = standing is not None and standing.values == values  # what an interrupted run left
        seq = standing.seq if waits else assumptions.propose(warehouse, office, model, values, uuid4().hex)
        assumptions.approve(warehouse, APPROVER, model, seq, uuid4().hex)


def _key(*said: object) -> str:
    """Return the client key of what is said: the same is recorded once, of another scenario it is another record."""
    return "sample/" + hashlib.sha256(repr(said).encode("utf-8")).hexdigest()[:16]
