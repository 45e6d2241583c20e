"""The error boundary: what went wrong in words, or by reference; never a stack trace.

A fragment needs its own: what fails inside of one does not reach the frame.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from analytics.errors import BartizanError, NoData
from analytics.settings import warehouse_dir
from pages.parts import blocks


@contextmanager
def boundary(key: str = "page") -> Generator[None]:
    """Show what goes wrong inside in its place.

    Parameters
    ----------
    key
        Names the place, unique on the page.
    """
    try:
        yield
    except NoData as error:
        blocks.nothing_yet(error, warehouse_dir())
    except BartizanError as error:
        blocks.problem(error, key)
    except Exception as error:  # noqa: BLE001 the one place where nothing may get through to the screen
        blocks.unexpected(error, key)
