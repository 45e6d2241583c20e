"""What a click on a picture opens: as many rows as the picture shows there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.detections import measures
from analytics.detections.filters import Filters
from analytics.efficacy import charts, charts_by
from analytics.efficacy import measures as efficacy
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, open_reader
from pages.parts import leads

SCOPE = Scope("dns", "7")


@pytest.fixture
def reader(small_warehouse: Path) -> Reader:
    """A reader of the small warehouse."""
    return open_reader(small_warehouse, local_viewer())


def opened(reader: Reader, address: dict[str, list[str]]) -> int | None:
    """How many detections an address lists."""
    text = "&".join(f"{k}={v}" for k, vs in address.items() for v in vs)
    return measures.count(reader, Scope.from_text(text), Filters.from_text(text)).result.n


def test_every_bar_opens_its_rows(reader: Reader) -> None:
    h = efficacy.histogram(reader, SCOPE).result
    lead, figure = leads.bars(SCOPE, "production"), charts.histogram(h)
    tried = 0
    for curve, trace in enumerate(figure.data[:2]):
        for low, high, n in trace.customdata:
            address = lead({"curve_number": curve, "customdata": {"0": low, "1": high, "2": n}})
            assert address is not None
            assert opened(reader, address) == n, (curve, low, high)
            tried += n > 0
    assert tried > 50
    assert lead({"curve_number": 3, "x": 0, "y": 0}) is None


def test_every_week_opens_its_labelled_rows(reader: Reader) -> None:
    window = Scope("dns", "7", since=datetime(2026, 10, 14, tzinfo=UTC), until=datetime(2026, 11, 20, tzinfo=UTC))
    weeks = efficacy.by_week(reader, window).result
    lead, total = leads.weeks(window, "UTC"), 0
    for week in weeks:
        address = lead({"x": week.start.isoformat(), "y": 0.5, "curve_number": 0})
        assert address is not None
        total += opened(reader, address) or 0
    assert total == efficacy.efficacy(reader, window).result.n_labelled
    assert lead({"x": "2025-01-06", "y": 0, "curve_number": 0}) is None


def test_every_slice_opens_its_labelled_rows(reader: Reader) -> None:
    found = efficacy.by_slice(reader, SCOPE, "region").result
    lead = leads.slices(SCOPE, found)
    assert len(found) == 3
    for i, e in enumerate(found):
        for trace in charts_by.slices(found).data:
            y = [y for y in trace.y if round(y) == i]
            address = lead({"x": 0.5, "y": y[0], "curve_number": 0})
            assert address is not None
            (value,) = e.by.values()
            if "&" not in value:  # the address of a browser is encoded; this one is not
                assert opened(reader, address) == e.n_labelled
    assert lead({"x": 0, "y": 7.0}) is None
