"""The way in, the way out, and on the simulated perimeter the way into other roles."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from analytics.errors import NotAllowed
from analytics.viewer import SAMPLE_PERSONS, Viewer
from analytics.warehouse import is_sample
from pages.parts import blocks, identity
from pages.parts.opened import Popover


def screen(why: NotAllowed) -> None:
    """Show the way to sign in, and nothing else."""
    with st.container(key="sign-in"):
        blocks.title("Sign in to Bartizan", "sign-in")
        st.text("You sign in where your organisation does, and come back here.")
        if st.user.get("is_logged_in", False):
            blocks.note("sign-in", f"{why.found[:1].upper()}{why.found[1:]} {why.fix}")
        st.button("Sign in", on_click=st.login)


def head(who: Viewer) -> None:
    """Show who looks and how to end it."""
    if who.verified_by == "oidc":
        _told(f"{who.name} · {', '.join(sorted(who.roles))}")
        st.button("Sign out", type="tertiary", on_click=identity.end, args=(who,), key="sign-out")
    elif who.verified_by == "sample":
        _told(who.name)


def others(who: Viewer, directory: Path) -> list[Popover]:
    """Return what opens whom one may play, on the simulated perimeter; nothing elsewhere."""
    mine = who.verified_by != "oidc" and is_sample(directory)
    return [("Act as", "act-as", partial(_persons, who))] if mine else []


def _told(text: str) -> None:
    """Text from elsewhere: it does nothing."""
    with st.container(key="note-who", width="content"):
        st.text(text)


def _persons(who: Viewer) -> None:
    """Whom one may play; each opens the whole page anew."""
    st.text("The simulated perimeter lets you play people of other roles. Records say that they are played.")
    with st.container(gap=None):
        for i, person in enumerate((*SAMPLE_PERSONS, None)):
            label, now = (
                (person.name, person == who) if person else ("Yourself, every role", who.verified_by == "local")
            )
            if st.button(label, key=f"act-as-{i}", disabled=now, type="tertiary"):
                identity.play(person)
                st.rerun()
