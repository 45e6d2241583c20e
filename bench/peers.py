"""Efficacy and the distributions of 20 features from a cold start, beside Evidently, NannyML and whylogs.

Each tool does in a fresh process: read what it needs, classification quality of the labelled rows of the last 30 days,
distributions of the score and of 20 features (18 numbers, 2 texts) there against the 60 days before, one distance a
column, all figures as text. The peers read one Parquet file; Bartizan reads its warehouse, whose import is a line of
its own. Where the work is not the same:

- Bartizan: intervals robust to cases on every rate, areas with intervals, calibration, bounds of the
  Kolmogorov-Smirnov distance, shares missing and unseen, and what each distance stays below by chance; its counts by
  day and bin were made at import.
- Evidently: ClassificationPreset and DataDriftPreset with PSI (30 bins), as JSON; it writes no page.
- NannyML: realized performance and Jensen-Shannon distances; it fits both on the reference, whose performance it so
  measures too. One chunk.
- whylogs: profiles (approximate sketches) of both windows, drift scores from them, classification metrics.

``python -m bench peers --rows 100000 1000000 --peer evidently=ENVIRONMENT/bin/python --peer …``; each peer wants an
environment of its own: evidently with ``pandas<3``; nannyml with ``pandas<3 setuptools<81 statsmodels``; whylogs[viz]
with ``pandas<3 numpy<2 pyarrow<20 setuptools<81``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CUT = "2026-09-30"
"""The last 30 of 90 days begin; features 3 and 7 move by 0.4 standard deviations."""
FEATURES = [f"f.f{i}" for i in range(20)]
TEXTS = FEATURES[18:]
_THRESHOLD = 0.5
PACKAGES = "numpy, duckdb, pandas"
"""What every measurement of Bartizan loads: no saving of ours goes below a process that loads them and does nothing."""


def write(path: Path, rows: int) -> None:
    """Write the stream of ``bench.workload`` with 20 features, in time order."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from bench import workload

    chance = np.random.default_rng(7)
    plain = path.with_suffix(".plain.parquet")
    workload.write(plain, rows)
    source, writer = pq.ParquetFile(plain), None
    for batch in source.iter_batches(batch_size=1_000_000):
        table, n = pa.Table.from_batches([batch]), len(batch)
        high = np.asarray(table["score"]) > _THRESHOLD
        late = np.asarray(table["occurred_at"]) >= np.datetime64(CUT)
        for i, name in enumerate(FEATURES[:18]):
            moved = 0.4 * late if i in (3, 7) else 0.0
            table = table.append_column(name, pa.array(chance.normal(0, 1, n) + 0.15 * (i % 7) * high + moved))
        for name, values in zip(TEXTS, (8, 200), strict=True):
            codes = np.floor(values * chance.random(n) ** 2).astype(np.int32)
            named = pa.array([f"value {v}" for v in range(values)])
            table = table.append_column(name, pa.DictionaryArray.from_arrays(pa.array(codes), named).cast(pa.string()))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=122_880)
    if writer:
        writer.close()
    plain.unlink()


def bartizan(directory: str) -> dict[str, Any]:
    """Measure with Bartizan, from a warehouse."""
    from analytics.drift import measures as drift
    from analytics.efficacy import measures as efficacy
    from analytics.scope import Scope, parse_time
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader

    reader, cut = open_reader(Path(directory), local_viewer()), parse_time(CUT)
    now = Scope("waf", "1", since=cut)
    quality = efficacy.efficacy(reader, now).result.to_record()
    found = drift.drift(reader, Scope("waf", "1", until=cut), now).result.to_record()
    json.dumps([quality, found])
    moved = {c["column"]: c["psi"]["value"] for c in found["columns"]}
    return {"f3": moved["f.f3"], "f5": moved["f.f5"], "precision": quality["precision"]["value"]}


def _frames(path: str) -> tuple[Any, Any, Any]:
    """Reference, current, and the labelled rows of the current one, as pandas frames."""
    pandas = importlib.import_module("pandas")
    frame = pandas.read_parquet(path, columns=["occurred_at", "score", "label", *FEATURES])
    frame["alarm"] = (frame["score"] >= _THRESHOLD).astype(int)
    late = frame["occurred_at"] >= pandas.Timestamp(CUT)
    reference, current = frame[~late].reset_index(drop=True), frame[late].reset_index(drop=True)
    return reference, current, _labelled(current)


def _labelled(frame: Any) -> Any:
    return frame[frame["label"].notna()].assign(label=lambda d: d["label"].astype(int)).reset_index(drop=True)


def evidently(path: str) -> dict[str, Any]:
    """Measure with Evidently."""
    e, presets = importlib.import_module("evidently"), importlib.import_module("evidently.presets")
    reference, current, labelled = _frames(path)
    numbers = ["score", *FEATURES[:18]]
    task = e.BinaryClassification(target="label", prediction_probas="score")
    judged = e.DataDefinition(numerical_columns=["score"], categorical_columns=["label"], classification=[task])
    rows = e.Dataset.from_pandas(labelled[["score", "label"]], data_definition=judged)
    quality = e.Report([presets.ClassificationPreset()]).run(rows, None).json()
    kinds = e.DataDefinition(numerical_columns=numbers, categorical_columns=TEXTS)
    now, then = (e.Dataset.from_pandas(d[[*numbers, *TEXTS]], data_definition=kinds) for d in (current, reference))
    report = e.Report([presets.DataDriftPreset(num_method="psi", cat_method="psi")]).run(now, then)
    moved = {m["metric_name"]: m["value"] for m in json.loads(report.json())["metrics"]}
    by = {f: next(v for k, v in moved.items() if f"column={f}," in k) for f in ("f.f3", "f.f5")}
    precision = next(m["value"] for m in json.loads(quality)["metrics"] if m["metric_name"].startswith("Precision"))
    return {"f3": by["f.f3"], "f5": by["f.f5"], "precision": precision}


def nannyml(path: str) -> dict[str, Any]:
    """Measure with NannyML."""
    n = importlib.import_module("nannyml")
    reference, current, labelled = _frames(path)
    metrics = ["roc_auc", "precision", "recall", "f1", "specificity", "average_precision"]
    performance = n.PerformanceCalculator(
        y_pred_proba="score",
        y_pred="alarm",
        y_true="label",
        metrics=metrics,
        problem_type="classification_binary",
        chunk_number=1,
    )
    quality = performance.fit(_labelled(reference)).calculate(labelled).filter(period="analysis").to_df()
    drift = n.UnivariateDriftCalculator(
        column_names=["score", *FEATURES],
        treat_as_categorical=TEXTS,
        continuous_methods=["jensen_shannon"],
        categorical_methods=["jensen_shannon"],
        chunk_number=1,
    )
    found = drift.fit(reference).calculate(current).filter(period="analysis").to_df()
    f3, f5 = (float(found[(f, "jensen_shannon", "value")].iloc[0]) for f in ("f.f3", "f.f5"))
    return {"f3": f3, "f5": f5, "precision": float(quality[("precision", "value")].iloc[0])}


def whylogs(path: str) -> dict[str, Any]:
    """Measure with whylogs."""
    w = importlib.import_module("whylogs")
    algorithms = importlib.import_module("whylogs.viz.drift.column_drift_algorithms")
    reference, current, labelled = _frames(path)
    columns = ["score", *FEATURES]
    then, now = (w.log(d[columns]).view() for d in (reference, current))
    found = algorithms.calculate_drift_scores(target_view=now, reference_view=then, with_thresholds=True)
    logged = w.log_classification_metrics(
        labelled, target_column="label", prediction_column="alarm", score_column="score"
    )
    matrix = logged.performance_metrics.to_protobuf()
    json.dumps(found, default=str)
    return {"f3": found["f.f3"]["pvalue"], "f5": found["f.f5"]["pvalue"], "matrix": matrix.ByteSize()}


TOOLS: dict[str, Callable[[str], dict[str, Any]]] = {
    "bartizan": bartizan,
    "evidently": evidently,
    "nannyml": nannyml,
    "whylogs": whylogs,
}


def timed(*command: str) -> tuple[float, float, str]:
    """Run a command; return its wall time (s), the peak memory of its largest process (MiB) and what it printed.

    A process begins as a copy of this one, whose memory counts: this one stays small and has the stream written apart.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1", "MPLBACKEND": "Agg"}
    root = Path(__file__).parent.parent
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=root)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{err.read()[-3000:]}")
        return took, usage.ru_maxrss / 1024, out.read()


def repeated(runs: int, *command: str) -> dict[str, Any]:
    """Run a command some times behind a warm-up; return the medians."""
    load = round(os.getloadavg()[0], 2)
    timed(*command)
    found = [timed(*command) for _ in range(runs)]
    return {
        "s": statistics.median(f[0] for f in found),
        "peak MiB": statistics.median(f[1] for f in found),
        "load before": load,
        **json.loads(found[-1][2].splitlines()[-1]),
    }


def imported(place: Path, stream: Path) -> tuple[Path, dict[str, Any]]:
    """Import a stream into a new warehouse by the command; return the warehouse, and time and memory."""
    models, directory = place / "models.csv", place / "warehouse"
    models.write_text(f"model_id,model_version,threshold\nwaf,1,{_THRESHOLD}\n")
    took, peak = 0.0, 0.0
    for kind, path in (("models", models), ("detections", stream)):
        command = [sys.executable, "-m", "analytics.cli", "import", kind, str(path), "-w", str(directory)]
        seconds, memory, _ = timed(*command)
        took, peak = took + seconds, max(peak, memory)
    return directory, {"s": took, "peak MiB": peak}


def size(rows: int, peers: dict[str, str], runs: int) -> list[dict[str, Any]]:
    """Measure all tools at one size."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        stream = place / "stream.parquet"
        timed(sys.executable, "-m", "bench.peers", "--write", str(stream), str(rows))
        directory, importing = imported(place, stream)
        ours = repeated(runs, sys.executable, "-m", "bench.peers", "--measure", "bartizan", str(directory))
        nothing = repeated(runs, sys.executable, "-c", f"import {PACKAGES}; print('{{}}')")
        found = {"bartizan": ours}
        for name, python in peers.items():
            found[name] = repeated(runs, python, "-I", str(Path(__file__)), "--measure", name, str(stream))
    listed = [{"rows": rows, "tool": name, **figures} for name, figures in found.items()]
    both = {"s": importing["s"] + ours["s"], "peak MiB": max(importing["peak MiB"], ours["peak MiB"])}
    listed.insert(1, {"rows": rows, "tool": "bartizan with its import", **both})
    listed.append({"rows": rows, "tool": f"import {PACKAGES}", **nothing})
    fastest = min((f for name, f in found.items() if name != "bartizan"), key=lambda f: f["s"], default=None)
    for line in listed:
        line["times as fast"] = fastest["s"] / line["s"] if fastest else ""
        line["of its memory"] = line["peak MiB"] / fastest["peak MiB"] if fastest else ""
    return listed


COLUMNS = ("rows", "tool", "s", "peak MiB", "times as fast", "of its memory", "load before", "f3", "f5", "precision")


def main() -> None:
    """Print time and memory of every tool, and both beside the fastest peer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", action="append", default=[], help="name=python of its environment")
    parser.add_argument("--measure", nargs=2, metavar=("TOOL", "PATH"), help="one measurement, in this process")
    parser.add_argument("--write", nargs=2, metavar=("PATH", "ROWS"), help="write the stream, in this process")
    options = parser.parse_args()
    if options.write:
        write(Path(options.write[0]), int(options.write[1]))
        return
    if options.measure:
        tool, path = options.measure
        print(json.dumps(TOOLS[tool](path)))
        return
    from bench.measure import table

    peers = dict(p.split("=", 1) for p in options.peer)
    if wrong := set(peers) - set(TOOLS):
        sys.exit(f"There is no peer {', '.join(sorted(wrong))}. There are: {', '.join(list(TOOLS)[1:])}.")
    found = [line for rows in options.rows for line in size(rows, peers, options.runs)]
    table([{c: line.get(c, "") for c in COLUMNS} for line in found])


if __name__ == "__main__":
    main()
