"""Which versions of a model are looked at together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.efficacy import measures
from analytics.efficacy.versions import challenger, in_use
from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Version:
    """A version and the threshold at which it alarms; None: none is known."""

    name: str
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The version that is looked at, and the one that is looked at beside it."""

    own: Version
    other: Version | None


def pair(reader: Reader, scope: Scope) -> Pair:
    """Return the version of a scope, or the one in use, and its counterpart: the challenger of the one in use, the
    one in use of any other.

    Raises
    ------
    BadInput
        The model or the version is not registered.
    """
    known = measures.versions(reader).result
    mine = known[known["model_id"] == scope.model].to_dict("records")
    if not mine:
        raise BadInput("choosing versions", f"there is no model {scope.model!r}.", "`bartizan efficacy` lists all.")
    used = in_use(mine)
    own = next((v for v in mine if v["model_version"] == (scope.version or used["model_version"])), None)
    if own is None:
        raise BadInput("choosing versions", f"{scope.model} has no version {scope.version!r}.", "Choose another.")
    other = challenger(mine, str(own["model_version"])) if own is used else used
    return Pair(_version(own), _version(other) if other is not None else None)


def _version(row: Mapping[str, Any]) -> Version:
    at = row["threshold"]
    return Version(str(row["model_version"]), None if pd.isna(at) else float(at))
