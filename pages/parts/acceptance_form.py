"""Living with something until a day: why, what protects meanwhile, and that it wants attention again behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import streamlit as st

from analytics import dates
from analytics.errors import BartizanError
from analytics.overview import reviews, words_items
from analytics.overview.reviews import Acceptance
from analytics.overview.words_items import Item
from pages.parts.cache import View
from pages.parts.opened import Popover

USUAL = timedelta(days=14)
"""How long a form proposes."""


def popover(item: Item, view: View) -> Popover | None:
    """Return what opens the form, or shows what is accepted; None where there is nothing to show or to record."""
    accepted = item.urgency == "accepted"
    if not accepted and not view.may_record(reviews.ACCEPTED):
        return None
    return "Accepted" if accepted else "Accept", f"accepting-{item.key}", partial(_show, item, view)


def _show(item: Item, view: View) -> None:
    st.text(item.text, width="stretch")
    if item.urgency == "accepted" and item.acceptance:
        _told(item.acceptance)
    if not view.may_record(reviews.ACCEPTED):
        return
    if item.urgency == "accepted":
        _reopen(item, view)
    else:
        _form(item, view)


def _told(a: Acceptance) -> None:
    """Show who lives with it until when, literally."""
    for line in (f"Accepted until {dates.day(a.until)} by {a.by}.", f"Why: {a.reason}", f"Meanwhile: {a.meanwhile}"):
        st.text(line, width="stretch")


def _form(item: Item, view: View) -> None:
    today = _today(view)
    with st.form(f"accept-{item.key}", border=False):
        until = st.date_input(
            "Until", today + USUAL, min_value=today, max_value=today + reviews.LONGEST, format="YYYY-MM-DD"
        )
        reason = st.text_input("Why", max_chars=300)
        meanwhile = st.text_input("What protects meanwhile", max_chars=300)
        if st.form_submit_button("Accept until then") and until is not None:
            given = Acceptance(until, reason, meanwhile, view.reader.viewer.actor)
            _record(lambda: reviews.accept(view.directory, view.reader.viewer, item.subject, given, today, uuid4().hex))


def _reopen(item: Item, view: View) -> None:
    with st.form(f"reopen-{item.key}", border=False):
        why = st.text_input("Why not any more", max_chars=300)
        if st.form_submit_button("Wants attention again"):
            names = (item.subject, *item.also)
            _record(lambda: reviews.reopen(view.directory, view.reader.viewer, names, why, uuid4().hex))


def _record(write: Callable[[], object]) -> None:
    try:
        write()
    except BartizanError as error:
        st.text(str(error), width="stretch")
    else:
        st.rerun()


def _today(view: View) -> date:
    snapshot = view.reader.snapshot
    return words_items.last_day(snapshot.data_until or snapshot.created_at, snapshot.zone)
