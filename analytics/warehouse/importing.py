"""One import: files in, a new snapshot out; all of it or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics.errors import BadInput
from analytics.warehouse import counts, detections, explanations, labels, models, overlay, records, schema, snapshots
from analytics.warehouse.connect import connect
from analytics.warehouse.contract import KINDS, Kind
from analytics.warehouse.layout import SETTINGS, create, import_lock, sync, zone_of
from analytics.warehouse.mapping import Map, read_map
from analytics.warehouse.report import Report, write_rejects
from analytics.warehouse.sources import expand, open_source
from analytics.warehouse.sql import literal
from analytics.warehouse.stage import Staged, rejects, stage
from analytics.warehouse.work import Work

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""

_STEPS = {
    "models": models.load,
    "detections": detections.load,
    "counts": counts.load,
    "labels": labels.load,
    "explanations": explanations.load,
}


def import_files(
    directory: Path,
    kind: Kind,
    files: list[str],
    map_file: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    zone: str | None = None,
) -> Report:
    """Import files into a warehouse and publish a new snapshot.

    Parameters
    ----------
    directory
        The warehouse; made where missing.
    kind
        models | detections | counts | labels | explanations.
    files
        Names and glob patterns; CSV, Parquet, JSON lines.
    map_file
        TOML file that maps the files to the contract.
    dry_run
        Check everything, store nothing.
    progress
        Called with the name of each step.
    zone
        Business zone of a warehouse that is made by this import; UTC where None.

    Returns
    -------
    Report
        rows in = stored + rejected + duplicates.

    Raises
    ------
    BadInput
        A file or map that cannot be used at all; nothing is stored then.
    UnknownModel
        A model version that is not registered; the message has the command that registers it.
    """
    _known(kind)
    tell = progress or (lambda _: None)
    m = read_map(map_file)
    paths = expand(files)
    if dry_run and not (directory / SETTINGS).exists():
        with tempfile.TemporaryDirectory() as scratch:  # nothing is to be left behind
            create(Path(scratch), zone)
            report = import_files(Path(scratch), kind, files, map_file, True, progress)
            return replace(report, reject_file=None)
    create(directory, zone)
    return _import(directory, {kind: paths}, m, dry_run, tell)[kind]


def import_all(directory: Path, files: dict[Kind, list[str]], progress: Progress | None = None) -> dict[Kind, Report]:
    """Import files of several kinds as they are and publish one snapshot: all of them or nothing.

    It takes less time than one import after another, each of which writes the snapshot anew.

    Parameters
    ----------
    directory
        The warehouse; made where missing.
    files
        By kind, as ``import_files`` takes them; in whatever order, models come first and labels behind detections.
    progress
        Called with the name of each step.

    Returns
    -------
    dict
        The report of each kind.

    Raises
    ------
    BadInput, UnknownModel
        As ``import_files``; nothing of any kind is stored then.
    """
    _known(*files)
    paths = {kind: expand(files[kind]) for kind in KINDS if kind in files}
    create(directory, None)
    return _import(directory, paths, read_map(None), False, progress or (lambda _: None))


def _known(*kinds: str) -> None:
    """Stop at a kind of table that does not exist."""
    for kind in kinds:
        if kind not in KINDS:
            raise BadInput("importing", f"{kind!r} is not a kind of table.", f"Use one of {', '.join(KINDS)}.")


def _import(
    directory: Path, paths: dict[Kind, list[Path]], m: Map, dry_run: bool, tell: Progress
) -> dict[Kind, Report]:
    """Import files by kind, in the order that is given; return the reports."""
    reports: dict[Kind, Report] = {}
    with (
        import_lock(directory, lambda who: tell(f"waiting for the import of {who}")),
        workplace(directory) as work,
        _said_plainly(" and ".join(paths)),
    ):
        for kind, its in paths.items():
            if reports:
                _clear(work)
            tell("reading")
            sources = [open_source(work.con, p, m.delimiter) for p in its]
            staged = stage(work.con, work.scratch, kind, sources, m)
            report = Report(
                kind, [p.name for p in its], staged.rows_in, unknown_columns=staged.unknown, dry_run=dry_run
            )
            _STEPS[kind](work, staged, report, tell)
            _reject(work, staged, report)
            reports[kind] = report
        new = [report for report in reports.values() if report.stored or report.labels_stored]
        if new and not dry_run:
            tell("publishing")
            snapshot = publish(work)
            for report in new:
                report.snapshot = snapshot
    if new and not dry_run:
        try:
            snapshots.collect(directory, datetime.now(UTC))
        except BadInput as e:  # the import stands; that old files stay is worth a word
            new[-1].warnings.append(str(e))
    return reports


@contextmanager
def _said_plainly(kinds: str) -> Generator[None]:
    """Turn what a damaged file or a full disk does to the database into a sentence."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.OutOfMemoryException) as e:
        raise BadInput(
            f"importing {kinds}",
            f"a file cannot be read or written ({str(e).strip().splitlines()[0]}).",
            "Export it again if it is damaged, or make room on the disk; nothing was stored.",
        ) from e


@contextmanager
def workplace(directory: Path) -> Generator[Work]:
    """Open a scratch folder with a working copy of the snapshot in force; it is gone afterwards."""
    zone = zone_of(directory)
    scratch = Path(tempfile.mkdtemp(dir=directory / "tmp"))
    con = connect(spill=scratch / "spill")
    base = snapshots.current_id(directory)
    beside = scratch / "snapshot.duckdb"
    try:
        if base:
            shutil.copyfile(snapshots.path_of(directory, base), beside)
        con.execute(f"ATTACH {literal(str(beside))} AS snap")
        _attach_scratch(con, scratch)
        if not base:
            con.execute("USE snap")
            con.execute(schema.TABLES)
            con.execute("USE memory")
        for column in ("labels ADD COLUMN IF NOT EXISTS record BIGINT",
                       "labels ADD COLUMN IF NOT EXISTS withdrawn_at TIMESTAMP",
                       "models ADD COLUMN IF NOT EXISTS trained_until TIMESTAMP"):  # fmt: skip
            con.execute(f"ALTER TABLE snap.{column}")  # snapshots of an older program lack them
        con.execute(schema.EXPLANATIONS)
        yield Work(con, directory, scratch, zone, snapshots.new_id(datetime.now(UTC)))
    finally:
        con.close()
        shutil.rmtree(scratch)


def _attach_scratch(con: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Attach an empty database for scratch tables."""
    con.execute(f"ATTACH {literal(str(scratch / 'work.duckdb'))} AS work")
    con.execute("CREATE TABLE work.excluded (_file INTEGER, _row BIGINT, duplicate BOOLEAN, reason VARCHAR)")


def _clear(work: Work) -> None:
    """Throw the scratch tables away: those of the next kind have the same names."""
    work.con.execute("DETACH work")
    (work.scratch / "work.duckdb").unlink()
    _attach_scratch(work.con, work.scratch)


def _reject(work: Work, staged: Staged, report: Report) -> None:
    """Count the rejects and write the reject file."""
    by_reason = work.con.execute(
        "SELECT regexp_replace(reason, ': .* is not ', ': … is not ') AS words, count(*) AS n FROM ("
        "SELECT reason FROM work.faults "
        "UNION ALL SELECT reason FROM work.excluded WHERE NOT duplicate) GROUP BY words ORDER BY n DESC, words"
    ).fetchall()
    report.reasons = dict(by_reason)
    for lines in staged.broken.values():
        for reason in lines.values():
            report.reasons[reason] = report.reasons.get(reason, 0) + 1
    report.rejected = sum(report.reasons.values())
    if report.rejected:
        path = work.directory / "rejects" / f"{work.snapshot}-{report.kind}.csv"
        write_rejects(path, rejects(work.con, staged))
        report.reject_file = str(path)


def _fold(work: Work) -> int:
    """Put the verdicts of the log into the new snapshot; return the log position up to which it has them."""
    base = snapshots.current_id(work.directory)
    before = work.con.execute("SELECT value FROM snap.meta WHERE key = 'log_position'").fetchall()
    after, position = int(before[0][0]) if before else 0, records.position(work.directory)
    found = overlay.behind(work.directory, after, position)
    if found:
        overlay.fold(work.con, work.directory, base or "", found)
        labels.add_rows(work)
        labels.refresh(work)
    return position


def publish(work: Work) -> str:
    """Finish the working copy of the snapshot, with the verdicts of the log, and put it in force; return its id."""
    position = _fold(work)
    con = work.con
    last = con.execute(
        "SELECT max(t) FROM (SELECT max(last_at) AS t FROM snap.files UNION ALL "
        "SELECT max(hour) + INTERVAL 1 HOUR FROM snap.counts)"
    ).fetchall()[0][0]
    meta = {
        "id": work.snapshot,
        "zone": work.zone,
        "data_until": last.isoformat() if last else "",
        "log_position": str(position),
    }
    con.execute("DELETE FROM snap.meta")
    con.executemany("INSERT INTO snap.meta VALUES (?, ?)", list(meta.items()))
    con.execute("CHECKPOINT snap")
    con.execute("DETACH snap")
    for path in work.new_files:
        sync(path)
        sync(path.parent)
        sync(path.parent.parent)
    snapshots.publish(work.directory, work.scratch / "snapshot.duckdb", work.snapshot)
    return work.snapshot
