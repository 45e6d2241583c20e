"""What stands where a figure cannot: nothing there yet, not identified, broken. Each looks different."""

from __future__ import annotations

import logging
import secrets
import shlex
from pathlib import Path

import streamlit as st

from analytics.errors import BartizanError, BrokenSnapshot
from analytics.look import STATES, State
from pages.parts import url

log = logging.getLogger("bartizan.pages")

IMPORT = """bartizan import models models.csv --warehouse {directory}
bartizan import detections scores.parquet --warehouse {directory} --map map.toml
bartizan import labels verdicts.csv --warehouse {directory}"""


def lamp(state: State, words: str) -> None:
    """Show a state: symbol, word and colour, then fixed words (never a value from data)."""
    symbol, colour = STATES[state]
    st.markdown(f":{colour}[**{symbol} {state}**] {words}")


def title(text: str, key: str) -> None:
    """Show the sentence at the top of a page, literally."""
    _literal("title", key, text)


def finding(key: str, text: str) -> None:
    """Show what a picture says, literally."""
    _literal("finding", key, text)


def note(key: str, text: str) -> None:
    """Show a small line, literally."""
    if text:
        _literal("note", key, text)


def reason(key: str, text: str) -> None:
    """Show why a figure is not there, in its place."""
    _literal("reason", key, text)


def unbroken(text: str) -> str:
    """Return text in which a percent sign stays with its number."""
    return text.replace(" %", "\u00a0%")


def _literal(style: str, key: str, text: str) -> None:
    """Text as it is, in one of the stylesheet's styles."""
    with st.container(key=f"{style}-{key}", width="stretch"):
        st.text(unbroken(text), width="stretch")


def nothing_yet(error: BartizanError, directory: Path) -> None:
    """Show the empty state: what will be here and how it gets here."""
    with st.container(key="empty"):
        title("Nothing has been imported yet", "empty")
        st.text(
            "Here you will see what each model catches, what it misses and whom it disturbs, with honest "
            "intervals. Bring the outputs of your models (CSV, Parquet or JSON lines):"
        )
        st.code(IMPORT.format(directory=shlex.quote(str(directory))), language="shell")
        st.text("bartizan contract lists the columns. Afterwards press R or reload this page.")
        note("empty", _sentence(error.found))


def problem(error: BartizanError, key: str) -> None:
    """Show an error that the user can mend: what was being done, what was found, what to do."""
    broken = isinstance(error, BrokenSnapshot)
    with st.container(key=f"problem-{key}", border=True):
        title("The data cannot be read" if broken else f"{_sentence(error.doing)} did not work", f"problem-{key}")
        st.text(_sentence(error.found), width="stretch")
        st.text(f"What to do: {error.fix}", width="stretch")
        _way_back(key)


def unexpected(error: Exception, key: str) -> None:
    """Show that something failed, by reference only; the rest goes to the log."""
    reference = secrets.token_hex(4)
    log.error("Reference %s", reference, exc_info=error)
    with st.container(key=f"problem-{key}", border=True):
        title("Something went wrong inside the app", f"problem-{key}")
        st.text(
            f"Nothing was changed. Reload the page; if it happens again, give reference {reference} to "
            "whoever runs this app: the log says more under it."
        )
        _way_back(key)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _way_back(key: str) -> None:
    """What the address asks for is the likeliest cause; without it everything starts afresh."""
    if st.query_params:
        st.button("Clear the selection", on_click=url.forget, key=f"forget-{key}")
