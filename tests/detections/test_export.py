"""Exported files: the rows of the list, nothing a spreadsheet runs, whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detections import Filters
from analytics.detections import export as module
from analytics.detections.export import _safe
from analytics.detections.measures import export, page
from analytics.errors import BadInput, NotAllowed
from analytics.scope import Scope
from analytics.viewer import Role, Viewer
from analytics.warehouse import Reader

Truth = Callable[[Scope, Filters], pd.DataFrame]


@pytest.mark.parametrize("batch", [1000, 64])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_file_has_the_rows_of_the_list(
    reader: Reader, tmp_path: Path, format: module.Format, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    f = Filters(label="labelled")
    seen: list[int] = []
    path = tmp_path / "out"
    found = export(reader, Scope("m"), f, path, format, progress=seen.append).result
    rows = page(reader, Scope("m"), f, size=1000).result.rows
    assert (found.rows, found.complete, found.limit) == (len(rows), True, 100_000)
    assert seen == [*range(batch, len(rows), batch), len(rows)]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    if format == "csv":
        with path.open(newline="", encoding="utf-8") as file:
            [head, *body] = list(csv.reader(file))
        assert head == list(rows.columns)
        assert [r[head.index("payload")] for r in body] == rows["payload"].tolist()
        assert [r[head.index("region")] for r in body] == rows["region"].fillna("").tolist()
        assert body[0][head.index("occurred_at")] == rows["occurred_at"].iloc[0].isoformat() + "Z"
        scores = [float(r[head.index("score")] or "nan") for r in body]
    else:
        table = pq.read_table(path)
        assert table.column_names == list(rows.columns)
        assert str(table.schema.field("occurred_at").type) == "timestamp[us, tz=UTC]"
        assert table["payload"].to_pylist() == rows["payload"].tolist()
        assert table["verdict"].to_pylist() == rows["verdict"].tolist()
        scores = table["score"].to_pandas().tolist()
    pd.testing.assert_series_equal(pd.Series(scores), rows["score"], check_names=False)


def test_a_limit_keeps_the_newest_and_is_told(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    found = export(reader, Scope("m"), Filters(), tmp_path / "x.csv", limit=20, columns=["event_id", "f.size"]).result
    assert (found.rows, found.complete, found.limit) == (20, False, 20)
    newest = page(reader, Scope("m"), Filters(), size=20).result.rows
    assert pd.read_csv(tmp_path / "x.csv")["event_id"].tolist() == newest["event_id"].tolist()


def test_types_hold_where_a_batch_has_no_value(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, truth: Truth
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    columns = ["event_id", "detection_id", "s.channel", "f.size", "case_id", "latency_ms", "rule_hits"]
    export(reader, Scope("m"), Filters(), tmp_path / "x.parquet", "parquet", 40, columns=columns)
    table = pq.read_table(tmp_path / "x.parquet")
    types = [str(table.schema.field(c).type) for c in columns]
    assert types == ["string", "string", "string", "double", "string", "double", "string"]
    there = truth(Scope("m"), Filters()).set_index("detection_id").loc[table["detection_id"].to_pylist()]
    assert table["f.size"].to_pandas().fillna(0).tolist() == there["f.size"].fillna(0).tolist()


@pytest.mark.parametrize("role", ["viewer", "approver", "admin"])
def test_files_are_for_those_who_have_a_role_for_them(reader: Reader, role: Role, tmp_path: Path) -> None:
    """To see a text on the screen is not to carry off all of them."""
    somebody = replace(reader, viewer=Viewer("s", frozenset({role}), "oidc"))
    with pytest.raises(NotAllowed, match="analyst, owner or validator"):
        export(somebody, Scope("m"), Filters(), tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
@pytest.mark.parametrize("before", ["", " ", "   ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x00", " \t "])
def test_formulas_get_an_apostrophe(start: str, before: str) -> None:
    assert _safe(f"{before}{start}1+1") == f"'{before}{start}1+1"


@given(st.text())
def test_only_what_may_be_a_formula_changes(text: str) -> None:
    safe = _safe(text)
    assert safe in (text, f"'{text}")
    bare = safe.lstrip(" \u00a0")
    assert not bare or bare[0] not in "=+-@＝＋－＠\t\r\n"
    assert safe == text or any(c in text for c in "=+-@＝＋－＠\t\r\n")


def test_numbers_stay_numbers(reader: Reader, tmp_path: Path) -> None:
    export(reader, Scope("m"), Filters(), tmp_path / "x.csv", columns=["f.size"])
    sizes = pd.read_csv(tmp_path / "x.csv")["f.size"]
    assert sizes.min() < 0


def test_what_cannot_be_written_leaves_nothing(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing" / "x.csv", tmp_path / "folder"):
        with pytest.raises(BadInput):
            export(reader, Scope("m"), Filters(), path)
    for format, limit in (("xlsx", 5), ("csv", 0), ("csv", 2_000_000)):
        with pytest.raises(BadInput):
            export(reader, Scope("m"), Filters(), tmp_path / "x", format, limit)  # ty: ignore[invalid-argument-type]
    (tmp_path / "x.csv").write_text("old")

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(module, "rows_of", fail)
    with pytest.raises(RuntimeError):
        export(reader, Scope("m"), Filters(), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "x.csv"]


def test_an_empty_list_is_a_file_with_its_columns(reader: Reader, tmp_path: Path) -> None:
    for format in ("csv", "parquet"):
        found = export(reader, Scope("nobody"), Filters(), tmp_path / format, format).result
        assert (found.rows, found.complete) == (0, True)
    assert pd.read_csv(tmp_path / "csv").empty
    assert pq.read_table(tmp_path / "parquet").num_rows == 0
