"""Explaining in batches: the values of one by one, a stated sample, runs that are killed, what fails."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.cli import app
from analytics.errors import BadInput
from analytics.explanations import batch, storing
from analytics.explanations.asking import LONGEST, ask
from analytics.explanations.attributions import attributions
from analytics.explanations.measures import explain
from analytics.explanations.results import Attributions, Explanation, NotExplained
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Trace, current_id, explained, import_files, open_reader
from analytics.warehouse.rows import HIDDEN
from analytics.warehouse.snapshots import collect

LINEAR, BOOSTING = Scope("t", "linear"), Scope("n", "boosting")


@pytest.fixture
def place(warehouse: Path, tmp_path: Path) -> Path:
    """A copy of the warehouse of small models."""
    return shutil.copytree(warehouse, tmp_path / "warehouse")


def run(place: Path, scopes: list[Scope], sample: int = 30, alarms: int | None = None) -> list[dict[str, Any]]:
    """What became of each version."""
    reader = open_reader(place, local_viewer())
    return list(batch.run(reader, scopes, sample, alarms, lambda *_: None, 0.05))


def table(place: Path, scope: Scope) -> pd.DataFrame:
    """All that is stored of a version."""
    reader = open_reader(place, local_viewer())
    files = explained.files(reader, scope, reader.query).listed
    return pd.concat([pd.read_parquet(p) for p in files["path"]], ignore_index=True)


def test_a_batch_says_what_one_by_one_says(place: Path) -> None:
    assert [f["failed"] for f in run(place, [LINEAR, BOOSTING]) if "failed" in f] == [0, 0]
    reader = open_reader(place, local_viewer())
    for scope in (LINEAR, BOOSTING):
        for row in table(place, scope).head(5).to_dict("records"):
            asked = ask(reader, scope, row["event_id"], row["event_id"], Trace(reader))
            assert not isinstance(asked, NotExplained)
            one = attributions(asked.loaded.model, asked.loaded.note, asked.given, asked.usual)
            assert isinstance(one, Attributions)
            values = one.values[0] if isinstance(one.values, np.ndarray) else one.values[[0]].data
            assert np.allclose(row["added"], values, rtol=0, atol=1e-12)
            assert (row["base"], row["output"]) == pytest.approx((one.base, one.output[0]))
            total = row["base"] + sum(row["added"]) + row["rest"]
            assert total == pytest.approx(row["output"], abs=1e-6)
            assert row["background"] == batch.digest(asked.ordinary)


def test_the_sample_is_stated_and_every_alarm_is_there(place: Path) -> None:
    run(place, [BOOSTING], sample=30)
    reader, rows = open_reader(place, local_viewer()), table(place, BOOSTING)
    every = reader.query(
        "SELECT * FROM read_parquet($f) WHERE model_version = 'boosting'",
        {"f": [str(place / p) for p in reader.query("SELECT path FROM files WHERE model_id = 'n'")["path"]]},
    )
    until = every["occurred_at"].max()
    assert set(rows["event_id"][rows["alarm"]]) == set(every["event_id"][every["score"] >= 0.5])
    random = rows[rows["design"] != "alarm"]
    assert len(random) == 30
    assert random["inclusion"].iloc[0] == pytest.approx(30 / len(every))
    file = explained.files(reader, BOOSTING, reader.query).listed.iloc[0]
    assert (file["population"], file["drawn"]) == (len(every), 30)
    assert file["since"] <= every["occurred_at"].min() or file["until"] > until
    found = explained.source(reader, explained.files(reader, BOOSTING, reader.query), "random", 1000)
    assert found is not None
    drawn = set(reader.query(f"SELECT event_id FROM {found.sql}", found.values)["event_id"])
    first = "SELECT e FROM (SELECT unnest($e) AS e) ORDER BY hash(e) LIMIT 30"
    smallest = reader.query(first, {"e": list(every["event_id"])})
    assert drawn == set(smallest["e"]), "alarms that were explained for their own sake are no random rows"


def test_a_second_run_stores_nothing_twice_and_a_larger_one_adds(place: Path) -> None:
    run(place, [LINEAR], sample=20, alarms=10)
    snapshot, first = current_id(place), table(place, LINEAR)
    assert run(place, [LINEAR], sample=20, alarms=10)[0]["why"] == batch.DONE
    assert current_id(place) == snapshot
    run(place, [LINEAR], sample=40, alarms=None)
    both = table(place, LINEAR)
    assert len(both) > len(first)
    assert both["event_id"].is_unique


KILLED = """
import sys
from pathlib import Path
from analytics.explanations import batch
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import open_reader
batch.PART = 10
def tell(words, done, of):
    if done >= 20:
        print(done, flush=True)
        sys.stdin.read()
list(batch.run(open_reader(Path(sys.argv[1]), local_viewer()), [Scope("t", "linear")], 60, None, tell))
"""


def test_what_was_killed_in_the_middle_is_taken_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "20\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    parts = sorted((place / "tmp" / "explain").glob("*/*.parquet"))
    assert len(parts) == 2
    before = {p: p.stat().st_mtime_ns for p in parts}
    monkeypatch.setattr(batch, "PART", 10)
    kept: dict[Path, int] = {}
    monkeypatch.setattr(
        batch, "store", lambda *a: (kept.update({p: p.stat().st_mtime_ns for p in before}), store(*a))[1]
    )
    run(place, [LINEAR], sample=60)
    assert kept == before, "the parts that were there are not worked out again"
    rows = table(place, LINEAR)
    assert rows["event_id"].is_unique
    assert (rows["design"] != "alarm").sum() == 60
    assert not list((place / "tmp" / "explain").glob("*/*.parquet"))


store = batch.store


def test_what_does_not_add_up_is_stored_as_failed_and_never_shown(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = batch.added

    def wrong(*a: Any, **k: Any) -> Any:
        found: Any = real(*a, **k)
        found.residual[::2] = [0.5, *[np.nan] * (len(found.residual[::2]) - 1)]
        return found

    monkeypatch.setattr(batch, "added", wrong)
    said = run(place, [LINEAR], sample=30, alarms=0)[0]
    assert (said["explained"], said["failed"]) == (15, 15)
    rows = table(place, LINEAR)
    bad = rows[rows["failed"].notna()]
    assert len(bad) == 15
    assert bad["added"].isna().all()
    reader = open_reader(place, local_viewer())
    shown = explain(reader, LINEAR, bad["event_id"].iloc[0]).result
    assert isinstance(shown, NotExplained)
    assert "do not add up" in shown.why
    found = explained.source(reader, explained.files(reader, LINEAR, reader.query), "random", 1000)
    assert found is not None
    assert len(reader.query(f"SELECT * FROM {found.sql}", found.values)) == 15

    def none(*_: Any, **__: Any) -> Any:
        raise BadInput("asking the model", "it does not take such an input.", "Give another one.")

    monkeypatch.setattr(batch, "added", none)
    run(place, [BOOSTING], sample=2, alarms=0)
    shown = explain(open_reader(place, local_viewer()), BOOSTING, table(place, BOOSTING)["event_id"].iloc[0]).result
    assert shown == NotExplained("The model cannot be asked: it does not take such an input.")


def test_a_batch_of_data_that_has_gone_is_not_put_in_force(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(
        batch,
        "store",
        lambda d, made, tell: store(d, [replace(m, detections=("detections/gone",)) for m in made], tell),
    )
    before = current_id(place)
    last = run(place, [LINEAR], sample=10, alarms=0)[-1]
    assert "changed meanwhile" in last["why"]
    assert current_id(place) == before


def test_a_stored_explanation_is_used_and_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = explain(open_reader(place, local_viewer()), LINEAR, "t3").result
    run(place, [LINEAR], sample=200)
    shutil.rmtree(place / "explanations" / storing.ASKED)
    monkeypatch.setattr("analytics.explanations.measures.attributions", None)
    after = explain(open_reader(place, local_viewer()), LINEAR, "t3").result
    assert isinstance(before, Explanation)
    assert isinstance(after, Explanation)
    assert after.source == "This was worked out beforehand, in a batch."
    assert after.values == pytest.approx(before.values, abs=1e-12)
    assert sum(after.values) + after.rest + after.base == pytest.approx(after.output, abs=1e-6)
    assert after.sentence == before.sentence


def test_what_was_asked_for_is_kept_within_bounds(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MOST", 2)
    reader = open_reader(place, local_viewer())
    first = explain(reader, LINEAR, "t1").result
    for event in ("t2", "t3", "t4"):
        explain(reader, LINEAR, event)
        time.sleep(0.01)
    folder = place / "explanations" / storing.ASKED
    assert len(list(folder.iterdir())) == 2
    for path in folder.iterdir():
        path.write_text('{"names": 3}')
    assert explain(reader, LINEAR, "t1").result == first
    assert isinstance(explain(reader, LINEAR, "t4").result, Explanation), "a damaged one is worked out anew"


def test_files_of_a_snapshot_stay_and_others_go(place: Path) -> None:
    run(place, [LINEAR], sample=10)
    named = list((place / "explanations").glob("*/*.parquet"))
    stray = named[0].with_name("stray.parquet")
    shutil.copy(named[0], stray)
    collect(place, datetime.now(UTC) + timedelta(days=2))
    assert list((place / "explanations").glob("*/*.parquet")) == named


def test_who_may_not_see_texts_sees_no_part_of_one(place: Path) -> None:
    run(place, [LINEAR, BOOSTING], sample=10)
    guest = open_reader(place, Viewer("guest", frozenset({"viewer"}), "local"))
    for scope, hidden in ((LINEAR, True), (BOOSTING, False)):
        found = explained.source(guest, explained.files(guest, scope, guest.query), "random", 10)
        assert found is not None
        names = guest.query(f"SELECT DISTINCT unnest(names) AS n FROM {found.sql}", found.values)["n"]
        assert (set(names) == {HIDDEN}) == hidden


def test_the_command_says_what_became_of_each(place: Path) -> None:
    said = CliRunner().invoke(app, ["explain", "-w", str(place), "--model", "t", "--sample", "5", "--alarms", "2"])
    assert said.exit_code == 0, said.output
    assert "t linear: " in said.output
    assert "t none: no file of t none lies beside the warehouse." in said.output
    wrong = CliRunner().invoke(app, ["explain", "-w", str(place), "--alarms", "some"])
    assert wrong.exit_code == 2


def test_a_snapshot_from_before_has_no_explanations_and_takes_some(place: Path) -> None:
    snapshot = str(current_id(place))
    with duckdb.connect(str(place / "snapshots" / f"{snapshot}.duckdb")) as con:
        con.execute("DROP TABLE explanation_files")
    shutil.rmtree(place / "explanations", ignore_errors=True)
    reader = open_reader(place, local_viewer())
    assert explained.files(reader, LINEAR, reader.query).listed.empty
    assert isinstance(explain(reader, LINEAR, "t3").result, Explanation)
    assert run(place, [LINEAR], sample=5, alarms=0)[0]["explained"] == 5
    assert len(table(place, LINEAR)) == 5
    collect(place, datetime.now(UTC) + timedelta(days=2))


def test_hostile_texts_are_explained_as_any_other(
    tmp_path: Path, save: Callable[..., Path], models: dict[str, Any], payloads: dict[str, str], texts: list[str]
) -> None:
    from analytics.explanations.fitted import score

    model, note = models["linear"]
    every = [t for n, t in payloads.items() if n != "long"] + texts[:30] + [payloads["long"][: LONGEST + 1]]
    frame = pd.DataFrame({"event_id": [f"h{i}" for i in range(len(every))], "payload": every, "model_id": "m"})
    frame = frame.assign(model_version="1", occurred_at=pd.Timestamp("2026-11-01"), score=score(model, every))
    frame.to_parquet(tmp_path / "d.parquet")
    (tmp_path / "m.csv").write_text("model_id,model_version,threshold\nm,1,0.9\n")
    place = tmp_path / "w"
    import_files(place, "models", [str(tmp_path / "m.csv")])
    assert import_files(place, "detections", [str(tmp_path / "d.parquet")]).rejected == 0
    save(place, model, takes=note["takes"], columns=note["columns"])
    said = run(place, [Scope("m", "1")], sample=1000)[0]
    assert (said["failed"], said["explained"]) == (1, len(every) - 1), "the one that is too long"
    rows = table(place, Scope("m", "1")).dropna(subset=["output"])
    assert (rows["residual"] < 1e-9).all()
