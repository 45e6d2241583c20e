"""From the claims of a sign-in to a viewer: whatever they hold, the roles are known ones and the name is text."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import settings
from analytics.errors import BadInput, NotAllowed
from analytics.viewer import (
    CAPABILITIES,
    LONGEST_ACTOR,
    LONGEST_NAME,
    ROLES,
    SAMPLE_PERSONS,
    SignIn,
    Viewer,
    from_claims,
    local_viewer,
    may,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CLAIMS = {"sub": "u1", "email": "ana@example.org", "name": "Ana", "roles": ["analyst"], "iat": NOW.timestamp() - 60}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ROLES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(ROLES), inner, max_size=2),
    max_leaves=6,
)


def viewer(now: datetime = NOW, how: SignIn | None = None, **claims: Any) -> Viewer:
    """The viewer of claims that are whole but for those that are given."""
    return from_claims(CLAIMS | claims, now, how or SignIn())


def test_a_person_with_a_role() -> None:
    ana = viewer()
    assert (ana.actor, ana.roles, ana.verified_by, ana.name) == ("ana@example.org", {"analyst"}, "oidc", "Ana")
    assert ana.since == NOW - timedelta(seconds=60)
    assert viewer(email="Ana@Example.org") == ana, "the same person however the address is written"


@pytest.mark.parametrize(
    ("roles", "known"),
    [
        (["analyst", "owner"], "analyst owner"),
        ("approver", "approver"),
        (["root", "Admin", "ADMIN ", "analyst "], "viewer"),
        ([], "viewer"),
        (None, "viewer"),
        ({"admin": True}, "viewer"),
        ("admin approver", "viewer"),
        (["viewer", ["admin"], {"a": "admin"}, 7, "owner"], "viewer owner"),
        (["x"] * 200_000 + ["owner"], "owner"),
        (b"admin", "viewer"),
    ],
    ids=lambda v: str(v)[:30],
)
def test_only_known_roles_count(roles: object, known: str) -> None:
    assert viewer(roles=roles).roles == set(known.split())


def test_roles_come_from_the_claim_that_is_named() -> None:
    claims = CLAIMS | {"https://bank/roles": ["owner"], "roles": ["admin"]}
    assert from_claims(claims, NOW, SignIn(roles_claim="https://bank/roles")).roles == {"owner"}


@pytest.mark.parametrize(
    "claims",
    [
        {"email": None},
        {"email": ""},
        {"email": "nobody"},
        {"email": ["ana@example.org"]},
        {"email": "ana@example.org\u200b"},
        {"email": " ana@example.org"},
        {"email": "ana@example.org\n"},
        {"email": "a" * LONGEST_ACTOR + "@x"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": 0},
    ],
    ids=str,
)
def test_who_is_not_named_by_a_checked_id_is_nobody(claims: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed, match="'email' names nobody who was checked"):
        viewer(**claims)
    assert viewer(how=SignIn(actor_claim="sub"), **claims).actor == "u1"


@pytest.mark.parametrize(
    "issued",
    [None, "1764244800", True, math.nan, math.inf, -math.inf, 10**400, 0, [], NOW.timestamp() + 3600,
     NOW.timestamp() - 12 * 3600],
    ids=str,
)  # fmt: skip
def test_a_sign_in_of_no_age_or_of_too_great_a_one_is_over(issued: object) -> None:
    with pytest.raises(NotAllowed, match="holds for 12 hours"):
        viewer(iat=issued)


def test_a_sign_in_holds_as_long_as_is_set() -> None:
    short = SignIn(holds=timedelta(minutes=2))
    assert viewer(how=short).actor == "ana@example.org"
    with pytest.raises(NotAllowed, match=r"holds for 0\.03"):
        viewer(NOW + timedelta(seconds=60), short)
    assert viewer(iat=NOW.timestamp() + 60).actor == "ana@example.org", "clocks differ a little"


def test_a_name_is_text_of_one_line_and_no_more() -> None:
    assert viewer(name="<b>x</b> [a](http://x)\n\u202e\x00y").name == "<b>x</b> [a](http://x)y"
    assert len(viewer(name="x" * 1_000_000).name) == LONGEST_NAME
    for nothing in (None, 7, "", "\u200b", ["Ana"]):
        assert viewer(name=nothing).name == "ana@example.org"


@hypothesis.settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["sub", "email", "email_verified", "name", "roles", "iat"]), anything))
def test_any_claims_give_a_viewer_with_known_roles_or_none(claims: dict[str, Any]) -> None:
    try:
        found = from_claims(CLAIMS | claims, NOW, SignIn(actor_claim="sub"))
    except NotAllowed:
        return
    assert found.roles and found.roles <= set(ROLES)
    assert found.verified_by == "oidc"
    assert 0 < len(found.actor) <= LONGEST_ACTOR and found.actor.isprintable()
    assert 0 < len(found.name) <= LONGEST_ACTOR and found.name.isprintable()
    given_roles = claims.get("roles", ["analyst"])
    named = {given_roles} if isinstance(given_roles, str) else given_roles if isinstance(given_roles, list) else ()
    assert all(role in named for role in found.roles - {"viewer"}), "a role comes from the claim, or is viewer"


def test_capabilities_are_not_for_viewers() -> None:
    looking = Viewer("v", frozenset({"viewer"}), "oidc")
    for capability in CAPABILITIES:
        assert not may(looking, capability)
        assert may(Viewer("a", frozenset({"viewer", "analyst"}), "oidc"), capability)
        assert may(local_viewer(), capability)
    assert not may(Viewer("a", frozenset({"admin"}), "oidc"), "ask_the_model"), "who administers need not know it"


def test_persons_of_the_sample_say_that_they_are_played() -> None:
    assert {p.verified_by for p in SAMPLE_PERSONS} == {"sample"}
    assert all(p.actor.endswith(" (sample)") for p in SAMPLE_PERSONS)
    assert len({p.actor for p in SAMPLE_PERSONS}) == len(SAMPLE_PERSONS)


def test_settings_say_how_claims_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.sign_in() == SignIn()
    monkeypatch.setenv(settings.ROLES_CLAIM, "groups")
    monkeypatch.setenv(settings.ACTOR_CLAIM, "sub")
    monkeypatch.setenv(settings.SIGN_IN_HOURS, "1.5")
    assert settings.sign_in() == SignIn("groups", "sub", timedelta(minutes=90))
    for wrong in ("0", "-1", "nan", "inf", "soon", "721"):
        monkeypatch.setenv(settings.SIGN_IN_HOURS, wrong)
        with pytest.raises(BadInput, match="is no number of hours"):
            settings.sign_in()
