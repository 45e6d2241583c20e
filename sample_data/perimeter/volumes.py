"""Volumes without rows: what no stored row stands for, and what went unscored, by hour and region.

Counts scatter around the profile of the day by chance and a little more. A cell of one hour, region and decision has
the score of one of the day's rows of this decision, so that over a day the scores are spread as those of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

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

Columns = dict[str, np.ndarray]
"""Cells or rows by column: hundreds of small frames a service would take most of the time."""
_KEY = ["cell", "decision", "score", "unscored_reason", "role"]


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
    rows = events.assign(rest=events["volume"] - events["weight"], day=events["occurred_at"].dt.floor("D"))
    rows = rows[rows["stratum"] != STRATUM]
    acts = {f"{role} decision": decisions(service, trained, rows, role) for role in ROLES}
    brought = {name: rows[name].to_numpy() for name in ("volume", "rest", *ROLES)} | acts
    parts = _unscored(sample, service, cells, rows)
    usual, scored = (rows["stratum"] == "ordinary").to_numpy(), rows[CHAMPION].notna().to_numpy()
    mean = cells["share"] * (1 - cells["open"]) * cells["ordinary"] * (1 - sample.scenario.sample["stored_share"])
    count = _drawn(sample, mean.to_numpy(), rng)
    ordinary, by_day = np.flatnonzero(usual & scored), _by_day(rows["day"], usual & scored)
    for day, mine in cells.groupby("day").indices.items():
        parts += [_named(mine, count[mine], brought, by_day.get(day, ordinary), role, rng) for role in ROLES]
    for mine, share, which in _blocks(sample, cells, rows, ~usual & scored):
        parts += _split(sample, mine, share, brought, which, rng)
    found = pd.DataFrame({column: np.concatenate([part[column] for part in parts]) for column in (*_KEY, "count")})
    found = found[found["count"] > 0].groupby(_KEY, as_index=False, dropna=False, sort=False)["count"].sum()
    role, cell = found.pop("role"), found.pop("cell")
    for i, column in enumerate(("hour", "region")):
        found.insert(i, column, cells[column].take(cell).array)
    mode = np.where(role == CHAMPION, service.texts["mode"], "shadow")
    return found.assign(model_id=service.key, model_version=role.map(service.texts), mode=mode)


def _cells(sample: Sample, service: Service, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return one row a day, hour and region: its share of the day, the day's volumes, and what of it nobody checked.

    ``attacks_share``: of the day's attacks, which keep other hours; ``silent``: nothing came, so nothing is scored;
    ``open``: share of the hour in which the service failed open.
    """
    regions = pd.Series(sample.scenario.regions, name="of_all").rename_axis("region").reset_index()
    days, hours = volumes.rename_axis("day").reset_index(), pd.DataFrame({"number": range(24)})
    cells = days.merge(hours, how="cross").merge(regions, how="cross")
    hour = cells["day"] + pd.to_timedelta(cells["number"], unit="h")
    of_all = cells["of_all"] / regions["of_all"].sum()
    share, attacks = (_by_clock(sample, service, days["day"], attack) * of_all for attack in (False, True))
    gap, flood = (sample.scenario.story[name].texts for name in ("feed_gap", "fail_open"))
    silent = within(hour, sample.window("feed_gap")) & (cells["region"] == gap["region"]).to_numpy()
    silent &= service.key == gap["service"]
    open_ = _overlap(hour, story.open_window(sample)) * (service.key == flood["service"])
    came = {"share": share.where(~silent, 0.0), "attacks_share": attacks.where(~silent, 0.0)}
    return cells.assign(hour=hour, all=share, **came, silent=silent, open=open_)


def _by_clock(sample: Sample, service: Service, day: pd.Series, attack: bool) -> np.ndarray:
    """Return the share of each day, hour and region in its day of the region, in the order of the cells."""
    at, rhythm = pd.DatetimeIndex(day), sample.scenario.rhythm(service, attack)
    by_region = [hour_shares(sample.scenario, rhythm, region, at) for region in sample.scenario.regions]
    return np.stack(by_region, axis=2).ravel()


def _overlap(hour: pd.Series, window: tuple[datetime, datetime]) -> np.ndarray:
    """Return which share of each hour lies in a window."""
    since, until = (pd.Timestamp(t) for t in window)
    first, last = hour.clip(lower=since), (hour + pd.Timedelta(hours=1)).clip(upper=until)
    return np.maximum(((last - first) / pd.Timedelta(hours=1)).to_numpy(), 0.0)


def _unscored(sample: Sample, service: Service, cells: pd.DataFrame, rows: pd.DataFrame) -> list[Columns]:
    """Count what was never scored: the usual shares by reason, the feed gap, and the minutes of the open guard."""
    means = {reason: cells["share"] * share * cells["checked"] for reason, share in service.unscored.items()}
    if cells["silent"].any():
        silent = cells[cells["silent"]]
        means[sample.scenario.story["feed_gap"].texts["reason"]] = silent["all"] * silent["checked"]
    found = list(means.items())
    if cells["open"].any():
        mine = cells[cells["open"] > 0]
        stored = 1 - sample.scenario.sample["stored_share"]
        usual = mine["share"] * mine["open"] * mine["ordinary"] * stored
        flood = rows[rows["unscored_reason"].notna() & (rows["stratum"] != "ordinary")]["rest"].sum()
        flood *= mine["share"] * mine["open"] / (mine["share"] * mine["open"]).sum()
        found.append((sample.scenario.story["fail_open"].texts["reason"], usual + flood))
    return [
        _part(mean.index.to_numpy(), _rounded(mean.to_numpy()), role, unscored_reason=reason)
        for reason, mean in found
        for role in ROLES
    ]


def _by_day(day: pd.Series, which: np.ndarray) -> dict[Any, np.ndarray]:
    """Return the places of the chosen rows by their day."""
    place = np.flatnonzero(which)
    return {midnight: place[mine] for midnight, mine in day[which].groupby(day[which]).indices.items()}


def _blocks(
    sample: Sample, cells: pd.DataFrame, rows: pd.DataFrame, which: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield places of cells, their shares, adding up to 1, and the places of the rows whose events they hold.

    Those of each day, look-alikes and attacks by their own hours, then those of the story.
    """
    usual, attack = rows["during"].isna().to_numpy(), rows["attack"].to_numpy(dtype=bool)
    for column, kind in (("share", ~attack), ("attacks_share", attack)):
        share, by_day = cells[column].to_numpy(), _by_day(rows["day"], which & usual & kind)
        for day, mine in cells.groupby("day").indices.items():
            if day in by_day:
                yield mine, share[mine] / share[mine].sum(), by_day[day]
    told = np.flatnonzero(which & ~usual)
    for (name, region), its in rows.iloc[told].groupby(["during", "region"]).indices.items():
        part = _overlap(cells["hour"], story.WINDOWS[str(name)](sample))
        mine = np.flatnonzero((part > 0) & (cells["region"] == region).to_numpy())
        yield mine, part[mine] / part[mine].sum(), told[its]


def _split(
    sample: Sample,
    cells: np.ndarray,
    share: np.ndarray,
    rows: Columns,
    which: np.ndarray,
    rng: np.random.Generator,
) -> list[Columns]:
    """Count what rows bring beyond what they stand for: in all the same for both versions, each acts on its part."""
    rest = max(float(rows["rest"][which].sum()), 0.0)
    whole = _drawn(sample, share * rest, rng)
    parts = []
    for role in ROLES:
        acted = rows[f"{role} decision"][which] != ALLOW
        part = min(max(float(rows["rest"][which[acted]].sum()) / rest, 0.0), 1.0) if rest else 0.0
        count = rng.binomial(whole, part)
        for mine, n in ((which[acted], count), (which[~acted], whole - count)):
            if n.any():
                parts.append(_named(cells, n, rows, mine, role, rng))
    return parts


def _named(
    cells: np.ndarray, count: np.ndarray, rows: Columns, which: np.ndarray, role: str, rng: np.random.Generator
) -> Columns:
    """Give each cell the score and decision of one of the rows, the oftener the more events it brings."""
    brings = rows["volume"][which].astype(float)
    at = which[rng.choice(len(which), len(cells), p=brings / brings.sum())]
    return _part(cells, count, role, rows[f"{role} decision"][at], rows[role][at])


def _part(
    cells: np.ndarray,
    count: np.ndarray,
    role: str,
    decision: ArrayLike = ALLOW,
    score: ArrayLike = np.nan,
    unscored_reason: str | None = None,
) -> Columns:
    """Return counts of cells, given by their places."""
    same = {"decision": decision, "unscored_reason": unscored_reason, "role": role}
    texts = {name: np.full(len(cells), value, dtype=object) for name, value in same.items()}
    return {"cell": cells, "count": count, "score": np.full(len(cells), score, dtype=float), **texts}


def _drawn(sample: Sample, mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return counts around their means: Poisson, and a spread beyond it (together: negative binomial)."""
    spread = sample.scenario.sample["hour_spread"] ** 2
    return rng.poisson(mean * rng.gamma(1 / spread, spread, len(mean)))


def _rounded(count: np.ndarray) -> np.ndarray:
    """Return whole numbers whose running sum stays within one half of the given one."""
    return np.diff(np.round(np.cumsum(count)), prepend=0).astype(np.int64)
