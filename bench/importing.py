"""Import against bare DuckDB writing the same rows sorted to Parquet, and the rollup against a bare GROUP BY."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import duckdb

from analytics.warehouse import import_files
from analytics.warehouse.bins import bin_sql
from bench import workload
from bench.measure import apart, table

HERE = "bench.importing"
MEMORY = "512MiB"
"""The floor gets the memory limit that an import has."""


def floor_sort(path: str, out: str) -> None:
    """Read a file and write it sorted by time, nothing else."""
    with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": out + ".spill"}) as con:
        con.execute(f"COPY (SELECT * FROM '{path}' ORDER BY occurred_at) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def ours(path: str, directory: str) -> int:
    """Import a file; return the rows stored."""
    return import_files(Path(directory), "detections", [path]).stored


def floor_group(path: str) -> int:
    """Group a sorted Parquet file into the volume cells without slices, nothing else."""
    with duckdb.connect() as con:
        return len(
            con.execute(
                f"SELECT model_id, model_version, CAST(occurred_at AS DATE), decision, mode, {bin_sql('score')}, "
                f"count(*) FROM '{path}' GROUP BY ALL"
            ).fetchall()
        )


def rollup(path: str) -> int:
    """Roll the same file up into all volume tables, slices, hours and latency included."""
    from analytics.warehouse import rollup, schema
    from analytics.warehouse.work import Work

    with duckdb.connect() as con:
        con.execute("ATTACH ':memory:' AS snap")
        con.execute("ATTACH ':memory:' AS work")
        con.execute("USE snap")
        con.execute(schema.TABLES)
        con.execute("USE memory")
        columns = [n for n, *_ in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        columns = [c for c in columns if c not in ("label", "label_source", "inclusion_probability")]
        rollup.add(Work(con, Path(), Path(), "UTC", ""), "waf", Path(path), columns)
        return con.execute("SELECT count(*) FROM snap.volume").fetchall()[0][0]


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        models = place / "models.csv"
        models.write_text("model_id,model_version,threshold\nwaf,1,0.5\n")
        for ending in ("parquet", "csv"):
            path = place / f"stream.{ending}"
            workload.write(path, options.rows, labels=False)
            for run in range(options.runs):
                bare = apart(HERE, "floor_sort", path=str(path), out=str(place / f"from_{ending}.parquet"))
                warehouse = place / f"{ending}{run}"
                import_files(warehouse, "models", [str(models)])
                mine = apart(HERE, "ours", path=str(path), directory=str(warehouse))
                found.append({
                    "what": f"import {ending}", "rows": mine["result"], "MB": path.stat().st_size // 1_000_000,
                    "floor s": bare["seconds"], "ours s": mine["seconds"],
                    "floor / ours": bare["seconds"] / mine["seconds"],
                    "floor MiB": bare["peak_mib"], "ours MiB": mine["peak_mib"],
                })  # fmt: skip
        for _ in range(options.runs):
            bare = apart(HERE, "floor_group", path=str(place / "from_parquet.parquet"))
            mine = apart(HERE, "rollup", path=str(place / "from_parquet.parquet"))
            found.append({
                "what": "volume rollup", "rows": options.rows, "MB": 0, "floor s": bare["seconds"],
                "ours s": mine["seconds"], "floor / ours": bare["seconds"] / mine["seconds"],
                "floor MiB": bare["peak_mib"], "ours MiB": mine["peak_mib"],
            })  # fmt: skip
    table(found)


if __name__ == "__main__":
    main()
