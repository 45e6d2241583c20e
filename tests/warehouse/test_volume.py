"""Volumes: whole days and hours from rollups, the rest from rows; together what pandas counts in the rows."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.scope import Scope
from analytics.warehouse import import_files
from analytics.warehouse.bins import LAST, NOT_TOLD, UNSCORED, bin_of, bin_sql, edges, is_edge
from analytics.warehouse.volume import volume

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Atlantic/Azores", "Asia/Kolkata"]
START = datetime(2026, 3, 5, tzinfo=UTC)


def made(count: int = 600) -> pd.DataFrame:
    """Detections around both changes to summer time, with gaps in every column."""
    rng = random.Random(7)
    return pd.DataFrame(
        [
            {
                "event_id": f"e{i}",
                "occurred_at": (START + timedelta(minutes=rng.randrange(60 * 24 * 28))).isoformat(),
                "model_id": "m",
                "model_version": rng.choice("12"),
                "score": rng.choice(["", "0.57", "0.001", "0.999", "1", "0", f"{rng.random():.4f}"]),
                "decision": rng.choice(["allow", "block", ""]),
                "mode": rng.choice(["act", "log", ""]),
                "region": rng.choice(["", "A", "B", *(f"r{n}" for n in range(60))]),
                "s.team": rng.choice(["", "x", "y"]),
                "sampling_weight": rng.choice(["", "2", "0.5"]),
            }
            for i in range(count)
        ]
    ).assign(unscored_reason=lambda d: ["timeout" if s == "" and rng.random() < 0.5 else "" for s in d["score"]])


ROWS = made()
COUNTS = pd.DataFrame(
    [
        {
            "model_id": "m",
            "model_version": "1",
            "hour": START + timedelta(hours=h, minutes=h % 2 * 30),
            "count": h % 9,
            "region": r,
            "mode": "act",
            "score": score,
            "unscored_reason": reason,
        }
        for h in range(0, 24 * 28, 7)
        for r, score, reason in (("A", "", ""), ("", "0.57", ""), ("A", "", "timeout"))
    ]
)


@pytest.fixture(scope="module", params=ZONES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A reader of a warehouse of a zone, filled in batches that share hours, and the zone."""
    folder = tmp_path_factory.mktemp("volume")
    (folder / "m.csv").write_text("model_id,model_version\nm,1\nm,2\n")
    import_files(folder / "w", "models", [str(folder / "m.csv")], zone=request.param)
    rng = np.random.default_rng(ZONES.index(request.param))
    batch, count_batch = rng.integers(0, 3, len(ROWS)), rng.integers(0, 2, len(COUNTS))
    for i in range(3):
        for kind, rows in (("detections", ROWS[batch == i]), ("counts", COUNTS[count_batch == i])):
            if len(rows):
                rows.to_csv(folder / f"{kind}{i}.csv", index=False)
                import_files(folder / "w", kind, [str(folder / f"{kind}{i}.csv")])
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    return open_reader(folder / "w", local_viewer()), request.param


def counted() -> pd.DataFrame:
    """Rows and counts alike, with what volumes are made of: time t, rows n, events w, score bin."""
    rows = ROWS.assign(
        t=pd.to_datetime(ROWS["occurred_at"]),
        n=1,
        w=ROWS["sampling_weight"].replace("", "1").astype(float),
        score_bin=[UNSCORED if s == "" else bin_of(float(s)) for s in ROWS["score"]],
        unscored_reason=[
            r or ("not said" if s == "" else "") for s, r in ROWS[["score", "unscored_reason"]].to_numpy()
        ],
    )
    told = zip(COUNTS["score"], COUNTS["unscored_reason"], strict=True)
    counts = COUNTS.assign(
        t=COUNTS["hour"],
        n=0,
        w=COUNTS["count"].astype(float),
        decision="",
        score_bin=[UNSCORED if r else NOT_TOLD if s == "" else bin_of(float(s)) for s, r in told],
        **{"s.team": ""},
    )
    return pd.concat([rows, counts], ignore_index=True)


def selected(scope: Scope) -> pd.DataFrame:
    """Rows and counts of a scope."""
    both = counted()
    if scope.since:
        both = both[both["t"] >= scope.since]
    if scope.until:
        both = both[both["t"] < scope.until]
    if scope.version:
        both = both[both["model_version"] == scope.version]
    for column, value in scope.where:
        both = both[both[column] == value]
    return both


def expected(scope: Scope, by: str | None, zone: str) -> dict[Any, tuple[int, float]]:
    """Rows and events by hand: pandas over the rows and the counts."""
    both = selected(scope)
    if by == "day":
        both = both.assign(by=both["t"].dt.tz_convert(zone).dt.date)
    elif by:
        both = both.assign(by=both[by])
        both = both if by == "mode" else both[both["by"] != ""]
    else:
        both = both.assign(by="all")
    sums = both.groupby("by")[["n", "w"]].sum()
    return {k: (int(n), float(w)) for k, n, w in sums.itertuples()}


MINUTES = st.none() | st.integers(0, 28 * 24).map(lambda h: 60 * h) | st.integers(0, 28 * 24 * 60)


@settings(max_examples=25)
@given(
    since=MINUTES,
    until=MINUTES,
    version=st.sampled_from([None, "1", "2"]),
    where=st.lists(st.sampled_from([("region", "A"), ("region", "r59"), ("mode", "act"), ("s.team", "x")]), max_size=2),
    by=st.sampled_from([None, "day", "mode", "s.team", "region"]),
)
def test_any_window_and_slice_equals_the_rows(
    filled: Any, since: Any, until: Any, version: Any, where: Any, by: Any
) -> None:
    reader, zone = filled
    since, until = (START + timedelta(minutes=m) if m is not None else None for m in (since, until))
    if since and until and since >= until:
        since, until = (until, since) if until < since else (since, None)
    scope = Scope(model="m", version=version, since=since, until=until, where=tuple(where))
    found = volume(reader, scope, reader.query, by)
    wanted = expected(scope, by, zone)
    if by == "region" and found["by"].eq("(other)").any():
        named = set(found["by"])
        rest = [v for k, v in wanted.items() if k not in named]
        wanted = {k: v for k, v in wanted.items() if k in named}
        wanted["(other)"] = (sum(n for n, _ in rest), sum(w for _, w in rest))
    if by == "day":
        found["by"] = pd.to_datetime(found["by"]).dt.date
    got = found.assign(by=found["by"] if by else "all").groupby("by")[["n", "represented"]].sum()
    result = {k: (int(n), float(w)) for k, n, w in got.itertuples()}
    assert {k: v for k, v in result.items() if v[1]} == {k: v for k, v in wanted.items() if v[1]}


@settings(max_examples=25)
@given(
    since=MINUTES,
    minutes=st.none() | st.integers(1, 200) | st.integers(1, 28 * 24 * 60),
    version=st.sampled_from([None, "1", "2"]),
    where=st.sampled_from([(), (("mode", "act"),), (("mode", "log"),), (("region", "A"),)]),
    by_day=st.booleans(),
)
def test_every_cell_of_any_window_equals_the_rows(
    filled: Any, since: Any, minutes: Any, version: Any, where: Any, by_day: bool
) -> None:
    reader, zone = filled
    start = START + timedelta(minutes=since) if since is not None else None
    until = (start or START) + timedelta(minutes=minutes) if minutes else None
    scope = Scope(model="m", version=version, since=start, until=until, where=where)
    keys = ["by"] * by_day + ["decision", "mode", "unscored_reason", "score_bin"]
    both = selected(scope)
    both = both.assign(by=both["t"].dt.tz_convert(zone).dt.date)
    found = volume(reader, scope, reader.query, "day" if by_day else None)
    if by_day:
        found["by"] = pd.to_datetime(found["by"]).dt.date
    assert not found.duplicated(keys).any()
    got = found.set_index(keys)[["n", "represented"]]
    assert dict(zip(got.index, got.itertuples(index=False, name=None), strict=True)) == {
        k: (int(v["n"].sum()), float(v["w"].sum())) for k, v in both.groupby(keys)
    }


def test_two_batches_give_the_cells_of_one(place: Any, registered: Path) -> None:
    other = type(place)(place.folder / "o", place.folder / "o" / "w")
    shutil.copytree(registered, other.directory)
    rows = ROWS[~ROWS["region"].str.startswith("r")]
    for n, part in enumerate(np.array_split(rows.index.to_numpy(), 2)):
        place.imp("detections", place.write(f"{n}.csv", rows.loc[part].to_csv(index=False)))
    other.imp("detections", other.write("all.csv", rows.to_csv(index=False)))
    for table in ("volume", "volume_hour", "volume_score_hour"):
        pd.testing.assert_frame_equal(*(p.sql(f"SELECT * FROM {table} ORDER BY ALL") for p in (place, other)))


def test_counts_repeat_conflict_and_stay_apart_within_an_hour(place: Any) -> None:
    cell = {"model_id": "m", "model_version": "1", "hour": "2026-03-01T10:00Z", "count": 5}
    rows = [cell, {**cell, "hour": "2026-03-01T10:30Z"}, cell, {**cell, "count": 6}, {**cell, "count": -1}]
    report = place.imp("counts", place.write("c.csv", [*rows, {**cell, "count": "1.5"}, {**cell, "count": ""}]))
    assert (report.rows_in, report.stored, report.rejected, report.duplicates) == (7, 2, 4, 1)
    assert place.sql("SELECT represented FROM volume WHERE slice_column = ''")["represented"].tolist() == [10.0]
    again = place.imp("counts", place.folder / "c.csv")
    assert (again.stored, again.duplicates, again.snapshot) == (0, 3, None)


def test_bins_are_monotone_and_python_and_sql_agree() -> None:
    grid = np.arange(1001) / 1000
    low, high = edges()
    rng = np.random.default_rng(3)
    tails = 10.0 ** -rng.uniform(0, 13, 300)
    marks = np.concatenate([grid, low, high, tails, 1 - tails, rng.random(500)])
    scores = np.unique(np.clip(np.concatenate([marks, np.nextafter(marks, 2), np.nextafter(marks, -1)]), 0, 1))
    by_python = [bin_of(float(s)) for s in scores]
    with duckdb.connect() as con:
        frame = pd.DataFrame({"score": scores})
        con.register("frame", frame)
        by_sql = con.execute(f"SELECT {bin_sql('score')} AS b FROM frame ORDER BY score").df()["b"].tolist()
    assert by_python == by_sql
    assert by_python == sorted(by_python)
    assert (by_python[0], by_python[-1]) == (0, LAST)
    for k in range(1, 1000):
        assert is_edge(k / 1000)
        assert bin_of(k / 1000) > bin_of(float(np.nextafter(k / 1000, 0)))
    assert not is_edge(float(np.nextafter(0.5, 1)))


def test_float_columns_meet_thresholds_of_three_digits(place: Any) -> None:
    import pyarrow as pa

    k = np.arange(1001)
    table = pa.table(
        {
            "event_id": [f"{i:04d}" for i in k],
            "occurred_at": ["2026-03-01"] * 1001,
            "model_id": ["m"] * 1001,
            "model_version": ["1"] * 1001,
            "score": pa.array((k / 1000).astype(np.float32)),
        }
    )
    place.imp("detections", place.write("d.parquet", table))
    assert [r["score"] for r in place.stored()] == (k / 1000).tolist()
    found = place.sql("SELECT score_bin, sum(n) AS n FROM volume WHERE slice_column = '' GROUP BY 1 ORDER BY 1")
    assert found["n"].tolist() == [1] * 1001


def test_latencies_and_other_values_are_those_of_the_rows(place: Any) -> None:
    rng = random.Random(5)
    rows = ROWS.assign(latency_ms=[rng.choice(["", "0", "1e9", f"{10 ** rng.uniform(-4, 6):.5g}"]) for _ in ROWS.index])
    rows["s.team"] = [rng.choice(["", "(other)", *map(str, range(80))]) for _ in ROWS.index]
    for n, part in enumerate(np.array_split(rows.index.to_numpy(), 2)):
        place.imp("detections", place.write(f"{n}.csv", rows.loc[part].to_csv(index=False)))
    timed = rows[rows["latency_ms"] != ""]
    ms = timed["latency_ms"].astype(float).clip(lower=1e-3)
    timed = timed.assign(
        hour=pd.to_datetime(timed["occurred_at"]).dt.floor("h").dt.tz_localize(None),
        latency_bin=np.clip(np.floor(10 * np.log10(ms)), -30, 60).astype(int),
    )
    key = ["model_version", "hour", "region", "latency_bin"]
    found = place.sql("SELECT * FROM latency_hour")
    assert not found.duplicated(key).any()
    assert found.set_index(key)["n"].to_dict() == timed.groupby(key).size().to_dict()
    teams = rows[rows["s.team"] != ""]["s.team"]
    named = set(place.sql("SELECT slice_value FROM slice_values WHERE slice_column = 's.team'")["slice_value"])
    assert len(named) == 50
    cells = place.sql("SELECT slice_value, sum(n)::INT AS n FROM volume WHERE slice_column = 's.team' GROUP BY 1")
    wanted = teams.where(teams.isin(named), "(other)").value_counts()
    assert cells.set_index("slice_value")["n"].to_dict() == wanted.to_dict()


def test_rows_are_read_for_parts_of_hours_only_and_once(place: Any) -> None:
    for day in range(5):
        at = (START + timedelta(days=day, hours=12, minutes=30)).isoformat()
        event = {"event_id": f"e{day}", "occurred_at": at, "model_id": "m", "model_version": "1", "score": 0.5}
        place.detections({**event, "region": "EMEA"}, name=f"{day}.csv")
    reader = place.reader()

    def opened(minutes: int, where: tuple[tuple[str, str], ...] = (), last: int = 3) -> list[int]:
        """Return how many files every reading of rows opened, from so much past noon to so much before one."""
        files: list[int] = []

        def run(sql: str, values: dict[str, Any]) -> pd.DataFrame:
            files.extend([len(values["files"])] if "files" in values else [])
            return reader.query(sql, values)

        since, until = (START + timedelta(days=d, hours=12, minutes=m) for d, m in ((0, minutes), (last, 60 - minutes)))
        seen = volume(reader, Scope(model="m", since=since, until=until, where=where), run)
        assert seen["n"].sum() == last + 1
        return files

    assert opened(20) == [2]
    assert opened(0) == []
    assert opened(0, (("region", "EMEA"),)) == [2]
    assert opened(20, last=4) == [1], "behind the last event nothing is cut"
