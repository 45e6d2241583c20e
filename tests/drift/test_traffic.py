"""Decisions, verdicts, gaps and new values against the frames that were imported, counted by pandas."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from analytics import dates
from analytics.cli import app
from analytics.drift import charts, measures, novel, report, tables, traffic, windows, words, words_mix
from analytics.drift.distance import Days, shares_by_chance
from analytics.drift.mixes import CHECKED, Mix, Part
from analytics.drift.results import Drift, Weights
from analytics.explanations.weights import column as stored_column
from analytics.explanations.weights import weights
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.intervals import ratio
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

CUT = datetime(2026, 9, 29, tzinfo=UTC)
REFERENCE, CURRENT = Scope("m", "1", until=CUT), Scope("m", "1", since=CUT)
SILENT = [date(2026, 9, 8), date(2026, 9, 9), date(2026, 10, 3)]
DARK, HALF, UNJUDGED = date(2026, 9, 12), date(2026, 9, 15), date(2026, 9, 20)


def stream(rows: int = 8400) -> pd.DataFrame:
    """Detections of 42 days, 200 a day, whose last day ends at noon; a day is silent, unscored or not judged."""
    chance = np.random.default_rng(11)
    time = pd.date_range("2026-09-01", periods=rows, freq=pd.Timedelta(days=42) / rows)
    late = np.asarray(time >= pd.Timestamp(CUT.replace(tzinfo=None)))
    alarm = chance.random(rows) < np.where(late, 0.3, 0.1)
    reason = np.where(chance.random(rows) < 0.02, "time-out", "").astype(object)
    day = pd.Series(time.date)
    reason[(day == DARK) | ((day == HALF) & (chance.random(rows) < 0.5))] = "feed down"
    score = pd.Series(np.where(alarm, 0.9, 0.1) + chance.random(rows) / 20).where(reason == "")
    decision = np.where(alarm & (reason == ""), "block", "allow")
    judged = (decision == "block") & (chance.random(rows) < 0.7) & (day != UNJUDGED)
    verdict = np.where(chance.random(rows) < np.where(late, 0.4, 0.8), "true_positive", "false_positive_logic")
    found = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(rows)], "occurred_at": time, "model_id": "m", "model_version": "1",
            "score": score, "unscored_reason": pd.Series(reason).replace("", None), "decision": decision,
            "case_id": [f"c{i // 7}" for i in range(rows)],
            "region": np.where(late & (chance.random(rows) < 0.1), "<b>new</b>", "EMEA"),
            "f.agent": [f"a{int(v)}" for v in 200 * chance.random(rows) ** 2],
            "f.length": chance.normal(size=rows) + late,
            "label": pd.Series(verdict).where(judged), "label_source": pd.Series("triage", range(rows)).where(judged),
            "labelled_at": (pd.Series(time) + pd.Timedelta(hours=5)).where(judged),
        }
    )  # fmt: skip
    found.loc[late & (chance.random(rows) < 0.05), "f.agent"] = "brand new"
    return found[(~day.isin(SILENT) & (time < "2026-10-12 12:00")).to_numpy()].reset_index(drop=True)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The stream."""
    return stream()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame) -> Reader:
    """A reader of its warehouse; never change it."""
    folder = tmp_path_factory.mktemp("traffic")
    (folder / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
    rows.to_parquet(folder / "rows.parquet")
    import_files(folder / "warehouse", "models", [str(folder / "models.csv")])
    told = import_files(folder / "warehouse", "detections", [str(folder / "rows.parquet")])
    assert (told.stored, told.rejected) == (len(rows), 0), told
    explained = [
        {"event_id": f"e{i}", "model_id": "m", "model_version": "1", "feature": feature, "value": value * (1 + i % 3),
         "feature_value": i, "base_value": 0.0, "output": 2.0 * (1 + i % 3), "method": "by hand"}
        for i in range(40)
        for feature, value in (("f.agent", 3.0), ("log(length + 0.001)", -1.0))
    ]  # fmt: skip
    pd.DataFrame(explained).to_csv(folder / "reasons.csv", index=False)
    told = import_files(folder / "warehouse", "explanations", [str(folder / "reasons.csv")])
    assert told.rejected == 0, told
    return open_reader(folder / "warehouse", local_viewer())


def sides(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Reference and window by pandas, without the running day."""
    late, running = rows["occurred_at"] >= "2026-09-29", rows["occurred_at"] >= "2026-10-12"
    return [rows[~late], rows[late & ~running]]


def part(m: Mix, name: str) -> Part:
    """One part of a mix."""
    return next(p for p in m.parts if p.name == name)


def test_the_running_day_is_outside(seen: Reader, rows: pd.DataFrame) -> None:
    assert windows.running(seen) == date(2026, 10, 12)
    d = measures.drift(seen, REFERENCE, CURRENT).result
    assert (d.n_reference, d.n_current) == tuple(map(len, sides(rows)))
    assert "The running day, 12 Oct, is left out." in words.base(d, "UTC")
    assert measures.course(seen, REFERENCE, CURRENT, "score").result.days[-1].date == date(2026, 10, 11)
    asked = replace(CURRENT, since=datetime(2026, 10, 12, tzinfo=UTC))
    assert windows.whole(seen, asked) == asked, "that day alone is what somebody asked for"
    part_of_it = replace(CURRENT, until=datetime(2026, 10, 12, 6, tzinfo=UTC))
    assert windows.whole(seen, part_of_it) == part_of_it


def test_decisions_are_counted_as_pandas_counts_them(seen: Reader, rows: pd.DataFrame) -> None:
    m = traffic.traffic(seen, REFERENCE, CURRENT).result.decisions
    block = part(m, "block")
    for e, side in zip((block.reference, block.current), sides(rows), strict=True):
        by_day = side.groupby(side["occurred_at"].dt.date)["decision"].agg(lambda d: (d == "block").mean())
        assert e.value == pytest.approx((side["decision"] == "block").mean())
        assert (e.n, e.n_cases) == (len(side), len(by_day))
        # Days of equal size: the mean's standard error and Student's t, from scipy.
        reach = stats.t.ppf(0.975, len(by_day) - 1) * by_day.std(ddof=1) / len(by_day) ** 0.5
        assert e.low is not None
        assert e.value is not None
        assert e.value - e.low == pytest.approx(reach, rel=0.1)
    assert block.beyond_chance
    assert m.beyond_chance
    finding, note = words_mix.decisions(m)
    assert finding.startswith("Blocked: rose from")
    assert "days differ" in note


def test_verdicts_count_cases_and_say_what_was_judged(seen: Reader, rows: pd.DataFrame) -> None:
    m = traffic.judged(seen, REFERENCE, CURRENT).result
    right = part(m, "true_positive")
    for e, side, share in zip((right.reference, right.current), sides(rows), m.coverage, strict=True):
        judged = side[side["label"].notna()]
        x = ratio(
            (judged["label"] == "true_positive").to_numpy(), np.ones(len(judged), bool),
            case=pd.factorize(judged["case_id"])[0],
        )  # fmt: skip
        assert (e.value, e.low, e.high) == pytest.approx((x.value, x.low, x.high))
        assert (e.n, e.n_cases) == (len(judged), judged["case_id"].nunique())
        assert share == pytest.approx(len(judged) / (side["decision"] == "block").sum())
    assert right.beyond_chance
    assert not m.arriving
    assert "beyond chance" in words_mix.verdicts(m)[0]
    day = Scope("m", "1", since=datetime(2026, 10, 11, tzinfo=UTC), until=datetime(2026, 10, 12, tzinfo=UTC))
    assert not traffic.judged(seen, REFERENCE, day).result.arriving, "all labels came within five hours"


def test_without_verdicts_the_reason_is_said(seen: Reader) -> None:
    none = replace(CURRENT, since=datetime(2026, 10, 3, tzinfo=UTC), until=datetime(2026, 10, 4, tzinfo=UTC))
    m = traffic.judged(seen, REFERENCE, none).result
    assert (m.parts, m.psi) == ((), None)
    assert m.why.startswith("No alarm of the window has been judged")
    assert words_mix.verdicts(m)[0] == m.why
    t = traffic.traffic(seen, REFERENCE, none).result
    assert words_mix.decisions(t.decisions)[0] == "No event of one of the two windows is counted."


def test_gaps_are_days_and_never_zeros(seen: Reader, rows: pd.DataFrame) -> None:
    t = traffic.traffic(seen, REFERENCE, CURRENT).result
    found = {(g.kind, g.first, g.last): g for g in t.gaps}
    assert set(found) == {
        ("nothing came", SILENT[0], SILENT[1]), ("nothing came", SILENT[2], SILENT[2]),
        ("nothing scored", DARK, DARK), ("partly unchecked", HALF, HALF), ("not judged", UNJUDGED, UNJUDGED),
    }  # fmt: skip
    half = rows[rows["occurred_at"].dt.date == HALF]
    assert found["partly unchecked", HALF, HALF].share == pytest.approx(half["score"].isna().mean())
    assert [g.inside for g in t.gaps] == ["reference"] * 4 + ["window"]
    early = replace(REFERENCE, until=datetime(2026, 9, 5, tzinfo=UTC))
    assert {g.inside for g in traffic.traffic(seen, early, CURRENT).result.gaps} == {"", "window"}
    finding = words_mix.gaps(t)
    assert "12 Sep nothing was scored (reference)" in finding
    assert len(tables.gaps(t)) == 5
    course = measures.course(seen, REFERENCE, CURRENT, "f.length").result
    gone = [d for d in course.days if d.date in SILENT]
    assert [(d.rows, d.psi) for d in gone] == [(0, None)] * 3
    assert words.course(course)[1].endswith("Gaps, without rows: 8–9 Sep, 3 Oct.")
    assert [s.x0 for s in charts.course(course).layout.shapes if s.line.dash == "dot"] == [
        datetime(2026, 9, 7, 12), datetime(2026, 10, 2, 12)
    ]  # fmt: skip


def test_reasons_for_no_score_are_told_then_and_now(seen: Reader, rows: pd.DataFrame) -> None:
    m = traffic.traffic(seen, REFERENCE, CURRENT).result.unchecked
    assert {p.name for p in m.parts} == {CHECKED, "time-out", "feed down"}
    for name in ("time-out", "feed down"):
        shares = [(side["unscored_reason"] == name).mean() for side in sides(rows)]
        assert [part(m, name).reference.value, part(m, name).current.value] == pytest.approx(shares)
    assert "of the events now have no score" in words_mix.unchecked(m)[0]


def test_new_values_are_those_that_pandas_finds(seen: Reader, rows: pd.DataFrame) -> None:
    found = novel.novel(seen, REFERENCE, CURRENT).result
    then, now = sides(rows)
    for column in ("region", "f.agent"):
        new = now[~now[column].isin(then[column])][column].value_counts()
        assert {n.value: n.events for n in found.found if n.column == column} == new.to_dict()
    assert {n.column for n in found.found} == {"region", "f.agent"}
    assert "“<b>new</b>” of region" in words_mix.news(found)[0]
    assert tables.news(found)["value"].tolist() == [n.value for n in found.found]
    sliced = [replace(s, where=(("region", "EMEA"),)) for s in (REFERENCE, CURRENT)]
    assert {n.column for n in novel.novel(seen, sliced[0], sliced[1]).result.found} == {"f.agent"}
    gone = novel.novel(seen, REFERENCE, Scope("m", "1", since=datetime(2031, 1, 1, tzinfo=UTC))).result
    assert words_mix.news(gone)[0] == "There are no rows in the window."


def test_impact_weighs_and_ranks(seen: Reader) -> None:
    d: Drift = measures.drift(seen, REFERENCE, CURRENT).result
    psi = {c.column: c.psi.value or 0.0 for c in d.columns}
    assert d.ranked()[0].column == max(psi, key=psi.__getitem__)
    shares, base = weights(seen, CURRENT).result
    assert shares == pytest.approx({"f.agent": 0.75, "f.length": 0.25})
    assert base == "40 explained rows, imported"
    assert stored_column("peers") == "f.peers"
    shares = {"f.agent": 0.99, "f.length": 0.01}
    weighed = replace(d, weights=Weights(shares, "5 explained rows"))
    assert weighed.whole == pytest.approx(sum(shares[c] * psi[c] for c in shares))
    impact = [weighed.impact(c) or 0.0 for c in weighed.ranked() if c.beyond_chance]
    assert impact == sorted(impact, reverse=True)
    assert "5 explained rows" in words.impact(weighed)
    assert "f.length" in {c["column"] for c in weighed.to_record()["columns"] if c["importance"] == 0.01}
    assert words.impact(replace(d, weights=Weights({}, "Why not."))) == "In the order of the index. Why not."


def test_many_rows_do_not_make_a_small_change_large(seen: Reader) -> None:
    d = measures.drift(seen, REFERENCE, CURRENT).result
    c = next(c for c in d.columns if c.column == "f.length")
    assert c.effect == "much"
    small = replace(c, psi=replace(c.psi, value=0.01), psi_by_chance=0.001)
    assert (small.beyond_chance, small.effect) == (True, "little")
    little = replace(d, columns=(small, replace(small, psi_by_chance=0.1)))
    assert words.headline(little).startswith("Traffic has hardly changed: “length” moved beyond chance, but little")


def test_the_report_holds_all_of_it(seen: Reader) -> None:
    r = report.everything(seen, REFERENCE, CURRENT, Weights({}, "None."))
    record = r.to_record()
    assert {g["kind"] for g in record["gaps"]} == {g.kind for g in r.traffic.gaps}
    assert record["verdicts"]["parts"][0]["reference"]["n_cases"] > 100
    assert {n["value"] for n in record["new_values"]} >= {"<b>new</b>", "brand new"}
    assert record["running_day_left_out"] == "2026-10-12"
    assert all(s.endswith(".") for s in r.sentences())
    found = CliRunner().invoke(
        app,
        ["drift", "--warehouse", str(seen.directory), "--model", "m", "--reference-until", "2026-09-29",
         "--since", "2026-09-29", "--format", "json"],
    )  # fmt: skip
    told = json.loads(found.stdout)
    assert (told["gaps"], told["verdicts"], told["new_values"]) == (
        record["gaps"], record["verdicts"], record["new_values"]
    )  # fmt: skip
    assert told["weights"]["base"] == "40 explained rows, imported"
    assert told["impact"] == pytest.approx(sum(c["impact"] for c in told["columns"] if c["column"] != "score"))


def test_shares_by_chance_are_how_days_differ() -> None:
    """Days of one share: the spread of a window's mean less that of the reference's, in closed form."""
    chance = np.random.default_rng(3)
    dates = np.arange(np.datetime64("2026-06-01"), np.datetime64("2026-06-01") + 84)
    share = 0.3 + 0.02 * chance.normal(size=84)
    days = Days(dates, np.full(84, 1000.0), 1000 * np.column_stack([share, 1 - share]))
    found = shares_by_chance(days, dates[:7], np.random.default_rng(0), 4000)
    assert found is not None
    assert found[0] == pytest.approx(1.96 * 0.02 * (1 / 7 + 1 / 84) ** 0.5, rel=0.12)
    assert shares_by_chance(Days(dates[:9], days.rows[:9], days.events[:9]), dates[:7], chance) is None


def test_one_day_has_no_interval_and_is_drawn_without() -> None:
    one = Estimate(0.4, None, None, 10)
    m = Mix((Part("block", one, one), Part("allow", replace(one, value=0.6), replace(one, value=0.6))), 0.0, None)
    assert charts.mix(m).data[0].x == (0.4, 0.6)
    assert words_mix.decisions(m)[0].endswith("cannot be told")
    assert tables.mix(m)["then (interval)"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([3, 4, 5, 9], "3–5 Oct, 9 Oct"),
        ([], ""),
        (range(1, 20, 2), "1 Oct, 3 Oct, 5 Oct, 7 Oct, 9 Oct, 11 Oct and 4 more times"),
    ],
)
def test_days_in_a_row_are_one(days: list[int], text: str) -> None:
    assert words.in_runs([date(2026, 10, d) for d in days]) == text
    assert dates.between(date(2026, 9, 30), date(2026, 10, 2)) == "30 Sep to 2 Oct"
