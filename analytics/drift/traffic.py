"""What came and what was made of it: decisions, reasons for no score, verdicts of alarms, days and hours with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.drift import distance, queries, silence, windows
from analytics.drift.mixes import CHECKED, Gap, GapKind, Mix, Part, Traffic
from analytics.results import FEW, Estimate, Measured
from analytics.scope import Scope
from analytics.stats.clusters import quantile, spread_of_mean
from analytics.stats.intervals import ratio
from analytics.warehouse.bins import UNSCORED
from analytics.warehouse.reader import Reader
from analytics.warehouse.selection import cut
from analytics.warehouse.trace import Trace
from analytics.warehouse.volume import volume

UNTOLD = "not told"
"""Name of the part whose value nobody stored."""
ALARMS = ("alert", "challenge", "block")
PARTLY = 0.05
"""Unchecked share of a day, above that of the middle day, from which it is a gap."""
NEVER = 0.001
"""Chance of as many unjudged alarms in a row, below which nobody judged."""
_USUAL = 0.8
_ARRIVING = 0.2
"""A window is arriving where more than this share of it lies within the delay that ``_USUAL`` of the labels have."""


def traffic(reader: Reader, reference: Scope, current: Scope) -> Measured[Traffic]:
    """Return the mix of decisions, the unscored events by reason, and the days and hours with gaps.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    reference, current
        As for ``measures.drift``; the running day is left out.
    """
    trace = Trace(reader)
    reference, current = (windows.whole(reader, s) for s in (reference, current))
    forever = replace(current, since=None, until=None)
    every = _daily(reader, forever, trace)
    then, now = (_part(reader, s, every, trace) for s in (reference, current))
    running = windows.running(reader)
    every = every[every["day"] != np.datetime64(running)] if running else every
    columns = _columns(trace)
    judged = trace.run(*queries.judged_days(forever, reader.snapshot.zone, columns))
    last = windows.last_day(reader)
    hours, no_hours = silence.hours(reader, forever, trace)
    gaps = [*_silent(every, last), *hours, *_unjudged(every, judged)]
    sides = [windows.days(s, reader.snapshot.zone) for s in (reference, current)]
    found = Traffic(
        _mix(then, now, "decision", "No event of one of the two windows is counted."),
        _mix(then, now, "checked", "No event of one of the two windows is counted."),
        tuple(sorted((_placed(g, *sides) for g in gaps), key=lambda g: (g.first, g.kind))),
        no_hours,
    )
    return Measured(found, trace.provenance(current))


def _part(reader: Reader, scope: Scope, every: pd.DataFrame, trace: Trace) -> pd.DataFrame:
    """Return the days of a scope, of those of all the data where it consists of whole ones."""
    window = cut(scope.since, scope.until, reader.snapshot.zone)
    if window.edges:
        return _daily(reader, scope, trace)
    keep = pd.Series(True, index=every.index)
    if window.first_day:
        keep &= every["day"] >= pd.Timestamp(window.first_day)
    if window.end_day:
        keep &= every["day"] < pd.Timestamp(window.end_day)
    return every[keep]


def _daily(reader: Reader, scope: Scope, trace: Trace) -> pd.DataFrame:
    """Return events by day, decision and whether they have a score: day, decision, checked, rows, events."""
    cells = volume(reader, scope, trace.run, by="day")
    scored, reason = cells["score_bin"] != UNSCORED, cells["unscored_reason"].replace("", UNTOLD)
    return pd.DataFrame(
        {
            "day": cells["by"].to_numpy(dtype="datetime64[D]"),
            "decision": cells["decision"].replace("", UNTOLD),
            "checked": reason.where(~scored, CHECKED),
            "rows": cells["n"].where(cells["n"] > 0, cells["represented"]).astype(float),
            "events": cells["represented"].astype(float),
        }
    )


def _mix(then: pd.DataFrame, now: pd.DataFrame, by: str, why: str) -> Mix:
    """Return a mix of volumes; its intervals come from how days differ."""
    if not then["events"].sum() or not now["events"].sum():
        return Mix((), None, None, why=why)
    names = sorted({*then[by], *now[by]})
    days = [_days(side, by, names) for side in (then, now)]
    shares = [[_by_days(d, i) for i in range(len(names))] for d in days]
    return _compared(names, shares, days)


def _compared(names: list[str], shares: list[list[Estimate]], days: list[distance.Days], **more: Any) -> Mix:
    """Return a mix with what chance makes of it."""
    then, now = days
    rows = int(then.rows.sum()), int(now.rows.sum())
    value = distance.psi(then.events.sum(axis=0), now.events.sum(axis=0), rows)
    # The same draws at every call: a figure does not change by being looked at.
    limit = distance.psi_by_chance(then, now.dates, np.random.default_rng(0))
    each = distance.shares_by_chance(then, now.dates, np.random.default_rng(0))
    limits = [None] * len(names) if each is None else each.tolist()
    parts = [Part(n, r, c, x) for n, r, c, x in zip(names, *shares, limits, strict=True)]
    parts.sort(key=lambda p: -max(p.reference.value or 0.0, p.current.value or 0.0))
    return Mix(tuple(parts), value, limit, **more)


def _days(rows: pd.DataFrame, by: str, names: list[str]) -> distance.Days:
    grid = rows.pivot_table(index="day", columns=by, values="events", aggfunc="sum", fill_value=0.0)
    n = rows.groupby("day")["rows"].sum()
    events = grid.reindex(columns=names, fill_value=0.0).to_numpy(dtype=float)
    return distance.Days(grid.index.to_numpy(dtype="datetime64[D]"), n.to_numpy(dtype=float), events)


def _by_days(days: distance.Days, i: int) -> Estimate:
    """Return one part's share of all events, with the interval that days like these allow (Student's t over days)."""
    total, mine = days.events.sum(axis=1), days.events[:, i]
    some = total > 0
    share = float(mine.sum() / total.sum())
    low = high = None
    if some.sum() > 1:
        z = mine[some] / total[some] - share
        reach = quantile(0.95, int(some.sum()) - 1) * spread_of_mean(z, total[some], None, 0).variance ** 0.5
        low, high = max(share - reach, 0.0), min(share + reach, 1.0)
    return Estimate(
        share, low, high, int(days.rows.sum()), n_cases=int(some.sum()), represents=float(total.sum()),
        method="share of all events, days as cases", why="" if low is not None else "One day tells no interval.",
    )  # fmt: skip


def judged(reader: Reader, reference: Scope, current: Scope) -> Measured[Mix]:
    """Return the mix of verdicts among the alarms that people judged; its intervals count cases.

    Parameters
    ----------
    reader, reference, current
        As for ``traffic``.
    """
    trace = Trace(reader)
    reference, current = (windows.whole(reader, s) for s in (reference, current))
    zone, columns = reader.snapshot.zone, _columns(trace)
    then, now = (trace.run(*queries.judged_alarms(s, zone, columns)) for s in (reference, current))
    coverage = _covered(then, _daily(reader, reference, trace)), _covered(now, _daily(reader, current, trace))
    late = _late(reader, current, then if len(then) else now)
    if then.empty or now.empty:
        side = "window" if len(then) else "reference"
        why = f"No alarm of the {side} has been judged" + (" yet: labels are still arriving." if late else ".")
        return Measured(Mix((), None, None, coverage, late, why), trace.provenance(current))
    names = sorted({*then["verdict"], *now["verdict"]})
    shares = [[_by_cases(side, n) for n in names] for side in (then, now)]
    days = [_days(side.assign(rows=1.0, events=side["weight"]), "verdict", names) for side in (then, now)]
    found = _compared(names, shares, days, coverage=coverage, arriving=late)
    return Measured(found, trace.provenance(current))


def _columns(trace: Trace) -> set[str]:
    return set(trace.run(queries.LABELLED_COLUMNS, {})["column_name"])


def _by_cases(rows: pd.DataFrame, verdict: str) -> Estimate:
    hit = (rows["verdict"] == verdict).to_numpy()
    case = rows["case_no"].fillna(-1).to_numpy(dtype=np.int64)
    x = ratio(hit, np.ones(len(hit), dtype=bool), rows["weight"].to_numpy(dtype=float), case)
    quality = "few" if x.n_cases < FEW else "ok"
    return Estimate(
        x.value, x.low, x.high, x.n, n_cases=x.n_cases, n_effective=x.n_effective,
        represents=float(rows["weight"].sum()), method=x.method, basis="alarms", quality=quality,
    )  # fmt: skip


def _covered(rows: pd.DataFrame, daily: pd.DataFrame) -> float | None:
    """Return the judged share of the alarms; None where there are none, or decisions are not stored."""
    alarms = daily.loc[daily["decision"].isin(ALARMS), "events"].sum()
    return min(float(rows["weight"].sum() / alarms), 1.0) if alarms else None


def _late(reader: Reader, scope: Scope, rows: pd.DataFrame) -> bool:
    """Tell whether more than a fifth of a window lies within the usual delay of its labels."""
    now = reader.snapshot.data_until
    if now is None or scope.since is None or rows.empty:
        return False
    delay = timedelta(seconds=float(rows["delay_s"].quantile(_USUAL)))
    end: datetime = min(scope.until, now) if scope.until else now
    return end - max(now - delay, scope.since) > _ARRIVING * (end - scope.since)


def _dated(days: pd.Series) -> NDArray[np.datetime64]:
    return days.to_numpy(dtype="datetime64[D]")


def _silent(every: pd.DataFrame, last: date | None) -> Iterator[Gap]:
    """Yield days up to the last one of all data without events, without scores, or with far more unchecked events."""
    if every.empty:
        return
    dates = _dated(every["day"])
    end = max(dates.max(), np.datetime64(last)) if last else dates.max()
    days = np.arange(dates.min(), end + 1)
    at = np.searchsorted(days, dates)
    events = np.bincount(at, every["events"], len(days))
    unscored = np.bincount(at, every["events"] * (every["checked"] != CHECKED), len(days))
    share = np.divide(unscored, events, out=np.zeros(len(days)), where=events > 0)
    usual = float(np.median(share[events > 0]))
    none = share >= 1
    partly = ~none & (share > usual + PARTLY)
    kinds: tuple[tuple[GapKind, NDArray[np.bool_]], ...] = (
        ("nothing came", events == 0), ("nothing scored", none), ("partly unchecked", partly)
    )  # fmt: skip
    for kind, mask in kinds:
        for a, b in silence.runs(mask):
            part = 1.0 if kind != "partly unchecked" else float(unscored[a:b].sum() / events[a:b].sum())
            yield Gap(kind, days[a].item(), days[b - 1].item(), part, "")


def _unjudged(every: pd.DataFrame, judged: pd.DataFrame) -> Iterator[Gap]:
    """Yield days whose alarms nobody judged, although others before and after them were."""
    alarms = every[every["decision"].isin(ALARMS)].groupby("day")["rows"].sum()
    if judged.empty or alarms.empty:
        return
    done = judged.set_index(pd.Index(_dated(judged["day"])))["n"].reindex(alarms.index.to_numpy("datetime64[D]"))
    n, k = alarms.to_numpy(dtype=float), done.fillna(0).to_numpy(dtype=float)
    known = np.flatnonzero(k)
    if not len(known):
        return
    between = slice(known[0], known[-1] + 1)
    usual = min(float(k[between].sum() / n[between].sum()), 0.999)
    never = np.log(NEVER)
    mask = (k == 0) & (n * np.log1p(-usual) < never)
    mask[: known[0]] = mask[known[-1] :] = False  # before the first and after the last label nothing is a gap
    days = alarms.index.to_numpy("datetime64[D]")
    for a, b in silence.runs(mask):
        yield Gap("not judged", days[a].item(), days[b - 1].item(), 1.0, "")


def _placed(gap: Gap, then: tuple[date, date], now: tuple[date, date]) -> Gap:
    def within(days: tuple[date, date]) -> bool:
        return gap.first <= days[1] and gap.last >= days[0]

    return replace(gap, inside="window" if within(now) else "reference" if within(then) else "")
