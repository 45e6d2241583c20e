"""How long the command takes to answer ``--help``, with bytecode compiled; and a bare interpreter beside it."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.measure import seconds, table


def main() -> None:
    """Print both."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run(*command: str) -> float:
        return seconds(lambda: subprocess.run(command, check=True, capture_output=True, env=environment), runs=9)

    bare = run(sys.executable, "-c", "pass")
    table([
        {"what": "python -c pass", "s": bare},
        {"what": "bartizan --help", "s": run(sys.executable, "-m", "analytics.cli", "--help")},
        {"what": "bartizan contract", "s": run(sys.executable, "-m", "analytics.cli", "contract")},
    ])  # fmt: skip


if __name__ == "__main__":
    main()
