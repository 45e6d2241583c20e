"""What happens in the quarter: events of the scenario that add traffic, or leave it unscored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from sample_data.perimeter import floods, models
from sample_data.perimeter.models import CHALLENGER, ROLES
from sample_data.perimeter.numbers import without_pointer
from sample_data.perimeter.placing import Sample, placed, timed
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.times import days, hour_shares, midnight, within


def added(sample: Sample, service: Service, volumes: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Return the events that the story adds to a service."""
    made = {"dns": _new_family, "bot": _storm, "guard": _guard, "waf": _emergency, "network": _floods}
    return made[service.key](sample, service, volumes, rng) if service.key in made else []


def growth(sample: Sample, service: Service, at: pd.DatetimeIndex) -> np.ndarray:
    """Return how much a service is asked on each day by what grows, against no growth."""
    event = sample.scenario.story["growth"]
    if service.key != event.texts["service"]:
        return np.ones(len(at))
    share = service["applications"][event.texts["application"]] / sum(service["applications"].values())
    return 1 - share + share * _grown(sample, at)


def _grown(sample: Sample, at: pd.DatetimeIndex) -> np.ndarray:
    """Return the retrieved texts of days, 1 on average."""
    found = (1 + sample.scenario.story["growth"].numbers["a_week"]) ** (np.arange(len(at)) / 7)
    return found / found.mean()


def adapted(sample: Sample, service: Service, found: pd.DataFrame) -> pd.DataFrame:
    """Change what the story changes of ordinary events and look-alikes: who retrieves, and who has no screen."""
    retrieved = sample.scenario.story["growth"]
    if service.key == retrieved.texts["service"]:
        return _with_growth(sample, found, retrieved.texts["application"])
    event = sample.scenario.story["unseen_segment"]
    if service.key != event.texts["service"]:
        return found
    programs = (found["segment"] == event.texts["segment"]) & (found["stratum"] == "lookalike")
    return without_pointer(found, programs.to_numpy(), event.numbers["factor"])


def _with_growth(sample: Sample, found: pd.DataFrame, application: str) -> pd.DataFrame:
    """Let ordinary texts that are retrieved stand for more from day to day, and the others of a day for the rest."""
    at = days(sample.scenario, sample.end)
    grown = found["day"].map(pd.Series(_grown(sample, at), index=at))
    weight = found["weight"].mask(found["application"] == application, found["weight"] * grown)
    by = [found["day"], found["stratum"]]
    whole, now = (w.groupby(by).transform("sum") for w in (found["weight"], weight))
    return found.assign(weight=found["weight"].where(found["stratum"] != "ordinary", weight * whole / now))


def changed(sample: Sample, service: Service, found: pd.DataFrame) -> pd.DataFrame:
    """Take the scores away where nothing was scored, and say why."""
    reason = np.full(len(found), None, dtype=object)
    if service.key == "network":
        gap = sample.scenario.story["feed_gap"]
        silent = within(found["occurred_at"], sample.window("feed_gap")) & (found["region"] == gap.texts["region"])
        found, reason = found[~silent], reason[~silent]  # nothing came, so there is nothing to store
    if service.key == "guard":
        open_ = within(found["occurred_at"], open_window(sample))
        reason[open_] = sample.scenario.story["fail_open"].texts["reason"]
    found = found.assign(unscored_reason=reason)
    for role in ROLES:
        found[role] = found[role].where(found["unscored_reason"].isna())
    return found.reset_index(drop=True)


def rescaled(sample: Sample, service: Service, found: pd.DataFrame) -> pd.DataFrame:
    """Move the scores of the vendor's version from the day on which it changed their scale without a word."""
    event = sample.scenario.story["vendor_scale"]
    if service.key != event.texts["service"]:
        return found
    since, until = sample.window("vendor_scale")
    changed = within(found["occurred_at"], (since, until))
    score = found[CHALLENGER].to_numpy()
    moved = 1 / (1 + (1 - score) / np.maximum(score, 1e-12) * np.exp(event.numbers["logits"]))
    return found.assign(**{CHALLENGER: np.where(changed, moved, score)})


def emergency_window(sample: Sample) -> tuple[datetime, datetime]:
    """Return the minutes in which the emergency rule blocked."""
    event = sample.scenario.story["emergency_rule"]
    since = event.start(sample.end)
    return since, since + timedelta(minutes=event.numbers["minutes"])


def emergency_volume(sample: Sample, volumes: pd.DataFrame) -> float:
    """Return the requests on the path that the emergency rule blocks, in its minutes and region."""
    event = sample.scenario.story["emergency_rule"]
    since, until = emergency_window(sample)
    hours = _hours(sample, event.texts["service"], event.texts["region"], since)
    share = hours[since.hour] * (until - since) / timedelta(hours=1) * event.numbers["share"]
    return float(volumes.loc[midnight(since), "checked"] * share)


def storm_window(sample: Sample) -> tuple[datetime, datetime]:
    """Return the hours of the bot storm: on the Sunday of its week."""
    event = sample.scenario.story["bot_storm"]
    day, _ = event.window(sample.end)
    day += timedelta(days=(6 - day.weekday()) % 7)
    return day + timedelta(hours=event.numbers["first_hour"]), day + timedelta(hours=event.numbers["last_hour"])


def storm_volume(sample: Sample, service: Service, volumes: pd.DataFrame) -> float:
    """Return the attacks that the storm adds: those of a region's hours many times as busy, less the usual ones."""
    event, texts = sample.scenario.story["bot_storm"].numbers, sample.scenario.story["bot_storm"].texts
    since, until = storm_window(sample)
    share = _hours(sample, texts["service"], texts["region"], since)[since.hour : until.hour].sum()
    day = volumes.loc[midnight(since)]
    return float((event["factor"] * event["share"] - day["attacks"] / day["checked"]) * day["checked"] * share)


def open_window(sample: Sample) -> tuple[datetime, datetime]:
    """Return the minutes in which the guard failed open."""
    event = sample.scenario.story["fail_open"]
    since = event.start(sample.end)
    return since, since + timedelta(minutes=event.numbers["minutes"])


def flood_volume(sample: Sample, volumes: pd.DataFrame) -> float:
    """Return the prompts that the token flood adds to the usual traffic of its minutes."""
    since, until = open_window(sample)
    service = sample.scenario.story["fail_open"].texts["service"]
    busy = sum(_hours(sample, service, region, since)[since.hour] for region in sample.scenario.regions)
    share = busy * (until - since) / timedelta(hours=1)
    factor = sample.scenario.story["fail_open"].numbers["factor"]
    return float((factor - 1) * volumes.loc[midnight(since), "checked"] * share)


def _hours(sample: Sample, service: str, region: str, at: datetime) -> np.ndarray:
    """Return the share of a service's whole day in each hour (UTC) of a region, on the day of a time."""
    of_all = sample.scenario.regions[region] / sum(sample.scenario.regions.values())
    rhythm = sample.scenario.rhythm(sample.scenario.services[service])
    return of_all * hour_shares(sample.scenario, rhythm, region, pd.DatetimeIndex([midnight(at)]))[0]


WINDOWS: dict[str, Callable[[Sample], tuple[datetime, datetime]]] = {
    "bot_storm": storm_window,
    "emergency_rule": emergency_window,
    "fail_open": open_window,
}
"""Hours in which all that an event of the story brings happens."""


def _between(
    made: pd.DataFrame, window: tuple[datetime, datetime], service: Service, rng: np.random.Generator
) -> pd.DataFrame:
    """Place events evenly between two times of one day."""
    since, until = window
    day = midnight(since)
    second = (since - day).total_seconds() + rng.random(len(made)) * (until - since).total_seconds()
    return timed(made.assign(day=day), second, service)


def _days(sample: Sample, event: str, rows: int) -> pd.DatetimeIndex:
    since, until = sample.window(event)
    days = pd.date_range(since, until, freq="D", inclusive="left")
    return days.repeat(max(1, round(rows * sample.scale)))


def _new_family(
    sample: Sample, service: Service, _volumes: pd.DataFrame, rng: np.random.Generator
) -> list[pd.DataFrame]:
    rows = sample.scenario.story["new_family"].numbers["rows"]
    day = _days(sample, "new_family", rows)
    made = models.generate(service, "story", len(day), rng)
    weight = rows / max(1, round(rows * sample.scale))
    return [placed(sample, service, made.assign(day=day, weight=weight), rng)]


def _floods(sample: Sample, service: Service, _volumes: pd.DataFrame, _rng: np.random.Generator) -> list[pd.DataFrame]:
    return [floods.floods(sample, service)]


def _emergency(sample: Sample, service: Service, volumes: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    event = sample.scenario.story["emergency_rule"]
    n = max(6, round(event.numbers["rows"] * sample.scale))
    made = models.generate(service, "ordinary", n, rng)
    # Of a stratum of its own: it is not thinned with the ordinary requests of the day.
    made = made.assign(
        day=midnight(emergency_window(sample)[0]), weight=emergency_volume(sample, volumes) / n, stratum="story"
    )
    where = {"region": event.texts["region"], "application": event.texts["application"]}
    found = placed(sample, service, made, rng).assign(**where, ruled_by=event.texts["rule"], during="emergency_rule")
    return [_between(found, emergency_window(sample), service, rng)]


def _storm(sample: Sample, service: Service, volumes: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    event = sample.scenario.story["bot_storm"]
    n = max(10, round(event.numbers["rows"] * sample.scale))
    day = midnight(storm_window(sample)[0])
    made = models.generate(service, "story", n, rng)
    made = made.assign(day=day, weight=storm_volume(sample, service, volumes) / n)
    found = placed(sample, service, made, rng)
    source = rng.integers(event.numbers["sources"], size=n)
    found = found.assign(
        region=event.texts["region"],
        segment=event.texts["segment"],
        application=event.texts["application"],
        technique="credential stuffing",
        during="bot_storm",
        entity=[f"{service.key}-storm-{i}" for i in source],
    )
    return [_between(found, storm_window(sample), service, rng)]


def _guard(sample: Sample, service: Service, volumes: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    event = sample.scenario.story["overblock"]
    rows = event.numbers["rows"]
    day = _days(sample, "overblock", rows)
    made = models.generate(service, "story", len(day), rng)
    weight = event.numbers["volume"] / max(1, round(rows * sample.scale))
    template = placed(sample, service, made.assign(day=day, weight=weight), rng)
    where = {"segment": event.texts["segment"], "application": event.texts["application"]}
    n = max(4, round(sample.scenario.story["fail_open"].numbers["rows"] * sample.scale))
    flood = pd.concat(
        [models.generate(service, "ordinary", n - n // 4, rng), models.generate(service, "plain", n // 4, rng)],
        ignore_index=True,
    )
    day = midnight(open_window(sample)[0])
    # Of its own stratum: what the flood brings is not thinned with the ordinary prompts of the day.
    flood = flood.assign(day=day, weight=flood_volume(sample, volumes) / n, stratum="story")
    open_ = sample.scenario.story["fail_open"].texts
    asked = {"segment": open_["segment"], "application": open_["application"]}
    flood = placed(sample, service, flood, rng).assign(**asked, during="fail_open")
    return [template.assign(**where), _between(flood, open_window(sample), service, rng)]
