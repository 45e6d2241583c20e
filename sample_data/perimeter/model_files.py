"""Trained models as files, so that what a score came from can be asked later: skops beside a note with its SHA-256.

skops builds objects of types that are known to be harmless or that the reader names. Its reader checks no bounds
inside trees, so a file is read only where its digest is the noted one, and by the scikit-learn that wrote it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.warehouse.layout import write_whole
from sample_data.perimeter import models
from sample_data.perimeter.models import ROLES, Trained
from sample_data.perimeter.scenario import Service

FOLDER = "models"
"""Of a warehouse, and of the files of a sample."""
TRUSTED = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
)
"""Types of our models that skops does not build unasked, each looked at: arrays and numbers, no code of the file."""
TEXT, SHAPE = "text", "shape"
"""What a saved model takes: the payloads, or the columns that ``models.shape`` makes of the events."""


def save(folder: Path, service: Service, trained: Trained) -> None:
    """Write both versions of a service as ``<model_id>/<version>.skops``, each with a note beside it."""
    import sklearn
    import skops
    from skops import io

    for role in ROLES:
        version = service.texts[role]
        path = folder / service.key / f"{version}.skops"
        path.parent.mkdir(parents=True, exist_ok=True)
        io.dump(trained.whole(role), path, compression=zipfile.ZIP_DEFLATED)
        note = {
            "model_id": service.key,
            "model_version": version,
            "takes": TEXT if trained.on_text(role) else SHAPE,
            "columns": ["payload"] if trained.on_text(role) else list(trained.columns),
            "threshold": trained.thresholds[role],
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "scikit-learn": sklearn.__version__,
            "skops": skops.__version__,
        }
        write_whole(path.with_suffix(".json"), json.dumps(note, indent=1) + "\n")


def load(path: Path) -> tuple[Any, dict[str, Any]]:
    """Return a saved model and its note.

    Raises
    ------
    BadInput
        The file is not the noted one, or another scikit-learn wrote it.
    """
    import sklearn
    from skops import io

    note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != note["sha256"]:
        raise BadInput("loading a model", f"{path} is not the file that was saved.", "Build the sample anew.")
    if note["scikit-learn"] != sklearn.__version__:
        found = f"{path} was saved by scikit-learn {note['scikit-learn']}, this is {sklearn.__version__}."
        raise BadInput("loading a model", found, "Build the sample anew.")
    return io.loads(content, trusted=list(TRUSTED)), note


def score(model: Any, note: dict[str, Any], events: pd.DataFrame) -> np.ndarray:
    """Return what a loaded model says of events, in [0, 1]."""
    return models.scored(model, events["payload"] if note["takes"] == TEXT else models.shape(events))
