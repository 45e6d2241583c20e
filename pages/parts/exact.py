"""Who is told thresholds and scores exactly, decided once a run; all others are told about where they lie.

Exact thresholds tell what passes, as the answers of a model do, so one rule holds for both (``viewer.refused``). The
first time that a session is shown those of a version is recorded where the log can say who it was.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pandas as pd
import streamlit as st

from analytics.errors import BadInput, NotAllowed
from analytics.numbers import BARS, exactly, place
from analytics.viewer import may, refused, roles_for
from analytics.warehouse import Event, record
from analytics.warehouse.questions import SHOWN
from pages.parts import blocks, present, url
from pages.parts.cache import View, tell

ROUGH = (
    "Thresholds and scores are rounded here, because exact ones tell what passes. People with the role of "
    f"{roles_for('ask_the_model')} see them exactly and ask about others, in the newest view and outside of talks."
)
_TELLING = ("Efficacy", "Detections", "Feedback")
"""Pages on which thresholds stand."""
_SESSION = "exact-shown"


def settled(view: View, page: str) -> View:
    """Return the view with whether its viewer is told exactly, and record that the thresholds of its version are.

    Parameters
    ----------
    page
        Title of the page that is shown.
    """
    exact = not refused(view.reader.viewer, view.scope.snapshot is not None, present.on())
    view = replace(view, exact=exact)
    tell(view)
    if page in _TELLING and view.scope.version is not None:
        shown(view, view.scope.version)
    return view


def shown(view: View, version: str) -> None:
    """Record that the exact thresholds of a version are shown, once a session; of this machine's one user nothing."""
    viewer, model = view.reader.viewer, str(view.scope.model)
    known = st.session_state.setdefault(_SESSION, {})
    about = (viewer.actor, model, version)
    if not view.exact or viewer.verified_by == "local" or about in known:
        return
    body = {"model": model, "version": version}
    known[about] = record(view.directory, Event(SHOWN, model, body, uuid4().hex), viewer)


def asked(view: View) -> float | None:
    """Return the threshold that the address asks about, of those who may ask; None: the one in force.

    Raises
    ------
    BadInput
        It is not a score from 0 to 1.
    """
    return url.threshold() if may(view.reader.viewer, "ask_the_model") else None


def asked_or_why(view: View) -> tuple[float | None, str]:
    """Return the threshold that the address asks about, and why it cannot be read: then the one in force stands."""
    try:
        return asked(view), ""
    except BadInput as error:
        found = f"{error.found[:1].upper()}{error.found[1:]}"
        return None, f"{found} {error.fix} Until then the page speaks of the one in force."


def rough(view: View) -> None:
    """Say why thresholds are told roughly, and lead out of a pinned view those for whom that is the reason."""
    blocks.note("rough", ROUGH)
    if not present.on() and view.scope.snapshot is not None and may(view.reader.viewer, "ask_the_model"):
        st.button("Open the newest view", on_click=url.unpin, type="tertiary", key="exact-newest")


def check(view: View, *scores: float | None) -> None:
    """Stop where an address cuts a list at scores finer than the bars that everybody sees, and its viewer may not.

    Raises
    ------
    NotAllowed
        Counts at scores of one's own would tell the threshold by trial.
    """
    fine = [s for s in scores if s is not None and abs(s * BARS - round(s * BARS)) > 1e-6]
    if fine and not may(view.reader.viewer, "ask_the_model"):
        found = f"it is cut at an exact score, about which only the role of {roles_for('ask_the_model')} may ask."
        raise NotAllowed("listing detections", found, "Clear the selection, or click a bar of a histogram of scores.")


def frame(data: pd.DataFrame) -> pd.DataFrame:
    """Return a table as its reader may see it: scores and thresholds by the middle of their bar where not exactly."""
    names = [c for c in data.columns if str(c).lower() in ("score", "threshold")]
    if exactly() or not names:
        return data
    return data.assign(**{c: data[c].map(_told) for c in names})


def _told(value: str | float | None) -> str | float | None:
    """Return a cell as it may be seen; one of words was told so already."""
    return value if value is None or isinstance(value, str) else place(value)
