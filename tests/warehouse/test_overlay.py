"""Verdicts behind a snapshot: the same figures and lists as if their labels had been imported."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.detections import measures as detections
from analytics.detections.filters import Filters
from analytics.efficacy import measures
from analytics.efficacy.measures import versions
from analytics.scope import Scope
from analytics.viewer import Viewer
from analytics.warehouse import Event, Reader, import_files, open_reader, record_all, replay
from analytics.warehouse.contract import ATTACK_VERDICTS, LABEL_SOURCES, VERDICTS
from analytics.warehouse.scored import rows_of
from analytics.warehouse.verdicts import GIVEN, WITHDRAWN

START, EVENTS = datetime(2026, 3, 1), 60
ME = Viewer("ana", frozenset({"analyst", "owner"}), "local")
IN_FORCE = """
    SELECT event_id, model_id, model_version, population, verdict, is_attack, label_source, inclusion_probability
    FROM labelled WHERE known_from <= $t AND (known_until IS NULL OR known_until > $t) ORDER BY ALL
"""
ALL = "SELECT * FROM labelled ORDER BY event_id, model_id, model_version, population, known_from"
LATER = datetime(2100, 1, 1)


def stream() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Detections of two versions and a second model on the same events, some unscored; labels of all kinds."""
    chance = np.random.default_rng(3)
    frames = []
    for model, version, every in (("m", "1", 1), ("m", "2", 3), ("n", "1", 5)):
        event = np.arange(0, EVENTS, every)
        score = np.round(chance.random(len(event)), 2)
        score[::9] = np.nan
        frames.append(
            pd.DataFrame(
                {
                    "event_id": [f"e{i}" for i in event],
                    "occurred_at": [START + timedelta(hours=int(i)) for i in event],
                    "model_id": model,
                    "model_version": version,
                    "score": score,
                    "decision": np.where(score >= 0.5, "block", "allow"),
                    "mode": "act",
                    "region": np.array(["EMEA", "APAC"])[event % 2],
                    "case_id": [f"c{i // 4}" if i % 3 else None for i in event],
                    "sampling_weight": 1.0 + event % 3,
                    "s.family": [f"f{i % 4}" for i in event],
                }
            )
        )
    said = [(i, VERDICTS[i % 5], s, LABEL_SOURCES.index(s)) for i, s in enumerate(LABEL_SOURCES * 3)]
    labels = pd.DataFrame(
        [
            (f"e{i * 2 % 40}", verdict, source, 0.2 if "audit" in source else None, START + timedelta(days=4, hours=i))
            for i, verdict, source, _ in said
        ],
        columns=["event_id", "label", "label_source", "inclusion_probability", "labelled_at"],
    )
    return pd.concat(frames, ignore_index=True), labels.assign(labelled_by="file")


FRAME, LABELS = stream()


def write(folder: Path, labels: pd.DataFrame) -> Path:
    """Import the stream and labels into a new warehouse."""
    (folder / "m.csv").write_text("model_id,model_version,threshold\nm,1,0.5\nm,2,0.5\nn,1,0.5\n")
    import_files(folder / "w", "models", [str(folder / "m.csv")])
    for name, frame in (("detections", FRAME), ("labels", labels)):
        frame.to_parquet(folder / f"{name}.parquet")
        report = import_files(folder / "w", name, [str(folder / f"{name}.parquet")])
        assert report.stored == len(frame), report
    return folder / "w"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse without records; copy it, never change it."""
    return write(tmp_path_factory.mktemp("base"), LABELS)


@pytest.fixture
def mine(base: Path, tmp_path: Path) -> Path:
    """A copy to record in."""
    return shutil.copytree(base, tmp_path / "mine")


def judge(directory: Path, *said: tuple[str, str, str, float | None], viewer: Viewer = ME) -> list[int]:
    """Record verdicts: event, verdict, source, inclusion probability."""
    reader = open_reader(directory, viewer)
    rows = rows_of(reader, [event for event, *_ in said])
    at = len(replay(directory))
    events = [
        Event(
            GIVEN,
            event,
            {
                "verdict": verdict, "outcome": "unknown", "reason": "because", "reason_right": None, "note": "",
                "label_source": source, "inclusion_probability": chance, "snapshot": reader.snapshot.id,
                "rows": rows[event],
            },
            f"{at} {i}",
        )
        for i, (event, verdict, source, chance) in enumerate(said)
    ]  # fmt: skip
    return record_all(directory, events, viewer)


def withdraw(directory: Path, seq: int) -> None:
    """Withdraw a verdict."""
    subject = next(r.subject for r in replay(directory) if r.seq == seq)
    record_all(directory, [Event(WITHDRAWN, subject, {"seq": seq}, f"undo {seq}")], ME)


def as_file(directory: Path) -> pd.DataFrame:
    """The verdicts of the log as a file of labels."""
    rows = [
        (r.subject, r.body["verdict"], r.body["label_source"], r.body["inclusion_probability"],
         r.at.replace(tzinfo=None), r.actor, r.body["outcome"])
        for r in replay(directory) if r.kind == GIVEN
    ]  # fmt: skip
    columns = ["event_id", "label", "label_source", "inclusion_probability", "labelled_at", "labelled_by", "outcome"]
    return pd.DataFrame(rows, columns=columns)


def folded(directory: Path) -> Path:
    """The same warehouse after another import has folded the log in."""
    (directory.parent / "more.csv").write_text("model_id,model_version,threshold\nz,1,0.5\n")
    import_files(directory, "models", [str(directory.parent / "more.csv")])
    return directory


def look(directory: Path, sql: str = ALL, snapshot: str | None = None, **values: Any) -> pd.DataFrame:
    """Ask a fresh reader."""
    found = open_reader(directory, ME, snapshot).query(sql, values)
    return found[sorted(found.columns)]


SAID = (
    ("e1", "true_positive", "triage", None),
    ("e3", "false_positive_logic", "random_audit", 0.5),
    ("e0", "false_positive_data", "adjudication", None),
    ("e2", "undetermined", "triage", None),
    ("e18", "benign_positive", "triage", None),
    ("e9", "true_positive", "score_audit", 0.1),
    ("e18", "false_positive_logic", "triage", None),
    ("e20", "true_positive", "red_team", None),
    ("e45", "true_positive", "triage", None),
)


def rounded(value: Any) -> Any:
    """Figures without the last digits: sums of the same numbers in another order differ there."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def figures(reader: Reader) -> list[Any]:
    """Everything that efficacy and lists say of every version."""
    found: list[Any] = []
    for model, version in (("m", "1"), ("m", "2")):
        for where in ((), (("s.family", "f1"),)):
            scope = Scope(model, version, where=where)
            e = measures.efficacy(reader, scope).result
            for flagged, judged, n in ((True, "benign", e.confusion.fp), (False, "attack", e.confusion.fn)):
                cell = Filters(flagged=flagged, threshold=e.threshold, label=judged, population=e.population)
                assert detections.count(reader, scope, cell).result.n == n, "cell and list agree"
            found.append(rounded(e.to_record()))
            for label in ("unlabelled", "attack", "benign", "undetermined"):
                f = Filters(label=label)
                rows = detections.page(reader, scope, f).result.rows.drop(columns="labelled_at")
                n = detections.count(reader, scope, f).result.n
                assert n == len(rows), (model, version, where, label)
                found.append(rows.astype(object).where(rows.notna(), None).to_numpy().tolist())
    return found


def test_figures_and_lists_are_those_of_imported_labels(mine: Path, tmp_path: Path) -> None:
    before = look(mine)
    judge(mine, *SAID)
    (tmp_path / "other").mkdir()
    other = write(tmp_path / "other", pd.concat([LABELS, as_file(mine)], ignore_index=True))
    assert not look(mine).equals(before)
    pd.testing.assert_frame_equal(look(mine), look(other))
    assert repr(figures(open_reader(mine, ME))) == repr(figures(open_reader(other, ME)))
    rows = "SELECT * FROM labelled_rows ORDER BY ALL"
    pd.testing.assert_frame_equal(look(mine, rows), look(other, rows))


def test_an_import_folds_them_in_once(mine: Path) -> None:
    seqs = judge(mine, *SAID)
    withdraw(mine, seqs[1])
    name, seen = open_reader(mine, ME).snapshot.name, look(mine)
    assert int(name.partition("~")[2]) == len(SAID) + 1
    for _ in range(2):
        folded(mine)
        reader = open_reader(mine, ME)
        assert reader.snapshot.log_position == len(SAID) + 1
        pd.testing.assert_frame_equal(look(mine), seen)
        labels = reader.query("SELECT record, withdrawn_at FROM labels WHERE record IS NOT NULL ORDER BY record")
        assert labels["record"].tolist() == seqs
        assert labels["withdrawn_at"].notna().tolist() == [s == seqs[1] for s in seqs]
    pd.testing.assert_frame_equal(look(mine, snapshot=name), seen)
    withdraw(mine, seqs[0])  # of what is folded in
    assert "e1" not in look(mine, IN_FORCE, t=LATER)["event_id"].tolist()
    assert "e1" in look(mine, IN_FORCE, snapshot=reader.snapshot.id, t=LATER)["event_id"].tolist()


def test_what_was_known_then_stays_and_an_address_keeps_its_state(mine: Path) -> None:
    old = open_reader(mine, ME).snapshot
    then = {t: look(mine, IN_FORCE, t=t) for t in (START, START + timedelta(days=5), START + timedelta(days=20))}
    [first] = judge(mine, ("e1", "true_positive", "triage", None))
    middle, between = open_reader(mine, ME).snapshot, replay(mine)[0].at.replace(tzinfo=None)
    seen = look(mine, IN_FORCE, t=between)
    withdraw(mine, first)
    judge(mine, ("e1", "false_positive_logic", "triage", None))
    for t, known in then.items():
        pd.testing.assert_frame_equal(look(mine, IN_FORCE, t=t), known)
    pd.testing.assert_frame_equal(look(mine, IN_FORCE, t=between), seen)
    now = look(mine, IN_FORCE, t=LATER)
    assert now[now["event_id"] == "e1"]["verdict"].unique().tolist() == ["false_positive_logic"]
    pinned = look(mine, IN_FORCE, snapshot=middle.name, t=LATER)
    assert pinned[pinned["event_id"] == "e1"]["verdict"].unique().tolist() == ["true_positive"]
    assert "e1" not in look(mine, IN_FORCE, snapshot=old.name, t=LATER)["event_id"].tolist()
    assert "e1" not in look(mine, IN_FORCE, snapshot=old.id, t=LATER)["event_id"].tolist()
    assert (old.log_position, middle.log_position) == (0, first)


def test_verdicts_on_events_that_are_gone_do_not_count(mine: Path, tmp_path: Path) -> None:
    """As in a sample that is built anew while its log stays: fewer events, and an id that another event has now."""
    judge(mine, ("e1", "true_positive", "triage", None), ("e45", "true_positive", "triage", None),
          ("e3", "true_positive", "triage", None))  # fmt: skip
    (tmp_path / "anew").mkdir()
    moved = FRAME["event_id"] == "e3"
    anew = FRAME.assign(occurred_at=FRAME["occurred_at"] + pd.to_timedelta(np.where(moved, 1, 0), unit="D"))
    anew = anew[anew["event_id"] != "e45"]
    (tmp_path / "anew" / "m.csv").write_text("model_id,model_version,threshold\nm,1,0.5\nm,2,0.5\nn,1,0.5\n")
    anew.to_parquet(tmp_path / "anew" / "d.parquet")
    fresh = tmp_path / "anew" / "w"
    import_files(fresh, "models", [str(tmp_path / "anew" / "m.csv")])
    import_files(fresh, "detections", [str(tmp_path / "anew" / "d.parquet")])
    shutil.copy(mine / "records.sqlite", fresh / "records.sqlite")
    assert look(fresh)["event_id"].tolist() == ["e1"]
    folded(fresh)
    assert look(fresh)["event_id"].tolist() == ["e1"]
    assert open_reader(fresh, ME).query("SELECT count(*) AS n FROM labels")["n"].item() == 1


def test_a_warehouse_of_an_older_program_is_read_and_judged(mine: Path) -> None:
    import duckdb

    for path in (mine / "snapshots").glob("*.duckdb"):
        with duckdb.connect(str(path)) as con:
            con.execute("ALTER TABLE labels DROP COLUMN record")
            con.execute("ALTER TABLE labels DROP COLUMN withdrawn_at")
            con.execute("ALTER TABLE models DROP COLUMN trained_until")
    before = look(mine)
    assert versions(open_reader(mine, ME)).result["trained_until"].isna().all()
    judge(mine, *SAID)
    seen = look(mine)
    assert len(seen) > len(before)
    pd.testing.assert_frame_equal(look(folded(mine)), seen)
    (mine.parent / "m.csv").write_text("model_id,model_version,trained_until\nm,1,2026-01-05T10:00:00Z\n")
    import_files(mine, "models", [str(mine.parent / "m.csv")])
    told = versions(open_reader(mine, ME)).result.set_index("model_version")["trained_until"].dropna()
    assert told.to_dict() == {"1": pd.Timestamp("2026-01-05 10:00")}


def test_nothing_is_opened_up_by_it(mine: Path) -> None:
    import duckdb

    from analytics.errors import BadInput

    judge(mine, SAID[0])
    reader = open_reader(mine, ME)
    with pytest.raises(duckdb.PermissionException):
        reader.query(f"SELECT * FROM read_blob('{mine}/records.sqlite')")
    for sql in ("DELETE FROM labelled", "CREATE TABLE x (a INT)", "SET enable_external_access = true"):
        with pytest.raises(BadInput):
            reader.query(sql)
    assert reader._handle.execute("SELECT current_setting('memory_limit')").fetchall() == [("1.0 GiB",)]


def expected(base_labels: pd.DataFrame, log: list[Any], t: datetime) -> set[tuple[Any, ...]]:
    """What is in force at a time, by pandas: of every event and population the best of what stands."""
    said = base_labels.assign(withdrawn=pd.NaT).to_dict("records")
    undone = {r.body["seq"]: r.at.replace(tzinfo=None) for r in log if r.kind == WITHDRAWN}
    said += [
        {"event_id": r.subject, "label": r.body["verdict"], "label_source": r.body["label_source"],
         "labelled_at": r.at.replace(tzinfo=None), "withdrawn": undone.get(r.seq, pd.NaT)}
        for r in log if r.kind == GIVEN
    ]  # fmt: skip
    found = pd.DataFrame(said)
    found = found[(found["labelled_at"] <= t) & ~(found["withdrawn"] <= t) & (found["label"] != "undetermined")]
    own = found["label_source"].isin(["red_team", "benchmark"])
    found["population"] = found["label_source"].where(own, "production")
    found["rank"] = found["label_source"].map(LABEL_SOURCES.index)
    found = found.sort_values(["rank", "labelled_at", "label"], ascending=[True, False, True])
    best = found.drop_duplicates(["event_id", "population"])
    rows = FRAME[["event_id", "model_id", "model_version"]].merge(best, on="event_id")
    return {
        (r.event_id, r.model_id, r.model_version, r.population, r.label, r.label in ATTACK_VERDICTS, r.label_source)
        for r in rows.itertuples()
    }


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["e0", "e1", "e2", "e3", "e18", "e20", "e45"]),
            st.sampled_from(VERDICTS),
            st.sampled_from(["adjudication", "random_audit", "triage", "triage", "red_team"]),
            st.none(),
        ),
        st.integers(0, 8),
    ),
    max_size=9,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ACTS, st.integers(0, 9), st.booleans())
def test_any_sequence_comes_to_what_pandas_says(
    base: Path, tmp_path_factory: pytest.TempPathFactory, acts: list[Any], cut: int, with_import: bool
) -> None:
    directory = shutil.copytree(base, tmp_path_factory.mktemp("any") / "w")
    given_seqs: list[int] = []
    for i, act in enumerate(acts):
        if isinstance(act, tuple):
            given_seqs += judge(directory, act)
        elif act < len(given_seqs):
            withdraw(directory, given_seqs.pop(act))
        if with_import and i == 3:
            folded(directory)
    log = replay(directory)
    reader, times = open_reader(directory, ME), [LATER, START + timedelta(days=5)]
    times += [log[min(cut, len(log) - 1)].at.replace(tzinfo=None)] if log else []
    for t in times:
        found = reader.query(IN_FORCE, {"t": t}).drop(columns="inclusion_probability")
        assert set(found.itertuples(index=False, name=None)) == expected(LABELS, log, t)
        assert len(found) == len(expected(LABELS, log, t))


@pytest.mark.parametrize("text", ["20260101T000000-abc~", "20260101T000000-abc~x", "20260101T000000-abc~-1", "~3"])
def test_a_wrong_place_in_the_log_is_refused(mine: Path, text: str) -> None:
    from analytics.errors import BadInput

    with pytest.raises(BadInput):
        open_reader(mine, ME, text)


def test_the_text_of_a_scope_keeps_snapshot_and_position(mine: Path) -> None:
    judge(mine, SAID[0])
    scope = Scope("m", "1", snapshot=open_reader(mine, ME).snapshot.name)
    assert scope.snapshot is not None
    assert scope.snapshot.endswith("~1")
    assert Scope.from_text(scope.to_text()) == scope
    assert f"snapshot={scope.snapshot}" in scope.to_text()
