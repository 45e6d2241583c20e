"""A seeded perimeter stream of any size, as Parquet or CSV, in batches of whole days.

Scores crowd near 0 and 1 as real ones do, attacks are rare and come in campaigns with a heavy tail. About 300,000
rows carry labels at any size: whole cases drawn by chance, so that the labelled rows come in as many cases too.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

LABELS = 300_000
DAYS = 90


def write(path: Path, rows: int, batch: int = 0, batches: int = 1, labels: bool = True) -> None:
    """Write one batch of a stream of ``rows`` detections; the batches divide the 90 days among them.

    Parameters
    ----------
    path
        .parquet or .csv.
    rows
        Rows of all batches.
    batch, batches
        Which part of the stream.
    labels
        Whether the label columns are there.
    """
    size = rows // batches
    span = DAYS * 86_400_000 // batches
    first = batch * size
    share = min(1.0, LABELS / rows)
    format_ = "FORMAT parquet, COMPRESSION zstd" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    judged = """,
                CASE WHEN chosen THEN CAST(attack AS INTEGER) END AS label,
                CASE WHEN chosen THEN 'random_audit' END AS label_source,
                CASE WHEN chosen THEN $share END AS inclusion_probability""".replace("$share", str(share))
    sql = f"""
        COPY (
            WITH base AS (
                SELECT i, hash(i * 16 + 1) / 18446744073709551616.0 AS u,
                    hash(i * 16 + 2) / 18446744073709551616.0 AS v,
                    hash(i * 16 + 3) / 18446744073709551616.0 AS w, hash(i * 16 + 4) / 18446744073709551616.0 AS x
                FROM range({first}, {first + size}) AS t(i)
            ), judged AS (
                SELECT *, u < 0.02 AS attack, CASE WHEN u < 0.02
                    THEN 'a' || CAST(floor({max(rows // 200, 1)} * w * w * w) AS BIGINT)
                    ELSE 'b' || i // 3 END AS case_id,
                    hash(case_id) / 18446744073709551616.0 < {share} AS chosen FROM base
            ),
            scored AS (
                SELECT *, round(1 / (1 + exp(-(CASE WHEN attack THEN 2.5 ELSE -4.5 END
                    + 2 * sqrt(-2 * ln(greatest(v, 1e-12))) * cos(6.283185307179586 * w)))), 6) AS score FROM judged
            )
            SELECT 'e' || i AS event_id,
                TIMESTAMP '2026-08-01'
                    + to_milliseconds(CAST({batch * span} + (i - {first}) * {span} / {size} AS BIGINT)) AS occurred_at,
                'waf' AS model_id, '1' AS model_version, score,
                CASE WHEN score >= 0.9 THEN 'block' WHEN score >= 0.5 THEN 'alert' ELSE 'allow' END AS decision,
                'act' AS mode, round(0.1 + 3 * x * x, 3) AS latency_ms,
                (['EMEA', 'APAC', 'AMER', 'UK'])[CAST(1 + hash(i * 16 + 6) % 4 AS BIGINT)] AS region,
                (['web', 'mobile', 'partner', 'branch', 'api'])[CAST(1 + hash(i * 16 + 7) % 5 AS BIGINT)] AS segment,
                case_id{judged if labels else ""}
            FROM scored
        ) TO '{path}' ({format_})
    """
    with duckdb.connect() as con:
        con.execute(sql)
