"""Attacks by the layers that acted on them, counted by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.efficacy import charts_more, words_search
from analytics.efficacy.layered import layered
from analytics.scope import Scope, parse_time
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader
from analytics.warehouse.contract import Kind

AT = "2026-03-02T10:00:00Z"


def imported(folder: Path, kind: Kind, rows: list[dict[str, Any]]) -> None:
    """Import rows as CSV."""
    path = folder / f"{kind}.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    report = import_files(folder / "w", kind, [str(path)])
    assert report.rejected == 0, report.reasons


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A web model and a bot model that see some of the same requests, and a retired bot version."""
    models = [("waf", "1", "champion"), ("bot", "1", "champion"), ("bot", "0", "retired")]
    named = [{"model_id": m, "model_version": v, "role": r, "threshold": 0.5} for m, v, r in models]
    imported(tmp_path, "models", named)
    rows: list[dict[str, Any]] = []
    # event, decision of waf, rule, request, decision of bot, attack
    table = [
        ("a", "block", "", "r1", "allow", 1),
        ("b", "block", "942190", "r2", "allow", 1),
        ("c", "block", "", "r3", "challenge", 1),
        ("d", "allow", "", "r4", "challenge", 1),
        ("e", "allow", "941110", "r5", "allow", 1),
        ("f", "allow", "", "r6", "allow", 1),
        ("g", "block", "", "r7", "challenge", 0),  # benign: no layer caught an attack
        ("h", "block", "", "", "", 1),  # no request named: unknown to other layers
    ]
    for event, decision, rule, request, other, attack in table:
        own = {"event_id": event, "occurred_at": AT, "score": 0.9 if decision == "block" else 0.1, "decision": decision}
        asked = {"correlation_id": request, "rule_hits": rule, "label": attack}
        rows.append({**own, **asked, "model_id": "waf", "model_version": "1"})
        for version, said in (("1", other), ("0", "challenge")) if request else ():
            seen = {"event_id": f"bot-{event}", "decision": said, "model_id": "bot", "model_version": version}
            rows.append({**own, **seen, "correlation_id": request, "rule_hits": "", "label": None})
    imported(tmp_path, "detections", rows)
    return open_reader(tmp_path / "w", local_viewer())


def test_layers_by_hand(reader: Reader) -> None:
    found = layered(reader, Scope("waf", "1")).result
    assert (found.alone, found.with_others, found.by_others, found.by_none) == (1, 2, 2, 1)
    assert (found.stopped, found.told) == (3, 6)
    assert "this model alone stopped 1; other layers caught 2 that it missed" in words_search.layers(found)
    assert words_search.no_layers(found) == ""
    assert charts_more.layers(found).data[0].x == (1, 2, 2, 1)


def test_a_window_without_rows_and_a_model_that_others_do_not_see(reader: Reader) -> None:
    empty = layered(reader, Scope("waf", "1", since=parse_time("2027-01-01"))).result
    assert empty.attacks == 0
    assert "cannot be compared" in words_search.layers(empty)
    assert "correlation_id" in words_search.no_layers(empty)
    assert layered(reader, Scope("bot", "1")).result.attacks == 0  # none of its events carries a label


@pytest.mark.parametrize(
    ("decisions", "modes", "verb"),
    [
        (("block", "challenge"), ("act", "act"), "stopped 2"),
        (("block", "alert"), ("log", "act"), "flagged 2"),
        (("block", "alert"), ("act", "act"), "flagged or stopped 2"),
        (("block", "challenge"), ("", ""), "stopped 2"),
    ],
)
def test_a_model_that_only_watches_stops_nothing_and_of_silent_layers_nothing_is_said(
    tmp_path: Path, decisions: tuple[str, str], modes: tuple[str, str], verb: str
) -> None:
    named = [{"model_id": m, "model_version": "1", "role": "champion", "threshold": 0.5} for m in ("net", "bot")]
    imported(tmp_path, "models", named)
    own = {"model_version": "1", "occurred_at": AT, "score": 0.9}
    rows: list[dict[str, Any]] = [
        {**own, "model_id": "net", "event_id": d, "decision": d, "mode": m, "correlation_id": d, "label": 1}
        for d, m in zip(decisions, modes, strict=True)
    ]
    rows.append({**own, "model_id": "net", "event_id": "x", "decision": "allow", "correlation_id": "x", "label": 1})
    other = {**own, "model_id": "bot", "event_id": "y", "decision": "block", "correlation_id": "y"}
    imported(tmp_path, "detections", [*rows, other])  # the other model saw none of these requests
    found = layered(open_reader(tmp_path / "w", local_viewer()), Scope("net", "1")).result
    assert (found.alone, found.by_others, found.by_none, found.told) == (2, 0, 1, 0)
    assert words_search.layers(found) == (
        f"Of 3 labelled attacks this model {verb}; "
        "no other layer tells what it caught, so what this one adds cannot be said"
    )
    assert "rule_hits" in words_search.no_layers(found)


def test_another_model_that_let_all_of_it_pass_tells_too(tmp_path: Path) -> None:
    named = [{"model_id": m, "model_version": "1", "role": "champion", "threshold": 0.5} for m in ("net", "bot")]
    imported(tmp_path, "models", named)
    own = {"model_version": "1", "occurred_at": AT, "score": 0.9, "correlation_id": "r"}
    mine = {**own, "model_id": "net", "event_id": "a", "decision": "alert", "label": 1}
    imported(tmp_path, "detections", [mine, {**own, "model_id": "bot", "event_id": "b", "decision": "allow"}])
    found = layered(open_reader(tmp_path / "w", local_viewer()), Scope("net", "1")).result
    assert words_search.layers(found) == (
        "Of 1 labelled attacks this model alone flagged 1; other layers caught 0 that it missed"
    )
