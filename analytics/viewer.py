"""Who is looking. One local user for now; roles and masks later change this place."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "analyst", "owner", "validator", "approver", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "analyst", "owner", "validator", "approver", "admin")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person (or program) that reads or records."""

    actor: str
    """Name under which records are written."""
    roles: frozenset[Role]
    verified_by: Literal["oidc", "local", "sample"]
    """Who vouches for the name: the identity provider, this machine's login, or nobody (sample)."""


def local_viewer() -> Viewer:
    """Return the one user of a loopback installation: this machine's login, with every role."""
    return Viewer(actor=getpass.getuser(), roles=frozenset(ROLES), verified_by="local")
