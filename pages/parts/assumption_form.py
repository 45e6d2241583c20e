"""What a case and a mistake cost: agreed and proposed values from the log, others for this view in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import streamlit as st

from analytics import dates
from analytics.efficacy.assumptions import Assumptions, Proposal, agreed, approve, propose, proposed
from analytics.efficacy.words_threshold import CURRENCY, assumed
from analytics.errors import BadInput, BartizanError
from analytics.warehouse import is_sample, may_record
from pages.parts import blocks, choice
from pages.parts.cache import View

_FIELDS = (
    ("minutes_per_case", "Minutes a case"),
    ("alarms_per_case", "Alarms a case"),
    ("cost_missed", "Cost of a missed attack"),
    ("cost_false_alarm", "Cost of a false alarm"),
    ("cost_hour", "Cost of an analyst hour"),
)
KEYS = tuple(name for name, _ in _FIELDS)


def current(view: View) -> tuple[Assumptions, str]:
    """Return what holds in this view, and who agreed on it; empty where the address says otherwise.

    Raises
    ------
    BadInput
        The address holds something that is no number.
    """
    found, by = agreed(view.directory, view.scope.model or "", view.reader.snapshot.zone)
    asked = {name: st.query_params[name] for name in KEYS if name in st.query_params}
    if not asked:
        return found, by
    try:
        return replace(found, **{name: float(text) if text else None for name, text in asked.items()}), ""
    except ValueError:
        raise BadInput("reading the address", f"{asked} is not all numbers.", "Clear the selection.") from None


def show(view: View, now: Assumptions) -> None:
    """Show the form in a popover; what is typed holds for this view, and can be proposed for everybody."""
    with st.popover("Minutes and costs", type="tertiary"):
        found, by = agreed(view.directory, view.scope.model or "", view.reader.snapshot.zone)
        told = f"Agreed by {by}: {assumed(found)}." if by else "Nobody has agreed on these for this model yet."
        blocks.note("assumed", f"{told} This view uses other values." if by and now != found else told)
        standing = proposed(view.directory, view.scope.model or "")
        if standing:
            _standing(view, standing, now)
        _fields(now)
        if now != (standing.values if standing else None) and not (by and now == found):
            _propose(view, now)


def _fields(now: Assumptions) -> None:
    """Two boxes a row, so that what is below them is in view."""
    grid = st.grid(2, min_column_width=150, gap="small")
    for name, label in _FIELDS:
        value = asdict(now)[name]
        with grid.cell():
            st.number_input(
                label,
                min_value=0.0,
                value=value,
                placeholder="as labelled cases" if name == "alarms_per_case" else "not said",
                **choice.bound(f"assume-{name}", value, partial(_typed, name)),
            )
    blocks.note("currency", f"Costs are {CURRENCY}.")


def _standing(view: View, standing: Proposal, now: Assumptions) -> None:
    """What is proposed and not agreed: to be used in this view, and to be approved by a second person."""
    viewer = view.reader.viewer
    values = assumed(standing.values)
    day = dates.day(standing.at.astimezone(ZoneInfo(view.reader.snapshot.zone)))
    blocks.note("proposed", f"Proposed by {standing.actor}, {day}, not agreed yet: {values}.")
    if standing.values != now:
        st.button("Use the proposal in this view", key="assume-use", on_click=_use, args=(standing.values,))
    stays = standing.stays(viewer)
    if stays:
        both = viewer.verified_by == "local" and is_sample(view.directory)
        blocks.note("stays", f"{stays} On this simulated perimeter you may also play both: Act as." if both else stays)
    elif st.button("Record approval", key="assume-approve"):
        _record(lambda: approve(view.directory, viewer, view.scope.model or "", standing.seq, uuid4().hex))


def _propose(view: View, now: Assumptions) -> None:
    """What this view uses, proposed for everybody; this view goes on using it."""
    viewer = view.reader.viewer
    may = may_record("assumptions_proposed", viewer)
    if not may:
        blocks.note("may-propose", "An analyst or an owner can propose what stands here.")
    elif st.button("Record proposal", key="assume-propose"):
        _use(now)
        _record(lambda: propose(view.directory, viewer, view.scope.model or "", now, uuid4().hex), keep=True)


def _record(write: Callable[[], int], keep: bool = False) -> None:
    """Write to the log and show what came of it.

    Parameters
    ----------
    keep
        Whether the address goes on saying what this view uses: what is only proposed holds for nobody else.
    """
    try:
        write()
    except BartizanError as error:
        st.text(str(error), width="stretch")
        return
    for name in () if keep else KEYS:
        st.query_params.pop(name, None)
    st.rerun()


def _use(values: Assumptions) -> None:
    for name, value in asdict(values).items():
        _typed(name, value)


def _typed(name: str, value: float | None) -> None:
    st.query_params[name] = "" if value is None else repr(float(value))
