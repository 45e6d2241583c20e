"""What drives a model over a sample: against pandas, SciPy and hand values, planted effects, sentences."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.explanations import batch, charts_drivers, drivers, tables
from analytics.explanations import words_drivers as words
from analytics.explanations.agreement import rank
from analytics.explanations.sampled import Sampled
from analytics.feedback import verdicts
from analytics.feedback.verdicts import Verdict
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, explained, open_reader

BOOSTING = Scope("n", "boosting")


@pytest.fixture(scope="module")
def explained_warehouse(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the warehouse of small models with explanations of one of numbers and one of texts."""
    place = shutil.copytree(warehouse, tmp_path_factory.mktemp("drivers") / "warehouse")
    reader = open_reader(place, local_viewer())
    list(batch.run(reader, [BOOSTING, Scope("t", "linear")], 1000, None, lambda *_: None))
    return place


@pytest.fixture
def full(explained_warehouse: Path) -> Reader:
    """A reader of it."""
    return open_reader(explained_warehouse, local_viewer())


def made(n: int = 400, cases: np.ndarray | None = None, seed: int = 3, **values: np.ndarray) -> Sampled:
    """A sample of two made features: a, which raises with its value, and b, which does nothing."""
    chance = np.random.default_rng(seed)
    own = chance.normal(size=(n, 2))
    added = np.column_stack([values.get("a", 2 * own[:, 0]), values.get("b", chance.normal(0, 0.1, n))])
    facts = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "occurred_at": pd.Timestamp("2026-11-02") + pd.to_timedelta(np.arange(n) * 28 * 24 / n, unit="h"),
            "region": "EMEA", "alarm": True, "unit": "log-odds", "method": "made", "error": 0.0, "residual": 0.0,
        }
    )  # fmt: skip
    there = np.ones((n, 2), dtype=bool)
    return Sampled("random", facts, ("a", "b_c"), added, own, there, cases, 9_999, 0)


def test_importance_is_the_mean_of_what_is_stored_with_students_interval(full: Reader) -> None:
    d = drivers.drivers(full, BOOSTING, "random").result
    assert d is not None
    file = explained.files(full, BOOSTING, full.query).listed["path"].iloc[0]
    rows = pd.read_parquet(file)
    values = np.abs(np.stack(rows["added"].to_list()))
    names = list(rows["names"].iloc[0])
    assert [o.name for o in d.drivers] == [names[i] for i in np.argsort(-values.mean(axis=0))]
    for o in d.drivers:
        x = values[:, names.index(o.name)]
        low, high = stats.t.interval(0.95, len(x) - 1, x.mean(), stats.sem(x))
        assert (o.importance, o.low, o.high) == pytest.approx((x.mean(), low, high))
    assert d.base.n == len(rows)
    assert sum(o.share for o in d.drivers) == pytest.approx(1)


def test_rows_of_one_case_count_as_they_are_alike() -> None:
    cases = np.repeat(np.arange(40), 10)
    same = np.repeat(np.random.default_rng(1).normal(2, 1, 40), 10)
    alone = drivers.driving(made(a=same)).drivers[0]
    together = drivers.driving(made(a=same, cases=cases)).drivers[0]
    assert together.importance == alone.importance
    assert together.high - together.low > 2 * (alone.high - alone.low)
    by_case = np.abs(same).reshape(40, 10).mean(axis=1)
    low, high = stats.t.interval(0.95, 39, by_case.mean(), stats.sem(by_case))
    assert (together.low, together.high) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_direction_is_a_rank_correlation_and_said() -> None:
    s = made()
    d = drivers.driving(s)
    assert d.drivers[0].direction == pytest.approx(rank(s.own[:, 0], s.values[:, 0]))
    assert words.importance(d) == "High values of a raise it."
    assert words.headline(d).startswith("A moves the score most: ")
    assert words.beeswarm(d).startswith("A ")
    assert "400 explained rows drawn at random of 9,999" in words.base(d.base, "UTC")
    down = drivers.driving(made(a=-2 * s.own[:, 0]))
    assert words.importance(down) == "High values of a lower it."


def test_what_tells_equal_values_apart_is_found(full: Reader) -> None:
    found = drivers.dependence(full, BOOSTING, "random", "log(peers + 0.001)").result
    assert found is not None
    assert found.other == "log(rate + 0.001)", "attacks are where size + peers × rate is large"
    assert "What the same value adds differs most with rate." in words.dependence(found)
    assert drivers.depending(made(), "nobody") is None


def test_a_value_from_which_on_it_raises_is_named() -> None:
    s = made()
    step = np.where(s.own[:, 0] > 0.5, 1.0, -1.0)
    found = drivers.depending(made(a=step), "a")
    assert found is not None
    assert found.turns == pytest.approx(0.5, abs=0.35)
    assert words.dependence(found).startswith("From about ")


def test_weeks_differ_as_pandas_says(full: Reader) -> None:
    c = drivers.cohorts(full, BOOSTING, "random", "weeks").result
    assert c is not None
    rows = pd.read_parquet(explained.files(full, BOOSTING, full.query).listed["path"].iloc[0])
    last = rows["occurred_at"].max()
    now = rows[rows["occurred_at"] > last - pd.Timedelta(days=7)]
    before = rows[
        (rows["occurred_at"] > last - pd.Timedelta(days=14)) & (rows["occurred_at"] <= last - pd.Timedelta(days=7))
    ]
    assert c.n == (len(now), len(before))
    first = c.features[0]
    at = list(rows["names"].iloc[0]).index(first.name)
    means = [float(np.mean([a[at] for a in side["added"]])) for side in (now, before)]
    assert (first.left, first.right, first.difference) == pytest.approx((*means, means[0] - means[1]))


def test_a_planted_difference_is_found_and_none_is_not() -> None:
    s = made()
    late = (s.facts["occurred_at"] > s.facts["occurred_at"].max() - pd.Timedelta(days=7)).to_numpy()
    grown = np.where(late, 3.0, 1.0) + np.random.default_rng(0).normal(0, 0.3, s.n)
    moved, still = (
        drivers.changing(made(a=grown)),
        drivers.changing(made(a=grown[np.random.default_rng(1).permutation(s.n)])),
    )
    assert moved is not None
    assert still is not None
    last = moved.weeks.iloc[-1]
    assert last["moved"] > last["chance"]
    assert "a mattered more than in other weeks" in words.course(moved)[0]
    assert (still.weeks["moved"] < 2 * still.weeks["chance"]).all()


def test_chance_alone_is_beyond_its_line_about_one_time_in_twenty() -> None:
    beyond = []
    for seed in range(12):
        found = drivers.changing(made(n=120, seed=seed))
        assert found is not None
        beyond += list(found.weeks["moved"] > found.weeks["chance"])
    assert np.mean(beyond) < 0.13


def test_verdicts_without_labels_say_so(full: Reader) -> None:
    c = drivers.cohorts(full, BOOSTING, "alarms", "verdict").result
    assert c is not None
    assert c.why.startswith("False alarms: 0 explained rows")
    assert drivers.drivers(full, Scope("t", "none"), "random").result is None


def test_cohorts_of_verdicts_follow_the_log(explained_warehouse: Path, tmp_path: Path) -> None:
    """What people said since the snapshot counts: given, given otherwise, taken back; and as known on another day."""
    place, me = shutil.copytree(explained_warehouse, tmp_path / "w"), local_viewer()

    def sides(scope: Scope = BOOSTING) -> tuple[int, int]:
        c = drivers.cohorts(open_reader(place, me), scope, "alarms", "verdict").result
        assert c is not None
        return c.n

    def give(events: list[str], verdict: Verdict) -> list[int]:
        return verdicts.give(open_reader(place, me), [(e, verdict) for e in events], f"{verdict.verdict} {len(events)}")

    reader = open_reader(place, me)
    file = explained.files(reader, BOOSTING, reader.query).listed["path"].iloc[0]
    rows = pd.read_parquet(file).query("alarm and failed.isna()")
    alarms = [str(e) for e in rows["event_id"]]
    assert len(alarms) >= 24 and sides() == (0, 0)
    wrong = give(alarms[:12], Verdict("false_positive_logic", reason="a rule"))
    give(alarms[12:24], Verdict("true_positive"))
    assert sides() == (12, 12)
    found = drivers.cohorts(open_reader(place, me), BOOSTING, "alarms", "verdict").result
    assert found is not None and not found.why
    added = np.stack(rows.set_index("event_id").loc[alarms[:24], "added"].to_list())
    first, at = found.features[0], list(rows["names"].iloc[0]).index(found.features[0].name)
    assert (first.left, first.right) == pytest.approx((added[:12, at].mean(), added[12:, at].mean()))
    verdicts.withdraw(place, me, [(alarms[0], wrong[0])])
    give(alarms[1:2], Verdict("true_positive", source=verdicts.Source("adjudication")))
    assert sides() == (10, 13)
    assert sides(replace(BOOSTING, known_at=datetime(2000, 1, 1, tzinfo=UTC))) == (0, 0)


def test_categories_alone_are_no_parts_of_texts() -> None:
    """They have no numbers either; but each of them is in every row."""
    numbers = made(10)
    none = np.full_like(numbers.own, np.nan)
    assert not numbers.text
    assert not replace(numbers, own=none).text
    assert replace(numbers, own=none, there=np.tile([True, False], (10, 1))).text


def test_parts_of_texts_are_told_and_drawn(full: Reader) -> None:
    d = drivers.drivers(full, Scope("t", "linear"), "random").result
    assert d is not None
    assert d.base.text
    assert "raised scores most" in words.importance(d)
    listed = tables.parts(d)
    assert len(listed) == len(d.drivers) == 60
    top = d.drivers[0]
    rows = pd.read_parquet(explained.files(full, Scope("t", "linear"), full.query).listed["path"].iloc[0])
    mine = [dict(zip(n, a, strict=True)).get(top.name, 0.0) for n, a in zip(rows["names"], rows["added"], strict=True)]
    assert top.importance == pytest.approx(np.abs(mine).mean())
    assert top.occurs == pytest.approx(np.mean([top.name in n for n in rows["names"]]))
    for figure in (charts_drivers.importance(d), charts_drivers.beeswarm(d)):
        assert len(figure.layout.yaxis.ticktext) == charts_drivers.MOST
