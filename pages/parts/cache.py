"""What the app keeps between interactions: one reading handle a snapshot, and measured results.

Everything is kept with a reader of one snapshot and log position, so a new import or verdict is seen at the next
interaction and nothing is ever shown under another snapshot's name; and of the roles of who looks, which decide
what one may see. Results are shared as they are: no page may change one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from analytics import dates, numbers, warehouse
from analytics.results import Measured
from analytics.scope import Scope
from analytics.viewer import Viewer
from analytics.warehouse import Reader
from analytics.warehouse.kept import rows_of
from pages.parts import identity
from pages.parts.boundary import boundary

T = TypeVar("T")

HANDLES = 6
"""Snapshots held open at once, each once for all viewers of the same roles: what they may see is the same."""

_VIEW = "view"


@dataclass(frozen=True, slots=True)
class View:
    """What a page works on: who looks, at which snapshot, at which selection."""

    reader: Reader
    scope: Scope
    directory: Path
    exact: bool = False
    """Whether whoever looks sees thresholds and scores exactly (``exact.settled``)."""

    def measure(self, measure: Callable[..., Measured[T]], *args: Any, **options: Any) -> Measured[T]:
        """Return ``measure(reader, scope, …)``, from the cache where this was asked before."""
        return self._kept(measure, (self.scope, *args), options)

    def ask(self, measure: Callable[..., Measured[T]], *args: Any) -> Measured[T]:
        """Return ``measure(reader, …)`` for a measure that takes no scope, or one of its own."""
        return self._kept(measure, args, {})

    def may_record(self, kind: str) -> bool:
        """Tell whether whoever looks has a role for a kind of record."""
        return warehouse.may_record(kind, self.reader.viewer)

    def _kept(self, measure: Callable[..., Measured[T]], args: tuple, options: dict) -> Measured[T]:
        name = f"{measure.__module__}.{getattr(measure, '__qualname__', measure)}"
        # The snapshot is part of the key anyway: naming it in the scope computes nothing anew.
        texts = tuple(replace(a, snapshot=None).to_text() if isinstance(a, Scope) else repr(a) for a in args)
        somebody = _nameless(self.reader.viewer)

        def work() -> Measured[T]:
            with st.spinner("Computing"):
                return measure(replace(self.reader, viewer=somebody), *args, **options)

        # The reader is of one snapshot, log position and set of roles, and so is what is kept with it.
        return self.reader.kept.get(("measured", name, *texts, repr(sorted(options.items()))), work, rows_of)


def keep(view: View) -> None:
    """Leave the view to the page that the frame runs next, and to what of it runs again without the frame."""
    st.session_state[_VIEW] = view


def current() -> View:
    """Return the view that the frame left, while whose view it is stays signed in; scores are told as they may be seen.

    To be called first by whatever runs without the frame.
    """
    identity.check()
    view: View = st.session_state[_VIEW]
    tell(view)
    return view


def tell(view: View) -> None:
    """Let scores be told as this view's may be seen, and days as seen from the end of its data."""
    numbers.tell_exactly(view.exact)
    dates.tell_from(view.reader.snapshot.data_until, view.reader.snapshot.zone)


@contextmanager
def alone(key: str) -> Generator[None]:
    """What runs again without the frame runs in this: for whom it is shown is known, and what goes wrong is said there.

    Parameters
    ----------
    key
        Names the place, unique on the page.
    """
    with boundary(key):
        current()
        yield


def open_reader(directory: Path, viewer: Viewer, snapshot: str | None) -> Reader:
    """Return a reader of a snapshot, or of the one in force, from the cache where it is open already.

    Raises
    ------
    NoData
        There is no warehouse, or nothing was imported.
    BrokenSnapshot
        The snapshot cannot be read.
    """
    wanted = snapshot or warehouse.current_id(directory)
    kept = _reader(str(directory), wanted, bool(snapshot), _roles(viewer), viewer)[0]
    return replace(kept, viewer=viewer)


def _roles(viewer: Viewer) -> tuple[str, ...]:
    """Return what decides which columns and rows a viewer may see."""
    return tuple(sorted(viewer.roles))


def _nameless(viewer: Viewer) -> Viewer:
    """Return whom a measure is told of: the roles and no name, so that all of the same roles can share its result."""
    return Viewer("", viewer.roles, "local")


def _holds(kept: tuple[Reader, bool]) -> bool:
    """Tell whether a kept reader has all verdicts that it should have; what an address names stays as it is."""
    reader, named = kept
    return named or warehouse.verdict_position(reader.directory) <= reader.snapshot.log_position


@st.cache_resource(max_entries=HANDLES, show_spinner="Opening the data", validate=_holds)
def _reader(
    directory: str, snapshot: str | None, named: bool, roles: tuple[str, ...], _viewer: Viewer
) -> tuple[Reader, bool]:
    return warehouse.open_reader(Path(directory), _viewer, snapshot if named else None), named
