"""The contract: every column and allowed value is stored as given; every fault is a reject with its reason."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from analytics.errors import BadInput
from analytics.warehouse import contract

KEY = {"model_id": "m", "model_version": "1"}
GIVEN: dict[str, tuple[str, Any]] = {
    "detection_id": ("d1", "d1"),
    "score": ("0.25", 0.25),
    "decision": ("alert", "alert"),
    "mode": ("act", "act"),
    "latency_ms": ("1.5", 1.5),
    "region": ("é,\"'", "é,\"'"),
    "segment": ("s", "s"),
    "application": ("a", "a"),
    "business_service": ("b", "b"),
    "technique": ("T1", "T1"),
    "entity": ("10.0.0.1", "10.0.0.1"),
    "case_id": ("c", "c"),
    "correlation_id": ("r", "r"),
    "rule_hits": ("1,2", "1,2"),
    "sampling_weight": ("2.5", 2.5),
    "payload": ("GET /\n?x=1", "GET /\n?x=1"),
    "s.team": ("red", "red"),
    "f.bytes": ("12", 12.0),
    "f.proto": ("tcp", "tcp"),
}


@pytest.mark.parametrize("name", ["d.csv", "d.jsonl", "d.parquet"])
def test_every_column_of_detections_is_stored_as_given(place: Any, name: str) -> None:
    report = place.detections({c: text for c, (text, _) in GIVEN.items()}, name=name)
    assert (report.stored, report.unknown_columns) == (1, [])
    fixed = {"event_id": "e1", "occurred_at": datetime(2026, 3, 1, 10), **KEY, "unscored_reason": None}
    assert place.stored() == [fixed | {c: value for c, (_, value) in GIVEN.items()}]
    named = {c.name for c in contract.DETECTIONS} - set(fixed) - set(GIVEN)
    assert named == set()


def test_every_column_of_models_labels_and_counts_is_stored_as_given(place: Any) -> None:
    model = {"model_id": "k", "model_version": "3", "name": "N", "service": "WAF", "kind": "llm", "role": "shadow"}
    more = {"threshold": "0.7", "action": "block", "effective_from": "2026-01-01", "calibrated": "yes", "notes": "n"}
    more["trained_until"] = "2026-01-31T22:30:00Z"
    assert {**model, **more}.keys() == {c.name for c in contract.MODELS}
    place.imp("models", place.write("m.csv", [{**model, **more}]))
    found = place.sql("SELECT * FROM models WHERE model_id = 'k'").to_dict("records")
    assert found == [{**model, "calibrated": True, "notes": "n", "trained_until": datetime(2026, 1, 31, 22, 30)}]
    threshold = place.sql(
        "SELECT action, threshold, CAST(effective_from AS VARCHAR) AS f FROM thresholds WHERE model_id = 'k'"
    )
    assert threshold.to_numpy().tolist() == [["block", 0.7, "2026-01-01 00:00:00"]]
    label = {
        "event_id": "e",
        "detection_id": "d",
        "label": "benign_positive",
        "outcome": "stopped",
        "labelled_by": "ana",
    }
    label |= {"label_source": "union", "inclusion_probability": "0.5", "labelled_at": "2026-03-01"}
    assert label.keys() == {c.name for c in contract.LABELS}
    place.imp("labels", place.write("l.csv", [label]))
    row = place.sql("SELECT * FROM labels").to_dict("records")[0]
    assert (row["event_id"], row["verdict"], row["outcome"], row["labelled_by"]) == (
        "e",
        "benign_positive",
        "stopped",
        "ana",
    )
    assert (row["label_source"], row["inclusion_probability"], row["is_attack"]) == ("union", 0.5, True)
    count = {**KEY, "hour": "2026-03-01T10:00Z", "decision": "allow", "mode": "log", "region": "R"}
    count |= {"unscored_reason": "", "score": "0.5", "count": "9"}
    assert count.keys() == {c.name for c in contract.COUNTS}
    place.imp("counts", place.write("c.csv", [count]))
    row = place.sql("SELECT * FROM counts").to_dict("records")[0]
    assert (row["decision"], row["mode"], row["region"], row["score"], row["count"]) == ("allow", "log", "R", 0.5, 9)


ALLOWED = [(k, c) for k in contract.KINDS for c in contract.TABLES[k] if c.allowed]


@pytest.mark.parametrize(("kind", "column"), ALLOWED, ids=[f"{k}.{c.name}" for k, c in ALLOWED])
def test_allowed_values_and_no_others(place: Any, kind: str, column: contract.Column) -> None:
    rows = {
        "models": {"model_version": "9"},
        "detections": {**KEY, "occurred_at": "2026-03-01", "label": "1"},
        "labels": {"label": "1", "labelled_at": "2026-03-01"},
        "counts": {**KEY, "hour": "2026-03-01", "count": 1},
    }
    ids = {"models": "model_id", "counts": "region"}
    values = [*column.allowed, column.allowed[0].upper(), "nonsense"]
    table = [{**rows[kind], ids.get(kind, "event_id"): f"e{i}", column.name: v} for i, v in enumerate(values)]
    report = place.imp(kind, place.write("d.csv", table))
    assert (report.stored, report.rejected) == (len(column.allowed), 2)
    words = f"{column.name}: nonsense is not one of {', '.join(column.allowed)}"
    assert place.rejects(report)[-1] == ("d.csv", len(values), words)


FAULTS = [
    ("score", "1.01", "score: 1.01 is not a number from 0 to 1 (another scale? map it with [score] lo, hi or logit)"),
    ("score", "-0.1", "score: -0.1 is not a number from 0 to 1"),
    ("score", "high", "score: high is not a number from 0 to 1"),
    ("latency_ms", "-1", "latency_ms: -1 is not a number of at least 0"),
    ("latency_ms", "fast", "latency_ms: fast is not a number of at least 0"),
    ("sampling_weight", "0", "sampling_weight: 0 is not a number and above 0"),
    ("sampling_weight", "inf", "sampling_weight: inf is not a number and above 0"),
    ("inclusion_probability", "0", "inclusion_probability: 0 is not a number from 0 to 1 and above 0"),
    ("unscored_reason", "time-out", "unscored_reason is given although there is a score"),
    ("event_id", "", "event_id is missing"),
    ("model_id", "", "model_id is missing"),
    ("model_version", "", "model_version is missing"),
    ("occurred_at", "", "occurred_at is missing"),
]


@pytest.mark.parametrize(("column", "value", "words"), FAULTS, ids=[f"{c}-{v}" for c, v, _ in FAULTS])
@pytest.mark.parametrize("name", ["d.csv", "d.jsonl", "d.parquet"])
def test_faults(place: Any, name: str, column: str, value: str, words: str) -> None:
    report = place.detections({"event_id": "good", "label": ""}, {column: value, "label": "1"}, name=name)
    assert (report.rows_in, report.stored, report.rejected) == (2, 1, 1)
    [(file, record, reason)] = place.rejects(report)
    assert (file, record) == (name, 2)
    assert reason.startswith(words)


@pytest.mark.parametrize("column", ["occurred_at", "model_id", "model_version", "event_id"])
def test_a_missing_required_column_names_the_map_line(place: Any, column: str) -> None:
    with pytest.raises(BadInput) as e:
        place.detections({column: None})
    assert f"{column} missing. The file has: " in str(e.value)
    assert f'[columns] {column} = "your column"' in str(e.value)


def test_unknown_columns_are_listed_and_not_stored(place: Any) -> None:
    report = place.detections({"colour": "red", "Score": "1", "_row": "7", "_reason": "x"} | {"score": None})
    assert report.unknown_columns == ["Score", "_reason", "_row", "colour"]
    [row] = place.stored()
    assert row.keys() == {"event_id", "occurred_at", "model_id", "model_version", "unscored_reason"}
    assert row["unscored_reason"] == "not said"


@pytest.mark.parametrize(
    ("label", "verdict"),
    [("1", "true_positive"), ("0", "false_positive_logic"), ("TRUE", "true_positive"),
     ("False", "false_positive_logic"), ("1.0", "true_positive"), ("no", "false_positive_logic"),
     ("undetermined", "undetermined")],
)  # fmt: skip
def test_label_words(place: Any, label: str, verdict: str) -> None:
    place.detections({"label": label})
    assert place.sql("SELECT verdict FROM labels")["verdict"].tolist() == [verdict]


TYPES = [pa.int8(), pa.int64(), pa.uint8(), pa.uint64(), pa.float32(), pa.float64(), pa.bool_()]


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_parquet_numbers_as_labels_scores_and_features(place: Any, type_: pa.DataType) -> None:
    column = pa.array([1, 0, None]).cast(type_)
    fixed = {
        "event_id": list("abc"),
        "occurred_at": ["2026-03-01"] * 3,
        "model_id": ["m"] * 3,
        "model_version": ["1"] * 3,
    }
    table = pa.table({**fixed, "label": column, "score": column, "f.x": column, "s.x": column})
    report = place.imp("detections", place.write("d.parquet", table))
    assert (report.stored, report.labels_stored, report.rejected) == (3, 2, 0)
    assert [r["score"] for r in place.stored()] == [1.0, 0.0, None]
    assert place.sql("SELECT is_attack FROM labels ORDER BY event_id")["is_attack"].tolist() == [True, False]
    if type_ != pa.bool_():
        assert [r["f.x"] for r in place.stored()] == [1.0, 0.0, None]


def test_nan_is_missing_and_decimals_are_numbers(place: Any) -> None:
    nan = float("nan")
    table = pa.table(
        {
            "event_id": ["a", "b"],
            "occurred_at": ["2026-03-01"] * 2,
            "model_id": ["m"] * 2,
            "model_version": ["1"] * 2,
            "score": pa.array([0.3, nan], pa.float32()),
            "label": pa.array([1.0, nan]),
            "latency_ms": pa.array([Decimal("1.25"), None]),
            "f.x": pa.array([nan, 2.0]),
            "f.d": pa.array([Decimal("1.25"), None]),
        }
    )
    report = place.imp("detections", place.write("d.parquet", table))
    assert (report.stored, report.labels_stored) == (2, 1)
    found = [(r["score"], r["latency_ms"], r["f.x"], r["f.d"]) for r in place.stored()]
    assert found == [(0.3, 1.25, None, 1.25), (None, None, 2.0, None)]


def test_features_of_text_are_numbers_where_all_of_them_are(place: Any) -> None:
    rows = [{"event_id": str(i), "f.n": n, "f.t": t} for i, (n, t) in enumerate([("1", "1"), ("", ""), ("1e3", "tcp")])]
    place.detections(*rows)
    assert [(r["f.n"], r["f.t"]) for r in place.stored()] == [(1.0, "1"), (None, None), (1000.0, "tcp")]
