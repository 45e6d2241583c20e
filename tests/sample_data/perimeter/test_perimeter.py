"""The files of the simulated perimeter: totals, weights, labels, skill, and the story, by plain pandas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean

from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.consequences import consequences
from analytics.efficacy.measures import efficacy
from analytics.scope import Scope
from analytics.stats.kappa import cohen_kappa
from analytics.viewer import local_viewer
from analytics.warehouse import open_reader
from sample_data.perimeter import Written, load
from sample_data.perimeter.__main__ import KINDS, bring_in
from sample_data.perimeter.build import TRUTH, write_service
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.story import open_window, storm_window
from sample_data.perimeter.times import midnight

pytestmark = pytest.mark.slow
END = datetime(2026, 11, 22, tzinfo=UTC)
SAMPLE = Sample(load(), END, 1, 0.05)
STORY = SAMPLE.scenario.story
STORM = STORY["bot_storm"].numbers
SERVICES = tuple(SAMPLE.scenario.services)
FAMILY = "dga: syllables (new family)"
RULE = STORY["emergency_rule"].texts["rule"]


@dataclass(frozen=True)
class Perimeter:
    """A twentieth of the rows, all of the volume; read with pandas alone."""

    written: dict[str, Written]

    def frame(self, service: str, kind: str, seeded: bool = False) -> pd.DataFrame:
        """Return a file without what is seeded, or that alone; detections with what is true, not what is known.

        Of labels those that hold.
        """
        found = with_truth(self.written[service], kind)
        if kind == "labels":
            found = found.sort_values("labelled_at", kind="stable").drop_duplicates("event_id", keep="last")
        if "event_id" not in found:
            return found
        truth = pd.read_parquet(self.written[service].files[TRUTH]).set_index("event_id")["stratum"]
        return found[(found["event_id"].map(truth) == "seeded") == seeded].reset_index(drop=True)

    def champion(self, service: str, kind: str = "detections", seeded: bool = False) -> pd.DataFrame:
        """Return the champion's rows of a file."""
        found = self.frame(service, kind, seeded)
        version = SAMPLE.scenario.services[service].texts["champion"]
        return found[found["model_version"] == version].reset_index(drop=True)


def with_truth(written: Written, kind: str) -> pd.DataFrame:
    """Return a file; of detections with the technique that is true, and the events that each brings."""
    found = pd.read_parquet(written.files[kind])
    if kind != "detections":
        return found
    truth = pd.read_parquet(written.files[TRUTH]).set_index("event_id")
    return found.assign(**{c: found["event_id"].map(truth[c]) for c in ("technique", "volume")})


@pytest.fixture(scope="module")
def perimeter(small: Any) -> Perimeter:
    """The sample, written once."""
    assert small.sample == SAMPLE
    return Perimeter({w.service: w for w in small.written})


def inside(at: pd.Series, window: tuple[datetime, datetime]) -> pd.Series:
    """Say which times lie in [since, until)."""
    return (at >= pd.Timestamp(window[0])) & (at < pd.Timestamp(window[1]))


def on_the_clock(at: Any, region: str) -> pd.DatetimeIndex:
    """Times of UTC by the clock of a region."""
    return pd.DatetimeIndex(at).tz_convert(SAMPLE.scenario.calendar["clocks"][region])


def test_the_same_seed_and_end_give_the_same_files(tmp_path: Path) -> None:
    first, again = (write_service(SAMPLE, "bot", path) for path in made(tmp_path, "a", "b"))
    for kind in KINDS:
        pd.testing.assert_frame_equal(pd.read_parquet(first.files[kind]), pd.read_parquet(again.files[kind]))
    other = write_service(Sample(SAMPLE.scenario, END, 2, 0.05), "bot", tmp_path)
    scores = [pd.read_parquet(w.files["detections"])["score"] for w in (first, other)]
    assert not scores[0].equals(scores[1])


def made(folder: Path, *names: str) -> list[Path]:
    """Make folders."""
    for name in names:
        (folder / name).mkdir()
    return [folder / name for name in names]


@pytest.mark.parametrize("service", SERVICES)
def test_rows_and_counts_add_up_to_the_daily_volume(perimeter: Perimeter, service: str) -> None:
    numbers = SAMPLE.scenario.services[service]
    days = SAMPLE.scenario.sample["days"]
    for version in (numbers.texts["champion"], numbers.texts["challenger"]):
        rows, counts = (perimeter.frame(service, kind) for kind in ("detections", "counts"))
        stored = rows[rows["model_version"] == version]["sampling_weight"].sum()
        counted = counts[counts["model_version"] == version]["count"].sum()
        assert (stored + counted) / days == pytest.approx(numbers["daily"], rel=0.01)
        # Neither stands for what the other counts: both together are what the rows bring, acted on as they are.
        mine = rows[(rows["model_version"] == version) & (rows["decision"] != "allow")]
        acted = counts[(counts["model_version"] == version) & (counts["decision"] != "allow")]["count"].sum()
        assert mine["sampling_weight"].sum() + acted == pytest.approx(mine["volume"].sum(), rel=0.02)
    ordinary = numbers["daily"] * (1 - sum(numbers.unscored.values())) - numbers["attacks"] - numbers["lookalikes"]
    truth = pd.read_parquet(perimeter.written[service].files[TRUTH]).set_index("event_id")["stratum"]
    mine = perimeter.champion(service)
    mine = mine[mine["event_id"].map(truth) == "ordinary"]
    share = SAMPLE.scenario.sample["stored_share"]
    # Of the nine rows that this small sample has in the days of the feed gap, chance says how many lie in its region.
    slack = 0.035 if service == STORY["feed_gap"].texts["service"] else 0.02
    assert mine["sampling_weight"].sum() == pytest.approx(share * ordinary * days, rel=slack)


@pytest.mark.parametrize("service", [s for s in SERVICES if s != "dns"])
def test_alarms_follow_the_hours_of_every_day(perimeter: Perimeter, service: str) -> None:
    """Counts by region and hour lie around the same hour of other days as chance and the days' own volumes allow.

    And over the day they lie as the rhythms of its attacks and its other traffic say.
    """
    counts, gap = perimeter.champion(service, "counts"), STORY["feed_gap"]
    acted, numbers = counts[counts["decision"] != "allow"], SAMPLE.scenario.services[service]
    hours = pd.date_range(end=END, periods=90 * 24 + 1, freq="h", inclusive="left")
    for region in SAMPLE.scenario.regions:
        x = acted[acted["region"] == region].groupby("hour")["count"].sum().reindex(hours, fill_value=0)
        silent = service == gap.texts["service"] and region == gap.texts["region"]
        by_hour = x[~(inside(x.index.to_series(), gap.window(END)) & silent)].to_numpy(dtype=float).reshape(-1, 24)
        day = by_hour.sum(axis=1, keepdims=True)
        usual = np.median(by_hour, axis=0) * day / np.median(day)
        moved = np.abs(by_hour - usual) / np.sqrt(np.maximum(usual, 1) + (0.5 * usual) ** 2)
        assert np.quantile(moved, 0.95) < 2.5
        # A twentieth of the guard's rows is three alarms a day: rarely there is none whose volume can be counted.
        assert (by_hour.sum(axis=1) == 0).sum() <= (2 if service == "guard" else 0)
        by_clock = x.groupby(on_the_clock(x.index, region).hour).apply(trim_mean, 0.1)
        rhythms = [SAMPLE.scenario.rhythm(numbers, attack)["hours"] for attack in (True, False)]
        right = numbers.aim["precision"]  # of alarms
        said = np.average(rhythms, axis=0, weights=[right, 1 - right])
        assert np.abs(by_clock / by_clock.mean() - said / said.mean()).max() < 0.3
        if np.ptp(said) > 0.5:
            assert np.corrcoef(by_clock, said)[0, 1] > 0.9


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("acted", [False, True])
def test_counted_scores_are_spread_as_those_of_the_rows(perimeter: Perimeter, service: str, acted: bool) -> None:
    counts, rows = perimeter.champion(service, "counts"), perimeter.champion(service)
    rows = rows[rows["score"].notna() & ((rows["decision"] != "allow") == acted)]
    counts = counts[counts["score"].notna() & ((counts["decision"] != "allow") == acted)]
    if counts.empty:
        assert service == "dns"  # all of its alarms are stored
        return
    at = np.quantile(rows["score"], np.linspace(0, 1, 41))
    of_rows = [rows["volume"][rows["score"] <= x].sum() / rows["volume"].sum() for x in at]
    of_counts = [counts["count"][counts["score"] <= x].sum() / counts["count"].sum() for x in at]
    assert np.abs(np.subtract(of_rows, of_counts)).max() < 0.06


@pytest.mark.parametrize("service", SERVICES)
def test_a_case_is_chosen_by_the_analysts_lot_alone(perimeter: Perimeter, service: str) -> None:
    """Its first alarm is stored for certain, so 1 ÷ the largest probability of a case counts cases, not events."""
    triage = SAMPLE.scenario.services[service]["triage"] or 1.0  # of a machine's cases all that are escalated
    rows, labels = perimeter.champion(service), perimeter.frame(service, "labels")
    judged = labels[labels["label_source"] == "triage"].merge(rows[["event_id", "case_id", "volume"]], on="event_id")
    np.testing.assert_allclose(judged.groupby("case_id")["inclusion_probability"].max(), triage)


@pytest.mark.parametrize("service", SERVICES)
def test_unscored_traffic_is_counted_at_its_share(perimeter: Perimeter, service: str) -> None:
    numbers, counts = SAMPLE.scenario.services[service], perimeter.champion(service, "counts")
    counts = counts[counts["hour"] != pd.Timestamp(open_window(SAMPLE)[0]).floor("h")]
    by_reason = counts.groupby("unscored_reason")["count"].sum() / SAMPLE.scenario.sample["days"]
    for reason, share in numbers.unscored.items():
        assert by_reason[reason] == pytest.approx(share * numbers["daily"], rel=0.01)


@pytest.mark.parametrize("service", SERVICES)
def test_alarms_are_exactly_what_reaches_the_threshold(perimeter: Perimeter, service: str) -> None:
    models = perimeter.frame(service, "models")
    assert models["notes"].str.startswith("Simulated").all()
    rows = perimeter.frame(service, "detections")
    reached = rows["score"] >= rows["model_version"].map(models.groupby("model_version")["threshold"].min())
    in_use = rows["model_version"] == SAMPLE.scenario.services[service].texts["champion"]
    ruled = in_use & rows["rule_hits"].astype("str").str.startswith("emergency")
    assert ((rows["decision"] != "allow") == (reached | ruled)).all()
    assert ruled.any() == (service == "waf")
    assert rows["score"].isna().equals(rows["unscored_reason"].notna())
    assert rows["score"].nunique() > 400


@pytest.mark.parametrize("service", SERVICES)
def test_recall_and_precision_of_the_champion_are_in_their_bands(perimeter: Perimeter, service: str) -> None:
    rows, aim = perimeter.champion(service), SAMPLE.scenario.services[service].aim
    rows = rows[rows["score"].notna() & (rows["technique"] != FAMILY) & (rows["rule_hits"] != RULE)]
    if service == "guard":
        template = STORY["overblock"]
        rows = rows[~(inside(rows["occurred_at"], template.window(END)) & rows["payload"].str.startswith("system:"))]
    weight = rows["volume"]
    attack, alarm = rows["technique"].notna(), rows["decision"] != "allow"
    # A twentieth of the rows is noisy: the band is widened by two of its standard errors.
    noise = 2 * np.sqrt(0.25 / min(attack.sum(), alarm.sum()))
    recall = weight[attack & alarm].sum() / weight[attack].sum()
    precision = weight[attack & alarm].sum() / weight[alarm].sum()
    assert recall == pytest.approx(aim["recall"], abs=aim["recall_band"] + noise)
    assert precision == pytest.approx(aim["precision"], abs=aim["precision_band"] + noise)


@pytest.mark.parametrize("service", SERVICES)
def test_labels_are_late_selective_and_of_the_events(perimeter: Perimeter, service: str) -> None:
    numbers, rows = SAMPLE.scenario.services[service], perimeter.champion(service)
    labels = perimeter.frame(service, "labels")
    assert labels["event_id"].is_unique
    both = labels.merge(rows, on="event_id", validate="one_to_one")
    assert len(both) == len(labels)
    assert (both["labelled_at"] >= both["occurred_at"]).all()
    assert (labels["labelled_at"] < pd.Timestamp(END)).all()
    assert (labels["labelled_at"] != labels["labelled_at"].dt.floor("D")).mean() > 0.999
    alarms = rows[(rows["decision"] != "allow") & (rows["occurred_at"] < pd.Timestamp(END - timedelta(days=20)))]
    designed = labels[labels["inclusion_probability"].notna()]
    if not numbers["triage"]:  # of cases that are escalated all alarms are judged
        alarms = alarms[~alarms["event_id"].isin(labels[labels["label_source"] == "triage"]["event_id"])]
    share = numbers["triage"] + numbers["challenge_sample"]
    assert alarms["event_id"].isin(designed["event_id"]).mean() == pytest.approx(share, abs=0.1)
    if numbers["triage"]:
        delay = (both["labelled_at"] - both["occurred_at"])[both["label_source"] == "triage"] / pd.Timedelta(hours=1)
        assert numbers["delay_median_h"] * 0.6 < delay.median() < numbers["delay_median_h"] * 1.8


@pytest.mark.parametrize("service", SERVICES)
def test_audits_stand_for_all_that_passed(perimeter: Perimeter, service: str) -> None:
    """Horvitz–Thompson: the weights over the inclusion probabilities add up to the volume that passed."""
    labels, rows = perimeter.frame(service, "labels"), perimeter.champion(service)
    passed = rows[(rows["decision"] == "allow") & rows["score"].notna()]
    both = labels[labels["inclusion_probability"].notna()].merge(passed, on="event_id")
    counts = perimeter.champion(service, "counts")
    volume = (
        passed["sampling_weight"].sum()
        + counts[counts["score"].notna() & (counts["decision"] == "allow")]["count"].sum()
    )
    assert both["inclusion_probability"].between(0, 1, inclusive="right").all()
    stands = (both["sampling_weight"] / both["inclusion_probability"]).sum()
    p = both["inclusion_probability"]
    error = np.sqrt((both["sampling_weight"] ** 2 * (1 - p) / p**2).sum())  # of independent draws
    assert stands == pytest.approx(volume, abs=3 * error + 0.03 * volume)


@pytest.mark.parametrize("service", SERVICES)
def test_the_technique_tells_no_more_than_is_known(perimeter: Perimeter, service: str) -> None:
    rows = pd.read_parquet(perimeter.written[service].files["detections"])
    rows = rows[~rows["event_id"].isin(perimeter.frame(service, "detections", seeded=True)["event_id"])]
    rows = rows[rows["rule_hits"] != RULE]
    labels = perimeter.frame(service, "labels")
    found = labels[labels["label"].isin(["true_positive", "benign_positive"])]["event_id"]
    fired = rows["event_id"].isin(rows[rows["decision"] != "allow"]["event_id"])
    assert rows[fired]["technique"].notna().all()
    assert rows[rows["technique"].notna() & ~fired]["event_id"].isin(found).all()


def test_everything_is_imported_and_efficacy_finds_the_truth(perimeter: Perimeter, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    reports = bring_in(warehouse, list(perimeter.written.values()))
    assert [report.kind for report in reports] == list(KINDS)
    assert all(report.stored == report.rows_in > 0 for report in reports)
    reader = open_reader(warehouse, local_viewer())
    for service in SERVICES:
        version = SAMPLE.scenario.services[service].texts["champion"]
        found = efficacy(reader, Scope(model=service, version=version)).result
        rows = perimeter.champion(service)
        rows = rows[rows["score"].notna()]
        attack, alarm, weight = rows["technique"].notna(), rows["decision"] != "allow", rows["volume"]
        truth = {
            "precision": weight[attack & alarm].sum() / weight[alarm].sum(),
            "recall": weight[attack & alarm].sum() / weight[attack].sum(),
        }
        assert found.basis == "audit"
        for name, value in truth.items():
            estimate = found.estimates[name]
            assert estimate.low is not None
            assert estimate.high is not None
            assert estimate.low - 0.02 <= value <= estimate.high + 0.02, (service, name, value, estimate)


@pytest.mark.parametrize("service", SERVICES)
def test_the_cases_that_people_judge_are_those_of_the_alarms(
    perimeter: Perimeter, sample_warehouse: Path, service: str
) -> None:
    """As the app tells them from the labels: all cases of alarms, of a machine's those that are escalated."""
    numbers, days = SAMPLE.scenario.services[service], SAMPLE.scenario.sample["days"]
    rows = perimeter.champion(service)
    true = rows[rows["decision"] != "allow"]["case_id"].nunique()
    if "escalated" in numbers.numbers:
        usual, storm = (max(1, round(n * SAMPLE.scale)) for n in (numbers["escalated"]["cases"], STORM["escalated"]))
        true = days * usual + storm
    threshold = perimeter.champion(service, "models")["threshold"].min()
    told = consequences(
        open_reader(sample_warehouse, local_viewer()),
        Scope(model=service, version=numbers.texts["champion"]),
        threshold,
        Assumptions(minutes_per_case=numbers["minutes_per_case"]),
    ).result
    chance = 3 * np.sqrt(true * (1 / (numbers["triage"] or 1) - 1))
    assert told.cases_from == "labels"
    # Some stay open, and the last ones are not judged yet.
    assert 0.8 * true - chance < told.cases.value * days < true + chance + 1
    assert told.hours.value == pytest.approx(told.cases.value * numbers["minutes_per_case"] / 60)


def test_a_new_family_passes_and_is_named_nine_days_late(perimeter: Perimeter) -> None:
    rows, event = perimeter.champion("dns"), STORY["new_family"]
    family = rows[rows["technique"] == FAMILY]
    since, _ = event.window(END)
    named = since + timedelta(days=event.numbers["known_after_days"])
    assert family["occurred_at"].min() >= pd.Timestamp(since)
    assert (family["decision"] == "allow").mean() > 0.9
    known = perimeter.frame("dns", "labels").merge(family[["event_id"]], on="event_id")
    assert len(known) >= 10
    assert known["labelled_at"].min() >= pd.Timestamp(named)


def test_some_cases_of_the_bot_model_are_judged_by_people_hours_later(perimeter: Perimeter) -> None:
    rows, labels, told = perimeter.champion("bot"), perimeter.frame("bot", "labels"), SAMPLE.scenario.services["bot"]
    people = labels[labels["label_source"] == "triage"].merge(rows, on="event_id")
    a_day = people.groupby(people["occurred_at"].dt.floor("D"))["case_id"].nunique()
    usual, storm = (max(1, round(n * SAMPLE.scale)) for n in (told["escalated"]["cases"], STORM["escalated"]))
    sunday = pd.Timestamp(midnight(storm_window(SAMPLE)[0]))
    assert (a_day.drop(sunday) == usual).all()
    assert a_day[sunday] == usual + storm
    assert storm > 5 * usual
    assert len(a_day) > 85
    assert (people["decision"] != "allow").all()
    assert {"true_positive", "false_positive_logic"} < set(people["label"])
    # All alarms of such a case are judged by people, and none by the machine.
    alarms = rows[rows["case_id"].isin(people["case_id"]) & (rows["decision"] != "allow")]
    sources = labels[labels["event_id"].isin(alarms["event_id"])]["label_source"]
    assert set(sources) == {"triage"}
    behind = people["occurred_at"].between(sunday, sunday + timedelta(days=4))  # these wait for the storm's cases
    people = people[~behind]
    hours = (people["labelled_at"] - people["occurred_at"]) / pd.Timedelta(hours=1)
    assert hours.median() == pytest.approx(told["escalated"]["delay_median_h"], rel=0.4)
    assert hours.min() > 0.05


def test_a_bot_storm_on_a_sunday_night_in_one_region(perimeter: Perimeter) -> None:
    since, until = storm_window(SAMPLE)
    assert since.weekday() == 6
    rows, counts = perimeter.champion("bot"), perimeter.champion("bot", "counts")

    def checked(weeks: int) -> float:
        window = since - timedelta(weeks=weeks), until - timedelta(weeks=weeks)
        stored = rows[inside(rows["occurred_at"], window) & (rows["region"] == STORY["bot_storm"].texts["region"])]
        counted = counts[inside(counts["hour"], window) & (counts["region"] == STORY["bot_storm"].texts["region"])]
        return float(stored["sampling_weight"].sum() + counted["count"].sum())

    assert checked(0) > 2.5 * np.mean([checked(weeks) for weeks in range(1, 8)])
    # Five times the traffic of a night, 85 % of it attacks, where usual ones know no night: four times these.
    region = STORY["bot_storm"].texts["region"]
    alarms = counts[(counts["decision"] != "allow") & (counts["region"] == region)]
    by_hour = alarms.groupby("hour")["count"].sum()
    sundays = [pd.date_range(since, until, freq="h", inclusive="left") - pd.Timedelta(weeks=w) for w in range(8)]
    # The clocks went back in between: the same hours by the clock of the region.
    moved = [on_the_clock(hours, region)[0].hour - on_the_clock(sundays[0], region)[0].hour for hours in sundays]
    held = [by_hour[hours - pd.Timedelta(hours=m)] for hours, m in zip(sundays, moved, strict=True)]
    assert set(moved) == {0, 1}
    assert 3 < held[0].sum() / np.median([h.sum() for h in held[1:]]) < 6
    assert held[0].sum() / checked(0) == pytest.approx(STORM["share"], abs=0.06)
    assert held[0].min() > 0.8 * held[0].mean()


def test_first_looks_agree_as_assumed_and_move_no_figure(perimeter: Perimeter) -> None:
    numbers, pairs, decided = SAMPLE.scenario.labels, [], 0
    for service in SERVICES:
        every = pd.read_parquet(perimeter.written[service].files["labels"])
        holds = every.drop_duplicates("event_id")  # in the order in which they were given, before any first look
        first = every.drop(index=holds.index).merge(holds, on="event_id", suffixes=("", "_holds"))
        assert first["event_id"].is_unique
        assert set(first["label_source"]) | set(first["label_source_holds"]) <= {"triage", "union"}
        assert (first["labelled_at"] < first["labelled_at_holds"]).all()
        assert (first["labelled_by"] != first["labelled_by_holds"]).all()
        assert (first["label_holds"] != "undetermined").all()
        assert (first["inclusion_probability"] == first["inclusion_probability_holds"]).all()
        occurred = perimeter.champion(service).set_index("event_id")["occurred_at"]
        assert (first["labelled_at"] >= first["event_id"].map(occurred)).all()
        assert first["labelled_by"].isin(holds["labelled_by"]).all()
        pairs.append(first)
        people = holds["label_source"].isin(["triage", "union"]) & (holds["label"] != "undetermined")
        decided += int(people.sum())
    both = pd.concat(pairs)
    assert len(both) / decided == pytest.approx(numbers["looked_twice"], abs=0.02)
    by_service = [cohen_kappa(p["label"].to_numpy(str), p["label_holds"].to_numpy(str)) for p in pairs if len(p) > 100]
    assert len(by_service) >= 2
    # The mean over services, as near as three of its own standard errors (a 95 % interval is 3.92 of them wide).
    error = np.sqrt(np.sum([((k.high - k.low) / 3.92) ** 2 for k in by_service])) / len(by_service)
    assert error < 0.06
    assert np.mean([k.value for k in by_service]) == pytest.approx(numbers["agreement"], abs=3 * error)


def test_no_label_arrives_while_the_feed_is_silent(perimeter: Perimeter) -> None:
    window = STORY["label_silence"].window(END)
    at = pd.concat([pd.read_parquet(w.files["labels"])["labelled_at"] for w in perimeter.written.values()])
    assert inside(at, window).sum() == 0
    day = timedelta(days=1)
    after = inside(at, (window[1], window[1] + day)).sum()
    assert after > 2 * inside(at, (window[0] - day, window[0])).sum()


def test_the_guard_over_blocks_one_segment_until_it_is_mended(perimeter: Perimeter) -> None:
    event = STORY["overblock"]
    rows = perimeter.champion("guard")
    template = rows[rows["payload"].str.startswith("system:")]
    window = event.window(END)
    assert inside(template["occurred_at"], window).all()
    assert (template["segment"] == event.texts["segment"]).all()
    assert template["technique"].isna().all()
    made = template[template["decision"] == "block"]["volume"].sum()
    assert made > 0.8 * event.numbers["volume"] * (window[1] - window[0]).days
    # Wrongly blocked a day: many times what it was before and is after, and no such rise elsewhere.
    blocked = rows[rows["technique"].isna() & (rows["decision"] == "block")]
    mine, within = blocked["segment"] == event.texts["segment"], inside(blocked["occurred_at"], window)
    days = (window[1] - window[0]).days
    usual_days = SAMPLE.scenario.sample["days"] - days
    during, usual = ([blocked["volume"][part & of].sum() for of in (mine, ~mine)] for part in (within, ~within))
    assert during[0] / days > 2.5 * usual[0] / usual_days
    assert during[1] / days < 1.5 * usual[1] / usual_days


def test_the_feed_gap_is_unscored_and_nothing_is_stored_in_it(perimeter: Perimeter) -> None:
    event = STORY["feed_gap"]
    rows, counts = perimeter.champion("network"), perimeter.champion("network", "counts")
    stored = inside(rows["occurred_at"], event.window(END)) & (rows["region"] == event.texts["region"])
    assert stored.sum() == 0
    assert (inside(rows["occurred_at"], event.window(END))).sum() > 0
    silent = counts["unscored_reason"] == event.texts["reason"]
    gap = inside(counts["hour"], event.window(END)) & (counts["region"] == event.texts["region"])
    assert silent.equals(gap)
    assert counts[silent]["hour"].nunique() == 72


def test_the_guard_fails_open_for_eleven_minutes(perimeter: Perimeter) -> None:
    since, until = open_window(SAMPLE)
    assert until - since == timedelta(minutes=11)
    rows = perimeter.champion("guard")
    unscored = rows["score"].isna()
    assert unscored.equals(inside(rows["occurred_at"], (since, until)))
    assert set(rows[unscored]["unscored_reason"]) == {"fail-open"}
    assert set(rows[unscored]["decision"]) == {"allow"}
    assert rows[unscored]["technique"].notna().any()
    truth = pd.read_parquet(perimeter.written["guard"].files[TRUTH])
    flood = truth[(truth["stratum"] == "story") & truth["attack"]]["event_id"]
    assert flood.isin(rows[unscored]["event_id"]).all()  # no repeat of it is scored after its end
    counts = perimeter.champion("guard", "counts")
    open_ = counts[counts["unscored_reason"] == "fail-open"].groupby("hour")["count"].sum()
    hour = pd.Timestamp(since.replace(minute=0))
    checked = counts[counts["hour"] == hour - timedelta(days=1)]["count"].sum()
    flood = open_[hour] + rows[unscored]["sampling_weight"].sum()
    # Six times the usual for eleven minutes, beside the usual share.
    assert flood / checked == pytest.approx(6 * 11 / 60, rel=0.2)
    assert open_[hour] > 50 * open_.median()


def test_paydays_weekends_and_nights_show_in_the_counts(perimeter: Perimeter) -> None:
    counts = perimeter.champion("waf", "counts")
    day = counts.groupby(counts["hour"].dt.floor("D"))["count"].sum()
    at = pd.DatetimeIndex(day.index)
    payday, weekend = at.day.isin([25, 26, 27]), at.day_of_week >= 5
    assert day[payday & ~weekend].mean() > 1.2 * day[~payday & ~weekend].mean()
    assert day[weekend & ~payday].mean() < 0.85 * day[~weekend & ~payday].mean()
    turn = at.is_month_end | at.is_month_start
    assert day[turn & ~weekend].mean() > 1.1 * day[~turn & ~payday & ~weekend].mean()
    for region in SAMPLE.scenario.regions:  # night is when it is night there, summer time and winter time
        mine = counts[counts["region"] == region]
        hour = mine.groupby(on_the_clock(mine["hour"], region).hour)["count"].sum()
        assert hour.idxmin() == 3
        assert hour.max() > 6 * hour.min()


def test_the_challenger_catches_more_but_is_worse_in_one_segment(tmp_path: Path) -> None:
    segment = STORY["unseen_segment"].texts["segment"]
    written = write_service(Sample(SAMPLE.scenario, END, 1, 1.0), "bot", tmp_path)
    rows = with_truth(written, "detections")
    attack, alarm = rows["technique"].notna(), rows["decision"] != "allow"
    caught = rows[attack & alarm].groupby("model_version")["volume"].sum()
    in_use, candidate = (SAMPLE.scenario.services["bot"].texts[role] for role in ("champion", "challenger"))
    assert caught[candidate] > caught[in_use]
    wrong = rows[~attack & alarm].groupby(["model_version", rows["segment"] == segment])["volume"].sum()
    assert wrong[candidate, True] > 1.7 * wrong[in_use, True]
    assert wrong[candidate, False] < 1.2 * wrong[in_use, False]
