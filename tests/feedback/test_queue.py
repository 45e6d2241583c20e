"""The work queue against pandas: who is in it and why, how long it takes, how far it looked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.cli import app
from analytics.errors import BadInput
from analytics.feedback import draws, queue, words
from analytics.feedback.results import Queue
from analytics.scope import Scope
from analytics.warehouse import Reader, import_files, open_reader
from analytics.warehouse.rows import HIDDEN

THRESHOLD = 0.7

SCOPE = Scope("m", "1")


def unjudged(world: Any) -> pd.DataFrame:
    """Events without any verdict, the newest first."""
    every = world.events[~world.events["event_id"].isin(world.labels["event_id"])]
    return every.sort_values("occurred_at", ascending=False)


def test_alarms_are_parted_by_whether_the_versions_agree(built: Any, queued: Queue) -> None:
    rows = queued.rows
    free = unjudged(built)
    one, two = free["v1"] >= THRESHOLD, free["v2"] >= THRESHOLD
    newest = {"disagree": free[one ^ two], "flagged": free[one & two]}
    found = {r: rows[rows["reason"] == r]["event_id"].tolist() for r in newest}
    assert found["disagree"] == newest["disagree"]["event_id"].head(60).tolist()
    # Those that are also near the threshold stand there, for that is worth more.
    near = rows[rows["also"].str.contains("flagged")]["event_id"].tolist()
    assert sorted(found["flagged"] + near) == sorted(newest["flagged"]["event_id"].head(60))
    assert rows["event_id"].is_unique


def test_the_nearest_to_the_threshold_on_either_side(built: Any, queued: Queue) -> None:
    rows = queued.rows
    free = unjudged(built)
    above, below = free[free["v1"] >= THRESHOLD], free[free["v1"] < THRESHOLD]
    nearest = set(above.nsmallest(20, "v1")["event_id"]) | set(below.nlargest(20, "v1")["event_id"])
    mine = rows["reason"].eq("uncertain") | rows["also"].str.contains("uncertain")
    assert set(rows[mine]["event_id"]) == nearest


def test_open_verdicts_wait_a_week_and_second_opinions_are_of_one_judge(built: Any, queued: Queue) -> None:
    said = built.labels
    decided = set(said[said["label"] != "undetermined"]["event_id"])
    open_ = said[(said["label"] == "undetermined") & ~said["event_id"].isin(decided)]
    old = open_[open_["labelled_at"] < built.events["occurred_at"].max() - pd.Timedelta(days=7)]
    rows = queued.rows.set_index("event_id")
    expected = old.sort_values(["labelled_at", "event_id"])["event_id"].head(20).tolist()
    assert rows[rows["reason"] == "undetermined"].index.tolist() == expected
    judges = said[said["label"] != "undetermined"].groupby("event_id")["labelled_by"].nunique()
    second = rows[rows["reason"] == "second"].index
    assert len(second) == 20
    assert (judges[second] == 1).all()


def test_a_case_takes_its_minutes_once(queued: Queue) -> None:
    assert queued.minutes_per_case == 10
    assert queued.hours == pytest.approx(queued.rows["case_id"].nunique() * 10 / 60)
    assert words.headline(queued).startswith(f"{len(queued.rows)} detections to look at, about ")


def test_minutes_by_hand(queued: Queue) -> None:
    q = replace(queued, rows=pd.DataFrame({"minutes": [15.0, 0.0, 2.5]}), minutes_per_case=15.0)
    assert words.minutes(q) == ["15", "with its case", "2.5"]
    assert words.minutes(replace(q, rows=pd.DataFrame({"minutes": [0.0]}), minutes_per_case=0.0)) == ["0"]


def test_a_drawn_event_waits_until_it_is_judged(world: Any, reader: Reader) -> None:
    drawn = draws.draw(reader, SCOPE, 50, seed=4).result
    draws.record_draw(world.directory, reader.viewer, drawn, reader.snapshot.id, uuid4().hex)
    waiting = drawn.events[~drawn.events["event_id"].isin(world.labels["event_id"])]
    found = queue.queue(reader, SCOPE).result
    mine = found.rows[found.rows["reason"] == "audit"]
    assert found.rows["reason"].iloc[0] == "audit"
    assert sorted(mine["event_id"]) == sorted(waiting["event_id"])
    one = waiting.iloc[0]
    path = world.directory.parent / "more.csv"
    pd.DataFrame({
        "event_id": [one.event_id], "label": "true_positive", "label_source": "score_audit",
        "labelled_at": "2026-11-01", "labelled_by": "analyst-1", "inclusion_probability": one.probability,
    }).to_csv(path, index=False)  # fmt: skip
    assert import_files(world.directory, "labels", [str(path)]).stored == 1
    after = queue.queue(open_reader(world.directory, reader.viewer), SCOPE).result
    assert one.event_id not in set(after.rows[after.rows["reason"] == "audit"]["event_id"])


def test_it_says_how_far_it_looked(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PAGE", 40)
    found = queue.queue(reader, SCOPE).result
    alarms = next(s for s in found.searches if s.reason == "disagree")
    assert alarms.looked == 240
    assert not alarms.complete
    assert "Alarms: 240 detections looked at back to " in words.searched(found, "UTC")
    assert "No audit was drawn here yet" in words.searched(found, "UTC")


def test_who_may_not_see_texts_gets_none(world: Any, onlooker) -> None:
    rows = queue.queue(open_reader(world.directory, onlooker), SCOPE).result.rows
    assert set(rows["payload"]) == set(rows["entity"]) == {HIDDEN}


def test_an_unknown_model_is_refused(reader: Reader) -> None:
    with pytest.raises(BadInput, match="no model 'x'"):
        queue.queue(reader, Scope("x"))
    with pytest.raises(BadInput, match="no version '9'"):
        queue.queue(reader, Scope("m", "9"))


def test_the_command_prints_the_same(built: Any, queued: Queue) -> None:
    run = CliRunner().invoke(app, ["feedback", "queue", "-w", str(built.directory), "--model", "m", "--format", "json"])
    assert run.exit_code == 0, run.output
    record = json.loads(run.stdout, parse_constant=pytest.fail)
    assert [r["event_id"] for r in record["rows"]] == queued.rows["event_id"].tolist()
    assert record["hours"] == queued.hours
    table = CliRunner().invoke(app, ["feedback", "queue", "-w", str(built.directory), "--model", "m"])
    assert words.headline(queued) in table.stdout
