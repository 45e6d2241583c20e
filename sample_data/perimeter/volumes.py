"""Volumes without rows: ordinary traffic that no stored row stands for, and what went unscored, by hour and region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.perimeter.models import CHAMPION, ROLES
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.times import hour_shares, within


def counts(
    sample: Sample, service: Service, volumes: pd.DataFrame, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the counts of both versions, in the columns of the contract.

    Rows stand for all attacks and look-alikes and a stated share of the ordinary traffic: the rest of it is here, at
    scores that ordinary events of the same day got. Unscored traffic is here alone, by reason.
    """
    cells = _cells(sample, volumes)
    rest = cells.assign(count=cells["share"] * (1 - sample.scenario.sample["stored_share"]) * cells["ordinary"])
    found = []
    for role in ROLES:
        scored = rest.assign(score=_day_scores(rest, events, role, rng), unscored_reason=None)
        parts = [scored]
        for reason, share in service.unscored.items():
            none = cells.assign(count=cells["share"] * share * cells["checked"], score=np.nan, unscored_reason=reason)
            parts.append(none)
        if service.key == "network":
            parts = [_silent(sample, scored)]
        whole = pd.concat(parts, ignore_index=True)
        whole["count"] = _rounded(whole["count"].to_numpy())
        mode = service.texts["mode"] if role == CHAMPION else "shadow"
        named = {"model_id": service.key, "model_version": service.texts[role], "decision": "allow", "mode": mode}
        found.append(whole[whole["count"] > 0].assign(**named))
    return pd.concat(found, ignore_index=True).drop(columns=[c for c in cells if c not in ("hour", "region")])


def _cells(sample: Sample, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return one row a day, hour and region with its share of the day and the day's volumes."""
    hours = pd.DataFrame({"number": range(24), "of_day": hour_shares(sample.scenario)})
    regions = pd.Series(sample.scenario.regions, name="of_all").rename_axis("region").reset_index()
    days = volumes.rename_axis("day").reset_index()
    cells = days.merge(hours, how="cross").merge(regions, how="cross")
    return cells.assign(
        hour=cells["day"] + pd.to_timedelta(cells["number"], unit="h"),
        share=cells["of_day"] * cells["of_all"] / regions["of_all"].sum(),
    )


def _day_scores(cells: pd.DataFrame, events: pd.DataFrame, role: str, rng: np.random.Generator) -> np.ndarray:
    """Return for each cell the score of one of its day's ordinary events."""
    ordinary = events[(events["stratum"] == "ordinary") & events[role].notna()]
    by_day = {day: g.to_numpy() for day, g in ordinary.groupby(ordinary["occurred_at"].dt.floor("D"))[role]}
    every = ordinary[role].to_numpy()
    found = np.empty(len(cells))
    for day, at in cells.groupby("day").indices.items():
        found[at] = rng.choice(by_day.get(day, every), len(at))
    return found


def _silent(sample: Sample, scored: pd.DataFrame) -> pd.DataFrame:
    """Count all traffic of the region and days of the feed gap as unscored."""
    event = sample.scenario.story["feed_gap"].texts
    gap = within(scored["hour"], sample.window("feed_gap")) & (scored["region"] == event["region"]).to_numpy()
    return scored.assign(
        count=np.where(gap, scored["share"] * scored["checked"], scored["count"]),
        score=scored["score"].where(~gap),
        unscored_reason=np.where(gap, event["reason"], None),
    )


def _rounded(count: np.ndarray) -> np.ndarray:
    """Return whole numbers whose running sum stays within one half of the given one."""
    return np.diff(np.round(np.cumsum(count)), prepend=0).astype(np.int64)
