"""What the pictures of Efficacy are made of, without a page around them."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from plotly.graph_objects import Figure

from analytics.efficacy import cheapest, measures, revised
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.cheapest import Optimum
from analytics.results import Measured
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, open_reader
from pages.parts import efficacy_pictures as pictures
from pages.parts import panel
from pages.parts.cache import View


@pytest.fixture
def view(small_warehouse: Path) -> View:
    """The champion of the small warehouse, all data."""
    return View(open_reader(small_warehouse, local_viewer()), Scope("dns", "7"), small_warehouse)


def test_the_weekly_picture_of_the_champion_has_its_challenger_dashed(view: View) -> None:
    p = pictures.weeks(view, 0.4)
    assert isinstance(p.picture, Figure)
    dashed = {t.name: t for t in p.picture.data if t.line.dash == "dash"}
    assert list(dashed) == ["right alarms, candidate"]  # its labels are of alarms alone: no recall
    theirs = measures.by_week(view.reader, Scope("dns", "8")).result  # at its threshold in force, not the one asked
    assert list(dashed["right alarms, candidate"].y) == [w.estimates["precision"].value for w in theirs]
    assert "Dashed: the candidate 8 at its own threshold" in p.note
    assert pd.unique(p.data["version"]).tolist() == ["7", "8"]
    versions = {values.get("version") for _, values in p.seen.queries}
    assert {"7", "8"} <= versions


def test_the_weekly_picture_of_a_challenger_stands_alone(view: View) -> None:
    p = pictures.weeks(View(view.reader, Scope("dns", "8"), view.directory), None)
    assert isinstance(p.picture, Figure)
    assert [t.name for t in p.picture.data if t.line.dash] == []
    assert "Dashed" not in p.note


def test_then_is_the_day_that_differs_most_from_now_unless_one_is_chosen(sample_visitors: Any) -> None:
    reader = open_reader(sample_visitors.warehouse, local_viewer())
    most = revised.differing(reader, Scope("dns", "forest-6")).result
    app = sample_visitors.visit("efficacy", {"model": "dns", "version": "forest-6", "window": "all"}, ["known"])
    assert most is not None and app.date_input(key="then").value == most
    shown = "\n".join(sample_visitors.seen(app))
    assert " as known then, " in shown and "then and now differ most on this one" in shown
    app.date_input(key="then").set_value(most - timedelta(days=1)).run()
    assert "differ most" not in "\n".join(sample_visitors.seen(app))


COSTS = Assumptions(minutes_per_case=6, cost_missed=100, cost_false_alarm=2, cost_hour=50)


def test_the_cheapest_threshold_is_marked_and_asks_nothing_anew_when_the_slider_moves(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Assumptions] = []
    real = cheapest.optimum

    def counting(reader: Reader, scope: Scope, assumed: Assumptions) -> Measured[Optimum]:
        asked.append(assumed)
        return real(reader, scope, assumed)

    monkeypatch.setattr(cheapest, "optimum", functools.wraps(real)(counting))
    best = real(view.reader, view.scope, COSTS).result.threshold
    assert best is not None
    for threshold in (None, 0.3, 0.4):
        figure = pictures.scores(view, threshold, COSTS).picture
        assert isinstance(figure, Figure)
        assert best in {s.x0 for s in figure.layout.shapes}
        names = [a.text.split(" 0.")[0] for a in figure.layout.annotations]
        assert "cheapest" in names
        assert ("threshold" if threshold else "in force") in names
    assert len(asked) == 1
    free = pictures.scores(view, None, Assumptions()).picture  # nobody has said what mistakes cost
    assert isinstance(free, Figure)
    assert "cheapest" not in [a.text for a in free.layout.annotations]


def test_a_picture_of_other_costs_is_drawn_anew(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures.st, "context", SimpleNamespace(theme=SimpleNamespace(type="light")))
    first, other = (pictures.drawn(pictures.scores, view, None, a) for a in (COSTS, Assumptions()))
    assert first is not other
    assert pictures.drawn(pictures.scores, view, None, COSTS) is first


def test_a_figure_is_drawn_once_by_theme(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []

    def draw() -> Figure:
        drawn.append(Figure())
        return drawn[-1]

    theme = SimpleNamespace(type="light")
    monkeypatch.setattr(panel.st, "context", SimpleNamespace(theme=theme))
    light = panel.kept(view, ("storm", "a"), draw)
    assert panel.kept(view, ("storm", "a"), draw) is light is drawn[0]
    theme.type = "dark"
    dark = panel.kept(view, ("storm", "a"), draw)
    assert (light.layout.meta, dark.layout.meta, len(drawn)) == ("light", "dark", 2)
    assert panel.kept(view, ("storm", "b"), draw) is drawn[2]
