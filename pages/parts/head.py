"""The line above every page: which one it is, how old the data is, how to share the view, who looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from analytics.glossary import TERMS
from analytics.warehouse import verdict_position
from pages.parts import blocks, opened, present, sign_in, stamp, url
from pages.parts.cache import View

STALE = timedelta(days=1)
"""Age of the newest detection from which the line says that the data is old."""


def show(title: str, view: View, newest: str | None) -> None:
    """Show the line.

    Parameters
    ----------
    title
        Name of the page.
    view
        The view; its snapshot is the one that is spoken of.
    newest
        The snapshot in force, to say where a pinned view is behind it.
    """
    snapshot = view.reader.snapshot
    until, now = snapshot.data_until, datetime.now(UTC)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key="head"
    ):
        with st.container(key="page-name", width="content"):
            st.title(title, anchor=False)
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            if until and now - until > STALE:
                blocks.lamp("not evaluated", f"· no new data for {stamp.age(now - until)}")
            with st.container(key="note-as-of", width="content"):
                st.text(stamp.of(view, now))
            present.switch(view)
            who = view.reader.viewer
            tools = [("Words", "words", _words), ("Share", "share", lambda: _share(view))]
            opened.popovers([*tools, *sign_in.others(who, view.directory)])
            sign_in.head(who)
    if view.scope.snapshot and newest not in (None, snapshot.id):
        _behind("This view is pinned to an older snapshot; newer data exists.")
    elif view.scope.snapshot and verdict_position(view.directory) > snapshot.log_position:
        _behind("This view is pinned; verdicts were given since.")


def _words() -> None:
    """The terms that screens use, in plain words."""
    for term, meaning in TERMS.items():
        st.text(f"{term[:1].upper()}{term[1:]}: {meaning}", width="stretch")


def _share(view: View) -> None:
    """The address of exactly this: its snapshot and log position are named, so that it stays as it is."""
    snapshot = view.reader.snapshot
    st.text("This address always shows the data as it is now:")
    st.code(url.share(replace(view.scope, snapshot=snapshot.name)), language=None, wrap_lines=True)
    blocks.note(
        "snapshot",
        f"snapshot {snapshot.id}, {snapshot.rows:,} detections, records up to number {snapshot.log_position}",
    )


def _behind(why: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="behind"):
        st.text(why)
        st.button("Show the newest", on_click=url.unpin)
