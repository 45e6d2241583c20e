"""A second opinion from the work queue: whoever is to give it does not see what the first judge said."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from analytics.detections import blind, words
from analytics.detections.listing import JUDGED
from analytics.detections.results import Detection, Page, Similar
from analytics.feedback import words_verdicts
from analytics.results import Measured
from pages.parts import blocks, detection_filters
from pages.parts.cache import View

SECOND = "second"


def asked() -> bool:
    """Tell whether the address says that the detection was opened for a second opinion."""
    return st.query_params.get(detection_filters.REASON) == SECOND and bool(
        st.query_params.get(detection_filters.CHOSEN)
    )


def hides(view: View, d: Detection) -> bool:
    """Tell whether what others said stays unseen; those who may not judge have no verdict to give first."""
    viewer = view.reader.viewer
    return asked() and not words_verdicts.refused(viewer) and blind.blind(d, viewer.actor)


def detection(view: View, found: Measured[Detection]) -> Measured[Detection]:
    """Return a detection as the viewer may see it now."""
    return replace(found, result=blind.unseen(found.result)) if hides(view, found.result) else found


def similar(view: View, found: Measured[Similar], d: Detection) -> Measured[Similar]:
    """Return what is like a detection as the viewer may see it now."""
    return replace(found, result=blind.unseen_similar(found.result)) if hides(view, d) else found


def rows(view: View, found: pd.DataFrame, d: Detection) -> pd.DataFrame:
    """Return rows beside a detection as the viewer may see them now."""
    return found.drop(columns=list(JUDGED), errors="ignore") if hides(view, d) else found


def page(found: Page) -> Page:
    """Return the list beside a detection: without verdicts as long as second opinions are given."""
    return blind.unseen_page(found) if asked() else found


def note(view: View, d: Detection) -> None:
    """Say what a second opinion is where the first one is the viewer's own."""
    mine = asked() and blind.own(d, view.reader.viewer.actor)
    if mine and d.labels["labelled_by"].nunique() == 1:
        blocks.note("second", words.OWN_FIRST)
