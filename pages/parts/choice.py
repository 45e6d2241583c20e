"""Widgets that show what the address says, and are not put back by a choice that is still under way.

With every request the browser sends what each widget shows. A value that a run has put into a widget, and
that has not reached the browser yet, comes back with the next request as the old one, as if somebody had
chosen it: a second press of an arrow key on the slider so emptied the threshold box beside it, and with it
the address. A widget's value is therefore never set: where the address says something else than the widget
shows, a new widget takes its place, and what the browser still says of the old one is not listened to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import streamlit as st


class Bound(TypedDict):
    """What a widget is called with, beside its default, to be bound to the address."""

    key: str
    on_change: Callable[..., None]
    args: tuple[Any, ...]


def bound(name: str, value: object, write: Callable[[Any], object]) -> Bound:
    """Return what binds a widget to a value of the address.

    Parameters
    ----------
    name
        What is chosen; the first widget's key.
    value
        What the widget shall show; give it as the widget's own default too.
    write
        Called with what somebody chose; puts it into the address.
    """
    key = _key(name)
    # Another page's widget of this key is gone here and not in the browser: what it was given last, it shows again.
    if st.session_state.get(key, st.session_state.get(_given(name), value)) != value:
        st.session_state[_turn(name)] = st.session_state.get(_turn(name), 0) + 1
        key = _key(name)
    st.session_state[_given(name)] = value
    return {"key": key, "on_change": _chosen, "args": (name, key, write)}


def shown(name: str) -> Any:
    """Return what the widget shows; None before it was there."""
    return st.session_state.get(_key(name))


def _chosen(name: str, key: str, write: Callable[[Any], object]) -> None:
    if key == _key(name):
        write(st.session_state[key])


def _key(name: str) -> str:
    turn = st.session_state.get(_turn(name), 0)
    return f"{name}-{turn}" if turn else name


def _given(name: str) -> str:
    return f"{name}-given"


def _turn(name: str) -> str:
    return f"{name}-turn"
