"""A popover whose content is made when somebody opens it, and then alone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts import cache


@st.fragment
def popover(label: str, key: str, show: Callable[[], None]) -> None:
    """Show a quiet button that opens something.

    Nothing of it is sent before: a page of ten closed popovers would else be drawn half for nobody. Opening runs
    this fragment, not the page. A widget inside does not move what stands outside, unless it reruns the app.

    Parameters
    ----------
    label
        Fixed words, no text from data.
    key
        Name of the popover, unique on the page.
    show
        Shows its content.
    """
    content = st.popover(label, type="tertiary", key=key, on_change="rerun")
    if content.open:
        with content, cache.alone(key):
            show()
