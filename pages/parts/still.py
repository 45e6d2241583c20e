"""What people record is read as it was when a talk began: nothing changes under the speaker.

A snapshot has a place in the log for verdicts alone, so what else is recorded is kept with the session of the talk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.parts import present

T = TypeVar("T")


def read(name: str, work: Callable[[], T]) -> T:
    """Return what ``work`` reads from the log, while presenting what it read first.

    Parameters
    ----------
    name
        Of what is read; the same on every page.
    """
    key = f"still-{name}"
    if not present.on():
        st.session_state.pop(key, None)
        return work()
    if key not in st.session_state:
        st.session_state[key] = work()
    return st.session_state[key]
