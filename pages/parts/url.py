"""The scope in the address: read at every run, written when somebody chooses something.

The address is the one truth. A reload, a copied address and the browser's back button therefore give
the same view; widgets are set from it.
"""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from analytics.scope import Scope

KEYS = frozenset(f.name for f in fields(Scope))


def read() -> Scope:
    """Return the scope that the address names.

    Raises
    ------
    BadInput
        The address holds a time, a slice or a window that cannot be read.
    """
    names = list(st.query_params)
    return Scope.from_text(urlencode([(k, v) for k in names for v in st.query_params.get_all(k)]))


def write(scope: Scope) -> None:
    """Put a scope into the address; keys that are not a scope's stay."""
    kept = {k: st.query_params.get_all(k) for k in st.query_params if k not in KEYS}
    st.query_params.from_dict({**kept, **pairs(scope)})


def pairs(scope: Scope) -> dict[str, list[str]]:
    """Return the text form of a scope as key and values."""
    found: dict[str, list[str]] = {}
    for key, value in parse_qsl(scope.to_text(), keep_blank_values=True):
        found.setdefault(key, []).append(value)
    return found


def share(scope: Scope) -> str:
    """Return the full address of the page with this scope."""
    address = (st.context.url or "").split("?")[0]
    return f"{address}?{scope.to_text()}"
