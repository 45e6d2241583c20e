"""What drives a model, over a stated sample of explained rows: each figure with the interval that its cases allow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import TypeVar

import numpy as np
import pandas as pd

from analytics.explanations import queries
from analytics.explanations.agreement import rank
from analytics.explanations.driven import Against, Base, Cohorts, Course, Dependence, Driver, Drivers, Pair, Trust
from analytics.explanations.results import Agreement
from analytics.explanations.sampled import Sampled, codes, kinds, sampled
from analytics.results import Measured
from analytics.scope import Scope
from analytics.stats.clusters import count_cases, quantile, spread_of_mean
from analytics.stats.differences import difference, q_values
from analytics.warehouse.explained import Of
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

T = TypeVar("T")
FEWEST = 10
"""Rows below which nothing is said of a side."""
POINTS = 400
"""Rows that a picture of single ones draws."""
DRAWS = 300
BINS, FEWEST_BIN = 10, 20
"""Parts of a feature's range in which a mean is taken, and rows of a part."""
WEEK = timedelta(days=7)


def offered(reader: Reader, scope: Scope) -> Measured[list[Of]]:
    """Return how the explained rows of a version were chosen, the first being the most telling; none where none are."""
    trace = Trace(reader)
    return Measured(kinds(reader, scope, trace), trace.provenance(scope))


def drivers(reader: Reader, scope: Scope, of: Of) -> Measured[Drivers | None]:
    """Return what drives a version over the explained rows of a scope; None where there are none."""
    return _measured(reader, scope, of, lambda s, _: driving(s))


def dependence(reader: Reader, scope: Scope, of: Of, name: str) -> Measured[Dependence | None]:
    """Return how a feature's value goes with what it adds; None where rows or values are missing."""
    return _measured(reader, scope, of, lambda s, _: depending(s, name))


def cohorts(reader: Reader, scope: Scope, of: Of, pair: Pair) -> Measured[Cohorts | None]:
    """Return what is otherwise between two cohorts: verdicts, the last two weeks, or the two largest regions."""
    return _measured(reader, scope, of, lambda s, t: _cohorts(s, scope, pair, t))


def course(reader: Reader, scope: Scope, of: Of) -> Measured[Course | None]:
    """Return whether what drives the model is the same week by week, beside what chance alone makes."""
    return _measured(reader, scope, of, lambda s, _: changing(s))


def _measured(reader: Reader, scope: Scope, of: Of, work: Callable[[Sampled, Trace], T | None]) -> Measured[T | None]:
    trace = Trace(reader)
    found = sampled(reader, scope, of, trace)
    return Measured(None if found is None else work(found, trace), trace.provenance(scope))


def base(s: Sampled) -> Base:
    """Return what figures of a sample rest on."""
    at, first = s.facts["occurred_at"], s.facts.iloc[0]
    every = np.arange(s.n)
    return Base(
        s.of, s.n, count_cases(*codes(s.cases, every), s.n), s.population,
        at.iloc[0].to_pydatetime().replace(tzinfo=UTC), at.iloc[-1].to_pydatetime().replace(tzinfo=UTC),
        str(first["unit"]), str(first["method"]), float(s.facts["error"].max()), float(s.facts["residual"].max()),
        s.failed, s.text,
    )  # fmt: skip


def mean(values: np.ndarray, cases: np.ndarray | None, rows: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of some rows with its 95 % interval, rows of one case counting as they are alike."""
    x = values[rows]
    middle = float(x.mean())
    if len(rows) < 2:
        return middle, float("-inf"), float("inf")
    spread = spread_of_mean(x - middle, None, *codes(cases, rows))
    reach = quantile(0.95, spread.n_cases - 1) * float(np.sqrt(spread.variance))
    return middle, middle - reach, middle + reach


def driving(s: Sampled) -> Drivers:
    """Return what drives a model over a sample."""
    every, size = np.arange(s.n), np.abs(s.values)
    whole = float(size.mean(axis=0).sum()) or 1.0
    found = []
    for i, name in enumerate(s.names):
        middle, low, high = mean(size[:, i], s.cases, every)
        own, there = s.own[:, i], s.there[:, i]
        known = np.isfinite(own)
        direction = rank(own[known], s.values[known, i]) if known.any() else None
        found.append(
            Driver(
                name, middle, max(low, 0.0), high, middle / whole, float(s.values[:, i].mean()), direction,
                float((s.values[there, i] > 0).mean()) if there.any() else 0.0,
                float(there.mean()), float(s.values[there, i].mean()) if there.any() else 0.0,
            )
        )  # fmt: skip
    found.sort(key=lambda d: -d.importance)
    return Drivers(base(s), tuple(found), _points(s, [d.name for d in found]))


def _points(s: Sampled, names: list[str]) -> pd.DataFrame:
    """Return single rows of the strongest names: always the same ones."""
    rows = np.sort(np.random.default_rng(0).permutation(s.n)[:POINTS])
    found = []
    for name in names[:12]:
        i = s.names.index(name)
        there = rows[s.there[rows, i]]
        own = s.own[there, i]
        found.append(
            pd.DataFrame({"name": name, "added": s.values[there, i], "own": _ranked(own), "value": own})
        )  # fmt: skip
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["name", "added", "own", "value"])


def _ranked(own: np.ndarray) -> np.ndarray:
    """Return values as ranks from 0 to 1, equal ones alike."""
    return pd.Series(own).rank(method="average", pct=True).to_numpy(dtype=float)


def depending(s: Sampled, name: str) -> Dependence | None:
    """Return how a feature's value goes with what it adds, and which other feature tells equal values apart.

    In each part of the feature's range, BINS at most, what is added is ranked against every other feature: an effect
    may turn round along the range. Of the squared correlations' mean that is taken off which chance makes of them,
    1 ÷ (rows − 1); the strongest other is named where the root is 0.3 or more.
    """
    if name not in s.names:
        return None
    i = s.names.index(name)
    known = np.flatnonzero(np.isfinite(s.own[:, i]))
    if len(known) < FEWEST:
        return None
    own, added = s.own[known, i], s.values[known, i]
    count = int(np.clip(len(own) // FEWEST_BIN, 2, BINS))
    bins = np.unique(np.quantile(own, np.linspace(0, 1, count + 1)[1:-1]))
    place = np.searchsorted(bins, own, side="left")
    means = pd.Series(added).groupby(place).mean()
    others = {n: _apart(s.own[known, j], added, place) for j, n in enumerate(s.names) if j != i}
    other = max(others, key=lambda n: (others[n], n), default=None)
    if other is not None and others[other] < 0.3:
        other = None
    rows = np.sort(np.random.default_rng(0).permutation(len(known))[: 2 * POINTS])
    shade = _ranked(s.own[known, s.names.index(other)]) if other else np.full(len(known), np.nan)
    points = pd.DataFrame({"own": own, "added": added, "other": shade}).iloc[rows]
    sign = np.sign(means.to_numpy())
    turn = np.flatnonzero(np.diff(sign))
    turns = float(bins[means.index[turn[0]]]) if len(turn) == 1 and sign[-1] > 0 else None
    return Dependence(base(s), name, other, others.get(other, 0.0) if other else 0.0, points, turns)


def _apart(other: np.ndarray, added: np.ndarray, place: np.ndarray) -> float:
    """Return how strongly another feature goes with what is added inside the parts of a range, from 0 to 1."""
    squares, rows = [], []
    for part in np.unique(place):
        inside = (place == part) & np.isfinite(other)
        if (r := rank(other[inside], added[inside])) is not None:
            squares.append(r * r - 1 / (inside.sum() - 1))
            rows.append(int(inside.sum()))
    return float(np.sqrt(max(np.average(squares, weights=rows), 0.0))) if squares else 0.0


def _cohorts(s: Sampled, scope: Scope, pair: Pair, trace: Trace) -> Cohorts:
    left, right, mine, theirs = _sides(s, scope, pair, trace)
    n = len(mine), len(theirs)
    if min(n) < FEWEST:
        who = left[:1].upper() + left[1:]  # a region keeps its own capitals
        why = f"{who}: {n[0]} explained rows; {right}: {n[1]}. At least {FEWEST} of each are needed."
        return Cohorts(base(s), left, right, n, (), why)
    found = []
    for i, name in enumerate(s.names):
        a, b = mean(s.values[:, i], s.cases, mine), mean(s.values[:, i], s.cases, theirs)
        d = difference(a, b)
        found.append((name, a[0], b[0], d))
    q = q_values([d.p for *_, d in found])
    told = [Against(n_, a, b, d.value, d.low, d.high, float(x)) for (n_, a, b, d), x in zip(found, q, strict=True)]
    told.sort(key=lambda t: (t.q > 0.05, -abs(t.difference)))
    return Cohorts(base(s), left, right, n, tuple(told))


def _sides(s: Sampled, scope: Scope, pair: Pair, trace: Trace) -> tuple[str, str, np.ndarray, np.ndarray]:
    """Return the names and the rows of two cohorts."""
    at = s.facts["occurred_at"]
    if pair == "weeks":
        last, now = at.iloc[-1], (at > at.iloc[-1] - WEEK).to_numpy()
        before = ((at > last - 2 * WEEK) & ~now).to_numpy()
        return "the last 7 days", "the 7 days before", np.flatnonzero(now), np.flatnonzero(before)
    if pair == "region":
        names = [*s.facts["region"].value_counts().index[:2], "no region", "no other region"][:2]
        rows = [np.flatnonzero((s.facts["region"] == name).to_numpy(dtype=bool)) for name in names]
        return str(names[0]), str(names[1]), rows[0], rows[1]
    events = s.facts["event_id"]
    known = trace.run(*queries.verdicts(scope, list(events))).set_index("event_id")
    truth = events.map(known["is_attack"])
    alarm = s.facts["alarm"].to_numpy(dtype=bool)
    right = np.flatnonzero((truth == True).to_numpy(dtype=bool) & alarm)  # noqa: E712
    wrong = np.flatnonzero((truth == False).to_numpy(dtype=bool) & alarm)  # noqa: E712
    return "false alarms", "right alarms", wrong, right


def changing(s: Sampled) -> Course | None:
    """Return how far each week's importances are from those of the others; None of fewer than two weeks.

    Chance is what is left where cases are dealt out at random to two parts of the same sizes.
    """
    week = s.facts["occurred_at"].dt.to_period("W").dt.start_time
    size = np.abs(s.values)
    group = s.cases if s.cases is not None else np.arange(s.n)
    group = np.where(group < 0, group.max() + 1 + np.arange(s.n), group)
    chance = np.random.default_rng(0)
    rows = []
    for monday in sorted(week.unique()):
        inside = (week == monday).to_numpy()
        if min(inside.sum(), (~inside).sum()) < FEWEST:
            continue
        now, then = size[inside].mean(axis=0), size[~inside].mean(axis=0)
        moved = _moved(now, then)
        drawn = [_moved(*_split(size, group, inside.mean(), chance)) for _ in range(DRAWS)]
        most = int(np.argmax(np.abs(now - then)))
        rows.append(
            (monday, int(inside.sum()), moved, float(np.quantile(drawn, 0.95)), s.names[most], now[most] - then[most])
        )
    found = pd.DataFrame(rows, columns=["week", "n", "moved", "chance", "name", "by"])
    return Course(base(s), found) if len(found) > 1 else None


def _moved(now: np.ndarray, then: np.ndarray) -> float:
    """Return how far importances are apart, of their sum: strong features count for more."""
    return float(np.abs(now - then).sum() / max(then.sum(), 1e-12))


def _split(
    size: np.ndarray, group: np.ndarray, share: float, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the importances of two parts that differ by chance alone: whole cases are dealt out."""
    which = chance.random(int(group.max()) + 1)[group] < share
    if not 0 < which.sum() < len(which):
        return size.mean(axis=0), size.mean(axis=0)
    return size[which].mean(axis=0), size[~which].mean(axis=0)


def trust(reader: Reader, scope: Scope, of: Of, rows: int = 5) -> Measured[Trust | None]:
    """Return the agreement of a handful of the explained rows, spread evenly over the time; takes seconds."""
    from analytics.errors import BadInput, NoData
    from analytics.explanations.measures import check

    trace = Trace(reader)
    s = sampled(reader, scope, of, trace)
    if s is None:
        return Measured(None, trace.provenance(scope))
    found, why = [], ""
    chosen = np.unique(np.linspace(0, s.n - 1, min(rows, s.n)).astype(int))
    for event in s.facts["event_id"].iloc[chosen]:
        try:
            one = check(reader, scope, str(event), str(event)).result
        except (BadInput, NoData) as e:
            why = e.found
            break
        if isinstance(one, Agreement):
            found.append(one)
        else:
            why = one.why
    return Measured(Trust(tuple(found), len(chosen), why), trace.provenance(scope))
