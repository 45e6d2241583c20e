"""The page of single detections: the list behind a figure, one of it, hostile payloads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.detections import measures, nearest
from analytics.detections.cursor import Cursor
from analytics.detections.filters import Filters
from analytics.detections.guided import questions
from analytics.detections.payload import shown
from analytics.detections.results import Page
from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.settings import WAREHOUSE
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import open_reader
from pages.parts import detection_ways

PAYLOADS = tuple(json.loads((Path(__file__).parents[1] / "payloads.json").read_text(encoding="utf-8")))
"""Names of texts as attackers send them."""
PAGE = "analysis/detections.py"


def visit(repository: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch, page: str, **query: str) -> AppTest:
    """A run of a page at an address."""
    monkeypatch.setenv(WAREHOUSE, str(warehouse))
    app = AppTest.from_file(str(repository / "pages" / "frame.py"), default_timeout=30).switch_page(page)
    app.query_params |= query
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> list[str]:
    """Everything that the page says in plain text."""
    return [t.value.replace("\u00a0", " ") for t in app.text]


@pytest.fixture
def at(repository: Path, small_warehouse: Path, monkeypatch: pytest.MonkeyPatch):
    """Visits an address of the app on the small warehouse."""
    st.cache_data.clear()
    st.cache_resource.clear()
    return lambda page=PAGE, **query: visit(repository, small_warehouse, monkeypatch, page, **query)


def test_every_cell_of_efficacy_opens_as_many_detections(at) -> None:
    efficacy = at("analysis/efficacy.py", model="dns", version="7")
    links = [e.proto for e in efficacy.main if e.type == "page_link" and e.proto.page == "detections"]
    assert len(links) == 4
    for link in links:
        n, _, words = link.label.removesuffix(" →").partition(" ")
        query = {k: v[0] for k, v in parse_qs(link.query_string).items()}
        title = texts(at(**query))[0:]
        assert any(t.startswith(f"{n} ") and "judged as" in t for t in title), (words, title)


def test_a_list_and_a_detection_of_it(at) -> None:
    app = at(model="dns", version="7")
    assert "240 detections, newest first" in texts(app)
    listed = app.dataframe[0].value
    assert len(listed) == 50
    assert listed["Time"].iloc[0] == "2026-11-22 14:00:00"
    one = at(model="dns", version="7", detection="dns-7-3", event_id="7-3")
    assert any("threshold then in force" in t for t in texts(one))
    assert any(t.startswith("Why it decided so cannot be told: ") for t in texts(one)), "no model file is here"
    facts = next(d.value for d in one.dataframe if "Fact" in d.value).set_index("Fact")["Value"]
    assert facts["Event id"] == "7-3"
    assert [b.label for b in one.button if b.label in ("Previous", "Next") and not b.disabled] == ["Previous", "Next"]


def test_the_next_one_is_opened_and_closed(at) -> None:
    app = at(model="dns", version="7", detection="dns-7-3", event_id="7-3")
    next(b for b in app.button if b.label == "Next").click().run()
    assert app.query_params["detection"] in ("dns-7-4", ["dns-7-4"])
    next(b for b in app.button if b.label == "Close").click().run()
    assert "detection" not in app.query_params
    assert "240 detections, newest first" in texts(app)


def test_the_list_goes_on_and_a_new_filter_begins_at_its_top(at) -> None:
    app = at(model="dns", version="7")
    next(b for b in app.button if b.label == "Further down").click().run()
    second = app.dataframe[0].value
    assert second["Time"].iloc[0] == "2026-11-12 04:00:00"
    next(b for b in app.button if b.label == "Earlier in the list").click().run()
    assert app.dataframe[0].value["Time"].iloc[0] == "2026-11-22 14:00:00"
    next(b for b in app.button if b.label == "Further down").click().run()
    next(s for s in app.selectbox if s.label == "Decision").set_value("block").run()
    assert "place" not in app.query_params
    assert set(app.dataframe[0].value["Decision"]) == {"block"}


def test_another_window_begins_at_the_top_and_another_version_closes_what_is_open(at) -> None:
    app = at(model="dns", version="7", flagged="yes", threshold="0.6", detection="dns-7-3", event_id="7-3")
    next(b for b in app.button if b.label == "Further down").click().run()
    assert "place" in app.query_params
    next(s for s in app.selectbox if s.label == "Window").set_value("Last 30 days").run()
    assert "place" not in app.query_params
    assert app.dataframe[0].value["Time"].iloc[0] == "2026-11-22 04:00:00", "the newest alarm"
    assert "Close" in [b.label for b in app.button]
    next(s for s in app.selectbox if s.label == "Version").set_value("8").run()
    assert not {"detection", "event_id", "flagged", "threshold"} & set(app.query_params)
    assert not any("did not work" in t for t in texts(app))
    assert any(t.endswith("detections, newest first") for t in texts(app))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"score_from": "2"}, "core_from is 2.0"),
        ({"label": "nonsense"}, "abel is 'nonsense'"),
        ({"place": "nonsense"}, "is none."),
        ({"detection": "nobody"}, "nobody"),
        ({"find": "x" * 2000}, "2000 characters"),
    ],
)
def test_a_wrong_address_says_what_is_wrong_and_how_to_mend_it(at, query: dict[str, str], said: str) -> None:
    app = at(model="dns", version="7", **query)
    assert any(said in t for t in texts(app)), texts(app)
    assert any(t.startswith("What to do: ") for t in texts(app))


def test_nothing_found_says_why(at) -> None:
    said = texts(at(model="dns", version="7", find="no such text"))
    assert any("Without the filter there are 240" in t for t in said), said


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_is_shown_spelled_and_in_no_other_way(
    repository: Path, hostile_warehouse: Path, payloads: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    app = visit(
        repository, hostile_warehouse, monkeypatch, PAGE, model="m", detection=f"e-{name}", event_id=f"e-{name}"
    )
    start, rest = shown(payloads[name])
    assert start in [c.value for c in app.code]
    assert bool(rest) == (name == "long")
    assert not any(payloads[name][:40] in m.value for m in app.markdown)


@pytest.mark.slow
def test_a_detection_says_why_and_how_far_that_can_be_trusted(
    repository: Path, sample_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = open_reader(sample_warehouse, local_viewer())
    scope = Scope("waf", "grams-4")
    row = measures.page(reader, scope, Filters(decision="block"), "top", 1).result.rows.iloc[0]
    query = {"model": "waf", "detection": row["detection_id"], "event_id": row["event_id"]}
    app = visit(repository, sample_warehouse, monkeypatch, PAGE, **query)
    said = texts(app)
    assert any(t.startswith(("Mostly because of “", "Because of many things")) for t in said), said
    assert any("The parts add up to the output" in t for t in said)
    drawn = [c.key for c in app.get("plotly_chart")]
    assert drawn == ["chart-why-marked", "chart-why-moved", "chart-placed"]
    app.session_state["check"] = True
    app.run()
    assert any("second method" in t for t in texts(app))


def test_a_question_is_answered_when_it_is_asked(repository: Path, hostile_warehouse: Path, monkeypatch) -> None:
    where = {"model": "m", "version": "1", "detection": "e-script", "event_id": "e-script"}
    app = visit(repository, hostile_warehouse, monkeypatch, PAGE, **where)
    [asked] = [g for g in app.button_group if g.label == "Questions"]
    assert "Was the same text seen before, and how was it judged?" in asked.options
    assert not any("Exactly this text" in t for t in texts(app))
    asked.set_value(["text"] if isinstance(asked.value, list) else "text").run()
    assert not app.exception
    assert "Exactly this text was not seen before." in texts(app)
    for key in ("inspect-answer", "inspect-nearest", "inspect-card"):
        app.session_state[key] = True
    told = [t for t in texts(app.run()) if t.startswith("Rests on: ")]
    assert "Rests on: 0 that fit of the rows of this version before it, back to the beginning; 0 listed" in told
    assert any(t.startswith("Rests on: this one detection; 0 rows of its case or source, ") for t in told)
    assert len(told) == 3


def test_what_fails_beside_a_detection_is_said_there(at, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise BadInput("reading rows", "a file is gone.", "Import it again.")

    monkeypatch.setattr(nearest, "nearest", broken)
    monkeypatch.setattr(questions, "offered", broken)
    app = at(model="dns", version="7", detection="dns-7-3", event_id="7-3")
    assert not app.exception
    assert texts(app).count("Reading rows did not work") == 2
    assert "True alarm" in [b.label for b in app.button], "the rest is there"


def test_columns_are_chosen_and_stand_in_the_address(
    at, repository: Path, hostile_warehouse: Path, monkeypatch
) -> None:
    app = at(model="dns", version="7", columns="mode,unscored_reason,score,nothing")
    assert app.dataframe[0].value.columns.tolist() == ["Mode", "Unscored reason", "Score"]
    usual = at(model="dns", version="7").dataframe[0].value.columns.tolist()
    assert usual[:4] == ["Time", "Score", "Decision", "Verdict"]
    app.session_state["columns"] = True  # the popover is open
    [box] = app.run().multiselect
    assert set(box.value) == {"score", "mode", "unscored_reason"}
    box.set_value(["event_id"]).run()
    assert not app.exception
    assert app.query_params["columns"] in ("event_id", ["event_id"])
    assert app.run().dataframe[0].value.columns.tolist() == ["Event id"]
    monkeypatch.setattr("pages.parts.identity.local_viewer", lambda: Viewer("eve", frozenset({"viewer"}), "local"))
    eve = visit(repository, hostile_warehouse, monkeypatch, PAGE, model="m", version="1", columns="payload,score")
    assert eve.dataframe[0].value.columns.tolist() == ["Score"], "what may not be seen is not offered"


def test_neighbours_by_hand() -> None:
    ids = ["b", "d", "e", "a", "c"]
    rows = pd.DataFrame({"event_id": ids, "model_version": "1", "score": [0.9, 0.5, 0.5, None, None]})
    whole = Page(rows, "top", None, None, True, None, ())

    def beside(event: str, score: float | None, of: Page = whole) -> tuple[int | None, int | None]:
        return detection_ways.beside(of, {"event_id": event, "model_version": "1", "score": score})

    assert [beside(i, s) for i, s in zip(ids, rows["score"], strict=True)] == [
        (None, 1), (0, 2), (1, 3), (2, 4), (3, None)
    ]  # fmt: skip
    assert beside("x", 0.7) == (0, 1), "it stood between the first two"
    assert beside("b", None) == (3, 4), "without a score: behind all others, by its event"
    place = Cursor("top", 0.9, "b", "1")
    assert beside("x", 0.95, replace(whole, previous=place)) == (None, None), "it belongs to the page before"
    assert beside("z", None, replace(whole, next=place)) == (None, None)
    assert beside("x", 0.95) == (None, 0)
    assert beside("x", 0.9, replace(whole, rows=rows.iloc[:0])) == (None, None)


def test_a_band_of_scores_has_two_ends_that_leave_something(
    repository: Path, small_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit(repository, small_warehouse, monkeypatch, PAGE, model="dns", version="7")

    def put(label: str, value: float | None) -> tuple[str, str]:
        next(n for n in app.number_input if n.label == label).set_value(value).run()
        assert not app.exception
        low, high = (str(app.query_params.get(end, "")) for end in ("score_from", "score_to"))
        return low, high

    assert (put("Score from", 0.2), put("Score below", 0.7)) == (("0.2", ""), ("0.2", "0.7"))
    assert any("detections with scores from 0.2 to below 0.7" in t for t in texts(app))
    assert put("Score below", 0.1) == ("", "0.1"), "with the lower end nothing would be left"
    assert put("Score from", 0.9) == ("0.9", "")
    assert put("Score from", 0.0) == ("", ""), "all scores are from 0 on"
    assert put("Score below", 1.0) == ("", ""), "a score of 1 belongs to them"
