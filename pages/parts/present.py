"""Presenting: one sentence and one picture a screen, large; nothing changes under the speaker.

The address names the snapshot and the log position while it lasts, so that neither an import nor a verdict moves a
figure in the middle of a talk. A slide fills the screen and is written for the last row of the room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from plotly.graph_objects import Figure

from analytics.look import dressed
from analytics.results import Provenance
from analytics.scope import Scope
from pages.parts import blocks, cache, inspect, present_keys, stamp, url
from pages.parts.cache import View

KEY, AT = "present", "slide"
_BEFORE = "present-before"
"""Key of the session: the snapshot that the address named before the talk, to which leaving it leads back."""
_DIGITS = 4
"""Of the number of a slide, at most; anything else in the address means the first."""
_SHOWN = "present-shown"
"""Key of the session: the slide that is shown, or on its way. A click while it is still on its way comes with an
address that does not know of it yet. Streamlit makes one of several clicks that wait for the same run; keys are counted
in the browser (``present_keys``)."""
CSS = """
<style>
[data-testid="stHeader"] { display: none; }
.stMainBlockContainer { padding: 1.2rem clamp(1rem, 2.8vw, 2.5rem) 1rem; max-width: none; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { min-height: calc(100dvh - 2.2rem); }
[data-testid="stLayoutWrapper"]:has(> .st-key-slide-body) { flex: 1 0 auto; min-height: 26rem; display: flex; }
[data-testid="stLayoutWrapper"]:has(> .st-key-slide-body .stPlotlyChart) { flex-basis: 0; }
.st-key-slide-body { justify-content: center; }
.st-key-slide-body [data-testid="stElementContainer"]:has(.stPlotlyChart) { height: 100%; }
.st-key-slide-body .stPlotlyChart { height: 100%; }
[class*="st-key-title"] [data-testid="stText"] { font-size: clamp(1.5rem, 2.8vw, 2.6rem); }
[class*="st-key-note-"] [data-testid="stText"] { font-size: 1.1rem; }
.st-key-note-misread [data-testid="stText"] { font-size: clamp(1rem, 1.7vw, 1.5rem); }
.st-key-slide-body [class*="st-key-reason-"] [data-testid="stText"] { font-size: 1.6rem; line-height: 1.4; }
[data-testid="stMetricValue"] { font-size: clamp(2rem, 4.5vw, 4rem) !important;
  line-height: 1.25 !important; }
[class*="st-key-tile-absent-"] [data-testid="stMetricValue"] { font-size: clamp(1.4rem, 2.3vw, 2rem) !important; }
[data-testid="stMetricLabel"] p { font-size: clamp(1rem, 1.7vw, 1.5rem); }
[class*="st-key-tile-"] [data-testid="stText"] { font-size: clamp(.9rem, 1.6vw, 1.4rem); }
@media (min-width: 1000px) {
  .st-key-slide-foot { flex-wrap: nowrap; }
  .st-key-slide-body [data-testid="stElementContainer"]:has(.stPlotlyChart) { width: calc(100% / 1.7);
    height: calc(100% / 1.7); margin-bottom: auto; }
  .st-key-slide-body .js-plotly-plot { transform: scale(1.7); transform-origin: top left; }
  .st-key-services { zoom: 1.65; }
  [class*="st-key-services-head"], [class*="st-key-service-"] {
    grid-template-columns: 1.9fr .8fr 1.25fr 1.25fr 1.45fr 1fr; }
  .st-key-services-head > :nth-child(n+7), [class*="st-key-service-"] > :nth-child(n+12) { display: none; }
}
</style>
"""
"""A picture is drawn as on the page and the whole of it enlarged, its lines and its room as well as what is written in
it. The table of services has six of its nine columns here: what is caught and missed, and whom it disturbs."""


@dataclass(frozen=True, slots=True)
class Slide:
    """One idea: a sentence, what proves it, and how it is known."""

    sentence: str
    show: Figure | Callable[[], None] | str
    """A picture; or what draws something else; or the reason why there is none."""
    base: str
    seen: Provenance
    note: str = ""
    """What the picture would be misread without, in a few words; stands below the sentence."""


def on() -> bool:
    """Tell whether the address asks for presenting."""
    return st.query_params.get(KEY) == "1"


def switch(view: View) -> None:
    """Show the button that starts presenting, at the snapshot that is shown."""
    st.button("Present", type="tertiary", on_click=_start, args=(view.scope.snapshot, view.reader.snapshot.name))


def pinned(scope: Scope, snapshot: str) -> Scope:
    """Return the scope of a talk: at a snapshot that the address names, from the first slide on.

    Parameters
    ----------
    scope
        What the address asks for.
    snapshot
        The one that is shown, with its log position.
    """
    if not on() or scope.snapshot is not None:
        return scope
    _start(None, snapshot)
    return replace(scope, snapshot=snapshot)


def _start(before: str | None, snapshot: str) -> None:
    """Name the snapshot and nothing else: what else the address says means the same as long as this stays."""
    st.session_state[_BEFORE] = before
    url.change({"snapshot": [snapshot], KEY: ["1"]}, [])


def _leave() -> None:
    before = st.session_state.pop(_BEFORE, None)
    url.change({"snapshot": [before]} if before else {}, [KEY, AT, *([] if before else ["snapshot"])])


def _step(by: int, last: int) -> None:
    """Go on from the slide that is shown, whatever the address knows of it."""
    _go(min(max(st.session_state[_SHOWN] + by, 0), last))


def _go(to: int) -> None:
    st.session_state[_SHOWN] = to
    st.query_params[AT] = str(to)


def show(slides: Sequence[Slide]) -> None:
    """Show the slide that the address names, the first where it names none.

    Parameters
    ----------
    slides
        At least one.
    """
    st.html(CSS)
    text, last = st.query_params.get(AT, "0"), len(slides) - 1
    at = min(int(text), last) if text.isdecimal() and len(text) <= _DIGITS else 0
    st.session_state[_SHOWN] = at
    # Before all that a slide may have and another not: what moves to another place is put up anew, deaf meanwhile.
    present_keys.listen(at, last, _go)
    slide = slides[at]
    blocks.title(slide.sentence, "slide")
    blocks.note("misread", slide.note)
    with st.container(key="slide-body"):
        if isinstance(slide.show, Figure):
            picture = dressed(slide.show, st.context.theme.type)
            alt = f"{slide.sentence} {slide.note}" if slide.note else slide.sentence
            st.plotly_chart(picture, height="stretch", theme=None, key="chart-slide", config=_CONFIG, alt=alt)
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
        with st.container(key="note-stamp", width="content"):
            st.text(stamp.of(cache.current()))
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            st.button("Back", on_click=_step, args=(-1, last), disabled=at == 0, help="Arrow left or Page up")
            st.text(f"{at + 1} of {len(slides)}")
            st.button("Next", on_click=_step, args=(1, last), disabled=at == last, help="Arrow right or Page down")
            st.button("Leave", type="tertiary", on_click=_leave, shortcut="Escape")


_CONFIG = {"displaylogo": False, "displayModeBar": False, "staticPlot": False}
