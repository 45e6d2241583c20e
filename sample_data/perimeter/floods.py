"""Floods that reach the network: the unit is the attack, so each is one case, with a row for every minute of it."""

from __future__ import annotations

import zlib
from statistics import NormalDist

import numpy as np
import pandas as pd

from sample_data.perimeter.placing import Sample, drawn
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.times import by_profile, days

EVENT = "floods"
MONTH_DAYS = 365.25 / 12
_Z90 = 1.2816


def floods(sample: Sample, service: Service) -> pd.DataFrame:
    """Return the minutes of all floods of the sample, placed; each row stands for itself."""
    event = sample.scenario.story[EVENT]
    numbers, texts = event.numbers, event.texts
    rng = np.random.default_rng([sample.seed, zlib.crc32(EVENT.encode())])
    at = days(sample.scenario, sample.end)
    n = max(2, round(numbers["a_month"] * len(at) / MONTH_DAYS * sample.scale))
    attacks = pd.DataFrame({"day": at[np.sort(rng.integers(len(at), size=n))]})
    attacks["region"] = drawn(sample.scenario.regions, n, rng)
    attacks["application"] = drawn(service["applications"], n, rng)
    attacks["entity"] = [f"{service.key}-target-{i}" for i in rng.integers(numbers["targets"], size=n)]
    attacks["case_id"] = [f"{service.key}-flood-{day:%m%d}-{i:02d}" for i, day in enumerate(attacks["day"])]
    # As the law says even of few: its quantiles in random order.
    score = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in rng.permutation(n)])
    long = numbers["minutes"] * (numbers["minutes_p90"] / numbers["minutes"]) ** (score / _Z90)
    minutes = np.clip(np.round(long), 1, numbers["minutes_most"]).astype(int)
    tools = sample.scenario.rhythms["attackers"]
    second = by_profile(sample.scenario, tools, attacks["day"], attacks["region"].to_numpy(dtype=object), rng)
    # A flood ends on the day on which it began: a day's volumes hold all of its rows.
    first = np.minimum(second, 86_399 - 60 * minutes)
    made = attacks.loc[attacks.index.repeat(minutes)].reset_index(drop=True)
    minute = made.groupby("case_id").cumcount().to_numpy()
    since = np.round(np.repeat(first, minutes) + 60.0 * minute, 3)
    made["occurred_at"] = (made["day"] + pd.to_timedelta(since, unit="s")).dt.as_unit("ms")
    made = made.assign(segment=texts["segment"], technique=texts["technique"], stratum="story", attack=True, weight=1.0)
    return made.assign(**_features(numbers["features"], len(made), rng))


def _features(features: dict[str, list[float]], n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the ``f.`` columns of n minutes; shares stay shares."""
    found = {}
    for name, (median, spread, *least) in features.items():
        values = median * np.exp(spread * rng.standard_normal(n))
        if name.endswith("_share"):
            values = np.minimum(values, 1.0)
        found[f"f.{name}"] = np.maximum(np.round(values), least[0]) if least else np.round(values, 4)
    return found
