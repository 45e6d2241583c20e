"""What this model adds to the other layers: attacks that it alone caught, and those that others caught too."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analytics.efficacy import measures
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.layers import layers
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace


@dataclass(frozen=True, slots=True)
class Layers:
    """Labelled attacks by the layers that acted on them; counts, not weighted."""

    alone: int
    """This model acted, no rule and no other model is known to have."""
    with_others: int
    """This model acted, and a rule or another model too."""
    by_others: int
    """This model let it pass, a rule or another model acted."""
    by_none: int
    """Nobody is known to have acted."""
    stopped: int
    """Of those on which this model acted: challenged or blocked, while it could act. The others it only flagged."""
    told: int
    """Attacks of which another layer tells anything: a rule fired, or another model saw the request."""
    detail: pd.DataFrame
    """acted, stopped, ruled, seen, others, attacks."""

    @property
    def attacks(self) -> int:
        """Return all of them."""
        return self.alone + self.with_others + self.by_others + self.by_none


def layered(reader: Reader, scope: Scope) -> Measured[Layers]:
    """Return which layers acted on the labelled attacks that this model scored.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Its model and version are set.
    """
    trace = Trace(reader)
    known = measures.versions(reader).result
    in_use = known[(known["role"] == "champion") & (known["model_id"] != scope.model)]
    others = list(zip(in_use["model_id"].astype(str), in_use["model_version"].astype(str), strict=True))
    detail = layers(reader, scope, others, trace.run)
    helped = detail["ruled"].astype(bool) | (detail["others"] != "")
    acted, stopped = detail["acted"].astype(bool), detail["stopped"].astype(bool)
    told = helped | detail["seen"].astype(bool)

    def counted(mask: pd.Series) -> int:
        return int(detail.loc[mask, "attacks"].sum())

    found = Layers(
        alone=counted(acted & ~helped),
        with_others=counted(acted & helped),
        by_others=counted(~acted & helped),
        by_none=counted(~acted & ~helped),
        stopped=counted(stopped),
        told=counted(told),
        detail=detail,
    )
    return Measured(found, trace.provenance(scope))
