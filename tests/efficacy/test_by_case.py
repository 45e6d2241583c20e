"""Right alarms by case, against cases counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analytics.efficacy import by_case, evaluate
from analytics.efficacy.facts import Labelled, Totals
from analytics.efficacy.identify import identify
from analytics.efficacy.results import Confusion, Efficacy
from analytics.efficacy.words_threshold import figures
from analytics.results import Estimate

NO_DATA = Estimate(None, None, None, 0, quality="no_data", why="No row is labelled.")


def alarms(attack: Any, case: Any, inclusion: Any = None) -> Labelled:
    """Labelled alarms, all of them acted on."""
    n = len(attack)
    return Labelled(
        score=np.full(n, 0.9),
        attack=np.array(attack, bool),
        weight=np.ones(n),
        inclusion=np.full(n, np.nan) if inclusion is None else np.array(inclusion, float),
        case=None if case is None else np.array(case, np.int64),
        acted=np.ones(n, bool),
        decided=np.ones(n, bool),
        delay_s=np.zeros(n),
    )


def around(rows: float, above: float, passed_above: float = 0.0) -> Totals:
    """A population of so many events, of which so many are alarms."""
    n = int(rows)
    return Totals(
        rows=n, events=rows, scored_rows=n, scored=rows, above=above, below=rows - above, between=0.0, acted=above,
        passed=rows - above, passed_above=passed_above, acted_above=above, guarded=rows, mode_unknown=0.0,
    )  # fmt: skip


def told(rows: Labelled, totals: Totals) -> tuple[Estimate, Estimate]:
    """Precision by event and by case."""
    found = evaluate.estimates(identify(rows, totals, 0.5), rows, totals, False, False)
    return found["precision"], found["precision_by_case"]


def test_one_campaign_of_many_requests_is_one_case() -> None:
    """96 right requests in one case, four false ones in two, one of each in a fourth: 97 of 101 events, two of 4."""
    rows = alarms([1] * 96 + [0] * 4 + [1, 0], [0] * 96 + [1, 1, 2, 2] + [3, 3])
    events, cases = told(rows, around(10_000, 102))
    assert events.value == pytest.approx(97 / 102)
    assert (cases.value, cases.n, cases.n_cases) == (0.5, 102, 4)
    low, high = cases.low, cases.high
    wilson = stats.binomtest(2, 4).proportion_ci(method="wilson")
    assert (low, high) == (pytest.approx(wilson.low, abs=1e-6), pytest.approx(wilson.high, abs=1e-6))
    assert cases.quality == "few"


def test_a_row_without_a_case_is_one() -> None:
    rows = alarms([1, 1, 0, 1], [0, 0, -2, -3])
    assert told(rows, around(100, 4))[1].value == pytest.approx(2 / 3)


def test_cases_stand_for_those_that_were_not_chosen() -> None:
    """One right case of all such, one false case of five such, two rows each: 1 of 6."""
    rows = alarms([1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0.2, 0.2])
    assert told(rows, around(100, 12))[1].value == pytest.approx(1 / 6)


def test_where_it_cannot_be_told_it_says_why() -> None:
    rows = alarms([1, 0], None)
    assert (told(rows, around(100, 2))[1].value, told(rows, around(100, 2))[1].why) == (None, by_case.NO_CASES)
    few = alarms([1, 0], [0, 1])
    events, cases = told(few, around(100, 50))  # a twenty-fifth of the alarms is labelled
    assert (events.value, cases.value, cases.low, cases.why) == (None, None, None, events.why)
    found = identify(few, around(100, 2), 0.5)
    audit = replace(found, standing=replace(found.standing, basis="audit"))
    lower = by_case.precision(audit, around(100, 2, passed_above=9), Estimate(0.5, 0.1, 0.9, 2))
    assert (lower.value, lower.quality, lower.why) == (None, "not_measurable", by_case.NOT_WORKED)


def test_it_is_a_row_of_the_table_of_all_figures() -> None:
    c = Confusion(1, 1, 0, 0)
    cases = Estimate(0.577, 0.56, 0.59, 8_591, n_cases=5_800)
    e = Efficacy(
        "m",
        "1",
        0.5,
        "asked",
        "production",
        "full",
        c,
        2,
        2.0,
        2,
        2,
        2,
        {"precision_by_case": cases, "precision": cases},
    )
    row = figures(e).iloc[1]  # below that by event
    assert (row["figure"], row["value"], row["interval"]) == ("Right alarms, by case", "58 %", "56–59 %")
    assert row["base"] == "n 8,591 in 5,800 cases"
