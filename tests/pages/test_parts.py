"""What pages share, without a browser: windows, ages, downloads, and how the address becomes a scope."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from analytics.errors import BadInput, NoData
from analytics.glossary import COLUMNS
from analytics.scope import Scope
from pages.parts import heads, scope_bar, stamp, url, window
from pages.parts.download import to_csv


def test_last_days_are_cut_in_the_business_zone() -> None:
    now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already the 24th in Berlin
    since, until = window.last_days(7, now, "Europe/Berlin")
    assert since == datetime(2026, 11, 17, 23, tzinfo=UTC)
    assert until == datetime(2026, 11, 24, 23, tzinfo=UTC)


def test_a_day_of_the_clock_change_has_25_hours() -> None:
    since, until = window.between(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin")
    assert until - since == timedelta(hours=25)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 400), st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_days_and_windows_are_inverse(first: date, length: int, zone: str) -> None:
    last = first + timedelta(days=length)
    assert window.days(*window.between(first, last, zone), zone) == (first, last)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-5, "0 min"), (12, "12 min"), (119, "119 min"), (120, "2 h"), (2880, "2 days"), (10**7, "19 years")],
)
def test_age(minutes: int, said: str) -> None:
    assert stamp.age(timedelta(minutes=minutes)) == said


def test_as_of_names_the_zone_and_the_age() -> None:
    until = datetime(2026, 11, 23, 13, tzinfo=UTC)
    said = stamp.as_of(until, until + timedelta(minutes=12), "Europe/Berlin")
    assert said == "data as of 23 Nov 2026 14:00 (Europe/Berlin), 12 min old"
    assert stamp.as_of(until, None, "Europe/Berlin") == "data as of 23 Nov 2026 14:00 (Europe/Berlin)"
    assert stamp.as_of(None, until, "UTC") == "no detections yet"


FORMULAS = ["=cmd()", "+1", "-1+2", "@x", "\t=1", " =1", "＝1", "\r\n=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_starts_a_formula(text: str) -> None:
    data = to_csv(pd.DataFrame({text: [text, "fine"], "n": [-1.5, 2.0]})).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data, newline="")))
    assert rows[0][0] == f"'{text}"
    assert rows[1] == [f"'{text}", "-1.5"]
    assert rows[2] == ["fine", "2.0"]


def test_a_download_leaves_its_frame_alone() -> None:
    frame = pd.DataFrame({"a": ["=1"], "day": [date(2026, 11, 23)]})
    assert to_csv(frame).decode("utf-8-sig").splitlines()[1] == "'=1,2026-11-23"
    assert frame["a"].tolist() == ["=1"]


ROWS = [
    {"model_id": "dns", "model_version": "8", "role": "challenger", "until": datetime(2026, 11, 23)},
    {"model_id": "dns", "model_version": "7", "role": "champion", "until": datetime(2026, 11, 22)},
    {"model_id": "bot", "model_version": "1", "role": "shadow", "until": datetime(2026, 11, 1)},
    {"model_id": "bot", "model_version": "2", "role": "shadow", "until": datetime(2026, 11, 2)},
]


@pytest.mark.parametrize(
    ("asked", "version"),
    [(Scope(), "7"), (Scope(model="dns"), "7"), (Scope(model="dns", version="8"), "8"), (Scope(model="bot"), "2")],
)
def test_the_version_in_use_is_shown_unless_another_is_named(asked: Scope, version: str) -> None:
    assert scope_bar.fill(asked, ROWS).version == version


def test_what_the_snapshot_does_not_hold_is_never_replaced_by_something_else() -> None:
    for asked in (Scope(model="waf"), Scope(model="dns", version="9")):
        with pytest.raises(BadInput):
            scope_bar.fill(asked, ROWS)
    with pytest.raises(NoData):
        scope_bar.fill(Scope(), [])


def test_the_address_holds_every_part_of_a_scope() -> None:
    scope = Scope(
        model="a&b=c",
        version="7",
        since=datetime(2026, 11, 1, tzinfo=UTC),
        where=(("region", "EMEA & =x"), ("s.family", "")),
    )
    pairs = url.pairs(scope)
    assert pairs["where"] == ["region=EMEA & =x", "s.family="]
    assert set(pairs) <= url.KEYS


def test_a_model_is_named_unless_its_name_would_mislead() -> None:
    rows = [
        {"model_id": "a", "name": "Guard"},
        {"model_id": "a", "name": "Guard"},
        {"model_id": "b", "name": "Forest"},
        {"model_id": "b", "name": "Boosting"},
        {"model_id": "c", "name": "Twin"},
        {"model_id": "d", "name": "Twin"},
        {"model_id": "e", "name": None},
    ]
    assert scope_bar.model_names(rows) == {"a": "Guard", "b": "b", "c": "c", "d": "d", "e": "e"}


def test_what_draws_charts_is_fetched_unseen_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, chart = [], streamlit.plotly_chart
    monkeypatch.setattr(streamlit, "plotly_chart", lambda *a, **k: (sent.append(k["key"]), chart(*a, **k)))

    def script() -> None:
        import streamlit as st

        from pages.parts import early

        with early.charts():
            st.text("figures")

    app = AppTest.from_function(script).run()
    places = len(app.main.children)
    assert sent == ["unseen-chart"] and not app.get("plotly_chart"), "nothing of it stays"
    app.run()
    assert sent == ["unseen-chart"] and not app.get("plotly_chart")
    assert len(app.main.children) == places, "what stands below keeps its place"


def test_heads_that_are_terms_say_what_they_mean() -> None:
    table = pd.DataFrame(columns=["Score", "index (PSI)", "Application"])
    as_number, narrow = streamlit.column_config.NumberColumn(format="%.4g"), streamlit.column_config.Column(width=80)
    told = heads.explained(table, {"Score": as_number, "Application": narrow, "Gone": narrow})
    assert told["Score"] == {**as_number, "help": COLUMNS["score"]}, "how it is drawn stays"
    assert told["index (PSI)"]["help"] == COLUMNS["index (psi)"]
    assert told["Application"] == narrow, "no term, no meaning"
    assert len(told) == 3
    assert heads.explained(table[["Application"]]) == {}


def test_every_explained_head_is_that_of_a_table(repository: Path) -> None:
    assert list(COLUMNS) == sorted(COLUMNS)
    folders = [repository / "analytics", repository / "pages"]
    code = "".join(
        p.read_text(encoding="utf-8").lower() for f in folders for p in f.rglob("*.py") if p.name != "glossary.py"
    )
    made = {"cases now", "cases then", "mode", "outcome"}  # written out of names of columns
    assert [c for c in COLUMNS if f'"{c}"' not in code and c not in made] == []
