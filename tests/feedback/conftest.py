"""A model with two versions, and people who judge some of what it says: the frames of it are the independent truth."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from analytics.feedback.queue import queue
from analytics.feedback.results import Queue
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, import_files, open_reader

N, THRESHOLD = 2400, 0.7
START = pd.Timestamp("2026-09-01")
PEOPLE = [f"analyst-{i}" for i in range(8)]


@dataclass(frozen=True)
class World:
    """What was imported."""

    directory: Path
    events: pd.DataFrame
    """One row an event: event_id, occurred_at, attack, v1, v2 (scores), entity, case_id."""
    labels: pd.DataFrame


def events() -> pd.DataFrame:
    """Events in time order over 40 days; attacks score high, some of them do not."""
    chance = np.random.default_rng(8)
    attack = chance.random(N) < 0.2
    hidden = chance.random(N) < 0.25

    def score() -> np.ndarray:
        high, low = chance.beta(8, 2, N), chance.beta(2, 5, N)
        return np.round(np.where(attack & ~hidden, high, low), 4)

    time = (START + pd.to_timedelta(np.sort(chance.random(N)) * 40 * 86400, unit="s")).floor("ms")
    host = chance.integers(0, 400, N)
    return pd.DataFrame(
        {
            "event_id": [f"e{i:04d}" for i in range(N)],
            "occurred_at": time,
            "attack": attack,
            "v1": score(),
            "v2": score(),
            "entity": [f"host{h}" for h in host],
            "case_id": [f"host{h}/{t:%m-%d}" for h, t in zip(host, time, strict=True)],
            "payload": [f"{'evil' if a else 'good'} request {i}" for i, a in enumerate(attack)],
            "f.size": np.where(attack, 5.0, 1.0) + chance.normal(size=N),
        }
    )


def labels(every: pd.DataFrame) -> pd.DataFrame:
    """Triage of alarms, an audit of a tenth of what passed, second opinions, some open verdicts, some intelligence."""
    chance = np.random.default_rng(9)
    alarm = (every["v1"] >= THRESHOLD).to_numpy()
    source = np.where(alarm & (chance.random(N) < 0.6), "triage", "").astype(object)
    source[~alarm & (chance.random(N) < 0.1)] = "random_audit"
    named = ~alarm & every["attack"].to_numpy() & (source == "") & (chance.random(N) < 0.2)
    source[named] = "intelligence"
    first = every[source != ""].assign(label_source=source[source != ""])
    n = len(first)
    open_ = (chance.random(n) < 0.1) & (first["label_source"] == "triage").to_numpy()
    false = np.where(chance.random(n) < 0.25, "false_positive_data", "false_positive_logic")
    verdict = np.where(open_, "undetermined", np.where(first["attack"], "true_positive", false))
    p = np.select([first["label_source"] == "triage", first["label_source"] == "random_audit"], [0.6, 0.1], np.nan)
    delay = pd.to_timedelta(np.round(chance.exponential(30 * 3600, n)), unit="s")
    found = pd.DataFrame(
        {
            "event_id": first["event_id"].to_numpy(),
            "label": verdict,
            "label_source": first["label_source"].to_numpy(),
            "inclusion_probability": p,
            "labelled_at": (first["occurred_at"] + delay).to_numpy(),
            "labelled_by": np.where(named[source != ""], "feed", chance.choice(PEOPLE, n)),
            "outcome": [
                ("succeeded" if by_feed else "stopped") if attack else None
                for attack, by_feed in zip(first["attack"], named[source != ""], strict=True)
            ],
        }
    )
    again = found[(found["label_source"] == "triage") & (found["label"] != "undetermined")].head(90).copy()
    swap = chance.random(len(again)) < 0.15
    again["label"] = np.where(swap, "false_positive_data", again["label"])
    other = [PEOPLE[(PEOPLE.index(who) + 1) % 8] for who in again["labelled_by"]]
    again = again.assign(labelled_by=other, labelled_at=again["labelled_at"] + pd.Timedelta(hours=5))
    found = pd.concat([found, again])
    return found[found["labelled_at"] < every["occurred_at"].max()].reset_index(drop=True)


def build(folder: Path) -> World:
    """Import the world into a warehouse."""
    every = events()
    models = pd.DataFrame({
        "model_id": "m", "model_version": ["1", "2"], "role": ["champion", "challenger"], "threshold": THRESHOLD,
    })  # fmt: skip
    models.to_csv(folder / "models.csv", index=False)
    parts = []
    for version, mode in (("1", "act"), ("2", "shadow")):
        score = every[f"v{version}"]
        parts.append(
            every.drop(columns=["attack", "v1", "v2"]).assign(
                detection_id=every["event_id"] + f"/{version}", model_id="m", model_version=version, score=score,
                mode=mode, decision=np.where(score >= THRESHOLD, "alert", "allow"), region="EMEA",
            )
        )  # fmt: skip
    pd.concat(parts).to_parquet(folder / "detections.parquet", index=False)
    said = labels(every)
    said.to_parquet(folder / "labels.parquet", index=False)
    directory = folder / "warehouse"
    for kind, name in (("models", "models.csv"), ("detections", "detections.parquet"), ("labels", "labels.parquet")):
        assert import_files(directory, kind, [str(folder / name)]).rejected == 0
    save_model(directory, every)
    return World(directory, every, said)


def save_model(directory: Path, every: pd.DataFrame) -> None:
    """Save a model as version 2 that sees the size; what it learned before is the wrong way round."""
    import sklearn
    from skops import io

    path = directory / "models" / "m" / "2.skops"
    path.parent.mkdir(parents=True)
    io.dump(LogisticRegression(C=0.5).fit(every[["f.size"]].to_numpy()[:500], ~every["attack"][:500]), path)
    note = {"model_id": "m", "model_version": "2", "takes": "shape", "columns": ["size"], "threshold": THRESHOLD,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "scikit-learn": sklearn.__version__}  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(note))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world; nobody may change its warehouse."""
    return build(tmp_path_factory.mktemp("feedback"))


@pytest.fixture(scope="session")
def still(built: World) -> Reader:
    """A reader of the world into which nobody records."""
    return open_reader(built.directory, local_viewer())


@pytest.fixture(scope="session")
def queued(still: Reader) -> Queue:
    """The work queue of the version in use, without any draw."""
    return queue(still, Scope("m", "1")).result


@pytest.fixture
def world(built: World, tmp_path: Path) -> World:
    """The world with a warehouse of its own, to record into."""
    return World(shutil.copytree(built.directory, tmp_path / "warehouse"), built.events, built.labels)


@pytest.fixture
def reader(world: World) -> Reader:
    """A reader of the world."""
    return open_reader(world.directory, local_viewer())


@pytest.fixture
def onlooker() -> Viewer:
    """Somebody who may look, but not at payloads and sources, and may record nothing."""
    return Viewer("onlooker", frozenset({"viewer"}), "local")
