"""How much each stored feature counts in a model's scores: what other rooms weigh features with."""

from __future__ import annotations

import re

from analytics.explanations.drivers import driving
from analytics.explanations.sampled import kinds, sampled
from analytics.numbers import count
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.contract import FEATURE_PREFIX
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

_LOG = re.compile(r"log\((.+) \+ [0-9.e-]+\)")
_ROWS = {"random": "drawn at random", "alarms": "alarms", "imported": "imported"}


def weights(reader: Reader, scope: Scope) -> Measured[tuple[dict[str, float], str]]:
    """Return each feature's share of what moves the score on average, signs left out, and the rows it stands on.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names a model version; all its explained rows count, whatever the window: few explain enough of a week.

    Returns
    -------
    Measured of (dict, str)
        ``f.<name>`` -> share; empty where there is none, with the reason in place of the rows.
    """
    trace, every = Trace(reader), Scope(scope.model, scope.version)
    offered = kinds(reader, every, trace)
    found = sampled(reader, every, offered[0], trace) if offered else None
    if found is None:
        return Measured(({}, "Nothing of this version has been explained yet."), trace.provenance(scope))
    if found.text:
        return Measured(({}, "This model reads texts: its features drive no score."), trace.provenance(scope))
    shares = {column(d.name): d.share for d in driving(found).drivers}
    return Measured((shares, f"{count(found.n)} explained rows, {_ROWS[offered[0]]}"), trace.provenance(scope))


def column(name: str) -> str:
    """Return the stored feature behind a name as a model sees it: ``f.peers`` of ``log(peers + 0.001)``."""
    plain = found[1] if (found := _LOG.fullmatch(name)) else name
    return plain if plain.startswith(FEATURE_PREFIX) else FEATURE_PREFIX + plain
