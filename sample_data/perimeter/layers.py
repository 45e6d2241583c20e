"""Layers that see the same request: some attacks pass the bot model and then the web model, and rules fire too."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd

from sample_data.perimeter.placing import Sample, timed
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.times import by_profile, days

RULES = {
    "942190": r"union\+select|drop\+table\+users",
    "941110": r"<script",
    "930110": r"\.\./\.\./|\.\./invoice",
    "932160": r"/etc/passwd|;cat\+",
    "944150": r"\$\{jndi",
}
"""Signs by number of the OWASP Core Rule Set's rule for their kind: rules that only log, beside those that block."""
RULES_OF = "waf"


def joined(sample: Sample, service: Service, attacks: pd.DataFrame) -> pd.DataFrame:
    """Make the first attacks of each day requests that the other layer sees too: same time, source and number."""
    if service.key not in sample.scenario.layers["services"]:
        return attacks
    slots = _requests(sample)
    place = attacks.groupby("day").cumcount()
    mine = attacks.assign(place=place).merge(slots, on=["day", "place"], how="left", suffixes=("", "_shared"))
    shared = mine["correlation_id"].notna().to_numpy()
    mine["region"] = mine["region_shared"].where(shared, mine["region"])
    mine["entity"] = mine["entity_shared"].where(shared, mine["entity"])
    # The later layer sees a request a moment after the first.
    order = sample.scenario.layers["services"].index(service.key)
    second = mine["second"] + order * sample.scenario.layers["delay_s"]
    now = (attacks["occurred_at"] - attacks["day"]) / pd.Timedelta(seconds=1)
    found = timed(mine, second.where(shared, now).to_numpy(), service)
    return found.drop(columns=["place", "second", "region_shared", "entity_shared"])


def _requests(sample: Sample) -> pd.DataFrame:
    """Return the requests that all layers see: the same for each of them, whatever it has drawn itself."""
    numbers = sample.scenario.layers
    rng = np.random.default_rng([sample.seed, zlib.crc32(b"layers")])
    at = days(sample.scenario, sample.end)
    a_day = max(2, round(numbers["rows"] * sample.scale))
    n = a_day * len(at)
    source = rng.integers(numbers["sources"], size=n)
    day = np.repeat(np.arange(len(at)), a_day)
    burst = day * numbers["sources"] + source  # a source has one burst a day
    bursts = pd.Series(at.repeat(numbers["sources"]))
    region = rng.choice(np.array(list(sample.scenario.regions), dtype=object), len(bursts))
    first = sample.scenario.services[numbers["services"][0]]  # the others see what it saw
    rhythm = sample.scenario.rhythm(first, attack=True)
    start = by_profile(sample.scenario, rhythm, bursts, region, rng)[burst]
    second = start + rng.normal(0, sample.scenario.sample["campaign_spread_s"], n)
    return pd.DataFrame(
        {
            "day": at[day],
            "place": np.tile(np.arange(a_day), len(at)),
            "second": np.clip(second, 0, 86_390),
            "region": region[burst],
            "entity": [f"source-both-{i}" for i in source],
            "correlation_id": [f"request-{sample.end:%y%m%d}-both-{i:06d}" for i in range(n)],
        }
    )


def rule_hits(service: Service, events: pd.DataFrame) -> np.ndarray:
    """Return the numbers of the rules that fired, with commas; missing where none did or none are asked."""
    ruled = events["ruled_by"].reset_index(drop=True)
    if service.key != RULES_OF:
        return ruled.to_numpy(dtype=object)
    found, payload = np.full(len(events), "", dtype=object), events["payload"].astype("str")
    for number, sign in RULES.items():
        found += np.where(payload.str.contains(sign, regex=True).to_numpy(dtype=bool), number + ",", "")
    found = pd.Series(found, dtype=object).str.rstrip(",")
    return ruled.where(ruled.notna(), found.where(found != "")).to_numpy(dtype=object)
