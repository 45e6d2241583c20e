"""Top files: the first rows of the list of highest scores, kept apart for every day.

Beside a detections file may lie a top file: of every version, decision and day of UTC the first KEPT rows in the order
of that list, whole. The first rows of several days together are always among these, and so are those of one decision
or of scores from some score on. No snapshot names it: it belongs to its
detections file, and where there is none the detections themselves are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.warehouse.layout import top_path
from analytics.warehouse.rows import Source, Stored
from analytics.warehouse.selection import cut, naive
from analytics.warehouse.sql import literal, parquet
from analytics.warehouse.volume import Run, Span
from analytics.warehouse.work import Work

KEPT = 201
"""A page of 200, and the row that tells that the list goes on."""
FEWEST = 50_000
"""Rows of a detections file that has a top file: fewer are read fast as they are."""
ONE_IN = 20
"""A top file has at most one in so many rows of its detections: else it would be a second copy of them."""
MOST = 2_000_000
"""Rows that are read beside those of the top files at most; with more of them the rollups lead there faster."""
_FORMAT = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"
"""Small groups, in the order of the list: what stands first in it is in the first."""


def write(work: Work, path: Path, columns: list[str]) -> list[Path]:
    """Write the top file of a new detections file, where it gets one.

    Parameters
    ----------
    path
        The detections file, in its place.
    columns
        What it has.

    Returns
    -------
    list of Path
        The new file; empty where there is none.
    """
    source = parquet([path])
    rows = work.count(f"SELECT count(*) FROM {source}")
    if rows < FEWEST or "score" not in columns:
        return []
    decision = "coalesce(decision, '')" if "decision" in columns else "''"
    group = f"model_version, {decision} AS decided, CAST(occurred_at AS DATE) AS day"
    work.con.execute(
        f"CREATE OR REPLACE TEMP TABLE bounds AS SELECT {group}, list_min(max(score, {KEPT})) AS bound, "
        f"least(count(*), {KEPT}) AS n FROM {source} WHERE score IS NOT NULL GROUP BY ALL"
    )
    if work.count("SELECT coalesce(sum(n), 0) FROM bounds") * ONE_IN > rows:
        return []
    found = top_path(path)
    work.con.execute(
        f"""COPY (
            SELECT * FROM {source} WHERE file_row_number IN (
                SELECT file_row_number FROM (SELECT {group}, score, event_id, file_row_number FROM {source})
                JOIN bounds USING (model_version, decided, day) WHERE score >= bound
                QUALIFY row_number() OVER (
                    PARTITION BY model_version, decided, day ORDER BY score DESC, event_id
                ) <= {KEPT}
            ) ORDER BY score DESC, event_id, model_version
        ) TO {literal(str(found))} {_FORMAT}"""
    )
    return [found]


@dataclass(frozen=True, slots=True)
class Held:
    """A part of the rows of a scope: among them are the first KEPT of its scored ones, in the order of the list."""

    stored: Stored
    parts: list[tuple[pd.DataFrame, Span]]
    """Files, and when those of their rows happened that count."""

    def source(self, columns: list[str], spans: list[Span] | None = None) -> Source:
        """Return them as a table, with the columns asked for as the viewer may see them; in all of its own spans."""
        return self.stored.together(columns, self.parts)

    def whole_above(self, run: Run) -> float | None:
        """Return a score above which no row of the scope is left out, whatever else is asked of it; None: none is."""
        files, _ = self.parts[0]
        decision = "coalesce(decision, '')" if any("decision" in c for c in files["columns"]) else "''"
        found = run(
            f"""
            SELECT max(bound) AS bound FROM (
                SELECT min(score) AS bound
                FROM read_parquet($tops, filename=true, union_by_name=true, hive_partitioning=false)
                WHERE $version IS NULL OR model_version = $version
                GROUP BY filename, model_version, {decision}, CAST(occurred_at AS DATE) HAVING count(*) >= $kept
            )
            """,
            {"tops": list(files["path"]), "version": self.stored.scope.version, "kept": KEPT},
        )
        bound = found["bound"].iloc[0]
        return None if pd.isna(bound) else float(bound)


def held(stored: Stored, run: Run) -> Held | None:
    """Return few rows that hold the highest scores of a scope; None where top files do not help with it.

    Whole days come from the top files, parts of days at the ends of the window and files without a top file from
    the detections themselves.
    """
    scope, files = stored.scope, stored.files
    kept = np.array([top_path(Path(p)).is_file() for p in files["path"]], dtype=bool)
    if not kept.any():
        return None
    last = files["last_at"].max().to_pydatetime()
    beyond = scope.until is not None and naive(scope.until) > last
    window = cut(scope.since, None if beyond else scope.until, "UTC")
    if window.first_day and window.first_day == window.end_day:
        return None
    with_top, without = files[kept], files[~kept]
    whole = (_midnight(window.first_day), _midnight(window.end_day))
    tops = with_top.assign(path=[str(top_path(Path(p))) for p in with_top["path"]])
    parts: list[tuple[pd.DataFrame, Span]] = [(tops, whole)]
    if len(without):
        parts.append((without, (None, None)))
    rows = int(without["rows"].sum())
    for since, until in window.edges:
        some = with_top[(with_top["last_at"] >= since) & (with_top["first_at"] < until)]
        if len(some):
            parts.append((some, (since, until)))
            rows += _rows(stored, (since, until), run)
    return Held(stored, parts) if rows <= MOST else None


def _rows(stored: Stored, span: Span, run: Run) -> int:
    """Return how many rows the hours of a part of the time have, of all versions: all of them are read."""
    found = run(
        "SELECT coalesce(sum(n), 0)::BIGINT AS n FROM volume_hour "
        "WHERE model_id = $model AND hour > $since - INTERVAL 1 HOUR AND hour < $until",
        {"model": stored.scope.model, "since": span[0], "until": span[1]},
    )
    return int(found["n"].iloc[0])


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time()) if day else None
