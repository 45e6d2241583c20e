"""Who looks: who signed in, or this machine's one user; on the simulated perimeter also somebody who is played.

Claims are read anew at every run. What is played is kept in the session and stands in no address.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from analytics import settings
from analytics.errors import NotAllowed
from analytics.viewer import SAMPLE_PERSONS, Viewer, from_claims, local_viewer
from analytics.warehouse import is_sample
from pages.parts import serving

_PLAYED = "played"
_ended: dict[tuple[str, datetime | None], datetime] = {}
"""Sign-ins that somebody has ended, and when: other tabs and copies of the cookie end with them."""


def viewer(directory: Path) -> Viewer:
    """Return who looks.

    Parameters
    ----------
    directory
        The warehouse: only the simulated perimeter lets people be played.

    Raises
    ------
    NotAllowed
        People have to sign in here, and nobody is, or the sign-in is over.
    """
    if serving.sign_in_needed():
        return _signed_in()
    played = st.session_state.get(_PLAYED) if is_sample(directory) else None
    return next((p for p in SAMPLE_PERSONS if p.actor == played), local_viewer())


def check() -> None:
    """Run the app anew, which then asks for a sign-in, where that is over: parts of a page run without its frame."""
    if not serving.sign_in_needed():
        return
    try:
        _signed_in()
    except NotAllowed:
        st.rerun()


def play(person: Viewer | None) -> None:
    """Be somebody of the simulated perimeter for the rest of the session; None: yourself."""
    st.session_state[_PLAYED] = person.actor if person else None


def end(who: Viewer) -> None:
    """End a sign-in, in every tab."""
    now = datetime.now(UTC)
    for key in [k for k, at in list(_ended.items()) if now - at > settings.sign_in().holds]:
        _ended.pop(key, None)
    _ended[who.actor, who.since] = now
    st.logout()


def _signed_in() -> Viewer:
    if not st.user.get("is_logged_in", False):
        raise NotAllowed("opening the page", "nobody is signed in.", "Sign in.")
    found = from_claims(st.user.to_dict(), datetime.now(UTC), settings.sign_in())
    if (found.actor, found.since) in _ended:
        raise NotAllowed("opening the page", "you have signed out.", "Sign in again.")
    return found
