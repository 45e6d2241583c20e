"""Giving events a day, a time, a place, a source and a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from sample_data.perimeter.scenario import Scenario, Service
from sample_data.perimeter.times import DAY_S, by_profile

BY_DAY = "case_by_day"
"""Text of a service whose cases are hosts and days; it says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run is made from."""

    scenario: Scenario
    end: datetime
    seed: int
    scale: float
    """Rows against the full sample; volumes stay."""

    def window(self, event: str) -> tuple[datetime, datetime]:
        """Return since and until of an event of the story."""
        return self.scenario.story[event].window(self.end)


def spread(volumes: pd.Series, rows: float) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Return the day and weight of each row; one row an event where there are hardly more events than rows.

    A row stands for nearly the same on all days: there are more of them, and of cases, on busy ones.

    Parameters
    ----------
    volumes
        Events a day.
    rows
        Wanted rows a day, on average.
    """
    wanted = np.maximum(3, np.round(rows * volumes.to_numpy() / volumes.mean()))
    whole = volumes.to_numpy() <= 1.5 * wanted
    n = np.where(whole, volumes.to_numpy(), wanted).astype(int)
    weight = np.where(whole, 1.0, volumes.to_numpy() / np.maximum(n, 1))
    return pd.DatetimeIndex(volumes.index).repeat(n.tolist()), np.repeat(weight, n)


def placed(sample: Sample, service: Service, made: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give events a time of day, a place and a source; attacks come in campaigns."""
    n = len(made)
    attack = bool(n and made["attack"].iloc[0])
    # Attacks or look-alikes may come to other applications than traffic as a whole does.
    kind = "attack" if attack else "".join(made["stratum"].head(1))
    application = drawn(service.numbers.get(f"{kind}_applications", service["applications"]), n, rng)
    found = made.assign(
        region=drawn(sample.scenario.regions, n, rng),
        segment=segments(service, application, rng),
        application=application,
        entity=f"{service.key}-client-" + pd.Series(_clients(service, made, rng), made.index).astype("str"),
    )
    if _noisy(service, made):  # a host stands somewhere
        found = _at_one_place(found, _firsts(pd.factorize(found["entity"])[0]))
    rhythm = sample.scenario.rhythm(service, attack)
    second = by_profile(sample.scenario, rhythm, found["day"], found["region"].to_numpy(dtype=object), rng)
    if attack:
        source = rng.zipf(service["source_tail"], n) % service["entities"]
        if BY_DAY in service.texts:  # hosts that are infected are cleaned within a week, then it is others
            source += service["entities"] * ((made["day"] - made["day"].min()).dt.days.to_numpy() // 7)
        # A source has one target and one burst a day.
        campaign = made.groupby([source, "day"], sort=False).ngroup().to_numpy()
        first = _firsts(campaign)
        second = second[first] + rng.normal(0, sample.scenario.sample["campaign_spread_s"], n)
        found = found.assign(entity=f"{service.key}-source-" + pd.Series(source, made.index).astype("str"))
        found = _at_one_place(found, first)
    return timed(found, np.clip(second, 0, DAY_S - 1), service)


def _firsts(group: np.ndarray) -> np.ndarray:
    """Return of each the position of the first one of its group; groups are numbered from 0, none is left out."""
    return np.unique(group, return_index=True)[1][group]


def _at_one_place(found: pd.DataFrame, first: np.ndarray) -> pd.DataFrame:
    """Put each event to the place of the first one that belongs together with it."""
    return found.assign(**{c: found[c].to_numpy()[first] for c in ("region", "segment", "application")})


def drawn(shares: dict[str, float], n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n names, each as often as its share; shares need not add up to 1."""
    p = np.array(list(shares.values()))
    return rng.choice(np.array(list(shares), dtype=object), n, p=p / p.sum())


def segments(service: Service, application: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a segment for each application: of those that use it, where the scenario says so."""
    found = drawn(service["segments"], len(application), rng)
    for name, shares in service.numbers.get("segments_of", {}).items():
        mine = application == name
        found[mine] = drawn(shares, int(mine.sum()), rng)
    return found


def timed(found: pd.DataFrame, second: np.ndarray, service: Service) -> pd.DataFrame:
    """Set the times of events from their day and second, and their cases.

    A case is a source, application and hour; where the scenario says so, a host and day.
    """
    at = (found["day"] + pd.to_timedelta(np.round(second, 3), unit="s")).dt.as_unit("ms")
    source = found["entity"].astype("str").str.replace(r"^.*?([^-]*)-([^-]*)$", r"\1\2", regex=True)
    hour, moment = pd.factorize(at.dt.floor("h"))
    day = pd.Series(pd.DatetimeIndex(moment).strftime("%m%d" if BY_DAY in service.texts else "%m%d-%H-"))
    case = f"{service.key}-" + source + "-" + day.take(hour).set_axis(found.index)
    if BY_DAY not in service.texts:
        case += found["application"].astype("str").str[:3].str.lower()
    return found.assign(occurred_at=at, case_id=case)


def _noisy(service: Service, made: pd.DataFrame) -> bool:
    """Tell whether events are look-alikes that a few hosts make."""
    return BY_DAY in service.texts and set(made["stratum"]) == {"lookalike"}


def _clients(service: Service, made: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return the numbers of benign sources: each one its own, but for look-alikes of the few hosts that make them."""
    if not _noisy(service, made):
        return rng.integers(10**6, size=len(made))
    hosts = service["noisy_hosts"]
    day = (made["day"] - made["day"].min()).dt.days.to_numpy()
    share = service["noisy_ratio"] ** -np.arange(hosts)
    return day * hosts + rng.choice(hosts, len(made), p=share / share.sum())
