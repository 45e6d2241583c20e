"""Model files: what is read, what is refused, and that nothing in a file or an id leads elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import BadInput, NoData
from analytics.explanations.models import Recent, load

Models = dict[str, Any]
Save = Callable[..., Path]


def test_it_is_the_saved_one_and_stays_in_memory(tmp_path: Path, models: Models, save: Save, texts: list[str]) -> None:
    model = models["linear"][0]
    save(tmp_path, model)
    found = load(tmp_path, "m", "1")
    assert (found.model.predict_proba(texts) == model.predict_proba(texts)).all()
    assert load(tmp_path, "m", "1").model is found.model


def test_a_version_without_a_file_says_what_still_works(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"no file of m 1 lies .* Scores, thresholds and labels need no model file"):
        load(tmp_path, "m", "1")


@pytest.mark.parametrize(("model_id", "version"), [("..", "1"), (".", "m/1"), ("m", "../m/1"), ("", "1"), ("m\0", "1")])
def test_an_id_is_no_way_to_another_file(
    tmp_path: Path, models: Models, save: Save, model_id: str, version: str
) -> None:
    save(tmp_path, models["linear"][0])
    (tmp_path / "1.skops").write_bytes((tmp_path / "models" / "m" / "1.skops").read_bytes())
    with pytest.raises(NoData):
        load(tmp_path, model_id, version)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, models: Models, save: Save) -> None:
    path = save(tmp_path / "elsewhere", models["linear"][0])
    folder = tmp_path / "models" / "m"
    folder.mkdir(parents=True)
    (folder / "1.skops").symlink_to(path)
    (folder / "1.json").symlink_to(path.with_suffix(".json"))
    with pytest.raises(NoData):
        load(tmp_path, "m", "1")


def test_only_the_noted_file_by_the_same_library(tmp_path: Path, models: Models, save: Save) -> None:
    path = save(tmp_path, models["linear"][0])
    load(tmp_path, "m", "1")
    note = json.loads(path.with_suffix(".json").read_text())
    for said, message in (
        ({"scikit-learn": "0.1"}, r"by scikit-learn 0\.1, this is "),
        ({"sha256": "0"}, "is not the file that was saved"),
        ({"model_version": "2"}, "names another model or version"),
        ({"takes": "pickle"}, "is damaged"),
        ({"columns": "payload"}, "is damaged"),
    ):
        path.with_suffix(".json").write_text(json.dumps({**note, **said}))
        with pytest.raises(BadInput, match=message):
            load(tmp_path, "m", "1")
    path.with_suffix(".json").write_text("[")
    with pytest.raises(BadInput, match=r": models/m/1\.json is damaged"):  # no folder of the machine
        load(tmp_path, "m", "1")
    path.with_suffix(".json").unlink()
    with pytest.raises(BadInput, match="nothing says what was saved"):
        load(tmp_path, "m", "1")


def test_other_types_and_no_models_at_all_are_refused(tmp_path: Path, save: Save) -> None:
    save(tmp_path, partial(print, "run"))
    with pytest.raises(BadInput, match="types that are not trusted"):
        load(tmp_path, "m", "1")
    path = save(tmp_path, [1], model_version="2")
    path.write_bytes(b"\x80\x04cposix\nsystem\n.")
    note = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**note, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}))
    with pytest.raises(BadInput, match="cannot be read as a model"):
        load(tmp_path, "m", "2")


def test_the_least_recently_used_goes_first() -> None:
    made: list[str] = []
    recent = Recent(2)
    for name in ("a", "b", "a", "c", "a", "b"):
        recent.get(name, partial(_make, made, name))
    assert made == ["a", "b", "c", "b"]


def _make(made: list[str], name: str) -> str:
    made.append(name)
    return name
