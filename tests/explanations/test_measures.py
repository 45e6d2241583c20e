"""Explanations of stored detections: against scikit-learn and pandas, and the reasons where there is none."""

from __future__ import annotations

import json
import shutil
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import numbers
from analytics.errors import BadInput, NoData
from analytics.explanations import measures, words
from analytics.explanations.asking import LEAST
from analytics.explanations.measures import explain
from analytics.explanations.results import Explanation, NotExplained
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, open_reader

TEXT, NUMBERS = Scope("t", "linear"), Scope("n", "network")


def told(reader: Reader, scope: Scope, detection: str, event: str | None = None) -> Explanation:
    """The explanation of a detection."""
    found = explain(reader, scope, detection, event).result
    assert isinstance(found, Explanation), found
    return found


def why(reader: Reader, scope: Scope, detection: str) -> str:
    """The reason why there is none."""
    found = explain(reader, scope, detection).result
    assert isinstance(found, NotExplained), found
    return found.why


def total(e: Explanation) -> float:
    """What the parts add up to."""
    return e.base + sum(c.value for c in (*e.raised, *e.lowered)) + e.others + e.rest


def rows(frame: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """The detections of a version."""
    return frame[(frame["model_id"] == scope.model) & (frame["model_version"] == scope.version)].set_index("event_id")


def test_a_linear_model_of_texts_by_hand(
    reader: Reader, frame: pd.DataFrame, models: dict[str, Any], known_attack: str
) -> None:
    """Fewer than 200 ordinary rows: all of them are the background, and pandas says which."""
    mine = rows(frame, TEXT)
    usual = mine[(mine["decision"] == "allow") & (mine.index != known_attack)]
    assert mine.loc[known_attack, "decision"] == "allow"
    model = models["linear"][0]
    for event in ("t14", "t100", "t0"):
        e = told(reader, TEXT, f"{event}/linear")
        np.testing.assert_allclose(e.base, model.decision_function(usual["payload"].tolist()).mean(), atol=1e-9)
        np.testing.assert_allclose(e.output, model.decision_function([mine.loc[event, "payload"]])[0], atol=1e-9)
        np.testing.assert_allclose(total(e), e.output, atol=1e-6)
        assert e.background.n == e.n_background == len(usual)
        assert e.background.since == usual["occurred_at"].min().tz_localize("UTC")
        assert (e.score, e.stored_score) == pytest.approx((mine.loc[event, "score"],) * 2, abs=1e-9)
        gram = (*e.raised, *e.lowered)[0]
        there = usual["payload"].str.lower().str.contains(gram.name, regex=False)  # no runs of spaces in them
        assert gram.typical == pytest.approx(there.mean())
        assert gram.own == mine.loc[event, "payload"].lower().count(gram.name)


def test_marks_add_up_to_all_n_grams_even_in_hostile_text(reader: Reader, frame: pd.DataFrame) -> None:
    payload = rows(frame, TEXT).loc["t100", "payload"]
    for version in ("linear", "network"):
        e = told(reader, Scope("t", version), f"t100/{version}")
        assert len(e.values) == len(payload)
        grams = sum(c.value for c in (*e.raised, *e.lowered)) + e.others
        np.testing.assert_allclose(sum(e.values), grams, atol=1e-9)
        np.testing.assert_allclose(sum(m.value for m in e.marks), grams, atol=1e-9)
        assert "\u202e" not in e.sentence
        assert "\t" not in e.sentence
        assert all(p.name in payload for p in e.pieces)


def test_numbers_are_beside_what_is_usual(reader: Reader, frame: pd.DataFrame) -> None:
    mine = rows(frame, NUMBERS)
    usual = mine[mine["decision"] == "allow"]
    e = told(reader, NUMBERS, "n7/network")
    assert {c.name for c in (*e.raised, *e.lowered)} <= {f"log({n} + 0.001)" for n in ("size", "peers", "rate", "age")}
    for c in (*e.raised, *e.lowered):
        assert c.own == pytest.approx(mine.loc["n7", c.column])
        assert (c.low, c.typical, c.high) == pytest.approx(tuple(usual[c.column].quantile([0.05, 0.5, 0.95])))
    np.testing.assert_allclose(total(e), e.output, atol=1e-6)
    assert (e.values, e.marks, e.pieces, e.rest, e.others) == ((), (), (), 0, 0)
    assert (e.threshold, e.threshold_output) == (0.5, 0)


@pytest.mark.parametrize("version", ["boosting", "isolation"])
def test_trees_of_stored_rows(reader: Reader, version: str) -> None:
    pytest.importorskip("shap")
    e = told(reader, Scope("n", version), f"n7/{version}")
    np.testing.assert_allclose(total(e), e.output, atol=1e-6)
    assert e.n_background == 0
    assert e.background.n > LEAST
    above = e.threshold_output is not None and e.output >= e.threshold_output
    assert above == ((e.score or 0) >= 0.5)


def test_it_is_the_same_every_time_and_says_where_it_comes_from(warehouse: Path) -> None:
    found = [explain(open_reader(warehouse, local_viewer()), Scope("t", "network"), "t5/network") for _ in range(2)]
    assert found[0].result == found[1].result
    assert found[0].provenance.scope == "model=t&version=network"
    assert any("ORDER BY hash(event_id)" in sql for sql, _ in found[0].provenance.queries)


def test_it_is_found_by_detection_or_event(reader: Reader) -> None:
    by = [told(reader, TEXT, "t14/linear"), told(reader, TEXT, "t14"), told(reader, TEXT, "t14/linear", "t14")]
    assert by[0] == by[1] == by[2]
    assert told(reader, Scope("t"), "t14/linear").model_version == "linear"
    with pytest.raises(BadInput, match="has no detection 'x'"):
        explain(reader, TEXT, "x")
    with pytest.raises(BadInput, match="no model is named"):
        explain(reader, Scope(), "x")


def test_a_version_without_a_file_says_so(reader: Reader) -> None:
    with pytest.raises(NoData, match="no file of t none"):
        explain(reader, Scope("t", "none"), "z0")


def test_who_may_not_see_payloads_gets_no_marks_of_them(warehouse: Path) -> None:
    reader = open_reader(warehouse, Viewer("v", frozenset({"viewer"}), "local"))
    assert "which you may not see" in why(reader, TEXT, "t14/linear")
    assert told(reader, NUMBERS, "n7/network").raised


def test_another_scale_of_what_is_stored_is_said(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    assert words.caveats(told(reader, TEXT, "t14/linear")) == []
    monkeypatch.setattr(measures, "score", lambda model, rows: np.array([0.257]))
    kept = told(reader, TEXT, "t14/linear")
    assert "the saved model gives 0.257" in words.caveats(kept)[0]
    rounded = copy_context()
    rounded.run(numbers.tell_exactly, False)  # what is kept for one view is told in another one by its rule
    assert "the saved model gives about 0.25:" in rounded.run(words.caveats, kept)[0]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (["digits", "vowels", "dots", "log of all"], "made from the event by code that is not here"),
        (["log size", "log peers", "log rate", "vowels"], "features that are not stored: f.vowels"),
    ],
)
def test_features_that_are_not_stored_are_a_reason(
    warehouse: Path, tmp_path: Path, columns: list[str], reason: str
) -> None:
    copy = tmp_path / "warehouse"
    shutil.copytree(warehouse, copy)
    path = copy / "models" / "n" / "network.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "columns": columns}))
    assert reason in why(open_reader(copy, local_viewer()), NUMBERS, "n7/network")


def test_too_few_ordinary_rows_are_a_reason(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.explanations.asking.LEAST", 1000)
    assert "ordinary rows to compare it with; 1000 are needed" in why(reader, TEXT, "t14/linear")


def test_an_n_gram_over_a_run_of_spaces_is_counted_as_the_model_reads_it(reader: Reader) -> None:
    e = told(reader, TEXT, "t100/linear")
    assert {c.own > 0 for c in (*e.raised, *e.lowered, *e.pieces)} == {True}


def test_ordinary_rows_are_a_sample_of_the_last_days(
    reader: Reader, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = rows(frame, TEXT)
    last, every = mine["occurred_at"].max().tz_localize("UTC"), told(reader, TEXT, "t14/linear").background
    monkeypatch.setattr("analytics.explanations.asking.LEAST", 3)
    monkeypatch.setattr("analytics.explanations.asking.N", 5)
    monkeypatch.setattr("analytics.explanations.asking.WINDOW", timedelta(days=4))
    recent = told(reader, TEXT, "t14/linear").background
    assert recent.n == 5
    assert recent.since >= last - pd.Timedelta(days=4)
    monkeypatch.setattr("analytics.explanations.asking.N", 200)
    assert told(reader, TEXT, "t14/linear").background == every


def test_without_time_an_estimate_has_a_larger_error(reader: Reader) -> None:
    scope = Scope("t", "network")
    quick, whole = (explain(reader, scope, "t14/network", limit_s=s).result for s in (0, 60))
    assert isinstance(quick, Explanation)
    assert isinstance(whole, Explanation)
    assert quick.error > 2 * whole.error > 0
    np.testing.assert_allclose(total(quick), quick.output, atol=1e-6)


def test_the_window_and_slices_of_the_scope_play_no_part(reader: Reader) -> None:
    narrow = replace(TEXT, where=(("region", "nowhere"),))
    assert told(reader, narrow, "t14/linear") == told(reader, TEXT, "t14/linear")
