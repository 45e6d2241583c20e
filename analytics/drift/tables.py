"""Drift as tables: what *Inspect* gives to download."""

from __future__ import annotations

import pandas as pd

from analytics.drift.mixes import Mix, News, Traffic
from analytics.drift.results import Course, Distribution, Drift
from analytics.drift.words import name
from analytics.drift.words_mix import VERDICTS, called, when
from analytics.numbers import percent


def columns(d: Drift) -> pd.DataFrame:
    """Return one row a column, in the order of ``ranked``: impact, distances, chance, what is missing or unseen."""
    return pd.DataFrame(
        {
            "column": c.column,
            "change": "within chance" if c.beyond_chance is False else c.effect,
            "impact": d.impact(c),
            "share of what drives the score": d.weights.shares.get(c.column) if d.weights else None,
            "population stability index": c.psi.value,
            "by chance below": c.psi_by_chance,
            "beyond chance": c.beyond_chance,
            "Jensen-Shannon distance": c.jensen_shannon,
            "Wasserstein distance (widths of the middle 80 %)": c.wasserstein,
            "Kolmogorov-Smirnov at least": c.ks.low if c.ks else None,
            "Kolmogorov-Smirnov at most": c.ks.high if c.ks else None,
            "missing then": c.reference.missing,
            "missing now": c.current.missing,
            "unseen": c.unseen,
            "rows then": c.reference.rows,
            "rows now": c.current.rows,
        }
        for c in d.ranked()
    )


def bins(c: Distribution) -> pd.DataFrame:
    """Return one row a bin of the population stability index: its ends or its value, events then and now."""
    return pd.DataFrame(c.to_record()["bins"])


def days(c: Course) -> pd.DataFrame:
    """Return one row a day."""
    return pd.DataFrame(
        {"day": d.date, "rows": d.rows, "population stability index": d.psi, "part of": d.inside} for d in c.days
    )


def shown(d: Drift) -> pd.DataFrame:
    """Return the columns as a page shows them: figures as text, nothing where nothing can be said."""
    return pd.DataFrame(
        {
            "column": name(c.column),
            "change": "within chance" if c.beyond_chance is False else (c.effect or ""),
            "impact": _figure(d.impact(c)),
            "drives the score (%)": _share(d.weights.shares.get(c.column) if d.weights else None),
            "index (PSI)": _figure(c.psi.value),
            "by chance below": _figure(c.psi_by_chance),
            "Jensen–Shannon": _figure(c.jensen_shannon),
            "moved by (Wasserstein)": _figure(c.wasserstein),
            "largest gap (KS)": f"{c.ks.low:.3f}–{c.ks.high:.3f}" if c.ks and c.ks.low is not None else "",
            "missing then (%)": _share(c.reference.missing),
            "missing now (%)": _share(c.current.missing),
            "unseen now (%)": _share(c.unseen),
        }
        for c in d.ranked()
    )


def mix(m: Mix) -> pd.DataFrame:
    """Return one row a part: shares then and now with their intervals, the change and what chance makes of it."""
    return pd.DataFrame(
        {
            "what": VERDICTS.get(p.name) or called(p.name),
            **{
                f"{side} ({what})": x
                for side, e in (("then", p.reference), ("now", p.current))
                for what, x in (("%", _share(e.value)), ("interval", _span(e.low, e.high)))
            },
            "change (points)": "" if p.change is None else f"{100 * p.change:+.3g}",
            "by chance below": "" if p.by_chance is None else f"{100 * p.by_chance:.3g}",
            "rows then": p.reference.n,
            "rows now": p.current.n,
            "cases then": p.reference.n_cases,
            "cases now": p.current.n_cases,
        }
        for p in m.parts
    )


def gaps(t: Traffic) -> pd.DataFrame:
    """Return one row a gap."""
    return pd.DataFrame(
        {
            "when": when(g),
            "what": g.kind,
            "missing (%)": _share(g.share),
            "part of": g.inside or "neither",
        }
        for g in t.gaps
    )


def news(n: News) -> pd.DataFrame:
    """Return one row a new value."""
    return pd.DataFrame(
        {"column": name(x.column), "value": x.value, "events": x.events, "share (%)": _share(x.share)} for x in n.found
    )


def _figure(x: float | None) -> str:
    return "" if x is None else f"{x:.3f}"


def _share(x: float | None) -> str:
    return "" if x is None else percent(x, 1 if x in (0, 1) or 0.0009 <= x <= 0.9991 else 3)


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_share(low)}–{_share(high)}"
