"""People who judge: how many hours of cases they get through a day, and how long a case waits where more comes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.perimeter import story
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.times import days, midnight

SATURDAY = 5


def waits_h(sample: Sample) -> pd.Series:
    """Return how many hours a case waits that falls due at the end of each day, behind those that wait already.

    What a day brings beyond what people get through is left for the next ones, and worked off in turn.

    Returns
    -------
    Series
        Hours by midnight (UTC) of the day.
    """
    numbers = sample.scenario.staff
    at = days(sample.scenario, sample.end)
    weekend = at.day_of_week >= SATURDAY
    brought = np.where(weekend, numbers["weekend_load_h"], numbers["load_h"]).astype(float)
    brought[at == pd.Timestamp(midnight(story.storm_window(sample)[0]))] += storm_h(sample)
    people = np.where(weekend, numbers["weekend_people"], numbers["people"])
    done = people * numbers["hours"] * numbers["present"] * numbers["on_cases"]
    left = np.zeros(len(at))
    for i in range(len(at)):
        left[i] = max(0.0, (left[i - 1] if i else 0.0) + brought[i] - done[i])
    return pd.Series(left / np.append(done[1:], done[-1]) * 24, index=at)


def storm_h(sample: Sample) -> float:
    """Return the hours of cases that the bot storm hands to people, beside the usual ones of its day."""
    event = sample.scenario.story["bot_storm"]
    service = sample.scenario.services[event.texts["service"]]
    return event.numbers["escalated"] * service["minutes_per_case"] / 60


def waited(sample: Sample, known: pd.Series) -> pd.Series:
    """Return when people have judged what would have been due at these times, had nothing waited before it."""
    waits = waits_h(sample)
    second = ((known - waits.index[0]) / pd.Timedelta(seconds=1)).to_numpy()
    ends = np.arange(1, len(waits) + 1) * 86_400
    hours = np.interp(second, ends, waits.to_numpy(), left=0.0)
    return known + pd.to_timedelta(np.round(hours * 3600, 3), unit="s")
