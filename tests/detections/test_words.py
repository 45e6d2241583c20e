"""Sentences: what is listed, where a search stopped, why nothing is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.detections import Cursor, Filters, words
from analytics.detections.measures import count, detection, page, similar
from analytics.detections.results import Count, Exported, Page, Similar
from analytics.scope import Scope
from analytics.warehouse import Reader

AT = datetime(2026, 9, 3, 7, tzinfo=UTC)
EMPTY = Page(pd.DataFrame(), "newest", None, None, True, None, ())


@pytest.mark.parametrize(
    ("f", "n", "text"),
    [
        (Filters(flagged=True, threshold=0.82), 312, "312 alarms at or above 0.82, newest first"),
        (Filters(flagged=True, threshold=0.82), None, "Alarms at or above 0.82, newest first"),
        (Filters(flagged=True, threshold=0.82), 1, "1 alarm at or above 0.82"),
        (
            Filters(flagged=False, threshold=0.6, label="attack"),
            3,
            "3 detections below 0.6 judged as attacks, newest first",
        ),
        (Filters(), 12_345_678, "12.3 M detections, newest first"),
        (Filters(), 0, "No detection"),
        (Filters(scored=False, label="attack"), 2, "2 detections without a score judged as attacks, newest first"),
        (Filters(score_from=0.2, score_to=0.4), 2, "2 detections with scores from 0.2 to below 0.4, newest first"),
        (Filters(label="false_positive_data"), 2, "2 detections judged as false alarms: bad data, newest first"),
        (
            Filters(label="attack", population="red_team"),
            2,
            "2 detections judged as attacks (red-team labels), newest first",
        ),
        (Filters(part=("s.my_slice", "(none)")), 2, "2 detections without a my slice, newest first"),
        (
            Filters(decision="block", find="<b>"),
            None,
            "Detections decided as block that hold the text “<b>”, newest first",
        ),
    ],
)
def test_titles(f: Filters, n: int | None, text: str) -> None:
    assert words.title(f, Count(n, "")) == text


def test_the_order_is_said() -> None:
    assert words.title(Filters(), Count(2, ""), "top") == "2 detections, highest score first"


def test_where_a_search_stopped() -> None:
    assert words.stopped(EMPTY, "UTC") == ""
    some = replace(EMPTY, complete=False, reached=Cursor("newest", AT))
    assert "everything since 3 Sep 2026 09:00." in words.stopped(some, "Europe/Berlin")
    back = replace(some, reached=Cursor("newest", AT, backwards=True))
    assert "everything before 3 Sep 2026 07:00." in words.stopped(back, "UTC")
    assert "all scores down to 0.5." in words.stopped(replace(some, reached=Cursor("top", 0.5)), "UTC")
    assert "everything with a score." in words.stopped(replace(some, reached=Cursor("top", None)), "UTC")
    assert "before it had looked at anything" in words.stopped(replace(some, reached=None), "UTC")


def test_why_nothing_is_there(reader: Reader) -> None:
    f = Filters(case_id="<i>none</i>")
    found = page(reader, Scope("m"), f).result
    every = count(reader, Scope("m"), Filters()).result
    assert words.nothing(found, f, Scope("m"), every) == (
        "No detection of case <i>none</i> is here. Without the filter there are 900."
    )
    assert "volumes may come without" in words.nothing(EMPTY, f, Scope("m"), Count(0, ""))
    assert "longer window" in words.nothing(EMPTY, f, Scope("m", since=AT), Count(0, ""))
    assert words.nothing(replace(EMPTY, previous=Cursor("newest", AT)), f, Scope("m"), every) == "The list ends here."
    assert words.nothing(replace(EMPTY, complete=False), f, Scope("m"), every) == ""
    masked = replace(EMPTY, hidden=("payload", "entity"))
    assert "may not see texts and entities" in words.nothing(masked, Filters(find="x"), Scope("m"), every)
    assert words.hidden(("entity",)) == "You may not see entities."


def test_one_detection_in_words(reader: Reader, frame: pd.DataFrame, labels: pd.DataFrame) -> None:
    seen = set()
    for _, row in frame.iloc[::20].iterrows():
        found = detection(reader, Scope("m"), row["detection_id"], row["event_id"]).result
        text = words.decided(found)
        seen.add(text.split(",")[-1] if pd.notna(row["score"]) else text)
        if pd.isna(row["score"]):
            assert text == "The model gave no score: time-out."
        else:
            assert ("at or above" in text) == (row["score"] >= 0.6)
        assert (row["event_id"] in set(labels["event_id"])) == bool(len(found.labels))
        assert words.judged(found).endswith(".")
    assert len(seen) > 2


def test_similar_ones_in_words(reader: Reader, frame: pd.DataFrame) -> None:
    row = frame.iloc[30]
    found = similar(reader, Scope("m"), row["detection_id"], 10, row["event_id"]).result
    text = words.similar(found)
    assert "of the same case" in text or "of the same entity" in text
    assert text.endswith(".")
    none = Similar(pd.DataFrame(), False, ())
    assert "as far as the search got" in words.similar(none)


def test_verdicts_of_similar_ones_are_counted() -> None:
    verdicts = ["true_positive", "true_positive", "false_positive_data", "undetermined", None]
    rows = pd.DataFrame({"alike": ["case", "case", "case", "entity", "entity"], "verdict": verdicts})
    assert words.similar(Similar(rows, True, ())) == (
        "3 of the same case and 2 of the same entity; of these 2 true alarms, 1 false alarm: bad data, 1 undetermined."
    )
    unjudged = rows.assign(verdict=None)
    assert words.similar(Similar(unjudged, False, ())).startswith(
        "3 of the same case and 2 of the same entity; none of them judged. The search ran out of time"
    )


def test_an_export_says_its_limit() -> None:
    e = Exported(Path("x.csv"), Scope("m"), 100_000, 100_000, False, ("payload",))
    assert words.exported(e) == (
        "100,000 detections: the newest, for a file holds 100,000 at most. You may not see texts."
    )
    assert words.exported(replace(e, rows=1, complete=True, hidden=())) == "1 detection: all there are."


def test_what_passed_was_no_alarm_that_could_be_true_or_false() -> None:
    said = {v: (words.verdict(v, "block"), words.verdict(v, "allow")) for v in words.VERDICTS}
    assert said["true_positive"] == ("true alarm", "missed attack")
    assert said["false_positive_logic"] == ("false alarm: wrong logic", "no attack")
    assert said["undetermined"] == ("undetermined", "undetermined")
    assert words.verdict("something", "allow") == "something"
