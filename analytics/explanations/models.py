"""Trained models beside a warehouse, read so that a file can do no more than be a model.

skops builds objects of types that are known to be harmless or that are named here. Its reader checks no bounds inside
trees, so a file is read only where its digest is the noted one, and by the scikit-learn that wrote it. Other models
come as ONNX (``onnx_files``), under the same digest. The note lies beside the file: the digest shows damage and
mix-ups, not somebody who may write both.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any

from analytics.errors import BadInput, NoData
from analytics.explanations.onnx_files import DOING, STILL, opened, told
from analytics.explanations.onnx_models import fitting

FOLDER = "models"
"""Of a warehouse."""
TRUSTED = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
)
"""Types that skops does not build unasked, each looked at: arrays and numbers, no code of the file."""
TEXT, SHAPE = "text", "shape"
"""What a saved model takes: the payloads, or columns made of the event."""
MOST_BYTES = 256 * 2**20
MOST_KEPT = 4
"""Models that stay in memory."""
_LONGEST = 200
"""Bytes of an id that can be the name of a file."""
_SKOPS, _ONNX = ".skops", ".onnx"
"""Ends of the names of files: saved by scikit-learn, or by anything else."""
_AGAIN = "Save the model again, with its note."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A fitted model and what its note says of it."""

    model: Any
    note: dict[str, Any]
    """model_id, model_version, takes (text | shape), columns, threshold, sha256; scikit-learn of a skops file; output
    of an ONNX file, where it has several."""


class Recent:
    """The few things used last, by the digest of the model file that they were made from."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._found: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str, work: Callable[[], Any]) -> Any:
        """Return what ``work`` gives, from here where it was asked for lately; two that ask at once may both work."""
        with self._lock:
            if digest in self._found:
                self._found.move_to_end(digest)
                return self._found[digest]
        made = work()
        with self._lock:
            self._found[digest] = made
            self._found.move_to_end(digest)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made


_MODELS = Recent()


def load(directory: Path, model_id: str, version: str) -> Loaded:
    """Return the saved model of a version.

    Parameters
    ----------
    directory
        The warehouse; its models are ``models/<model_id>/<version>.skops`` or ``.onnx``, each with a note (.json)
        beside it.

    Raises
    ------
    NoData
        No file was saved for this version.
    BadInput
        The file or its note is not what was saved, or does not fit this installation.
    """
    folder = (directory / FOLDER).resolve()
    paths = [folder / model_id / f"{version}{end}" for end in (_SKOPS, _ONNX)]
    there = _plain(model_id) and _plain(version)
    paths = [p for p in paths if there and p.is_file() and p.resolve().is_relative_to(folder)]
    if not paths:
        found = f"no file of {model_id} {version} lies beside the warehouse."
        raise NoData(DOING, found, f"Save it there with skops or as ONNX, and a note. {STILL}")
    if len(paths) > 1:
        found = f"two files of {model_id} {version} lie beside the warehouse, one of skops and one of ONNX."
        raise BadInput(DOING, found, f"Leave the one that scored. {STILL}")
    path = paths[0]
    loaded = read(path)
    if (loaded.note["model_id"], loaded.note["model_version"]) != (model_id, version):
        raise BadInput(DOING, f"the note of {path.name} names another model or version.", f"{_AGAIN} {STILL}")
    return loaded


def read(path: Path) -> Loaded:
    """Return the model of a file with a note beside it; the last few stay in memory.

    Raises
    ------
    BadInput
        The file is not the noted one, another scikit-learn wrote it, or it holds types that are not trusted; of ONNX
        what may not be run here, or does not fit the note.
    """
    note = _note(path.with_suffix(".json"), path.suffix)
    if path.stat().st_size > MOST_BYTES:
        found = f"{told(path)} is larger than {MOST_BYTES // 2**20} MiB."
        raise BadInput(DOING, found, f"Models of this size are not read. {STILL}")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != note["sha256"]:
        raise BadInput(DOING, f"{told(path)} is not the file that was saved.", f"{_AGAIN} {STILL}")
    if path.suffix == _ONNX:
        found = _MODELS.get(digest + _ONNX, lambda: opened(content, path))
        return Loaded(fitting(found, note, note["takes"] == TEXT, path), note)
    installed = metadata.version("scikit-learn")
    if note["scikit-learn"] != installed:
        found = f"{told(path)} was saved by scikit-learn {note['scikit-learn']}, this is {installed}."
        raise BadInput(DOING, found, f"{_AGAIN} {STILL}")
    return Loaded(_MODELS.get(digest, lambda: _built(path, content)), note)


def _built(path: Path, content: bytes) -> Any:
    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as e:
        found = f"{told(path)} holds types that are not trusted ({e})."
        raise BadInput(DOING, found, f"Only known kinds of models are read. {STILL}") from e
    except Exception as e:  # a damaged file can fail anywhere inside skops and scikit-learn
        found = f"{told(path)} cannot be read as a model ({type(e).__name__})."
        raise BadInput(DOING, found, f"{_AGAIN} {STILL}") from e


def _note(path: Path, kind: str) -> dict[str, Any]:
    """Return a note whose fields are of the right kinds, for a file of a kind."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        texts = ["model_id", "model_version", "sha256"] + (["scikit-learn"] if kind == _SKOPS else [])
        fits = all(isinstance(note[key], str) for key in texts) and note["takes"] in (TEXT, SHAPE)
        columns = note["columns"]
        fits = fits and isinstance(columns, list) and all(isinstance(c, str) for c in columns)
    except FileNotFoundError as e:
        raise BadInput(DOING, f"{told(path)} is missing: nothing says what was saved.", f"{_AGAIN} {STILL}") from e
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise BadInput(DOING, f"{told(path)} is damaged.", f"{_AGAIN} {STILL}") from e
    if not fits:
        raise BadInput(DOING, f"{told(path)} is damaged.", f"{_AGAIN} {STILL}")
    return note


def _plain(name: str) -> bool:
    """Tell whether an id is the name of a file or folder, and not a way to somewhere else."""
    return (
        name not in ("", ".", "..")
        and not {"/", "\\", "\0"} & set(name)
        and len(name.encode(errors="replace")) <= _LONGEST
    )
