"""Kill an import at random moments: the warehouse always opens, a re-run completes, nothing is doubled."""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analytics.viewer import local_viewer
from analytics.warehouse import import_files, open_reader
from bench import workload

ROWS = 200_000


def main() -> None:
    """Kill, open, compare; print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    seen = {"old state": 0, "new state": 0}
    with tempfile.TemporaryDirectory() as folder:
        place, warehouse = Path(folder), Path(folder) / "warehouse"
        models = place / "models.csv"
        models.write_text("model_id,model_version,threshold\nwaf,1,0.5\n")
        import_files(warehouse, "models", [str(models)])
        took = 3.0
        for run in range(options.runs):
            path = place / "stream.parquet"
            workload.write(path, ROWS * options.runs, run, options.runs)
            before = open_reader(warehouse, local_viewer()).snapshot
            command = [sys.executable, "-m", "analytics.cli", "import", "detections", str(path), "-w", str(warehouse)]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, took))
            process.send_signal(signal.SIGKILL)
            process.wait()
            after = open_reader(warehouse, local_viewer()).snapshot
            assert after.rows - before.rows in (0, ROWS), (before, after)
            seen["new state" if after.rows > before.rows else "old state"] += 1
            start = time.perf_counter()
            report = import_files(warehouse, "detections", [str(path)])
            took = max(took * 0.8, time.perf_counter() - start + 1.0)
            assert report.stored + report.duplicates == ROWS, report
            reader = open_reader(warehouse, local_viewer())
            assert reader.snapshot.rows == ROWS * (run + 1)
            counted = reader.query("SELECT sum(n)::BIGINT AS n FROM volume WHERE slice_column = ''")["n"].iloc[0]
            assert counted == ROWS * (run + 1), counted
    print(f"{options.runs} kills: the warehouse always opened ({seen}), every re-run completed, nothing was doubled")


if __name__ == "__main__":
    main()
