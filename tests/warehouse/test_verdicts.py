"""The door for verdicts: what fits, who may, what may be taken back and by whom, many at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import BadInput, NotAllowed
from analytics.viewer import Role, Viewer
from analytics.warehouse import Event, about, record, record_all, replay, verdict_position
from analytics.warehouse.records import broken_at, latest, position

ROW = {"event_id": "e", "model_id": "m", "model_version": "1", "occurred_at": "2026-03-01T10:00:00", "weight": 1.0}
BODY = {
    "verdict": "true_positive", "outcome": "stopped", "reason": "", "reason_right": None, "note": "", "snapshot": "s-1",
    "label_source": "triage", "inclusion_probability": None, "rows": [ROW],
}  # fmt: skip


def person(name: str, *roles: Role) -> Viewer:
    """Somebody with roles."""
    return Viewer(name, frozenset(roles), "local")


ANA, BO, OWNER = person("ana", "analyst"), person("bo", "analyst"), person("olga", "owner")


def give(folder: Path, key: str, viewer: Viewer = ANA, subject: str = "e", **fields: Any) -> int:
    """Record a verdict."""
    rows = fields.pop("rows", [ROW | {"event_id": subject}])
    return record(folder, Event("verdict_given", subject, {**BODY, "rows": rows, **fields}, key), viewer)


def undo(folder: Path, key: str, seq: Any, viewer: Viewer = ANA, subject: str = "e") -> int:
    """Withdraw a verdict."""
    return record(folder, Event("verdict_withdrawn", subject, {"seq": seq}, key), viewer)


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "guilty"},
        {"verdict": None},
        {"outcome": ""},
        {"label_source": "me"},
        {"verdict": "false_positive_logic"},
        {"verdict": "false_positive_data", "reason": "  "},
        {"reason": 3},
        {"reason": "x" * 301},
        {"note": "x" * 2001},
        {"note": "\ud800"},
        {"reason_right": 1},
        {"reason_right": "yes"},
        {"inclusion_probability": 0},
        {"inclusion_probability": 1.01},
        {"inclusion_probability": float("nan")},
        {"inclusion_probability": True},
        {"snapshot": None},
        {"rows": []},
        {"rows": {}},
        {"rows": ["e"]},
        {"rows": [ROW] * 501},
        {"rows": [ROW | {"event_id": "other"}]},
        {"rows": [ROW | {"model_id": None}]},
        {"rows": [ROW | {"occurred_at": "yesterday"}]},
        {"rows": [ROW | {"occurred_at": 5}]},
        {"rows": [ROW | {"score": 1.5}]},
        {"rows": [ROW | {"score": float("inf")}]},
        {"rows": [ROW | {"weight": 0}]},
        {"rows": [ROW | {"decision": "maybe"}]},
        {"rows": [ROW | {"payload": "x"}]},
        {"rows": [ROW | {"s.a; drop": "x"}]},
    ],
)
def test_a_field_that_does_not_fit_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        give(tmp_path, "k", **fields)
    assert position(tmp_path) == 0


def test_all_that_fits_is_kept(tmp_path: Path) -> None:
    row = ROW | {"score": 1.0, "decision": "block", "mode": "act", "s.family": "ünï", "region": "EMEA"}
    fields: dict[str, Any] = {
        "verdict": "false_positive_data",
        "reason": "late feed",
        "reason_right": False,
        "note": "=cmd() 😀",
    }
    fields |= {"label_source": "random_audit", "inclusion_probability": 0.25, "rows": [row]}
    seq = give(tmp_path, "k", **fields)
    [found] = replay(tmp_path)
    assert (found.seq, found.actor, found.subject, found.body) == (seq, "ana", "e", {**BODY, **fields})


def test_who_may_judge_and_who_may_settle(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        give(tmp_path, "k", person("eve", "viewer"))
    with pytest.raises(NotAllowed, match="adjudication needs"):
        give(tmp_path, "k", label_source="adjudication")
    give(tmp_path, "k", OWNER, label_source="adjudication")


def test_a_verdict_is_taken_back_once_by_its_giver_or_an_owner(tmp_path: Path) -> None:
    first, second = give(tmp_path, "a"), give(tmp_path, "b", subject="f")
    for seq in (99, None, "1", True, second):
        with pytest.raises(BadInput, match="no verdict on this event"):
            undo(tmp_path, "u", seq)
    with pytest.raises(NotAllowed, match="given by ana"):
        undo(tmp_path, "u", first, BO)
    with pytest.raises(NotAllowed):  # the same name, but another one vouches for it
        undo(tmp_path, "u", first, Viewer("ana", frozenset({"analyst"}), "oidc"))
    done = undo(tmp_path, "u", first)
    assert undo(tmp_path, "u", first) == done
    with pytest.raises(BadInput, match="withdrawn before"):
        undo(tmp_path, "v", first)
    with pytest.raises(BadInput, match="no verdict"):
        undo(tmp_path, "v", done)
    undo(tmp_path, "w", second, OWNER, "f")
    assert [(r.seq, r.kind) for r in about(tmp_path, "e")] == [(first, "verdict_given"), (done, "verdict_withdrawn")]


def test_many_are_recorded_all_or_none(tmp_path: Path) -> None:
    def events(*subjects: str, bad: bool = False) -> list[Event]:
        bodies = [BODY | {"rows": [ROW | {"event_id": s}]} for s in subjects]
        if bad:
            bodies[-1] = bodies[-1] | {"verdict": "guilty"}
        return [Event("verdict_given", s, b, f"key {s}") for s, b in zip(subjects, bodies, strict=True)]

    with pytest.raises(BadInput):
        record_all(tmp_path, events("a", "b", "c", bad=True), ANA)
    assert position(tmp_path) == 0
    assert record_all(tmp_path, events("a", "b", "c"), ANA) == [1, 2, 3]
    assert record_all(tmp_path, events("b", "d"), ANA) == [2, 4], "the same key is the same record"
    assert (position(tmp_path), broken_at(tmp_path)) == (4, None)


def test_only_verdicts_move_the_position_of_figures(tmp_path: Path) -> None:
    assert verdict_position(tmp_path) == 0
    give(tmp_path, "a")
    record(tmp_path, Event("snapshot_pinned", "s", {"reason": "r"}, "p"), ANA)
    assert (verdict_position(tmp_path), position(tmp_path)) == (1, 2)
    undo(tmp_path, "u", 1)
    assert (verdict_position(tmp_path), verdict_position(tmp_path, 2)) == (3, 1)
    assert latest(tmp_path, ["snapshot_pinned", "nothing"]) == 2
    assert [r.seq for r in replay(tmp_path, 1, 2)] == [2]


WRITER = """
import json, sys
import json
import subprocess
import sys
from pathlib import Path
from analytics.viewer import Viewer
from analytics.warehouse.records import Event, record
folder, name, body = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[4])
me = Viewer(name, frozenset({"analyst"}), "local")
for i in range(int(sys.argv[3])):
    rows = [{**body["rows"][0], "event_id": f"{name}{i}"}]
    record(folder, Event("verdict_given", f"{name}{i}", {**body, "rows": rows}, f"{name}/{i}"), me)
    print(i, flush=True)
"""


@pytest.mark.parametrize("n", [120, pytest.param(1_000, marks=pytest.mark.slow)])
def test_two_write_at_once_one_is_killed_and_restarted(tmp_path: Path, n: int) -> None:
    """It starts over and sends all it has; what had arrived before it was killed is not written again."""

    def start(name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(tmp_path), name, str(n), json.dumps(BODY)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    steady, killed = start("a"), start("b")
    assert killed.stdout is not None
    for _ in range(n // 3):
        killed.stdout.readline()
    killed.kill()
    assert killed.wait(20) == -9
    killed.stdout.close()
    again = start("b")
    for process in (steady, again):
        assert process.communicate(timeout=100)[0].split() == [str(i) for i in range(n)]
        assert process.returncode == 0
    found = replay(tmp_path)
    assert sorted(r.subject for r in found) == sorted(f"{name}{i}" for name in "ab" for i in range(n))
    assert [r.seq for r in found] == list(range(1, 2 * n + 1))
    assert broken_at(tmp_path) is None
