"""Importing labels, and keeping for every span of time which label of an event was in force.

Labels belong to the event. Of several, the first by the trust in its source counts, then the latest; what is
undetermined is never a label. red_team and benchmark are populations of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analytics.scope import SLICES
from analytics.warehouse.contract import ATTACK_VERDICTS, LABEL_SOURCES, OWN_POPULATIONS, SLICE_PREFIX, VERDICTS
from analytics.warehouse.report import Report
from analytics.warehouse.sql import identifier, literal, parquet
from analytics.warehouse.stage import Staged
from analytics.warehouse.work import Work

_FIXED = ("event_id", "detection_id", "model_id", "model_version", "occurred_at", "score", "decision", "mode")
_MORE = ("unscored_reason", "case_id", *(s for s in SLICES if s != "mode"))
_OPTIONAL = ("outcome", "inclusion_probability", "labelled_by")
_SAME = (
    "event_id",
    "detection_id",
    "verdict",
    "label_source",
    "inclusion_probability",
    "outcome",
    "labelled_at",
    "labelled_by",
)
"""What makes two labels equal: a repeat of all of these is a duplicate."""


def _meaning() -> str:
    ranks = " ".join(f"WHEN {literal(s)} THEN {i}" for i, s in enumerate(LABEL_SOURCES))
    populations = " ".join(f"WHEN {literal(s)} THEN {literal(s)}" for s in OWN_POPULATIONS)
    attacks = ", ".join(literal(v) for v in ATTACK_VERDICTS)
    return (
        f"CASE WHEN verdict <> {literal(VERDICTS[-1])} THEN verdict IN ({attacks}) END AS is_attack, "
        f"CASE label_source {ranks} END::TINYINT AS source_rank, "
        f"CASE label_source {populations} ELSE 'production' END AS population"
    )


MEANING = _meaning()
"""SQL of what verdict and label_source of a label come to: is_attack, source_rank, population."""
CASE_NO = "CASE WHEN case_id IS NOT NULL THEN CAST(hash(case_id) >> 1 AS BIGINT) END"
"""SQL of a case's number."""


def load(work: Work, staged: Staged, report: Report, tell: Callable[[str], None]) -> None:
    """Store the labels of a labels file."""
    tell("looking for duplicates")
    con = work.con
    given = {"event_id", "detection_id"} & staged.columns.keys()
    named = " AND ".join(f"{c} IS NULL" for c in sorted(given))
    con.execute(f"INSERT INTO work.excluded SELECT _file, _row, false, 'event_id is missing' FROM good WHERE {named}")
    _stage_labels(work, staged, "_row NOT IN (SELECT _row FROM work.excluded)")
    con.execute("INSERT INTO work.excluded SELECT _file, _row, true, NULL FROM work.old_labels")
    report.duplicates = work.count("SELECT count(*) FROM work.excluded WHERE duplicate")
    report.stored = work.count("SELECT count(*) FROM work.new_labels")
    if report.dry_run or not report.stored:
        return
    tell("storing labels")
    _insert(work)
    report.warnings += _overlapping(work)
    report.labels_waiting = refresh(work)


def add_from_detections(work: Work, staged: Staged) -> int:
    """Store the labels that came in a detections file; return how many are new."""
    rejected = "_row NOT IN (SELECT _row FROM work.excluded WHERE NOT duplicate)"
    _stage_labels(work, staged, f"label IS NOT NULL AND {rejected}")
    new = work.count("SELECT count(*) FROM work.new_labels")
    _insert(work)
    return new


def _stage_labels(work: Work, staged: Staged, keep: str) -> None:
    """Split the stage's labels into ``work.new_labels`` and ``work.old_labels``, which are known already."""
    has = staged.columns.keys()
    optional = ", ".join(f"{c if c in has else 'NULL'} AS {c}" for c in _OPTIONAL)
    event, detection = (c if c in has else "NULL::VARCHAR" for c in ("event_id", "detection_id"))
    at = "labelled_at" if "labelled_at" in has else "NULL"
    at = f"coalesce({at}, occurred_at)" if "occurred_at" in has else at
    source = "coalesce(label_source, 'adjudication')" if "label_source" in has else "'adjudication'"
    same = ", ".join(_SAME)
    # A stored label that named a detection has got its event since; it is compared as it was given.
    as_given = same.replace("event_id", "CASE WHEN detection_id IS NULL THEN event_id END", 1)
    con = work.con
    con.execute(
        f"""CREATE TABLE work.all_labels AS
        WITH named AS (
            SELECT _file, _row, {event} AS event_id, CASE WHEN {event} IS NULL THEN {detection} END AS detection_id,
                label AS verdict, {source} AS label_source, {at} AS labelled_at, {optional}
            FROM good WHERE {keep}
        )
        SELECT *, {MEANING}, hash({same}) AS content FROM named"""
    )
    con.execute(
        f"""CREATE TABLE work.old_labels AS SELECT _file, _row, event_id FROM work.all_labels AS a
        WHERE content IN (SELECT hash({as_given}) FROM snap.labels)
        UNION ALL
        (SELECT _file, _row, event_id FROM work.all_labels
         WHERE content NOT IN (SELECT hash({as_given}) FROM snap.labels)
         QUALIFY row_number() OVER (PARTITION BY content ORDER BY _row) > 1)"""
    )
    con.execute(
        "CREATE TABLE work.new_labels AS SELECT * EXCLUDE (content) FROM work.all_labels "
        "WHERE _row NOT IN (SELECT _row FROM work.old_labels)"
    )


def _insert(work: Work) -> None:
    """Add ``work.new_labels`` to the snapshot, and fetch the detections of events that had no label before."""
    con = work.con
    con.execute("CREATE TABLE work.resolved AS SELECT * FROM work.new_labels")
    _resolve(work, "work.resolved")
    con.execute(
        "CREATE TABLE work.fresh AS SELECT DISTINCT event_id FROM work.resolved "
        "WHERE event_id IS NOT NULL AND event_id NOT IN (SELECT event_id FROM snap.labelled_rows)"
    )
    con.execute("INSERT INTO snap.labels BY NAME SELECT * EXCLUDE (_file, _row) FROM work.resolved")
    _fetch(work, "work.fresh")


def add_rows(work: Work) -> None:
    """Fetch the detections of events that have a label but no rows yet."""
    work.con.execute(
        "CREATE OR REPLACE TABLE work.lacking AS SELECT DISTINCT event_id FROM snap.labels "
        "WHERE record IS NOT NULL AND event_id NOT IN (SELECT event_id FROM snap.labelled_rows)"
    )
    _fetch(work, "work.lacking")


def _overlapping(work: Work) -> list[str]:
    """Return a warning where audits give an event of ``work.resolved`` different inclusion probabilities."""
    events = work.count(
        """SELECT count(*) FROM (
            SELECT event_id FROM snap.labels
            WHERE inclusion_probability IS NOT NULL AND event_id IN
                (SELECT event_id FROM work.resolved WHERE inclusion_probability IS NOT NULL)
            GROUP BY event_id, population
            HAVING count(DISTINCT label_source) > 1 AND min(inclusion_probability) < max(inclusion_probability)
        )"""
    )
    if not events:
        return []
    who = "1 event has" if events == 1 else f"{events:,} events have"
    warning = (
        f"{who} labels of several audits with different inclusion_probability. Each is taken for that of its own audit "
        "and they are joined; of events that only one of the audits drew, the other is not known. "
        "Give every audited event its probability over all audits that ran."
    )
    return [warning]


def _resolve(work: Work, table: str) -> bool:
    """Give labels that name a detection the event of it, where that detection has come; tell if any was looked for.

    ``work.events`` then has the detections that were found, each with its event.
    """
    con = work.con
    wanted = con.execute(
        f"SELECT DISTINCT detection_id FROM {table} WHERE event_id IS NULL AND detection_id IS NOT NULL LIMIT 1"
    ).fetchall()
    files = _files(work)
    if not wanted or not files:
        return False
    source = parquet(work.directory / path for path, _ in files)
    detection = "coalesce(detection_id, event_id)" if "detection_id" in _columns(work, source) else "event_id"
    con.execute(
        f"""CREATE OR REPLACE TABLE work.events AS SELECT {detection} AS detection_id, min(event_id) AS event_id
        FROM {source} WHERE {detection} IN (SELECT detection_id FROM {table} WHERE event_id IS NULL) GROUP BY 1"""
    )
    con.execute(
        f"UPDATE {table} AS t SET event_id = e.event_id FROM work.events AS e "
        "WHERE t.detection_id = e.detection_id AND t.event_id IS NULL"
    )
    return True


def take_detections(work: Work, files: list[Path]) -> None:
    """Put those of the new detections that already have a label into ``labelled_rows``."""
    con = work.con
    con.execute(
        "CREATE OR REPLACE TABLE work.known AS SELECT DISTINCT event_id FROM snap.labels WHERE event_id IS NOT NULL"
    )
    if work.count("SELECT count(*) FROM work.known"):
        _copy_rows(work, files, "work.known")
    if _resolve(work, "snap.labels"):  # other versions may have scored these events in earlier imports
        con.execute(
            "CREATE OR REPLACE TABLE work.late AS SELECT DISTINCT event_id FROM work.events "
            "WHERE event_id NOT IN (SELECT event_id FROM snap.labelled_rows)"
        )
        _fetch(work, "work.late")


def _fetch(work: Work, events: str) -> None:
    """Put the stored detections of a table of events into ``labelled_rows``; the id index says where to look."""
    files = _files(work)
    if not files or not work.count(f"SELECT count(*) FROM {events}"):
        return
    hit = [
        work.directory / path
        for path, index in files
        if work.count(
            f"SELECT count(*) FROM {parquet([work.directory / index])} "
            f"WHERE event IN (SELECT hash(event_id) FROM {events})"
        )
    ]
    if hit:
        _copy_rows(work, hit, events)


def _copy_rows(work: Work, paths: list[Path], events: str) -> None:
    con = work.con
    source = parquet(paths)
    has = _columns(work, source)
    known = {name for name, *_ in con.execute("DESCRIBE snap.labelled_rows").fetchall()}
    slices = sorted(c for c in has if c.startswith(SLICE_PREFIX))
    for column in slices:
        if column not in known:
            con.execute(f"ALTER TABLE snap.labelled_rows ADD COLUMN {identifier(column)} VARCHAR")
    con.execute(
        f"INSERT INTO snap.labelled_rows BY NAME SELECT {row_columns(has)} FROM {source} "
        f"WHERE event_id IN (SELECT event_id FROM {events})"
    )


def row_columns(has: set[str]) -> str:
    """Return SQL of what a labelled row keeps of a detection.

    Parameters
    ----------
    has
        Columns of the detections.
    """
    plain = ", ".join(c if c in has else f"NULL AS {c}" for c in (*_FIXED, *_MORE) if c != "detection_id")
    detection = "coalesce(detection_id, event_id)" if "detection_id" in has else "event_id"
    weight = "coalesce(sampling_weight, 1)" if "sampling_weight" in has else "1"
    case_no = CASE_NO if "case_id" in has else "CAST(NULL AS BIGINT)"
    extra = "".join(f", {identifier(c)}" for c in sorted(has) if c.startswith(SLICE_PREFIX))
    return f"{plain}, {detection} AS detection_id, CAST({weight} AS DOUBLE) AS weight, {case_no} AS case_no{extra}"


def _files(work: Work) -> list[tuple[str, str]]:
    return work.con.execute("SELECT path, index_path FROM snap.files ORDER BY path").fetchall()


def _columns(work: Work, source: str) -> set[str]:
    return {name for name, *_ in work.con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def in_force(labels: str) -> str:
    """Return SQL of which label of an event was in force when: one row an event, population and span of time.

    A label is in force from its arrival until another label of the event arrives, or it is withdrawn; either starts
    a new span, in which again the best of all labels known and not withdrawn counts. The inclusion probability is that
    over all audits; labels that say different ones gave each the probability of its own audit, so they are joined:
    1 - product(1 - p).

    Parameters
    ----------
    labels
        Name of the table of labels.
    """
    return f"""
        WITH usable AS (SELECT * FROM {labels} WHERE is_attack IS NOT NULL AND event_id IS NOT NULL),
        moments AS (
            SELECT event_id, population, labelled_at AS known_from FROM usable
            UNION SELECT event_id, population, withdrawn_at FROM usable WHERE withdrawn_at IS NOT NULL
        ),
        spans AS (
            SELECT event_id, population, known_from,
                lead(known_from) OVER (PARTITION BY event_id, population ORDER BY known_from) AS known_until
            FROM moments
        ),
        known AS (
            SELECT s.known_from, s.known_until, u.* FROM spans AS s JOIN usable AS u
            ON u.event_id = s.event_id AND u.population = s.population AND u.labelled_at <= s.known_from
                AND (u.withdrawn_at IS NULL OR u.withdrawn_at > s.known_from)
        ),
        designs AS (
            SELECT event_id, population, known_from, label_source, max(inclusion_probability) AS p FROM known
            WHERE inclusion_probability IS NOT NULL GROUP BY ALL
        ),
        chosen AS (
            SELECT event_id, population, known_from,
                CASE WHEN min(p) = max(p) THEN max(p) ELSE 1 - product(1 - p) END AS inclusion_probability
            FROM designs GROUP BY ALL
        ),
        best AS (
            SELECT * EXCLUDE (inclusion_probability) FROM known QUALIFY row_number() OVER (
                PARTITION BY event_id, population, known_from ORDER BY source_rank, labelled_at DESC, verdict) = 1
        )
        SELECT b.event_id, b.population, b.is_attack, b.verdict, b.label_source, c.inclusion_probability,
            b.known_from, b.known_until
        FROM best AS b LEFT JOIN chosen AS c USING (event_id, population, known_from)"""


def labelled(rows: str, spans: str) -> str:
    """Return SQL of the labelled rows: each with every label that was ever in force for its event.

    Parameters
    ----------
    rows
        Name of a table such as ``labelled_rows``.
    spans
        Name of a table made by ``in_force``.
    """
    return f"SELECT r.*, f.* EXCLUDE (event_id) FROM {rows} AS r JOIN {spans} AS f USING (event_id)"


def refresh(work: Work) -> int:
    """Work out anew which label is in force when; return the number of labels whose event has not come."""
    con = work.con
    con.execute(f"CREATE OR REPLACE TABLE work.in_force AS {in_force('snap.labels')}")
    con.execute(
        f"CREATE OR REPLACE TABLE snap.labelled AS {labelled('snap.labelled_rows', 'work.in_force')} "
        "ORDER BY model_id, model_version, occurred_at, r.event_id"
    )
    return work.count(
        "SELECT count(*) FROM snap.labels WHERE event_id IS NULL "
        "OR event_id NOT IN (SELECT event_id FROM snap.labelled_rows)"
    )
