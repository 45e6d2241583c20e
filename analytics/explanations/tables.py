"""What the pictures of explanations draw, as tables. What a model was given stands in columns named as features are."""

from __future__ import annotations

from math import isnan

import pandas as pd

from analytics.explanations.driven import Cohorts, Dependence, Drivers, Trust
from analytics.explanations.results import Explanation
from analytics.explanations.words import literal, plain, short
from analytics.numbers import percent


def usual(e: Explanation) -> pd.DataFrame:
    """Return what a model saw of one detection beside what is usual, what moved the score most first.

    Nothing of a text, and nothing where what is usual is not known.
    """
    seen = sorted((*e.raised, *e.lowered), key=lambda c: -abs(c.value))
    told = [c for c in seen if c.column != "payload" and (c.word or not isnan(c.typical))]
    return pd.DataFrame(
        {
            "Feature": [literal(plain(c.column)) for c in told],
            "Here": [literal(c.word) if c.word else short(c.own) for c in told],
            "Usually": [literal(c.usual_word) if c.word else short(c.typical) for c in told],
            "Mostly between": ["" if c.word else f"{short(c.low)} and {short(c.high)}" for c in told],
        }
    )


def drivers(d: Drivers) -> pd.DataFrame:
    """Return one row a feature or part of a text, with its interval."""
    columns = ["name", "importance", "low", "high", "share", "mean", "direction", "raised", "occurs", "where"]
    return pd.DataFrame([{c: getattr(o, c) for c in columns} for o in d.drivers])


def points(d: Drivers) -> pd.DataFrame:
    """Return single rows: what a feature added, its value, and the rank of that among all, from 0 to 1."""
    return d.points.rename(columns={"value": "f.value", "own": "f.rank"})


def followed(x: Dependence) -> pd.DataFrame:
    """Return single rows: what the feature added, its value, and the rank of the value of the other feature."""
    return x.points.rename(columns={"own": "f.value", "other": "f.other_rank"})


def parts(d: Drivers) -> pd.DataFrame:
    """Return the parts of texts for reading: in how many rows each is, and what it adds there."""
    return pd.DataFrame(
        {
            "Part of the text": [f"“{literal(o.name)}”" for o in d.drivers],
            "In rows": [f"{percent(o.occurs)} %" for o in d.drivers],
            "Adds where it is": [f"{o.where:+.2f}" for o in d.drivers],
            "Moves, on average": [f"{o.importance:.3f}" for o in d.drivers],
            "Interval": [f"{o.low:.3f}–{o.high:.3f}" for o in d.drivers],
        }
    )


def cohorts(c: Cohorts) -> pd.DataFrame:
    """Return one row a feature."""
    columns = ["name", "left", "right", "difference", "low", "high", "q"]
    return pd.DataFrame([{n: getattr(a, n) for n in columns} for a in c.features], columns=columns)


def trust(t: Trust) -> pd.DataFrame:
    """Return one row a detection that was looked at anew."""
    return pd.DataFrame(
        {
            "Compared": [a.n for a in t.found],
            "Rank correlation": ["" if a.rank is None else f"{a.rank:.2f}" for a in t.found],
            "Same direction": [f"{a.same_sign} of {a.n}" for a in t.found],
            "Directions that stayed": ["" if a.held is None else f"{percent(a.held)} %" for a in t.found],
        }
    )
