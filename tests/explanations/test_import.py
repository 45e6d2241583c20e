"""Imported explanations: the equation of every import, what is rejected, what a page shows of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.explanations.measures import explain
from analytics.explanations.results import Explanation, NotExplained
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import import_files, open_reader
from analytics.warehouse.report import Report

NONE = Scope("t", "none")
"""A version without a model file; its events are z0, z1, z2 with the texts of t0, t1, t2."""


def line(**said: Any) -> dict[str, Any]:
    """One row of an explanation of z0: 0.5 + 1.5 − 0.25 + 0.25 = 2."""
    own = {"event_id": "z0", "model_id": "t", "model_version": "none", "base_value": 0.5, "output": 2.0}
    return {**own, "method": "kernel SHAP of the vendor", **said}


WHOLE = [
    line(span_start=0, span_end=3, value=1.5),
    line(feature="length", feature_value=6, value=-0.25),
    line(value=0.25),
]


@pytest.fixture
def place(warehouse: Path, tmp_path: Path) -> Path:
    """A copy of the warehouse of small models."""
    return shutil.copytree(warehouse, tmp_path / "warehouse")


def bring(place: Path, lines: list[dict[str, Any]]) -> Report:
    """Import rows; the equation holds whatever they are."""
    path = place.parent / "explanations.csv"
    pd.DataFrame(lines).to_csv(path, index=False)
    report = import_files(place, "explanations", [str(path)])
    assert report.rows_in == report.stored + report.rejected + report.duplicates
    return report


def test_it_is_shown_where_there_is_no_model_file(place: Path) -> None:
    assert bring(place, WHOLE).stored == 3
    e = explain(open_reader(place, local_viewer()), NONE, "z0").result
    assert isinstance(e, Explanation)
    assert (e.base, e.output, e.others, e.method) == (0.5, 2.0, 0.25, "kernel SHAP of the vendor")
    assert e.values[:3] == pytest.approx((0.5, 0.5, 0.5))
    assert sum(e.values) + sum(c.value for c in e.lowered) + e.others + e.base == pytest.approx(e.output)
    assert e.sentence == "Mostly because of “get”; length 6 spoke against it."
    assert e.caveats == (
        "This explanation was imported, not worked out here: no file of t none lies beside the warehouse.",
    )


def test_again_it_is_a_duplicate_and_with_other_values_a_reject(place: Path) -> None:
    bring(place, WHOLE)
    again = bring(place, WHOLE)
    assert (again.stored, again.duplicates, again.snapshot) == (0, 3, None)
    other = bring(place, [line(value=1.5, feature="x")])
    assert (other.stored, other.rejected) == (0, 1)
    assert "never overwritten" in next(iter(other.reasons))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line(event_id="nobody", value=1.5)], "no such detection"),
        ([line(span_start=3, value=1.5)], "one end of the span"),
        ([line(span_start=3, span_end=3, value=1.5)], "ends before it starts"),
        ([line(span_start=1, span_end=3, feature="x", value=1.5)], "beside a span"),
        ([line(feature="x", value=1.0), line(feature="x", value=0.5)], "twice"),
        ([line(feature="x", value=1.0), line(feature="y", value=0.5, output=3.0)], "different ones"),
        ([line(event_id=None, value=1.5)], "event_id is missing"),
        ([line(value="much")], "is not a number"),
    ],
)
def test_what_does_not_fit_is_rejected_with_the_reason(place: Path, lines: list[dict[str, Any]], reason: str) -> None:
    report = bring(place, lines)
    assert report.rejected >= 1
    assert any(reason in r for r in report.reasons), report.reasons


def test_what_does_not_add_up_is_stored_and_never_shown(place: Path) -> None:
    report = bring(place, [line(feature="x", value=1.4)])
    assert (report.stored, len(report.warnings)) == (1, 1)
    shown = explain(open_reader(place, local_viewer()), NONE, "z0").result
    assert isinstance(shown, NotExplained)
    assert "does not add up" in shown.why
    assert "0.1" in shown.why


def test_a_detection_id_finds_the_event_and_parts_of_texts_are_hidden(place: Path) -> None:
    lines = [{k: v for k, v in x.items() if k != "event_id"} | {"detection_id": "z0"} for x in WHOLE]
    assert bring(place, lines).stored == 3
    guest = open_reader(place, Viewer("guest", frozenset({"viewer"}), "local"))
    shown = explain(guest, NONE, "z0").result
    assert isinstance(shown, NotExplained)
    assert "may not see" in shown.why
