"""What a page asks, at 100 thousand to 100 million detections with 300,000 labels each.

Every question is asked of a reader that has kept nothing yet, but those about another threshold.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from analytics.efficacy import measures
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import import_files, open_reader, rows
from analytics.warehouse.kept import Kept
from analytics.warehouse.reader import Reader
from analytics.warehouse.volume import volume
from bench import workload
from bench.measure import apart, seconds, table

BATCH = 10_000_000
SCOPE = Scope(model="waf", version="1")
MONTH = Scope(model="waf", version="1", since=datetime(2026, 9, 1, tzinfo=UTC), until=datetime(2026, 10, 1, tzinfo=UTC))


def build(directory: str, size: int) -> int:
    """Import a stream of ``size`` detections in batches of at most ten million."""
    warehouse = Path(directory)
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models.csv"
        models.write_text("model_id,model_version,threshold\nwaf,1,0.5\n")
        import_files(warehouse, "models", [str(models)])
        batches = max(1, size // BATCH)
        stored = 0
        for batch in range(batches):
            path = Path(folder) / "stream.parquet"
            workload.write(path, size, batch, batches)
            stored += import_files(warehouse, "detections", [str(path)]).stored
    return stored


def ask(directory: str) -> dict[str, float]:
    """Return the seconds of everything that the Efficacy page asks, and of the newest 200 detections."""
    reader = open_reader(Path(directory), local_viewer())

    def fresh() -> Reader:
        return replace(reader, kept=Kept())

    start = datetime(2026, 9, 3, 7, 30, tzinfo=UTC)
    partial = Scope(model="waf", version="1", since=start, until=start + timedelta(days=20))
    region = Scope(model="waf", version="1", where=(("region", "EMEA"),))
    questions: dict[str, Any] = {
        "open": lambda: open_reader(Path(directory), local_viewer()),
        "versions": lambda: measures.versions(reader),
        "efficacy": lambda: measures.efficacy(fresh(), SCOPE),
        "efficacy, another threshold": lambda: measures.efficacy(reader, SCOPE, 0.8),
        "efficacy, a lower threshold": lambda: measures.efficacy(reader, SCOPE, 0.2),
        "efficacy, a month": lambda: measures.efficacy(fresh(), MONTH),
        "efficacy, one region": lambda: measures.efficacy(fresh(), region),
        "efficacy, parts of days": lambda: measures.efficacy(fresh(), partial),
        "volume, parts of days": lambda: volume(reader, partial, reader.query),
        "histogram": lambda: measures.histogram(fresh(), SCOPE),
        "curves": lambda: measures.curves(fresh(), SCOPE),
        "weeks": lambda: measures.by_week(fresh(), SCOPE),
        "weeks, another threshold": lambda: measures.by_week(reader, SCOPE, 0.8),
        "regions": lambda: measures.by_slice(fresh(), SCOPE, "region"),
        "regions, another threshold": lambda: measures.by_slice(reader, SCOPE, "region", 0.8),
        "newest 200": lambda: rows(reader, SCOPE, ["event_id", "occurred_at", "score", "decision"], 200),
    }
    return {name: seconds(question) * 1000 for name, question in questions.items()}


def main() -> None:
    """Print milliseconds by size, and the ratio of the largest to the smallest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000, 100_000_000])
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    columns: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            directory = str(Path(folder) / str(size))
            built = apart("bench.pages", "build", directory=directory, size=size)
            asked = apart("bench.pages", "ask", directory=directory)
            columns[size] = {
                **asked["result"],
                "memory of the reader, MiB": asked["peak_mib"],
                "building, s": built["seconds"],
                "memory of the import, MiB": built["peak_mib"],
            }
            print(f"{size:,}: {columns[size]}", flush=True)
    first, last = options.sizes[0], options.sizes[-1]
    for name in columns[first]:
        row: dict[str, Any] = {"ms unless said": name, **{f"{size:,}": columns[size][name] for size in options.sizes}}
        found.append({**row, "largest / smallest": columns[last][name] / columns[first][name]})
    table(found)


if __name__ == "__main__":
    main()
