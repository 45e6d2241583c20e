"""What every page stands in: viewer, navigation, the shared scope, one error boundary.

The entry script, named by ``app.py``. Pages find their view with ``cache.current()``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from pages.parts import ahead

ahead.load()

from analytics import warehouse
from analytics.errors import NotAllowed
from analytics.settings import warehouse_dir
from pages.parts import (
    cache,
    drift_bar,
    early,
    exact,
    head,
    identity,
    perimeter_bar,
    present,
    scope_bar,
    settle,
    sign_in,
    style,
    url,
)
from pages.parts.boundary import boundary

PARTS = Path(__file__).parent / "parts"
OVERVIEW = "briefing/overview.py"
PAGES = {
    # Streamlit takes the default page's own address away: it stands at "/" alone, hence twice.
    "": [st.Page(OVERVIEW, title="Overview", url_path="start", default=True, visibility="hidden")],
    "Briefing": [st.Page(OVERVIEW, title="Overview", url_path="overview")],
    "Analysis": [
        st.Page("analysis/efficacy.py", title="Efficacy", url_path="efficacy"),
        st.Page("analysis/detections.py", title="Detections", url_path="detections"),
        st.Page("analysis/explanations.py", title="Explanations", url_path="explanations"),
        st.Page("analysis/drift.py", title="Drift", url_path="drift"),
    ],
    "Assurance": [st.Page("assurance/feedback.py", title="Feedback", url_path="feedback")],
}
BARS = {"Overview": perimeter_bar, "Drift": drift_bar}  # pages with a selection of their own


def dress(title: str) -> None:
    """Set what every page has, whoever looks."""
    st.set_page_config(page_title=f"{title} · Bartizan", page_icon=str(PARTS / "icon.svg"), layout="wide")
    st.logo(str(PARTS / "wordmark.svg"), size="large")
    style.apply()


def show() -> None:
    """Run the page of the address inside the frame."""
    directory = warehouse_dir()
    try:
        viewer = identity.viewer(directory)
    except NotAllowed as error:
        st.navigation(PAGES, position="hidden")  # else Streamlit calls the address unknown
        dress("Sign in")
        sign_in.screen(error)
        return
    page = st.navigation(PAGES, position="hidden" if present.on() else "top")
    dress(page.title)
    url.follow(page.url_path)
    scope = url.read()
    reader = cache.open_reader(directory, viewer, scope.snapshot)
    scope = present.pinned(scope, reader.snapshot.name)
    view = cache.View(reader, scope, directory)
    bar = BARS.get(page.title, scope_bar)
    top = None if present.on() else st.container()
    view = exact.settled(replace(view, scope=bar.resolve(view) if top is None else bar.show(view)), page.title)
    cache.keep(view)
    url.remember()
    if top is not None:
        with top:
            head.show(page.title, view, warehouse.current_id(directory))
    page.run()


with boundary(), early.charts():
    show()
settle.once()
