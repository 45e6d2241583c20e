"""The page Drift: sections, a reference of chosen days, what is explained weighs, an empty window, presenting."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

SECTIONS = ("distances", "mixes", "gaps")
NETWORK = {"model": "network", "version": "forest-1"}
GAP = {**NETWORK, "since": "2026-09-21T00:00:00Z", "until": "2026-09-28T00:00:00Z"}
"""Days of the sample in which the flow feed of one region is silent, on its end of 22 November."""


def texts(app: AppTest) -> str:
    """Everything that the page says in plain text."""
    return " | ".join(t.value.replace("\u00a0", " ") for t in app.text)


def test_sections_say_what_was_decided_judged_and_missed(sample_visitors: Any) -> None:
    app = sample_visitors.visit("drift", NETWORK, SECTIONS)
    assert list(sample_visitors.faults(app)) == []
    said = texts(app)
    assert "In the order of the index. Nothing of this version has been explained yet." in said
    assert "of the alarms then" in said
    assert "% was not scored (reference)" in said
    table = next(d.value for d in app.dataframe if "Jensen–Shannon" in d.value)
    assert table["column"].tolist()[0] and len(table) == 8
    (link,) = [p for p in app.get("page_link") if "drives the model" in p.proto.label]
    assert (link.proto.page, "course=true" in link.proto.query_string) == ("explanations", True)


def test_gaps_of_the_window_stand_at_the_top(sample_visitors: Any) -> None:
    said = texts(sample_visitors.visit("drift", GAP))
    assert "was not scored (window)." in said


def test_a_reference_of_chosen_days_stands_in_the_address(sample_visitors: Any) -> None:
    app = sample_visitors.visit("drift", {**NETWORK, "reference": "2026-09-01..2026-09-20"})
    assert "against 1 Sep to 20 Sep" in texts(app)
    app.date_input[-1].set_value(("2026-09-05", "2026-09-25")).run()
    assert app.query_params["reference"] == "2026-09-05..2026-09-25"
    assert "against 5 Sep to 25 Sep" in texts(app)
    for wrong in ("2026-09-20..2026-09-01", "..", "2026-13-01..2026-13-02", "<b>", "9999-12-30..9999-12-31"):
        assert "against everything until" in texts(sample_visitors.visit("drift", {**NETWORK, "reference": wrong}))


def test_an_empty_window_and_slides(sample_visitors: Any) -> None:
    empty = {**NETWORK, "since": "2031-01-01T00:00:00Z", "until": "2031-01-08T00:00:00Z"}
    app = sample_visitors.visit("drift", empty, SECTIONS)
    assert list(sample_visitors.faults(app)) == []
    assert "There are no rows in the window." in texts(app)
    for slide in range(5):
        query = {**NETWORK, "present": "1", "slide": str(slide)}
        assert list(sample_visitors.faults(sample_visitors.visit("drift", query))) == []
        assert (
            list(sample_visitors.faults(sample_visitors.visit("drift", {**empty, "present": "1", "slide": str(slide)})))
            == []
        )
