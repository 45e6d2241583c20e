"""Explanations on a warehouse with models: click to explanation, cold and warm, and rows a second beside bare shap.

``python -m bench.explanations --warehouse FOLDER``: the simulated perimeter, as ``make sample`` builds it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from analytics.explanations import batch
from analytics.explanations.asking import ask
from analytics.explanations.fitted import parts, seen
from analytics.explanations.measures import check, explain
from analytics.explanations.results import NotExplained
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, Trace, open_reader, rows
from analytics.warehouse.explaining import write_part
from bench.measure import apart, seconds, table

VERSIONS = (
    ("waf", "grams-4"),
    ("waf", "grams-5"),
    ("bot", "boost-7"),
    ("bot", "neural-2"),
    ("network", "forest-1"),
    ("network", "isolation-3"),
)
"""One of each kind."""
BATCH = 500
FEW = 10
"""Rows of a batch where each takes a second."""


def click(warehouse: str, model: str, version: str) -> float:
    """Return the seconds from nothing loaded to an explanation."""
    start = perf_counter()
    reader = open_reader(Path(warehouse), local_viewer())
    found = explain(reader, Scope(model, version), one(reader, model, version)).result
    if isinstance(found, NotExplained):
        raise SystemExit(f"{model} {version}: {found.why}")
    return perf_counter() - start


def one(reader: Reader, model: str, version: str) -> str:
    """Return the event of the newest detection of a version."""
    return str(rows(reader, Scope(model, version), ["event_id"], 1)["event_id"].iloc[0])


def shap_call(model: Any, given: Any, usual: Any) -> Callable[[], object] | None:
    """Return what explains the same rows by shap alone; None where shap has nothing that ends in time."""
    shap: Any = import_module("shap")
    last, x, background = parts(model)[1], seen(model, given), seen(model, usual)
    kind = type(last).__name__
    if kind == "LogisticRegression":
        linear = shap.LinearExplainer(last, background)
        return lambda: linear.shap_values(x)
    if kind != "MLPClassifier":
        trees = shap.TreeExplainer(last)
        return lambda: trees.shap_values(x, check_additivity=False)
    if not isinstance(x, np.ndarray):
        return None
    exact = shap.explainers.Exact(lambda z: last.predict_proba(z)[:, 1], shap.maskers.Independent(background, 200))
    return lambda: exact(x)


def measured(reader: Reader, warehouse: str, model: str, version: str) -> dict[str, Any]:
    """Return the figures of one version."""
    scope, event = Scope(model, version), one(reader, model, version)
    asked = ask(reader, scope, event, None, Trace(reader))
    if isinstance(asked, NotExplained):
        return {"version": f"{model} {version}", "note": asked.why}
    loaded = asked.loaded
    plan = batch.plan(reader, scope, BATCH, 0)
    assert isinstance(plan, batch.Plan)
    stored = rows(reader, scope, sorted({*batch.FACTS, *asked.inputs.columns}), BATCH)
    slow = type(parts(loaded.model)[1]).__name__ == "MLPClassifier" and asked.inputs.text
    stored = (stored.head(FEW) if slow else stored).assign(u=0.0, alarm=False, random=True)
    given, usual = asked.inputs.given(stored), seen(loaded.model, asked.usual)
    with TemporaryDirectory() as folder, batch.one_thread():
        # All that a batch does: what the model sees, the values, the check, the file. Beside it shap with what it sees.
        own = seconds(lambda: write_part(Path(folder) / "part", batch.explain_rows(plan, stored, usual)), 3)
        computed = seconds(lambda: batch.explain_rows(plan, stored, usual), 3)
    bare = shap_call(loaded.model, given, asked.usual)
    with batch.one_thread():  # as a batch works: beside a page that somebody looks at
        alone = seconds(bare, 3) + seconds(lambda: seen(loaded.model, given), 3) if bare else None
    return {
        "version": f"{model} {version}",
        "kind": type(parts(loaded.model)[1]).__name__,
        "cold s": apart("bench.explanations", "click", warehouse=warehouse, model=model, version=version)["result"],
        "warm s": seconds(lambda: explain(reader, scope, event), 5),
        "check s": seconds(lambda: check(reader, scope, event), 3),
        "rows/s": len(given) / own,
        "shap rows/s": len(given) / alone if alone else "",
        "times shap": computed / alone if alone else "",
        "with its file": own / alone if alone else "",
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", required=True)
    options = parser.parse_args()
    reader = open_reader(Path(options.warehouse), local_viewer())
    table([measured(reader, options.warehouse, *version) for version in VERSIONS])


if __name__ == "__main__":
    main()
