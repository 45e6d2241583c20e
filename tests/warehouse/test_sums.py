"""Rows in = stored + rejected + duplicates, for any mix of good, bad, repeated and conflicting rows."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

ROW = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from(["a", "b", "c", ""]),
        "occurred_at": st.sampled_from(["2026-03-01", "2026-03-02T10:00:00Z", "soon"]),
        "model_id": st.just("m"),
        "model_version": st.sampled_from(["1", "2"]),
        "score": st.sampled_from(["0.1", "0.9", "", "7"]),
        "region": st.sampled_from(["", "x", "=cmd()"]),
        "label": st.sampled_from(["", "0", "1", "maybe"]),
    }
)
FILE = st.tuples(st.sampled_from(["csv", "jsonl", "parquet"]), st.lists(ROW, min_size=1, max_size=5), st.booleans())


def is_bad(row: dict[str, str]) -> bool:
    """Whether the contract refuses a row by itself."""
    return not row["event_id"] or row["occurred_at"] == "soon" or row["score"] == "7" or row["label"] == "maybe"


@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=st.lists(st.lists(FILE, min_size=1, max_size=3), min_size=1, max_size=2))
def test_nothing_is_lost_or_counted_twice(place: Any, registered: Path, batches: list[Any]) -> None:
    seen: dict[tuple[str, str], tuple[str, ...]] = {}
    with tempfile.TemporaryDirectory(dir=place.folder) as folder:
        here = type(place)(Path(folder), Path(folder) / "w")
        shutil.copytree(registered, here.directory)
        for n, batch in enumerate(batches):
            stored = duplicates = 0
            rejected: list[tuple[str, int]] = []
            paths = []
            for i, (kind, rows, broken) in enumerate(batch):
                paths.append(here.write(f"{n}-{i}.{kind}", rows))
                if broken and kind != "parquet":
                    with paths[-1].open("a") as f:
                        f.write("broken\n")
                    rejected.append((paths[-1].name, len(rows) + 1))
                for record, row in enumerate(rows, 1):
                    content = (row["occurred_at"], row["score"], row["region"])
                    first = (
                        seen.setdefault((row["event_id"], row["model_version"]), content) if not is_bad(row) else None
                    )
                    if first != content:
                        rejected.append((paths[-1].name, record))
                    elif seen[row["event_id"], row["model_version"]] is content:
                        stored += 1
                    else:
                        duplicates += 1
            report = here.imp("detections", *paths)
            assert (report.stored, report.duplicates) == (stored, duplicates)
            assert sorted((f, r) for f, r, _ in here.rejects(report)) == sorted(rejected)
            assert report.rows_in == report.stored + report.rejected + report.duplicates
            assert report.rows_in == stored + duplicates + len(rejected)
        assert len(here.stored() if "CURRENT" in {p.name for p in here.directory.iterdir()} else []) == len(seen)
        total = here.sql("SELECT coalesce(sum(n), 0) AS n FROM volume WHERE slice_column = ''")["n"].item()
        assert total == len(seen)
