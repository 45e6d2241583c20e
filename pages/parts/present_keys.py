"""Keys of a talk: each press counts, in the browser, and the slide that it leads to is what is sent.

Streamlit makes one of several presses of a button that wait for the same run, and nothing on the server can tell how
many they were. A state that is sent is another thing: of several the newest stands, and it names the slide itself.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.components.v2 import component

KEY = "slide-keys"
_SEEN = "slide-keys-seen"
"""Key of the session: how many presses the server knows of."""
_JS = """
const STEPS = {ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1};
const OWN = 'input, textarea, select, [contenteditable=true], [role=slider], [role=radiogroup], [role=grid], '
  + '[data-testid=stDataFrame], [data-testid=stPopoverBody], [data-testid=stCode]';

export default function ({data, parentElement, setStateValue}) {
  const mine = parentElement.talk ??= {presses: data.seen};
  if (data.seen >= mine.presses) Object.assign(mine, {at: data.at, presses: data.seen});
  const pressed = (e) => {
    const by = STEPS[e.key], other = e.altKey || e.ctrlKey || e.metaKey || e.shiftKey;
    if (!by || other || e.defaultPrevented || e.target.closest?.(OWN)) return;
    e.preventDefault();
    const to = Math.min(Math.max(mine.at + by, 0), data.last);
    if (to === mine.at) return;
    Object.assign(mine, {at: to, presses: mine.presses + 1});
    setStateValue('to', {slide: to, presses: mine.presses});
  };
  document.removeEventListener('keydown', mine.pressed);
  document.addEventListener('keydown', pressed);
  mine.pressed = pressed;
  return () => document.removeEventListener('keydown', pressed);
}
"""
"""What the server knows of all presses moves the count to its slide; else more of them are on their way."""

_keys = component("talk_keys", js=_JS)


def listen(at: int, last: int, go: Callable[[int], None]) -> None:
    """Let arrows and the keys of a presenter's remote control lead to other slides.

    Parameters
    ----------
    at, last
        The slide that is shown, and the last one.
    go
        Takes the slide that was asked for.
    """

    def gone() -> None:
        told = st.session_state[KEY]["to"]
        st.session_state[_SEEN] = int(told["presses"])
        go(int(told["slide"]))

    data = {"at": at, "last": last, "seen": st.session_state.get(_SEEN, 0)}
    with st.container(key="unseen-keys"):
        _keys(key=KEY, data=data, on_to_change=gone)
