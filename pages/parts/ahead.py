"""What the first page needs, loaded and worked out while the first browser is still loading the app's own files.

Without it that browser waits for both, one after the other. Who comes meanwhile waits for the same: it is loaded by
one thread at a time, and worked out once.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread

import streamlit as st

from analytics.errors import BartizanError
from analytics.settings import warehouse_dir
from analytics.viewer import local_viewer
from pages.parts import serving

log = logging.getLogger("bartizan.ahead")

_SLOW = (
    "analytics.warehouse",
    "analytics.detections",
    "analytics.overview.charts",
    "analytics.overview.measures",
    "pages.parts.cache",
    "pages.parts.perimeter_bar",
)
_loading = Lock()
_NAME = "ahead"
_WITHOUT_VISITOR = "streamlit.runtime.scriptrunner_utils.script_run_context"
"""Logs of a thread that it works for no visitor, for whom a spinner could be shown: of this one that is known."""


def load() -> None:
    """Load what takes long, before anything that stands on it is imported.

    Two threads that import parts of one package at once can each be given what the other has half loaded.
    """
    with _loading:
        for name in _SLOW:
            import_module(name)


@asynccontextmanager
async def lifespan(app: object) -> AsyncGenerator[None]:
    """Begin as the server does; it waits for nothing.

    Garbage is collected again when that is through: what loading leaves is there to stay, and looking at it over and
    over takes a tenth of the time to the first page.
    """
    gc.disable()
    logging.getLogger(_WITHOUT_VISITOR).addFilter(lambda record: record.threadName != _NAME)
    Thread(target=work, args=(warehouse_dir(),), name=_NAME, daemon=True).start()
    yield


def work(directory: Path) -> None:
    """Work ahead, then collect garbage as ever.

    At the first element of a process Streamlit looks through the files of all modules for who runs it, once: with few
    loaded and nobody waiting that is soon done.
    """
    try:
        st.empty()
        _measure(directory)
    finally:
        gc.enable()


def _measure(directory: Path) -> None:
    """Measure what Overview shows to the local viewer at its usual window; what fails is the page's to say."""
    load()
    from analytics.overview import measures
    from analytics.scope import Scope
    from pages.parts import cache, perimeter_bar

    if serving.sign_in_needed():
        return  # whose roles will come first, nobody knows
    try:
        view = cache.View(cache.open_reader(directory, local_viewer(), None), Scope(), directory)
        view = replace(view, scope=perimeter_bar.usual(view, view.scope))
        view.measure(measures.overview, *perimeter_bar.compared_usually(view))
        view.ask(measures.regions)
    except BartizanError as error:
        log.info("Not worked out ahead: %s", error)
