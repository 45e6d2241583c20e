"""Exact thresholds are for those who may ask a model: no page, figure, table, file or address tells others."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from analytics.settings import WAREHOUSE
from analytics.viewer import SAMPLE_PERSONS, local_viewer
from analytics.warehouse import current_id, import_files, open_reader, replay
from analytics.warehouse.questions import SHOWN
from pages.parts import identity, serving

OWN, OTHER = 0.613579, 0.687431
TELLING = re.compile(r"613579|687431|0\.(6136|614|6874|687)(?!\d)")
"""How the two thresholds read, however many figures are shown."""
PAGES = ("overview", "efficacy", "detections", "explanations", "drift", "feedback")
ANA, DANA = SAMPLE_PERSONS[0], SAMPLE_PERSONS[-1]


@pytest.fixture
def outputs(visitors: Any, small_outputs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Visitors of a warehouse with telling thresholds, one score exactly at one of them; people have to sign in."""
    models, rows = pd.read_csv(small_outputs[0], dtype=str), pd.read_csv(small_outputs[1], dtype=str)
    models.loc[models["model_version"] == "7", "threshold"] = str(OWN)
    models.loc[models["model_version"] == "8", "threshold"] = str(OTHER)
    rows.loc[rows["event_id"] == "7-3", "score"] = str(OWN)
    rows["payload"] = "a text that was scored"
    directory = tmp_path / "telling"
    for kind, frame in (("models", models), ("detections", rows)):
        frame.to_csv(tmp_path / f"{kind}.csv", index=False)
        assert import_files(directory, kind, [str(tmp_path / f"{kind}.csv")]).rejected == 0
    monkeypatch.setenv(WAREHOUSE, str(directory))
    monkeypatch.setattr(serving, "auth", dict)
    monkeypatch.setattr(identity, "_ended", {})
    visitors.warehouse = directory
    return visitors


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The content of every file that a page offers."""
    given: list[bytes] = []
    real = st.download_button

    def offered(label: str, data: Any, *args: Any, **options: Any) -> bool:
        given.append(data() if callable(data) else data)
        return real(label, data, *args, **options)

    monkeypatch.setattr(st, "download_button", offered)
    return given


def claims(*roles: str) -> dict[str, Any]:
    """What the identity provider says of somebody with some roles."""
    who = "-".join(roles)
    said = {"sub": who, "email": f"{who}@example.org", "name": who, "roles": list(roles), "iat": int(time.time())}
    return {"is_logged_in": True, **said}


def seen(app: AppTest) -> Iterator[str]:
    """All that a browser gets of a page: every element as it is sent, numbers of tables and figures spelled."""
    yield json.dumps(dict(app.query_params))
    for e in (e for e in app if not isinstance(e, Block)):
        if e.type == "plotly_chart":
            yield from unpacked(json.loads(e.proto.spec))
        elif isinstance(getattr(e, "value", None), pd.DataFrame):
            yield e.value.to_csv()
        else:
            yield str(getattr(e, "proto", ""))


def unpacked(value: Any) -> Iterator[str]:
    """Every text and number in a figure, packed ones too."""
    if isinstance(value, dict) and "bdata" in value:
        yield from map(repr, np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"]).tolist())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from unpacked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from unpacked(inner)
    else:
        yield str(value)


def walk(visit: Callable[[str, dict[str, str], Iterable[str]], AppTest], page: str, query: dict[str, str]) -> str:
    """All that a page tells with everything open that can be opened, and as slides."""
    found, keys, app = [], [], visit(page, query, ())
    while more := [b.key for b in app.main if b.type in ("expander", "popover") and b.key and b.key not in keys]:
        keys += more
        app = visit(page, query, keys)
    found.extend(seen(app))
    for slide in range(3):
        found.extend(seen(visit(page, {**query, "present": "1", "slide": str(slide)}, ())))
    told = "\n".join(found)
    assert "Something went wrong" not in told
    return told


def visiting(v: Any, *roles: str) -> Callable[[str, dict[str, str], Iterable[str]], AppTest]:
    """Visits of somebody with some roles."""

    def visit(page: str, query: dict[str, str], opened: Iterable[str]) -> AppTest:
        app = AppTest.from_file(str(v.script), default_timeout=60)
        app._bidi_component_manager = v.components
        app.switch_page({**SCRIPTS, "feedback": "assurance/feedback.py"}[page])
        app.user = claims(*roles)
        app.query_params |= query
        for key in opened:
            app.session_state[key] = True
        return app.run()

    return visit


SCRIPTS = {"overview": "briefing/overview.py", **{p: f"analysis/{p}.py" for p in PAGES[1:5]}}
OPEN = {"detection": "dns-7-3", "event_id": "7-3"}
VIEWS: list[tuple[str, dict[str, str]]] = [
    *((page, {"model": "dns", "version": "7"}) for page in PAGES),
    ("detections", {"model": "dns", "version": "7", **OPEN}),
    ("efficacy", {"model": "dns", "version": "7", "threshold": str(0.5)}),
]


@pytest.mark.parametrize("at", range(len(VIEWS)))
def test_a_viewer_is_nowhere_told_an_exact_threshold(outputs: Any, files: list[bytes], at: int) -> None:
    page, query = VIEWS[at]
    told = walk(visiting(outputs, "viewer"), page, query)
    told += "\n".join(content.decode("utf-8-sig", errors="replace") for content in files)
    assert TELLING.findall(told) == []
    assert replay(outputs.warehouse, kinds=[SHOWN]) == []
    if page == "efficacy":
        assert "about 0.61" in told and "analyst, owner or validator" in told
        if "threshold" not in query:
            gains = re.search(r"part of the traffic,threshold,.*\n0,[^,]*,(.*?),", told)
            assert gains and gains[1].startswith("about 0."), "what is told in words stands in tables too"


@pytest.mark.parametrize("at", [1, 6])
def test_an_analyst_is_told_them_exactly(outputs: Any, files: list[bytes], at: int) -> None:
    """What the test above looks for can be found."""
    page, query = VIEWS[at]
    told = walk(visiting(outputs, "analyst"), page, query)
    assert str(OWN) in told
    if page == "efficacy":
        assert "about 0.61" in told, "roughly while presenting"
        assert str(OWN) in "\n".join(content.decode("utf-8-sig") for content in files)


def test_a_viewer_cannot_find_it_by_trial(outputs: Any) -> None:
    """Counts at thresholds of one's own, or a list cut at one, would tell as much."""
    visit = visiting(outputs, "viewer")
    dns = {"model": "dns", "version": "7"}
    plain, asked = (visit("efficacy", dns | more, ()) for more in ({}, {"threshold": "0.3"}))
    assert [m.value for m in plain.metric] == [m.value for m in asked.metric]
    assert not asked.select_slider and "Threshold" not in [t.label for t in asked.text_input]
    for cut in ({"score_from": "0.613"}, {"flagged": "yes", "threshold": "0.613"}):
        said = [t.value for t in visit("detections", dns | cut, ()).text]
        assert "It is cut at an exact score, about which only the role of analyst, owner or validator may ask." in said
    bar = visit("detections", dns | {"score_from": "0.6", "score_to": "0.62", "scored": "yes", "order": "top"}, ())
    assert any("with scores from 0.6 to below 0.62" in t.value for t in bar.text)
    assert "Highest score first" not in next(s for s in bar.selectbox if s.label == "Order").options


def test_the_first_showing_of_a_version_is_recorded_once_a_session(outputs: Any) -> None:
    visit = visiting(outputs, "analyst")
    dns = {"model": "dns", "version": "7"}
    app = visit("efficacy", dns, ())
    app.run()
    assert [(r.actor, r.subject, r.body) for r in replay(outputs.warehouse, kinds=[SHOWN])] == [
        ("analyst@example.org", "dns", {"model": "dns", "version": "7"})
    ]
    app.query_params["version"] = "8"
    app.run()
    visit("detections", dns, ())
    visit("drift", dns, ())  # no threshold stands there
    assert [r.body["version"] for r in replay(outputs.warehouse, kinds=[SHOWN])] == ["7", "8", "7"]
    visit("efficacy", dns | {"present": "1"}, ())
    pinned = dns | {"snapshot": str(current_id(outputs.warehouse))}
    newest = [
        "exact-newest" in [b.key for b in visit("detections", pinned | more, ()).button]
        for more in ({}, {"present": "1"})
    ]
    assert newest == [True, False], "nothing leads out of a talk but its own buttons"
    assert len(replay(outputs.warehouse, kinds=[SHOWN])) == 3, "roughly told is not shown"


def test_the_one_user_of_this_machine_sees_them_and_nothing_is_recorded(visitors: Any) -> None:
    app = visitors.visit("efficacy", {"model": "dns", "version": "7"})
    assert any("At threshold 0.6, " in t.value for t in app.text) and app.select_slider
    assert replay(visitors.warehouse) == []


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("approver", False), ("analyst", True)])
def test_files_with_what_was_scored_are_for_those_with_a_role(
    outputs: Any, files: list[bytes], role: str, may: bool
) -> None:
    visit, dns = visiting(outputs, role), {"model": "dns", "version": "7"}
    why = "Files with what was scored are only for the role of analyst, owner or validator."
    for page, key, button in (("detections", "export", "export-make"), ("feedback", "labelled", "labelled-write")):
        app = visit(page, dns, [key, "labelled-files"])
        assert (why in [t.value for t in app.text]) is not may
        assert (button in [b.key for b in app.button]) is may
    app = visit("detections", dns, ["inspect-list"])
    (listed,) = (pd.read_csv(BytesIO(content)) for content in files)
    assert ("payload" in listed) is may and "decision" in listed
    assert any(t.value.startswith("What was scored is not in the file.") for t in app.text) is not may


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_director_is_told_none_of_the_sample(sample_visitors: Any, files: list[bytes], page: str) -> None:
    v = sample_visitors
    reader = open_reader(v.warehouse, local_viewer())
    at = reader.query("SELECT model_id, model_version, threshold FROM thresholds", {})
    mine = at[at["model_id"] == "waf"]

    def visit(name: str, query: dict[str, str], opened: Iterable[str]) -> AppTest:
        app = v.visit(name, query)
        app.session_state["played"] = DANA.actor
        for key in opened:
            app.session_state[key] = True
        return app.run()

    told = walk(visit, page, {"model": "waf"})
    told += "\n".join(content.decode("utf-8-sig", errors="replace") for content in files)
    assert len(mine)
    signs = "|".join(rf"{t:.6g}|{t:.4g}(?!\d)" for t in mine["threshold"])
    assert re.findall(signs.replace(".", r"\."), told) == []
