"""From the scenario to files: each service by itself, on as many processes as there are cores, at most two."""

from __future__ import annotations

import multiprocessing
import signal
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sample_data.perimeter import labels, layers, model_files, models, population, seeded, volumes
from sample_data.perimeter.models import CHAMPION, ROLES, Trained
from sample_data.perimeter.placing import Sample
from sample_data.perimeter.scenario import SAYS, Scenario, Service, load

WORKERS = 2
TRUTH = "truth"
"""What only the generator knows: kept beside the files, never imported."""
_PLACES = ("region", "segment", "application", "technique", "entity", "case_id")


@dataclass(frozen=True, slots=True)
class Written:
    """Files of one service."""

    service: str
    files: dict[str, Path]
    """By kind of the contract, and the truth."""
    rows: dict[str, int]


def write(
    out: Path,
    seed: int,
    end: datetime,
    scale: float = 1.0,
    scenario: Scenario | None = None,
    progress: Callable[[Written], None] | None = None,
) -> list[Written]:
    """Write the files of all services.

    Parameters
    ----------
    out
        Folder for the files.
    seed
        Of all that is drawn: the same seed and end give the same files.
    end
        Midnight (UTC) after the last day.
    scale
        Stored rows against the full sample; volumes stay the same.
    scenario
        The one beside this module where None.
    progress
        Called with each service as it is done.
    """
    out.mkdir(parents=True, exist_ok=True)
    sample = Sample(scenario or load(), end, seed, scale)
    done: dict[str, Written] = {}
    # Spawned: a fork of a process with threads may hang. Ctrl+C ends them without a word.
    spawn, quietly = multiprocessing.get_context("spawn"), (signal.SIGINT, signal.SIG_DFL)
    with ProcessPoolExecutor(WORKERS, spawn, initializer=signal.signal, initargs=quietly) as pool:
        longest_first = sorted(sample.scenario.services.values(), key=lambda s: -s["attack_rows"] - s["lookalike_rows"])
        jobs = [pool.submit(write_service, sample, service.key, out) for service in longest_first]
        for job in as_completed(jobs):
            found = job.result()
            done[found.service] = found
            if progress:
                progress(found)
    return [done[key] for key in sample.scenario.services]


def write_service(sample: Sample, key: str, out: Path) -> Written:
    """Train, generate, score and label one service, and write its files; the models into the folder ``models``."""
    import sklearn.ensemble
    import sklearn.neural_network  # noqa: F401 - loaded before the limit, so that it holds for its threads too
    from threadpoolctl import threadpool_limits

    service = sample.scenario.services[key]
    rng = np.random.default_rng([sample.seed, zlib.crc32(key.encode())])
    # One thread: sums come out in one order, and on a busy machine spinning threads are ten times slower.
    with threadpool_limits(1):
        trained = models.train(sample.scenario, service, rng)
        day = population.day_volumes(sample, service, rng)
        events = population.events(sample, service, day, trained, rng)
    model_files.save(out / model_files.FOLDER, service, trained)
    judged = labels.labels(sample, service, trained, events, rng)
    shown = events.assign(technique=named(trained, events, judged, rng))
    frames = {
        "models": registered(sample, service, trained),
        "detections": detections(sample, service, trained, shown, rng),
        "counts": volumes.counts(sample, service, trained, day, events, rng),
        "labels": labels.with_first_looks(sample, service, events, judged),
        TRUTH: events[["event_id", "attack", "technique", "stratum", "volume"]],
    }
    files = {kind: out / f"{key}-{kind}.parquet" for kind in frames}
    for kind, frame in frames.items():
        frame.to_parquet(files[kind], index=False)
    return Written(key, files, {kind: len(frame) for kind, frame in frames.items()})


def named(trained: Trained, events: pd.DataFrame, judged: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return the technique of each event as far as it is known.

    An alarm names one, a wrong alarm a wrong one; of what passed it is known where a label found the attack.
    """
    fired = population.fired(trained, events)
    told = (events["stratum"] == seeded.STRATUM).to_numpy()
    attack = events["attack"].to_numpy(dtype=bool)
    found = judged[judged["label"].isin(["true_positive", "benign_positive"])]["event_id"]
    guess = rng.choice(events["technique"][attack & fired].to_numpy(dtype=object), len(events))
    name = np.where(attack, events["technique"].to_numpy(dtype=object), guess)
    known = fired | told | (attack & events["event_id"].isin(found).to_numpy())
    return pd.Series(name, dtype=object).where(known).to_numpy()


def registered(sample: Sample, service: Service, trained: Trained) -> pd.DataFrame:
    """Return both versions in the columns of a models file, a row for each threshold.

    They were trained on what came before the first day of the sample.
    """
    trained_until = sample.end - timedelta(days=sample.scenario.sample["days"], seconds=1)
    actions = {role: {service.texts["decision"]: trained.thresholds[role]} for role in ROLES}
    if population.BLOCK_ABOVE in service.numbers:
        actions = {role: {**by, population.BLOCK: service[population.BLOCK_ABOVE]} for role, by in actions.items()}
    return pd.DataFrame(
        [
            {
                "model_id": service.key,
                "model_version": service.texts[role],
                "name": service.texts["name"],
                "service": service.texts["service"],
                "kind": service.texts.get(f"{role}_kind", models.KINDS[trained.kinds[role]]),
                "role": role,
                "threshold": threshold,
                "action": action,
                "calibrated": False,
                "notes": SAYS,
                "trained_until": trained_until.isoformat(),
            }
            for role in ROLES
            for action, threshold in actions[role].items()
        ]
    )


def detections(
    sample: Sample, service: Service, trained: Trained, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return what both versions said of the stored events, in the columns of the contract."""
    if "payload" in events and not all(trained.on_text(role) for role in ROLES):
        # What a version sees of a text beside its n-grams: stored, or nobody could say later why it decided so.
        events = events.assign(**{f"f.{name}": values for name, values in models.shape_columns(events).items()})
    kept = [c for c in events if c.startswith("f.") or c == "payload"]
    found, rule_hits = [], layers.rule_hits(service, events)
    for role in ROLES:
        version = service.texts[role]
        columns: dict[str, Any] = {
            "event_id": events["event_id"],
            "detection_id": events["event_id"] + "/" + version,
            "occurred_at": events["occurred_at"],
            "model_id": service.key,
            "model_version": version,
            "score": events[role],
            "decision": population.decisions(service, trained, events, role),
            "mode": service.texts["mode"] if role == CHAMPION else "shadow",
            "unscored_reason": events["unscored_reason"],
            "latency_ms": population.latency_ms(sample, service, len(events), role, rng),
            "correlation_id": events["correlation_id"],
            "rule_hits": rule_hits,
            "sampling_weight": events["weight"],
        }
        found.append(pd.DataFrame({**columns, **{c: events[c] for c in (*_PLACES, *kept)}}))
    return pd.concat(found, ignore_index=True)
