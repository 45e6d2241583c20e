"""Distributions against the frame that was imported, counted by pandas and numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.drift import measures
from analytics.drift.results import Distribution, Drift
from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, features, import_files, open_reader

CUT = datetime(2026, 9, 30, tzinfo=UTC)
REFERENCE, CURRENT = Scope("m", "1", until=CUT), Scope("m", "1", since=CUT)
RUNNING = pd.Timestamp("2026-10-29")
"""The last day of streams of few rows: none lies in its last hour."""
NUMBERS = ["score", "f.moved", "f.few", "f.constant"]
Build = Callable[..., Reader]
Made = Callable[[int], pd.DataFrame]
TEXTS = ["f.method", "f.many"]


@pytest.fixture(scope="module")
def found(reader: Reader) -> Drift:
    """The drift of the stream."""
    return measures.drift(reader, REFERENCE, CURRENT).result


def of(drift: Drift, column: str) -> Distribution:
    """One column."""
    return next(d for d in drift.columns if d.column == column)


def sides(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reference and current rows."""
    late = frame["occurred_at"] >= pd.Timestamp(CUT.replace(tzinfo=None))
    return frame[~late], frame[late]


def plain_psi(r: np.ndarray, c: np.ndarray) -> float:
    """The textbook formula on counts without zeros."""
    r, c = r / r.sum(), c / c.sum()
    return float(((c - r) * np.log(c / r)).sum())


def test_every_column_is_there_the_score_first(found: Drift, frame: pd.DataFrame) -> None:
    features = sorted(c for c in frame.columns if c.startswith("f."))
    assert [d.column for d in found.columns] == ["score", *features]
    assert (found.n_reference, found.n_current) == tuple(map(len, sides(frame)))


def binned(d: Distribution, values: pd.Series) -> list[int]:
    """Rows by bin, found by numpy: bins of the score hold their lower end, those of features their upper one."""
    edges = d.reference.edges
    place = np.searchsorted(edges.inner, values.dropna(), "right" if d.column == "score" else "left")
    return np.bincount(place, minlength=edges.bins).tolist()


@pytest.mark.parametrize("column", NUMBERS)
def test_numbers_are_counted_as_numpy_counts_them(found: Drift, frame: pd.DataFrame, column: str) -> None:
    d = of(found, column)
    for counted, rows in zip((d.reference, d.current), sides(frame), strict=True):
        assert counted.bins.tolist() == binned(d, rows[column])
        assert counted.missing == pytest.approx(rows[column].isna().mean())
        assert counted.events == counted.rows == len(rows)


@pytest.mark.parametrize("column", TEXTS)
def test_texts_are_counted_as_pandas_counts_them(found: Drift, frame: pd.DataFrame, column: str) -> None:
    d = of(found, column)
    for counted, rows in zip((d.reference, d.current), sides(frame), strict=True):
        by_pandas = rows[column].value_counts()
        named = [int(by_pandas.get(v, 0)) for v in counted.edges.values]
        assert counted.bins.tolist() == [*named, len(rows) - sum(named)]


def test_the_edges_are_quantiles_and_ends_of_the_first_rows(found: Drift, frame: pd.DataFrame) -> None:
    first = frame["f.moved"].dropna()  # fewer rows than the sample: all of both imports
    edges = of(found, "f.moved").reference.edges
    expected = np.quantile(first, np.arange(1, 50) / 50, method="inverted_cdf")
    assert edges.inner == pytest.approx(np.unique([np.nextafter(first.min(), -np.inf), *expected, first.max()]))
    few = of(found, "f.few").reference.edges
    assert few.inner == (np.nextafter(0.0, -1.0), 0.0, 1.0, 2.0, 3.0)


def test_the_named_texts_are_the_largest(found: Drift, frame: pd.DataFrame) -> None:
    counted = frame["f.many"].value_counts()
    named = of(found, "f.many").reference.edges.values
    assert len(named) == 50
    assert min(counted[v] for v in named) >= max(counted.drop(list(named)))


def test_tenths_are_as_near_as_bins_tell() -> None:
    assert measures.tenths(np.ones(20)).tolist() == [i // 2 for i in range(20)]
    assert measures.tenths(np.array([0.0, 5, 5, 0])).tolist() == [0, 1, 2, 3], "what is outside is apart"
    assert measures.tenths(np.zeros(4)).tolist() == [0, 0, 0, 0]
    assert measures.tenths(np.array([0.0, 7, 0])).tolist() == [0, 1, 2]


@pytest.mark.parametrize("column", ["score", "f.moved", "f.few", "f.many"])
def test_psi_is_the_textbooks(found: Drift, frame: pd.DataFrame, column: str) -> None:
    d = of(found, column)
    counts = []
    for rows in sides(frame):
        values = rows[column]
        if d.reference.edges.is_number:
            by_bin = np.bincount(d.place, binned(d, values)).astype(float)
        else:
            named = values.where(values.isin(d.reference.edges.values), "other")
            by_bin = named.value_counts().reindex([*d.reference.edges.values, "other"], fill_value=0).to_numpy(float)
        counts.append(np.append(by_bin, values.isna().sum()) + 0.5)
    kept = (counts[0] + counts[1]) > 1
    assert d.psi.value == pytest.approx(plain_psi(counts[0][kept], counts[1][kept]), rel=1e-9)
    assert (d.psi.low, d.psi.high) == (None, None)
    if column == "f.moved":
        shares = np.bincount(d.place, d.reference.bins) / d.reference.known
        assert len(shares) == 10
        assert shares == pytest.approx(np.full(10, 0.1), abs=0.021)


def test_what_moved_is_beyond_chance_and_what_did_not_is_not(found: Drift) -> None:
    assert [of(found, c).beyond_chance for c in ("f.moved", "f.few", "f.method")] == [True, True, True]
    for column in ("score", "f.many", "f.constant"):
        d = of(found, column)
        assert d.psi_by_chance is not None and d.psi.value is not None
        assert d.psi.value <= d.psi_by_chance, column
        assert d.beyond_chance is False, column


def test_too_few_days_of_the_reference_tell_nothing_of_chance(reader: Reader) -> None:
    week = replace(REFERENCE, since=CUT - timedelta(days=7))
    d = of(measures.drift(reader, week, CURRENT).result, "f.moved")
    assert (d.psi_by_chance, d.beyond_chance) == (None, None)
    assert d.psi.value is not None and d.psi.value > 0.1, "how far it moved is told"
    assert d.psi.why == "What chance alone makes of it cannot be told from 7 days of the reference."


@pytest.mark.parametrize("column", NUMBERS)
def test_ks_lies_within_its_bounds(found: Drift, frame: pd.DataFrame, column: str) -> None:
    e = of(found, column).ks
    exact = stats.ks_2samp(*(rows[column].dropna() for rows in sides(frame))).statistic
    assert e and e.low is not None and e.high is not None
    assert e.low - 1e-12 <= exact <= e.high + 1e-12
    if column == "f.moved":
        assert e.high - e.low < 0.05


def test_what_the_reference_has_not_is_unseen(found: Drift, frame: pd.DataFrame) -> None:
    then, now = sides(frame)
    known = now["f.few"].dropna()
    assert of(found, "f.few").unseen == pytest.approx((known > then["f.few"].max()).mean())
    assert of(found, "f.few").unseen
    assert of(found, "f.constant").unseen == 0
    d = of(found, "f.moved")
    outside = ((now["f.moved"] < then["f.moved"].min()) | (now["f.moved"] > then["f.moved"].max())).sum()
    assert d.unseen is not None
    assert d.unseen * d.current.known <= outside, "bins that hold some of the reference may hold more"
    assert of(found, "f.method").unseen == pytest.approx((~now["f.method"].isin(then["f.method"])).mean())
    assert of(found, "f.many").unseen is None, "rare values of the reference and new ones cannot be told apart"


def test_a_column_without_values_is_no_data(found: Drift) -> None:
    d = of(found, "f.empty")
    assert (d.reference.missing, d.current.missing, d.unseen) == (1.0, 1.0, None)
    assert d.psi.value == 0
    assert d.ks is not None
    assert d.ks.quality == "no_data"


def test_windows_add_up(reader: Reader) -> None:
    middle = CUT - timedelta(days=17, hours=5)
    parts = [replace(REFERENCE, until=middle), Scope("m", "1", since=middle, until=CUT)]
    first, second, whole = (measures.counted(reader, s).result for s in (*parts, REFERENCE))
    for a, b, both in zip(first, second, whole, strict=True):
        added = a + b
        assert added.bins.tolist() == both.bins.tolist()
        assert (added.rows, added.events, added.missing) == (both.rows, both.events, both.missing)
        assert len(a.days) + len(b.days) == len(both.days) + 1, "the day of the cut is in both"
    with pytest.raises(ValueError, match="different bins"):
        first[0] + second[1]


def test_bins_belong_to_the_model_and_are_told(reader: Reader, found: Drift) -> None:
    edges = measures.edges(reader, "m").result
    assert edges == tuple(d.reference.edges for d in found.columns)
    assert [e.column for e in measures.edges(reader, "another").result] == ["score"]


def test_rollup_and_rows_count_the_same(reader: Reader, frame: pd.DataFrame) -> None:
    """A slice is counted from the rows: with all regions together they are the rollup's counts."""
    whole = measures.counted(reader, REFERENCE).result
    parts = [measures.counted(reader, replace(REFERENCE, where=(("region", r),))).result for r in ("EMEA", "APAC")]
    for both, *halves in zip(whole, *parts, strict=True):
        assert sum(h.bins for h in halves).tolist() == both.bins.tolist()
        assert sum(h.rows for h in halves) == both.rows
    emea = frame[(frame["region"] == "EMEA") & (frame["occurred_at"] < pd.Timestamp(CUT.replace(tzinfo=None)))]
    method = next(c for c in parts[0] if c.edges.column == "f.method")
    assert method.bins.sum() == len(emea)


def test_bins_stay_once_there_are_enough_rows(build: Build, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "SAMPLE", 1000)
    rows = made(4000)
    shifted = rows.assign(**{"event_id": "x" + rows["event_id"], "f.moved": rows["f.moved"] + 9.0})
    reader = build(rows.iloc[:500], rows.iloc[500:3000], shifted)
    edges = {e.column: e for e in measures.edges(reader, "m").result}["f.moved"]
    assert edges.inner[-1] == rows["f.moved"].iloc[:3000].max(), "the second import was added while rows were few"
    (d,) = (c for c in measures.counted(reader, Scope("m", "1")).result if c.edges.column == "f.moved")
    every = pd.concat([rows.iloc[:3000], shifted])["f.moved"]
    ends = [-np.inf, *edges.inner, np.inf]
    assert d.bins.tolist() == pd.cut(every, ends, right=True).value_counts(sort=False).tolist()


def test_rows_count_with_their_weight(build: Build, frame: pd.DataFrame) -> None:
    weight = np.where(np.arange(len(frame)) % 4 == 0, 1.0, np.where(frame["score"] > 0.1, 40.0, 2.5))
    reader = build(frame.assign(sampling_weight=weight))
    found = measures.drift(reader, REFERENCE, CURRENT).result
    late = (frame["occurred_at"] >= pd.Timestamp(CUT.replace(tzinfo=None))).to_numpy()
    for column in ("score", "f.moved"):
        d = of(found, column)
        for counted, side in ((d.reference, ~late), (d.current, late)):
            known = side & frame[column].notna().to_numpy()
            where = "right" if column == "score" else "left"
            at = np.searchsorted(counted.edges.inner, frame[column].to_numpy()[known], where)
            assert counted.bins == pytest.approx(np.bincount(at, weight[known], counted.edges.bins))
            assert counted.events == pytest.approx(weight[side].sum())
            assert counted.rows == side.sum()


def test_weights_without_end_keep_the_total(build: Build, frame: pd.DataFrame) -> None:
    weight = np.exp(np.random.default_rng(1).normal(3, 2, len(frame)))
    reader = build(frame.assign(sampling_weight=weight))
    d = of(measures.drift(reader, REFERENCE, CURRENT).result, "f.few")
    late = (frame["occurred_at"] >= pd.Timestamp(CUT.replace(tzinfo=None))).to_numpy()
    assert d.current.events == pytest.approx(weight[late].sum())
    at = np.searchsorted(d.current.edges.inner, frame["f.few"].to_numpy()[late])
    assert d.current.bins == pytest.approx(np.bincount(at, weight[late], d.current.edges.bins))


def test_a_column_that_comes_later_was_missing_before(build: Build, made: Made) -> None:
    rows = made(300)
    early = rows["occurred_at"] < pd.Timestamp(CUT.replace(tzinfo=None))
    reader = build(rows[early].drop(columns=["f.moved"]), rows[~early].assign(**{"f.new": 1.0}))
    found = measures.drift(reader, REFERENCE, CURRENT).result
    d = of(found, "f.moved")
    assert d.reference.missing == 1
    late = ~early & (rows["occurred_at"] < RUNNING)
    assert d.current.missing == pytest.approx(rows[late]["f.moved"].isna().mean())
    assert of(found, "f.few").current.missing == 0


def test_a_column_that_goes_is_missing_now(build: Build, made: Made) -> None:
    rows = made(300)
    early = rows["occurred_at"] < pd.Timestamp(CUT.replace(tzinfo=None))
    reader = build(rows[early], rows[~early].drop(columns=["f.moved"]))
    d = of(measures.drift(reader, REFERENCE, CURRENT).result, "f.moved")
    assert (d.current.missing, d.current.rows) == (1.0, int((~early & (rows["occurred_at"] < RUNNING)).sum()))
    assert d.psi.value is not None
    assert d.psi.value > 1


def test_infinite_numbers_and_nan_of_a_text_file(build: Build, made: Made) -> None:
    rows = made(200)[["event_id", "occurred_at", "model_id", "model_version"]]
    odd = np.tile([1.0, 2.0, np.inf, -np.inf], 50)
    as_text = np.tile(["1", "nan", "3", "4"], 50)
    reader = build(rows.assign(**{"f.odd": odd, "f.text": as_text}))
    found = measures.drift(reader, REFERENCE, CURRENT).result
    d = of(found, "f.odd")
    assert d.reference.edges.inner == (np.nextafter(1.0, 0.0), 1.0, 2.0)
    assert d.current.known == d.current.rows
    assert d.unseen == 0
    text = of(found, "f.text")
    assert text.reference.missing == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("empty", ["reference", "current"])
def test_a_window_without_rows_is_no_data(reader: Reader, empty: str) -> None:
    gone = Scope("m", "1", since=CUT + timedelta(days=900))
    scopes = (gone, CURRENT) if empty == "reference" else (REFERENCE, gone)
    found = measures.drift(reader, *scopes).result
    assert all(d.psi.quality == "no_data" and d.psi.value is None for d in found.columns)
    assert len(found.columns) > 1


def test_few_rows_are_said_so(reader: Reader) -> None:
    hours = replace(CURRENT, until=CUT + timedelta(hours=6))
    assert of(measures.drift(reader, REFERENCE, hours).result, "score").psi.quality == "few"


def test_two_models_are_not_compared(reader: Reader) -> None:
    for scopes in ((REFERENCE, replace(CURRENT, version="2")), (Scope("m"), Scope("m")), (Scope(), Scope())):
        with pytest.raises(BadInput, match="one and the same model version"):
            measures.drift(reader, *scopes)


def test_the_queries_are_told(reader: Reader) -> None:
    found = measures.drift(reader, REFERENCE, CURRENT).provenance
    assert sum("feature_day" in sql for sql, _ in found.queries) == 2
    assert not any("read_parquet" in sql for sql, _ in found.queries), "whole days need no rows"
    assert found.scope == CURRENT.to_text()


@pytest.mark.parametrize("first", ["number", "text"])
def test_a_feature_that_changes_its_type_is_read_as_it_was_first(
    build: Build, made: Made, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr(features, "SAMPLE", 100)
    rows = made(400)[["event_id", "occurred_at", "model_id", "model_version", "region"]]
    number, text = np.tile([1.0, 2.0], 100), np.tile(["2", "x'; DROP TABLE models; --"], 100)
    parts = (number, text) if first == "number" else (text, number)
    reader = build(
        rows.iloc[:200].assign(**{"f.odd": parts[0]}),
        rows.iloc[200:].assign(**{"f.odd": parts[1], "event_id": [f"late {i}" for i in range(200)]}),
    )
    _, whole = measures.counted(reader, Scope("m", "1")).result
    emea, apac = (measures.counted(reader, Scope("m", "1", where=(("region", r),))).result[1] for r in ("EMEA", "APAC"))
    assert (emea.bins + apac.bins).tolist() == whole.bins.tolist()
    if first == "number":
        assert whole.missing == 0.25, "a text that is no number has no value"
        assert whole.bins.tolist() == [0, 100, 200, 0]
    else:
        assert whole.edges.values == ("2", "x'; DROP TABLE models; --")
        assert whole.known == 400


def test_models_of_one_file_keep_their_own_features(tmp_path: Path, made: Made) -> None:
    rows = made(300)
    other = rows.assign(model_id="n", event_id="n" + rows["event_id"]).drop(columns=["f.moved"])
    both = pd.concat([rows.drop(columns=["f.few"]), other.rename(columns={"f.few": "f.own"})], ignore_index=True)
    (tmp_path / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\nn,1,0.5\n")
    both.to_parquet(tmp_path / "both.parquet")
    for kind, name in (("models", "models.csv"), ("detections", "both.parquet")):
        import_files(tmp_path / "warehouse", kind, [str(tmp_path / name)])
    reader = open_reader(tmp_path / "warehouse", local_viewer())
    columns = {m: {e.column for e in measures.edges(reader, m).result} for m in ("m", "n")}
    assert columns["m"] == {"score", "f.moved", "f.constant", "f.method", "f.many"}
    assert columns["n"] == {"score", "f.own", "f.constant", "f.method", "f.many"}
    assert measures.counted(reader, Scope("n", "1")).result[1].rows == 300
