"""All rows of the sample: how many there are, what cases cost people, what waits behind a storm, and floods."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sample_data.perimeter import load
from sample_data.perimeter.build import write_service
from sample_data.perimeter.labels import BY_PEOPLE
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.staff import SATURDAY, storm_h, waited, waits_h
from sample_data.perimeter.story import storm_window
from sample_data.perimeter.times import days, midnight

SCENARIO = load()
SAMPLE = Sample(SCENARIO, datetime(2026, 11, 22, tzinfo=UTC), 1, 1.0)
SUNDAY = pd.Timestamp(midnight(storm_window(SAMPLE)[0]))
FLOODS = SCENARIO.story["floods"]
DAY = pd.Timedelta(days=1)


def six_weeks() -> Sample:
    """All rows of fewer days."""
    short = replace(SCENARIO, sample={**SCENARIO.sample, "days": 42, "training_rows": 600, "calibration_rows": 3000})
    return Sample(short, SAMPLE.end, 1, 1.0)


def test_the_storm_is_worked_off_by_thursday() -> None:
    """By hand: 26 people get through 116.5 hours a day and 14 through 62.7; 95, 60 and on the Sunday 128 come."""
    assert storm_h(SAMPLE) == pytest.approx(68, abs=0.1)
    waits = waits_h(SAMPLE)
    week = waits[SUNDAY - DAY : SUNDAY + 5 * DAY]
    left = np.array([0, 65.2, 43.7, 22.3, 0.8, 0, 0])
    assert week.to_numpy() == pytest.approx(left / 116.48 * 24, abs=0.1)
    assert waits.drop(week.index).max() == 0


def test_who_is_judged_behind_the_storm_waits_and_nobody_else() -> None:
    due = pd.Series([SUNDAY - DAY, SUNDAY + DAY, SUNDAY + 1.5 * DAY, SUNDAY + 5 * DAY])
    late = (waited(SAMPLE, due) - due) / pd.Timedelta(hours=1)
    assert late.tolist() == pytest.approx([0, 13.4, (13.4 + 9.0) / 2, 0], abs=0.1)
    assert waited(SAMPLE, pd.Series(dtype="datetime64[ms, UTC]")).empty


@pytest.mark.slow
def test_a_week_of_cases_costs_what_the_staff_are_said_to_have(tmp_path: Path) -> None:
    """Six weeks of all rows: hours of cases a day at the minutes of the scenario, within a tenth of what it says."""
    sample = six_weeks()
    hours = []
    for key, service in SCENARIO.services.items():
        written = write_service(sample, key, tmp_path)
        rows = pd.read_parquet(written.files["detections"])
        rows = rows[(rows["model_version"] == service.texts["champion"]) & (rows["decision"] != "allow")]
        rows = rows[~rows["case_id"].str.contains("seeded|storm")]
        cases = rows.groupby(rows["occurred_at"].dt.floor("D"))["case_id"].nunique()
        if "escalated" in service.numbers:
            cases[:] = service["escalated"]["cases"]
        hours.append(cases * service["minutes_per_case"] / 60)
    weekend = pd.concat(hours).groupby([day >= SATURDAY for one in hours for day in one.index.day_of_week]).sum()
    of_them = int(np.sum(days(sample.scenario, sample.end).day_of_week >= SATURDAY))
    assert weekend[False] / (42 - of_them) == pytest.approx(SCENARIO.staff["load_h"], rel=0.1)
    assert weekend[True] / of_them == pytest.approx(SCENARIO.staff["weekend_load_h"], rel=0.1)


@pytest.mark.slow
def test_verdicts_of_people_come_later_behind_the_storm(small: Any) -> None:
    labels = pd.concat([pd.read_parquet(w.files["labels"]) for w in small.written], ignore_index=True)
    at = pd.concat([pd.read_parquet(w.files["detections"]) for w in small.written], ignore_index=True)
    occurred = at.drop_duplicates("event_id").set_index("event_id")["occurred_at"]
    mine = labels[labels["label_source"].isin(BY_PEOPLE)]
    hours = (mine["labelled_at"] - mine["event_id"].map(occurred)) / pd.Timedelta(hours=1)
    day = mine["event_id"].map(occurred).dt.floor("D")
    behind = hours[day.between(SUNDAY, SUNDAY + DAY)]
    usual = hours[day.between(SUNDAY + 5 * DAY, SUNDAY + 12 * DAY)]
    assert behind.median() > usual.median() + 5


@pytest.mark.slow
def test_a_flood_is_one_case_with_a_row_for_each_of_its_minutes(tmp_path: Path) -> None:
    written = write_service(six_weeks(), "network", tmp_path)
    rows = pd.read_parquet(written.files["detections"])
    service = SCENARIO.services["network"]
    rows = rows[(rows["model_version"] == service.texts["champion"]) & rows["case_id"].str.contains("-flood-")]
    by_case = rows.groupby("case_id")
    assert by_case.ngroups == pytest.approx(42 / 30.4 * FLOODS.numbers["a_month"], abs=2)
    assert by_case.size().median() == pytest.approx(FLOODS.numbers["minutes"], abs=1)
    assert by_case.size().max() <= FLOODS.numbers["minutes_most"]
    span = (by_case["occurred_at"].max() - by_case["occurred_at"].min()) / pd.Timedelta(minutes=1)
    assert (span == by_case.size() - 1).all()
    assert (by_case["entity"].nunique() == 1).all()
    assert (rows["sampling_weight"] == 1).all()
    assert rows["f.syn_share"].max() <= 1
    # The model finds most of them, and what people say of one they say of all of it: an attack, no legitimate cause.
    assert (rows["decision"] != "allow").groupby(rows["case_id"]).any().mean() > 0.9
    labels = (
        pd.read_parquet(written.files["labels"]).sort_values("labelled_at").drop_duplicates("event_id", keep="last")
    )
    labels = labels.merge(rows, on="event_id")
    assert len(labels) > 20
    told = labels[labels["label_source"] == "triage"]
    assert (told["label"] == "true_positive").mean() > 0.9
    assert "benign_positive" not in set(told["label"])


@pytest.mark.slow
def test_the_stored_rows_are_as_many_as_the_scenario_asks_for(tmp_path: Path) -> None:
    rows = sum(write_service(SAMPLE, service, tmp_path).rows["detections"] for service in ("bot", "network"))
    assert rows == pytest.approx(2 * 300_000 / len(SCENARIO.services), rel=0.15)
