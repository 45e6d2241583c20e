"""The planner on stored rows: what it takes as known, and the sentence that it comes to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from analytics.cli import app
from analytics.efficacy import measures
from analytics.errors import BadInput
from analytics.feedback import draws, planner, words_planner
from analytics.scope import Scope
from analytics.stats.planning import needed
from analytics.warehouse import Reader

SCOPE = Scope("m", "1")


@pytest.fixture(scope="module")
def found(still: Reader) -> planner.Plan:
    """The plan to ±10 points."""
    return planner.plan(still, SCOPE, 0.2).result


def test_it_stands_on_what_efficacy_knows(built: Any, still: Reader, found: planner.Plan) -> None:
    e = measures.efficacy(still, SCOPE).result.estimates
    alarms = (built.events["v1"] >= 0.7).sum()
    assert found.caught.value == pytest.approx(alarms * e["precision"].value)
    assert found.unseen == len(built.events) - alarms
    assert found.guess_from == "audits"
    assert found.guess == pytest.approx(e["recall"].value)
    assert found.checks == needed(found.caught, found.audit, 0.2)
    assert sum(s.checks for s in found.shares) == found.checks
    assert found.hours == pytest.approx(found.checks * 10 / 60)
    assert (
        words_planner.headline(found)
        == f"{found.checks:,} checks ({found.hours:,.0f} hours) would tell recall to ±10 points"
    )


def test_a_guess_moves_the_plan(still: Reader, found: planner.Plan) -> None:
    asked = planner.plan(still, SCOPE, 0.2, 0.95).result
    assert (asked.guess, asked.guess_from) == (pytest.approx(0.95), "asked")
    assert asked.checks != found.checks
    row = found.guesses[found.guesses["guess"] == 0.95].iloc[0]
    assert row["checks"] == asked.checks


def test_the_plan_can_be_drawn(still: Reader, found: planner.Plan) -> None:
    assert found.checks is not None
    drawn = draws.draw(still, found.scope, found.checks, "score", 1, found.audit).result
    assert [s.drawn for s in drawn.strata] == [s.checks for s in found.shares]


def test_without_a_label_or_a_threshold_it_says_what_is_missing(small_warehouse: Any, hostile_warehouse: Any) -> None:
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    none = planner.plan(open_reader(hostile_warehouse, local_viewer()), Scope("m", "1")).result
    assert none.checks is None
    assert words_planner.headline(none).startswith("No audit can be planned here. ")
    alarms = planner.plan(open_reader(small_warehouse, local_viewer()), Scope("dns", "8"), 0.4).result
    assert alarms.recall.quality == "not_measurable"
    assert (alarms.guess_from, alarms.guess) == ("assumed", pytest.approx(0.8, abs=0.01))
    assert "a guess, for no audit has looked yet" in words_planner.note(alarms)


@pytest.mark.parametrize("numbers", [(0.0, None), (1.0, None), (0.1, 0.0), (0.1, 1.0)])
def test_what_cannot_be_meant_is_refused(still: Reader, numbers: tuple[float, float | None]) -> None:
    with pytest.raises(BadInput):
        planner.plan(still, SCOPE, *numbers)


def test_the_command_says_the_same(built: Any, found: planner.Plan) -> None:
    words = ["feedback", "plan", "-w", str(built.directory), "--model", "m", "--points"]
    run = CliRunner().invoke(app, [*words, "10", "--format", "json"])
    assert run.exit_code == 0, run.output
    record = json.loads(run.stdout, parse_constant=pytest.fail)
    assert (record["checks"], record["sentence"]) == (found.checks, words_planner.headline(found))
    none = CliRunner().invoke(app, [*words, "0.5"])
    assert none.exit_code == 3
    assert "label more alarms first" in none.stdout.lower() or "would not tell" in none.stdout
