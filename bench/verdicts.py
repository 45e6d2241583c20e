"""What verdicts behind a snapshot cost: opening it, and the queries of pages; run by hand on the sample.

``python -m bench verdicts --warehouse sample``; works on a copy.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from analytics.detections import measures as detections
from analytics.detections.filters import Filters
from analytics.efficacy import measures
from analytics.feedback import verdicts
from analytics.feedback.verdicts import MOST, Verdict
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import import_files, open_reader
from bench.measure import seconds, table

BEHIND = (0, 100, 2_000, 20_000)
SCOPE = Scope("waf", "grams-4")


def judge(directory: Path, n: int) -> float:
    """Give verdicts on so many events, half of them without any before; return the seconds of one."""
    reader = open_reader(directory, local_viewer())
    half = "SELECT event_id FROM labels WHERE event_id LIKE 'waf%' AND record IS NULL ORDER BY hash(event_id)"
    known = reader.query(f"{half} LIMIT {n // 2}")["event_id"].tolist()
    fresh = detections.page(reader, SCOPE, Filters(label="unlabelled"), size=1000).result
    events = list(dict.fromkeys(known))
    while len(events) < n and fresh.next is not None:
        events += [e for e in fresh.rows["event_id"] if e not in set(events)]
        fresh = detections.page(reader, SCOPE, Filters(label="unlabelled"), size=1000, after=fresh.next).result
    events = events[:n]
    start = perf_counter()
    for i in range(0, len(events), MOST):
        verdicts.give(reader, [(e, Verdict("true_positive")) for e in events[i : i + MOST]], f"bench {n} {i}")
    return (perf_counter() - start) / max(len(events), 1)


def cpu(work: Callable[[], object], runs: int = 5) -> float:
    """Return the median processor time of some runs: what a busy machine does not blur."""
    found = []
    for _ in range(runs):
        start = process_time()
        work()
        found.append(process_time() - start)
    return median(found)


def measured(directory: Path, n: int) -> dict[str, Any]:
    """Return what so many verdicts behind the snapshot cost, in milliseconds."""
    each = judge(directory, n) if n else 0.0
    reader = open_reader(directory, local_viewer())
    alarms = Filters(label="benign", flagged=True, threshold=0.336767)
    work = {
        "open": lambda: open_reader(directory, local_viewer()),
        "rows of efficacy": lambda: reader.query("SELECT count(*), sum(weight) FROM labelled WHERE model_id = 'waf'"),
        "efficacy": lambda: measures.efficacy(reader, SCOPE),
        "list": lambda: detections.page(reader, SCOPE, alarms),
        "count": lambda: detections.count(reader, SCOPE, alarms),
    }
    took = {f"{name} ms": 1000 * seconds(f, 7) for name, f in work.items()}
    took |= {f"{name} cpu": 1000 * cpu(work[name]) for name in ("open", "efficacy", "list")}
    behind = reader.query("SELECT count(*) AS n FROM labels WHERE record IS NOT NULL")["n"].item()
    return {"verdicts behind": behind, **took, "recording one ms": 1000 * each}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--warehouse", type=Path, default=Path("sample"))
    asked = parser.parse_args()
    found = []
    for n in BEHIND:
        with tempfile.TemporaryDirectory() as place:
            directory = shutil.copytree(asked.warehouse, Path(place) / "w")
            more = Path(place) / "more.csv"
            more.write_text("model_id,model_version,threshold\nbench,1,0.5\n")
            import_files(directory, "models", [str(more)])  # so that the snapshot is one of this program
            found.append(measured(directory, n))
    table(found)


if __name__ == "__main__":
    main()
