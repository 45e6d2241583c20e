"""Which layers acted on the labelled attacks of a model: itself, rules, other models that saw the same request."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.selection import condition, naive
from analytics.warehouse.volume import Run, detection_files

AROUND = timedelta(hours=1)
"""Another layer sees the same request a little earlier or later."""
COLUMNS = ("acted", "stopped", "ruled", "seen", "others", "attacks")


def layers(reader: Reader, scope: Scope, others: list[tuple[str, str]], run: Run) -> pd.DataFrame:
    """Return how many labelled attacks were acted on by which layers.

    Single detections are read, so this takes as long as the window is wide.

    Parameters
    ----------
    reader
        The snapshot.
    scope
        Model, version, window, slices and state of knowledge.
    others
        (model_id, model_version) of the versions in use of the other models.
    run
        What runs the statements.

    Returns
    -------
    DataFrame
        acted (this model), stopped (it challenged or blocked and was not only watching), ruled (a rule fired), seen
        (another model saw the request), others (the other models that acted, names sorted and joined by commas; empty
        where none), attacks (labelled events). Empty where no request has a correlation_id.
    """
    mine, present = detection_files(reader, scope, run)
    windows = [Scope(model, None, scope.since, scope.until) for model, _ in others]
    theirs = [f for w in windows for f in detection_files(reader, w, run)[0]]
    if not mine or "correlation_id" not in present:
        return pd.DataFrame(columns=list(COLUMNS))
    ruled = "coalesce(rule_hits, '') <> ''" if "rule_hits" in present else "false"
    acting = "coalesce(mode, 'act') = 'act'" if "mode" in present else "true"
    where = condition(scope, present)
    known = {"known_at": naive(scope.known_at) if scope.known_at else None}
    sql = f"""
        WITH attacks AS (
            SELECT event_id FROM labelled
            WHERE model_id = $model AND model_version = $version AND is_attack AND population = 'production'
                AND known_from <= coalesce($known_at, TIMESTAMP '9999-01-01')
                AND (known_until IS NULL OR known_until > $known_at)
        ), mine AS (
            SELECT correlation_id, coalesce(decision, 'allow') <> 'allow' AS acted,
                coalesce(decision IN ('challenge', 'block'), false) AND {acting} AS stopped, {ruled} AS ruled
            FROM read_parquet($mine, union_by_name=true, hive_partitioning=false)
            SEMI JOIN attacks USING (event_id)
            WHERE {where.sql} AND correlation_id IS NOT NULL
        )
        {_theirs(bool(theirs))}
        SELECT acted, stopped, ruled, theirs.correlation_id IS NOT NULL AS seen, coalesce(others, '') AS others,
            count(*) AS attacks
        FROM mine LEFT JOIN theirs USING (correlation_id) GROUP BY ALL ORDER BY attacks DESC, others
    """
    values = {**where.values, **known, "mine": mine}
    if theirs:
        values |= {
            "theirs": theirs, "models": [m for m, _ in others], "versions": [v for _, v in others],
            "from": naive(scope.since - AROUND) if scope.since else None,
            "to": naive(scope.until + AROUND) if scope.until else None,
        }  # fmt: skip
    return run(sql, values)


def _theirs(some: bool) -> str:
    """SQL of what other models saw, and which of them acted; of nothing where there are none."""
    if not some:
        return ", theirs AS (SELECT NULL::VARCHAR AS correlation_id, NULL::VARCHAR AS others LIMIT 0)"
    return """
        , in_use AS (SELECT unnest($models) AS model_id, unnest($versions) AS model_version),
        theirs AS (
            SELECT correlation_id, string_agg(DISTINCT model_id, ', ' ORDER BY model_id)
                FILTER (coalesce(decision, 'allow') <> 'allow') AS others
            FROM read_parquet($theirs, union_by_name=true, hive_partitioning=false)
            SEMI JOIN in_use USING (model_id, model_version)
            SEMI JOIN mine USING (correlation_id)
            WHERE ($from IS NULL OR occurred_at >= $from) AND ($to IS NULL OR occurred_at < $to)
            GROUP BY correlation_id
        )
    """
