"""Distributions against the frame that was imported, counted by pandas and numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.drift import measures
from analytics.drift.results import Distribution, Drift
from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.warehouse import Reader

CUT = datetime(2026, 9, 30, tzinfo=UTC)
REFERENCE, CURRENT = Scope("m", "1", until=CUT), Scope("m", "1", since=CUT)
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


@pytest.mark.parametrize("column", NUMBERS)
def test_numbers_are_counted_as_pandas_counts_them(found: Drift, frame: pd.DataFrame, column: str) -> None:
    d = of(found, column)
    ends = [-np.inf, *d.reference.edges.inner, np.inf]
    for counted, rows in zip((d.reference, d.current), sides(frame), strict=True):
        by_pandas = pd.cut(rows[column], ends, right=True).value_counts(sort=False).to_numpy()
        assert counted.bins.tolist() == by_pandas.tolist()
        assert counted.missing == pytest.approx(rows[column].isna().mean())
        assert counted.events == counted.rows == len(rows)


@pytest.mark.parametrize("column", TEXTS)
def test_texts_are_counted_as_pandas_counts_them(found: Drift, frame: pd.DataFrame, column: str) -> None:
    d = of(found, column)
    for counted, rows in zip((d.reference, d.current), sides(frame), strict=True):
        by_pandas = rows[column].value_counts()
        named = [int(by_pandas.get(v, 0)) for v in counted.edges.values]
        assert counted.bins.tolist() == [*named, len(rows) - sum(named)]


def test_the_edges_are_quantiles_of_the_reference(found: Drift, frame: pd.DataFrame) -> None:
    reference = sides(frame)[0]["f.moved"].dropna()
    edges = of(found, "f.moved").reference.edges
    expected = np.quantile(reference, np.arange(1, 50) / 50, method="inverted_cdf")  # all rows: fewer than the sample
    assert edges.inner == pytest.approx(expected)
    assert edges.deciles == pytest.approx(np.quantile(reference, np.arange(1, 10) / 10, method="inverted_cdf"))
    few = of(found, "f.few").reference.edges
    assert few.inner == (0.0, 1.0, 2.0)


def test_the_named_texts_are_the_largest(found: Drift, frame: pd.DataFrame) -> None:
    counted = sides(frame)[0]["f.many"].value_counts()
    named = of(found, "f.many").reference.edges.values
    assert len(named) == 50
    assert min(counted[v] for v in named) >= max(counted.drop(list(named)))


@pytest.mark.parametrize("column", ["score", "f.moved", "f.few", "f.many"])
def test_psi_is_the_textbooks(found: Drift, frame: pd.DataFrame, column: str) -> None:
    d = of(found, column)
    counts = []
    for rows in sides(frame):
        values = rows[column]
        if d.reference.edges.is_number:
            ends = [-np.inf, *d.reference.edges.deciles, np.inf]
            by_bin = pd.cut(values, ends, right=True).value_counts(sort=False).to_numpy(dtype=float)
        else:
            named = values.where(values.isin(d.reference.edges.values), "other")
            by_bin = named.value_counts().reindex([*d.reference.edges.values, "other"], fill_value=0).to_numpy(float)
        counts.append(np.append(by_bin, values.isna().sum()) + 0.5)
    kept = (counts[0] + counts[1]) > 1
    assert d.psi.value == pytest.approx(plain_psi(counts[0][kept], counts[1][kept]), rel=1e-9)
    assert (d.psi.low, d.psi.high) == (None, None)
    assert "null value" in d.psi.why


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
    for column in ("f.moved", "f.few", "f.constant"):
        known = now[column].dropna()
        outside = ((known < then[column].min()) | (known > then[column].max())).mean()
        assert of(found, column).unseen == pytest.approx(outside)
    assert of(found, "f.few").unseen
    assert of(found, "f.method").unseen == pytest.approx((~now["f.method"].isin(then["f.method"])).mean())
    assert of(found, "f.many").unseen is None, "rare values of the reference and new ones cannot be told apart"


def test_a_column_without_values_is_no_data(found: Drift) -> None:
    d = of(found, "f.empty")
    assert (d.reference.missing, d.current.missing, d.unseen) == (1.0, 1.0, None)
    assert d.psi.value == 0
    assert d.ks is not None
    assert d.ks.quality == "no_data"


def test_windows_add_up_and_edges_stay(reader: Reader) -> None:
    edges = measures.edges(reader, REFERENCE).result
    assert measures.edges(reader, REFERENCE).result == edges
    middle = CUT - timedelta(days=17, hours=5)
    parts = [replace(REFERENCE, until=middle), Scope("m", "1", since=middle, until=CUT)]
    first, second, whole = (measures.counted(reader, s, edges).result for s in (*parts, REFERENCE))
    for a, b, both in zip(first, second, whole, strict=True):
        added = a + b
        assert added.bins.tolist() == both.bins.tolist()
        assert (added.rows, added.events, added.least, added.most) == (both.rows, both.events, both.least, both.most)
    with pytest.raises(ValueError, match="different bins"):
        first[0] + second[1]
    again = measures.drift(reader, REFERENCE, CURRENT, edges).result
    assert again.to_record() == measures.drift(reader, REFERENCE, CURRENT).result.to_record()


@pytest.mark.parametrize(("constant", "value"), [("_COLUMNS", 1), ("_VALUES", 1)])
def test_many_statements_say_the_same(
    reader: Reader, found: Drift, monkeypatch: pytest.MonkeyPatch, constant: str, value: int
) -> None:
    monkeypatch.setattr(measures, constant, value)
    assert measures.drift(reader, REFERENCE, CURRENT).result.to_record() == found.to_record()


def test_a_sample_of_the_reference_gives_the_bins_and_all_rows_the_counts(
    reader: Reader, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "SAMPLE", 500)
    d = of(measures.drift(reader, REFERENCE, CURRENT).result, "f.moved")
    assert d.reference.known == sides(frame)[0]["f.moved"].notna().sum()
    shares = d.reference.bins / d.reference.known
    assert 0 < shares.min() < 0.019
    assert shares.max() < 0.08


def test_slices_hold(reader: Reader, frame: pd.DataFrame) -> None:
    reference, current = (replace(s, where=(("region", "EMEA"),)) for s in (REFERENCE, CURRENT))
    found = measures.drift(reader, reference, current).result
    then, now = sides(frame[frame["region"] == "EMEA"])
    assert (found.n_reference, found.n_current) == (len(then), len(now))
    assert of(found, "f.method").current.bins.sum() == len(now)


def test_rows_count_with_their_weight(build: Build, frame: pd.DataFrame) -> None:
    weight = np.where(np.arange(len(frame)) % 4 == 0, 1.0, np.where(frame["score"] > 0.1, 40.0, 2.5))
    reader = build(frame.assign(sampling_weight=weight))
    found = measures.drift(reader, REFERENCE, CURRENT).result
    late = (frame["occurred_at"] >= pd.Timestamp(CUT.replace(tzinfo=None))).to_numpy()
    for column in ("score", "f.moved"):
        d = of(found, column)
        for counted, side in ((d.reference, ~late), (d.current, late)):
            known = side & frame[column].notna().to_numpy()
            at = np.searchsorted(counted.edges.inner, frame[column].to_numpy()[known])
            assert counted.bins == pytest.approx(np.bincount(at, weight[known], counted.edges.bins))
            assert counted.events == pytest.approx(weight[side].sum())
            assert counted.rows == side.sum()


def test_weights_without_end_keep_the_total(build: Build, frame: pd.DataFrame) -> None:
    weight = np.exp(np.random.default_rng(1).normal(3, 2, len(frame)))
    reader = build(frame.assign(sampling_weight=weight))
    d = of(measures.drift(reader, REFERENCE, CURRENT).result, "f.few")
    late = (frame["occurred_at"] >= pd.Timestamp(CUT.replace(tzinfo=None))).to_numpy()
    assert d.current.events == pytest.approx(weight[late].sum())
    exact = np.bincount(np.searchsorted(d.current.edges.inner, frame["f.few"].to_numpy()[late]), weight[late], 4)
    assert d.current.bins == pytest.approx(exact, rel=0.01)


def test_a_column_that_comes_later_was_missing_before(build: Build, made: Made) -> None:
    rows = made(300)
    early = rows["occurred_at"] < pd.Timestamp(CUT.replace(tzinfo=None))
    reader = build(rows[early].drop(columns=["f.moved"]), rows[~early].assign(**{"f.new": 1.0}))
    found = measures.drift(reader, REFERENCE, CURRENT).result
    assert "f.moved" not in {d.column for d in found.columns}, "the reference does not have it: there are no bins"
    assert of(found, "f.few").current.missing == 0


def test_a_column_that_goes_is_missing_now(build: Build, made: Made) -> None:
    rows = made(300)
    early = rows["occurred_at"] < pd.Timestamp(CUT.replace(tzinfo=None))
    reader = build(rows[early], rows[~early].drop(columns=["f.moved"]))
    d = of(measures.drift(reader, REFERENCE, CURRENT).result, "f.moved")
    assert (d.current.missing, d.current.rows) == (1.0, int((~early).sum()))
    assert d.psi.value is not None
    assert d.psi.value > 1


def test_infinite_numbers_and_nan_of_a_text_file(build: Build, made: Made) -> None:
    rows = made(200)[["event_id", "occurred_at", "model_id", "model_version"]]
    odd = np.tile([1.0, 2.0, np.inf, -np.inf], 50)
    as_text = np.tile(["1", "nan", "3", "4"], 50)
    reader = build(rows.assign(**{"f.odd": odd, "f.text": as_text}))
    found = measures.drift(reader, REFERENCE, CURRENT).result
    d = of(found, "f.odd")
    assert d.reference.edges.inner == (1.0, 2.0)
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
    assert bool(found.columns) == (empty == "current")


def test_few_rows_are_said_so(reader: Reader) -> None:
    hours = replace(CURRENT, until=CUT + timedelta(hours=6))
    assert of(measures.drift(reader, REFERENCE, hours).result, "score").psi.quality == "few"


def test_two_models_are_not_compared(reader: Reader) -> None:
    for scopes in ((REFERENCE, replace(CURRENT, version="2")), (Scope("m"), Scope("m")), (Scope(), Scope())):
        with pytest.raises(BadInput, match="one and the same model version"):
            measures.drift(reader, *scopes)


def test_the_queries_are_told(reader: Reader) -> None:
    found = measures.drift(reader, REFERENCE, CURRENT).provenance
    assert sum("histogram" in sql for sql, _ in found.queries) == 2
    assert found.scope == CURRENT.to_text()
