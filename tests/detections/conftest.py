"""A stream in which everything ties: times, scores, cases, entities. The frame of it is the independent truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.detections import Filters
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, import_files, open_reader

Truth = Callable[[Scope, Filters], pd.DataFrame]
ROWS = 900
HOSTILE = ("<b>x</b>", "'; DROP TABLE labels; --", "100%_sure", "=cmd|' /C calc'!A0", "ÄÖ ß", "a\tb", "\\")


def make_frame(rows: int = ROWS) -> pd.DataFrame:
    """Detections of two versions of one model over 30 days; every third event was scored by both."""
    chance = np.random.default_rng(11)
    event = np.arange(rows) * 2 // 3
    version = np.where(np.arange(rows) * 2 % 3 == 2, "2", "1")
    minute = np.sort(chance.integers(0, 30 * 24 * 4, event.max() + 1))[event]
    score = np.round(chance.beta(0.4, 1.2, rows), 2)
    score[chance.random(rows) < 0.05] = np.nan
    decision = np.where(score >= 0.6, "block", np.where(chance.random(rows) < 0.02, "alert", "allow"))
    text = np.array(HOSTILE)[chance.integers(0, len(HOSTILE), rows)]
    return pd.DataFrame(
        {
            "event_id": [f"e{i:04d}" for i in event],
            "detection_id": [f"d{v}-{i}" for i, v in zip(event, version, strict=True)],
            "occurred_at": pd.Timestamp("2026-09-01") + pd.to_timedelta(minute * 15, unit="min"),
            "model_id": "m",
            "model_version": version,
            "score": score,
            "decision": decision,
            "mode": "act",
            "unscored_reason": pd.Series("time-out", range(rows)).where(np.isnan(score)),
            "region": np.array(["EMEA", "APAC", None], dtype=object)[chance.integers(0, 3, rows)],
            "entity": [f"host{i}" for i in chance.integers(0, 40, rows)],
            "case_id": [None if i % 5 == 0 else f"c{i % 60}" for i in event],
            "correlation_id": [f"r{i}" for i in event],
            "payload": [f"GET /{t}?{i}" for i, t in enumerate(text)],
            "s.channel": np.array([f"ch{i}" for i in range(60)])[np.minimum(chance.geometric(0.06, rows), 59)],
            "f.size": chance.normal(size=rows),
        }
    )


def make_labels(frame: pd.DataFrame) -> pd.DataFrame:
    """Several labels of some events, in time, of all kinds: verdicts, sources, populations."""
    chance = np.random.default_rng(12)
    verdicts = ["true_positive", "benign_positive", "false_positive_logic", "false_positive_data", "undetermined"]
    sources = ["adjudication", "random_audit", "triage", "triage", "red_team"]
    events = chance.choice(frame["event_id"].unique(), 320)
    at = frame.drop_duplicates("event_id").set_index("event_id")["occurred_at"].loc[events]
    found = pd.DataFrame(
        {
            "event_id": events,
            "label": np.array(verdicts)[chance.integers(0, 5, len(events))],
            "label_source": np.array(sources)[chance.integers(0, 5, len(events))],
            "labelled_at": at.to_numpy() + pd.to_timedelta(chance.integers(1, 20 * 24, len(events)), unit="h"),
            "labelled_by": "ana",
        }
    )
    return found.drop_duplicates(["event_id", "labelled_at"])


def write_warehouse(folder: Path, *parts: pd.DataFrame, labels: pd.DataFrame | None = None) -> Path:
    """Import detections, part by part, and labels into a new warehouse."""
    (folder / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.6\nm,2,0.6\nn,1,0.5\n")
    directory = folder / "warehouse"
    import_files(directory, "models", [str(folder / "models.csv")])
    for i, part in enumerate(parts):
        part.to_parquet(folder / f"{i}.parquet")
        report = import_files(directory, "detections", [str(folder / f"{i}.parquet")])
        assert report.stored == len(part), report
    if labels is not None:
        labels.to_csv(folder / "labels.csv", index=False)
        report = import_files(directory, "labels", [str(folder / "labels.csv")])
        assert report.stored == len(labels), report
    return directory


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """The stream."""
    return make_frame()


@pytest.fixture(scope="session")
def labels(frame: pd.DataFrame) -> pd.DataFrame:
    """What was said of it."""
    return make_labels(frame)


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame, labels: pd.DataFrame) -> Path:
    """Its warehouse, in three imports that overlap in time and differ in their columns; never change it."""
    third = np.arange(len(frame)) % 7
    parts = [frame[third < 3], frame[third == 3].drop(columns=["s.channel", "f.size"]), frame[third > 3]]
    other = frame[frame["model_version"] == "1"].iloc[::4].assign(model_id="n", score=0.7, detection_id=None)
    other = other.assign(event_id="n" + other["event_id"])[["event_id", "occurred_at", "model_id", "model_version",
        "score", "decision", "correlation_id"]]  # fmt: skip
    return write_warehouse(tmp_path_factory.mktemp("detections"), *parts, other, labels=labels)


@pytest.fixture(scope="session")
def reader(directory: Path) -> Reader:
    """A reader of this machine's user."""
    return open_reader(directory, local_viewer())


@pytest.fixture(scope="session")
def stranger(directory: Path) -> Reader:
    """A reader of somebody who may see neither payloads nor entities."""
    return open_reader(directory, Viewer("somebody", frozenset({"viewer"}), "sample"))


@pytest.fixture(scope="session")
def truth(frame: pd.DataFrame, labels: pd.DataFrame) -> Truth:
    """What a scope and a filter select, by pandas."""
    return lambda scope, f: expected(frame, labels, scope, f)


@pytest.fixture(scope="session")
def hostile() -> tuple[str, ...]:
    """Texts that try to be more than text."""
    return HOSTILE


def in_force(labels: pd.DataFrame, known_at: datetime | None, population: str) -> pd.DataFrame:
    """Return the label in force of every event, by pandas: trust in the source, then the latest."""
    trust = ["adjudication", "random_audit", "triage", "red_team"]
    known = labels[labels["labelled_at"] <= (known_at or pd.Timestamp("2100-01-01"))]
    known = known[(known["label_source"] == "red_team") == (population == "red_team")]
    known = known.assign(undetermined=known["label"] == "undetermined", rank=known["label_source"].map(trust.index))
    order = known.sort_values(["undetermined", "rank", "labelled_at"], ascending=[True, True, False], kind="stable")
    return order.drop_duplicates("event_id").set_index("event_id")


def expected(frame: pd.DataFrame, labels: pd.DataFrame, scope: Scope, f: Filters) -> pd.DataFrame:
    """Return the rows that a scope and a filter select, by pandas."""
    plain = [t.replace(tzinfo=None) if t else None for t in (scope.since, scope.until, scope.known_at)]
    since, until, known_at = plain
    found = frame.copy()
    found.loc[np.arange(len(frame)) % 7 == 3, ["s.channel", "f.size"]] = None
    said = in_force(labels, known_at, f.population or "production")
    found["verdict"] = found["event_id"].map(said["label"])
    for keep in _conditions(found, scope, f, since, min(filter(None, (until, known_at)), default=None)):
        found = found[keep.reindex(found.index)]
    return found


def _conditions(x: pd.DataFrame, scope: Scope, f: Filters, since: object, until: object) -> Iterator[pd.Series]:
    yield x["model_version"] == scope.version if scope.version else x["event_id"].notna()
    if since:
        yield x["occurred_at"] >= since
    if until:
        yield x["occurred_at"] < until
    for column, value in (*scope.where, *((c, getattr(f, c)) for c in ("decision", "case_id", "entity"))):
        if value is not None:
            yield x[column] == value
    if f.score_from is not None:
        yield x["score"] >= f.score_from
    if f.score_to is not None:
        yield x["score"] < f.score_to
    if f.scored is not None:
        yield x["score"].notna() == f.scored
    if f.flagged is not None:
        yield x["score"] >= f.threshold if f.flagged else x["score"] < f.threshold
    if f.find is not None:
        texts = (x[c].str.lower().str.contains(f.find.lower(), regex=False) for c in ("payload", "event_id", "entity"))
        yield pd.concat(list(texts), axis=1).any(axis=1)
    decided = x["verdict"].notna() & (x["verdict"] != "undetermined")
    attack = x["verdict"].isin(["true_positive", "benign_positive"])
    told = {"labelled": decided, "unlabelled": ~decided, "attack": attack, "benign": decided & ~attack}
    if f.label != "any":
        yield told.get(f.label, x["verdict"] == f.label)
