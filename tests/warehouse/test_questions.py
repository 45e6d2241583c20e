"""Questions to a model in the log: what one says, and how many a person may ask within an hour."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import BadInput, NotAllowed
from analytics.viewer import Viewer
from analytics.warehouse import records
from analytics.warehouse.questions import KIND, MOST_AN_HOUR
from analytics.warehouse.records import Event, record, record_all, replay

BODY = {"model": "m", "version": "1", "what": "what_if"}
ANNA, OTTO = (Viewer(f"{name}@x", frozenset({"analyst"}), "oidc") for name in ("anna", "otto"))


def question(key: str, **other: Any) -> Event:
    """A question."""
    return Event(KIND, "e", BODY | other, key)


def test_a_person_asks_so_often_and_another_one_still_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_all(tmp_path, [question(str(i)) for i in range(MOST_AN_HOUR)], ANNA)
    with pytest.raises(NotAllowed, match=r"within an hour, and 60 are allowed\. Ask again in 60 minutes"):
        record(tmp_path, question("one more"), ANNA)
    with pytest.raises(NotAllowed):
        record_all(tmp_path, [question("a"), question("b")], ANNA)
    record(tmp_path, question("otto's"), OTTO)
    record(tmp_path, Event("snapshot_pinned", "s", {"reason": "r"}, "another kind"), ANNA)
    assert len(replay(tmp_path, kinds=[KIND])) == MOST_AN_HOUR + 1
    monkeypatch.setattr(records, "_HOUR", timedelta(0))  # an hour later
    record(tmp_path, question("one more"), ANNA)
    assert records.broken_at(tmp_path) is None


def test_several_at_once_count_one_by_one(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        record_all(tmp_path, [question(str(i)) for i in range(MOST_AN_HOUR + 1)], ANNA)
    assert replay(tmp_path) == []


@pytest.mark.parametrize("other", [{"what": "all of it"}, {"model": ""}, {"version": None}, {"text": "payload"}])
def test_a_question_says_what_was_asked_of_which_model_and_nothing_else(tmp_path: Path, other: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        record(tmp_path, question("a", **other), ANNA)
    assert replay(tmp_path) == []
