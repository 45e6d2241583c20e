"""HTTP parameter values: a character model, on its test set and then on text that looks like an attack."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from sample_data.recipes.step import Recipe, Step, invented_times, judged, source, write_lines, write_models
from sample_data.recipes.text_model import fit_characters

MODEL = "waf-httpparams"
VERSION = "characters-1"
THRESHOLD = 0.5
DAYS = 14
WINDOWS = (
    ("payload_test.csv", "test", datetime(2026, 1, 5, tzinfo=UTC)),
    ("payload_test_lexical.csv", "lexical", datetime(2026, 1, 19, tzinfo=UTC)),
)
"""File, name in ids and segment, invented start. Both windows last ``DAYS``."""

INVENTED = (
    "The data set has no times: those of the events are invented. The test set is spread evenly over 5 to "
    "18 January 2026, the lexical test set over 19 January to 1 February. Labels are the data set's own "
    "(anom = attack) and count as known when the event happened; in the lexical set anom means SQL or "
    "JavaScript text, which need not be an attack, and the other rows are English forum text. The "
    "threshold of .5 is a choice. The model is trained on payload_train alone; nothing was ever blocked."
)


def read(path: Path) -> pd.DataFrame:
    """Read one of the payload files as text: payload, length, attack_type, label."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def events(path: Path, window: str, start: datetime, seed: int) -> pd.DataFrame:
    """Return the events of one window: contract columns, without model and score."""
    rows = read(path)
    times = invented_times(len(rows), start, DAYS, seed)
    return pd.DataFrame(
        {
            "event_id": [f"{MODEL}/invented-time/{window}/{i:05d}" for i in range(1, len(rows) + 1)],
            "occurred_at": times,
            "segment": f"{window} (invented times)",
            "technique": rows["attack_type"].where(rows["attack_type"] != "norm"),
            "payload": rows["payload"],
            "label": (rows["label"] == "anom").astype(int),
            "label_source": "adjudication",
            "labelled_at": times,
            "f.length": rows["length"].astype(int),
        }
    )


def write(data: Path, out: Path) -> list[Step]:
    """Fit on the training file, score both test files, write one file of JSON lines."""
    train, *tests = source(data, MODEL, "payload_train.csv", *(file for file, _, _ in WINDOWS))
    seen = read(train)
    model = fit_characters(seen["payload"], seen["label"] == "anom")
    parts = [
        events(path, window, start, seed)
        for seed, (path, (_, window, start)) in enumerate(zip(tests, WINDOWS, strict=True))
    ]
    rows = pd.concat(parts, ignore_index=True)
    score = model.predict_proba(rows["payload"])[:, 1]
    served = {"model_id": MODEL, "model_version": VERSION, "score": score}
    detections = out / "waf-httpparams-detections.jsonl"
    write_lines(detections, rows.assign(**served, decision=judged(score, THRESHOLD), mode="log"))
    return [register(out), Step("detections", (detections,))]


def register(out: Path) -> Step:
    """Write the model as a models file."""
    model = {
        "model_id": MODEL,
        "model_version": VERSION,
        "name": "Web payload character model",
        "service": "Web application firewall",
        "kind": "ml",
        "role": "champion",
        "threshold": THRESHOLD,
        "calibrated": False,
        "notes": INVENTED,
    }
    return write_models(out / "waf-httpparams-models.csv", [model])


RECIPE = Recipe("waf-httpparams", "HTTP parameter values scored by a character model", INVENTED, write)
