"""What got through: the list by pandas, loop times with the open ones, test cases that do nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight
from typer.testing import CliRunner

from analytics.cli import app
from analytics.detections.measures import detection
from analytics.errors import BadInput, NotAllowed
from analytics.feedback import cases, misses, words_cases, words_misses
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader, records, replay

SCOPE = Scope("m", "1")


def known(built: Any) -> pd.DataFrame:
    """Known misses by pandas, the newest known first."""
    said = built.labels[built.labels["label"] == "true_positive"]
    first = said.groupby("event_id").agg(known_at=("labelled_at", "min"), outcome=("outcome", list))
    rows = first.join(built.events.set_index("event_id"))
    rows["succeeded"] = [("succeeded" in o) for o in rows["outcome"]]
    rows = rows[(rows["v1"] < 0.7) | rows["succeeded"]].reset_index()
    return rows.sort_values(["known_at", "event_id"], ascending=[False, True])


def test_they_are_listed_whoever_found_them(built: Any, still: Reader) -> None:
    m, truth = misses.misses(still, SCOPE).result, known(built)
    assert (m.n, m.open, m.succeeded) == (len(truth), len(truth), truth["succeeded"].sum())
    assert m.rows["event_id"].tolist() == truth["event_id"].tolist()
    assert {"random_audit", "intelligence"} <= set(m.rows["label_source"])
    now = built.events["occurred_at"].max()
    days = (now - truth["known_at"]).dt.total_seconds() / 86400
    assert m.rows["days_open"].tolist() == pytest.approx(days.tolist())
    assert m.oldest_open_days == pytest.approx(days.max())
    assert words_misses.headline(m).startswith(f"{m.n} attacks are known to have got through, {m.succeeded} of them")
    assert "recorded for none of them" in words_misses.loop(m)


def test_where_no_decision_is_told_the_score_tells_what_passed(tmp_path: Path) -> None:
    (tmp_path / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
    (tmp_path / "detections.csv").write_text(
        "event_id,occurred_at,model_id,model_version,score,label\n"
        "low,2026-11-01,m,1,0.4,1\nhigh,2026-11-01,m,1,0.6,1\nnone,2026-11-01,m,1,,1\nbenign,2026-11-02,m,1,0.1,0\n"
    )
    for kind in ("models", "detections"):
        import_files(tmp_path / "warehouse", kind, [str(tmp_path / f"{kind}.csv")])
    m = misses.misses(open_reader(tmp_path / "warehouse", local_viewer()), SCOPE).result
    assert sorted(m.rows["event_id"]) == ["low", "none"]
    assert m.rows["payload"].isna().all()


def test_loop_times_count_the_open_ones(world: Any, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = known(world).set_index("event_id")
    chosen = truth.index[5:25]
    for i, event in enumerate(chosen):  # as if recorded i days after it was known
        at = truth.loc[event, "known_at"].to_pydatetime() + timedelta(days=i / 4)
        monkeypatch.setattr(records, "datetime", _at(at))
        misses.add_test(world.directory, reader.viewer, "m", event, f"t{i}", "", f"k{i}")
        if i % 2:
            misses.release_fix(world.directory, reader.viewer, "m", event, "v2", "", f"f{i}")
    m = misses.misses(reader, SCOPE, records.position(world.directory)).result
    assert (m.tested.done, m.released.done, m.open) == (20, 10, m.n - 10)
    now = world.events["occurred_at"].max()
    done = truth.index.isin(chosen)
    days = ((now - truth["known_at"]).dt.total_seconds() / 86400).to_numpy().copy()
    days[done] = np.arange(20) / 4
    theirs = SurvfuncRight(days + 1, done.astype(int))
    assert m.tested.course.done == pytest.approx(1 - theirs.surv_prob)
    one = m.rows.set_index("event_id").loc[chosen[1]]
    assert (one["test_id"], one["fixed_in"]) == ("t1", "v2")
    assert "A test case is recorded for 20 of" in words_misses.loop(m)


def _at(time: Any) -> Any:
    class Clock:
        """A clock that stands still."""

        @staticmethod
        def now(zone: Any) -> Any:
            return time.replace(tzinfo=zone)

        fromisoformat = staticmethod(type(time).fromisoformat)

    return Clock


def test_who_may_not_record_and_what_is_not_said_are_refused(world: Any, reader: Reader, onlooker: Any) -> None:
    for do in (misses.add_test, misses.release_fix):
        with pytest.raises(NotAllowed):
            do(world.directory, onlooker, "m", "e1", "x", "", "k")
        with pytest.raises(BadInput):
            do(world.directory, reader.viewer, "m", "e1", "  ", "", "k")
    with pytest.raises(NotAllowed):
        event = known(world)["event_id"].iloc[0]
        cases.make_test_case(open_reader(world.directory, onlooker), SCOPE, event, event, "k")
    assert replay(world.directory) == []


def test_a_test_case_keeps_where_it_comes_from(world: Any, reader: Reader) -> None:
    event = known(world)["event_id"].iloc[0]
    at, test_id = cases.make_test_case(reader, SCOPE, f"{event}/1", event, "k")
    assert cases.make_test_case(reader, SCOPE, f"{event}/1", event, "k") == (at, test_id), "the same key once"
    case, test = replay(world.directory)
    assert (case.kind, case.subject, case.body["test_id"]) == ("test_case_made", event, test_id)
    row = world.events.set_index("event_id").loc[event]
    assert case.body["input"] == row["payload"]
    assert (case.body["polarity"], case.body["expected"]) == ("attack", "flagged")
    lineage = {k: case.body[k] for k in ("model", "version", "snapshot", "detection_id")}
    told = {"model": "m", "version": "1", "snapshot": reader.snapshot.id, "detection_id": f"{event}/1"}
    assert lineage == told
    assert (test.kind, test.body["test_id"]) == ("miss_test_added", test_id), "it was missed: now it is tested"
    free = world.events[~world.events["event_id"].isin(world.labels["event_id"])]["event_id"].iloc[0]
    with pytest.raises(BadInput, match="nobody has judged"):
        cases.make_test_case(reader, SCOPE, free, free, "k2")


def test_hostile_payloads_become_text(hostile_warehouse: Any, payloads: dict[str, str], tmp_path: Any) -> None:
    import shutil

    directory = shutil.copytree(hostile_warehouse, tmp_path / "warehouse")
    pd.DataFrame({
        "event_id": [f"e-{name}" for name in payloads], "label": "true_positive", "labelled_at": "2026-11-20",
    }).to_csv(tmp_path / "labels.csv", index=False)  # fmt: skip
    assert import_files(directory, "labels", [str(tmp_path / "labels.csv")]).rejected == 0
    reader = open_reader(directory, local_viewer())
    for name, text in payloads.items():
        cases.make_test_case(reader, Scope("m", "1"), f"e-{name}", f"e-{name}", name)
        body = replay(directory)[-1].body
        assert all(c.isprintable() or c in "\n\t" for c in body["input"]), name
        assert body["input_cut"] == (len(text) > cases.LONGEST)
        assert json.loads(json.dumps(body)) == body
        case = cases.planned(detection(reader, Scope("m", "1"), f"e-{name}", f"e-{name}").result, "s")
        assert case.spelled == body["input"].count("⟨U+"), name
        assert words_cases.sanitised(case).startswith("Nothing in it") == (
            not case.spelled and not case.cut and not case.replaced
        )
    assert records.broken_at(directory) is None


def test_the_commands_list_and_record(world: Any) -> None:
    words = ["-w", str(world.directory), "--model", "m"]
    run = CliRunner().invoke(app, ["feedback", "misses", *words, "--format", "json"])
    assert run.exit_code == 0, run.output
    record = json.loads(run.stdout, parse_constant=pytest.fail)
    assert record["n"] == len(record["rows"]) == len(known(world))
    event = record["rows"][0]["event_id"]
    made = CliRunner().invoke(app, ["feedback", "test-case", *words, event])
    assert made.exit_code == 0, made.output
    assert [r.kind for r in replay(world.directory)] == ["test_case_made", "miss_test_added"]
    assert "recorded for 1 of" in CliRunner().invoke(app, ["feedback", "misses", *words]).stdout
