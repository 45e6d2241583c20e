"""The verdict on a detection as somebody gives it on the page: at once, with a reason, taken back, not allowed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.detections import words
from analytics.settings import WAREHOUSE
from analytics.viewer import Viewer
from analytics.warehouse import current_id, replay

FALSE_ALARMS = {"model": "dns", "version": "7", "label": "benign", "flagged": "yes", "threshold": "0.6"}
ONE = {"detection": "dns-7-29", "event_id": "7-29"}


def texts(app: AppTest) -> list[str]:
    """Everything that the page says in plain text."""
    return [t.value.replace("\u00a0", " ") for t in app.text]


def press(app: AppTest, label: str) -> AppTest:
    """Press a button."""
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def listed(app: AppTest) -> int:
    """The number in the title of the list."""
    return int(next(t for t in texts(app) if "judged as benign" in t).split()[0])


@pytest.fixture
def directory(small_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small warehouse that the app shows and records in."""
    st.cache_data.clear()
    st.cache_resource.clear()
    found = shutil.copytree(small_warehouse, tmp_path / "warehouse")
    monkeypatch.setenv(WAREHOUSE, str(found))
    return found


@pytest.fixture
def hostile(hostile_warehouse: Path, tmp_path: Path) -> Path:
    """A copy of the warehouse of hostile payloads."""
    st.cache_data.clear()
    st.cache_resource.clear()
    return shutil.copytree(hostile_warehouse, tmp_path / "hostile")


@pytest.fixture
def at(repository: Path, directory: Path):
    """Visits an address of the detections page."""

    def visit(**query: str) -> AppTest:
        app = AppTest.from_file(str(repository / "pages" / "frame.py"), default_timeout=30)
        app.switch_page("analysis/detections.py")
        app.query_params |= query
        app.run()
        assert not app.exception
        return app

    return visit


def test_one_press_records_moves_the_list_and_can_be_taken_back(at, directory: Path) -> None:
    first = at(**FALSE_ALARMS)
    n = listed(first)
    row = first.dataframe[0].value.iloc[1]
    app = at(**FALSE_ALARMS, **ONE)
    assert row["Verdict"] == "false alarm: wrong logic"
    press(press(app, "No"), "True alarm")
    assert "Recorded: true alarm. The list and every figure count it." in texts(app)
    assert listed(app) == n - 1
    [record] = replay(directory)
    body = {k: record.body[k] for k in ("verdict", "outcome", "reason_right", "label_source")}
    expected = {"verdict": "true_positive", "outcome": "stopped", "reason_right": False, "label_source": "adjudication"}
    assert (record.subject, body) == ("7-29", expected)
    assert any("Judged as true alarm, by adjudication; 2 labels in all." in t for t in texts(app))
    press(app, "Undo")
    assert listed(app) == n
    assert "Taken back; the record of it stays." in texts(app)
    history = next(d.value for d in app.dataframe if "Labelled at" in d.value)
    assert history["Withdrawn at"].astype(bool).tolist() == [False, True]


def test_a_false_alarm_needs_its_reason(at, directory: Path) -> None:
    app = press(at(**FALSE_ALARMS, **ONE), "Bad data")
    press(app, "Record verdict")
    assert any("needs a reason" in t for t in texts(app))
    assert replay(directory) == []
    next(s for s in app.selectbox if s.label == "Why was the alarm false?").set_value("Parent domain's age is wrong")
    press(app, "Record verdict")
    [record] = replay(directory)
    assert (record.body["verdict"], record.body["reason"]) == ("false_positive_data", "Parent domain's age is wrong")
    assert "Recorded: bad data. The list and every figure count it." in texts(app.run())
    history = next(d.value for d in app.dataframe if "Labelled at" in d.value)
    assert history["Reason"].tolist() == ["", "Parent domain's age is wrong"]
    assert "Note" not in history


def test_a_dialog_that_was_left_does_not_come_back(at) -> None:
    app = press(at(**FALSE_ALARMS, **ONE), "Bad data")
    assert "Record verdict" in [b.label for b in app.button]
    for label in ("Next", "Previous"):
        press(app, label)
        assert "Record verdict" not in [b.label for b in app.button]
    assert app.query_params["event_id"] in (ONE["event_id"], [ONE["event_id"]])


def test_the_next_one_is_opened(at) -> None:
    app = press(at(model="dns", version="8", label="unlabelled", detection="dns-8-0", event_id="8-0"), "Cannot tell")
    assert any("It counts as no label" in t for t in texts(app))
    assert [b.label for b in app.button if b.label.startswith("Next")].count("Next undecided") == 1
    press(app, "Next undecided")
    assert app.query_params["event_id"] in ("8-1", ["8-1"])
    assert not any("Recorded" in t for t in texts(app))


def test_who_may_not_judge_is_told_why(at, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.identity.local_viewer", lambda: Viewer("eve", frozenset({"viewer"}), "local"))
    app = at(**FALSE_ALARMS, **ONE)
    assert any("You may look but not judge" in t for t in texts(app))
    assert not {"True alarm", "Undo"} & {b.label for b in app.button}
    assert "Judge several" not in {t.label for t in at(**FALSE_ALARMS).toggle}


def test_a_pinned_view_stays_and_leads_to_the_newest(at, directory: Path) -> None:
    pinned = f"{current_id(directory)}~0"
    n = listed(press(at(**FALSE_ALARMS, **ONE), "True alarm"))
    app = at(**FALSE_ALARMS, **ONE, snapshot=pinned)
    assert listed(app) == n + 1
    assert any("This view is pinned, so a verdict" in t for t in texts(app))
    assert "This view is pinned; verdicts were given since." in texts(app)
    press(app, "Show the newest")
    assert listed(app) == n


def test_several_are_chosen_by_their_boxes_in_one_list(visitors: Any) -> None:
    app = visitors.visit("detections", FALSE_ALARMS)
    next(t for t in app.toggle if t.label == "Judge several").set_value(True).run()
    assert "Tick the rows that you have looked at." in texts(app)
    visitors.tick(app, 0, [2, 4])
    assert "Give 2 events one verdict" in [b.label for b in app.button]
    next(s for s in app.selectbox if s.label == "Window").set_value("Last 7 days").run()
    assert "Tick the rows that you have looked at." in texts(app), "other events stand in these rows now"
    visitors.tick(app, 0, [1])
    assert "Give 1 event a verdict" in [b.label for b in app.button]
    next(s for s in app.selectbox if s.label == "Decision").set_value("allow").run()
    assert list(visitors.faults(app)) == []
    assert "verdict-many" not in [b.key for b in app.button]


def test_a_second_opinion_is_given_blind(at, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = at(model="dns", version="7", **ONE, why="flagged", reason="second")
    assert words.UNSEEN in " ".join(texts(app))
    assert not any("Judged as" in t for t in texts(app))
    assert not {"Verdict", "Labelled at"} & {c for d in app.dataframe for c in d.value}
    press(app, "Cannot tell")
    assert any("Judged as false alarm: wrong logic, by adjudication; 2 labels" in t for t in texts(app))
    assert replay(directory)[-1].body["label_source"] == "triage", "it settles nothing"
    assert any("Labelled at" in d.value for d in app.dataframe)
    press(app, "Close")
    assert not {"why", "reason"} & set(app.query_params)
    monkeypatch.setattr("pages.parts.identity.local_viewer", lambda: Viewer("eve", frozenset({"viewer"}), "local"))
    eve = at(model="dns", version="7", **ONE, reason="second")
    assert any("Judged as false alarm" in t for t in texts(eve)), "who may not judge has none to give first"


def test_the_neighbours_stay_where_a_verdict_took_it_out(at) -> None:
    listed = at(**FALSE_ALARMS)
    n = len(listed.dataframe[0].value)
    app = at(**FALSE_ALARMS, **ONE)
    following = press(at(**FALSE_ALARMS, **ONE), "Next").query_params["event_id"]
    before = press(at(**FALSE_ALARMS, **ONE), "Previous").query_params["event_id"]
    press(app, "True alarm")
    assert len(app.dataframe[0].value) == n - 1
    assert press(app, "Next").query_params["event_id"] == following
    assert press(app, "Previous").query_params["event_id"] == before, "what is out of the list is passed over"


def test_a_judged_detection_becomes_a_test_case(
    repository: Path, hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WAREHOUSE, str(hostile))
    app = AppTest.from_file(str(repository / "pages" / "frame.py"), default_timeout=30)
    app.switch_page("analysis/detections.py")
    app.query_params |= {"model": "m", "version": "1", "detection": "e-turned", "event_id": "e-turned"}
    app.session_state["case"] = True  # the popover is open
    press(app.run(), "True alarm")
    assert any(
        "signs that cannot be seen, or turn others round, are written as their numbers." in t for t in texts(app)
    )
    assert any("⟨U+202E⟩" in c.value for c in app.code)
    press(app, "Record the test case")
    [case] = [r for r in replay(hostile) if r.kind == "test_case_made"]
    assert (case.body["polarity"], case.body["test_id"]) == ("attack", "m/e-turned")
    assert any(t.startswith("It is a test case since ") for t in texts(app.run()))
    assert "Record the test case" not in {b.label for b in app.button}
