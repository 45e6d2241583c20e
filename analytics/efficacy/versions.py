"""Which of the registered versions of a model is in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analytics.scope import Scope

Version = Mapping[str, Any]
"""One row of ``measures.versions``."""
ROLES = {"champion": "in use", "challenger": "candidate", "shadow": "scores along", "retired": "retired"}
"""Role as the contract names it -> as screens do; *Words* gives both names."""
IN_FORCE, OWN = "in force", "its own threshold"
"""What the threshold that a version has is called: where it decides, and where it decides nothing."""


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


def challenger(versions: Sequence[Version], version: str | None) -> Version | None:
    """Return the challenger that is drawn beside a version: where that is in use, and one has seen events.

    Parameters
    ----------
    versions
        As for ``in_use``.
    version
        The one that is looked at.
    """
    if not versions or str(in_use(versions)["model_version"]) != version:
        return None
    others = [v for v in versions if v["role"] == "challenger" and pd.notna(v["until"])]
    others = [v for v in others if str(v["model_version"]) != version]
    return in_use(others) if others else None


def threshold_name(versions: pd.DataFrame, scope: Scope) -> str:
    """Return what the threshold that a version has is called: a candidate's is in force nowhere.

    Parameters
    ----------
    versions
        Rows of ``measures.versions``: model_id, model_version, role, …
    scope
        Names the model and the version.
    """
    rows = zip(*(versions[column] for column in ("model_id", "model_version", "role")), strict=True)
    roles = {role for model, version, role in rows if (model, version) == (scope.model, scope.version)}
    return OWN if roles & {"challenger", "shadow", "retired"} else IN_FORCE
