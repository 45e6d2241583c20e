"""The first page by score from the top files, of one decision too: the very page that a walk through all finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.detections import Filters, measures, steps
from analytics.detections.measures import page
from analytics.detections.results import Page
from analytics.errors import BadInput, TooSlow
from analytics.results import Measured
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, import_files, open_reader, tops

START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS, ROWS, KEPT = 6, 4_000, 21
FIRST = ["score", "event_id", "model_version"]
"""The order of the list: the first downwards."""


def make_frame() -> pd.DataFrame:
    """Detections whose scores tie at every bound; version 3 has next to no scores."""
    chance = np.random.default_rng(5)
    score = np.round(chance.beta(0.5, 0.5, ROWS), 1)
    version = np.array(["1", "2", "3"])[chance.choice(3, ROWS, p=[0.5, 0.4, 0.1])]
    score[(chance.random(ROWS) < 0.05) | ((version == "3") & (chance.random(ROWS) < 0.97))] = np.nan
    minute = chance.integers(0, DAYS * 24 * 60, ROWS)
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in chance.permutation(ROWS)],
            "occurred_at": START.replace(tzinfo=None) + pd.to_timedelta(minute, unit="min"),
            "model_id": "m",
            "model_version": version,
            "score": score,
            "decision": np.where(score >= 0.5, "block", "allow"),
            "region": np.array(["EMEA", None], dtype=object)[chance.integers(0, 2, ROWS)],
            "payload": [f"GET /{i}" for i in range(ROWS)],
            "s.channel": [f"ch{i % 3}" for i in range(ROWS)],
            "f.size": chance.normal(size=ROWS),
        }
    )


FRAME = make_frame()
HAVE = (True, False, True, False)
"""Which of the four imports write top files."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A warehouse of four imports that overlap in time and differ in their columns; the third has two models."""
    folder = tmp_path_factory.mktemp("highest")
    (folder / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\nm,2,0.5\nm,3,0.5\nn,1,0.5\n")
    import_files(folder / "warehouse", "models", [str(folder / "models.csv")])
    other = FRAME[2:ROWS:4].assign(model_id="n", model_version="1")
    parts = [
        FRAME[0:ROWS:4],
        FRAME[1:ROWS:4].drop(columns=["s.channel", "f.size"]),
        pd.concat([FRAME[2:ROWS:4].drop(columns="payload"), other]),
        FRAME[3:ROWS:4].iloc[:60],
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tops, "KEPT", KEPT)
        patch.setattr(tops, "ONE_IN", 1)
        for i, (part, have) in enumerate(zip(parts, HAVE, strict=True)):
            patch.setattr(tops, "FEWEST", 100 if have else 10**9)
            part.to_parquet(folder / f"{i}.parquet")
            assert import_files(folder / "warehouse", "detections", [str(folder / f"{i}.parquet")]).stored == len(part)
        yield folder / "warehouse"


@pytest.fixture(scope="module")
def reader(directory: Path) -> Reader:
    """A reader of this machine's user."""
    return open_reader(directory, local_viewer())


def walked(
    reader: Reader, scope: Scope, size: int, columns: list[str] | None = None, f: Filters | None = None
) -> Measured[Page]:
    """The same page as if there were no top files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "highest", lambda *_: None)
        return page(reader, scope, f or Filters(), "top", size, columns=columns)


def by_tops(found: Measured[Page]) -> bool:
    """Whether whole rows came from top files."""
    whole = [values for _, values in found.provenance.queries if "g_times" in values]
    files = [f for values in whole for v in values.values() if isinstance(v, list) for f in v]
    return any(str(f).endswith(".highest.parquet") for f in files)


def same(mine: Page, other: Page) -> None:
    """Both are one page."""
    pd.testing.assert_frame_equal(mine.rows, other.rows)
    assert (mine.next, mine.previous, mine.complete, mine.reached, mine.hidden) == (
        other.next,
        other.previous,
        other.complete,
        other.reached,
        other.hidden,
    )


windows = st.tuples(
    st.one_of(st.none(), st.integers(-1, DAYS).map(lambda d: d * 24 * 60), st.integers(-60, DAYS * 24 * 60)),
    st.one_of(st.none(), st.integers(1, DAYS).map(lambda d: d * 24 * 60), st.integers(1, DAYS * 24 * 60)),
)


@settings(max_examples=60, deadline=None)
@given(
    version=st.sampled_from([None, "1", "2", "3"]),
    window=windows,
    known=st.sampled_from([None, 3 * 24 * 60 + 17]),
    size=st.sampled_from([1, 7, KEPT - 1, KEPT]),
    columns=st.sampled_from([None, ["score", "f.size", "s.channel"], ["payload"]]),
    f=st.sampled_from(
        [
            Filters(),
            Filters(decision="allow"),
            Filters(decision="block", scored=True),
            Filters(decision="challenge"),
            Filters(flagged=True, threshold=0.3),
            Filters(flagged=True, threshold=0.9, decision="allow"),
            Filters(score_from=0.2, decision="allow"),
        ]
    ),
)
def test_the_page_is_that_of_the_walk(
    reader: Reader,
    version: str | None,
    window: tuple[int | None, int | None],
    known: int | None,
    size: int,
    columns: list[str] | None,
    f: Filters,
) -> None:
    since, length = window
    begin = START + timedelta(minutes=since) if since is not None else None
    end = (begin or START) + timedelta(minutes=length) if length is not None else None
    scope = Scope("m", version, begin, end, known_at=START + timedelta(minutes=known) if known else None)
    if begin and scope.known_at and begin >= scope.known_at:
        return
    try:
        other = walked(reader, scope, size, columns, f)
    except BadInput:  # no file of the window has such a column
        with pytest.raises(BadInput):
            page(reader, scope, f, "top", size, columns=columns)
        return
    found = page(reader, scope, f, "top", size, columns=columns)
    same(found.result, other.result)
    few = FRAME.loc[FRAME["model_version"] == "3", "score"].count()
    assert 1 < few < KEPT - 1
    if size >= KEPT or (version == "3" and size >= few):
        assert not by_tops(found)


@pytest.mark.parametrize("name", ["open", "days", "cut", "beyond", "known"])
def test_the_top_files_are_what_is_read(reader: Reader, name: str) -> None:
    scope = {
        "open": Scope("m", "1"),
        "days": Scope("m", "1", START + timedelta(days=1), START + timedelta(days=4)),
        "cut": Scope("m", None, START + timedelta(hours=5), START + timedelta(days=4, hours=5)),
        "beyond": Scope("m", "2", START - timedelta(days=9, hours=1), START + timedelta(days=90, hours=1)),
        "known": Scope("m", known_at=START + timedelta(days=3, hours=7)),
    }[name]
    found = page(reader, scope, Filters(), "top", KEPT - 1)
    assert by_tops(found)
    assert len(found.result.rows) == KEPT - 1
    same(found.result, walked(reader, scope, KEPT - 1).result)
    rest = page(reader, scope, Filters(), "top", KEPT - 1, found.result.next)
    assert not by_tops(rest)
    assert not set(rest.result.rows["event_id"]) & set(found.result.rows["event_id"])


@settings(max_examples=60, deadline=None)
@given(
    version=st.sampled_from([None, "1", "3"]),
    window=windows,
    where=st.sampled_from([(), (("region", "EMEA"),), (("s.channel", "ch1"),)]),
    f=st.sampled_from(
        [
            Filters(find="GET /1"),
            Filters(find="7", decision="allow"),
            Filters(part=("region", "(none)")),
            Filters(label="unlabelled", flagged=True, threshold=0.5),
            Filters(score_to=0.8),
        ]
    ),
    size=st.sampled_from([1, 7, 300]),
    at_once=st.sampled_from([0, 10**9]),
)
def test_what_top_files_hold_whole_comes_first_and_nothing_is_lost_or_doubled(
    reader: Reader,
    version: str | None,
    window: tuple[int | None, int | None],
    where: tuple[tuple[str, str], ...],
    f: Filters,
    size: int,
    at_once: int,
) -> None:
    begin = START + timedelta(minutes=window[0]) if window[0] is not None else None
    end = (begin or START) + timedelta(minutes=window[1]) if window[1] is not None else None
    scope = Scope("m", version, begin, end, where)

    def listed(held: Any) -> list[Page]:
        pages: list[Page] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(steps.tops, "held", held)
            patch.setattr(steps, "_AT_ONCE", at_once)
            patch.setattr(steps, "_MOST", 200)
            while len(pages) < 3 and (not pages or pages[-1].next):
                pages.append(page(reader, scope, f, "top", size, pages[-1].next if pages else None).result)
        return pages

    mine, other = listed(tops.held), listed(lambda *_: None)
    assert len(mine) == len(other)
    for a, b in zip(mine, other, strict=True):
        same(a, b)


def test_a_search_that_ran_out_of_time_has_the_highest_all_the_same(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Reader.query

    def hurried(self: Reader, sql: str, values: dict[str, Any], limit_ms: int | None = None) -> pd.DataFrame:
        top = any(".highest." in str(v) for v in values.values())
        if limit_ms is not None and not top:
            raise TooSlow("searching", "time is up.", "Go on.")
        return query(self, sql, values)

    monkeypatch.setattr(Reader, "query", hurried)
    found = page(reader, Scope("m", "1", where=(("region", "EMEA"),)), Filters(), "top", 300).result
    assert not found.complete and found.reached is not None and isinstance(found.reached.at, float)
    low = found.reached.at
    mine = FRAME[(FRAME["model_version"] == "1") & (FRAME["region"] == "EMEA") & (FRAME["score"] >= low)]
    assert 0 < len(found.rows) <= len(mine)  # not all of the frame was imported
    assert set(found.rows["event_id"]) <= set(mine["event_id"]) and found.rows["score"].min() >= low


def test_all_else_is_walked(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    day = timedelta(days=1)
    for scope, f in (
        (Scope("m", "1"), Filters(decision="challenge")),
        (Scope("m", "1"), Filters(score_to=0.5)),
        (Scope("m", "1"), Filters(flagged=False, threshold=0.5)),
        (Scope("m", "1"), Filters(scored=False)),
        (Scope("m", "1", START + day / 2, START + 1.6 * day), Filters()),
    ):
        assert not by_tops(page(reader, scope, f, "top", 5))
    assert not by_tops(page(reader, Scope("m", "1"), Filters(), "newest", 5))
    assert by_tops(page(reader, Scope("m", "1"), Filters(), "top", 5))
    for f in (Filters(decision="allow"), Filters(decision="block", flagged=True, threshold=0.5), Filters(scored=True)):
        assert by_tops(page(reader, Scope("m", "1"), f, "top", KEPT - 1)), f
    rows = ROWS // 4 + 60
    monkeypatch.setattr(tops, "MOST", rows)
    assert by_tops(page(reader, Scope("m", "1"), Filters(), "top", 5))
    assert not by_tops(page(reader, Scope("m", "1", START + day / 2), Filters(), "top", 5)), "a cut day costs too"
    monkeypatch.setattr(tops, "MOST", rows - 1)
    assert not by_tops(page(reader, Scope("m", "1"), Filters(), "top", 5))


def test_strangers_see_nothing_hidden(directory: Path) -> None:
    found = page(open_reader(directory, Viewer("x", frozenset({"viewer"}), "sample")), Scope("m"), Filters(), "top", 20)
    assert by_tops(found)
    assert set(found.result.rows["payload"].dropna()) == {"(hidden)"}


def test_a_top_file_holds_the_first_rows_of_every_day_whole(directory: Path) -> None:
    files = sorted(directory.rglob("*.highest.parquet"))
    assert len(files) == 3, "of the first import, and of both models of the third"
    for top in files:
        with duckdb.connect() as con:
            whole = str(top).replace(".highest", "")
            kinds = [con.execute(f"DESCRIBE SELECT * FROM '{f}'").fetchall() for f in (top, whole)]
            mine = con.execute(f"SELECT * FROM '{top}'").df()
            every = con.execute(f"SELECT * FROM '{whole}' WHERE score IS NOT NULL").df()
        assert kinds[0] == kinds[1]
        every = every.sort_values(FIRST, ascending=[False, True, True], ignore_index=True)
        day = every["occurred_at"].dt.date
        first = every[every.groupby(["model_version", "decision", day]).cumcount() < KEPT].reset_index(drop=True)
        assert 100 < len(first) < len(every)
        pd.testing.assert_frame_equal(mine, first)


def test_a_warehouse_whose_top_files_were_lost_goes_on(directory: Path, tmp_path: Path) -> None:
    reader = open_reader(directory, local_viewer())
    before = page(reader, Scope("m"), Filters(), "top", 20)
    files = sorted(directory.rglob("*.highest.parquet"))
    for i, f in enumerate(files):
        f.rename(tmp_path / str(i))
    try:
        after = page(reader, Scope("m"), Filters(), "top", 20)
    finally:
        for i, f in enumerate(files):
            (tmp_path / str(i)).rename(f)
    assert by_tops(before)
    assert not by_tops(after)
    same(before.result, after.result)
