"""The page Explanations: a full sample, an empty one, hostile names, a broken snapshot, presenting."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.settings import WAREHOUSE
from analytics.warehouse import current_id, import_files

PAGE = "analysis/explanations.py"
SECTIONS = ("dependence", "cohorts", "parts", "course", "trust")
EMPTY = "Nothing of this version has been explained yet"


def texts(app: AppTest) -> list[str]:
    """Everything that the page says in plain text."""
    return [t.value.replace("\u00a0", " ") for t in app.text]


def test_every_section_of_an_explained_model(sample_visitors: Any) -> None:
    v = sample_visitors
    numbers = v.visit("explanations", {"model": "bot", "version": "boost-7", "rows": "alarms"}, SECTIONS)
    assert list(v.faults(numbers)) == []
    said = " ".join(texts(numbers))
    assert "move the score most" in said or "moves the score most" in said
    assert "60 of the newest explained alarms" in said
    assert "High values of" in said
    assert "Of 5 rows that were looked at anew" in said
    titles = [e.label for e in numbers.main if e.type == "expander"]
    assert "Which parts of texts" not in titles, "the model sees numbers"
    assert "One feature, value by value" in titles
    assert len([e for e in numbers.main if e.type == "plotly_chart"]) >= 3
    words = v.visit("explanations", {"model": "waf", "version": "grams-4"}, ("parts", "course", "dependence"))
    assert list(v.faults(words)) == []
    said = " ".join(texts(words))
    assert "80 explained rows drawn at random of" in said
    titles = [e.label for e in words.main if e.type == "expander"]
    assert "One feature, value by value" not in titles, "parts of a text have no value to follow"
    listed = words.dataframe[-1].value
    assert "“" in listed["Part of the text"].iloc[0]
    assert all(re.fullmatch(r"[+-]\d+\.\d\d", x) for x in listed["Adds where it is"])
    for query in ({"present": "1"}, {"present": "1", "slide": "1"}, {"present": "1", "where": "region=nowhere"}):
        assert list(v.faults(v.visit("explanations", {"model": "waf", "version": "grams-4", **query}))) == []


def test_nothing_explained_says_what_will_be_here(visitors: Any) -> None:
    app = visitors.visit("explanations", {"model": "dns", "version": "7"})
    assert list(visitors.faults(app)) == []
    assert EMPTY in texts(app)
    assert any("bartizan explain --warehouse" in c.value and "--model dns" in c.value for c in app.code)
    assert list(visitors.faults(visitors.visit("explanations", {"model": "dns", "present": "1"}))) == []


@pytest.fixture
def imported(visitors: Any, hostile_name: str, tmp_path: Path) -> Any:
    """Visitors of a warehouse whose explanations were imported, with names that try to be more than names."""
    rows = [
        {"event_id": f"1-{i}", "model_id": hostile_name, "model_version": "1", "feature": feature,
         "feature_value": i, "value": value * (1 + i % 3), "base_value": 0.0, "output": (1 + i % 3) * 0.5,
         "method": f"<b>{hostile_name}</b>"}
        for i in range(30)
        for feature, value in ((f"{hostile_name} `x`", 1.0), ("plain", -0.5))
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "e.csv", index=False)
    report = import_files(visitors.warehouse, "explanations", [str(tmp_path / "e.csv")])
    assert (report.stored, report.rejected, report.warnings) == (60, 0, [])
    return visitors


def test_imported_ones_with_hostile_names(imported: Any, hostile_name: str) -> None:
    app = imported.visit("explanations", {"model": hostile_name, "version": "1"}, SECTIONS)
    assert list(imported.faults(app)) == []
    assert any("30 imported explanations, chosen by whoever made them" in t for t in texts(app))
    assert any("This cannot be told: no file of" in t for t in texts(app))
    figures = [e.proto.spec for e in app.main if e.type == "plotly_chart"]
    assert figures
    assert not any(tag in f for f in figures for tag in ("<b>", "\\u003cb\\u003e", "<img"))


def test_the_page_of_a_detection_shows_an_imported_one_and_what_is_missing(imported: Any, hostile_name: str) -> None:
    query = {"model": hostile_name, "version": "1", "detection": f"{hostile_name}-1-3", "event_id": "1-3"}
    app = imported.visit("detections", query)
    assert not app.exception
    said = " ".join(texts(app))
    assert "This explanation was imported, not worked out here: no file of" in said
    assert "plain 3 spoke against it" in said
    assert "check" not in {b.key for b in app.main if b.type == "popover"}, "it cannot be worked out anew"


def test_a_broken_file_is_said(
    imported: Any, hostile_name: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (imported.warehouse / "explanations").glob("*/*.parquet"):
        path.write_bytes(b"PAR1 not any more")
    st.cache_data.clear()
    st.cache_resource.clear()
    broken = shutil.copytree(imported.warehouse, imported.warehouse.parent / "broken")
    monkeypatch.setenv(WAREHOUSE, str(broken))
    app = AppTest.from_file(str(repository / "pages" / "frame.py"), default_timeout=30).switch_page(PAGE)
    app.query_params |= {"model": hostile_name, "version": "1"}
    app.run()
    assert not app.exception
    assert "The data cannot be read" in texts(app)
    assert current_id(broken)
