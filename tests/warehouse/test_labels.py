"""Labels: which one of an event is in force when, waiting for events, repeats, inclusion probabilities."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ORDER = [
    *("adjudication", "random_audit", "score_audit", "union", "triage", "intelligence", "complaint"),
    *("challenge_result", "sandbox", "red_team", "benchmark"),
]
VERDICTS = ["true_positive", "benign_positive", "false_positive_logic", "false_positive_data", "undetermined"]
DAY = datetime(2026, 3, 1)


def at(hours: float) -> str:
    """A time as text, hours after the first of March."""
    return (DAY + timedelta(hours=hours)).isoformat()


def in_force(place: Any) -> list[tuple[Any, ...]]:
    """Rows of ``labelled``: event, model, version, verdict, probability."""
    found = place.sql("SELECT event_id, model_id, model_version, verdict FROM labelled WHERE known_until IS NULL")
    return sorted(found.itertuples(index=False, name=None))


@pytest.mark.parametrize("key", [{"event_id": "e1"}, {"detection_id": "d1"}], ids=["event", "detection"])
@pytest.mark.parametrize("first", ["labels", "detections"])
def test_labels_wait_for_their_event(place: Any, key: dict[str, str], first: str) -> None:
    def detect() -> Any:
        return place.detections({"detection_id": "d1"}, {"model_id": "n", "detection_id": "d0"})

    before = detect() if first == "detections" else None
    report = place.labels(key)
    assert (report.rows_in, report.stored, report.labels_waiting) == (1, 1, 0 if before else 1)
    if not before:
        assert in_force(place) == []
        assert detect().labels_waiting == 0
    assert in_force(place) == [("e1", "m", "1", "true_positive"), ("e1", "n", "1", "true_positive")]
    again = place.labels(key)
    assert (again.stored, again.duplicates, again.snapshot) == (0, 1, None)


def test_a_label_that_waited_for_a_detection_reaches_rows_of_earlier_imports(place: Any) -> None:
    place.detections({"model_id": "n", "detection_id": "d1"})
    place.labels({"detection_id": "d2"})
    assert in_force(place) == []
    place.detections({"detection_id": "d2"}, name="later.csv")
    assert in_force(place) == [("e1", "m", "1", "true_positive"), ("e1", "n", "1", "true_positive")]


def test_a_labelled_event_takes_later_versions_in(place: Any) -> None:
    place.detections({"label": "1"})
    place.detections({"model_version": "2", "score": "0.9"}, name="later.csv")
    assert in_force(place) == [("e1", "m", "1", "true_positive"), ("e1", "m", "2", "true_positive")]


def test_a_label_of_the_detections_file_equals_that_of_a_labels_file(place: Any) -> None:
    first = place.detections({"label": "0", "occurred_at": at(1)})
    assert first.labels_stored == 1
    report = place.labels({"event_id": "e1", "label": "false_positive_logic", "labelled_at": at(1)})
    assert (report.stored, report.duplicates, report.snapshot) == (0, 1, None)


def test_a_label_may_come_with_a_repeated_detection(place: Any) -> None:
    place.detections({})
    report = place.detections({"label": "1", "labelled_at": at(30)})
    assert (report.rows_in, report.duplicates, report.labels_stored) == (1, 1, 1)
    assert in_force(place) == [("e1", "m", "1", "true_positive")]


def test_faults(place: Any) -> None:
    report = place.labels(
        {"event_id": "e1"},
        {"event_id": ""},
        {"event_id": "e1", "label": "maybe"},
        {"event_id": "e1", "label": ""},
        {"event_id": "e1", "label_source": "gut"},
        {"event_id": "e1", "inclusion_probability": "0"},
        {"event_id": "e1", "inclusion_probability": "1.01"},
        {"event_id": "e1", "labelled_at": "soon"},
        {"event_id": "e1", "outcome": "lost"},
        {"event_id": "e1"},
    )
    assert (report.rows_in, report.stored, report.rejected, report.duplicates) == (10, 1, 8, 1)
    assert [(n, reason.partition(" is ")[0]) for _, n, reason in sorted(place.rejects(report))] == [
        (2, "event_id"),
        (3, "label: maybe"),
        (4, "label"),
        (5, "label_source: gut"),
        (6, "inclusion_probability: 0"),
        (7, "inclusion_probability: 1.01"),
        (8, "labelled_at: soon"),
        (9, "outcome: lost"),
    ]


def test_order_of_sources_then_the_latest(place: Any) -> None:
    place.detections({})
    place.labels(
        {"event_id": "e1", "label": "0", "label_source": "triage", "labelled_at": at(1)},
        {"event_id": "e1", "label": "1", "label_source": "triage", "labelled_at": at(2)},
        {"event_id": "e1", "label": "false_positive_data", "label_source": "random_audit", "labelled_at": at(3)},
        {"event_id": "e1", "label": "1", "label_source": "sandbox", "labelled_at": at(4)},
        {"event_id": "e1", "label": "undetermined", "label_source": "adjudication", "labelled_at": at(5)},
        {"event_id": "e1", "label": "0", "label_source": "red_team", "labelled_at": at(6)},
    )
    found = place.sql(
        "SELECT population, known_from, known_until, verdict FROM labelled ORDER BY population, known_from"
    )
    hours = [DAY + timedelta(hours=h) for h in range(7)]
    assert [
        (p, f.to_pydatetime(), None if pd.isna(u) else u.to_pydatetime(), v) for p, f, u, v in found.to_numpy()
    ] == [
        ("production", hours[1], hours[2], "false_positive_logic"),
        ("production", hours[2], hours[3], "true_positive"),
        ("production", hours[3], hours[4], "false_positive_data"),
        ("production", hours[4], None, "false_positive_data"),
        ("red_team", hours[6], None, "false_positive_logic"),
    ]


def test_inclusion_probability_over_designs(place: Any) -> None:
    place.detections({"event_id": "one"}, {"event_id": "two"}, {"event_id": "none"})
    place.labels(
        {"event_id": "one", "label_source": "random_audit", "inclusion_probability": "0.1"},
        {"event_id": "two", "label_source": "random_audit", "inclusion_probability": "0.1"},
        {"event_id": "two", "label_source": "score_audit", "inclusion_probability": "0.5"},
        {"event_id": "two", "label_source": "triage"},
        {"event_id": "none", "label_source": "triage"},
    )
    found = place.sql("SELECT event_id, inclusion_probability FROM labelled WHERE known_until IS NULL")
    p = dict(found.itertuples(index=False, name=None))
    assert p["one"] == 0.1
    assert p["two"] == pytest.approx(1 - 0.9 * 0.5, abs=1e-15)
    assert pd.isna(p["none"])


def test_audits_that_overlap_with_different_probabilities_are_told(place: Any) -> None:
    place.detections(*({"event_id": e} for e in ("one", "two", "three", "four")))

    def audit(source: str, name: str, **p: str) -> list[str]:
        labels = ({"event_id": e, "label_source": source, "inclusion_probability": x} for e, x in p.items())
        return place.labels(*labels, name=name).warnings

    assert audit("random_audit", "first.csv", one="0.1", two="0.1", three="0.1") == []
    assert audit("score_audit", "same.csv", one="0.1", four="0.5") == []
    (told,) = audit("score_audit", "other.csv", two="0.5", three="0.3")
    assert told.startswith("2 events have labels of several audits with different inclusion_probability")
    assert audit("random_audit", "again.csv", four="0.5") == []
    assert place.labels({"event_id": "two", "label_source": "triage"}, name="triage.csv").warnings == []


LABEL = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from(["a", "b", "never"]),
        "label": st.sampled_from(VERDICTS),
        "label_source": st.sampled_from(ORDER),
        "labelled_at": st.integers(0, 8).map(at),
        "inclusion_probability": st.sampled_from(["", "0.25", "0.5", "1"]),
    }
)


def replay(
    labels: list[dict[str, str]], event: str, own: str | None, when: str
) -> tuple[str, int, float | None] | None:
    """Naively: verdict's source rank, and probability, of one population of an event at a time."""
    known = [
        x
        for x in labels
        if x["event_id"] == event
        and x["label"] != "undetermined"
        and x["labelled_at"] <= when
        and (x["label_source"] if x["label_source"] in ORDER[-2:] else None) == own
    ]
    if not known:
        return None
    rank = min(ORDER.index(x["label_source"]) for x in known)
    best = [x for x in known if ORDER.index(x["label_source"]) == rank]
    last = max(x["labelled_at"] for x in best)
    verdict = min(x["label"] for x in best if x["labelled_at"] == last)
    designs = {
        s: max(
            float(x["inclusion_probability"]) for x in known if x["label_source"] == s and x["inclusion_probability"]
        )
        for s in {x["label_source"] for x in known if x["inclusion_probability"]}
    }
    chances = set(designs.values())
    if len(chances) < 2:  # one probability: that of the event over all audits
        return verdict, rank, chances.pop() if chances else None
    missed = 1.0
    for p in designs.values():
        missed *= 1 - p
    return verdict, rank, 1 - missed


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(LABEL, min_size=1, max_size=12), second=st.lists(LABEL, max_size=6))
def test_any_past_time_gives_the_label_that_was_known_then(
    place: Any, registered: Path, first: list[dict[str, str]], second: list[dict[str, str]]
) -> None:
    with tempfile.TemporaryDirectory(dir=place.folder) as folder:
        here = type(place)(Path(folder), Path(folder) / "w")
        shutil.copytree(registered, here.directory)
        here.detections({"event_id": "a"}, {"event_id": "b", "model_version": "2"})
        for n, labels in enumerate((first, second)):
            if labels:
                here.imp("labels", here.write(f"l{n}.csv", labels))
        table = here.sql("SELECT * FROM labelled")
    for hour in range(-1, 10):
        when = pd.Timestamp(at(hour))
        then = table[(table["known_from"] <= when) & (table["known_until"].isna() | (table["known_until"] > when))]
        for event in ("a", "b", "never"):
            for own in (None, *ORDER[-2:]):
                rows = then[(then["event_id"] == event) & (then["population"] == (own or "production"))]
                expected = replay(first + second, event, own, at(hour)) if event != "never" else None
                assert len(rows) == (expected is not None)
                if expected is not None:
                    verdict, rank, p = expected
                    assert (rows["verdict"].item(), rows["label_source"].item()) == (verdict, ORDER[rank])
                    assert rows["is_attack"].item() == (verdict in VERDICTS[:2])
                    got = rows["inclusion_probability"].item()
                    assert pd.isna(got) if p is None else got == pytest.approx(p, abs=1e-12)
