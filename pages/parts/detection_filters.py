"""What of a scope is listed: read from the address, chosen above the list."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from analytics.detections import words
from analytics.detections.cursor import ORDERS, Cursor, Order
from analytics.detections.filters import Filters, Label
from analytics.viewer import may
from analytics.warehouse.contract import DECISIONS
from pages.parts import choice, exact, url
from pages.parts.cache import View

ORDER, PLACE, CHOSEN, EVENT = "order", url.PLACE, url.CHOSEN, url.EVENT
"""Keys of the address: the order, the place in the list, the detection that is open, and its event."""
WHY, REASON = "why", url.REASON
"""Of which reason rows of the work queue are shown; for which one a detection was opened from there.

The first stays with the second: to go back leads through an address of the queue that has the keys of the detection.
"""
KEYS = tuple(f.name for f in fields(Filters))
ORDER_NAMES: dict[Order, str] = {"newest": "Newest first", "top": "Highest score first"}
LABEL_NAMES: dict[str, str] = {
    "any": "Any verdict",
    "labelled": "With a verdict",
    "unlabelled": "Without a verdict",
    "attack": "Attacks",
    "benign": "Benign",
    **{v: name[:1].upper() + name[1:] for v, name in words.VERDICTS.items()},
}
BAND = {"score_from": "Score from", "score_to": "Score below"}
"""Fields of the filter that are the ends of a band of scores, and what they are called."""
ANY = "Any decision"


def read(view: View) -> Filters:
    """Return the filter that the address names.

    Raises
    ------
    BadInput
        It holds a number or a choice that cannot be read.
    NotAllowed
        It is cut at a score that the viewer may not ask about.
    """
    found = Filters.from_text(urlencode([(k, v) for k in KEYS if (v := st.query_params.get(k))]))
    exact.check(view, found.score_from, found.score_to, found.threshold)
    return found


def orders(view: View) -> list[Order]:
    """Return the orders that a list may have: by score for those who may know where exactly scores lie."""
    return [o for o in ORDERS if o == "newest" or may(view.reader.viewer, "ask_the_model")]


def order(view: View) -> Order:
    """Return the order that the address names; the newest first where it names none."""
    asked = st.query_params.get(ORDER, "")
    return next((o for o in orders(view) if o == asked), ORDERS[0])


def place(view: View) -> Cursor | None:
    """Return the place in the list that the address names, if it is one of this order.

    Raises
    ------
    BadInput
        It cannot be read.
    """
    text = st.query_params.get(PLACE)
    found = Cursor.from_text(text) if text else None
    return found if found is None or found.order == order(view) else None


def go(to: Cursor | None) -> None:
    """Go to another place in the list."""
    url.change({} if to is None else {PLACE: [to.to_text()]}, [] if to else [PLACE])


def write(filters: Filters) -> None:
    """Put a filter into the address; the list begins at its top again."""
    pairs = {k: [v] for k, v in parse_qsl(filters.to_text(), keep_blank_values=True)}
    url.change(pairs, [k for k in (*KEYS, PLACE, CHOSEN, EVENT) if k not in pairs])


def show(view: View, filters: Filters) -> None:
    """Show the choices above the list."""
    grid = st.grid(6, min_column_width=150, gap="small", key="list-filters")
    with grid.cell():
        now: Any = order(view)
        _choose("Order", list(orders(view)), now, ORDER_NAMES, lambda o: url.change({ORDER: [o]}, [PLACE]))
    with grid.cell():
        labels = list(get_args(Label))
        _choose("Verdict", labels, filters.label, LABEL_NAMES, lambda v: write(replace(filters, label=v)))
    with grid.cell():
        names = {"": ANY} | {d: d.capitalize() for d in DECISIONS}
        now = filters.decision or ""
        _choose("Decision", list(names), now, names, lambda d: write(replace(filters, decision=d or None)))
    if may(view.reader.viewer, "ask_the_model"):
        for end in BAND:
            with grid.cell():
                _score(filters, end)
    with grid.cell():
        _find(filters)


def _choose(label: str, options: list[Any], now: Any, names: dict[Any, str], write: Any) -> None:
    bound = choice.bound(f"list-{label.lower()}", now, write)
    st.selectbox(label, options, options.index(now), format_func=names.__getitem__, **bound)


def _score(filters: Filters, end: str) -> None:
    """Show one end of the band of scores: none at the end of the scale; the other goes where both leave nothing."""
    other, open_at = ("score_from", 1.0) if end == "score_to" else ("score_to", 0.0)

    def chosen(value: float | None) -> None:
        ends = {end: None if value == open_at else value, other: getattr(filters, other)}
        low, high = ends["score_from"], ends["score_to"]
        if low is not None and high is not None and low >= high:
            ends[other] = None
        write(replace(filters, **ends))

    now, bound = getattr(filters, end), choice.bound(f"list-{end}", getattr(filters, end), chosen)
    st.number_input(BAND[end], 0.0, 1.0, now, 0.01, format="%.6g", placeholder="any", **bound)


def _find(filters: Filters) -> None:
    now = filters.find or ""
    st.text_input(
        "Find", now, placeholder="in text, id or source", max_chars=1000,
        help="Letter by letter, in capitals or not; inside the window, as far as it gets in about two seconds.",
        **choice.bound("list-find", now, lambda text: write(replace(filters, find=text.strip() or None))),
    )  # fmt: skip
