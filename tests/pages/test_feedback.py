"""The page Feedback: the queue first, sections that compute when opened, states without data, hostile names."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from analytics.feedback import queue
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import open_reader, replay

SECTIONS = {
    "plan": "would tell recall to ±5 points",
    "people": "Of 100 events that two people judged, they agree about",
    "through": "known to have got through",
    "labelled": "No entity and no case is in two parts",
    "retraining": "Fits the saved candidate",
}


def texts(app: Any) -> str:
    """Everything that the page says in plain text."""
    return " ".join(t.value.replace("\u00a0", " ") for t in app.text)


def test_the_queue_is_first_and_says_how_far_it_looked(sample_visitors: Any) -> None:
    app = sample_visitors.visit("feedback", {"model": "dns"})
    assert list(sample_visitors.faults(app)) == []
    assert " detections to look at, about " in texts(app)
    assert "No audit was drawn here yet" in texts(app)
    table = app.dataframe[0].value
    assert table.columns[:2].tolist() == ["Why", "Minutes"]
    assert "Verdict" not in table, "what the first judge said must not sway the second"
    one = sample_visitors.visit("feedback", {"model": "dns", "why": "disagree"})
    alone = {f"Only {version} alarms" for version in ("forest-6", "sequence-2")}
    assert set(one.dataframe[0].value["Why"].str.split(";").str[0]) <= alone
    assert len(one.dataframe[0].value) < len(table)


@pytest.mark.parametrize(("key", "says"), SECTIONS.items())
def test_a_section_computes_when_it_is_opened(sample_visitors: Any, key: str, says: str) -> None:
    app = sample_visitors.visit("feedback", {"model": "phishing"}, [key])
    assert list(sample_visitors.faults(app)) == []
    assert says.lower() in texts(app).lower()


def test_tables_without_a_note_say_what_they_rest_on(sample_visitors: Any) -> None:
    opened = ["plan", "inspect-clean", "inspect-guesses"]
    app = sample_visitors.visit("feedback", {"model": "phishing"}, opened)
    assert list(sample_visitors.faults(app)) == []
    rests = [t.value.replace("\u00a0", " ") for t in app.text if t.value.startswith("Rests on: ")]
    assert len(rests) == 2
    assert all(" of 100 attacks are caught" in r and "events passed" in r for r in rests)


def test_the_loop_is_closed_on_the_page(sample_visitors: Any) -> None:
    app = sample_visitors.visit(
        "feedback", {"model": "phishing", "version": "vendor-2026.3", "fitted": "yes"}, ["retraining"]
    )
    assert list(sample_visitors.faults(app)) == []
    said = texts(app)
    assert "fitted anew" in said
    assert "Nothing was stored, and nothing is in use" in said
    app = sample_visitors.visit("feedback", {"model": "dns", "fitted": "yes"}, ["retraining"])
    assert list(sample_visitors.faults(app)) == []
    assert "sequence-2 is saved as ONNX, which can be asked but not fitted anew. Choose another" in texts(app)


def test_a_draw_is_recorded_and_stands_first(sample_visitors: Any) -> None:
    app = sample_visitors.visit("feedback", {"model": "dns"}, ["audit"])
    next(b for b in app.button if b.label == "Record a draw").click().run()
    assert list(sample_visitors.faults(app)) == []
    last = replay(sample_visitors.warehouse)[-1]
    assert (last.kind, last.subject, len(last.body["events"])) == ("audit_drawn", "dns", 100)
    assert "drawn by chance from what passed" in texts(app)
    assert app.dataframe[0].value["Why"].iloc[0].startswith("Drawn for an audit, 1 in ")


def test_next_walks_the_queue_and_a_verdict_does_not_end_it(sample_visitors: Any) -> None:
    v = sample_visitors
    scope = Scope("dns")
    rows = queue.queue(open_reader(v.warehouse, local_viewer()), scope).result.rows
    rows = rows[rows["reason"] == "disagree"].reset_index(drop=True)
    assert len(rows) > 4 and rows["model_version"].nunique() == 2, "what the two versions say differs"

    def opened(app: Any) -> int:
        event = dict(app.query_params)["event_id"]
        return rows["event_id"].tolist().index(event[0] if isinstance(event, list) else event)

    def press(app: Any, label: str) -> Any:
        next(b for b in app.button if b.label == label).click().run()
        assert list(v.faults(app)) == []
        return app

    first = rows.iloc[0]
    address = {"model": "dns", "version": first["model_version"], "detection": first["detection_id"],
               "event_id": first["event_id"], "reason": "disagree", "why": "disagree"}  # fmt: skip
    app = v.visit("detections", address)
    assert next(b for b in app.button if b.label == "Previous").disabled
    assert opened(press(app, "Next")) == 1
    press(app, "True alarm")
    assert opened(app) == 1, "it stays open until somebody goes on"
    left = queue.queue(open_reader(v.warehouse, local_viewer()), scope).result.rows.query("reason == 'disagree'")
    assert rows["event_id"][1] not in set(left["event_id"])
    assert opened(press(app, "Next in the queue")) == 2
    version = dict(app.query_params)["version"]
    assert rows["model_version"][2] in (version, *version)
    assert opened(press(press(app, "Previous"), "Previous")) == 0, "what is judged by now is passed on the way back"
    back = next(e.proto for e in app.get("page_link") if e.proto.label.startswith("The work queue"))
    assert back.page == "feedback" and "why=disagree" in back.query_string
    lost = v.visit("detections", address | {"detection": rows["detection_id"][1], "event_id": rows["event_id"][1]})
    assert opened(press(lost, "Next")) == 0, "a judged one that nobody came to goes on with the first"


def test_without_a_queue_next_walks_the_list(visitors: Any) -> None:
    query = {"model": "dns", "version": "7", "detection": "dns-7-3", "event_id": "7-3"}
    app = visitors.visit("detections", query)
    next(b for b in app.button if b.label == "Next").click().run()
    assert dict(app.query_params)["event_id"] in ("7-4", ["7-4"])
    assert not [e for e in app.get("page_link") if e.proto.page == "feedback"]


def test_what_was_chosen_of_the_misses_is_none_of_another_window(visitors: Any) -> None:
    app = visitors.visit("feedback", {"model": "dns", "version": "7"}, ["through"])
    visitors.tick(app, -1, [30])
    assert "Open it →" in [e.proto.label for e in app.get("page_link")]
    next(s for s in app.selectbox if s.label == "Window").set_value("Last 7 days").run()
    assert list(visitors.faults(app)) == []
    assert "6 attacks are known to have got through" in texts(app)
    assert "Choose one to open it" in texts(app)
    assert "Open it →" not in [e.proto.label for e in app.get("page_link")]


def test_efficacy_offers_the_planner_where_recall_is_not_measurable(visitors: Any) -> None:
    app = visitors.visit("efficacy", {"model": "dns", "version": "8"})
    link = next(e.proto for e in app.get("page_link") if e.proto.page == "feedback")
    assert "plan=true" in link.query_string
    known = visitors.visit("efficacy", {"model": "dns", "version": "7"})
    assert [e for e in known.get("page_link") if e.proto.page == "feedback"] == []


def test_hostile_names_and_nothing_to_do(visitors: Any, hostile_name: str) -> None:
    keys = list(SECTIONS)
    app = visitors.visit("feedback", {"model": hostile_name}, keys)
    assert list(visitors.faults(app)) == []
    slide = visitors.visit("feedback", {"model": "dns", "present": "1"})
    assert list(visitors.faults(slide)) == []


@pytest.mark.parametrize("broken", [True, False])
def test_a_broken_and_an_empty_warehouse_say_so(visitors: Any, broken: bool) -> None:
    for snapshot in (visitors.warehouse / "snapshots").iterdir():
        snapshot.write_bytes(b"not a database")
    if not broken:
        shutil.rmtree(visitors.warehouse)
    app = visitors.visit("feedback")
    assert not app.exception
    assert ("The data cannot be read" if broken else "Nothing has been imported yet") in visitors.seen(app)
