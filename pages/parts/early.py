"""Which of Streamlit's own files the browser is told of with the first answer, because every page needs them.

Streamlit asks for the code of each kind of element when the first one arrives, and for that of figures (4.7 MB) last
of all, while nothing is drawn. Told early, the browser fetches and compiles them while the server works.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit

KINDS = ("PlotlyChart", "Selectbox", "Metric", "PageLink", "ButtonGroup", "ImageList")
"""Elements of Overview and Efficacy; of a kind that a version of Streamlit names otherwise nothing is told."""
_STATIC = Path(streamlit.__file__).parent / "static" / "static" / "js"


@cache
def links() -> bytes:
    """Return the value of the header ``Link``; empty where none of the files is known.

    The paths are relative, as those in Streamlit's own page are: it may be served under a path of its own.
    """
    found = [path.name for kind in KINDS for path in sorted(_STATIC.glob(f"{kind}.*.js"))]
    return ", ".join(f"<./static/js/{name}>; rel=modulepreload" for name in found).encode()
