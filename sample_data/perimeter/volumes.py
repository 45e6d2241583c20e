"""Volumes without rows: what no stored row stands for, and what went unscored, by hour and region.

Counts scatter around the profile of the day by chance and a little more. A cell of one hour, region and decision has
the score of one of the day's rows of this decision, so that over a day the scores are spread as those of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sample_data.perimeter import story
from sample_data.perimeter.models import CHAMPION, ROLES, Trained
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.population import ALLOW, decisions
from sample_data.perimeter.scenario import Service
from sample_data.perimeter.seeded import STRATUM
from sample_data.perimeter.times import hour_shares, within

Part = dict[str, np.ndarray]
"""Cells by column: 500 small frames a service would take a second more."""
_OF_ROWS = ["stratum", "occurred_at", "during", "region", "unscored_reason", "volume", "rest"]
_COLUMNS = ["hour", "region", "decision", "score", "unscored_reason", "count", "role"]
_TYPES = dict.fromkeys(("region", "decision", "unscored_reason", "role"), object)


def counts(
    sample: Sample,
    service: Service,
    trained: Trained,
    volumes: pd.DataFrame,
    events: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the counts of both versions, in the columns of the contract."""
    cells = _cells(sample, service, volumes)
    rows = events.assign(rest=events["volume"] - events["weight"])
    rows = rows.assign(**{f"{role} decision": decisions(service, trained, rows, role) for role in ROLES})
    rows = rows.loc[rows["stratum"] != STRATUM, [*_OF_ROWS, *ROLES, *(f"{role} decision" for role in ROLES)]]
    parts = _unscored(sample, service, cells, rows)
    ordinary = rows[(rows["stratum"] == "ordinary") & rows[CHAMPION].notna()]
    mean = cells["share"] * (1 - cells["open"]) * cells["ordinary"] * (1 - sample.scenario.sample["stored_share"])
    usual = cells.assign(count=_drawn(sample, mean.to_numpy(), rng))
    for day, mine in usual.groupby("day"):
        today = ordinary[ordinary["occurred_at"].dt.floor("D") == day]
        parts += [_named(mine, mine["count"], today if len(today) else ordinary, role, rng) for role in ROLES]
    for mine, brought in _blocks(sample, cells, rows[(rows["stratum"] != "ordinary") & rows[CHAMPION].notna()]):
        parts += _split(sample, mine, brought, rng)
    found = pd.DataFrame({column: np.concatenate([part[column] for part in parts]) for column in _COLUMNS})
    cell = [c for c in _COLUMNS if c != "count"]
    found = found[found["count"] > 0].groupby(cell, as_index=False, dropna=False, sort=False)["count"].sum()
    role = found.pop("role")
    mode = np.where(role == CHAMPION, service.texts["mode"], "shadow")
    return found.assign(model_id=service.key, model_version=role.map(service.texts), mode=mode)


def _cells(sample: Sample, service: Service, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return one row a day, hour and region: its share of the day, the day's volumes, and what of it nobody checked.

    ``silent``: nothing came, so nothing is scored; ``open``: share of the hour in which the service failed open.
    """
    hours = pd.DataFrame({"number": range(24), "of_day": hour_shares(sample.scenario)})
    regions = pd.Series(sample.scenario.regions, name="of_all").rename_axis("region").reset_index()
    days = volumes.rename_axis("day").reset_index()
    cells = days.merge(hours, how="cross").merge(regions, how="cross")
    hour = cells["day"] + pd.to_timedelta(cells["number"], unit="h")
    share = cells["of_day"] * cells["of_all"] / regions["of_all"].sum()
    gap, flood = (sample.scenario.story[name].texts for name in ("feed_gap", "fail_open"))
    silent = within(hour, sample.window("feed_gap")) & (cells["region"] == gap["region"]).to_numpy()
    silent &= service.key == gap["service"]
    open_ = _overlap(hour, story.open_window(sample)) * (service.key == flood["service"])
    return cells.assign(hour=hour, all=share, share=share.where(~silent, 0.0), silent=silent, open=open_)


def _overlap(hour: pd.Series, window: tuple[datetime, datetime]) -> np.ndarray:
    """Return which share of each hour lies in a window."""
    since, until = (pd.Timestamp(t) for t in window)
    first, last = hour.clip(lower=since), (hour + pd.Timedelta(hours=1)).clip(upper=until)
    return np.maximum(((last - first) / pd.Timedelta(hours=1)).to_numpy(), 0.0)


def _unscored(sample: Sample, service: Service, cells: pd.DataFrame, rows: pd.DataFrame) -> list[Part]:
    """Count what was never scored: the usual shares by reason, the feed gap, and the minutes of the open guard."""
    means = {reason: cells["share"] * share * cells["checked"] for reason, share in service.unscored.items()}
    parts = [cells.assign(count=_rounded(mean.to_numpy()), unscored_reason=why) for why, mean in means.items()]
    if cells["silent"].any():
        silent = cells[cells["silent"]]
        lost = _rounded((silent["all"] * silent["checked"]).to_numpy())
        parts.append(silent.assign(count=lost, unscored_reason=sample.scenario.story["feed_gap"].texts["reason"]))
    if cells["open"].any():
        mine = cells[cells["open"] > 0]
        stored = 1 - sample.scenario.sample["stored_share"]
        usual = mine["share"] * mine["open"] * mine["ordinary"] * stored
        flood = rows[rows["unscored_reason"].notna() & (rows["stratum"] != "ordinary")]["rest"].sum()
        flood *= mine["share"] * mine["open"] / (mine["share"] * mine["open"]).sum()
        reason = sample.scenario.story["fail_open"].texts["reason"]
        parts.append(mine.assign(count=_rounded((usual + flood).to_numpy()), unscored_reason=reason))
    whole = [part.assign(score=np.nan, decision=ALLOW, role=role) for part in parts for role in ROLES]
    return [{column: part[column].to_numpy(dtype=_TYPES.get(column)) for column in _COLUMNS} for part in whole]


def _blocks(sample: Sample, cells: pd.DataFrame, rows: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield cells, their shares adding up to 1, and the rows whose events they hold: each day's, and of the story."""
    usual = rows["during"].isna()
    by_day = dict(iter(rows[usual].groupby(rows["occurred_at"].dt.floor("D"))))
    for day, mine in cells.groupby("day"):
        if day in by_day:
            yield mine.assign(share=mine["share"] / mine["share"].sum()), by_day[day]
    for (name, region), brought in rows[~usual].groupby(["during", "region"]):
        part = _overlap(cells["hour"], story.WINDOWS[str(name)](sample))
        mine = cells[(part > 0) & (cells["region"] == region).to_numpy()]
        yield mine.assign(share=part[mine.index] / part[mine.index].sum()), brought


def _split(sample: Sample, cells: pd.DataFrame, rows: pd.DataFrame, rng: np.random.Generator) -> list[Part]:
    """Count what rows bring beyond what they stand for: in all the same for both versions, each acts on its part."""
    rest = max(float(rows["rest"].sum()), 0.0)
    whole = _drawn(sample, cells["share"].to_numpy() * rest, rng)
    parts = []
    for role in ROLES:
        acted = (rows[f"{role} decision"] != ALLOW).to_numpy()
        share = min(max(float(rows["rest"][acted].sum()) / rest, 0.0), 1.0) if rest else 0.0
        count = rng.binomial(whole, share)
        for mine, n in ((rows[acted], count), (rows[~acted], whole - count)):
            if n.any():
                parts.append(_named(cells, n, mine, role, rng))
    return parts


def _named(cells: pd.DataFrame, count: ArrayLike, rows: pd.DataFrame, role: str, rng: np.random.Generator) -> Part:
    """Give each cell the score and decision of one of the rows, the oftener the more events it brings."""
    brings, n = rows["volume"].to_numpy(dtype=float), len(cells)
    at = rng.choice(len(rows), n, p=brings / brings.sum())
    return {
        "hour": cells["hour"].to_numpy(),
        "region": cells["region"].to_numpy(dtype=object),
        "decision": rows[f"{role} decision"].to_numpy(dtype=object)[at],
        "score": rows[role].to_numpy()[at],
        "unscored_reason": np.full(n, None, dtype=object),
        "count": np.asarray(count),
        "role": np.full(n, role, dtype=object),
    }


def _drawn(sample: Sample, mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return counts around their means: Poisson, and a spread beyond it (together: negative binomial)."""
    spread = sample.scenario.sample["hour_spread"] ** 2
    return rng.poisson(mean * rng.gamma(1 / spread, spread, len(mean)))


def _rounded(count: np.ndarray) -> np.ndarray:
    """Return whole numbers whose running sum stays within one half of the given one."""
    return np.diff(np.round(np.cumsum(count)), prepend=0).astype(np.int64)
