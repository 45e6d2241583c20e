"""The small pictures hold our own drawing and digits, nothing else; the large one shades what it speaks of."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.look import ATTACK, INK
from analytics.overview import charts
from analytics.overview.results import Happening
from analytics.results import Estimate
from analytics.scope import Scope

ATTRIBUTES = {
    "svg": {"viewBox", "width", "height"},
    "polyline": {"points", "fill", "stroke", "stroke-width", "stroke-linejoin"},
    "circle": {"cx", "cy", "r", "fill"},
    "line": {"x1", "y1", "x2", "y2", "stroke", "stroke-width", "stroke-opacity"},
}
WORDS = {"none", "round", INK}
NUMBERS = re.compile(r"[-0-9., ]+")


def drawn(svg: str) -> ElementTree.Element:
    """The picture, if it holds nothing but known elements, known words and digits."""
    root = ElementTree.fromstring(svg)  # noqa: S314 our own picture
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert not (element.text or "").strip()
        assert not (element.tail or "").strip()
        for value in element.attrib.values():
            assert value in WORDS or NUMBERS.fullmatch(value)
    return root


@given(st.lists(st.floats(0, 1e300), max_size=100))
def test_a_line_of_any_values_is_digits_inside_the_picture(values: list[float]) -> None:
    root = drawn(charts.spark(np.array(values)))
    for line in root.iter("polyline"):
        points = [tuple(map(float, p.split(","))) for p in str(line.get("points")).split()]
        assert len(points) == len(values)
        assert all(0 <= x <= charts.WIDTH and 0 <= y <= charts.HEIGHT for x, y in points)


def test_the_line_starts_at_zero_and_is_not_drawn_where_there_is_none() -> None:
    (line,) = drawn(charts.spark(np.array([0, 10, 5]))).iter("polyline")
    assert [p.split(",")[1] for p in str(line.get("points")).split()] == ["19.0", "3.0", "11.0"]
    for values in ([], [5], [0, 0]):
        assert not list(drawn(charts.spark(np.array(values))))


@given(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted), st.booleans())
def test_a_whisker_of_any_interval_is_digits_inside_the_picture(ends: list[float], known: bool) -> None:
    low, value, high = ends
    root = drawn(charts.whisker(Estimate(value if known else None, low, high, 5)))
    assert len(list(root.iter("circle"))) == known
    _, bar = root.iter("line")
    assert 0 <= float(str(bar.get("x1"))) < float(str(bar.get("x2"))) <= charts.WIDTH


def test_without_an_interval_there_is_only_the_scale() -> None:
    assert [e.tag for e in drawn(charts.whisker(Estimate(None, None, None, 0)))] == ["line"]


def made(start: datetime, n: int, storm: slice, **more: Any) -> Happening:
    """A storm in some of n hours from a start; its names are hostile."""
    hour = pd.date_range(start.replace(tzinfo=None), periods=n, freq="h")
    value = np.full(n, 1000.0)
    value[storm] = 12_000
    given: dict[str, Any] = {
        "kind": "storm", "service": "<b>x</b> $x$ %{y}", "scope": Scope(), "ongoing": False,
        "start": start + timedelta(hours=storm.start), "end": start + timedelta(hours=storm.stop),
        "regions": ("<i>r</i>",), "peak": 12, "events": 3, "usual": 1, "reason": "<script>", "disturbed": None,
        "hours": pd.DataFrame({"hour": hour, "value": value, "usual": 1000.0}), "counted": "alarms",
    }  # fmt: skip
    return Happening(**(given | more))


def test_the_storm_is_coloured_in_the_business_zone_and_no_text_of_the_data_is_drawn() -> None:
    figure = charts.happening(made(datetime(2026, 11, 1, tzinfo=UTC), 48, slice(20, 23)), "Asia/Kolkata")
    bars, line = figure.data
    assert [i for i, c in enumerate(bars.marker.color) if c == ATTACK] == [20, 21, 22]
    assert pd.Timestamp(bars.x[0]) == pd.Timestamp("2026-11-01 05:30")
    assert list(bars.customdata[20]) == ["12,000", "1,000"]
    assert "%{customdata[0]} alarms, usual %{customdata[1]}" in bars.hovertemplate
    assert [a.text for a in figure.layout.annotations] == ["usual"]
    text = str(figure.to_dict())
    assert not any(bad in text for bad in ("<b>", "<i>", "$x$", "%{y}", "script"))
    assert line.y[0] == 1000


@pytest.mark.parametrize("first", [0, 1, 2])
def test_only_the_storm_is_coloured_in_the_hour_that_comes_twice(first: int) -> None:
    """On 25 October 02:00 comes twice in Berlin, at midnight and at one o'clock UTC."""
    storm = slice(first, first + 1)
    figure = charts.happening(made(datetime(2026, 10, 25, tzinfo=UTC), 4, storm), "Europe/Berlin")
    assert [i for i, c in enumerate(figure.data[0].marker.color) if c == ATTACK] == [first]


def test_days_are_drawn_as_days_of_the_business_zone() -> None:
    """Berlin's midnights; the clocks go back on 25 October."""
    midnights = pd.date_range("2026-10-20", periods=10, freq="D", tz="Europe/Berlin")
    days = pd.DataFrame({"hour": midnights.tz_convert(UTC).tz_localize(None), "value": range(10), "usual": 3.0})
    start, end = midnights[4].to_pydatetime(), midnights[7].to_pydatetime()
    h = replace(made(start, 4, slice(1, 2), kind="slice", hours=days), start=start, end=end)
    bars = charts.happening(h, "Europe/Berlin").data[0]
    assert [i for i, c in enumerate(bars.marker.color) if c == ATTACK] == [4, 5, 6]
    assert [pd.Timestamp(x) for x in bars.x] == [m.tz_localize(None) for m in midnights]
    assert 20 * 3.6e6 < bars.width < 24 * 3.6e6
    assert "%H" not in bars.hovertemplate


def test_nothing_around_is_nothing_drawn() -> None:
    nothing = pd.DataFrame({"hour": pd.Series(dtype="datetime64[us]"), "value": [], "usual": []})
    h = made(datetime(2026, 11, 1, tzinfo=UTC), 4, slice(1, 2), hours=nothing)
    assert not charts.happening(h, "UTC").layout.annotations
