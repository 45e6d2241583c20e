"""Settings read from the environment."""

from __future__ import annotations

import os
from pathlib import Path

WAREHOUSE = "BARTIZAN_WAREHOUSE"
"""Environment variable that names the warehouse directory; ``bartizan run`` sets it."""


def warehouse_dir() -> Path:
    """Return the directory of the warehouse that the app shows; ``./warehouse`` unless set."""
    return Path(os.environ.get(WAREHOUSE) or "warehouse")
