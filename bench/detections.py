"""Lists of detections: the newest, the highest scores, one by its id, a text; run by hand.

Aim at 100 M rows: the newest and an id within 50 ms, the highest scores within 250 ms, with other filters within 2 s.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import duckdb

from analytics.detections import Filters
from analytics.detections.guided.questions import answer
from analytics.detections.measures import count, detection, export, page, similar
from analytics.detections.nearest import nearest
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader
from bench import workload
from bench.measure import seconds, table

SCOPE = Scope("waf", "1")
NEEDLE = "union select"
"""A text that one payload in 20,000 holds."""
_PAYLOAD = f"""
    'GET /' || segment || '/' || hash(event_id) % 997 || '?id=' || hash(event_id || 'q') || '&q='
        || CASE WHEN hash(event_id) % 20000 = 0 THEN '{NEEDLE}' ELSE md5(event_id) END
"""


def build(place: Path, rows: int, batches: int) -> float:
    """Import a stream with texts, entities and requests into a new warehouse; return the seconds of the imports."""
    models = place / "models.csv"
    models.write_text("model_id,model_version,threshold\nwaf,1,0.5\n")
    import_files(place / "warehouse", "models", [str(models)])
    took = 0.0
    for batch in range(batches):
        plain, full = place / "plain.parquet", place / "full.parquet"
        workload.write(plain, rows, batch, batches)
        with duckdb.connect(config={"memory_limit": "1GiB", "temp_directory": str(place / "spill")}) as con:
            con.execute(
                f"COPY (SELECT *, 'h' || hash(case_id) % 50000 AS entity, 'r' || event_id AS correlation_id, "
                f"{_PAYLOAD} AS payload FROM '{plain}') TO '{full}' (FORMAT parquet, COMPRESSION zstd)"
            )
        start = perf_counter()
        import_files(place / "warehouse", "detections", [str(full)])
        took += perf_counter() - start
        plain.unlink()
        full.unlink()
    return took


def pages(reader: Reader) -> dict[str, Callable[[], object]]:
    """Return what is measured of lists, by what it is called."""
    flagged = Filters(flagged=True, threshold=0.9)
    narrow = ["event_id", "occurred_at", "score", "decision", "case_id", "region"]
    second = page(reader, SCOPE, Filters(), size=200).result.next
    return {
        "newest 50": lambda: page(reader, SCOPE, Filters()),
        "newest 200": lambda: page(reader, SCOPE, Filters(), size=200),
        "newest 200, next page": lambda: page(reader, SCOPE, Filters(), size=200, after=second),
        "newest 200 alarms at .9": lambda: page(reader, SCOPE, flagged, size=200),
        "newest 200 attacks": lambda: page(reader, SCOPE, Filters(label="attack"), size=200),
        "top 50": lambda: page(reader, SCOPE, Filters(), "top"),
        "top 50, few columns": lambda: page(reader, SCOPE, Filters(), "top", columns=narrow),
        "top 200": lambda: page(reader, SCOPE, Filters(), "top", 200),
        "top 200, few columns": lambda: page(reader, SCOPE, Filters(), "top", 200, columns=narrow),
        "top 200 alerts": lambda: page(reader, SCOPE, Filters(decision="alert"), "top", 200),
        "top 200 of one entity": lambda: page(reader, SCOPE, Filters(entity="h123"), "top", 200),
        "text, 50 found": lambda: page(reader, SCOPE, Filters(find=NEEDLE), limit_s=60),
        "text, none found": lambda: page(reader, SCOPE, Filters(find="no such text"), limit_s=60),
    }


def others(reader: Reader, rows: int, out: Path) -> dict[str, Callable[[], object]]:
    """Return what else is measured, by what it is called."""
    one = f"e{rows // 3}"
    return {
        "count of all": lambda: count(reader, SCOPE, Filters()),
        "count of attacks at .9": lambda: count(reader, SCOPE, Filters(flagged=True, threshold=0.9, label="attack")),
        "one by its id": lambda: detection(reader, SCOPE, one, one),
        "similar to it": lambda: similar(reader, SCOPE, one, 20, one),
        "nearest to it": lambda: nearest(reader, SCOPE, one, 5, one),
        **{f"question: {q}": lambda q=q: answer(reader, SCOPE, q, one, one) for q in ("hour", "case", "text", "site")},
        "export of 20,000, CSV": lambda: export(reader, SCOPE, Filters(), out, limit=20_000),
    }


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--folder", type=Path, help="where the warehouse is, or is made and stays")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = options.folder or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        if not (place / "warehouse").exists():
            print(f"imported in {build(place, options.rows, options.batches):.0f} s", flush=True)
        reader = open_reader(place / "warehouse", local_viewer())
        rows = reader.snapshot.rows
        work = pages(reader) | others(reader, rows, Path(folder) / "export.csv")
        table([
            {"what": what, "rows": f"{rows:,}", "ms": 1000 * seconds(run, 1 if what.startswith("text") else 5)}
            for what, run in work.items()
        ])  # fmt: skip


if __name__ == "__main__":
    main()
