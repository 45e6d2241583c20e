"""Audits: who can be drawn, with what chance, and what that chance is worth later."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.cli import app
from analytics.efficacy.measures import efficacy
from analytics.errors import BadInput, NoData, NotAllowed
from analytics.feedback import bands, draws
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, Trace, import_files, open_reader, replay
from analytics.warehouse.audits import drawn, of_event

THRESHOLD = 0.7

SCOPE = Scope("m", "1")
UNTIL = datetime(2026, 9, 20, 7, 10, tzinfo=UTC)
WINDOW = Scope("m", "1", datetime(2026, 9, 5, 0, 30, tzinfo=UTC), UNTIL)


def passed(world: Any, scope: Scope = SCOPE):
    """Events that passed, by pandas; of a window its whole hours."""
    every = world.events[world.events["v1"] < THRESHOLD]
    if scope.since and scope.until:
        low, high = (t.replace(tzinfo=None) for t in (scope.since, scope.until))
        every = every[(every["occurred_at"] >= low) & (every["occurred_at"] < high)]
    return every


def test_strata_hold_all_that_passed(world: Any, reader: Reader) -> None:
    p = bands.passed(Trace(reader), SCOPE, THRESHOLD)
    mine = passed(world)["v1"].to_numpy()
    assert len(p.bands) == 4
    assert [b.rows for b in p.bands] == [int(((mine >= b.low) & (mine < b.high)).sum()) for b in p.bands]
    assert sum(b.rows for b in p.bands) == len(mine) == sum(b.events for b in p.bands)
    assert [b.stored for b in p.bands] == [1, 1, 1, 1]
    audit = world.labels[world.labels["label_source"] == "random_audit"]
    assert sum(b.checked for b in p.bands) == len(audit)
    assert sum(b.found for b in p.bands) == (audit["label"] == "true_positive").sum()


def test_a_draw_is_of_what_passed_in_whole_hours_and_can_be_repeated(world: Any, reader: Reader) -> None:
    found = draws.draw(reader, WINDOW, 80, seed=5).result
    inside = Scope("m", "1", datetime(2026, 9, 5, 1, tzinfo=UTC), datetime(2026, 9, 20, 7, tzinfo=UTC))
    assert (found.scope.since, found.scope.until) == (inside.since, inside.until)
    assert found.events["event_id"].is_unique
    assert set(found.events["event_id"]) <= set(passed(world, inside)["event_id"])
    assert [s.drawn for s in found.strata] == [24, 24, 24, 8]  # the last has no more
    assert [s.rows for s in found.strata][-1] == 8
    for s in found.strata:
        assert s.probability == pytest.approx(s.drawn / s.rows)
    assert draws.draw(reader, WINDOW, 80, seed=5).result.events.equals(found.events)
    assert not draws.draw(reader, WINDOW, 80, seed=6).result.events.equals(found.events)


def test_every_event_of_a_stratum_is_as_likely(world: Any, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many seeds each event comes as often as its chance says: hours with few events are no favourites."""
    monkeypatch.setattr(draws, "_HOURS", 2000)
    n, seeds = 400, 10
    times = np.zeros(len(world.events))
    for seed in range(seeds):
        drawn_ = draws.draw(reader, SCOPE, n, "simple", seed).result
        times[drawn_.events["event_id"].str[1:].astype(int)] += 1
    mine = passed(world)
    p = n / len(mine)
    counts = times[mine.index]
    assert counts.sum() == n * seeds
    assert times.sum() == n * seeds
    # Binomial spread, a little less as the draws are without replacement.
    assert counts.var() == pytest.approx(seeds * p * (1 - p), rel=0.15)
    busy = mine.groupby(mine["occurred_at"].dt.floor("h"))["event_id"].transform("size").to_numpy()
    alone, crowd = counts[busy == 1].mean(), counts[busy >= 3].mean()
    assert alone == pytest.approx(seeds * p, abs=4 * np.sqrt(seeds * p / (busy == 1).sum()))
    assert crowd == pytest.approx(seeds * p, abs=4 * np.sqrt(seeds * p / (busy >= 3).sum()))


def test_chances_of_several_draws_are_joined(world: Any, reader: Reader) -> None:
    first = draws.draw(reader, SCOPE, 1500, "simple", 1).result
    second = draws.draw(reader, WINDOW, 40, "score", 2).result
    for i, d in enumerate((first, second)):
        draws.record_draw(world.directory, reader.viewer, d, reader.snapshot.id, f"draw {i}")
    found = drawn(world.directory).set_index("event_id")
    assert set(found.index) == set(first.events["event_id"]) | set(second.events["event_id"])
    one = second.events.iloc[0]
    p, q = first.strata[0].probability, float(one["probability"])
    assert found.loc[one["event_id"], "probability"] == pytest.approx(1 - (1 - p) * (1 - q))
    outside = first.events[first.events["occurred_at"] > UNTIL.replace(tzinfo=None)].iloc[0]
    assert found.loc[outside["event_id"], "probability"] == pytest.approx(p)
    assert set(found["source"]) == {"random_audit", "score_audit"}
    told = of_event(world.directory, "m", str(outside["event_id"]))
    assert told == ("random_audit", pytest.approx(p))
    free = set(world.events["event_id"]) - set(found.index)
    assert of_event(world.directory, "m", free.pop()) is None


def test_only_some_may_record_a_draw(world: Any, reader: Reader, onlooker) -> None:
    found = draws.draw(reader, SCOPE, 5).result
    with pytest.raises(NotAllowed):
        draws.record_draw(world.directory, onlooker, found, reader.snapshot.id, "k")
    assert replay(world.directory) == []


def test_what_cannot_be_drawn_is_refused(reader: Reader) -> None:
    for n in (0, draws.MOST + 1):
        with pytest.raises(BadInput):
            draws.draw(reader, SCOPE, n)
    with pytest.raises(BadInput, match="no whole hour"):
        short = Scope("m", "1", datetime(2026, 9, 5, 0, 10, tzinfo=UTC), datetime(2026, 9, 5, 0, 50, tzinfo=UTC))
        draws.draw(reader, short, 5)
    with pytest.raises(NoData):
        draws.draw(reader, Scope("m", "1", datetime(2031, 1, 1, tzinfo=UTC)), 5)


def test_the_command_records(world: Any) -> None:
    words = ["feedback", "draw", "-w", str(world.directory), "--model", "m", "--n", "12", "--seed", "7"]
    run = CliRunner().invoke(app, [*words, "--format", "json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    record = replay(world.directory)[0]
    assert (told["record"], record.kind, record.subject, record.body["seed"]) == (1, "audit_drawn", "m", 7)
    assert [e["event_id"] for e in told["events"]] == [e["event_id"] for e in record.body["events"]]
    assert "12 events drawn by chance" in CliRunner().invoke(app, words).stdout


def test_verdicts_on_what_was_drawn_make_recall_measurable(small_warehouse: Path, tmp_path: Path) -> None:
    """Alarms alone tell no recall; with the drawn events judged, and counted by their chance, it can be told."""
    directory = shutil.copytree(small_warehouse, tmp_path / "warehouse")
    reader, scope = open_reader(directory, local_viewer()), Scope("dns", "8")
    before = efficacy(reader, scope).result
    assert (before.estimates["recall"].quality, before.basis) == ("not_measurable", "alarms")
    found = draws.draw(reader, scope, 60, "score", 3).result
    draws.record_draw(directory, reader.viewer, found, reader.snapshot.id, "k")
    events = drawn(directory)
    pd.DataFrame({
        "event_id": events["event_id"], "label": (events["score"] > 0.5).astype(int), "labelled_at": "2026-11-23",
        "label_source": events["source"], "inclusion_probability": events["probability"],
    }).to_csv(tmp_path / "audit.csv", index=False)  # fmt: skip
    assert import_files(directory, "labels", [str(tmp_path / "audit.csv")]).stored == 60
    after = efficacy(open_reader(directory, local_viewer()), scope).result
    recall = after.estimates["recall"]
    assert after.basis == "audit"
    share = (found.events["score"] > 0.5).groupby(found.events["stratum"]).mean()
    missed = sum(s.events * share.get(h, 0.0) for h, s in enumerate(found.strata))
    caught = before.confusion.tp
    assert recall.value == pytest.approx(caught / (caught + missed), rel=0.02)
