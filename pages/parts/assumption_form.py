"""What a case and a mistake cost: agreed values from the log, others for this view in the address."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from uuid import uuid4

import streamlit as st

from analytics.efficacy.assumptions import Assumptions, agree, agreed
from analytics.errors import BadInput, BartizanError
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
    found, by = agreed(view.directory, view.scope.model or "")
    asked = {name: st.query_params[name] for name in KEYS if name in st.query_params}
    if not asked:
        return found, by
    try:
        return replace(found, **{name: float(text) if text else None for name, text in asked.items()}), ""
    except ValueError:
        raise BadInput("reading the address", f"{asked} is not all numbers.", "Clear the selection.") from None


def show(view: View, now: Assumptions, by: str) -> None:
    """Show the form in a popover; what is typed holds for this view, and can be recorded as agreed."""
    with st.popover("Minutes and costs", type="tertiary"):
        blocks.note("assumed", f"Agreed by {by}." if by else "Nobody has agreed on these for this model yet.")
        for name, label in _FIELDS:
            value = asdict(now)[name]
            st.number_input(
                label,
                min_value=0.0,
                value=value,
                placeholder="as the labelled cases tell" if name == "alarms_per_case" else "not said",
                **choice.bound(f"assume-{name}", value, partial(_typed, name)),
            )
        if st.button("Record as agreed", key="assume-agree"):
            try:
                agree(view.directory, view.reader.viewer, view.scope.model or "", now, uuid4().hex)
            except BartizanError as error:
                st.text(str(error))
            else:
                for name in KEYS:
                    st.query_params.pop(name, None)
                st.rerun()


def _typed(name: str, value: float | None) -> None:
    st.query_params[name] = "" if value is None else repr(float(value))
