"""Settings read from the environment."""

from __future__ import annotations

import math
import os
from datetime import timedelta
from pathlib import Path

from analytics.errors import BadInput
from analytics.viewer import SignIn

WAREHOUSE = "BARTIZAN_WAREHOUSE"
"""Environment variable that names the warehouse directory; ``bartizan run`` sets it."""
ROLES_CLAIM = "BARTIZAN_ROLES_CLAIM"
"""Environment variable that names the claim with the roles of who signed in."""
ACTOR_CLAIM = "BARTIZAN_ACTOR_CLAIM"
"""Environment variable that names the claim under which records are written."""
SIGN_IN_HOURS = "BARTIZAN_SIGN_IN_HOURS"
"""Environment variable that says how long a sign-in holds."""


def warehouse_dir() -> Path:
    """Return the directory of the warehouse that the app shows; ``./warehouse`` unless set."""
    return Path(os.environ.get(WAREHOUSE) or "warehouse")


def sign_in() -> SignIn:
    """Return how the claims of a sign-in are read: as the defaults of ``SignIn`` unless set.

    Raises
    ------
    BadInput
        What is set is no number of hours from a minute to thirty days.
    """
    usual = SignIn()
    text = os.environ.get(SIGN_IN_HOURS) or repr(usual.holds / timedelta(hours=1))
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 1 / 60 <= hours <= 30 * 24:
        raise BadInput(f"reading {SIGN_IN_HOURS}", f"{text!r} is no number of hours.", "Give one from 0.02 to 720.")
    return SignIn(
        os.environ.get(ROLES_CLAIM) or usual.roles_claim,
        os.environ.get(ACTOR_CLAIM) or usual.actor_claim,
        timedelta(hours=hours),
    )
