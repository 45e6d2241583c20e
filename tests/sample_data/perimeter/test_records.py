"""What the programme office of the sample records: once, and not against what others say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from analytics.efficacy.assumptions import Assumptions, agreed, propose, proposed
from analytics.overview.reviews import Assignment, acceptances, assign, assignments, last_review, reopen
from analytics.viewer import SAMPLE_PERSONS, local_viewer
from analytics.warehouse import replay
from sample_data.perimeter import load, made, records

END = datetime(2026, 11, 22, tzinfo=UTC)
OFFICE = "Programme office (sample)"
FLOOD = "guard/unchecked/2026-11-10T13"
"""The hour in which the guard failed open, as Overview names it."""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A folder that says it is the sample: nobody is played elsewhere."""
    made.write(tmp_path, made.made(END, 1, 1.0))
    return tmp_path


def test_a_review_an_owner_and_costs_are_recorded_once(sample: Path) -> None:
    records.keep(sample, END)
    log = replay(sample)
    assert len(log) == 3 + 2 * len(load().services)
    assert {(r.actor, r.verified_by) for r in log} == {(OFFICE, "sample"), ("Ariel (sample)", "sample")}
    assert {r.actor for r in log if r.kind == "assumptions_agreed"} == {"Ariel (sample)"}
    assert last_review(sample, END) == datetime(2026, 11, 5, 9, tzinfo=UTC)
    given = Assignment("DNS team", date(2026, 11, 26), "retrain with the new family", OFFICE)
    assert assignments(sample) == {"dns/missed": given}
    (subject, accepted), *more = acceptances(sample).items()
    assert (subject, accepted.until, accepted.by, more) == (FLOOD, date(2026, 11, 28), "Ariel (sample)", [])
    assert agreed(sample, "waf")[0] == Assumptions(6, None, 40, 0.5, 80)
    assert agreed(sample, "guard")[0] == Assumptions(7, None, 60, 1.5, 80)
    records.keep(sample, END)
    assert replay(sample) == log


def test_another_end_is_another_review_and_due_day(sample: Path) -> None:
    for days in (0, 1):
        records.keep(sample, END + timedelta(days=days))
    assert [r.kind for r in replay(sample)][-3:] == ["review_held", "attention_assigned", "attention_accepted"]
    assert last_review(sample, END + timedelta(days=1)) == datetime(2026, 11, 6, 9, tzinfo=UTC)
    assert assignments(sample)["dns/missed"].due == date(2026, 11, 27)
    assert len(replay(sample)) == 6 + 2 * len(load().services)


def test_what_somebody_else_has_said_stands(sample: Path) -> None:
    records.keep(sample, END)
    mine = Assignment("Somebody", date(2027, 1, 1), "", "")
    assign(sample, local_viewer(), "dns/missed", mine, "a")
    reopen(sample, local_viewer(), [FLOOD], "no", "c")
    propose(sample, local_viewer(), "waf", Assumptions(9.0), "b")
    records.keep(sample, END)
    assert FLOOD not in acceptances(sample)
    records.keep(sample, END + timedelta(days=1))
    assert assignments(sample)["dns/missed"].owner == "Somebody"
    standing = proposed(sample, "waf")
    assert standing and standing.values == Assumptions(9.0)


def test_what_an_interrupted_run_left_is_approved_and_other_numbers_are_agreed_anew(sample: Path) -> None:
    office = replace(SAMPLE_PERSONS[1], actor=OFFICE)
    for values in (Assumptions(6, None, 40, 0.5, 80), Assumptions(7.0)):
        propose(sample, office, "waf", values, f"left {values}")
        before = len(replay(sample))
        records.keep(sample, END)
        assert agreed(sample, "waf")[0] == Assumptions(6, None, 40, 0.5, 80)
        assert proposed(sample, "waf") is None
        written = [r.kind for r in replay(sample)[before:] if r.subject == "waf"]
        assert written == ["assumptions_proposed", "assumptions_agreed"][values != Assumptions(7.0) :]
