"""A popover whose content is made when somebody opens it, and then alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts import cache

Popover = tuple[str, str, Callable[[], None]]
"""Its label (fixed words, no text from data), its name, unique on the page, and what shows its content."""


@st.fragment
def popover(label: str, key: str, show: Callable[[], None]) -> None:
    """Show a quiet button that opens something.

    Nothing of it is sent before: a page of ten closed popovers would else be drawn half for nobody. Opening runs
    this fragment, not the page. A widget inside does not move what stands outside, unless it reruns the app.

    Parameters
    ----------
    label, key, show
        As ``Popover`` says.
    """
    _popover(label, key, show)


@st.fragment
def popovers(each: Sequence[Popover]) -> None:
    """Show several side by side that share a fragment: for each of these Streamlit copies all that is around it.

    Parameters
    ----------
    each
        From left to right.
    """
    with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
        for one in each:
            _popover(*one)


def _popover(label: str, key: str, show: Callable[[], None]) -> None:
    content = st.popover(label, type="tertiary", key=key, on_change="rerun")
    if content.open:
        with content, cache.alone(key):
            show()
