"""The frame and its page over a full, an empty and a broken warehouse, by Streamlit's own test harness."""

from __future__ import annotations

import gc
import logging
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.settings import WAREHOUSE
from analytics.warehouse import current_id

SLOW = 30
"""Seconds after which a run of the script counts as hanging."""


@pytest.fixture
def warehouse(small_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small warehouse that the app under test reads."""
    st.cache_data.clear()
    st.cache_resource.clear()
    directory = tmp_path / "warehouse"
    shutil.copytree(small_warehouse, directory)
    monkeypatch.setenv(WAREHOUSE, str(directory))
    return directory


def opened(script: str | Path) -> AppTest:
    """Efficacy as its address opens it, not yet run."""
    return AppTest.from_file(str(script), default_timeout=SLOW).switch_page("analysis/efficacy.py")


@pytest.fixture
def app(warehouse: Path, repository: Path) -> AppTest:
    """The Efficacy page of the app, not yet run."""
    return opened(repository / "pages" / "frame.py")


def texts(app: AppTest) -> str:
    """Everything that the page says in plain text."""
    return "\n".join(t.value for t in app.text).replace("\u00a0", " ")


def tile(app: AppTest, name: str) -> str:
    """The figure of a tile."""
    return next(m.value for m in app.metric if m.label.startswith(name))


def asked(app: AppTest, **query: str) -> AppTest:
    """The app after a visit of an address."""
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """What the page says, none of it being that something went wrong."""
    assert "Something went wrong" not in texts(app)
    assert not app.exception
    return texts(app)


def test_full(app: AppTest) -> None:
    asked(app)
    assert [c.key for c in app.get("plotly_chart")] == [
        "chart-scores-0", "chart-confusion", "chart-precision-recall", "chart-weeks-0",
    ]  # fmt: skip
    assert "Something went wrong" not in texts(app)
    assert [s.label for s in app.selectbox] == ["Model", "Version", "Window", "Slice"]
    assert app.selectbox(key="scope-version").value in ("1", "7")
    assert [m.label for m in app.metric] == [
        "Alarms a day",
        "Analyst hours a day",
        "Right alarms (precision)",
        "Attacks caught (recall)",
        "Attacks missed a day",
        "Cost a day",
    ]


def test_the_figures_are_those_of_the_files(app: AppTest) -> None:
    """By hand from the made outputs: 93 alarms of which 78 were attacks; 122 scored attacks."""
    asked(app, model="dns", version="7")
    assert tile(app, "Right alarms") == "84 %"
    assert tile(app, "Attacks caught") == "64 %"
    assert "Of 100 alarms about 16 were false; of 100 attacks about 36 were missed" in texts(app)
    assert "6 events were not scored (time-out 6)." in texts(app)


def test_choosing_a_version_writes_the_address_and_changes_the_figures(app: AppTest) -> None:
    asked(app, model="dns")
    assert app.selectbox(key="scope-version").options == ["8 · candidate", "7 · in use"]
    app.selectbox(key="scope-version").set_value("8").run()
    assert not app.exception
    assert app.query_params["version"] == "8"
    assert tile(app, "Attacks caught") == "not measurable"
    assert "attacks missed" not in texts(app)


def test_choosing_another_model_forgets_version_and_slice(app: AppTest) -> None:
    asked(app, model="dns", version="8", where="region=EMEA")
    other = next(o for o in app.selectbox(key="scope-model").options if "bold" in o)
    app.selectbox(key="scope-model").select(other).run()
    assert not app.exception
    assert "version" not in app.query_params
    assert "where" not in app.query_params
    assert next(s for s in app.selectbox if s.label == "Version").value == "1"


def test_a_slice_narrows_the_rows(app: AppTest) -> None:
    asked(app, model="dns", version="7")
    assert "240 rows" in texts(app)
    app.selectbox(key="scope-slice").set_value(("region", "EMEA")).run()
    assert app.query_params["where"] == "region=EMEA"
    assert "80 rows" in texts(app)


def test_the_split_by_slice_is_of_the_chosen_column(app: AppTest) -> None:
    asked(app, model="dns", version="7")
    assert "between the weeks of" in shown(app) or "whole weeks" in shown(app)
    assert not [b for b in app.button_group if b.key == "by"], "a closed section computes nothing"
    asked(app, model="dns", version="7", weak="true")
    next(b for b in app.button_group if b.key == "by").set_value("region").run()
    assert "Attacks caught by region: from" in shown(app)


def test_a_selection_without_rows_draws_nothing(app: AppTest) -> None:
    asked(app, model="dns", version="7", where="region=nowhere")
    assert "This selection holds no detections." in shown(app)
    assert not app.metric
    assert not app.get("plotly_chart")


def test_a_window_narrows_the_rows_and_comes_back_from_the_address(app: AppTest, warehouse: Path) -> None:
    asked(app, model="dns", version="7")
    app.selectbox(key="scope-window").set_value("Last 7 days").run()
    assert app.query_params["since"] == "2026-11-16"
    assert app.query_params["until"] == "2026-11-23"
    before = texts(app)
    again = opened(app._script_path)
    asked(again, model="dns", version="7", since="2026-11-16", until="2026-11-23")
    assert again.selectbox(key="scope-window").value == "Last 7 days"
    assert texts(again) == before


def test_chosen_days(app: AppTest) -> None:
    asked(app, model="dns", version="7", since="2026-11-02", until="2026-11-05")
    assert app.selectbox(key="scope-window").value == "Chosen days"
    assert app.date_input(key="scope-days").value == (date(2026, 11, 2), date(2026, 11, 4))


@pytest.mark.parametrize(
    ("query", "days"),
    [({"since": "2026-11-20"}, (date(2026, 11, 20), date(2026, 11, 22))), ({"since": "2026-12-01"}, ()),
     ({"until": "2026-11-05"}, ())],
)  # fmt: skip
def test_days_of_a_window_without_an_end_are_those_until_the_end_of_the_data(
    app: AppTest, query: dict[str, str], days: tuple[date, ...]
) -> None:
    asked(app, model="dns", version="7", **query)
    assert app.date_input(key="scope-days").value == days


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"model": "<b>x</b>"}, {"where": "payload=x"}, {"snapshot": "../../etc"}]
)
def test_an_address_that_cannot_be_read_says_so(app: AppTest, query: dict[str, str]) -> None:
    asked(app, **query)
    assert not app.metric
    assert " did not work\n" in texts(app)
    assert "What to do:" in texts(app)
    next(b for b in app.button if b.label == "Clear the selection").click().run()
    assert len(app.metric) == 6


def test_empty(app: AppTest, warehouse: Path) -> None:
    shutil.rmtree(warehouse)
    asked(app)
    assert not app.metric
    assert "Nothing has been imported yet" in texts(app)
    assert "bartizan import detections" in app.code[0].value


def test_broken(app: AppTest, warehouse: Path) -> None:
    for snapshot in (warehouse / "snapshots").iterdir():
        snapshot.write_bytes(b"not a database")
    asked(app)
    assert not app.metric
    assert "The data cannot be read" in texts(app)
    assert "Nothing has been imported" not in texts(app)


def test_what_nobody_foresaw_is_shown_by_reference_only(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("analytics.warehouse.current_id", broken)
    with caplog.at_level(logging.ERROR, logger="bartizan.pages"):
        asked(app)
    assert "Something went wrong inside the app" in texts(app)
    assert "secret detail" not in texts(app)
    reference = texts(app).split("give reference ")[1].split(" ")[0]
    assert any(reference in r.getMessage() and r.exc_info for r in caplog.records)


@pytest.mark.parametrize(("stale", "said"), [(timedelta.min, True), (timedelta.max, False)])
def test_data_that_stopped_arriving_is_said(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, stale: timedelta, said: bool
) -> None:
    monkeypatch.setattr("pages.parts.head.STALE", stale)
    asked(app)
    assert "data as of 22 Nov 2026 14:00 (UTC)" in texts(app)
    assert any("not evaluated" in m.value for m in app.markdown) is said


def test_a_pinned_view_says_that_newer_data_exists(app: AppTest, warehouse: Path) -> None:
    old = str(current_id(warehouse))
    asked(app, model="dns", snapshot=old)
    assert "newer data exists" not in texts(app)
    new = old[:-1] + ("0" if old[-1] != "0" else "1")
    shutil.copy(warehouse / "snapshots" / f"{old}.duckdb", warehouse / "snapshots" / f"{new}.duckdb")
    (warehouse / "CURRENT").write_text(new, encoding="ascii")
    app.run()
    assert "newer data exists" in texts(app)
    next(b for b in app.button if b.label == "Show the newest").click().run()
    assert "snapshot" not in app.query_params
    app.session_state["share"] = True
    app.run()
    assert f"snapshot {new}" in texts(app)
    assert "newer data exists" not in texts(app)


def test_names_from_data_never_become_markdown_or_html(app: AppTest) -> None:
    asked(app)
    other = next(o for o in app.selectbox(key="scope-model").options if "bold" in o)
    app.selectbox(key="scope-model").select(other).run()
    rendered = [m.value for m in app.markdown] + [m.label + str(m.value) + m.help for m in app.metric]
    rendered += [c.value for c in app.caption] + [b.label for b in app.button] + [t.value for t in app.title]
    assert not [r for r in rendered if "x.example" in r or "<b>" in r or "**bold**" in r]


def test_another_threshold_moves_every_figure_and_the_address(app: AppTest, small_outputs: tuple[Path, Path]) -> None:
    rows = pd.read_csv(small_outputs[1]).query("model_id == 'dns' and model_version == 7 and score == score")
    asked(app, model="dns", version="7")
    app.text_input(key="threshold-box").set_value("0.3").run()
    assert not app.exception
    assert app.query_params["threshold"] == "0.3"
    alarms = rows[rows["score"] >= 0.3]
    missed = int(((rows["score"] < 0.3) & (rows["label"] == 1)).sum())
    false, attacks = (alarms["label"] == 0).sum() / alarms["label"].notna().sum(), (rows["label"] == 1).sum()
    told = f"Of 100 alarms about {100 * false:.0f} were false; of 100 attacks about {100 * missed / attacks:.0f} were"
    assert told in texts(app)
    assert "At threshold 0.3," in texts(app)
    app.text_input(key="threshold-box").set_value("").run()
    assert "threshold" not in app.query_params
    assert tile(app, "Attacks caught") == "64 %"


@pytest.mark.parametrize("text", ["high", "1.5", "nan", "-1"])
def test_a_threshold_that_is_no_score_is_told_in_words(app: AppTest, text: str) -> None:
    asked(app, model="dns", version="7", threshold=text)
    assert "is no score" in shown(app)
    assert app.text_input(key="threshold-box").value == text
    assert app.select_slider
    assert "At threshold 0.6," in texts(app), "the one in force stands"
    app.text_input(key="threshold-box").set_value("0,3").run()
    assert "At threshold 0.3," in texts(app), "a comma may stand for the point"
    assert "is no score" not in shown(app)


def test_a_long_threshold_is_told_back_in_part(app: AppTest) -> None:
    asked(app, model="dns", version="7", threshold="9" * 5000)
    assert "is no score" in shown(app)
    assert "9" * 100 not in shown(app)


def test_another_version_forgets_the_threshold(app: AppTest) -> None:
    asked(app, model="dns", version="7", threshold="0.3")
    app.selectbox(key="scope-version").set_value("8").run()
    assert "threshold" not in app.query_params


SECTIONS = {
    "weak": "slice",
    "candidate": "No labelled event was scored by both",
    "costs": "Say what a missed attack and a false alarm cost.",
    "known": "No label came since",
    "unchecked": "6 events were not scored (time-out 6).",
    "more": "area under the curve",
}


@pytest.mark.parametrize(("key", "says"), SECTIONS.items())
def test_a_section_computes_when_it_is_opened(app: AppTest, key: str, says: str) -> None:
    asked(app, model="dns", version="7")
    before = shown(app)
    asked(app, model="dns", version="7", **{key: "true"})
    assert says in shown(app)
    assert len(shown(app)) > len(before)


def test_the_slider_moves_every_figure_and_the_address(app: AppTest) -> None:
    asked(app, model="dns", version="7")
    figures = {m.label: m.value for m in app.metric}
    slider = app.select_slider(key="threshold-slider")
    assert any("in force" in option for option in slider.options)
    lowest = float(slider.options[0].split(" ")[0])
    slider.set_value(lowest).run()
    assert float(app.query_params["threshold"]) == lowest == app.select_slider(key="threshold-slider").value
    moved = {m.label: m.value for m in app.metric}
    assert moved["Alarms a day"] != figures["Alarms a day"]
    assert moved["Right alarms (precision)"] != figures["Right alarms (precision)"]
    assert "against in force" in shown(app)


def test_costs_of_the_address_hold_for_the_view_and_without_sign_in_stay_proposed(app: AppTest) -> None:
    asked(app, model="dns", version="7", cost_missed="100", cost_false_alarm="2", cost_hour="50")
    assert tile(app, "Cost a day") != "not said"
    assert "Nobody has agreed on these for this model yet." in shown(app)
    next(b for b in app.button if b.label == "Record proposal").click().run()
    assert "10 minutes a case, 100 for a missed attack, 2 for a false alarm, 50 for an analyst hour." in shown(app)
    assert "It stays proposed: it needs two people whom sign-in tells apart" in shown(app)
    assert not {"Record proposal", "Record approval"} & {b.label for b in app.button}
    assert tile(app, "Cost a day") != "not said", "this view goes on with it"
    assert "agreed by" not in shown(app)
    for key in ("cost_missed", "cost_false_alarm", "cost_hour", "minutes_per_case", "alarms_per_case"):
        del app.query_params[key]
    asked(app)
    assert tile(app, "Cost a day") == "not said", "for everybody else it does not hold"
    next(b for b in app.button if b.label == "Use the proposal in this view").click().run()
    assert tile(app, "Cost a day") != "not said"
    asked(app, cost_missed="dear")
    assert "is not all numbers" in texts(app)


def test_what_the_first_run_loads_is_out_of_the_collection_and_what_follows_is_not(app: AppTest) -> None:
    gc.unfreeze()
    asked(app, model="dns", version="7")
    frozen = gc.get_freeze_count()
    assert frozen > 100_000
    asked(app, threshold="0.5")
    assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen
    gc.unfreeze()


def test_no_slide_counts_labelled_rows_as_if_they_were_rates(app: AppTest) -> None:
    asked(app, model="dns", version="7", present="1", slide="2")
    assert "Of 100 alarms about 16 were false; of 100 attacks about 36 were missed" in texts(app)
    assert "weighted" not in texts(app)


def test_presenting_shows_one_sentence_and_one_picture_at_a_pinned_snapshot(app: AppTest, warehouse: Path) -> None:
    asked(app, model="dns", version="7")
    next(b for b in app.button if b.label == "Present").click().run()
    assert (app.query_params["present"], app.query_params["snapshot"]) == ("1", f"{current_id(warehouse)}~0")
    assert [c.key for c in app.get("plotly_chart")] == ["chart-slide"]
    assert not app.selectbox
    first = shown(app)
    next(b for b in app.button if b.label == "Next").click().run()
    assert app.query_params["slide"] == "1"
    assert shown(app) != first
    asked(app, slide="99")
    assert "5 of 5" in shown(app)
    next(b for b in app.button if b.label == "Leave").click().run()
    assert not {"present", "slide", "snapshot"} & set(app.query_params)
    assert app.selectbox
    pinned = str(current_id(warehouse))
    asked(app, snapshot=pinned)
    for label in ("Present", "Leave"):
        next(b for b in app.button if b.label == label).click().run()
    assert app.query_params["snapshot"] in (pinned, [pinned]), "it was pinned before"


def test_the_model_goes_along_in_the_menu_and_the_window_does_not(app: AppTest) -> None:
    asked(app, model="dns", version="7", since="2026-11-20", until="2026-11-22", threshold="0.5")
    for page in ("analysis/drift.py", "briefing/overview.py", "analysis/efficacy.py"):
        app.query_params.clear()  # as the links of a menu name nothing
        app.switch_page(page).run()
        assert not app.exception
        assert dict(app.query_params) == {"model": "dns", "version": "7"}, page
    assert app.selectbox(key="scope-model").value == "dns"
    asked(app, model="waf")
    app.query_params.clear()
    app.run()
    assert dict(app.query_params) == {}, "on the same page an address that names nothing means what it always does"


@pytest.mark.parametrize("page", ["overview", "efficacy", "drift", "detections", "explanations", "feedback"])
def test_every_page_and_slide_says_what_is_simulated_and_no_other_does(sample_visitors: Any, page: str) -> None:
    for query in ({}, {"present": "1"}):
        said = texts(sample_visitors.visit(page, query))
        assert re.search(r"data as of 22 Nov 2026 00:00 \(UTC\)(, .* old)? · simulated$", said, re.MULTILINE), query
        assert (" old · simulated" in said) is (not query), "on a slide nothing moves"
    (sample_visitors.warehouse / "sample.json").unlink()
    assert " · simulated" not in texts(sample_visitors.visit(page))
