"""Trained models as files, so that what a score came from can be asked later: skops or ONNX, a note with its SHA-256.

They are read as ``analytics.explanations.models`` reads any.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.explanations.models import FOLDER, SHAPE, TEXT, TRUSTED, read
from analytics.warehouse.layout import write_whole
from sample_data.perimeter import models, sequence_onnx
from sample_data.perimeter.models import ROLES, SEQUENCE, Trained
from sample_data.perimeter.scenario import Service

__all__ = ["FOLDER", "SHAPE", "TEXT", "TRUSTED", "load", "save", "score"]


def save(folder: Path, service: Service, trained: Trained) -> None:
    """Write both versions of a service as ``<model_id>/<version>.skops`` or ``.onnx``, each with a note beside it.

    A version that is saved as ONNX has neither where the package onnx is not installed.
    """
    for role in ROLES:
        version = service.texts[role]
        end, content, wrote = _content(trained, role)
        if content is None:
            continue
        path = folder / service.key / f"{version}{end}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        note = {
            "model_id": service.key,
            "model_version": version,
            "takes": TEXT if trained.on_text(role) else SHAPE,
            "columns": ["payload"] if trained.on_text(role) else list(trained.columns),
            "threshold": trained.thresholds[role],
            "sha256": hashlib.sha256(content).hexdigest(),
            **wrote,
        }
        write_whole(path.with_suffix(".json"), json.dumps(note, indent=1) + "\n")


def _content(trained: Trained, role: str) -> tuple[str, bytes | None, dict[str, str]]:
    """Return how the name of a version's file ends, what is in it, and the packages that wrote it by version."""
    if trained.kinds[role] == SEQUENCE:
        return ".onnx", sequence_onnx.saved(trained.models[role]), {}
    import sklearn
    import skops
    from skops import io

    content = io.dumps(trained.whole(role), compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    return ".skops", content, {"scikit-learn": sklearn.__version__, "skops": skops.__version__}


def load(path: Path) -> tuple[Any, dict[str, Any]]:
    """Return a saved model and its note.

    Raises
    ------
    BadInput
        The file is not the noted one, or another scikit-learn wrote it.
    """
    loaded = read(path)
    return loaded.model, loaded.note


def score(model: Any, note: dict[str, Any], events: pd.DataFrame) -> np.ndarray:
    """Return what a loaded model says of events, in [0, 1]."""
    return models.scored(model, events["payload"] if note["takes"] == TEXT else models.shape(events))
