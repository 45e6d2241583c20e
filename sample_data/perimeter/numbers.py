"""Generated flows and sessions: features of traffic that has no text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.perimeter.texts import Stratum

FEATURES = {
    "network": {
        # name: (benign median, spread of its logarithm, shift of an attack in spreads)
        "bytes_out": (4_000.0, 1.2, 1.1),
        "packets": (20.0, 0.9, 0.9),
        "duration_s": (3.0, 1.1, 0.8),
        "ports_tried": (1.6, 0.5, 1.9),
        "peers": (3.0, 0.7, 1.6),
        "syn_share": (0.08, 0.6, 1.4),
        "regularity": (0.2, 0.6, 1.3),
    },
    "bot": {
        "requests_a_minute": (6.0, 0.7, 1.8),
        "seconds_to_submit": (14.0, 0.6, -1.7),
        "pointer_moves": (60.0, 0.8, -1.9),
        "failed_logins": (0.5, 0.7, 1.4),
        "accounts_tried": (1.1, 0.3, 1.9),
        "address_age_days": (200.0, 1.1, -1.2),
    },
}
"""Log-normal; signs of attack move a feature by so many spreads."""
STRENGTH = {
    "ordinary": (0.0, 0.25),
    "lookalike": (0.8, 0.35),
    "plain": (2.3, 0.4),
    "evasive": (0.8, 0.35),
    "story": (2.3, 0.4),
}
"""Mean and spread, from event to event, of how strongly the signs show."""
TECHNIQUES = {
    "network": ("port scan", "brute force", "beaconing", "exfiltration"),
    "bot": ("credential stuffing", "account creation", "scraping"),
}


def without_pointer(events: pd.DataFrame, where: np.ndarray, factor: float) -> pd.DataFrame:
    """Return the events with so much less pointer movement where they come from programs that have no screen."""
    moves = events["f.pointer_moves"]
    return events.assign(**{"f.pointer_moves": moves.where(~where, np.round(moves * factor, 4))})


def numbers(service: str, stratum: Stratum, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n events: ``f.`` columns and the technique, missing where benign."""
    mean, spread = STRENGTH[stratum]
    strength = rng.normal(mean, spread, n)
    # What is looked at for a reason varies more than everyday traffic does.
    width = 0.55 if stratum == "ordinary" else 1.0
    found: dict[str, object] = {}
    for name, (median, log_spread, shift) in FEATURES[service].items():
        noise = rng.normal(0, width, n)
        found[f"f.{name}"] = np.round(median * np.exp(log_spread * (noise + shift * strength)), 4)
    attack = stratum not in ("ordinary", "lookalike")
    names = np.array(TECHNIQUES[service], dtype=object)
    found["technique"] = names[rng.integers(len(names), size=n)] if attack else np.full(n, None, dtype=object)
    return pd.DataFrame(found)
