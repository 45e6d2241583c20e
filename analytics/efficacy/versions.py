"""Which of the registered versions of a model is in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

Version = Mapping[str, Any]
"""One row of ``measures.versions``."""


def in_use(versions: Sequence[Version]) -> Version:
    """Return the version in use of one model: its champion; the one seen last where none, or several, are.

    Versions that never saw an event count only where none did; of several seen on the same day the last by name.

    Parameters
    ----------
    versions
        Rows of ``measures.versions`` of one model, at least one: model_version, role, until (last day, or missing).
    """
    seen = [v for v in versions if pd.notna(v["until"])] or versions
    champions = [v for v in seen if v["role"] == "champion"] or seen
    return max(champions, key=lambda v: (str(v["until"]), str(v["model_version"])))
