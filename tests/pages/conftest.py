"""A visitor of the pages: what can be done from where they are, what they see, what is not sound about it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import pandas as pd
import pytest
import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from analytics.explanations import batch
from analytics.scope import Scope
from analytics.settings import WAREHOUSE
from analytics.viewer import local_viewer
from analytics.warehouse import open_reader

SCRIPTS = {"overview": "briefing/overview.py", "efficacy": "analysis/efficacy.py", "drift": "analysis/drift.py",
           "detections": "analysis/detections.py", "explanations": "analysis/explanations.py"}  # fmt: skip
FURTHER = {"feedback": "assurance/feedback.py"}
"""By address; to Streamlit the Overview of "/" is another page than the one of "/overview"."""
SECTIONS = ("distances", "mixes", "gaps", "weak", "candidate", "costs", "layers", "known", "unchecked", "more",
            "dependence", "cohorts", "parts", "course", "trust",
            "plan", "people", "through", "labelled", "retraining", "whatif")  # fmt: skip
BOUND = ("by", "against", "event", "then", "width", "caught")
"""Widgets that Streamlit itself writes into the address; its test harness leaves that out, as it does sections."""
BARS = {
    "Overview": ["Window", "Region", "Changes since"],
    "Efficacy": ["Model", "Version", "Window", "Slice"],
    "Drift": ["Model", "Version", "Window", "Compared with", "Slice"],
    "Detections": ["Model", "Version", "Window", "Slice"],
    "Feedback": ["Model", "Version", "Window", "Slice"],
    "Explanations": ["Model", "Version", "Window", "Slice"],
}
NO_FIGURE = re.compile(r"(?<![\w'])(nan|NaN|None|NaT|inf|null|undefined)(?![\w'])")
FAILURE = ("Traceback", 'File "', "Something went wrong", "The data cannot be read", "Nothing has been imported")
TYPED = {
    "Threshold": ("0", "1", "0.5", " 0.9 ", "", "1.5", "nan", "1e-400", "<b>x</b>"),
    "Who": ("A. Owner", "", "<b>[x](http://x.example)</b>"),
    "Note": ("=cmd()", "x" * 300),
    "Why": ("", "<b>x</b>"),
    "What protects meanwhile": ("", "<b>x</b>"),
    "Why not any more": ("", "<b>x</b>"),
    "Which test, or which version or rule": ("t-1", "", "<b>x</b>"),
    "Find": ("invoice", "", "100%_", "<b>x</b>"),
}
RECORDS = ("Record", "Accept until then", "Wants attention again")
"""How buttons begin that write to the log."""
NUMBERS = (None, 0.0, 7.5, 1e300)
LAST = date(2026, 11, 21)  # of the sample
SPANS = ((LAST, LAST), (LAST - timedelta(days=400), LAST), (LAST,), (), (date(2031, 1, 1), date(2031, 1, 2)))
"""Choices of two days: one, many, half a choice, none, days without data."""


class Move(NamedTuple):
    """Something that a visitor can do."""

    name: str
    do: Callable[[AppTest], object]
    back: Callable[[AppTest], object] | None = None
    """What undoes it; None: the address from before."""
    records: bool = False
    """Whether it writes to the log, so that nothing undoes it."""


def moves(app: AppTest) -> Iterator[Move]:
    """All that can be done from here."""
    yield from options(app)
    for kind, values in (
        (app.text_input, lambda w: TYPED[w.label]),
        (app.number_input, lambda _: NUMBERS),
        (app.date_input, lambda w: SPANS if w.is_range else (w.min, w.max, w.max - timedelta(days=3))),
    ):
        for widget in kind:
            for v in (v for v in values(widget) if v != widget.value):
                yield Move(f"{name(widget)} → {v!r}", *typing(widget, v))
    buttons: list[Any] = [*app.button, *app.get("download_button")]
    # Whom one plays is kept in the session alone, so no address can tell it.
    for button in (b for b in buttons if not b.disabled and not str(b.key).startswith("act-as-")):
        yield Move(f"press {name(button)}", partial(press, button), records=button.label.startswith(RECORDS))
    for block in app.main:
        if block.key and block.type in ("expander", "popover"):
            to = not app.session_state[block.key]
            back = lambda a, k=block.key, to=to: opened(a, k, not to)  # noqa: E731
            yield Move(f"{'open' if to else 'close'} {block.key}", lambda a, k=block.key, to=to: opened(a, k, to), back)
    for page, query in sorted({(link.proto.page, link.proto.query_string) for link in app.get("page_link")}):
        yield Move(f"follow {page} {query}", lambda a, p=page, q=query: went(a, p, parse_qs(q)))
    if "present" not in app.query_params:  # else there is no navigation
        for page in SCRIPTS:
            yield Move(f"go to {page}", lambda a, p=page: went(a, p, {}))


def options(app: AppTest) -> Iterator[Move]:
    """Other options: of a box three at most, of a slider its ends, the steps beside them and two between."""
    found: list[tuple[Any, str, list[str]]] = []
    for box in app.selectbox:
        others = [o for i, o in enumerate(box.options) if i != box.index]
        found.append((box, box.options[box.index or 0], others[:2] + others[2:][-1:]))
    found.extend(
        (g, g.formatted_values[0], [o for o in g.options if o not in g.formatted_values])
        for g in app.button_group
        if g.formatted_values  # what nobody has asked yet cannot be unasked by a choice
    )
    for slider in app.select_slider:
        n, now = len(slider.options), slider.format_func(slider.value)
        steps = [slider.options[i] for i in sorted({0, 1, n // 4, n // 2, n - 2, n - 1})]
        found.append((slider, now, [o for o in steps if o != now]))
    for widget, now, others in found:
        for o in others:
            do, back = partial(chosen, name(widget), o), partial(chosen, name(widget), now)
            yield Move(f"{name(widget)} → {o}", do, back)


def chosen(key: str, option: str, app: AppTest) -> None:
    """Run as the browser asks for it: with what every widget shows, and of one the option that was chosen.

    The widget must show it afterwards.
    """
    widget, states = with_options(app, key), app._tree.get_widget_states()
    state = next(s for s in states.widgets if s.id == widget.id)
    if widget.type == "selectbox":
        state.string_value = option
    else:
        state.string_array_value.data[:] = [option]
    app._run(states)
    if not app.exception:
        now = with_options(app, key)
        assert now.format_func(now.value) == option, f"{key} does not take {option}"


def with_options(app: AppTest, key: str) -> Any:
    """The widget of this name."""
    return next(w for w in [*app.selectbox, *app.button_group, *app.select_slider] if name(w) == key)


def typing(widget: Any, value: Any) -> tuple[Callable[[AppTest], object], Callable[[AppTest], object] | None]:
    """What types a value; what undoes it where the address does not."""
    old = widget.value
    back = (lambda a: a.date_input(key="then").set_value(old).run()) if widget.key == "then" else None
    return lambda _: widget.set_value(value).run(), back


def name(widget: Any) -> str:
    """A widget's key without the turn that ``pages.parts.choice`` gives it, else its label."""
    return re.sub(r"-\d+$", "", widget.key) if widget.key else widget.label


def press(button: Any, _: AppTest) -> None:
    """Press a button."""
    button.click().run()


def opened(app: AppTest, key: str, to: bool) -> None:
    """Open or close a section or a popover."""
    app.session_state[key] = to
    app.run()


def went(app: AppTest, page: str, query: dict[str, Any]) -> None:
    """Go to an address in the same session, by a link or back."""
    app.query_params.clear()
    app.query_params |= query
    app._page_hash = next(key for key, known in app._registered_pages.items() if known["url_pathname"] == page)
    app.run()


def page_of(app: AppTest) -> str:
    """The page that the visitor is on, by its address."""
    return app._registered_pages[app._finished_page_script_hash]["url_pathname"]


def address(app: AppTest) -> dict[str, Any]:
    """What the address says, with what Streamlit itself writes into it."""
    found = {k: v for k, v in app.query_params.items() if k not in (*SECTIONS, *BOUND)}
    found |= {w.key: w.formatted_values[0] for w in app.button_group if w.key in BOUND}
    found |= {w.key: w.options[w.index or 0] for w in app.selectbox if w.key in BOUND}
    found |= {w.key: w.value.isoformat() for w in app.date_input if w.key in BOUND and isinstance(w.value, date)}
    return found | {b.key: "true" for b in app.main if b.key in SECTIONS and app.session_state[b.key]}


def nodes(block: Block) -> Iterator[Any]:
    """The elements of a block in order; of popovers none."""
    for node in block.children.values():
        if not isinstance(node, Block):
            yield node
        elif node.type != "popover":
            yield from nodes(node)


def seen(app: AppTest) -> list[str]:
    """What the page shows, figures drawn included; the age of the data and what popovers hold apart."""
    say: dict[str, Callable[[Any], str]] = {
        "text": lambda e: re.sub(r", \d+ \w+ old$", "", e.value),
        "markdown": lambda e: e.value,
        "title": lambda e: e.value,
        "metric": lambda e: f"{e.label}: {e.value} {e.delta}",
        "plotly_chart": lambda e: e.proto.spec,
        "page_link": lambda e: f"{e.proto.label} → {e.proto.page}?{e.proto.query_string}",
        "arrow_data_frame": lambda e: e.value.to_csv(),
    }
    return [say[e.type](e) for e in nodes(app.main) if e.type in say]


def strings(value: Any) -> Iterator[str]:
    """The text inside a figure; not its packed numbers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for key, inner in value.items() if key != "bdata" for text in strings(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in strings(inner))


def said(app: AppTest) -> Iterator[str]:
    """Every text that somebody could read, inside popovers and figures too; SQL apart."""
    for e in (e for e in app.main if not isinstance(e, Block) and e.type not in ("code", "empty")):
        if e.type == "plotly_chart":
            yield from strings(json.loads(e.proto.spec))
        elif isinstance(getattr(e, "value", None), pd.DataFrame):
            shown = e.proto.placeholder or "None"  # what a browser shows of a value that is missing
            ours = e.value.drop(columns="What was scored", errors="ignore")  # there an attacker may well say null
            yield from ours.map(lambda v, shown=shown: shown if pd.isna(v) else str(v)).to_numpy().ravel()
        else:
            typed = e.type in ("text_input", "number_input")  # what somebody typed is theirs
            unpressed = e.type == "button_group" and e.value is None  # shows its buttons and no value
            names = ("label", "help", "options", "placeholder", *([] if typed or unpressed else ["value"]))
            yield from (str(getattr(e, attribute, "")) for attribute in names)


def faults(app: AppTest) -> Iterator[str]:
    """What is not sound about the page."""
    yield from (f"exception: {e.message}" for e in app.exception)
    text = list(said(app))
    yield from (f"no figure: {t[:200]}" for t in text if NO_FIGURE.search(t))
    yield from (f"{sign}: {t[:200]}" for sign in FAILURE for t in text if sign in t)
    buttons = {b.label for b in app.button}
    if "present" in app.query_params:
        mended = buttons == {"Clear the selection"} and any(t.startswith("What to do: ") for t in text)
        if not mended and (not buttons >= {"Back", "Next", "Leave"} or app.selectbox):
            yield f"no slide but {buttons}"
        return
    title = {"overview": "Overview", "": "Overview"}.get(page_of(app), page_of(app).capitalize())
    if [t.value for t in app.title] != [title]:
        yield f"the head says {[t.value for t in app.title]}"
    if "Present" not in buttons or not {b.key for b in app.main if b.type == "popover"} >= {"words", "share"}:
        yield "the head is not whole"
    if [s.label for s in app.selectbox][: len(BARS[title])] != BARS[title]:
        yield f"the bar holds {[s.label for s in app.selectbox]}"


def otherwise(mine: list[str], theirs: list[str], who: str) -> Iterator[str]:
    """The first thing that differs between two views."""
    if mine != theirs:
        at = next(
            (i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs))
        )
        yield f"{who} {theirs[at : at + 1]} instead of {mine[at : at + 1]}"[:500]


def tick(app: AppTest, table: int, rows: list[int]) -> None:
    """Choose rows of a table, counted from the first of the page, and run as the browser asks for it."""
    states = app._tree.get_widget_states()
    chosen = json.dumps({"selection": {"rows": rows, "columns": [], "cells": []}})
    states.widgets.add(id=app.dataframe[table].proto.id, string_value=chosen)
    app._run(states)


@dataclass
class Visitors:
    """Visitors of one app and its warehouse."""

    script: Path
    warehouse: Path
    known: dict[str, AppTest] = field(default_factory=dict)
    """What an address alone shows; to be emptied when the log or the data changes."""
    components: BidiComponentManager = field(default_factory=BidiComponentManager)
    """Shared: each app would else look for its own through all installed packages."""

    moves = staticmethod(moves)
    faults = staticmethod(faults)
    seen = staticmethod(seen)
    otherwise = staticmethod(otherwise)
    page_of = staticmethod(page_of)
    went = staticmethod(went)
    tick = staticmethod(tick)

    def visit(self, page: str, query: dict[str, Any] | None = None, opened: Iterable[str] = ()) -> AppTest:
        """A fresh visit of an address; sections and popovers that are named open at once."""
        app = AppTest.from_file(str(self.script), default_timeout=30)
        app._bidi_component_manager = self.components
        if page:
            app.switch_page((SCRIPTS | FURTHER)[page])
        app.query_params |= query or {}
        for key in opened:
            app.session_state[key] = True
        return app.run()

    def to_others(self, app: AppTest) -> Iterator[str]:
        """What the address alone shows otherwise to a fresh visitor."""
        at = json.dumps([page_of(app), address(app)])
        fresh = self.known.get(at) or self.known.setdefault(at, self.visit(page_of(app), address(app)))
        yield from (f"to a fresh visitor: {fault}" for fault in faults(fresh))
        yield from otherwise(seen(app), seen(fresh), "a fresh visitor sees")


@pytest.fixture
def visitors(repository: Path, small_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visitors:
    """Visitors of the app on a copy of the small warehouse."""
    st.cache_data.clear()
    st.cache_resource.clear()
    directory = shutil.copytree(small_warehouse, tmp_path / "warehouse")
    monkeypatch.setenv(WAREHOUSE, str(directory))
    return Visitors(repository / "pages" / "frame.py", directory)


@pytest.fixture(scope="session")
def explained_warehouse(once: Callable[..., Path], sample_warehouse: Path) -> Path:
    """The small simulated perimeter with explanations of two of its models; copy it, never change it."""

    def make(folder: Path) -> Path:
        directory = shutil.copytree(sample_warehouse, folder / "warehouse")
        scopes = [Scope("bot", "boost-7"), Scope("waf", "grams-4")]
        for _ in batch.run(open_reader(directory, local_viewer()), scopes, 80, 60, lambda *_: None):
            pass
        return directory

    return once("explained", make)


@pytest.fixture
def sample_visitors(
    repository: Path,
    explained_warehouse: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Visitors:
    """Visitors of the app on a copy of the simulated perimeter; always in one place, so that the app's cache serves."""
    directory = tmp_path_factory.getbasetemp() / "visited" / "warehouse"
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(explained_warehouse, directory)
    monkeypatch.setenv(WAREHOUSE, str(directory))
    return Visitors(repository / "pages" / "frame.py", directory)
