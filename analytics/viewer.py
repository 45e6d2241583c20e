"""Who is looking: somebody for whom the identity provider, this machine or nobody vouches, with roles.

What a role allows stands here as capabilities, and with each kind of record in ``warehouse.records``.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeGuard

from analytics.errors import NotAllowed

Role = Literal["viewer", "analyst", "owner", "validator", "approver", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "analyst", "owner", "validator", "approver", "admin")
PEOPLE: frozenset[Role] = frozenset(ROLES) - {"viewer"}
"""All who work with the figures; a viewer only looks."""

Capability = Literal["ask_the_model", "record_verdict", "export_payloads"]
CAPABILITIES: dict[Capability, frozenset[Role]] = {
    # What-if, the nearest change that flips a decision, and exact thresholds: they teach an attacker what passes.
    "ask_the_model": frozenset({"analyst", "owner", "validator"}),
    "record_verdict": PEOPLE,
    "export_payloads": frozenset({"analyst", "owner", "validator"}),
}
"""What is not for everybody, and the roles that have it."""

LONGEST_ACTOR, LONGEST_NAME = 320, 80
"""Characters. The first is the longest e-mail address that there is."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""A sign-in from further in the future is not believed."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person (or program) that reads or records."""

    actor: str
    """The id under which records are written; the same for the same person at every sign-in."""
    roles: frozenset[Role]
    verified_by: Literal["oidc", "local", "sample"]
    """Who vouches for the id: the identity provider, this machine's login, or nobody (sample)."""
    name: str = ""
    """What the person is called on screens; text from elsewhere, never an id."""
    since: datetime | None = None
    """When the identity provider vouched; None where none did."""


def local_viewer() -> Viewer:
    """Return the one user of a loopback installation: this machine's login, with every role."""
    return Viewer(actor=getpass.getuser(), roles=frozenset(ROLES), verified_by="local")


def _played(name: str, part: str, role: Role) -> Viewer:
    return Viewer(f"{name} (sample)", frozenset({role}), "sample", f"{name}, {part}")


SAMPLE_PERSONS: tuple[Viewer, ...] = (
    _played("Ana", "analyst", "analyst"),
    _played("Olu", "owner", "owner"),
    _played("Vera", "validator", "validator"),
    _played("Ariel", "approver", "approver"),
    _played("Dana", "director", "viewer"),
)
"""Whom one may play on the simulated perimeter; ``warehouse.record`` takes nothing from them elsewhere."""


def may(viewer: Viewer, capability: Capability) -> bool:
    """Tell whether a viewer has a role for something that is not for everybody."""
    return bool(CAPABILITIES[capability] & viewer.roles)


def refused(viewer: Viewer, pinned: bool = False, presenting: bool = False) -> str:
    """Return why a viewer gets no answer in a view that would tell what passes; empty where they do.

    What-if, the nearest change that flips a decision and exact thresholds are under this one rule.

    Parameters
    ----------
    pinned
        The view names its snapshot, so that it stays as it is for whoever it is shared with.
    presenting
        It is shown to an audience.
    """
    if pinned:
        return (
            "A view that is pinned to be shown or shared answers no questions of what would change the decision. "
            "Open the newest one for that."
        )
    if presenting:
        return "What would change the decision is not shown while presenting."
    if may(viewer, "ask_the_model"):
        return ""
    return (
        "What would change the decision also tells what passes, so only people with the role of "
        f"{roles_for('ask_the_model')} may ask, and each question is recorded."
    )


def no_export(viewer: Viewer) -> str:
    """Return why a viewer gets no file with what was scored; empty where they do."""
    if may(viewer, "export_payloads"):
        return ""
    return f"Files with what was scored are only for the role of {roles_for('export_payloads')}."


def check_export(viewer: Viewer) -> None:
    """Stop where a viewer may not make files with what was scored.

    Raises
    ------
    NotAllowed
        They have no role for it.
    """
    if why := no_export(viewer):
        raise NotAllowed("exporting detections", why, "Ask somebody who has one of these roles.")


def roles_for(capability: Capability) -> str:
    """Return the roles that have a capability, in words: ``analyst, owner or validator``."""
    *others, last = sorted(CAPABILITIES[capability])
    return f"{', '.join(others)} or {last}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How the claims of a sign-in are read."""

    roles_claim: str = "roles"
    """Name of the claim with the roles: a list of names, or one name."""
    actor_claim: str = "email"
    """Name of the claim under which records are written. One for all: a person with two ids would be two people."""
    holds: timedelta = timedelta(hours=12)
    """How long a sign-in holds after the provider issued it (``iat``)."""


def from_claims(claims: Mapping[str, object], now: datetime, how: SignIn) -> Viewer:
    """Return the person whom an identity provider vouches for.

    Unknown roles are ignored; without any that is known the person is a viewer.

    Parameters
    ----------
    claims
        Of the ID token. What they hold is data: of any type, any length, and nobody's markup.
    now
        The time by this machine's clock.
    how
        Which claims are read.

    Raises
    ------
    NotAllowed
        The sign-in names nobody, or is too old.
    """
    actor = _actor(claims, how.actor_claim)
    if not actor:
        found = f"the claim {how.actor_claim!r} names nobody who was checked."
        raise NotAllowed(_DOING, found, "Ask whoever runs the sign-in: docs/sign-in.md says what it has to tell.")
    since = _issued(claims.get("iat"))
    if since is None or not -CLOCKS_DIFFER <= now - since < how.holds:
        hours = f"a sign-in holds for {how.holds / timedelta(hours=1):g} hours, and yours is older."
        raise NotAllowed(_DOING, hours, "Sign in again.")
    given = claims.get(how.roles_claim)
    named = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    texts = {role for role in named if isinstance(role, str)}
    roles: frozenset[Role] = frozenset(role for role in ROLES if role in texts) or frozenset({"viewer"})
    return Viewer(actor, roles, "oidc", _name(claims.get("name")) or actor, since)


_DOING = "finding out who is looking"


def _actor(claims: Mapping[str, object], claim: str) -> str:
    """Return the id of a person; empty where there is none that can be told apart and was checked."""
    value = claims.get(claim)
    if not _is_id(value):
        return ""
    if claim != "email":
        return value
    checked = claims.get("email_verified") in (None, True, "true")  # many providers do not say
    return value.casefold() if checked and "@" in value else ""


def _is_id(value: object) -> TypeGuard[str]:
    """Tell whether a text is an id that looks like itself: no control, no invisible sign, no outer blank."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ACTOR and value.isprintable() and value.strip() == value


def _issued(seconds: object) -> datetime | None:
    """Return the time of seconds since 1970; None where it is no such number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _name(value: object) -> str:
    """Return a name without invisible signs, not too long; empty where there is none."""
    text = value[: 10 * LONGEST_NAME] if isinstance(value, str) else ""
    return "".join(c for c in text if c.isprintable()).strip()[:LONGEST_NAME]
