"""What the programme office of the sample records: once, and not against what others say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analytics.efficacy.assumptions import Assumptions, agree, agreed
from analytics.overview.reviews import Assignment, assign, assignments, last_review
from analytics.viewer import local_viewer
from analytics.warehouse import replay
from sample_data.perimeter import load, records

END = datetime(2026, 11, 22, tzinfo=UTC)
OFFICE = "Programme office (sample)"


def test_a_review_an_owner_and_costs_are_recorded_once(tmp_path: Path) -> None:
    records.keep(tmp_path, END)
    log = replay(tmp_path)
    assert len(log) == 2 + len(load().services)
    assert {(r.actor, r.verified_by) for r in log} == {(OFFICE, "sample")}
    assert last_review(tmp_path, END) == datetime(2026, 11, 5, 9, tzinfo=UTC)
    given = Assignment("DNS team", date(2026, 11, 26), "retrain with the new family", OFFICE)
    assert assignments(tmp_path) == {"dns/missed": given}
    assert agreed(tmp_path, "waf")[0] == Assumptions(6, None, 40, 0.5, 80)
    assert agreed(tmp_path, "guard")[0] == Assumptions(7, None, 60, 1.5, 80)
    records.keep(tmp_path, END)
    assert replay(tmp_path) == log


def test_another_end_is_another_review_and_due_day(tmp_path: Path) -> None:
    for days in (0, 1):
        records.keep(tmp_path, END + timedelta(days=days))
    assert [r.kind for r in replay(tmp_path)][-2:] == ["review_held", "attention_assigned"]
    assert last_review(tmp_path, END + timedelta(days=1)) == datetime(2026, 11, 6, 9, tzinfo=UTC)
    assert assignments(tmp_path)["dns/missed"].due == date(2026, 11, 27)
    assert len(replay(tmp_path)) == 4 + len(load().services)


def test_what_somebody_else_has_said_stands(tmp_path: Path) -> None:
    records.keep(tmp_path, END)
    mine = Assignment("Somebody", date(2027, 1, 1), "", "")
    assign(tmp_path, local_viewer(), "dns/missed", mine, "a")
    agree(tmp_path, local_viewer(), "waf", Assumptions(9.0), "b")
    records.keep(tmp_path, END + timedelta(days=1))
    assert assignments(tmp_path)["dns/missed"].owner == "Somebody"
    assert agreed(tmp_path, "waf")[0] == Assumptions(9.0)
