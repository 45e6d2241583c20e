"""Seeded attacks: a known set that is replayed into production, a part of it a day, so that misses can be counted.

They are a population of their own, label source ``red_team``, and stand for themselves alone.
"""

from __future__ import annotations

import zlib
from datetime import timedelta

import numpy as np
import pandas as pd

from sample_data.perimeter import models
from sample_data.perimeter.placing import Sample, segments
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.times import days

STRATUM = "seeded"


def replayed(sample: Sample, service: Service) -> pd.DataFrame:
    """Return what is replayed of the known set on each day, placed; one row an attack and replay.

    A technique that the story brings joins the set on the day on which intelligence has named it. All replays of an
    attack are one case: they are not independent.
    """
    numbers = sample.scenario.seeded
    rng = np.random.default_rng([sample.seed, zlib.crc32(f"seeded {service.key}".encode())])
    a_day = max(4, round(service.numbers.get("seeded_rows", numbers["rows"]) * sample.scale))
    size = a_day * numbers["round_days"]
    hidden = round(size * numbers["hidden"])
    known = _parts(service, {"plain": size - hidden, "evasive": hidden}, rng)
    found = [_schedule(sample, service, known, days(sample.scenario, sample.end), 0)]
    new = sample.scenario.story["new_family"]
    if service.key == new.texts["service"]:
        named = sample.window("new_family")[0] + timedelta(days=new.numbers["known_after_days"])
        joined = round(size * numbers["new_share"])
        since = pd.date_range(named, sample.end, freq="D", inclusive="left")
        found.append(_schedule(sample, service, _parts(service, {"story": joined}, rng), since, size))
    return pd.concat(found, ignore_index=True)


def _parts(service: Service, sizes: dict[models.Stratum, int], rng: np.random.Generator) -> pd.DataFrame:
    """Return known attacks in mixed order, each with a place where it is tried."""
    made = pd.concat([models.generate(service, s, n, rng) for s, n in sizes.items()], ignore_index=True)
    made = made.sample(frac=1, random_state=rng, ignore_index=True)
    application = rng.choice(np.array(list(service["applications"]), dtype=object), len(made))
    return made.assign(
        segment=segments(service, application, rng),
        application=application,
        second=rng.random(len(made)),
    )


def _schedule(sample: Sample, service: Service, known: pd.DataFrame, at: pd.DatetimeIndex, first: int) -> pd.DataFrame:
    """Return the replays of known attacks, numbered from ``first``: each once in every round of so many days."""
    numbers = sample.scenario.seeded
    round_days = numbers["round_days"]
    number = np.arange(len(known))
    turns = [np.flatnonzero(number % round_days == day % round_days) for day in range(len(at))]
    found = known.iloc[np.concatenate(turns)].reset_index(drop=True)
    found["day"] = at.repeat([len(t) for t in turns])
    second = (numbers["start_hour"] + found["second"] * numbers["hours"]) * 3600
    occurred = found["day"] + pd.to_timedelta(np.round(second, 3), unit="s")
    return found.drop(columns="second").assign(
        occurred_at=occurred.dt.as_unit("ms"),
        weight=1.0,
        stratum=STRATUM,
        attack=True,
        region=_regions(sample, np.concatenate(turns)),
        entity=f"{service.key}-red-team",
        case_id=[f"{service.key}-seeded-{first + i:04d}" for i in np.concatenate(turns)],
    )


def _regions(sample: Sample, number: np.ndarray) -> np.ndarray:
    """Return the region in which each attack is tried, all regions in turn."""
    return np.array(list(sample.scenario.regions), dtype=object)[number % len(sample.scenario.regions)]
