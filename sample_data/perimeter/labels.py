"""Who learns the truth, of what and when: triage by lot, escalated cases, audits of what passed, challenge results,
complaints, feeds.

One label an event holds; a part of the triage had a first look by somebody else, who did not always agree. The
inclusion probability is the event's over all designs that could have chosen it, 1 − Π(1 − p); it is empty where nobody
can say it (complaints, intelligence).
"""

from __future__ import annotations

import zlib
from datetime import timedelta

import numpy as np
import pandas as pd

from sample_data.perimeter import staff
from sample_data.perimeter.models import CHALLENGER, CHAMPION, Trained
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.population import alarms, decisions
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.seeded import STRATUM
from sample_data.perimeter.storing import ESCALATED
from sample_data.perimeter.times import log_normal, within

Z90 = 1.2816
BY_PEOPLE = ["triage", "random_audit", "score_audit", "union"]
"""Sources of labels that cost analysts' time."""


def labels(
    sample: Sample, service: Service, trained: Trained, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the labels that were known at the end of the sample, in the columns of the contract."""
    design = _designs(sample, service, trained, events, rng)
    found = pd.DataFrame(
        {
            "event_id": events["event_id"],
            "label_source": design["source"],
            "inclusion_probability": np.where(design["p"] > 0, design["p"], np.nan),
        }
    )
    found["labelled_at"] = _when(sample, service, events, found["label_source"], rng)
    found["label"] = _verdicts(sample, service, events, found["label_source"], rng)
    attack = found["label"].isin(["true_positive", "benign_positive"]).to_numpy()
    seeded = found["label_source"].eq("red_team").to_numpy()  # made so that it does no harm where it gets through
    harm = ~seeded & (rng.random(len(events)) < sample.scenario.labels["succeeded"])
    missed = np.where(harm, "succeeded", "no_effect")
    stopped = np.isin(decisions(service, trained, events, CHAMPION), ["block", "challenge"])
    found["outcome"] = pd.Series(np.where(stopped, "stopped", missed), dtype=object).where(attack)
    found["labelled_by"] = np.where(
        found["label_source"].isin(BY_PEOPLE),
        [f"analyst-{i:02d}" for i in 1 + rng.integers(sample.scenario.staff["people"], size=len(events))],
        np.where(seeded, "red team", service.key + " feed"),
    )
    known = found["label_source"].notna() & (found["labelled_at"] < pd.Timestamp(sample.end))
    return found[known].reset_index(drop=True)


def with_first_looks(sample: Sample, service: Service, events: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Return the labels with earlier verdicts of other analysts on a part of the triage.

    The label stays the one that holds, for it is the later one: figures as known now do not move. A first look says
    the same at the share that is to be agreement beyond chance, else what another one drawn by lot was judged.
    """
    numbers, people = sample.scenario.labels, sample.scenario.staff["people"]
    rng = np.random.default_rng([sample.seed, zlib.crc32(f"first looks at {service.key}".encode())])
    told = judged["label_source"].isin(["triage", "union"]) & (judged["label"] != "undetermined")
    first = judged[told & (rng.random(len(judged)) < numbers["looked_twice"])].copy()
    n = len(first)
    lot = rng.choice(judged["label"][told].to_numpy(dtype=object), n) if n else first["label"].to_numpy()
    first["label"] = np.where(rng.random(n) < numbers["agreement"], first["label"], lot)
    attack = first["label"].isin(["true_positive", "benign_positive"])
    first["outcome"] = first["outcome"].where(attack)
    # Anybody but who took the second look.
    number = first["labelled_by"].str.removeprefix("analyst-").astype(int)
    others = number + rng.integers(people - 1, size=n)
    first["labelled_by"] = [f"analyst-{1 + i % people:02d}" for i in others]
    at = first["event_id"].map(events.set_index("event_id")["occurred_at"])
    part = pd.Series(rng.uniform(0.2, 0.8, n), index=first.index)
    first["labelled_at"] = (at + (first["labelled_at"] - at) * part).dt.round("ms").astype(judged["labelled_at"].dtype)
    silent = within(first["labelled_at"], sample.window("label_silence"))
    return pd.concat([judged, first[~silent]], ignore_index=True)


def _designs(
    sample: Sample, service: Service, trained: Trained, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return who labels each event (``source``, missing where nobody does) and with what probability (``p``)."""
    n = len(events)
    known = (events["stratum"] == STRATUM).to_numpy()
    acted, flagged = _acted(trained, events) & ~known, alarms(trained, events, CHALLENGER) & ~known
    either = acted | flagged
    source = np.full(n, None, dtype=object)
    # Cases are drawn, not events: all alarms of a case are judged together, those of the candidate too.
    lot = rng.random(n)[np.unique(events["case_id"], return_index=True, return_inverse=True)[2]]
    triage = np.where(events["escalated"], 1.0, np.where(either, service["triage"], 0.0))
    challenged = np.where(acted, service["challenge_sample"], 0.0)
    random, score = _audits(sample, service, events, ~acted & ~known & events[CHAMPION].notna().to_numpy())
    # By score, as drawn: the first design that chose an event names its label.
    for name, p, draw in (
        ("score_audit", score, rng.random(n)),
        ("random_audit", random, rng.random(n)),
        ("challenge_result", challenged, rng.random(n)),
        ("union", np.where(flagged & ~acted, triage, 0.0), lot),
        ("triage", np.where(acted, triage, 0.0), lot),
    ):
        source[draw < p] = name
    p = 1 - (1 - triage) * (1 - challenged) * (1 - random) * (1 - score)
    p = p * events["share"].to_numpy()
    attack, none = events["attack"].to_numpy(dtype=bool), pd.isna(source) & ~known
    complains = none & acted & ~attack & (rng.random(n) < service["complaints"])
    named = none & ~acted & attack & (rng.random(n) < service["intelligence"])
    if service.key == "dns":
        named |= none & ~acted & (events["technique"] == "dga: syllables (new family)").to_numpy()
    source[complains], source[named], source[known] = "complaint", "intelligence", "red_team"
    return pd.DataFrame({"source": source, "p": np.where(complains | named | known, 0.0, p)})


def _acted(trained: Trained, events: pd.DataFrame) -> np.ndarray:
    """Say on which events the version in use acted as served: by its score, or because a rule did."""
    return alarms(trained, events, CHAMPION) | events["ruled_by"].notna().to_numpy()


def _audits(
    sample: Sample, service: Service, events: pd.DataFrame, passed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of each event in the random audit and in the one by score band."""
    random, score = np.zeros(len(events)), np.zeros(len(events))
    mine = events[passed]
    day = mine["occurred_at"].dt.floor("D")
    per_day = day.map(day.value_counts())
    random[passed] = np.minimum(1, service["random_audit"] * sample.scale / per_day)
    rank = mine.groupby(day)[CHAMPION].rank(pct=True, method="first")
    bands = sample.scenario.labels["audit_bands"]
    band = np.searchsorted(bands, rank)
    size = mine.groupby([day, band])[CHAMPION].transform("size")
    score[passed] = np.minimum(1, service["score_audit"] * sample.scale / (len(bands) + 1) / size)
    return random, score


def _when(
    sample: Sample, service: Service, events: pd.DataFrame, source: pd.Series, rng: np.random.Generator
) -> pd.Series:
    """Return when labels become known: late by a log-normal delay, triage case by case, later where the feed fails."""
    n, at = len(events), events["occurred_at"]
    hours = log_normal(service["delay_median_h"], service["delay_p90_h"], Z90, n, rng)
    people = hours
    if ESCALATED in service.numbers:
        theirs = service[ESCALATED]
        people = log_normal(theirs["delay_median_h"], theirs["delay_p90_h"], Z90, n, rng)
    case = np.unique(events["case_id"], return_index=True, return_inverse=True)
    together = source.isin(["triage", "union"]).to_numpy()
    hours = np.where(together, people[case[1]][case[2]], hours)
    slow = sample.scenario.labels["slow_factor"]
    hours = np.where(source.isin(["complaint", "intelligence"]), hours * slow, hours)
    audit = sample.scenario.labels["audit_delay_h"]
    hours = np.where(
        source.isin(["random_audit", "score_audit"]),
        audit * np.exp(sample.scenario.labels["audit_delay_spread"] * rng.standard_normal(n)),
        hours,
    )
    hours = np.where(source == "red_team", sample.scenario.seeded["label_h"] * rng.random(n), hours)
    last = at.groupby(case[2]).transform("max")
    known = at.where(~together, last) + pd.to_timedelta(np.round(hours * 3600, 3), unit="s")
    known = known.where(~source.isin(BY_PEOPLE), staff.waited(sample, known))
    if service.key == "dns":
        event = sample.scenario.story["new_family"]
        named = sample.window("new_family")[0] + timedelta(days=event.numbers["known_after_days"])
        family = events["technique"] == "dga: syllables (new family)"
        late = pd.Timestamp(named) + pd.to_timedelta(np.round(rng.random(n) * 10 * 3600, 3), unit="s")
        known = known.where(~family | (known >= pd.Timestamp(named)), late)
    silent = within(known, sample.window("label_silence"))
    hours = rng.random(n) * sample.scenario.story["label_silence"].numbers["catch_up_h"]
    after = pd.Timestamp(sample.window("label_silence")[1]) + pd.to_timedelta(np.round(hours * 3600, 3), unit="s")
    return known.where(~silent, after).dt.as_unit("ms")


def _verdicts(
    sample: Sample, service: Service, events: pd.DataFrame, source: pd.Series, rng: np.random.Generator
) -> np.ndarray:
    """Return the verdicts: the truth, but for a few errors, open cases, and causes that are legitimate."""
    numbers, n = sample.scenario.labels, len(events)
    attack = events["attack"].to_numpy(dtype=bool)
    # An audit is read by two people: its errors would weigh too much to be left in.
    seen_once = source.isin(["triage", "union", "challenge_result"]).to_numpy()
    attack = attack ^ (seen_once & (rng.random(n) < numbers["label_error"]))
    source_code = pd.factorize(events["entity"])[0]
    legitimate = rng.random(source_code.max() + 1)[source_code] < service["benign_trigger"]
    legitimate &= ((source != "red_team") & (events["stratum"] != "story")).to_numpy()
    false = np.where(rng.random(n) < numbers["bad_data"], "false_positive_data", "false_positive_logic")
    found = np.where(attack, np.where(legitimate, "benign_positive", "true_positive"), false)
    # A case stays open as a whole: its first alarm, which stands for the case, is not lost alone.
    case = pd.factorize(events["case_id"])[0]
    open_ = source.isin(["triage", "union"]).to_numpy() & (rng.random(n)[case] < numbers["undetermined"])
    return np.where(open_, "undetermined", found)
