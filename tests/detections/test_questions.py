"""Guided questions against pandas: what is offered, what is counted, at most five rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from analytics.detections import Filters
from analytics.detections.guided import questions, words
from analytics.detections.measures import detection
from analytics.detections.results import Answer
from analytics.errors import BadInput, TooSlow
from analytics.scope import Scope
from analytics.warehouse import Reader

ONE = Scope("m", "1")
Truth = Callable[[Scope, Filters], pd.DataFrame]


def mine(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first version."""
    return frame[frame["model_version"] == "1"]


def ask(reader: Reader, key: str, row: pd.Series) -> Answer:
    """The answer to a question about a row."""
    return questions.answer(reader, ONE, key, row["detection_id"], row["event_id"]).result


def around(frame: pd.DataFrame, row: pd.Series, hours: float) -> pd.DataFrame:
    """Other rows in so many hours around one."""
    half = pd.Timedelta(hours=hours / 2)
    near = (frame["occurred_at"] >= row["occurred_at"] - half) & (frame["occurred_at"] < row["occurred_at"] + half)
    return frame[near & (frame["event_id"] != row["event_id"])]


def test_questions_go_by_what_is_stored_seen_and_served(reader: Reader, stranger: Reader, frame: pd.DataFrame) -> None:
    row = mine(frame).dropna(subset="case_id").iloc[3]
    d = detection(reader, ONE, row["detection_id"], row["event_id"]).result
    keys = [q.key for q in questions.offered(d, "Generated domains (DNS)")]
    assert keys == ["domain", "hour", "text", "source", "layers", "case"], "of the service first; no application here"
    assert "received" in [q.key for q in questions.offered(d, "Phishing addresses")]
    bare = replace(d, row={**d.row, "case_id": None, "payload": None})
    assert [q.key for q in questions.offered(bare, "")] == ["hour", "source", "layers"]
    hidden = detection(stranger, ONE, row["detection_id"], row["event_id"]).result
    assert [q.key for q in questions.offered(hidden, "dns")] == ["layers", "case"]
    with pytest.raises(BadInput, match="that you may see"):
        ask(stranger, "hour", row)
    with pytest.raises(BadInput, match="there is no question"):
        ask(reader, "nothing", row)


def test_answers_are_those_of_pandas(reader: Reader, frame: pd.DataFrame) -> None:
    rows = mine(frame)
    for _, row in rows.iloc[::83].iterrows():
        for key, column, hours in (("hour", "entity", 1), ("case", "case_id", 48)):
            if pd.isna(row[column]):
                continue
            same = around(rows, row, hours)
            same = same[same[column] == row[column]]
            found = ask(reader, key, row)
            assert (found.n, found.acted) == (len(same), (same["decision"] != "allow").sum())
            assert len(found.rows) == min(5, len(same))
            others = around(rows, row, hours)
            assert found.read == len(others) + 1, "the row itself lies in this time too"
            assert set(found.rows["event_id"]) <= set(same["event_id"])
        before = rows[(rows["payload"] == row["payload"]) & (rows["occurred_at"] < row["occurred_at"])]
        assert ask(reader, "text", row).n == len(before)
        assert ask(reader, "layers", row).n == len(detection(reader, ONE, "", row["event_id"]).result.layers)


def test_earlier_verdicts_of_a_source_are_counted(reader: Reader, frame: pd.DataFrame, truth: Truth) -> None:
    row = mine(frame).iloc[-1]
    found = ask(reader, "source", row)
    judged = truth(ONE, Filters(entity=row["entity"], label="labelled"))
    earlier = judged[judged["occurred_at"] < row["occurred_at"]].sort_values("occurred_at", ascending=False)
    assert found.verdicts is not None
    assert found.n == min(len(earlier), questions.EARLIER) > 0
    assert found.verdicts.value_counts().to_dict() == earlier["verdict"][: found.n].value_counts().to_dict()
    assert set(found.rows["entity"]) == {row["entity"]}
    assert words.sentence(found, "UTC").startswith("Earlier detections of this source were judged: ")


def test_groups_are_counted_and_the_largest_are_listed(reader: Reader, frame: pd.DataFrame) -> None:
    rows = mine(frame)
    row = rows.iloc[200]
    start = row["payload"].partition("?")[0]
    start = " ".join(start.split(" ", 2)[:2])
    same = around(rows, row, 1)
    same = pd.concat([same, row.to_frame().T])
    same = same[[p == start or p.startswith((start + "?", start + " ")) for p in same["payload"]]]
    found = ask(reader, "path", row)
    assert (found.n, found.parts) == (len(same), same["entity"].nunique())
    assert found.read == len(around(rows, row, 1)) + 1
    assert found.rows["n"].is_monotonic_decreasing


def test_where_time_is_up_that_is_said(reader: Reader, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise TooSlow("asking", "it took too long.", "Wait.")

    monkeypatch.setattr(questions.Asking, "run", slow)
    found = ask(reader, "hour", mine(frame).iloc[5])
    assert not found.complete
    assert "longer than two seconds" in words.sentence(found, "UTC")


@pytest.mark.parametrize(
    ("address", "host"),
    [("http://u:p@Bank.example:80/x", "bank.example"), ("no address", ""), ("http://[broken", ""), ("", "")],
)
def test_the_site_of_an_address(address: str, host: str) -> None:
    assert questions._host(address) == host


def test_sentences_by_hand() -> None:
    since, until = (pd.Timestamp(t, tz="UTC").to_pydatetime() for t in ("2026-11-03 10:00", "2026-11-03 11:00"))
    rows = pd.DataFrame({"event_id": list("abcde")})
    when = "between 3 Nov 10:00 and 3 Nov 11:00"
    told = {
        "It touched 2 other applications, 7 times in all " + when + ".": Answer("applications", rows, 7, 0, 2),
        "9 sources asked for evil.biz or a name under it " + when + ". The 5 with the most are listed.":
            Answer("domain", rows, 9, 0, 9, about="evil.biz"),
        "Nobody else received exactly this address " + when + ".": Answer("received", rows.iloc[:0]),
        "1 other detection of this source " + when + "; it was acted on.": Answer("hour", rows.iloc[:1], 1, 1),
        "8 other detections in this case " + when + "; none of them was acted on. The 5 nearest in time are listed.":
            Answer("case", rows, 8),
    }  # fmt: skip
    for sentence, a in told.items():
        assert words.sentence(replace(a, since=since, until=until), "UTC") == sentence
    seen = Answer("text", rows, 6, verdicts=pd.Series(["true_positive", None]), more=True)
    assert words.sentence(seen, "UTC") == (
        "Exactly this text was seen before: at least 6; of these 1 true alarm. The newest 5 are listed."
    )


def test_an_answer_says_of_how_many_rows_by_hand() -> None:
    since, until = datetime(2026, 11, 3, 10, tzinfo=UTC), datetime(2026, 11, 3, 11, tzinfo=UTC)
    five, none = pd.DataFrame({"event_id": list("abcde")}), pd.DataFrame()
    told = {
        "8 that fit of the 4,100 rows of this version between 3 Nov 10:00 and 3 Nov 11:00; 5 listed":
            Answer("hour", five, 8, since=since, until=until, read=4100),
        "0 that fit of the 0 rows of this version between 3 Nov 10:00 and 3 Nov 11:00; 0 listed":
            Answer("domain", none, since=since, until=until, read=0),
        "nothing: time was up": Answer("case", none, complete=False),
        "2 scores of other models for the same request, from an hour before to an hour after it":
            Answer("layers", five.head(2), 2),
        "8 that fit of the rows of this version before it, back to the beginning; 5 listed": Answer("text", five, 8),
        "at least 200 that fit of the rows of this version before it, back to 3 Nov 10:00; 5 listed":
            Answer("source", five, 200, since=since, more=True),
        "at least 0 that fit of the rows of this version before it; 0 listed": Answer("text", none, complete=False),
    }  # fmt: skip
    for sentence, a in told.items():
        assert words.base(a, "UTC") == sentence
