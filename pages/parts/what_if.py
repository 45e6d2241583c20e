"""What would change the decision on an open detection: other inputs, and the nearest that are enough.

Both ask the model itself. Only those may who have a role for it, in the newest view, and each question is recorded
before its answer is shown; answers are kept for who asked, in their session alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.detections import payload
from analytics.detections.results import Detection
from analytics.errors import BartizanError
from analytics.explanations import door, flip, what_if
from analytics.explanations import words_asked as words
from analytics.explanations.asking import LONGEST
from analytics.explanations.results import NotExplained
from analytics.explanations.searching import Flip
from analytics.explanations.what_if import WhatIf
from analytics.results import Measured
from pages.parts import blocks, cache, inspect, present, sections
from pages.parts.cache import View

T = TypeVar("T")
KEY = "what-if"
_COLUMNS = 3


def show(view: View, d: Detection, chosen: str, event: str | None) -> None:
    """Show the section, or why there is none; the model is asked only where somebody presses a button in it."""
    if present.on():
        return
    if why := door.refused(view.reader.viewer, view.scope):
        blocks.note(KEY, why)
        return
    sections.section("whatif", "What would change the decision", lambda: _asked(view, d, chosen, event))


@st.fragment
@cache.alone("what-if")
def _asked(view: View, d: Detection, chosen: str, event: str | None) -> None:
    found = view.measure(door.offered, chosen, event).result
    if isinstance(found, NotExplained):
        blocks.reason(KEY, words.cannot(found))
        return
    blocks.note("what-if-recorded", words.RECORDED)
    about = f"{d.row['event_id']}/{d.row['model_version']}"
    _nearest(view, about, chosen, event)
    _what_if(view, about, found, chosen, event)


def _nearest(view: View, about: str, chosen: str, event: str | None) -> None:
    if st.button("Find the nearest change that is enough", key="nearest-flip"):
        _ask(view, f"flip/{about}", lambda: flip.nearest_flip(view.reader, view.scope, chosen, event))
    found = _answer(view, f"flip/{about}")
    if isinstance(found, str):
        blocks.reason("flip", payload.spelled(found))
    elif found is not None:
        result: Flip | NotExplained = found.result
        if isinstance(result, NotExplained):
            blocks.reason("flip", words.cannot(result))
            return
        _said("flip", words.flip(result), found, words.flip_of(result))
        blocks.note("flip", f"{words.after(result)} {words.tried(result)}".strip())


def _what_if(view: View, about: str, of: door.Offered, chosen: str, event: str | None) -> None:
    with st.form(f"what-if-{about}", border=False):
        edited = _text(of.text, about) if of.text is not None else _values(of.features, about)
        pressed = st.form_submit_button("Ask the model", key=f"what-if-ask-{about}")
    if pressed and edited is None:
        blocks.reason("what-if-missing", "Give every feature a value.")
        return
    if pressed and edited is not None:
        _ask(
            view, f"what-if/{about}",
            lambda: what_if.what_if(view.reader, view.scope, chosen, event, edited),
        )  # fmt: skip
    found = _answer(view, f"what-if/{about}")
    if isinstance(found, str):
        blocks.reason("what-if", payload.spelled(found))
    elif found is not None:
        _compared(found)


def _text(stored: str, about: str) -> str:
    # The browser leaves a longer text out without a word (a megabyte would stop it for seconds): so the label says it.
    label = f"The text as the model gets it; one of more than {LONGEST:,} characters is not taken"
    return st.text_area(label, stored, max_chars=LONGEST, height=140, key=f"what-if-text-{about}")


def _values(features: tuple[door.Feature, ...], about: str) -> dict[str, float | str] | None:
    """Show a field for each feature; return the values, or None where one is missing."""
    found: dict[str, float | str | None] = {}
    places: Sequence[DeltaGenerator] = ()
    for i, f in enumerate(features):
        if i % _COLUMNS == 0:  # rows of their own: on a telephone they else stand column by column
            places = st.columns(_COLUMNS, gap="small")
        with places[i % _COLUMNS]:
            found[f.column] = _field(f, i, f"what-if-{i}-{about}")
            blocks.note(f"what-if-{i}", words.usual(f))
    given = {c: v for c, v in found.items() if v is not None}
    return given if len(given) == len(found) else None


def _field(f: door.Feature, i: int, key: str) -> float | str | None:
    """Show the field of a feature: a number to type, or the known values of a category to choose from."""
    if f.options:
        at = f.options.index(f.word)
        return st.selectbox(words.field(f, i), f.options, index=at, format_func=payload.spelled, key=key)
    return st.number_input(words.field(f, i), value=f.own, step=1.0 if f.whole else None, format="%.9g", key=key)


def _compared(found: Measured[WhatIf | NotExplained]) -> None:
    w = found.result
    if isinstance(w, NotExplained):
        blocks.reason("what-if", words.cannot(w))
        return
    _said("what-if", words.moved(w), found, words.moved_of(w))
    left, right = st.columns(2, gap="medium")
    for place, key, title, side in ((left, "stored", "As stored", w.stored), (right, "asked", "As asked", w.changed)):
        with place:
            blocks.note(f"what-if-{key}", title)
            st.text(words.side(side, w.threshold), width="stretch")
            st.text(side.sentence, width="stretch")
    blocks.note("what-if-caveat", w.caveat)


def _said(key: str, sentence: str, found: Measured[T], rests: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        blocks.finding(key, payload.spelled(sentence))
        inspect.popover(key, found.provenance, rests=rests)


def _ask(view: View, about: str, question: Callable[[], Measured[T]]) -> None:
    """Ask, and keep the answer, or the reason why there is none, for who asked."""
    try:
        with st.spinner("Asking the model"):
            answer: Measured[T] | str = question()
    except BartizanError as e:
        answer = f"{e.found[:1].upper()}{e.found[1:]} {e.fix}"
    st.session_state[f"{KEY}-{about.partition('/')[0]}"] = (about, view.reader.viewer.actor, answer)


def _answer(view: View, about: str) -> Measured | str | None:
    """Return what was answered last of this detection to whoever looks now."""
    of, who, answer = st.session_state.get(f"{KEY}-{about.partition('/')[0]}", ("", "", None))
    return answer if (of, who) == (about, view.reader.viewer.actor) else None
