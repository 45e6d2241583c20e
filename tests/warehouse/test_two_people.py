"""Records that need a fitting role, and those that need two people whom somebody vouches for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import BadInput, BartizanError, NotAllowed
from analytics.viewer import ROLES, SAMPLE_PERSONS, Role, Viewer, local_viewer
from analytics.warehouse import records
from analytics.warehouse.layout import SAMPLE
from analytics.warehouse.records import KINDS, PROPOSAL, Event, may_record, record, replay

PROPOSED, AGREED = "assumptions_proposed", "assumptions_agreed"
ANA, OLU, VERA, ARIEL, DANA = SAMPLE_PERSONS


def person(name: str, *roles: Role, by: Literal["oidc", "local", "sample"] = "oidc") -> Viewer:
    """Somebody."""
    return Viewer(name, frozenset(roles), by)


ANNA, OTTO = person("anna@x", "analyst", "owner"), person("otto@x", "owner")


def propose(folder: Path, who: Viewer, key: str = "p", subject: str = "m") -> int:
    """Propose something."""
    return record(folder, Event(PROPOSED, subject, dict.fromkeys(KINDS[PROPOSED].body, 1), key), who)


def approve(folder: Path, who: Viewer, seq: Any, key: str = "a", subject: str = "m") -> int:
    """Approve it."""
    return record(folder, Event(AGREED, subject, {PROPOSAL: seq}, key), who)


def as_sample(folder: Path) -> Path:
    """Make a folder the sample's."""
    (folder / SAMPLE).write_text("{}")
    return folder


def test_another_person_approves_and_nobody_their_own(tmp_path: Path) -> None:
    seq = propose(tmp_path, ANNA)
    with pytest.raises(NotAllowed, match="nobody approves their own proposal: it stays proposed"):
        approve(tmp_path, ANNA, seq)
    with pytest.raises(NotAllowed, match="none of the roles approver, owner"):
        approve(tmp_path, person("eve@x", "analyst", "admin"), seq)
    assert approve(tmp_path, OTTO, seq) == 2
    assert approve(tmp_path, OTTO, seq) == 2, "sent twice is recorded once"
    assert [(r.kind, r.actor, r.body.get(PROPOSAL)) for r in replay(tmp_path)] == [
        (PROPOSED, "anna@x", None),
        (AGREED, "otto@x", 1),
    ]


def test_without_sign_in_it_stays_proposed_and_says_why(tmp_path: Path) -> None:
    me = local_viewer()
    seq = propose(tmp_path, me)
    for who in (me, OTTO):
        with pytest.raises(NotAllowed, match="without sign-in there is one user only: it stays proposed") as caught:
            approve(tmp_path, who, seq)
        assert "docs/sign-in.md" in caught.value.fix
    seq = propose(tmp_path, ANNA, "p2")
    with pytest.raises(NotAllowed, match="without sign-in"):
        approve(tmp_path, me, seq)
    assert {r.kind for r in replay(tmp_path)} == {PROPOSED}


def test_only_what_stands_proposed_is_approved(tmp_path: Path) -> None:
    first = propose(tmp_path, ANNA)
    second = propose(tmp_path, OTTO, "p2")
    other = propose(tmp_path, ANNA, "p3", subject="other")
    for wrong in (first, other, 99, True, "2", None, [2], 2.0):
        with pytest.raises(BadInput, match="not what stands proposed"):
            approve(tmp_path, ANNA, wrong, f"a{wrong}")
    approve(tmp_path, ANNA, second)
    with pytest.raises(BadInput, match="not what stands proposed"):
        approve(tmp_path, person("third@x", "owner"), second, "again")
    with pytest.raises(BadInput, match="not what stands proposed"):
        approve(tmp_path, ANNA, 1, "b", subject="never proposed")


def test_played_people_record_in_the_sample_only(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="is played, and this is not the sample"):
        propose(tmp_path, ANA)
    as_sample(tmp_path)
    seq = propose(tmp_path, ANA)
    with pytest.raises(NotAllowed, match="nobody vouches for Ana"):
        approve(tmp_path, OTTO, seq)
    with pytest.raises(NotAllowed, match="none of the roles"):
        approve(tmp_path, VERA, seq)
    approve(tmp_path, ARIEL, seq)
    seq = propose(tmp_path, OLU, "p2")
    with pytest.raises(NotAllowed, match="own proposal"):
        approve(tmp_path, OLU, seq, "a2")
    assert {r.verified_by for r in replay(tmp_path)} == {"sample"}


def test_every_kind_is_for_people_with_a_role() -> None:
    for kind, rule in KINDS.items():
        assert rule.roles and not may_record(kind, DANA)
        assert not rule.approves or (rule.approves in KINDS and rule.body == {PROPOSAL})


viewers = st.builds(
    Viewer,
    st.sampled_from(["a", "b"]),
    st.frozensets(st.sampled_from(ROLES), min_size=1),
    st.sampled_from(["oidc", "local", "sample"]),
)


@settings(max_examples=25)
@given(steps=st.lists(st.tuples(viewers, st.sampled_from(sorted(KINDS)), st.integers(1, 4)), max_size=8))
def test_nothing_is_stored_against_the_rules(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Viewer, str, int]]
) -> None:
    """Whoever tries what: what the log then holds, somebody with a role wrote, and a second person approved."""
    folder, wrote = as_sample(tmp_path_factory.mktemp("log")), {}
    for i, (who, kind, seq) in enumerate(steps):
        body = {PROPOSAL: seq} if KINDS[kind].approves else dict.fromkeys(KINDS[kind].body, "x")
        try:
            wrote[record(folder, Event(kind, "s", body, str(i)), who)] = who
        except BartizanError:
            continue
    log = {r.seq: r for r in replay(folder)}
    assert log.keys() == wrote.keys()
    assert records.broken_at(folder) is None
    for r in log.values():
        assert KINDS[r.kind].roles & wrote[r.seq].roles, json.dumps(r.body)
        if of := KINDS[r.kind].approves:
            p = log[r.body[PROPOSAL]]
            assert (p.kind, p.subject) == (of, r.subject) and p.seq < r.seq
            assert p.actor != r.actor and p.verified_by == r.verified_by != "local"
