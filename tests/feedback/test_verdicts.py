"""Giving verdicts: as what they count, once however often sent, all or none; their words."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.errors import BadInput, NotAllowed
from analytics.feedback import verdicts
from analytics.feedback import words_verdicts as words
from analytics.feedback.verdicts import Source, Verdict
from analytics.viewer import Role, Viewer
from analytics.warehouse import Reader, open_reader, replay
from analytics.warehouse.contract import LABEL_SOURCES, OUTCOMES, VERDICTS
from analytics.warehouse.verdicts import FALSE_POSITIVES


def person(*roles: Role) -> Viewer:
    """Somebody with roles."""
    return Viewer("ana", frozenset(roles), "local")


def said(*labels: tuple[str, str, float | None]) -> pd.DataFrame:
    """A history: verdict, source, inclusion probability."""
    found = pd.DataFrame(labels, columns=["verdict", "label_source", "inclusion_probability"])
    own = found["label_source"].isin(["red_team", "benchmark"])
    return found.assign(population=found["label_source"].where(own, "production"), withdrawn_at=pd.NaT)


TRIAGE, SETTLES = Source("triage"), Source("adjudication")


@pytest.mark.parametrize(
    ("labels", "role", "expected"),
    [
        ([], "analyst", [TRIAGE]),
        ([], "owner", [TRIAGE]),
        ([("true_positive", "triage", None)], "analyst", [TRIAGE]),
        ([("true_positive", "triage", None)], "owner", [TRIAGE, SETTLES]),
        ([("true_positive", "adjudication", None)], "analyst", [TRIAGE]),
        ([("true_positive", "adjudication", None)], "owner", [SETTLES, TRIAGE]),
        ([("true_positive", "random_audit", 0.1)], "owner", [SETTLES, TRIAGE]),
        ([("undetermined", "random_audit", 0.1)], "analyst", [Source("random_audit", 0.1), TRIAGE]),
        ([("undetermined", "random_audit", 0.1)], "owner", [Source("random_audit", 0.1), TRIAGE, SETTLES]),
        ([("true_positive", "red_team", None)], "owner", [Source("red_team")]),
        ([("true_positive", "red_team", None), ("true_positive", "triage", None)], "analyst", [TRIAGE]),
    ],
)
def test_as_what_a_verdict_counts(labels: list[Any], role: Role, expected: list[Source]) -> None:
    assert verdicts.sources(said(*labels), person(role)) == expected


def test_what_an_audit_drew_counts_for_it_once() -> None:
    drawn = Source("random_audit", 0.05)
    assert verdicts.sources(said(), person("owner"), drawn) == [drawn, TRIAGE]
    assert verdicts.sources(said(("true_positive", "triage", None)), person("owner"), drawn) == [drawn, TRIAGE]
    again = said(("true_positive", "random_audit", 0.05))
    assert verdicts.sources(again, person("owner"), drawn) == [SETTLES, TRIAGE]


def test_what_was_withdrawn_is_no_judgement() -> None:
    labels = said(("true_positive", "adjudication", None)).assign(withdrawn_at=pd.Timestamp("2026-11-01"))
    assert verdicts.sources(labels, person("owner")) == [TRIAGE]


@pytest.fixture
def reader(small_warehouse: Path, tmp_path: Path) -> Reader:
    """A reader of a copy that may be recorded in."""
    return open_reader(shutil.copytree(small_warehouse, tmp_path / "w"), person("analyst"))


def test_given_once_however_often_sent_and_taken_back(reader: Reader) -> None:
    verdict = Verdict("false_positive_data", reason=" late feed ", reason_right=False, note="n")
    assert verdicts.give(reader, [("8-5", verdict), ("7-3", verdict)], "k") == [1, 2]
    assert verdicts.give(reader, [("8-5", verdict), ("7-3", verdict)], "k") == [1, 2]
    first = replay(reader.directory)[0].body
    assert (first["reason"], first["note"], first["reason_right"], first["snapshot"]) == (
        "late feed",
        "n",
        False,
        reader.snapshot.id,
    )
    [row] = first["rows"]
    assert (row["event_id"], row["detection_id"], row["model_version"]) == ("8-5", "dns-8-5", "8")
    assert verdicts.withdraw(reader.directory, reader.viewer, [("8-5", 1), ("7-3", 2)]) == [3, 4]
    with pytest.raises(BadInput):
        verdicts.withdraw(reader.directory, reader.viewer, [("7-3", 99), ("8-5", 1)])


@pytest.mark.parametrize("events", [["nobody"], ["7-3", "nobody"], ["7-3", "7-3"], []])
def test_what_cannot_be_judged_is_said_and_nothing_is_written(reader: Reader, events: list[str]) -> None:
    with pytest.raises(BadInput):
        verdicts.give(reader, [(e, Verdict("true_positive")) for e in events], "k")
    assert replay(reader.directory) == []


def test_who_only_looks_cannot_judge(reader: Reader) -> None:
    stranger = open_reader(reader.directory, person("viewer"))
    with pytest.raises(NotAllowed):
        verdicts.give(stranger, [("7-3", Verdict("true_positive"))], "k")
    assert words.refused(stranger.viewer).startswith("You may look but not judge: that needs one of the roles admin,")
    assert words.refused(reader.viewer) == ""


def test_an_attack_that_was_blocked_was_stopped() -> None:
    assert verdicts.likely_outcome("true_positive", "block", "act") == "stopped"
    assert verdicts.likely_outcome("benign_positive", "challenge", None) == "stopped"
    for verdict, decision, mode in (
        ("true_positive", "allow", "act"),
        ("true_positive", "block", "shadow"),
        ("true_positive", "alert", "act"),
        ("false_positive_logic", "block", "act"),
    ):
        assert verdicts.likely_outcome(verdict, decision, mode) == "unknown"


def test_words() -> None:
    assert set(words.NAMES) == set(words.MEANINGS) == set(VERDICTS)
    assert set(words.OUTCOMES) == set(OUTCOMES)
    assert set(words.SOURCES) <= set(LABEL_SOURCES)
    for verdict in VERDICTS:
        for service in ("WAF", "Prompt guard", "DNS DGA", "Bot", "Network anomaly", "Phishing URL", "Something", ""):
            found = words.reasons(verdict, service)
            assert bool(found) == (verdict in FALSE_POSITIVES)
            assert len(set(found)) == len(found)
    assert "Name of a content network" in words.reasons("false_positive_logic", "DNS DGA")
    assert words.recorded("true_positive") == "Recorded: true alarm."
    assert words.recorded("undetermined", 12) == "Recorded for 12 events: cannot tell."
    assert words.in_force("true_positive", TRIAGE, ("true_positive", "triage")).startswith("The list and every figure")
    kept = words.in_force("true_positive", TRIAGE, ("false_positive_logic", "adjudication"))
    assert "weighs more stays in force (settles earlier judgements)" in kept
    assert "no figure moves" in words.in_force("undetermined", TRIAGE, (None, None))
    assert "known before" in words.in_force("true_positive", TRIAGE, (None, None), earlier=True)
    assert "never pooled" in words.in_force("true_positive", Source("red_team"), (None, None))
    assert "not in what this view shows" in words.in_force("true_positive", TRIAGE, (None, None))
    assert words.confirm(1, 0) == "1 event gets a record; all are written, or none."
    assert words.confirm(12, 1).endswith("1 of them has a verdict already.")
