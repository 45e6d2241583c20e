"""Run benchmarks: ``python -m bench [name] [its own options]``; all of them where none is named."""

from __future__ import annotations

import subprocess
import sys

ALL = ("start", "importing", "crash", "pages", "interval_hit_rates", "efficacy_hit_rates", "audit_plans")
BY_NAME = ("screen", "peers", "detections", "explanations", "verdicts", "feedback")
"""Need something made before: run by name only."""


def main() -> None:
    """Run the named benchmark, or all one after the other, each in a process of its own."""
    name, options = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("all", [])
    if name != "all" and name not in (*ALL, *BY_NAME):
        sys.exit(f"There is no benchmark {name!r}. There are: {', '.join((*ALL, *BY_NAME))}.")
    for module in ALL if name == "all" else (name,):
        print(f"== {module}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{module}", *options], check=True)


if __name__ == "__main__":
    main()
