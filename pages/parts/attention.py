"""What wants attention: each thing with its owner and date, or that it has none."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pandas as pd
import streamlit as st

from analytics import dates
from analytics.errors import BartizanError
from analytics.overview import reviews, words_items
from analytics.overview.reviews import Assignment
from analytics.overview.words_items import Item
from analytics.results import Provenance
from pages.parts import acceptance_form, blocks, inspect, opened, ways
from pages.parts.cache import View

MOST = 4
"""Things that one screen holds."""
NOTE = 50
"""Characters of what an owner will do that fit the line; the form shows all."""
_ALL = "all-items"
"""Set when somebody asked for those that it does not hold."""


def show(found: list[Item], nothing: str, view: View, seen: Provenance, base: str) -> None:
    """Show the list.

    Parameters
    ----------
    found
        In order of urgency.
    nothing
        What is said where there is none.
    view
        Whose log of records names the owners.
    seen, base
        What *Inspect* tells.
    """
    log = reviews.assignments(view.directory)
    taken = [reviews.standing(log, (item.subject, *item.also)) for item in found]
    wanted = [a for item, a in zip(found, taken, strict=True) if item.urgency != "accepted"]
    open_ = "; ".join(
        filter(None, (words_items.without_owner(wanted.count(None), len(wanted)), words_items.accepted(found)))
    )
    said = "What wants attention" if found else nothing
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        blocks.finding("attention", ": ".join(filter(None, (said, open_))))
        inspect.popover("attention", seen, _table(found, taken), base)
    shown = len(found) if st.session_state.get(_ALL) else MOST
    with st.container(gap="xsmall", key="items"):
        for i, item in enumerate(found[:shown]):
            _item(i, item, taken[i], view)
    if len(found) > shown:
        st.button(f"Show {len(found) - shown} more", type="tertiary", key="more-items", on_click=_show_all)


def _show_all() -> None:
    st.session_state[_ALL] = True


def _table(found: list[Item], taken: list[Assignment | None]) -> pd.DataFrame:
    """Return every item with who takes care of it, for a file."""
    return pd.DataFrame(
        [
            {
                "service": item.service,
                "what": item.text,
                "ended": item.ended,
                "owner": a.owner if a else None,
                "due": a.due if a else None,
                "note": a.note if a else None,
                "accepted_until": item.acceptance.until if item.acceptance else None,
                "accepted_by": item.acceptance.by if item.acceptance else None,
                "reason": item.acceptance.reason if item.acceptance else None,
                "meanwhile": item.acceptance.meanwhile if item.acceptance else None,
            }
            for item, a in zip(found, taken, strict=True)
        ],
        columns=[
            "service", "what", "ended", "owner", "due", "note", "accepted_until", "accepted_by", "reason", "meanwhile",
        ],
    )  # fmt: skip


def _item(i: int, item: Item, a: Assignment | None, view: View) -> None:
    with st.container(key=f"item-{'now' if item.ended is None else 'over'}-{i}", gap=None):
        st.text(item.text.replace(" %", "\u00a0%"), width="stretch")
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"item-foot-{i}"):
            blocks.note(
                f"{'owner' if a or item.urgency == 'accepted' else 'nobody'}-{i}",
                _owner(item, a, view.reader.snapshot.zone),
            )
            page, query = ways.of(item.about, view)
            st.page_link(page, label="Look into it", query_params=query)
            if forms := _forms(item, a, view):
                opened.popovers(forms)


def _forms(item: Item, a: Assignment | None, view: View) -> list[opened.Popover]:
    found: list[opened.Popover] = []
    if view.may_record("attention_assigned"):
        form = partial(_assign, item, a, view)
        found.append(("Assign" if a is None else "Reassign", f"assigning-{item.key}", form))
    accepting = acceptance_form.popover(item, view)
    return [*found, accepting] if accepting else found


def _owner(item: Item, a: Assignment | None, zone: str) -> str:
    who = "" if item.urgency == "accepted" else "no owner, no date"
    if a:
        who = f"{a.owner}, by {dates.day(a.due)}{f': {_cut(a.note)}' if a.note else ''}"
    said = " · ".join(filter(None, (words_items.ended(item, zone), words_items.acceptance(item), who)))
    return said[:1].upper() + said[1:]


def _cut(note: str) -> str:
    return note if len(note) <= NOTE else f"{note[: NOTE - 1]}…"


def _assign(item: Item, a: Assignment | None, view: View) -> None:
    """A small form: who takes it on, until when. A record in the log, not a note on a screen."""
    now = view.reader.snapshot.data_until or view.reader.snapshot.created_at
    with st.form(f"assign-{item.key}", border=False):
        st.text(item.text, width="stretch")
        owner = st.text_input("Who", value=a.owner if a else "", max_chars=80)
        due = st.date_input("By when", value=a.due if a else (now + timedelta(days=7)).date(), format="YYYY-MM-DD")
        note = st.text_input("Note", value=a.note if a else "", max_chars=300)
        if st.form_submit_button("Record") and due is not None:
            try:
                given = Assignment(owner, due, note, view.reader.viewer.actor)
                reviews.assign(view.directory, view.reader.viewer, item.subject, given, uuid4().hex)
            except BartizanError as error:
                st.text(str(error))
            else:
                st.rerun()
