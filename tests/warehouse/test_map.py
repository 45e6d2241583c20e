"""The map: renames, constants, values, scores; whatever it cannot say is refused in a sentence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import BadInput
from analytics.warehouse.mapping import read_map

BAD = {
    "scores = 1": "the map has an unknown entry 'scores'. Did you mean score?",
    "x =": "it is not valid TOML",
    "[score]\nlow = 1": "[score] has an unknown entry 'low'. Did you mean lo?",
    "score = 5": "[score] is not a table",
    "[score]\nlogit = true\nlo = 0\nhi = 1": "[score] has both logit and lo/hi",
    "[score]\nlo = 0": "[score] lo is 0 and hi is None",
    "[score]\nlo = 2\nhi = 1": "[score] lo is 2 and hi is 1",
    '[score]\nlo = "a"\nhi = 1': "[score] lo is 'a', not a finite number",
    "[score]\nlo = nan\nhi = 1": "[score] lo is nan, not a finite number",
    "[score]\nlo = 0\nhi = inf": "[score] hi is inf, not a finite number",
    "[score]\nlo = 0\nhi = true": "[score] hi is True, not a finite number",
    '[score]\nlogit = "no"': "[score] logit is 'no', not true or false",
    '[score]\nsentinel = ["x"]': "[score] sentinel is 'x', not a finite number",
    "[score]\nsentinel = nan": "[score] sentinel is nan, not a finite number",
    "[score]\nsentinel_reason = 5": "[score] sentinel_reason is 5, not a text",
    '[time]\nzone = "X/Y"': "[time] zone 'X/Y' is not known",
    '[time]\nzone = "Europe"': "[time] zone 'Europe' is not known",
    '[time]\nzone = "localtime"': "[time] zone 'localtime' is not known",
    '[time]\nzone = "/etc/passwd"': "[time] zone '/etc/passwd' is not known",
    "[time]\nzone = 5": "[time] zone is 5, not a text",
    '[time]\nepoch = "h"': "[time] epoch is 'h'. Use one of s, ms, us, ns.",
    '[time]\nepoch = "s"\nformat = "%Y"': "[time] has both epoch and format",
    "[time]\nformat = 5": "[time] format is 5, not a text",
    'columns = "x"': "[columns] is 'x', not a table",
    "[columns]\nscore = 5": "[columns] score is 5, not a text",
    "[columns]\nscore = {a = 1}": "[columns] score is {'a': 1}, not a text",
    "[constants]\nregion = [1]": "[constants] region is [1], not a single value",
    '[constants]\nregion = "a\\u0000b"': "[constants] region holds a NUL",
    '[constants]\nregion = "x"\n[columns]\nregion = "site"': "'region' stands in [columns] and in [constants]",
    '[values]\nlabel = "x"': "[values] label is not a table. Write label = { BENIGN = 0, '*' = 1 }.",
    "[values.label]\na = {b = 1}": "[values] label is {'b': 1}, not a single value",
    'delimiter = ";;"': "the delimiter ';;' is not one character",
    "delimiter = 5": "the delimiter is 5, not a text",
}


@pytest.mark.parametrize(("toml", "words"), BAD.items())
def test_bad_maps(tmp_path: Path, toml: str, words: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(toml)
    with pytest.raises(BadInput) as e:
        read_map(path)
    assert str(e.value).startswith("While reading the map map.toml: ")
    assert words in str(e.value)


def test_map_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file"):
        read_map(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="it cannot be read"):
        read_map(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'delimiter = "\xe9"')
    with pytest.raises(BadInput, match="it is not valid TOML"):
        read_map(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[columns]\nscore = "nope"', "the map takes score from 'nope'. The file has: event_id, occurred_at"),
        ('[columns]\nzzz = "score"', "the map fills 'zzz'. `bartizan contract` lists the columns of detections."),
        ("[values.zzz]\na = 1", "the map fills 'zzz'"),
        ('[constants]\n"s.Team" = "red"', "the column 's.Team' has a name that cannot be stored"),
        ('[columns]\n"f." = "score"', "the column 'f.' has a name that cannot be stored"),
        (f'[constants]\n"s.{"a" * 64}" = "red"', "has a name that cannot be stored"),
    ],
)
def test_maps_that_do_not_fit_the_file(place: Any, toml: str, words: str) -> None:
    before = place.current()
    with pytest.raises(BadInput) as e:
        place.detections({}, toml=toml)
    assert words in str(e.value)
    assert place.current() == before


def test_columns_constants_and_values(place: Any) -> None:
    rows = [
        {"id": "a", "when": "2026-03-01", "verdict": "BENIGN", "colour": "r", "site": "x"},
        {"id": "b", "when": "2026-03-02", "verdict": "DDoS", "colour": "g", "site": "y"},
        {"id": "c", "when": "2026-03-03", "verdict": "", "colour": "", "site": ""},
    ]
    toml = """
        [columns]
        event_id = "id"
        occurred_at = "when"
        label = "verdict"
        "s.team" = "colour"
        region = "site"
        [constants]
        model_id = "m"
        model_version = 1
        labelled_at = 2026-04-01
        score = 0.25
        "s.tier" = 2
        [values.label]
        BENIGN = 0
        "*" = 1
        [values."s.team"]
        r = "red"
    """
    report = place.imp("detections", place.write("d.csv", rows), toml=toml)
    assert (report.stored, report.labels_stored, report.unknown_columns) == (3, 2, [])
    found = [(r["event_id"], r["score"], r["s.team"], r["s.tier"], r["region"]) for r in place.stored()]
    assert found == [("a", 0.25, "red", "2", "x"), ("b", 0.25, "g", "2", "y"), ("c", 0.25, None, "2", None)]
    labels = place.sql("SELECT event_id, verdict, CAST(labelled_at AS VARCHAR) AS at FROM labels ORDER BY event_id")
    assert labels.to_numpy().tolist() == [
        ["a", "false_positive_logic", "2026-04-01 00:00:00"],
        ["b", "true_positive", "2026-04-01 00:00:00"],
    ]


SCORES = {
    "[score]\nlo = 0\nhi = 100": {"0": 0.0, "37": 0.37, "100": 1.0, "101": "reject", "-1": "reject"},
    "[score]\nlo = 1\nhi = 99\ninvert = true": {"1": 1.0, "99": 0.0, "50": 0.5},
    "[score]\nlogit = true": {"0": 0.5, "2.5": 1 / (1 + math.exp(-2.5)), "-1000": 0.0, "1000": 1.0, "inf": "reject"},
    "[score]\ninvert = true": {"0.25": 0.75, "1": 0.0},
    '[score]\nsentinel = [-1, 999]\nsentinel_reason = "off"': {"-1": "off", "999": "off", "0.5": 0.5, "-2": "reject"},
    "[score]\nsentinel = -1\ninvert = true": {"-1.0": "sentinel", "0.25": 0.75},
    "[score]\nsentinel = -1\nlo = 0\nhi = 10": {"-1": "sentinel", "7": 0.7},
    "": {"": "not said", "1e-400": 0.0, "nan": "reject", "1,5": "reject", "1.0000000001": "reject", ".5": 0.5},
}


@pytest.mark.parametrize(("toml", "expected"), SCORES.items())
def test_scores(place: Any, toml: str, expected: dict[str, float | str]) -> None:
    report = place.detections(*[{"event_id": k or "empty", "score": k} for k in expected], toml=toml)
    found = {r["event_id"]: r["unscored_reason"] if r["score"] is None else r["score"] for r in place.stored()}
    names = list(expected)
    found |= {names[record - 1]: "reject" for _, record, _ in place.rejects(report)}
    assert {k or "empty": v for k, v in expected.items()} == found
    assert report.rejected == list(expected.values()).count("reject")
