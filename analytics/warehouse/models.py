"""Importing models: one row a version; thresholds are added, never overwritten."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from analytics.errors import UnknownModel
from analytics.warehouse.report import Report
from analytics.warehouse.sql import identifier
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

_FACTS = ("name", "service", "kind", "role", "calibrated", "notes", "trained_until")


def load(work: Work, staged: Staged, report: Report, tell: Callable[[str], None]) -> None:
    """Add or update model versions and add thresholds."""
    tell("checking models")
    con = work.con
    given = {
        c: identifier(c) if c in staged.columns else "NULL" for c in (*_FACTS, "threshold", "action", "effective_from")
    }
    con.execute(
        f"""CREATE TABLE work.models AS SELECT _file, _row, model_id, model_version,
            {", ".join(f"{given[c]} AS {c}" for c in _FACTS)}, CAST({given["threshold"]} AS DOUBLE) AS threshold,
            coalesce({given["action"]}, 'alert') AS action,
            coalesce({given["effective_from"]}, TIMESTAMP '1970-01-01') AS effective_from
        FROM good"""
    )
    con.execute(
        """INSERT INTO work.excluded SELECT m._file, m._row, false,
            'threshold: ' || m.model_id || ' ' || m.model_version || ' already has ' || t.threshold || ' from '
            || t.effective_from || '; a threshold is never overwritten, give the new one its own effective_from'
        FROM work.models AS m JOIN snap.thresholds AS t USING (model_id, model_version, action, effective_from)
        WHERE m.threshold IS NOT NULL AND m.threshold <> t.threshold"""
    )
    con.execute(
        """INSERT INTO work.excluded SELECT _file, _row, false,
            'threshold: this file gives ' || model_id || ' ' || model_version || ' two for the same time and action'
        FROM work.models WHERE threshold IS NOT NULL AND _row NOT IN (SELECT _row FROM work.excluded)
        QUALIFY first_value(threshold) OVER (
            PARTITION BY model_id, model_version, action, effective_from ORDER BY _row) <> threshold"""
    )
    con.execute(
        f"""INSERT INTO work.excluded SELECT m._file, m._row, true, NULL
        FROM work.models AS m LEFT JOIN snap.thresholds AS t USING (model_id, model_version, action, effective_from)
        JOIN snap.models AS s USING (model_id, model_version)
        WHERE m._row NOT IN (SELECT _row FROM work.excluded) AND (m.threshold IS NULL OR m.threshold = t.threshold)
            AND {" AND ".join(f"(m.{c} IS NULL OR m.{c} IS NOT DISTINCT FROM s.{c})" for c in _FACTS)}"""
    )
    con.execute("DELETE FROM work.models WHERE _row IN (SELECT _row FROM work.excluded)")
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    report.stored = work.count("SELECT count(*) FROM work.models")
    con.execute(
        f"""INSERT INTO snap.models
        SELECT model_id, model_version, {", ".join(f"last({c} ORDER BY _row)" for c in _FACTS)}
        FROM work.models GROUP BY model_id, model_version
        ON CONFLICT (model_id, model_version) DO UPDATE SET
            {", ".join(f"{c} = coalesce(excluded.{c}, {c})" for c in _FACTS)}"""
    )
    con.execute(
        """INSERT INTO snap.thresholds
        SELECT DISTINCT model_id, model_version, action, threshold, effective_from FROM work.models
        WHERE threshold IS NOT NULL ON CONFLICT DO NOTHING"""
    )


def require(work: Work, table: str, doing: str) -> None:
    """Stop where a table speaks of model versions that are not registered.

    Raises
    ------
    UnknownModel
        With the command that registers each of them.
    """
    missing = work.con.execute(
        f"SELECT DISTINCT model_id, model_version FROM {table} "
        "WHERE (model_id, model_version) NOT IN (SELECT model_id, model_version FROM snap.models) ORDER BY ALL LIMIT 10"
    ).fetchall()
    if not missing:
        return
    place = shlex.quote(str(work.directory))
    commands = [
        f"bartizan import models --warehouse {place} --set {shlex.quote('model_id=' + model)} "
        f"--set {shlex.quote('model_version=' + version)}"
        for model, version in missing
    ]
    names = ", ".join(f"{model} {version}" for model, version in missing)
    raise UnknownModel(
        doing,
        f"{names} not registered, so nothing was stored.",
        "Register first (with --set threshold=0.9, or what it is, where it has one):\n" + "\n".join(commands),
    )
