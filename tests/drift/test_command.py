"""``bartizan drift``: JSON, table, exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from analytics.cli import app
from analytics.warehouse import Reader

WINDOWS = ("--reference-until", "2026-09-30", "--since", "2026-09-30")


def run(reader: Reader, *words: str) -> Result:
    """Run the command on the stream."""
    return CliRunner().invoke(app, ["drift", "--warehouse", str(reader.directory), *words])


def test_json_is_the_record(reader: Reader) -> None:
    found = run(reader, "--model", "m", *WINDOWS, "--format", "json")
    assert found.exit_code == 0
    record = json.loads(found.stdout, parse_constant=pytest.fail)
    assert (record["model_id"], record["model_version"]) == ("m", "1")
    assert record["reference"] == {"since": None, "until": "2026-09-30", "n": 4000}
    moved = next(c for c in record["columns"] if c["column"] == "f.moved")
    assert moved["psi"]["value"] > 0.1
    assert len(moved["bins"]) == 10
    assert sum(b["reference"] for b in moved["bins"]) == pytest.approx(4000 * (1 - moved["missing"]["reference"]))


def test_table_has_the_largest_change_first(reader: Reader) -> None:
    found = run(reader, "--model", "m", "--model-version", "1", *WINDOWS)
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    psi = [float(line.split()[3]) for line in lines[1:8]]
    assert psi[:3] == sorted(psi[:3], reverse=True), "those beyond chance first"
    assert psi[3:] == sorted(psi[3:], reverse=True)
    assert lines[9].startswith("m 1: Traffic has changed")
    assert "In the order of the index. Nothing of this version has been explained yet." in lines


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--model", "m", "--since", "2030-01-01"], 3),
        (["--model", "m", "--reference-since", "2030-01-01"], 3),
        (["--model", "m", "--where", "region=EMEA"], 0),
        (["--model", "zz"], 2),
        (["--model", "m", "--since", "soon"], 2),
        (["--model", "m", "--where", "payload=x"], 2),
        ([], 2),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_exit_codes(reader: Reader, words: list[str], code: int) -> None:
    found = run(reader, *words)
    assert found.exit_code == code
    assert found.exception is None or isinstance(found.exception, SystemExit)
