"""Presenting: one sentence and one picture a screen, large; nothing changes under the speaker.

The address names the snapshot and the log position while it lasts, so that neither an import nor a verdict moves a
figure in the middle of a talk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from plotly.graph_objects import Figure

from analytics.look import dressed
from analytics.results import Provenance
from pages.parts import blocks, inspect, url
from pages.parts.cache import View

KEY, AT = "present", "slide"
_BEFORE = "present-before"
"""Key of the session: the snapshot that the address named before the talk, to which leaving it leads back."""
_DIGITS = 4
"""Of the number of a slide, at most; anything else in the address means the first."""
HEIGHT, TYPE = 520, 18

CSS = """
<style>
[data-testid="stHeader"] { display: none; }
.stMainBlockContainer { padding-top: 1.2rem; max-width: 1700px; }
[class*="st-key-title"] [data-testid="stText"] { font-size: clamp(1.5rem, 2.8vw, 2.6rem); }
[class*="st-key-note-"] [data-testid="stText"] { font-size: 1.1rem; }
[data-testid="stMetricValue"] { font-size: 3.2rem !important; }
[data-testid="stMetricLabel"] p { font-size: 1.2rem; }
</style>
"""


@dataclass(frozen=True, slots=True)
class Slide:
    """One idea: a sentence, what proves it, and how it is known."""

    sentence: str
    show: Figure | Callable[[], None] | str
    """A picture; or what draws something else; or the reason why there is none."""
    base: str
    seen: Provenance


def on() -> bool:
    """Tell whether the address asks for presenting."""
    return st.query_params.get(KEY) == "1"


def switch(view: View) -> None:
    """Show the button that starts presenting, at the snapshot that is shown."""
    st.button("Present", type="tertiary", on_click=_start, args=(view,))


def _start(view: View) -> None:
    st.session_state[_BEFORE] = view.scope.snapshot
    asked = url.pairs(replace(view.scope, snapshot=view.reader.snapshot.name))
    url.change({**asked, KEY: ["1"]}, [k for k in url.KEYS if k not in asked])


def _leave() -> None:
    before = st.session_state.pop(_BEFORE, None)
    url.change({"snapshot": [before]} if before else {}, [KEY, AT, *([] if before else ["snapshot"])])


def _go(to: int) -> None:
    st.query_params[AT] = str(to)


def show(slides: Sequence[Slide]) -> None:
    """Show the slide that the address names, the first where it names none.

    Parameters
    ----------
    slides
        At least one.
    """
    st.html(CSS)
    text = st.query_params.get(AT, "0")
    at = min(int(text), len(slides) - 1) if text.isdecimal() and len(text) <= _DIGITS else 0
    slide = slides[at]
    blocks.title(slide.sentence, "slide")
    if isinstance(slide.show, Figure):
        picture = dressed(slide.show, st.context.theme.type).update_layout(height=HEIGHT, font_size=TYPE)
        st.plotly_chart(picture, theme=None, key="chart-slide", config=_CONFIG, alt=slide.sentence)
    elif isinstance(slide.show, str):
        blocks.reason("slide", slide.show)
    else:
        slide.show()
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="slide-foot"
    ):
        with st.popover("How do we know?", type="tertiary"):
            blocks.note("slide", slide.base)
            inspect.told(slide.seen)
        with st.container(horizontal=True, width="content"):
            st.button("Back", on_click=_go, args=(at - 1,), disabled=at == 0, shortcut="Left")
            st.text(f"{at + 1} of {len(slides)}")
            st.button("Next", on_click=_go, args=(at + 1,), disabled=at == len(slides) - 1, shortcut="Right")
            st.button("Leave", type="tertiary", on_click=_leave, shortcut="Escape")


_CONFIG = {"displaylogo": False, "displayModeBar": False, "staticPlot": False}
