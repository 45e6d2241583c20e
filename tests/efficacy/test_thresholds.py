"""What a threshold brings, where a model is weak and how two versions compare: against figures made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics import dates
from analytics.efficacy import (
    against,
    charts_more,
    cheapest,
    consequences,
    measures,
    seeded,
    weak,
    wording,
    words_known,
    words_search,
    words_threshold,
)
from analytics.efficacy.assumptions import Assumptions, agreed, agreed_proposer, approve, propose, proposed
from analytics.errors import BadInput
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, import_files, open_reader, records

START = datetime(2026, 3, 2, tzinfo=UTC)
SCOPE = Scope(model="m", version="1")
COSTS = Assumptions(minutes_per_case=6, cost_missed=100, cost_false_alarm=2, cost_hour=50)
Build = Callable[..., Reader]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Import frames of detections, one a version, over exactly ten days, and open the warehouse."""

    def make(*frames: pd.DataFrame, thresholds: tuple[float | None, ...] = (0.5, 0.5)) -> Reader:
        models = [
            {"model_id": "m", "model_version": str(i + 1), "threshold": t, "role": r}
            for i, (t, r) in enumerate(zip(thresholds, ("champion", "challenger"), strict=True))
        ][: len(frames)]
        pd.DataFrame(models).to_csv(tmp_path / "models.csv", index=False)
        import_files(tmp_path / "w", "models", [str(tmp_path / "models.csv")])
        for i, frame in enumerate(frames):
            n = len(frame)
            at = [(START + timedelta(days=10) * k / (n - 1)).isoformat() for k in range(n)]
            given = {"model_id": "m", "model_version": str(i + 1), "event_id": [f"e{k}" for k in range(n)]}
            path = tmp_path / f"d{i}.csv"
            frame.assign(**given, occurred_at=at).to_csv(path, index=False)
            report = import_files(tmp_path / "w", "detections", [str(path)])
            assert report.rejected == 0, report.reasons
        return open_reader(tmp_path / "w", local_viewer())

    return make


def stream(n: int = 1000, seed: int = 1) -> pd.DataFrame:
    """A fully labelled stream in cases of four, with two slice columns."""
    rng = np.random.default_rng(seed)
    label = np.repeat(rng.random(n // 4) < 0.3, 4)
    return pd.DataFrame(
        {
            "score": np.round(np.clip(rng.normal(0.35 + 0.3 * label, 0.2), 0, 1), 3),
            "label": label.astype(int),
            "case_id": [f"c{i // 4}" for i in range(n)],
            "region": rng.choice(["EMEA", "APAC"], n),
            "segment": np.repeat(rng.choice(["retail", "wealth", "staff"], n // 4), 4),
        }
    )


def told(*ends: float | None) -> tuple[float, ...]:
    """Numbers that are there."""
    assert None not in ends
    return tuple(e for e in ends if e is not None)


def rising(*ends: float | None) -> bool:
    """Tell whether all are there, each at least the one before."""
    return list(told(*ends)) == sorted(told(*ends))


@pytest.mark.parametrize("threshold", [0.5, 0.25, 0.777])
def test_consequences_are_those_of_the_rows(build: Build, threshold: float) -> None:
    frame = stream().assign(label_source="challenge_result")
    reader = build(frame)
    found = consequences.consequences(reader, SCOPE, threshold, COSTS).result
    days = 10.0
    flagged, attack = frame["score"] >= threshold, frame["label"] == 1
    assert found.alarms.value == pytest.approx(flagged.sum() / days, rel=1e-6)
    assert found.caught.value == pytest.approx((flagged & attack).sum() / days, rel=1e-6)
    assert found.false_alarms.value == pytest.approx((flagged & ~attack).sum() / days, rel=1e-6)
    assert found.missed.value == pytest.approx((~flagged & attack).sum() / days, rel=1e-6)
    assert rising(found.missed.low, found.missed.value, found.missed.high)
    assert found.cases_from == "machine"  # nobody looked at them


def test_hours_and_cost_of_labels_that_people_gave(build: Build) -> None:
    frame = stream().assign(label_source="triage")
    found = consequences.consequences(build(frame), SCOPE, 0.5, COSTS).result
    flagged = frame[frame["score"] >= 0.5]
    cases = flagged["case_id"].nunique() / 10
    assert (found.cases_from, found.cases.value) == ("labels", pytest.approx(cases, rel=1e-6))
    assert found.hours.value == pytest.approx(cases * 6 / 60, rel=1e-6)
    missed = ((frame["score"] < 0.5) & (frame["label"] == 1)).sum() / 10
    wrong = (flagged["label"] == 0).sum() / 10
    assert found.cost.value == pytest.approx(missed * 100 + wrong * 2 + cases * 6 / 60 * 50, rel=1e-6)


def audited(seed: int = 4, digits: int = 3) -> pd.DataFrame:
    """A stream served at .5: alarms judged by people, one in ten of what passed audited, the rest without a label."""
    rng = np.random.default_rng(seed)
    attack = rng.random(4000) < 0.2
    score = np.round(np.clip(rng.normal(0.3 + 0.35 * attack, 0.15), 0, 1), digits)
    alarm, drawn = score >= 0.5, rng.random(4000) < 0.1
    return pd.DataFrame(
        {
            "score": score,
            "label": np.where(alarm | drawn, attack.astype(int).astype(str), ""),
            "label_source": np.where(alarm, "triage", np.where(drawn, "random_audit", "")),
            "inclusion_probability": np.where(~alarm & drawn, "0.1", ""),
            "decision": np.where(alarm, "block", "allow"),
            "case_id": [f"c{i // 2}" for i in range(4000)],
        }
    )


def test_the_slider_the_tiles_and_the_cost_picture_tell_one_story(build: Build) -> None:
    """Below the threshold in force: attacks stay as many, alarms bring hours, cost is that of the picture."""
    reader = build(audited())
    o = cheapest.optimum(reader, SCOPE, COSTS).result
    steps = [t for t in consequences.ladder(reader, SCOPE).result.thresholds if t <= 0.5]
    assert len(steps) > 10
    found = [consequences.consequences(reader, SCOPE, t, COSTS).result for t in steps]
    served = found[-1]
    attacks = told(served.caught.value)[0] + told(served.missed.value)[0]
    a_case = told(served.alarms.value)[0] / told(served.cases.value)[0]
    for now, lower in zip(found[1:], found, strict=False):
        assert told(lower.missed.value)[0] <= told(now.missed.value)[0] + 1e-9
        assert told(lower.caught.value)[0] + told(lower.missed.value)[0] == pytest.approx(attacks)
        assert told(lower.alarms.value)[0] / told(lower.cases.value)[0] == pytest.approx(a_case)
    low = o.curve[o.curve["threshold"] <= 0.5].iloc[::5]
    assert len(low) > 10
    for t, cost in zip(low["threshold"], low["cost"], strict=True):
        shown = consequences.consequences(reader, SCOPE, float(t), COSTS).result.cost
        assert told(shown.value)[0] == pytest.approx(cost, rel=1e-6)
    drawn = measures.curves(reader, SCOPE).result
    for t, recall, precision in drawn.pr[drawn.pr["threshold"] <= 0.49].iloc[::5].itertuples(index=False):
        e = measures.efficacy(reader, SCOPE, float(t)).result.estimates
        assert told(e["precision"].value, e["recall"].value) == pytest.approx((precision, recall))
    for t, fpr, recall in drawn.roc[drawn.roc["threshold"] <= 0.49].iloc[::5].itertuples(index=False):
        e = measures.efficacy(reader, SCOPE, float(t)).result.estimates
        assert told(e["fpr"].value, e["recall"].value) == pytest.approx((fpr, recall), abs=1e-9)
    assert o.threshold is not None and o.low is not None and o.low <= o.threshold
    best = consequences.consequences(reader, SCOPE, o.threshold, COSTS).result
    assert all(told(best.cost.value)[0] <= told(c.cost.value)[0] * (1 + 1e-9) for c in found)


def test_from_the_threshold_in_force_on_the_curves_are_those_of_the_labelled_alarms(build: Build) -> None:
    """Also where many of them share a score bin, whose volume is one number."""
    frame = audited(digits=6)
    drawn = measures.curves(build(frame), SCOPE).result.pr
    assert (drawn["threshold"] >= 0.5).sum() > 30
    for t, precision in drawn.loc[drawn["threshold"].between(0.5, 1), ["threshold", "precision"]].itertuples(
        index=False
    ):
        labels = frame.loc[frame["score"] >= t, "label"]
        assert precision == pytest.approx((labels == "1").mean())


def test_what_may_lie_unseen_between_two_thresholds_cannot_be_told_apart(build: Build) -> None:
    """Nobody looked at what scores .3 to .4: whether to flag it is open, however clear the rows make it."""
    rng = np.random.default_rng(2)
    score = np.concatenate([np.full(300, 0.9), np.full(10, 0.35), [0.3], np.full(3689, 0.1)])
    drawn = np.concatenate([np.zeros(310, bool), [True], rng.random(3689) < 0.1])
    alarm, attack = score >= 0.5, np.arange(4000) < 200
    frame = pd.DataFrame(
        {
            "score": score,
            "label": np.where(alarm | drawn, attack.astype(int).astype(str), ""),
            "label_source": np.where(alarm, "triage", np.where(drawn, "random_audit", "")),
            "inclusion_probability": np.where(drawn, "0.1", ""),
            "decision": np.where(alarm, "block", "allow"),
        }
    )
    o = cheapest.optimum(build(frame), SCOPE, COSTS).result
    assert o.threshold == pytest.approx(0.9)
    near = dict(zip(o.curve["threshold"], o.curve["near"], strict=True))
    assert near == {1.0: False, 0.9: True, 0.3: True, 0.1: False}


def test_a_part_of_an_hour_says_nothing_of_a_day(build: Build) -> None:
    reader = build(stream())
    scope = replace(SCOPE, since=START + timedelta(hours=5, minutes=10), until=START + timedelta(hours=5, minutes=50))
    c = consequences.consequences(reader, scope, 0.5, COSTS).result
    for e in (c.alarms, c.caught, c.missed, c.hours, c.cost):
        assert (e.value, e.quality) == (None, "not_measurable")
    assert "choose an hour or more" in c.alarms.why
    assert len(consequences.ladder(reader, scope).result.thresholds) == 1
    assert "hour" in cheapest.optimum(reader, scope, COSTS).result.why
    whole = replace(scope, since=START + timedelta(hours=5), until=START + timedelta(hours=6))
    assert told(consequences.consequences(reader, whole, 0.5, COSTS).result.alarms.value)[0] > 0


@pytest.mark.parametrize(("later", "over"), [(60, 11), (20, 20)])
def test_a_version_that_is_gone_had_its_alarms_while_it_was_there(
    build: Build, tmp_path: Path, later: int, over: int
) -> None:
    """Its last event came at the midnight in which day 11 begins; of another version some came days later."""
    frame = stream()
    reader, last = build(frame, frame), tmp_path / "late.csv"
    at = (START + timedelta(days=later)).isoformat()
    last.write_text(f"event_id,occurred_at,model_id,model_version,score\nlate,{at},m,2,0.1\n")
    import_files(reader.directory, "detections", [str(last)])
    again, alarms = open_reader(reader.directory, local_viewer()), (frame["score"] >= 0.5).sum()
    found = consequences.consequences(again, SCOPE, 0.5, COSTS).result.alarms.value
    assert found == pytest.approx(alarms / over, rel=1e-6)
    # A window that was asked for is as long as it is.
    month = replace(SCOPE, since=START, until=START + timedelta(days=15))
    assert consequences.consequences(again, month, 0.5, COSTS).result.alarms.value == pytest.approx(alarms / 15)


def test_alarms_per_case_as_asked(build: Build) -> None:
    frame = stream()
    assumed = Assumptions(minutes_per_case=30, alarms_per_case=5, cost_missed=1, cost_false_alarm=1, cost_hour=1)
    found = consequences.consequences(build(frame), SCOPE, 0.5, assumed).result
    assert found.cases.value == pytest.approx((frame["score"] >= 0.5).sum() / 10 / 5, rel=1e-6)
    assert found.hours.value == pytest.approx(told(found.cases.value)[0] * 0.5)


def test_nobody_said_what_things_cost(build: Build) -> None:
    reader = build(stream())
    found = consequences.consequences(reader, SCOPE, 0.5, Assumptions()).result
    assert (found.cost.value, found.cost.quality) == (None, "no_data")
    assert cheapest.optimum(reader, SCOPE, Assumptions()).result.threshold is None
    tiles = dict(words_threshold.tiles(measures.efficacy(reader, SCOPE).result, found, None, Assumptions(), "", {}))
    assert (tiles["cost"].value, tiles["cost"].known) == ("not said", False)


def test_missed_attacks_are_not_measurable_from_alarms_alone(build: Build) -> None:
    frame = stream()
    frame["label"] = frame["label"].where(frame["score"] >= 0.5).astype("Int64")
    found = consequences.consequences(build(frame), SCOPE, 0.5, COSTS).result
    assert found.caught.value is not None
    assert (found.missed.value, found.cost.value) == (None, None)


def test_the_ladder_counts_alarms_exactly_and_holds_the_one_in_force(build: Build) -> None:
    frame = stream()
    found = consequences.ladder(build(frame, thresholds=(0.123456, None)), SCOPE).result
    assert found.in_force == 0.123456
    assert found.thresholds == tuple(sorted(set(found.thresholds)))
    assert 0.123456 in found.thresholds
    for t, alarms in zip(found.thresholds, found.alarms, strict=True):
        if t != 0.123456:
            assert alarms == pytest.approx((frame["score"] >= t).sum() / 10, rel=1e-6)
    assert all(a >= b for a, b in zip(found.alarms, found.alarms[1:], strict=False))


def test_of_a_slice_that_counts_do_not_tell_nothing_is_said_a_day(build: Build, tmp_path: Path) -> None:
    """Regions are told by counts too; segments are not: alarms, hours, misses and cost of one are not known."""
    reader = build(stream())
    model = SCOPE.model
    wealth, emea = (replace(SCOPE, where=(w,)) for w in (("segment", "wealth"), ("region", "EMEA")))
    assert consequences.consequences(reader, wealth, 0.5, COSTS).result.alarms.value is not None
    at = (START + timedelta(days=5)).isoformat()
    counts = tmp_path / "counts.csv"
    counts.write_text(f"model_id,model_version,hour,region,decision,score,count\n{model},1,{at},EMEA,block,0.9,500\n")
    import_files(reader.directory, "counts", [str(counts)])
    again = open_reader(reader.directory, local_viewer())
    now = consequences.consequences(again, wealth, 0.5, COSTS).result
    assert {e.value for e in (now.alarms, now.missed, now.hours, now.cost)} == {None}
    assert now.alarms.why == wording.UNCOUNTED
    ladder = consequences.ladder(again, wealth).result
    assert len(ladder.thresholds) > 2  # it can still be moved
    assert words_threshold.step(ladder, ladder.thresholds[0]).endswith(f"{ladder.thresholds[0]:g}")
    assert cheapest.optimum(again, wealth, COSTS).result.why == wording.UNCOUNTED
    assert measures.efficacy(again, wealth).result.estimates["precision"].value is not None
    assert consequences.consequences(again, emea, 0.5, COSTS).result.alarms.value is not None


def test_the_cheapest_threshold_is_that_of_a_search_over_all(build: Build) -> None:
    frame = stream().assign(label_source="challenge_result")
    o = cheapest.optimum(build(frame), SCOPE, COSTS).result
    s, y = frame["score"].to_numpy(), frame["label"].to_numpy() == 1
    tried = {t: 100 * (y & (s < t)).sum() + 2 * (~y & (s >= t)).sum() for t in np.unique(s)}
    least = min(tried.values())
    assert tried[told(o.threshold)[0]] == least
    assert o.curve["cost"].min() == pytest.approx(least / 10, rel=1e-6)
    assert rising(o.low, o.threshold, o.high)
    assert "Cost is least at" in words_threshold.optimum(o, 0.5)


def test_a_band_that_cannot_be_told_apart_has_no_more_figures_than_it_needs() -> None:
    band = cheapest.Optimum(pd.DataFrame(), 0.712345, 0.561234, 0.853214, "")
    said = "Cost is least at 0.7; from 0.6 to 0.9 it cannot be told apart"
    assert words_threshold.optimum(band, None) == said
    assert words_threshold.optimum(band, 0.92) == f"{said}. The one in force, 0.92, is not among them"
    near = words_threshold.optimum(band, 0.56)  # 0.6 to 0.9 is without it as well, 0.56 to 0.85 would be with it
    assert near == f"{said}. The one in force, 0.56, is not among them"
    assert words_threshold.optimum(replace(band, low=0.712345, high=0.712345), None) == "Cost is least at 0.712345"


def test_assumptions_are_proposed_by_one_and_agreed_by_another(tmp_path: Path) -> None:
    ana, olu = Viewer("ana@x", frozenset({"analyst"}), "oidc"), Viewer("olu@x", frozenset({"owner"}), "oidc")
    assert (agreed(tmp_path, "m"), proposed(tmp_path, "m")) == ((Assumptions(), ""), None)
    seq = propose(tmp_path, ana, "m", COSTS, "k1")
    propose(tmp_path, ana, "other", Assumptions(), "k2")
    assert agreed(tmp_path, "m") == (Assumptions(), "")
    standing = proposed(tmp_path, "m")
    assert standing and (standing.seq, standing.values, standing.actor) == (seq, COSTS, "ana@x")
    approve(tmp_path, olu, "m", seq, "k3")
    found, by = agreed(tmp_path, "m")
    assert (found, proposed(tmp_path, "m"), agreed_proposer(tmp_path, "m")) == (COSTS, None, "ana@x")
    assert by == f"olu@x, {dates.day(records.replay(tmp_path)[-1].at)}"  # as days stand everywhere, not 2026-11-28
    seq = propose(tmp_path, ana, "m", Assumptions(9, cost_hour=40), "k4")  # whole numbers, as a scenario says them
    approve(tmp_path, olu, "m", seq, "k5")
    assert [type(v) for v in (agreed(tmp_path, "m")[0].minutes_per_case, agreed(tmp_path, "m")[0].cost_hour)] == [
        float
    ] * 2
    with pytest.raises(BadInput, match="cost_missed is -1"):
        Assumptions(cost_missed=-1)
    with pytest.raises(BadInput, match="nan"):
        Assumptions(cost_hour=float("nan"))


def test_what_one_person_agreed_on_before_it_took_two_still_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, (new, old) = local_viewer(), (records.KINDS["assumptions_agreed"], records.KINDS["assumptions_proposed"])
    monkeypatch.setitem(records.KINDS, "assumptions_agreed", old)
    records.record(tmp_path, records.Event("assumptions_agreed", "m", asdict(COSTS), "k"), me)
    monkeypatch.setitem(records.KINDS, "assumptions_agreed", new)
    assert agreed(tmp_path, "m")[0] == COSTS
    assert (agreed_proposer(tmp_path, "m"), proposed(tmp_path, "m")) == (me.actor, None)


def test_why_a_proposal_stays_one_is_said(tmp_path: Path) -> None:
    propose(tmp_path, local_viewer(), "m", COSTS, "k1")
    standing = proposed(tmp_path, "m")
    assert standing
    assert "without sign-in there is one user only" in standing.stays(local_viewer())
    assert "an owner or an approver" in standing.stays(Viewer("ana@x", frozenset({"analyst"}), "oidc"))
    assert replace(standing, actor="ana@x", verified_by="oidc").stays(Viewer("o", frozenset({"owner"}), "oidc")) == ""


def test_a_planted_weak_slice_is_found_and_the_pair_is_not_told_twice(build: Build) -> None:
    frame = stream(4000)
    weak_one = (frame["segment"] == "wealth") & (frame["label"] == 1)
    frame.loc[weak_one, "score"] = 0.1
    found = weak.search(build(frame), SCOPE).result
    assert [w.where for w in found.found if w.measure == "recall"] == [(("segment", "wealth"),)]
    worst = found.found[0]
    assert (worst.inside.value, worst.inside.n) == (0.0, int(weak_one.sum()))
    assert words_search.search(found).startswith("Weakest: segment wealth, 0 % attacks caught against")


def test_a_weakness_in_two_columns_together_is_told_as_a_pair(build: Build) -> None:
    frame = stream(8000)
    both = (frame["segment"] == "wealth") & (frame["region"] == "APAC") & (frame["label"] == 1)
    frame.loc[both, "score"] = 0.1
    found = weak.search(build(frame), SCOPE).result
    assert found.found[0].where == (("region", "APAC"), ("segment", "wealth"))


def test_noise_is_seldom_called_weak(build: Build, tmp_path: Path) -> None:
    frame = stream(2000, seed=11)
    rng = np.random.default_rng(5)
    for i in range(6):
        frame[f"s.x{i}"] = rng.choice(list("abcd"), len(frame))
    found = weak.search(build(frame), SCOPE).result
    assert found.searched > 100
    assert len(found.found) <= 1


def test_a_search_without_threshold_or_columns_says_why(build: Build) -> None:
    reader = build(stream().drop(columns=["region", "segment"]), thresholds=(None, None))
    assert weak.search(reader, SCOPE).result.why == "No threshold is in force."
    assert weak.search(reader, SCOPE, 0.5).result.why == "No other slice column is known."


def test_against_counts_pairs_and_gives_the_ratio_of_recalls(build: Build) -> None:
    rng = np.random.default_rng(9)
    w = rng.integers(1, 9, 2000)
    a, b = stream(2000).assign(sampling_weight=w), stream(2000).assign(sampling_weight=w)
    b["score"] = np.round(np.clip(b["score"] + rng.normal(0.05, 0.1, len(b)), 0, 1), 3)
    found = against.against(build(a, b), SCOPE, "2").result
    y, fa, fb = (a["label"] == 1).to_numpy(), (a["score"] >= 0.5).to_numpy(), (b["score"] >= 0.5).to_numpy()
    expected = [
        [(m & fa & fb).sum(), (m & fa & ~fb).sum(), (m & fb & ~fa).sum(), (m & ~fa & ~fb).sum()] for m in (y, ~y)
    ]
    assert found.counts[["both", "only_in_use", "only_candidate", "neither"]].to_numpy().tolist() == expected
    only = [[100 * w[m & some].sum() / w[m & fa].sum() for some in (fa & ~fb, fb & ~fa)] for m in (y, ~y)]
    drawn = found.counts[["lost", "gained"]].to_numpy()
    assert drawn == pytest.approx(np.array(only))  # weighted, not rows
    for ratio, (lost, gained) in zip((found.ratio, found.false_alarms), drawn, strict=True):
        assert told(ratio.value)[0] == pytest.approx(1 - lost / 100 + gained / 100)  # the picture is the sentence
        assert rising(ratio.low, ratio.value, ratio.high)
    assert list(charts_more.against(found).data[1].x) == pytest.approx(drawn[:, 1].tolist())
    assert f"it raises {100 * told(found.false_alarms.value)[0]:.0f} (" in words_search.against(found)
    assert (found.alarms_in_use, found.alarms_candidate) == (
        pytest.approx(w[fa].sum() / 10, rel=1e-6), pytest.approx(w[fb].sum() / 10, rel=1e-6),
    )  # fmt: skip
    assert not found.why
    other_way = against.against(build(a, b), replace(SCOPE, version="2"), "1").result  # from the page of the candidate
    names = [t.name for v in (found, other_way) for t in charts_more.against(v).data]
    assert names == ["only 1 flags", "only 2 flags", "only 2 flags", "only 1 flags"]
    unknown = replace(found, ratio=replace(found.ratio, value=None))
    assert words_search.against(unknown) == "How many attacks 2 catches against 1 cannot be told"


def test_a_segment_where_the_candidate_is_worse_is_found(build: Build) -> None:
    a, b = stream(6000), stream(6000)
    b.loc[(b["segment"] == "staff") & (b["label"] == 1), "score"] = 0.2
    found = against.against(build(a, b), SCOPE, "2").result
    assert found.segments[0].where == ("segment", "staff")
    assert found.segments[0].what == "attacks"
    assert "in segment staff it misses more" in words_search.against(found)
    assert words_search.segment_note(found).startswith("Of 100 that 1 catches or raises")


def test_versions_of_which_too_little_is_labelled_are_not_compared(build: Build) -> None:
    a, b = stream(), stream()
    for f in (a, b):
        f["label"] = f["label"].where(np.arange(len(f)) % 50 == 0).astype("Int64")
    found = against.against(build(a, b), SCOPE, "2").result
    assert found.ratio.value is None
    assert "too little is labelled" in found.why
    with pytest.raises(BadInput, match="both are the same"):
        against.against(build(a, b), SCOPE, "1")


def test_then_and_now(build: Build) -> None:
    frame = stream()
    reader = build(frame)
    e = measures.efficacy(reader, SCOPE).result
    assert words_known.then_and_now(e, e) == "No label came since: what is known now was known then"
    assert len(words_known.table(e, e)) == 8


def test_seeded_attacks_are_told_apart_from_production(build: Build) -> None:
    frame = stream(400)
    own = pd.DataFrame(
        {
            "score": [0.9] * 45 + [0.2] * 15,
            "label": 1,
            "label_source": "red_team",
            "case_id": [f"s{i}" for i in range(60)],
        }
    )
    reader = build(pd.concat([frame.assign(label_source="adjudication"), own], ignore_index=True))
    e = measures.efficacy(reader, SCOPE).result
    assert e.population == "production"
    assert e.n_labelled == 400
    found = seeded.seeded(reader, SCOPE).result
    assert set(found) == {"red_team"}
    assert (found["red_team"].value, found["red_team"].n) == (0.75, 60)
    low, high = stats.binomtest(45, 60).proportion_ci(method="wilson")
    assert (found["red_team"].low, found["red_team"].high) == (pytest.approx(low), pytest.approx(high))
    assert seeded.seeded(reader, SCOPE, 0.95).result["red_team"].value == 0


def test_gains_are_recalls_of_the_highest_scores(build: Build) -> None:
    frame = stream(4000)
    found = consequences.gains(build(frame), SCOPE).result
    attacks = frame["label"].sum()
    assert [round(g.share, 2) for g in found][-1] == 0.1
    for g in found:
        top = frame[frame["score"] >= g.threshold]
        assert g.share == pytest.approx(len(top) / len(frame))
        assert g.caught.value == pytest.approx(top["label"].sum() / attacks)
    shares = [g.share for g in found]
    assert shares == sorted(set(shares))
    assert len(words_threshold.gains(found)) == len(found)


def test_a_number_a_day_whose_ends_lie_far_apart_is_told_by_its_ends(build: Build) -> None:
    reader = build(stream())
    e, now = measures.efficacy(reader, SCOPE), consequences.consequences(reader, SCOPE, 0.5, COSTS)
    for low, high, figure, beside in ((90.0, 250.0, "100", "90–250"), (90.0, 2500.0, "90–2,500", "most likely 100")):
        missed = Estimate(100.0, low, high, 10, unit="count")
        told = dict(words_threshold.tiles(e.result, replace(now.result, missed=missed), None, COSTS, "", {}))
        assert (told["missed"].value, told["missed"].range) == (figure, beside)


def test_a_threshold_above_all_scores_has_no_cases_rather_than_none_that_people_judge(build: Build) -> None:
    lower = stream().assign(score=lambda d: d["score"] * 0.9)
    now = consequences.consequences(build(lower), SCOPE, 1.0, COSTS).result
    assert (now.alarms.value, now.hours.value, now.cases_from) == (0, 0, "labels")
    assert words_threshold.chain(now) == "Of 0 alarms a day people get 0 cases: 0 analyst hours."
