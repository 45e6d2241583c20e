"""Files as the world sends them: stored, rejected line by line, or refused in a sentence; never a half import."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import BadInput

HEAD = "event_id,occurred_at,model_id,model_version,score"


def line(event: str, score: str = "0.5") -> str:
    """One CSV line."""
    return f"{event},2026-03-01,m,1,{score}"


def csv(*lines: str, end: str = "\n") -> bytes:
    """A CSV file with the usual header."""
    return end.join([HEAD, *lines, ""]).encode()


def parquet(rows: int = 1000) -> bytes:
    """A good Parquet file."""
    row = {"occurred_at": "2026-03-01", "model_id": "m", "model_version": "1", "score": 0.5}
    out = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist([{"event_id": f"event {i}", **row} for i in range(rows + 1)]).slice(0, rows), out
    )
    return out.getvalue()


DAMAGED = bytearray(parquet())
DAMAGED[100:2000] = b"\xaa" * 1900
REFUSED = {
    "empty.csv": (b"", "the file is empty (0 bytes)"),
    "blank.csv": (b"\n\n", "the first line holds no column names"),
    "binary.csv": (bytes(range(256)) * 20, "the file holds binary data"),
    "utf16.csv": (csv(line("a")).decode().encode("utf-16"), "the file is UTF-16. Save it as UTF-8."),
    "latin.csv": ("événement,b\n".encode("latin-1"), "the header is not UTF-8"),
    "twice.csv": (b"a,a\n1,2\n", "the column 'a' stands there twice"),
    "case.csv": (HEAD.encode() + b",Score\n", "the column 'Score' stands there twice (as 'score' and 'Score')"),
    "open.csv": (b'"' + csv(*[line("a")] * 9000), "the header cannot be read"),
    "ends.csv": (csv(line("a")) + line("b").encode() + b"\r\n", "Give all its lines the same line end"),
    "zipped.csv.gz": (gzip.compress(csv(line("a"))), "the ending '.gz' is not known"),
    "zipped.csv": (gzip.compress(csv(line("a"))), "the file holds binary data"),
    "book.xlsx": (b"PK", "the ending '.xlsx' is not known"),
    "a[1].csv": (csv(line("a")), "its path holds one of * ? ["),
    "none.csv": (b"a,b\n1,2\n", 'event_id missing. The file has: a, b. Name it in a map: [columns] occurred_at'),
    "array.json": (b"[]", "no line is a JSON object"),
    "bom.jsonl": (b'\xef\xbb\xbf{"a":1}', "no line is a JSON object"),
    "case.jsonl": (b'{"a":1,"A":2}', "stands there twice"),
    "nul.jsonl": (b'{"a\\u0000":1}', "has a NUL in its name"),
    "cut.parquet": (parquet()[:2000], "the Parquet file cannot be read"),
    "tiny.parquet": (b"PAR1PAR1", "the Parquet file cannot be read"),
    "text.parquet": (csv(line("a")), "the Parquet file cannot be read"),
    "damaged.parquet": (bytes(DAMAGED), "While importing detections: a file cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(place: Any, name: str) -> None:
    content, words = REFUSED[name]
    before = place.current()
    good = (
        place.write("good.parquet", parquet(1))
        if name.endswith("parquet")
        else place.write("good.csv", csv(line("good")))
    )
    with pytest.raises(BadInput) as e:
        place.imp("detections", good, place.write(name, content))
    assert words in str(e.value)
    assert place.current() == before
    assert list((place.directory / "tmp").iterdir()) == []
    assert place.imp("detections", good).stored == 1


@pytest.mark.parametrize("name", ["none.csv", "*.xyz", "folder", "x" * 5000])
def test_files_that_are_not_there(place: Any, name: str) -> None:
    (place.folder / "folder").mkdir()
    with pytest.raises(BadInput, match="While looking for"):
        place.imp("detections", place.folder / name)


def test_a_file_that_may_not_be_read(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place.write("d.csv", csv(line("a")))
    real = type(path).open

    def refuse(self: Any, *args: Any, **more: Any) -> Any:
        if self.name == "d.csv":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **more)

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(BadInput, match="it cannot be read \\(Permission denied\\)"):
        place.imp("detections", path)


ACCEPTED = {
    "bom.csv": b"\xef\xbb\xbf" + csv(line("a"), line("b")),
    "crlf.csv": csv(line("a"), line("b"), end="\r\n"),
    "cr.csv": csv(line("a"), line("b"), end="\r"),
    "semicolon.csv": csv(line("a"), line("b")).replace(b",", b";"),
    "tab.tsv": csv(line("a"), line("b")).replace(b",", b"\t"),
    "pipe.txt": csv(line("a"), line("b")).replace(b",", b"|"),
    "quoted.csv": csv(line('"a"'), line('"b"')).replace(b"score", b'"score"'),
    "lines.csv": csv("", line("a"), "", "", line("b")),
    "empty_names.csv": b"\n".join(x + b",," for x in csv(line("a"), line("b")).splitlines()),
    "wrong_ending.csv": parquet(0) and parquet(2).replace(b"event 0", b"aaaaaaa"),
}
NAMES = ["it's.csv", "sp ace.csv", "ünï☃.csv", "a;b$c.csv", 'a"b.csv', "a{b,c}.csv", "a\nb.csv", "%41.csv", "-x.csv",
         "a'); DROP TABLE x;--.csv", "file:x.csv", "~x.csv"]  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(place: Any, name: str) -> None:
    report = place.imp("detections", place.write(name, ACCEPTED[name]))
    assert (report.rows_in, report.stored) == (2, 2), place.rejects(report)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names(place: Any, name: str) -> None:
    report = place.imp("detections", place.write(name, csv(line("a"), line("b", "7"))))
    assert (report.stored, [(f, n) for f, n, _ in place.rejects(report)]) == (
        1,
        [("'" * name.startswith(("%", "-")) + name, 2)],
    )


def test_header_only_changes_nothing(place: Any) -> None:
    report = place.imp("detections", place.write("d.csv", csv()), place.write("d.parquet", parquet(0)))
    assert (report.rows_in, report.stored, report.snapshot) == (0, 0, None)


def test_record_numbers_behind_broken_and_long_records(place: Any) -> None:
    mixed = csv(
        line('"a\nb\nc"'), "broken", line("d"), line("e", "7"), line('"f\ng"', "8"), line("h") + ",more", line("i", "9")
    )
    latin = csv(line("j"), line("é"), line("k", "7")).replace("é".encode(), "é".encode("latin-1"))
    report = place.imp("detections", place.write("=1+1.csv", mixed), place.write("latin.csv", latin))
    assert (report.rows_in, report.stored, report.rejected) == (10, 3, 7)
    found = sorted((f, n, reason.partition(" is ")[0]) for f, n, reason in place.rejects(report))
    assert found == [
        ("'=1+1.csv", 2, "expected number of columns: 5 found: 1"),
        ("'=1+1.csv", 4, "score: 7"),
        ("'=1+1.csv", 5, "score: 8"),
        ("'=1+1.csv", 6, "expected number of columns: 5 found: 6"),
        ("'=1+1.csv", 7, "score: 9"),
        ("latin.csv", 2, "the line"),
        ("latin.csv", 3, "score: 7"),
    ]
    assert {r["event_id"] for r in place.stored()} == {"a\nb\nc", "d", "j"}


def test_a_clean_file_behind_a_broken_one(place: Any) -> None:
    files = [
        place.write("a.csv", csv(line("a"), "broken")),
        place.write("b.csv", csv(line("b"), line("c"), line("d", "7"))),
    ]
    report = place.imp("detections", *files)
    assert (report.rows_in, report.stored, report.rejected) == (5, 3, 2)
    assert sorted((f, n) for f, n, _ in place.rejects(report)) == [("a.csv", 2), ("b.csv", 3)]


def test_line_feeds_inside_cells_of_a_crlf_file(place: Any) -> None:
    report = place.imp(
        "detections", place.write("d.csv", csv(line("a"), line('"b\nc"'), "x", line("d", "7"), end="\r\n"))
    )
    assert (report.rows_in, report.stored) == (4, 2)
    assert sorted(n for _, n, _ in place.rejects(report)) == [3, 4]


def test_an_open_quote_is_told(place: Any) -> None:
    report = place.imp("detections", place.write("d.csv", csv(line("a"), line('"b'), line("c"))))
    assert (report.rows_in, report.stored) == (2, 1)
    [(_, record, reason)] = place.rejects(report)
    assert record == 2
    assert reason.startswith("a quotation mark is not closed")


def test_json_lines(place: Any) -> None:
    row = {"event_id": "a", "occurred_at": "2026-03-01", "model_id": "m", "model_version": 1}
    lines = [
        json.dumps(row),
        '{"event_id":',
        "[1]",
        '"x"',
        "null",
        "{}",
        json.dumps({**row, "event_id": 5, "score": 0.25, "region": {"a": [1]}, "s.y": True, "f.z": 1.5}),
        json.dumps({**row, "event_id": "b", "score": 7}),
        json.dumps({**row, "event_id": "nul\0", "region": "a\0b"}),
    ]
    report = place.imp("detections", place.write("d.jsonl", "\n".join(lines)))
    assert (report.rows_in, report.stored) == (9, 3)
    assert [n for _, n, _ in place.rejects(report)] == [2, 3, 4, 5, 6, 8]
    five = next(r for r in place.stored() if r["event_id"] == "5")
    assert (five["score"], five["s.y"], five["f.z"], json.loads(five["region"])) == (0.25, "true", 1.5, {"a": [1]})


def test_a_megabyte_of_payload(place: Any) -> None:
    text = "x" * 1_000_000
    report = place.imp(
        "detections",
        place.write("d.csv", f"{HEAD},payload\n{line('a')},{text}\n{line('b')},y\n"),
        place.write(
            "d.jsonl", json.dumps({**dict(zip(HEAD.split(","), line("c").split(","), strict=True)), "payload": text})
        ),
    )
    assert report.stored == 3
    assert [len(r["payload"]) for r in place.stored()] == [1_000_000, 1, 1_000_000]


@pytest.mark.parametrize("name", ["d.csv", "d.jsonl", "d.parquet"])
def test_hostile_ids(place: Any, name: str) -> None:
    ids = ['a"b', "a'b", "a\nb", "é☃😀", "x" * 10_000, "'; DROP TABLE files; --", "../../x", "=1+1", "a,b"]
    place.imp("models", place.write("m.jsonl", [{"model_id": i, "model_version": i} for i in ids]))
    row = {"occurred_at": "2026-03-01", "score": "0.5"}
    rows = [
        {"event_id": i, "model_id": i, "model_version": i, "region": i, "case_id": i, "label": 1, **row} for i in ids
    ]
    report = place.imp("detections", place.write(name, rows))
    assert (report.stored, report.labels_stored) == (len(ids), len(ids))
    assert {(r["event_id"], r["model_id"], r["model_version"], r["region"]) for r in place.stored()} == {
        (i,) * 4 for i in ids
    }
    assert set(place.sql("SELECT region FROM labelled")["region"]) == set(ids)
    assert all(p.is_relative_to(place.directory) for p in place.folder.rglob("*.index.parquet"))
    assert place.imp("detections", place.folder / name).duplicates == len(ids)
