"""The scope in the address: read at every run, written when somebody chooses something.

The address is the one truth. A reload, a copied address and the browser's back button therefore give
the same view; widgets are set from it.
"""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

from analytics.errors import BadInput
from analytics.scope import Scope

THRESHOLD = "threshold"
LONGEST = 40
"""Signs of a threshold that cannot be read that are told back."""
PLACE = "place"
"""Where in a list its page begins: of another list it is no place."""
CHOSEN, EVENT, REASON = "detection", "event_id", "reason"
"""The detection that is open, its event, and for which reason it was opened from the work queue."""
OF_VERSION = (THRESHOLD, "flagged", CHOSEN, EVENT, REASON)
"""What means nothing of another version: its scores are not on the same scale, its detections have other ids."""
FOLLOWS = ("snapshot", "model", "version")
"""What goes along to another page of the menu."""
_PAGE, _FOLLOWING = "page-before", "following"
"""Keys of the session: the page of the run before, and what of its address goes along."""
KEYS = frozenset(f.name for f in fields(Scope))


def read() -> Scope:
    """Return the scope that the address names.

    Raises
    ------
    BadInput
        The address holds a time, a slice or a window that cannot be read.
    """
    names = list(st.query_params)
    return Scope.from_text(urlencode([(k, v) for k in names for v in st.query_params.get_all(k) if v]))


def write(scope: Scope, *gone: str) -> None:
    """Put a scope into the address and take some keys out; all others that are not a scope's stay."""
    asked = pairs(scope)
    change(asked, [k for k in (*KEYS, *gone) if k not in asked])


def unpin() -> None:
    """Lead to the same in the newest view."""
    change({}, ["snapshot"])


def forget() -> None:
    """Take everything out of the address that is not an open section's own."""
    try:
        st.query_params.clear()
    except StreamlitAPIException:
        change({}, [*KEYS, THRESHOLD])


def change(asked: dict[str, list[str]], gone: list[str]) -> None:
    """Set some keys of the address and take others out, in one step: each step is one for the button back.

    A key that is bound to a widget may not be written, not even left as it is where all others are set anew. So
    where one is there, keys that go become empty, which means the same.
    """
    gone = [k for k in gone if k in st.query_params]
    kept = {k: st.query_params.get_all(k) for k in st.query_params if k not in gone}
    try:
        st.query_params.from_dict({**kept, **asked}) if gone else st.query_params.update(asked)
    except StreamlitAPIException:
        st.query_params.update({**asked, **dict.fromkeys(gone, "")})


def threshold() -> float | None:
    """Return the threshold that the address asks about; None: the one in force. A comma may stand for the point.

    Raises
    ------
    BadInput
        It is not a score from 0 to 1.
    """
    text = st.query_params.get(THRESHOLD)
    if not text:
        return None
    try:
        found = float(text.replace(",", ".", 1))
    except ValueError:
        found = float("nan")
    if not 0 <= found <= 1:
        told = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        raise BadInput("reading the address", f"the threshold {told!r} is no score.", "Give a number from 0 to 1.")
    return found


def write_threshold(value: float | None) -> None:
    """Put a threshold into the address, or take it out."""
    if value is None:
        st.query_params.pop(THRESHOLD, None)
    else:
        st.query_params[THRESHOLD] = repr(float(value))


def pairs(scope: Scope) -> dict[str, list[str]]:
    """Return the text form of a scope as key and values."""
    found: dict[str, list[str]] = {}
    for key, value in parse_qsl(scope.to_text(), keep_blank_values=True):
        found.setdefault(key, []).append(value)
    return found


def share(scope: Scope) -> str:
    """Return the full address of the page with this scope; what else the address says stays."""
    address = (st.context.url or "").split("?")[0]
    kept = [(k, v) for k in st.query_params if k not in KEYS for v in st.query_params.get_all(k) if v]
    return f"{address}?{scope.to_text()}" + (f"&{urlencode(kept)}" if kept else "")


def follow(page: str) -> None:
    """Take the model along to a page that the menu led to: its links name nothing.

    A menu and the button back look alike from here. Links inside a page lead to others of the same model, or from a
    page of all models, so whoever comes back to an address without selection sees what was there before; a window
    would not be the same.

    Parameters
    ----------
    page
        Address of the page; on another one than in the run before, an address that names nothing gets the model.
    """
    before, kept = st.session_state.get(_PAGE), st.session_state.get(_FOLLOWING)
    if kept and before not in (None, page) and not st.query_params:
        st.query_params.from_dict(kept)
    st.session_state[_PAGE] = page


def remember() -> None:
    """Keep the model that the address names for the next page, also where this page speaks of all."""
    st.session_state[_FOLLOWING] = {k: st.query_params[k] for k in FOLLOWS if st.query_params.get(k)}
