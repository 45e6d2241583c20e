"""The Overview page over a known, a hostile, an empty and a broken warehouse, by Streamlit's own test harness."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.overview import reviews
from analytics.overview import words as overview_words
from analytics.overview.reviews import Acceptance
from analytics.settings import WAREHOUSE
from analytics.viewer import local_viewer
from analytics.warehouse import import_files, replay
from pages.parts import attention, service_table

SLOW = 30
"""Seconds after which a run of the script counts as hanging."""
MONTH = {"since": "2026-11-06T23:00:00Z", "until": "2026-12-06T23:00:00Z"}
"""The last 30 days of the perimeter, which ends at midnight in Berlin."""

HOSTILE = "<b>x</b> [a](http://x.example) $x$"

Visit = Callable[..., AppTest]


@pytest.fixture
def visit(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Visit an address of Overview on a copy of a warehouse."""
    st.cache_data.clear()
    st.cache_resource.clear()
    directory = tmp_path / "warehouse"
    monkeypatch.setenv(WAREHOUSE, str(directory))

    def visited(warehouse: Path | None, **query: str) -> AppTest:
        if warehouse is not None and not directory.exists():
            shutil.copytree(warehouse, directory)
        app = AppTest.from_file(str(repository / "pages" / "frame.py"), default_timeout=SLOW)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return visited


def texts(app: AppTest) -> str:
    """Everything that the page says in plain text, none of it being that something went wrong."""
    assert not app.exception
    said = "\n".join(t.value for t in app.text).replace("\u00a0", " ")
    assert "Something went wrong" not in said
    assert "Traceback" not in said
    return said


def opens(app: AppTest, name: str, nth: int) -> None:
    """Open one of the popovers whose names begin like that."""
    found = [b.key for b in app.main if b.type == "popover" and b.key and b.key.startswith(name)]
    app.session_state[found[nth]] = True
    app.run()


def press(app: AppTest, label: str) -> None:
    """Press the one button with a label."""
    (button,) = (b for b in app.button if b.label == label)
    button.click().run()


def figures(app: AppTest) -> dict[str, str]:
    """The tiles."""
    return {m.label: str(m.value) for m in app.metric}


def ways(app: AppTest) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Label, page and query of every link."""
    return [
        (p.label.replace("\u00a0", " "), p.page, parse_qs(p.query_string))
        for p in (e.proto for e in app.get("page_link"))
    ]


def links(app: AppTest) -> list[tuple[str, dict[str, list[str]]]]:
    """Label and query of every link to Efficacy."""
    return [(label, query) for label, page, query in ways(app) if page == "efficacy"]


def test_the_figures_are_those_of_the_files(visit: Visit, perimeter: Path) -> None:
    """By hand, see ``test_overview``. Caught: 76 of 76, 21 known misses and at most 429 unknown ones."""
    app = visit(perimeter, changes="week", **MONTH)
    assert figures(app) == {
        "Services that can stop attacks": "1 of 2",
        "Need attention": "1 of 2",
        "Checked a day": "2,560",
        "Alarms judged right or wrong": "0–100 %",
    }
    said = texts(app)
    assert "One of two services needs attention. WAF: 3.0 missed attacks found a day, up from 0.0 before 30 Nov" in said
    assert "DNS: storm in EMEA, Fri 20 Nov 10:00–13:00, up to 40 times the usual alarms." in said
    of_table = [(label, page) for label, page, _ in ways(app) if label != "Look into it"]
    name, spark = ("Efficacy of this service", "efficacy"), ("Its decisions, of late and before", "drift")
    of_dns = ["**alerts only**", "**no data**", "**no drill**", "**no data**", "**no data**",
              "**2,540** :small[56 alarms]"]  # fmt: skip
    of_waf = ["**95.0 %**", "**63 %** :small[54–71 %]", "**no drill**", "**cannot tell** :small[14–78 %]",
              "**1.5** :small[1.1–1.8]", "**19** :small[4 alarms]"]  # fmt: skip
    assert of_table == [
        name, *((label, "efficacy") for label in of_dns), spark, ("no verdicts yet", "efficacy"),
        name, *((label, "efficacy") for label in of_waf), spark, ("misses unknown", "efficacy"),
    ]  # fmt: skip


def test_every_cell_leads_to_what_explains_it_with_the_same_scope(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter, where="region=EMEA", **MONTH)
    of_waf = [way for way in ways(app) if way[2].get("model") == ["w"] and way[0] != "Look into it"]
    scope = {"model": ["w"], "version": ["1"], "where": ["region=EMEA"]}
    of_month = scope | {key: [time] for key, time in MONTH.items()}
    open_ = {0: {}, 1: {"unchecked": ["true"]}, 6: {"unchecked": ["true"]}, 8: {"more": ["true"]}}
    for i, (_, page, query) in enumerate(of_waf):
        if i == 7:  # the picture is of 90 days, whatever the window is
            assert (page, query) == ("drift", scope | {"mixes": ["true"]})
        else:
            assert (page, query) == ("efficacy", of_month | open_.get(i, {}))
    assert len(of_waf) == 9


def test_what_wants_attention_leads_to_the_rows_and_figures_it_speaks_of(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter, changes="week", **MONTH)
    found = [(page, query) for label, page, query in ways(app) if label == "Look into it"]
    missed, right, outage, storm = found
    assert (missed[0], missed[1]["through"], missed[1]["model"]) == ("feedback", ["true"], ["w"])
    assert (right[0], right[1]["since"]) == ("efficacy", ["2026-11-29T23:00:00Z"])
    assert outage == ("efficacy", {
        "model": ["d"], "version": ["2"], "since": ["2026-11-25T02:00:00Z"], "until": ["2026-11-25T03:00:00Z"],
        "where": ["region=EMEA"], "unchecked": ["true"],
    })  # fmt: skip
    assert (storm[0], "unchecked" in storm[1]) == ("efficacy", False)
    press(app, "Show 1 more")
    (silent,) = [query for label, page, query in ways(app) if label == "Look into it" and page == "detections"]
    days = {"since": ["2026-11-17T23:00:00Z"], "until": ["2026-11-19T23:00:00Z"]}
    assert silent == {
        "model": ["w"], "version": ["1"], **days, "known_at": days["until"], "label": ["labelled"],
    }  # fmt: skip


def test_inspect_of_a_picture_says_what_it_counts_and_of_which_hours(visit: Visit, perimeter: Path) -> None:
    """By hand: 60 events of one hour, the other 48 hours around it none; 21 misses in the week, found the same day."""
    app = visit(perimeter)
    app.session_state["inspect-happening"] = True
    app.run()
    said = texts(app)
    assert "Rests on: 21 missed attacks, each on the day on which it became known; 35 days, 2 Nov to 6 Dec" in said
    assert "Scope: WAF: model w, version 1 · since 2 Nov 2026" in said
    next(b for b in app.button_group if b.key == "event").set_value("Unchecked · 25 Nov 03:00").run()
    said = texts(app)
    assert "Rests on: 60 unchecked events; 49 hours, Tue 24 Nov 03:00 to Thu 26 Nov 04:00" in said
    assert "Scope: DNS: model d, version 2 · 25 Nov 2026 03:00 until before 25 Nov 2026 04:00 · region: EMEA" in said


def test_every_head_of_the_table_says_what_it_means(visit: Visit, perimeter: Path) -> None:
    heads = {t.value: t.proto.help for t in visit(perimeter).text if t.value in service_table.HEADS}
    assert heads == service_table.HEADS
    assert len(heads) == 9
    assert all(meaning.endswith(".") for meaning in heads.values())


def test_the_window_moves_figures_links_and_address(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter)
    assert app.selectbox(key="perimeter-window").value == "Last 30 days"
    for name, days in (("Last 7 days", 7), ("Last 90 days", 90), ("Last 30 days", 30)):
        app.selectbox(key="perimeter-window").set_value(name).run()
        since, until = (date.fromisoformat(str(app.query_params[k])[:10]) for k in ("since", "until"))
        assert (until - since).days == days
        assert app.selectbox(key="perimeter-window").value == name
        of_table = [q for label, q in links(app) if label != "Look into it"]
        assert len(of_table) == 16
        for query in of_table:
            assert (query["since"], query["until"]) == ([app.query_params["since"]], [app.query_params["until"]])
        assert {q["model"][0] for q in of_table} == {"d", "w"}
    app.selectbox(key="perimeter-window").set_value("All data").run()
    assert app.query_params == {"window": "all"}
    assert "storm in EMEA" in texts(app)
    assert "since" not in links(app)[-1][1]
    app.selectbox(key="perimeter-window").set_value("Last 7 days").run()
    assert "window" not in app.query_params


def test_the_region_moves_figures_and_links(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter, **MONTH)
    assert app.selectbox(key="perimeter-region").options == ["All regions", "APAC", "EMEA"]
    app.selectbox(key="perimeter-region").set_value("APAC").run()
    assert app.query_params["where"] == "region=APAC"
    assert figures(app)["Checked a day"] == "10"
    assert all(query["where"] == ["region=APAC"] for _, _, query in ways(app))
    assert "storm" not in texts(app)
    app.selectbox(key="perimeter-region").set_value("All regions").run()
    assert "where" not in app.query_params
    assert figures(app)["Checked a day"] == "2,560"


def test_what_changed_since_when(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter)
    assert app.selectbox(key="perimeter-since").value == "week"
    app.selectbox(key="perimeter-since").set_value("shift").run()
    assert app.query_params["changes"] == "shift"
    assert "since 6 Dec 14:00" in texts(app)
    assert "Changes since the last shift began · Sun 14:00" in app.selectbox(key="perimeter-since").options
    assert "Nothing got worse" not in texts(app), "less than two shifts hold no two whole days"
    app.selectbox(key="perimeter-since").set_value("friday").run()
    assert "since 4 Dec 18:00" in texts(app)


def test_an_event_is_chosen_and_forgotten_with_its_window(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter)
    choice = next(b for b in app.button_group if b.key == "event")
    assert (choice.options, choice.value) == (
        ["Missed · by day", "Unchecked · 25 Nov 03:00", "Storm · 20 Nov 10:00"],
        "Missed · by day",
    )
    assert "By the day of finding" in texts(app)
    choice.set_value("Unchecked · 25 Nov 03:00").run()
    assert "Unchecked events hour by hour" in texts(app)
    choice.set_value("Storm · 20 Nov 10:00").run()
    assert "Alarms hour by hour" in texts(app)
    assert "Unchecked events" not in texts(app)
    app.selectbox(key="perimeter-window").set_value("Last 7 days").run()
    assert "hour by hour" not in texts(app)
    app.selectbox(key="perimeter-window").set_value("Last 30 days").run()
    texts(app)
    assert len(app.get("plotly_chart")) == 1


def test_who_takes_it_on_is_recorded_and_shown_at_once(visit: Visit, perimeter: Path, tmp_path: Path) -> None:
    app = visit(perimeter)
    assert texts(app).lower().count("no owner, no date") == 4
    opens(app, "assigning", 0)
    owner, due = app.text_input[0], app.date_input[0]
    assert (owner.label, due.label, due.value) == ("Who", "By when", date(2026, 12, 13))
    owner.set_value("<b>A. Owner</b>")
    due.set_value(date(2026, 12, 9))
    app.text_input[1].set_value("retrain with [x](http://x.example) and " + "so on " * 10)
    next(b for b in app.button if b.label == "Record").click().run()
    assert "<b>A. Owner</b>, by 9 Dec: retrain with [x](http://x.example) and so on so o…" in texts(app)
    assert texts(app).lower().count("no owner, no date") == 3
    (found,) = replay(tmp_path / "warehouse")
    assert (found.kind, found.subject) == ("attention_assigned", "w/missed")
    assert found.body == {
        "owner": "<b>A. Owner</b>",
        "due": "2026-12-09",
        "note": f"retrain with [x](http://x.example) and {'so on ' * 10}".strip(),
    }
    again = visit(None)
    assert "<b>A. Owner</b>, by 9 Dec" in texts(again)
    assert not [m for m in again.markdown if "A. Owner" in m.value]


def test_what_is_accepted_stands_last_until_it_is_reopened(visit: Visit, perimeter: Path, tmp_path: Path) -> None:
    app = visit(perimeter)
    assert "What wants attention: none has an owner" in texts(app)
    opens(app, "accepting", 0)
    press(app, "Accept until then")
    assert "not said why" in texts(app)
    assert replay(tmp_path / "warehouse") == []
    for field, text in zip(app.text_input, (HOSTILE, "<b>a cap</b>"), strict=True):
        field.set_value(text)
    press(app, "Accept until then")
    (found,) = replay(tmp_path / "warehouse")
    assert (found.kind, found.subject) == ("attention_accepted", "w/missed")
    assert found.body == {"until": "2026-12-20", "reason": HOSTILE, "meanwhile": "<b>a cap</b>"}
    assert "one is accepted until 20 Dec" in texts(app)
    again = visit(None)
    press(again, "Show 1 more")
    assert "Still going on · accepted until 20 Dec by " in texts(again)
    opens(again, "accepting", -1)
    assert f"Why: {HOSTILE}" in texts(again)
    assert not [m for m in again.markdown if "x.example" in m.value]
    press(again, "Wants attention again")
    assert [r.kind for r in replay(tmp_path / "warehouse")] == ["attention_accepted", "attention_reopened"]
    assert "What wants attention: none has an owner" in texts(again)
    assert "accepted until" not in texts(again)


def test_nothing_that_people_record_changes_a_talk(visit: Visit, perimeter: Path, tmp_path: Path) -> None:
    app = visit(perimeter, present="1").run()  # from the second run on the address names the snapshot
    before = texts(app)
    assert before.startswith("One of two services needs attention. WAF: 3.0 missed attacks found a day")
    place, me = tmp_path / "warehouse", local_viewer()
    given = Acceptance(date(2026, 12, 20), "known", "rules", "")
    for i, subject in enumerate(("w/missed", "w/precision")):
        reviews.accept(place, me, subject, given, date(2026, 12, 6), f"a{i}")
    reviews.hold_review(place, me, datetime(2026, 12, 5, tzinfo=UTC), "", "r")
    assert texts(app.run()) == before
    press(app, "Leave")
    assert texts(app) != before and "since 5 Dec" in texts(app)


def test_more_than_a_screen_holds_is_shown_on_demand(
    visit: Visit, perimeter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "MOST", 1)
    app = visit(perimeter, changes="week", **MONTH)
    storm = "DNS: storm in EMEA"
    assert storm not in texts(app)
    (more,) = (b for b in app.button if b.label.endswith("more"))
    more.click().run()
    assert storm in texts(app)
    assert not [b for b in app.button if b.label.endswith("more")]


def test_what_was_over_before_the_window_is_named(visit: Visit, perimeter: Path) -> None:
    late = {**MONTH, "since": "2026-11-28T23:00:00Z"}
    assert "Over before 29 Nov: events of DNS; a longer window tells." in texts(
        visit(perimeter, changes="week", **late)
    )


def test_nobody_is_not_recorded(visit: Visit, perimeter: Path, tmp_path: Path) -> None:
    app = visit(perimeter)
    opens(app, "assigning", 0)
    app.text_input[0].set_value("  ")
    next(b for b in app.button if b.label == "Record").click().run()
    assert "nobody is named" in texts(app)
    assert replay(tmp_path / "warehouse") == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"window": "all"},
        {"changes": "shift", "where": "region=EMEA", **MONTH},
        {"since": "2026-11-18T23:00:00Z", "until": "2026-11-20T23:00:00Z"},
    ],
)
def test_a_reload_gives_the_same_view(visit: Visit, perimeter: Path, query: dict[str, str]) -> None:
    first = visit(perimeter, **query)
    again = visit(None, **{k: str(v) for k, v in first.query_params.items()})
    assert texts(first) == texts(again)
    assert [s.value for s in first.selectbox] == [s.value for s in again.selectbox]
    assert ways(first) == ways(again)
    if "2026-11-18T23:00:00Z" in query.values():
        assert again.selectbox(key="perimeter-window").value == "Chosen days"


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"where": "payload=x"},
        {"since": "2026-11-20", "until": "2026-11-19"},
        {"snapshot": "../x"},
    ],
)
def test_an_address_that_cannot_be_read_says_so(visit: Visit, perimeter: Path, query: dict[str, str]) -> None:
    app = visit(perimeter, **query)
    assert not app.metric
    assert "What to do:" in texts(app)
    next(b for b in app.button if b.label == "Clear the selection").click().run()
    assert len(app.metric) == 4
    texts(app)


@pytest.mark.parametrize(
    "query",
    [{"changes": "<b>x</b>"}, {"window": "x"}, {"model": "nobody", "version": "9"}, {"where": "technique=x"}],
)
def test_what_means_nothing_here_changes_nothing(visit: Visit, perimeter: Path, query: dict[str, str]) -> None:
    assert texts(visit(perimeter, **query)) == texts(visit(None))


def test_a_region_that_nobody_knows_holds_nothing(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter, where="region=<b>nowhere</b>")
    said = texts(app)
    assert "No events in this selection: nothing was checked." in said
    assert "What wants attention cannot be told" in said
    assert "only alert" not in said
    assert "alerts only" not in str(links(app))
    assert figures(app) == {
        "Services that can stop attacks": "no data", "Need attention": "cannot tell", "Checked a day": "no data",
        "Alarms judged right or wrong": "no data",
    }  # fmt: skip
    assert app.selectbox(key="perimeter-region").value == "<b>nowhere</b>"


def test_hostile_names_stay_text(visit: Visit, small_warehouse: Path, hostile_name: str) -> None:
    app = visit(small_warehouse, window="all")
    assert hostile_name in texts(app)
    rendered = [m.value for m in app.markdown] + [m.label + str(m.value) + m.help for m in app.metric]
    rendered += [c.value for c in app.caption] + [b.label for b in app.button] + [t.value for t in app.title]
    rendered += [label for label, *_ in ways(app)] + [e.proto.help for e in app.get("page_link")]
    assert not [r for r in rendered if "x.example" in r or "<b>" in r or "**bold**" in r]
    assert {q["model"][0] for *_, q in ways(app)} == {"dns", hostile_name}


def test_the_rows_of_the_small_warehouse(visit: Visit, small_warehouse: Path) -> None:
    """By hand: of 240 rows in 49 days and 20 hours 6 were not scored and 93 acted on, of which 15 were benign."""
    app = visit(small_warehouse, window="all")
    labels = [label for label, _ in links(app)]
    days = 49 + 19 / 24
    assert any(label.startswith(f"**{15 / days:.1f}** :small[") for label in labels)
    assert f"**{234 / days:.1f}** :small[{93 / days:.1f} alarms]" in labels
    assert any(label.startswith("**84 %**") for label in labels)


def test_empty_and_models_only_say_how_data_gets_here(
    visit: Visit, tmp_path: Path, perimeter_files: dict[str, Path]
) -> None:
    app = visit(None)
    assert "Nothing has been imported yet" in texts(app)
    import_files(tmp_path / "warehouse", "models", [str(perimeter_files["models"])])
    app = visit(None)
    assert "Nothing has been imported yet" in texts(app)
    assert "bartizan import detections" in app.code[-1].value
    assert not app.metric


def test_a_broken_snapshot_is_not_empty(visit: Visit, perimeter: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(perimeter, tmp_path / "broken")
    for snapshot in (broken / "snapshots").iterdir():
        snapshot.write_bytes(b"not a database")
    app = visit(broken)
    assert "The data cannot be read" in texts(app)
    assert not app.metric


@pytest.mark.parametrize("slide", ["9" * 4400, "-1", "x", "1.5", "٣" * 5000])
def test_a_slide_that_is_no_number_is_the_first(visit: Visit, perimeter: Path, slide: str) -> None:
    app = visit(perimeter, present="1", slide=slide, **MONTH)
    assert "1 of " in texts(app)


def test_presenting_shows_one_idea_a_screen_at_a_pinned_snapshot(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter, changes="week", **MONTH)
    headline = texts(app).splitlines()
    next(b for b in app.button if b.label == "Present").click().run()
    assert app.query_params["present"] == "1"
    assert app.query_params["snapshot"]
    assert not app.selectbox
    assert len(app.get("plotly_chart")) == 0, "the first slide is the sentence and its figures"
    assert set(texts(app).splitlines()) & set(headline)
    count = int(texts(app).rsplit(" of ", 1)[1].split()[0])
    for at in range(1, count):
        next(b for b in app.button if b.label == "Next").click().run()
        assert app.query_params["slide"] == str(at)
        assert len(app.get("plotly_chart")) <= 1
        assert f"{at + 1} of {count}" in texts(app)
    assert next(b for b in app.button if b.label == "Next").disabled
    next(b for b in app.button if b.label == "Leave").click().run()
    assert not {"present", "slide", "snapshot"} & set(app.query_params)


def test_leaving_a_talk_leads_back_to_the_window_as_it_was(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter)
    for name in ("Present", "Next", "Leave"):
        next(b for b in app.button if b.label == name).click().run()
    assert not {k: v for k, v in app.query_params.items() if k != "changes"}
    assert app.selectbox[0].value == "Last 30 days"


def test_a_talk_that_is_begun_by_hand_is_pinned_too(visit: Visit, perimeter: Path) -> None:
    app = visit(perimeter, present="1")
    pinned = app.query_params["snapshot"]
    assert "~" in str(pinned)
    next(b for b in app.button if b.label == "Next").click().run()
    assert app.query_params["snapshot"] == pinned
    next(b for b in app.button if b.label == "Leave").click().run()
    assert not {"present", "slide", "snapshot"} & set(app.query_params)


def test_a_key_that_comes_with_an_old_address_goes_on_from_the_slide_that_is_shown(
    visit: Visit, perimeter: Path
) -> None:
    app = visit(perimeter, present="1", changes="week", **MONTH)
    next(b for b in app.button if b.label == "Next").click().run()
    app.query_params["slide"] = "0"  # as the browser says, which has not heard of the step yet
    next(b for b in app.button if b.label == "Next").click().run()
    assert app.query_params["slide"] == "2"


def test_long_notes_wait_until_somebody_opens_them(
    visit: Visit, perimeter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = ["WAF: <b>simulated</b> " + "and so on " * 20, "DNS: a public set " + "and so on " * 20]
    monkeypatch.setattr(overview_words, "notes", lambda _: notes)
    app = visit(perimeter, **MONTH)
    assert notes[0] not in texts(app)
    app.session_state["notes-on-data"] = True
    app.run()
    assert all(note.strip() in texts(app) for note in notes)
    monkeypatch.setattr(overview_words, "notes", lambda _: ["Simulated."])
    assert "Simulated." in texts(visit(None, **MONTH))
