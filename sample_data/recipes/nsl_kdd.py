"""NSL-KDD network connections: a forest and its challenger, scoring two test sets one after the other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from sample_data.recipes.step import Recipe, Step, invented_times, judged, source, write_models

MODEL = "nsl-kdd"
THRESHOLD = 0.5
MODES = {"forest-1": "log", "boosting-1": "shadow"}
"""By version: the champion was recorded, the challenger ran beside it."""
DAYS = 14
WINDOWS = (
    ("KDDTest+.txt", "test-plus", datetime(2026, 1, 5, tzinfo=UTC)),
    ("KDDTest-21.txt", "test-21", datetime(2026, 1, 19, tzinfo=UTC)),
)
"""File, name in ids and segment, invented start. Both windows last ``DAYS``."""

INVENTED = (
    "The data set has no times: those of the events are invented. Test+ is spread evenly over 5 to 18 "
    "January 2026, Test-21 over 19 January to 1 February. The rows of Test-21 also occur in Test+ and are "
    "scored again as events of their own. Labels are the data set's own and count as known when the event "
    "happened. The threshold of .5 is a choice. The models are trained on KDDTrain+_20Percent alone; "
    "nothing was ever blocked."
)

TEXT = ["protocol_type", "service", "flag"]
SHOWN = [
    "duration",
    "service",
    "flag",
    "src_bytes",
    "dst_bytes",
    "count",
    "serror_rate",
    "dst_host_srv_count",
]
"""Features that are stored with each detection."""

FAMILIES = {
    "dos": "back land neptune pod smurf teardrop apache2 mailbomb processtable udpstorm worm",
    "probe": "ipsweep nmap portsweep satan mscan saint",
    "r2l": (
        "ftp_write guess_passwd imap multihop phf spy warezclient warezmaster httptunnel named sendmail "
        "snmpgetattack snmpguess xlock xsnoop"
    ),
    "u2r": "buffer_overflow loadmodule perl rootkit ps sqlattack xterm",
}
"""Attack names by family: ``Attack Types.csv`` and the usual places of the 17 names it lacks."""
FAMILY = {attack: family for family, attacks in FAMILIES.items() for attack in attacks.split()}


def read(path: Path) -> pd.DataFrame:
    """Read one of the header-less files: the 41 features of ``Field Names.csv``, label, difficulty."""
    names = pd.read_csv(path.with_name("Field Names.csv"), names=["name", "type"])["name"]
    return pd.read_csv(path, names=[*names, "label", "difficulty"])


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what a model may see of the rows."""
    return rows.drop(columns=["label", "difficulty"])


def scores(train: pd.DataFrame, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Fit both versions on the training rows and return their scores of other rows, by version."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from threadpoolctl import threadpool_limits

    models = {
        "forest-1": RandomForestClassifier(100, random_state=0),
        "boosting-1": HistGradientBoostingClassifier(random_state=0),
    }
    found = {}
    # One thread: sums come out in one order, and on a busy machine spinning threads are ten times slower.
    with threadpool_limits(1):
        for version, model in models.items():
            one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
            columns = make_column_transformer((one_hot, TEXT), remainder="passthrough")
            fitted = make_pipeline(columns, model).fit(features(train), train["label"] != "normal")
            found[version] = fitted.predict_proba(features(rows))[:, 1]
    return found


def events(rows: pd.DataFrame, window: str, start: datetime, seed: int) -> pd.DataFrame:
    """Return the rows of one window as events: contract columns, without model and score."""
    attack = rows["label"] != "normal"
    times = invented_times(len(rows), start, DAYS, seed)
    found = pd.DataFrame(
        {
            "event_id": [f"{MODEL}/invented-time/{window}/{i:05d}" for i in range(1, len(rows) + 1)],
            "occurred_at": times,
            "segment": f"{window} (invented times)",
            "technique": rows["label"].map(FAMILY),
            "label": attack.astype(int),
            "label_source": "adjudication",
            "labelled_at": times,
            "s.protocol": rows["protocol_type"],
        }
    )
    return found.join(rows[SHOWN].add_prefix("f."))


def write(data: Path, out: Path) -> list[Step]:
    """Fit on the training file, score both test files, write one CSV a version."""
    names = ("KDDTrain+_20Percent.txt", *(file for file, _, _ in WINDOWS), "Field Names.csv")
    train, *tests, _ = source(data, MODEL, *names)
    rows = [read(path) for path in tests]
    parts = [
        events(part, window, start, seed)
        for seed, (part, (_, window, start)) in enumerate(zip(rows, WINDOWS, strict=True))
    ]
    found, files = pd.concat(parts, ignore_index=True), []
    for version, score in scores(read(train), pd.concat(rows)).items():
        served = {"model_id": MODEL, "model_version": version, "score": score, "mode": MODES[version]}
        ids = found["event_id"] + "/" + version
        files.append(out / f"nsl-kdd-{version}.csv")
        found.assign(detection_id=ids, **served, decision=judged(score, THRESHOLD)).to_csv(files[-1], index=False)
    return [register(out), Step("detections", tuple(files))]


def register(out: Path) -> Step:
    """Write the two versions as a models file."""
    shared = {
        "model_id": MODEL,
        "service": "Network intrusion",
        "kind": "ml",
        "threshold": THRESHOLD,
        "calibrated": False,
    }
    forest = {"model_version": "forest-1", "name": "NSL-KDD random forest", "role": "champion"}
    boosting = {"model_version": "boosting-1", "name": "NSL-KDD gradient boosting", "role": "challenger"}
    versions = [{**shared, **version, "notes": INVENTED} for version in (forest, boosting)]
    return write_models(out / "nsl-kdd-models.csv", versions)


RECIPE = Recipe("nsl-kdd", "Network connections scored by a random forest and its challenger", INVENTED, write)
