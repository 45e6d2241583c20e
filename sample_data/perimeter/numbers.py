"""Generated flows and sessions: features of traffic that has no text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.perimeter.scenario import Service
from sample_data.perimeter.texts import Stratum


def without_pointer(events: pd.DataFrame, where: np.ndarray, factor: float) -> pd.DataFrame:
    """Return the events with so much less pointer movement where they come from programs that have no screen."""
    moves = events["f.pointer_moves"]
    return events.assign(**{"f.pointer_moves": moves.where(~where, np.maximum(np.round(moves * factor), 1))})


def numbers(service: Service, stratum: Stratum, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n events: ``f.`` columns, log-normal, moved by how strongly signs of attack show; and the technique."""
    mean, spread, width = service["strength"][stratum]
    strength = rng.normal(mean, spread, n)
    found: dict[str, object] = {}
    for name, (median, log_spread, shift, *least) in service["features"].items():
        noise = rng.normal(0, width, n)
        values = median * np.exp(log_spread * (noise + shift * strength))
        found[f"f.{name}"] = np.maximum(np.round(values), least[0]) if least else np.round(values, 4)
    attack = stratum not in ("ordinary", "lookalike")
    names = np.array(service.texts["techniques"], dtype=object)
    found["technique"] = names[rng.integers(len(names), size=n)] if attack else np.full(n, None, dtype=object)
    return pd.DataFrame(found)
