"""Plain text for terminals: what an import did, and tables."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from analytics import numbers
from analytics.efficacy.results import Efficacy
from analytics.results import Estimate
from analytics.warehouse.report import Report

_WIDEST = 60
"""Longest cell of a table; what is longer wraps."""


def import_sentences(report: Report) -> list[str]:
    """Return what an import did, a sentence a line."""
    verb = "would be stored" if report.dry_run else "stored"
    counted = f"{report.stored:,} {verb}, {report.rejected:,} rejected, {report.duplicates:,} already there"
    lines = [f"{report.kind.capitalize()}: {report.rows_in:,} in = {counted}."]
    if report.labels_stored:
        lines.append(f"{report.labels_stored:,} labels stored with them.")
    if report.labels_waiting:
        lines.append(f"{report.labels_waiting:,} labels wait for their event.")
    lines += [f"  {n:,} × {reason}" for reason, n in report.reasons.items()]
    if report.reject_file:
        lines.append(f"Rejected rows with file, record number and reason: {report.reject_file}")
    if report.unknown_columns:
        lines.append(f"Not stored (name them in a map if wanted): {', '.join(report.unknown_columns)}")
    if report.snapshot:
        lines.append(f"Snapshot {report.snapshot} is in force.")
    elif not report.dry_run:
        lines.append("Nothing changed.")
    return [printable(line) for line in lines + report.warnings]


def explained_sentences(found: list[dict[str, Any]]) -> list[str]:
    """Return what a batch explained, a sentence a line."""
    lines = []
    for f in found:
        if "snapshot" in f:
            lines += [f"Snapshot {f['snapshot']} is in force."] if f["snapshot"] else []
            lines += [f["why"]] if f["why"] else []
            continue
        failed = (
            f" {f['failed']:,} did not add up, or could not be read: they are stored as failed." if f["failed"] else ""
        )
        said = f["why"] or f"{f['explained']:,} explained.{failed}"
        lines.append(f"{f['model']} {f['version']}: {said}")
    return [printable(line) for line in lines]


_SHOWN = {
    "label_coverage": "coverage",
    "precision": "precision",
    "recall": "recall",
    "fpr": "fpr",
    "auc": "auc",
    "average_precision": "ap",
}
"""Estimates of the table -> column title; the JSON has them all."""


def efficacy_lines(found: list[Efficacy]) -> list[dict[str, Any]]:
    """Return one row a result: the figures that fit a terminal, each with its interval."""
    return [
        {
            "model": e.model_id,
            "version": e.model_version,
            **({"slice": " ".join(f"{c}={v}" for c, v in e.by.items())} if e.by else {}),
            "threshold": "" if e.threshold is None else repr(e.threshold),
            "basis": e.basis or "none",
            "n": e.n,
            "labelled": e.n_labelled,
            **{title: estimate_text(e.estimates[name]) for name, title in _SHOWN.items()},
        }
        for e in found
    ]


def estimate_text(e: Estimate) -> str:
    """Return an estimate as text: value and interval, or what can be said without a value."""
    span = numbers.interval(e)
    few = f" {e.quality}" if e.quality in ("few", "arriving") else ""
    return numbers.value(e) + (f" [{span}]" if span else "") + few


def text_table(rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """Return records as an aligned text table; numbers to the right."""
    listed = [rows] if isinstance(rows, Mapping) else list(rows)
    if not listed:
        return "Nothing to list."
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = max(shutil.get_terminal_size((200, 24)).columns, 100)
    table = Table(box=None, pad_edge=False)
    for name in listed[0]:
        numeric = all(isinstance(r[name], int | float) for r in listed)
        short = all(len(_cell(r[name])) <= _WIDEST // 2 for r in listed)
        justify = "right" if numeric else "left"
        table.add_column(Text(name), justify=justify, max_width=_WIDEST, overflow="fold", no_wrap=short)
    for row in listed:
        table.add_row(*(Text(_cell(v)) for v in row.values()))
    console = Console(width=width, no_color=True, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:,}" if isinstance(value, int) else printable(str(value))


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: control characters of the data are shown as their escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
