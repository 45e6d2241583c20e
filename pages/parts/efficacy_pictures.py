"""The four pictures of Efficacy: on the page as panels, while presenting one a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from analytics.efficacy import (
    charts,
    charts_by,
    cheapest,
    consequences,
    measures,
    tables,
    versions,
    words,
    words_confusion,
    words_weeks,
)
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.results import Week
from analytics.look import dressed
from analytics.numbers import exactly
from analytics.results import Provenance
from pages.parts.cache import View


class Picture(NamedTuple):
    """What ``panel.show`` takes."""

    key: str
    finding: str
    note: str
    picture: Figure | str
    seen: Provenance
    data: pd.DataFrame


def drawn(make: Callable[..., Picture], view: View, asked: float | None, *assumed: Assumptions) -> Picture:
    """Return a picture in the look of the viewer's theme, drawn once and kept with the reader.

    Parameters
    ----------
    make
        One of the functions below.
    view, asked, assumed
        What it is drawn of, and what else it takes.
    """
    theme = st.context.theme.type

    def work() -> Picture:
        picture = make(view, asked, *assumed)
        if isinstance(picture.picture, Figure):
            dressed(picture.picture, theme)
        return picture

    scope = replace(view.scope, snapshot=None).to_text()
    key = (
        "picture",
        str(getattr(make, "__qualname__", make)),
        scope,
        asked,
        assumed,
        theme,
        exactly(),
        view.reader.snapshot.log_position,
    )
    return view.reader.kept.get(key, work, lambda p: len(p.data) + 100)


def scores(view: View, asked: float | None, assumed: Assumptions) -> Picture:
    """Return the score histogram by label, with the threshold and the cheapest one."""
    e, found = view.measure(measures.efficacy, asked).result, view.measure(measures.histogram, asked)
    h = found.result
    picture: Figure | str = "Nothing in this selection was scored."
    if len(h.bins):
        best = view.measure(cheapest.optimum, assumed).result
        served = view.measure(consequences.ladder).result.in_force
        own = "threshold" if asked is not None and asked != served else threshold_name(view)
        picture = charts.histogram(h, own=own, cheapest=best.threshold)
    drawn_so = "Rows by score; tall bars are drawn shorter (by square roots)."
    note = " ".join(filter(None, (drawn_so, words.chosen_rows(e), words.unscored(h))))
    return Picture("scores", words.scores(h, e), note, picture, found.provenance, h.bins)


def threshold_name(view: View) -> str:
    """Return what the threshold that the version in view has is called."""
    return versions.threshold_name(view.ask(measures.versions).result, view.scope)


def confusion(view: View, asked: float | None, assumed: Assumptions) -> Picture:
    """Return what alarms and passes turned out to be, by the estimates of the tiles."""
    found = view.measure(measures.efficacy, asked)
    e = found.result
    picture: Figure | str = words_confusion.nothing(e)
    data = tables.confusion(e.confusion)
    if not picture and e.threshold is not None:
        now = view.measure(consequences.consequences, e.threshold, assumed).result
        picture, data = charts.confusion(words_confusion.cells(e, now)), tables.confusion(e.confusion, now)
    return Picture("confusion", words_confusion.finding(e), words_confusion.NOTE, picture, found.provenance, data)


def precision_recall(view: View, asked: float | None) -> Picture:
    """Return the precision–recall curve with the operating point."""
    e, found = view.measure(measures.efficacy, asked).result, view.measure(measures.curves, asked)
    c = found.result
    picture = charts.precision_recall(c) if len(c.pr) else c.why
    note = "Every threshold; the point is the one above, its bars are the intervals."
    return Picture("precision-recall", words.precision_recall(e, c), note, picture, found.provenance, c.pr)


def roc(view: View, asked: float | None) -> Picture:
    """Return the ROC curve with the operating point."""
    e, found = view.measure(measures.efficacy, asked).result, view.measure(measures.curves, asked)
    c = found.result
    picture = charts.roc(c) if len(c.roc) else c.why
    return Picture(
        "roc", words.roc(e, c), f"Every threshold, {words.BASIS[c.basis]}.", picture, found.provenance, c.roc
    )


def weeks(view: View, asked: float | None) -> Picture:
    """Return attacks caught and right alarms by week; the challenger's dashed, at its own threshold."""
    found, other = view.measure(measures.by_week, asked), _challenger(view)
    w, seen, data = found.result, found.provenance, tables.weeks(found.result)
    note = "Each week from Monday with its interval; hatched: a week that is not whole. No figure: a gap."
    theirs: list[Week] = []
    if other is not None:
        beside = view.ask(measures.by_week, replace(view.scope, version=other))
        theirs = beside.result
        seen = replace(seen, queries=seen.queries + beside.provenance.queries, ms=seen.ms + beside.provenance.ms)
        both = (data.assign(version=view.scope.version), tables.weeks(theirs).assign(version=other))
        data = pd.concat(both, ignore_index=True)
        note += f" Dashed: the candidate {other} at its own threshold, its intervals not drawn."
    trained = _trained(view)
    if trained is not None:
        note += f" Trained on what happened until {trained.day} {trained:%b %Y}."
    picture = words_weeks.no_weeks(w) or charts_by.weeks(w, theirs, trained=trained)
    return Picture("weeks", words_weeks.weeks(w), note, picture, seen, data)


def _trained(view: View) -> date | None:
    """The day of the newest event that the version in view was trained on, in the business zone; None if unknown."""
    rows = view.ask(measures.versions).result
    mine = rows[(rows["model_id"] == view.scope.model) & (rows["model_version"] == view.scope.version)]
    until = mine["trained_until"].dropna()
    return until.iloc[0].tz_localize("UTC").tz_convert(view.reader.snapshot.zone).date() if len(until) else None


def _challenger(view: View) -> str | None:
    """The version that is drawn beside the one in view."""
    rows = view.ask(measures.versions).result.to_dict("records")
    found = versions.challenger([r for r in rows if r["model_id"] == view.scope.model], view.scope.version)
    return None if found is None else str(found["model_version"])
