"""Those who judge: how far they agree, how long a verdict takes, how much there is to do against what they can do.

Figures about single people are shown to themselves only; all others are of five people or more, week by week too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.efficacy.assumptions import agreed
from analytics.errors import BadInput
from analytics.feedback import queries
from analytics.results import FEW, Estimate, Measured
from analytics.scope import Scope
from analytics.stats.intervals import ratio
from analytics.stats.kappa import cohen_kappa
from analytics.stats.survival import Course, cumulative_incidence, done_by, time_until
from analytics.warehouse import Reader, Trace
from analytics.warehouse.lookup import labelled_columns
from analytics.warehouse.selection import naive

TEAM = 5
"""People, below which nothing of them is shown but to themselves."""
AGES = (("under a day", 1), ("1 to 7 days", 7), ("8 to 30 days", 30), ("over 30 days", None))
"""Of alarms that nobody has judged: name, days at most."""
KINDS = ("true_positive", "benign_positive", "false_positive_logic", "false_positive_data", "undetermined")
OWNERS = {"false_positive_logic": "the model's owner", "false_positive_data": "the data feed's owner"}
"""Whom the two kinds of false alarms concern."""
_HOUR_S = 3600.0
_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people agree about the same event."""

    kappa: Estimate
    """Attack or not, beyond chance."""
    verdicts: Estimate
    """All five verdicts, beyond chance."""
    same: Estimate
    """Share of events with the same answer to attack or not."""


@dataclass(frozen=True, slots=True)
class Own:
    """What the viewer's own verdicts say, for the viewer alone."""

    verdicts: int
    cases: int
    median_hours: float | None
    """From event to verdict."""
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class People:
    """What is known of those who judge the events of a scope, and of their work."""

    scope: Scope
    enough: bool
    """At least TEAM people have judged; else only backlog and own figures are told."""
    agreement: Agreement | None
    course: Course | None
    """Hours from alarm to first verdict, of all alarms, the open ones counted as open."""
    alarms: int
    judged: int
    within: dict[str, Estimate]
    """day | week: share judged by then."""
    median_hours: float | None
    """Half of all alarms are judged by then; None where it was not reached."""
    weeks: pd.DataFrame
    """week (Monday), cases, hours, due (hours for all cases that arrived); missing where fewer than TEAM judged."""
    backlog: pd.DataFrame
    """age, n: alarms that nobody has judged."""
    oldest_days: float | None
    mix: pd.DataFrame
    """Verdicts on alarms: week and one column a verdict; missing where fewer than TEAM judged."""
    owners: dict[str, Estimate]
    """Verdict -> share of the verdicts on alarms that decided."""
    minutes_per_case: float
    own: Own | None
    """None where the viewer has judged nothing here."""


def people(reader: Reader, scope: Scope) -> Measured[People]:
    """Return what is known of those who judge the events of a scope, as the viewer may see it.

    Raises
    ------
    BadInput
        No model version is named.
    """
    if scope.model is None or scope.version is None:
        raise BadInput("looking at the work", "no model version is named.", "Name the model and its version.")
    trace, zone = Trace(reader), ZoneInfo(reader.snapshot.zone)
    said = trace.run(*queries.judgements(scope, labelled_columns(reader)))
    said["week"] = _monday(said["labelled_at"], zone)
    enough = said["labelled_by"].nunique() >= TEAM
    minutes = agreed(reader.directory, str(scope.model))[0].minutes_per_case
    judged = trace.run(*queries.judged_alarms(scope))
    hours = _open_hours(trace, scope, judged)
    ages = _ages(reader, hours)
    course = _course(judged, ages, hours) if enough else None
    total = len(judged) + int(hours["open"].sum())
    design = _design(judged)
    oldest = None if not hours["open"].sum() else float(ages[hours["open"].to_numpy() > 0].max() / 24)
    result = People(
        scope=scope,
        enough=enough,
        agreement=_agreement(said) if enough else None,
        course=course,
        alarms=total,
        judged=len(judged),
        within={n: _within(course, h, total, design) for n, h in (("day", 24.0), ("week", 168.0))} if course else {},
        median_hours=time_until(course, 0.5) if course else None,
        weeks=_weeks(said, hours, judged, minutes, zone) if enough else pd.DataFrame(),
        backlog=_backlog(hours, ages),
        oldest_days=oldest,
        mix=_mix(said) if enough else pd.DataFrame(),
        owners=_owners(said) if enough else {},
        minutes_per_case=minutes,
        own=_own(said, reader.viewer.actor),
    )
    return Measured(result, trace.provenance(scope))


def _monday(times: pd.Series, zone: ZoneInfo) -> pd.Series:
    day = pd.to_datetime(times, utc=True).dt.tz_convert(zone).dt.tz_localize(None).dt.floor("D")
    return day - pd.to_timedelta(day.dt.day_of_week, unit="D")


def _pairs(said: pd.DataFrame) -> pd.DataFrame:
    """Return the first two verdicts of two people on the same event: first, second and whether each says attack."""
    twice = said[said.duplicated("event_id", keep=False)].sort_values(["event_id", "labelled_at", "labelled_by"])
    two = twice.groupby("event_id", sort=False)
    first, second = two.nth(0).set_index("event_id"), two.nth(1).set_index("event_id")
    return first.join(second, suffixes=("_1", "_2"))


def _agreement(said: pd.DataFrame) -> Agreement:
    """Return the agreement of pairs of people; hidden where fewer than TEAM are in them."""
    pairs = _pairs(said)
    who = set(pairs["labelled_by_1"]) | set(pairs["labelled_by_2"])
    if not len(pairs) or len(who) < TEAM:
        why = "No event was judged by two people yet." if not len(pairs) else "Fewer than five people are in the pairs."
        none = Estimate(None, None, None, 0, quality="no_data", why=why)
        return Agreement(none, none, none)
    return _agreed(pairs)


def _agreed(pairs: pd.DataFrame) -> Agreement:
    decided = pairs[pairs["is_attack_1"].notna() & pairs["is_attack_2"].notna()]
    one, two = (decided[c].to_numpy(dtype=bool) for c in ("is_attack_1", "is_attack_2"))
    same = ratio((one == two).astype(float), np.ones(len(one)))
    return Agreement(
        _told(cohen_kappa(one, two), "kappa"),
        _told(cohen_kappa(pairs["verdict_1"].to_numpy(str), pairs["verdict_2"].to_numpy(str)), "kappa"),
        _told(same, "share"),
    )


def _told(e, unit: str) -> Estimate:
    if np.isnan(e.value):
        why = "Nothing was judged twice." if not e.n else "All verdicts are the same: chance alone would agree too."
        return Estimate(None, None, None, e.n, unit, quality="no_data", why=why)
    quality = "ok" if e.n >= FEW else "few"
    return Estimate(e.value, e.low, e.high, e.n, unit, n_cases=e.n_cases, method=e.method, quality=quality)


def _open_hours(trace: Trace, scope: Scope, judged: pd.DataFrame) -> pd.DataFrame:
    """Return, by hour, the alarms and how many of them nobody has judged."""
    alarms = trace.run(*queries.alarms_by_hour(scope)).set_index("hour")["n"]
    staged = trace.run(*queries.staged_alarms(scope)).set_index("hour")["n"]
    known = judged["occurred_at"].dt.floor("h").value_counts()
    found = pd.DataFrame({"alarms": alarms})
    found["staged"], found["judged"] = staged.reindex(alarms.index), known.reindex(alarms.index)
    found = found.fillna(0)
    found["alarms"] = found["alarms"] - found["staged"]
    found["open"] = (found["alarms"] - found["judged"]).clip(lower=0)
    return found.reset_index(names="hour")


def _ages(reader: Reader, hours: pd.DataFrame) -> np.ndarray:
    """Return for how many hours the alarms of each hour have been open, from its middle to the end of the data."""
    now = reader.snapshot.data_until
    if now is None:
        return np.zeros(len(hours))
    age = (pd.Timestamp(naive(now)) - hours["hour"] - _HALF_HOUR).dt.total_seconds().to_numpy() / _HOUR_S
    return np.maximum(age, 0.0)


def _design(judged: pd.DataFrame) -> float:
    """Return the design effect of cases, whose alarms are judged together: Σ m² ÷ Σ m."""
    named = judged["case_id"].dropna()
    if named.empty:
        return 1.0
    size = named.value_counts().to_numpy(dtype=float)
    return float((size**2).sum() / size.sum())


def _course(judged: pd.DataFrame, ages: np.ndarray, hours: pd.DataFrame) -> Course:
    took = (judged["labelled_at"] - judged["occurred_at"]).dt.total_seconds().to_numpy() / _HOUR_S
    open_ = hours["open"].to_numpy(dtype=float)
    time = np.concatenate([np.maximum(took, 0.0), ages[open_ > 0]])
    done = np.concatenate([np.ones(len(took), bool), np.zeros(int((open_ > 0).sum()), bool)])
    count = np.concatenate([np.ones(len(took)), open_[open_ > 0]])
    return cumulative_incidence(time, done, count, _design(judged))


def _within(course: Course, hours: float, n: int, design: float) -> Estimate:
    value, low, high = done_by(course, hours)
    quality = "ok" if n / design >= FEW else "few"
    method = "Kaplan–Meier, Greenwood, widened for cases"
    return Estimate(value, low, high, n, n_effective=n / design, method=method, quality=quality)


def _weeks(
    said: pd.DataFrame, hours: pd.DataFrame, judged: pd.DataFrame, minutes: float, zone: ZoneInfo
) -> pd.DataFrame:
    """Return the work done and due by week."""
    case = said["case_id"].fillna(said["event_id"])
    done = said.assign(case=case).groupby("week").agg(cases=("case", "nunique"), people=("labelled_by", "nunique"))
    per_case = len(judged) / max(judged["case_id"].fillna(judged["occurred_at"].astype(str)).nunique(), 1)
    arrived = hours.groupby(_monday(hours["hour"], zone))["alarms"].sum() / max(per_case, 1.0)
    found = done.join(arrived.rename("due"), how="outer").sort_index()
    few = ~(found["people"] >= TEAM)
    found.loc[few, "cases"] = np.nan
    found["hours"], found["due"] = found["cases"] * minutes / 60, found["due"] * minutes / 60
    return found.drop(columns="people").reset_index(names="week")


def _backlog(hours: pd.DataFrame, ages: np.ndarray) -> pd.DataFrame:
    """Return the alarms that nobody has judged, by age."""
    ends = np.array([days * 24.0 for _, days in AGES if days is not None])
    place = np.searchsorted(ends, ages, side="left")
    n = np.bincount(place, hours["open"].to_numpy(dtype=float), len(AGES))
    return pd.DataFrame({"age": [name for name, _ in AGES], "n": n.astype(int)})


def _mix(said: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on alarms by week."""
    few = said.groupby("week")["labelled_by"].nunique() < TEAM
    said = said[said["alarm"]]
    found = pd.crosstab(said["week"], said["verdict"]).reindex(columns=list(KINDS), fill_value=0).astype(float)
    found.loc[found.index.isin(few[few].index)] = np.nan
    found.columns.name = None
    return found.reset_index()


def _owners(said: pd.DataFrame) -> dict[str, Estimate]:
    """Return the share of each kind of false alarm among verdicts on alarms, with an interval that counts cases."""
    decided = said[said["alarm"] & said["is_attack"].notna()]
    case = pd.factorize(decided["case_id"].fillna(decided["event_id"]))[0]
    every = np.ones(len(decided))
    return {
        kind: _told(ratio((decided["verdict"] == kind).to_numpy(dtype=float), every, case=case), "share")
        for kind in OWNERS
    }


def _own(said: pd.DataFrame, actor: str) -> Own | None:
    """Return the viewer's own figures."""
    mine = said[said["labelled_by"] == actor]
    if mine.empty:
        return None
    hours = (mine["labelled_at"] - mine["occurred_at"]).dt.total_seconds().to_numpy() / _HOUR_S
    shared = said[said["event_id"].isin(mine["event_id"])]
    pairs = _pairs(shared)
    pairs = pairs[(pairs["labelled_by_1"] == actor) | (pairs["labelled_by_2"] == actor)] if len(pairs) else pairs
    none = Estimate(None, None, None, 0, quality="no_data", why="Nobody else has judged an event of yours yet.")
    agreement = _agreed(pairs) if len(pairs) else Agreement(none, none, none)
    cases = int(mine["case_id"].fillna(mine["event_id"]).nunique())
    return Own(len(mine), cases, float(np.median(hours)), agreement)
