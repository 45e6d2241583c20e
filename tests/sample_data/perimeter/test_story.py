"""Seeded attacks, and parts of the story that one file does not show: layers, rules, scales, growth, cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sample_data.perimeter import load
from sample_data.perimeter.build import write_service
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.story import emergency_window

pytestmark = pytest.mark.slow
SCENARIO = load()
SERVICES, STORY = SCENARIO.services, SCENARIO.story
NEW = "dga: syllables (new family)"


@pytest.fixture(scope="module")
def detections(small: Any) -> dict[str, pd.DataFrame]:
    """All rows by service, with their stratum."""
    return {w.service: read(w.files) for w in small.written}


def read(files: dict[str, Path]) -> pd.DataFrame:
    """Detections with what only the generator knows."""
    truth = pd.read_parquet(files["truth"])[["event_id", "attack", "stratum", "volume"]]
    return pd.read_parquet(files["detections"]).merge(truth, on="event_id", validate="many_to_one")


def of(rows: pd.DataFrame, service: str, role: str = "champion") -> pd.DataFrame:
    """The rows of one version."""
    return rows[rows["model_version"] == SERVICES[service].texts[role]]


def named_at(sample: Sample) -> datetime:
    """When intelligence names the new family."""
    late = STORY["new_family"].numbers["known_after_days"]
    return sample.window("new_family")[0] + timedelta(days=late)


def all_rows(small: Any) -> Sample:
    """The sample with all of its rows, but of six weeks only."""
    short = replace(SCENARIO, sample={**SCENARIO.sample, "days": 42, "training_rows": 1200})
    return Sample(short, small.sample.end, 1, 1.0)


@pytest.mark.parametrize("service", SERVICES)
def test_seeded_attacks_come_every_day_and_are_labelled_as_such(
    service: str, detections: dict[str, pd.DataFrame], small: Any
) -> None:
    rows = detections[service]
    seeded = rows[rows["stratum"] == "seeded"]
    assert (seeded["sampling_weight"] == 1).all()
    assert seeded["technique"].notna().all()
    labels = pd.read_parquet(small.folder / f"{service}-labels.parquet").set_index("event_id")
    found = labels[labels["label_source"] == "red_team"]
    assert set(found.index) <= set(seeded["event_id"])
    assert (found["label"] == "true_positive").all()
    assert set(found["outcome"]) <= {"stopped", "no_effect"}
    assert set(found["labelled_by"]) == {"red team"}
    assert not set(seeded["event_id"]) & set(labels[labels["label_source"] != "red_team"].index)
    a_day = of(seeded, service).groupby(of(seeded, service)["occurred_at"].dt.floor("D")).size()
    assert len(a_day) >= 87  # in the feed gap of one region some are lost
    assert found.shape[0] == pytest.approx(len(of(seeded, service)), rel=0.05)
    # Known attacks, again and again: the same content is the same case, and gets the same score.
    content = [c for c in seeded if c == "payload" or c.startswith("f.")]
    for role in ("champion", "challenger"):
        mine = of(seeded, service, role)
        if service == STORY["vendor_scale"].texts["service"] and role == "challenger":
            mine = mine[mine["occurred_at"] < pd.Timestamp(small.sample.window("vendor_scale")[0])]
        same = mine.groupby("case_id")[[*content, "score"]].nunique().to_numpy()
        assert (same == 1).all()
    assert of(seeded, service)["case_id"].value_counts().max() <= 13


def test_a_new_technique_joins_the_known_set_once_it_is_named(detections: dict[str, pd.DataFrame], small: Any) -> None:
    for service, rows in detections.items():
        new = rows[(rows["stratum"] == "seeded") & (rows["technique"] == NEW)]
        assert len(new) > 0 if service == "dns" else new.empty
        if service == "dns":
            assert new["occurred_at"].min() >= named_at(small.sample)


def test_recall_on_seeded_attacks_falls_when_the_new_technique_joins(small: Any, tmp_path: Path) -> None:
    rows = read(write_service(all_rows(small), "dns", tmp_path).files)
    seeded = of(rows[rows["stratum"] == "seeded"], "dns")
    assert SERVICES["dns"]["seeded_rows"] <= len(seeded) / 42 <= 1.4 * SERVICES["dns"]["seeded_rows"]
    caught, since = seeded["decision"] != "allow", seeded["occurred_at"] >= named_at(small.sample)
    assert caught[since].mean() < caught[~since].mean() - 0.1
    # Alarms of production are few enough for eight analysts' cases a day, by host and day.
    alarms = of(rows, "dns")[lambda r: (r["decision"] != "allow") & (r["stratum"] != "seeded")]
    assert 6 <= alarms.groupby(alarms["occurred_at"].dt.floor("D"))["case_id"].nunique().mean() <= 10


def test_what_is_surest_is_blocked_and_the_rest_of_the_alarms_only_told(
    detections: dict[str, pd.DataFrame], small: Any
) -> None:
    models = pd.read_parquet(small.folder / "dns-models.parquet").pivot(
        index="model_version", columns="action", values="threshold"
    )
    rows = detections["dns"]
    low, high = (rows["model_version"].map(models[action]) for action in ("alert", "block"))
    assert (high == 0.99).all()
    expected = np.select([rows["score"] >= high, rows["score"] >= low], ["block", "alert"], "allow")
    assert (rows["decision"] == expected).all()
    assert set(expected) == {"block", "alert", "allow"}
    others = [pd.read_parquet(small.folder / f"{s}-models.parquet") for s in SERVICES if s != "dns"]
    assert all(len(frame) == 2 for frame in others)


def test_an_emergency_rule_blocks_what_the_score_would_let_pass(
    detections: dict[str, pd.DataFrame], small: Any
) -> None:
    since, until = emergency_window(small.sample)
    assert until - since == timedelta(minutes=40)
    event = STORY["emergency_rule"]
    ruled = detections["waf"][detections["waf"]["rule_hits"] == event.texts["rule"]]
    assert ruled["occurred_at"].between(pd.Timestamp(since), pd.Timestamp(until)).all()
    assert set(ruled["application"]) == {event.texts["application"]}
    in_use, candidate = of(ruled, "waf"), of(ruled, "waf", "challenger")
    assert (in_use["decision"] == "block").all()
    assert (candidate["decision"] == "allow").all()
    threshold = pd.read_parquet(small.folder / "waf-models.parquet").set_index("role")["threshold"]
    assert (in_use["score"] < threshold["champion"]).all()
    # As much in 40 minutes as the model blocks in a day.
    a_day = SERVICES["waf"]["attacks"] * SERVICES["waf"].aim["recall"]
    assert 0.5 * a_day < in_use["volume"].sum() < 2 * a_day
    counts = of(pd.read_parquet(small.folder / "waf-counts.parquet"), "waf")
    low = counts[(counts["decision"] == "block") & (counts["score"] < threshold["champion"])]
    assert set(low["hour"]) == {pd.Timestamp(since).floor("h")}
    assert set(low["region"]) == {event.texts["region"]}
    assert low["count"].sum() + in_use["sampling_weight"].sum() == pytest.approx(in_use["volume"].sum(), rel=0.2)


def test_the_vendors_scale_moves_and_the_order_of_scores_stays(detections: dict[str, pd.DataFrame], small: Any) -> None:
    event = STORY["vendor_scale"]
    service = event.texts["service"]
    kinds = pd.read_parquet(small.folder / f"{service}-models.parquet").set_index("role")["kind"]
    assert kinds["challenger"] == "vendor"
    seeded = detections[service][detections[service]["stratum"] == "seeded"]
    since = pd.Timestamp(small.sample.window("vendor_scale")[0])

    def scores(role: str) -> pd.DataFrame:
        rows = of(seeded, service, role)
        after = (rows["occurred_at"] >= since).map({False: "before", True: "after"})
        return rows.pivot_table(index="case_id", columns=after, values="score")

    moved, kept = scores("challenger"), scores("champion")
    logits = np.log(moved / (1 - moved))
    np.testing.assert_allclose(logits["before"] - logits["after"], event.numbers["logits"], atol=1e-6)
    pd.testing.assert_series_equal(kept["before"], kept["after"], check_names=False)


def test_retrieved_texts_grow_by_nine_percent_a_week(detections: dict[str, pd.DataFrame], small: Any) -> None:
    rows = of(detections["guard"], "guard")
    rows = rows[rows["stratum"] == "ordinary"]
    counts = pd.read_parquet(small.folder / "guard-counts.parquet")
    counts = counts[counts["model_version"] == SERVICES["guard"].texts["champion"]]
    until = pd.Timestamp(small.sample.end)
    first, last = (
        sum(
            frame[(at >= start) & (at < start + pd.Timedelta(weeks=4))][n].sum()
            for frame, at, n in ((rows, rows["occurred_at"], "sampling_weight"), (counts, counts["hour"], "count"))
        )
        for start in (until - pd.Timedelta(weeks=12), until - pd.Timedelta(weeks=4))
    )
    share = SERVICES["guard"]["applications"][STORY["growth"].texts["application"]]
    grown = np.array([1 - share + share * g for g in mean_one(1.09 ** (np.arange(90) / 7))])
    expected = grown[-28:].mean() / grown[6:34].mean()
    assert last / first == pytest.approx(expected, rel=0.1)
    assert expected > 1.7
    retrieved = rows[rows["application"] == STORY["growth"].texts["application"]]["sampling_weight"].sum()
    assert retrieved / rows["sampling_weight"].sum() == pytest.approx(share, abs=0.05)


def test_attacks_on_the_guard_are_as_frequent_as_each_application_has_them(small: Any, tmp_path: Path) -> None:
    guard = SERVICES["guard"]
    rows = of(read(write_service(replace(small.sample, scale=1.0), "guard", tmp_path).files), "guard")
    rows = rows[rows["score"].notna() & (rows["stratum"] != "seeded")]
    found = rows[rows["attack"]].groupby("application")["volume"].sum() / rows.groupby("application")["volume"].sum()
    told = {"Staff assistant": 0.0005, "Customer assistant": 0.004, "Search over documents": 0.00002}
    for application, share in guard["applications"].items():
        prevalence = guard["attack_applications"][application] / (share * guard["daily"])
        assert prevalence == pytest.approx(told[application], rel=0.05)
        assert found[application] == pytest.approx(prevalence, rel=0.35)
    # Staff have their assistant for themselves, and customers theirs.
    pairs = set(zip(rows["application"], rows["segment"], strict=True))
    assert {s for a, s in pairs if a == "Staff assistant"} == {"Staff"}
    assert {s for a, s in pairs if a == "Customer assistant"} == {"Retail customers", "Wealth customers"}
    assert {s for a, s in pairs if a == "Search over documents"} == set(guard["segments"])


def mean_one(x: np.ndarray) -> np.ndarray:
    """The same on another scale."""
    return x / x.mean()


def test_the_bot_model_and_the_web_model_see_some_of_the_same_requests(
    detections: dict[str, pd.DataFrame],
) -> None:
    bot, waf = (of(detections[s], s).set_index("correlation_id") for s in ("bot", "waf"))
    assert bot.index.is_unique
    assert waf.index.is_unique
    both = bot.join(waf, how="inner", suffixes=("_bot", "_waf"))
    assert len(both) == 90 * 2  # a twentieth of forty a day
    assert both["attack_bot"].all()
    assert both["attack_waf"].all()
    assert (both["region_bot"] == both["region_waf"]).all()
    assert (both["entity_bot"] == both["entity_waf"]).all()
    later = both["occurred_at_waf"] - both["occurred_at_bot"]
    assert (later == pd.Timedelta(seconds=SCENARIO.layers["delay_s"])).all()
    elsewhere = pd.concat([detections[s]["correlation_id"] for s in SERVICES if s not in SCENARIO.layers["services"]])
    assert not elsewhere.isin(both.index).any()
    caught = both[["decision_bot", "decision_waf"]] != "allow"
    assert len(caught.value_counts()) >= 3  # by one, by the other, by both


def test_rules_fire_on_what_they_look_for_and_on_no_ordinary_request(detections: dict[str, pd.DataFrame]) -> None:
    rows = of(detections["waf"], "waf")
    fired = rows["rule_hits"].notna() & (rows["rule_hits"] != STORY["emergency_rule"].texts["rule"])
    assert 0.2 < fired[rows["attack"]].mean() < 0.6
    assert 0 < fired[rows["stratum"] == "lookalike"].mean() < 0.15
    assert not fired[rows["stratum"] == "ordinary"].any()
    script = rows["payload"].str.contains("<script")
    assert rows["rule_hits"].str.contains("941110").fillna(False).equals(script)
    assert all(detections[s]["rule_hits"].isna().all() for s in SERVICES if s != "waf")


def test_cases_of_the_web_model_are_hundreds_a_day(small: Any, tmp_path: Path) -> None:
    rows = of(read(write_service(all_rows(small), "waf", tmp_path).files), "waf")
    alarms = rows[(rows["decision"] != "allow") & ~rows["stratum"].isin(["seeded", "story"])]
    cases = alarms.groupby(alarms["occurred_at"].dt.floor("D"))["case_id"].nunique()
    assert 250 <= cases.mean() <= 390


def test_a_host_stands_at_one_place_a_day(detections: dict[str, pd.DataFrame]) -> None:
    rows = of(detections["dns"], "dns")
    rows = rows[rows["case_id"].notna()]
    places = rows.groupby("case_id")[["region", "segment", "application"]].nunique()
    assert rows.groupby("case_id").size().max() > 5, "some hosts ask for many names"
    assert (places == 1).all(axis=None)
