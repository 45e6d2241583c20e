"""What of the generated events is stored: rows that stand for a share of the traffic; the rest is counted by hour.

Storage is a sample too, so what it leaves out is folded into the labels' inclusion probabilities: ``share`` is the
probability with which an event of a row's kind is stored. Where analysts judge, the first alarm of a case is stored
for certain and stands for itself, so that a case is chosen by the analysts' lot alone; of its repeats some are stored.
Where a machine judges (challenges), some cases a day are escalated to people, whoever they are: given these, people
judge all of them and the machine's sample is drawn from the others, so an escalated case stands for itself alone.
All alarms of a service are stored at one rate, so that segments, which no counts tell apart, keep their proportions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.perimeter.models import CHAMPION, ROLES, Trained
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.seeded import STRATUM

ESCALATED = "escalated"
"""Table of a service some of whose cases are handed to people: how many a day, and how long they take."""
STORM = "bot_storm"
"""Event of the story that hands further cases to people."""


def stored(
    sample: Sample, service: Service, trained: Trained, found: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the rows that are stored.

    Parameters
    ----------
    found
        Scored events whose ``weight`` is what they stand for where nothing is counted.

    Returns
    -------
    DataFrame
        With repeats behind it: weight (events that the row stands for), share (of the events of its kind that rows
        stand for), volume (events that this row brings: those that no row stands for are counted), escalated
        (alarms of a case that was handed to people).
    """
    volume = found["weight"].to_numpy(dtype=float)
    ordinary = (found["stratum"] == "ordinary").to_numpy()
    share = np.where(ordinary, sample.scenario.sample["stored_share"], service["stored_share"])
    weight = np.where(volume > 1, np.maximum(1.0, volume * share), volume)
    judged = _fired(trained, found) & (volume > 1) & (found["stratum"] != STRATUM).to_numpy()
    judged &= (found["during"] != "fail_open").to_numpy()  # a flood that nobody scores
    found = found.assign(escalated=_escalated(sample, service, trained, found, rng))
    judged &= (service["triage"] > 0) | found["escalated"].to_numpy()
    first = found.assign(
        volume=volume,
        weight=np.where(judged, 1.0, weight),
        share=np.where(judged, 1.0, weight / volume),
    )
    # Every case has repeats that can be chosen, on quiet days too: else labels would stand for the busy days alone.
    numbers = sample.scenario.sample
    rest = np.maximum(weight - 1, np.minimum(volume - 1, numbers["repeats_least"]))
    kept = np.minimum(rest, np.where(share < 1, numbers["repeats_most"], 1.0))
    # Evenly over days and kinds, as these lie together.
    again = np.diff(np.floor(np.cumsum(np.where(judged, kept, 0.0)) + rng.random()), prepend=0.0) > 0
    rest, kept, others = rest[again], kept[again], volume[again] - 1
    repeat = found[again].assign(volume=0.0, weight=rest / kept, share=rest / others)
    return pd.concat([first, _later(sample, repeat, rng)], ignore_index=True)


def _escalated(
    sample: Sample, service: Service, trained: Trained, found: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Say which alarms of the version in use belong to the cases of a day that are handed to people."""
    if ESCALATED not in service.numbers:
        return np.zeros(len(found), dtype=bool)
    alarm = (found[CHAMPION] >= trained.thresholds[CHAMPION]) & (found["stratum"] != STRATUM)
    cases = found.loc[alarm, ["day", "case_id", "during"]].drop_duplicates("case_id").sample(frac=1, random_state=rng)
    storm = sample.scenario.story[STORM]
    sizes = [(cases["during"] != STORM, service[ESCALATED]["cases"])]
    if service.key == storm.texts["service"]:
        sizes.append((cases["during"] == STORM, storm.numbers["escalated"]))
    # As many of every day, and those of the storm beside them.
    chosen = [cases[of].groupby("day").head(max(1, round(n * sample.scale)))["case_id"] for of, n in sizes]
    return (alarm & found["case_id"].isin(pd.concat(chosen))).to_numpy()


def _fired(trained: Trained, found: pd.DataFrame) -> np.ndarray:
    """Say on which events either version acts, or a rule does."""
    reached = [(found[role] >= trained.thresholds[role]).to_numpy() for role in ROLES]
    return np.logical_or.reduce([*reached, found["ruled_by"].notna().to_numpy()])


def _later(sample: Sample, repeat: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return repeats of alarms a little later in the same hour: the same source and case, a request of their own."""
    at = repeat["occurred_at"]
    left = (at.dt.floor("h") + pd.Timedelta(hours=1) - at) / pd.Timedelta(seconds=1) - 0.001
    second = rng.random(len(repeat)) * np.minimum(left, sample.scenario.sample["repeat_s"])
    later = (at + pd.to_timedelta(np.round(second, 3), unit="s")).dt.as_unit("ms")
    return repeat.assign(occurred_at=later, correlation_id=None)
