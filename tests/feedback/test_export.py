"""The exported set: complete, without leakage, the same bytes twice, masked, with a card that says what is lopsided."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from analytics.cli import app
from analytics.errors import BadInput, NoData, NotAllowed
from analytics.feedback import card
from analytics.feedback.export import export, zipped
from analytics.feedback.splitting import LEFT_OUT, SPLITS, Cuts, split
from analytics.scope import Scope
from analytics.warehouse import Reader, open_reader

SCOPE = Scope("m")


@pytest.fixture(scope="module")
def exported(still: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of all."""
    return export(still, SCOPE, tmp_path_factory.mktemp("exported") / "set").result.folder


def whole(folder: Path) -> pd.DataFrame:
    """All splits in one frame."""
    return pd.concat([pd.read_parquet(folder / f"{s}.parquet").assign(split=s) for s in SPLITS], ignore_index=True)


def in_force(built: Any) -> pd.DataFrame:
    """The label in force of each event by pandas: triage of the latest, never undetermined."""
    said = built.labels[built.labels["label"] != "undetermined"]
    rank = {"random_audit": 0, "triage": 1, "intelligence": 2}
    said = said.assign(rank=said["label_source"].map(rank)).sort_values(
        ["rank", "labelled_at"], ascending=[True, False]
    )
    return said.drop_duplicates("event_id").set_index("event_id")


def test_every_labelled_event_is_in_one_part_or_counted(built: Any, exported: Path) -> None:
    rows, known = whole(exported), in_force(built)
    told = json.loads((exported / "card.json").read_text())
    assert rows["event_id"].is_unique
    assert set(rows["event_id"]) <= set(known.index)
    assert len(rows) + sum(told["left_out"].values()) == len(known)
    assert told["rows"] == len(rows)
    mine = known.loc[rows["event_id"]].reset_index()
    assert rows["verdict"].tolist() == mine["label"].tolist()
    assert rows["label_source"].tolist() == mine["label_source"].tolist()
    pd.testing.assert_series_equal(rows["inclusion_probability"], mine["inclusion_probability"])
    truth = built.events.set_index("event_id").loc[rows["event_id"]].reset_index()
    for ours, theirs in (("score.1", "v1"), ("score.2", "v2"), ("payload", "payload"), ("f.size", "f.size")):
        assert rows[ours].tolist() == truth[theirs].tolist()
    assert (rows["occurred_at"].dt.tz_localize(None).to_numpy() == truth["occurred_at"].to_numpy()).all()


def test_nothing_leaks(exported: Path) -> None:
    rows, told = whole(exported), json.loads((exported / "card.json").read_text())
    for column in ("entity", "case_id"):
        assert rows.groupby(column)["split"].nunique().max() == 1
    validation, test = (pd.Timestamp(told[f"{p}_from"]) for p in ("validation", "test"))
    for name, low, high in (("train", None, validation), ("validation", validation, test), ("test", test, None)):
        time = rows[rows["split"] == name]["occurred_at"]
        assert len(time) > 10
        assert low is None or time.min() >= low
        assert high is None or time.max() < high
    assert (rows[rows["split"] != "test"]["labelled_at"] < test).all()


keys = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 40), st.sampled_from(["a", "b", "c", None]), st.sampled_from("xyzw")),
    min_size=1, max_size=40,
)  # fmt: skip


@given(keys)
def test_whatever_is_kept_apart_never_meets(found: list[tuple[int, int, str | None, str]]) -> None:
    day = pd.Timestamp("2026-01-01")
    frame = pd.DataFrame(found, columns=["at", "known", "entity", "case_id"])
    frame["occurred_at"] = day + pd.to_timedelta(frame["at"], unit="D")
    frame["labelled_at"] = frame["occurred_at"] + pd.to_timedelta(frame["known"], unit="D")
    at = Cuts(datetime(2026, 1, 10), datetime(2026, 1, 20))
    part = split(frame, at)
    assert set(part) <= {*SPLITS, *LEFT_OUT}
    kept = frame.assign(part=part)[pd.Series(part).isin(SPLITS)]
    for column in ("entity", "case_id"):
        assert (kept.dropna(subset=[column]).groupby(column)["part"].nunique() <= 1).all()
    assert (kept[kept["part"] != "test"]["labelled_at"] < at.test).all()
    earliest = frame[frame["labelled_at"] < at.test].sort_values("occurred_at").head(1)
    assert (
        not len(earliest)
        or earliest["occurred_at"].iloc[0] > frame["occurred_at"].min()
        or (part[earliest.index[0]] in SPLITS)
    ), "the first of all is never left out"


def test_the_same_bytes_twice(still: Reader, exported: Path, tmp_path: Path) -> None:
    again = export(still, SCOPE, tmp_path / "again").result.folder
    assert zipped(again) == zipped(exported)
    told = json.loads((exported / "card.json").read_text())
    for f in told["files"]:
        assert hashlib.sha256((exported / f["file"]).read_bytes()).hexdigest() == f["sha256"]
    assert (told["snapshot"], told["log_position"]) == (still.snapshot.id, still.snapshot.log_position)


def test_the_card_says_what_is_lopsided(built: Any, still: Reader, tmp_path: Path) -> None:
    c = export(still, SCOPE, tmp_path / "set").result.card
    quiet = built.events[(built.events[["v1", "v2"]] < 0.7).all(axis=1)]["event_id"]
    assert c.passed == in_force(built).index.isin(quiet).sum()
    undecided = built.labels.groupby("event_id")["label"].agg(lambda v: (v == "undetermined").all()).sum()
    assert c.undetermined == undecided
    told = " ".join(card.biases(c))
    for text in (
        "have no inclusion probability",
        f"{undecided} events about which nobody could tell",
        "Labels are late",
    ):
        assert text in told
    assert card.biases(replace(c, passed=0))[0].startswith("Alarms only: ")
    assert card.biases(replace(c, passed=1))[0].startswith("Mostly alarms: 1 ")
    assert "No entity and no case is in two parts" in card.to_markdown(c)
    hostile = card.to_markdown(replace(c, model="`x` <b>\n# y", versions=("[a](http://x.example)",)))
    assert "`'x' <b> # y`" in hostile, "names stand in code spans, on one line"


def test_who_may_not_see_texts_exports_none(built: Any, onlooker: Any, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="analyst, owner or validator"):
        export(open_reader(built.directory, onlooker), SCOPE, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_what_cannot_be_exported_is_refused(still: Reader, tmp_path: Path) -> None:
    with pytest.raises(NoData):
        export(still, Scope("m", since=datetime(2031, 1, 1, tzinfo=UTC)), tmp_path / "a")
    with pytest.raises(BadInput, match="validation would begin"):
        export(still, SCOPE, tmp_path / "b", datetime(2026, 9, 30, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC))
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        export(still, SCOPE, tmp_path / "file" / "set")


def test_the_command_writes_them(built: Any, exported: Path, tmp_path: Path) -> None:
    words = ["feedback", "export", "-w", str(built.directory), "--model", "m", "--out", str(tmp_path / "set")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    assert zipped(tmp_path / "set") == zipped(exported)
    assert str(tmp_path) not in (tmp_path / "set" / "card.md").read_text()
