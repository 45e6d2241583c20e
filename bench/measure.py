"""Timing and memory, each figure in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Return the median wall time of some runs behind a warm-up."""
    work()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def apart(module: str, function: str, **arguments: Any) -> dict[str, Any]:
    """Run ``module.function(**arguments)`` in a fresh process; return its result with seconds and peak memory (MiB)."""
    code = (
        "import importlib, json, resource, sys, time\n"
        "arguments = json.loads(sys.argv[3])\n"
        "work = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])\n"
        "start = time.perf_counter()\n"
        "result = work(**arguments)\n"
        "took = time.perf_counter() - start\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "print(json.dumps({'result': result, 'seconds': took, 'peak_mib': peak}))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code, module, function, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parent.parent,
    )
    return json.loads(done.stdout.splitlines()[-1])


def table(rows: list[dict[str, Any]]) -> None:
    """Print records as a table."""
    from analytics.console import text_table

    print(text_table([{k: f"{v:.3g}" if isinstance(v, float) else v for k, v in r.items()} for r in rows]))
