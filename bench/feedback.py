"""The work queue, a draw and a plan on many detections: none of them may read all; run by hand."""

from __future__ import annotations

import argparse
import tempfile
from datetime import timedelta
from pathlib import Path

from analytics.feedback import draws, planner, queue
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import open_reader
from bench.detections import build
from bench.measure import seconds, table

DRAWN = 300


def main() -> None:
    """Build a stream, or open one, and print how long each takes over all and over the last week."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--batches", type=int, default=2)
    options.add_argument("--warehouse", type=Path, help="One that was built before.")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = asked.warehouse or Path(place) / "warehouse"
        if asked.warehouse is None:
            build(Path(place), asked.rows, asked.batches)
        reader = open_reader(directory, local_viewer())
        end = reader.snapshot.data_until
        assert end is not None
        every = Scope("waf", "1")
        found = []
        for name, scope in (("all", every), ("a week", Scope("waf", "1", since=end - timedelta(days=7)))):
            for what, do in (
                ("queue", lambda s=scope: queue.queue(reader, s)),
                (f"draw of {DRAWN}", lambda s=scope: draws.draw(reader, s, DRAWN)),
                ("plan", lambda s=scope: planner.plan(reader, s)),
            ):
                found.append({"what": what, "window": name, "ms": 1000 * seconds(do, 3)})
        print(f"{reader.snapshot.rows:,} rows")
        table(found)


if __name__ == "__main__":
    main()
