"""Saved models, read in a process of its own: the very scores of the stored rows, and no other file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from skops import io

from analytics.errors import BadInput
from sample_data.perimeter import load, model_files

pytestmark = pytest.mark.slow
SERVICES = load().services.values()
VENDOR = load().services["phishing"].texts["challenger"]
SEQUENCE = load().services["dns"].texts["challenger"]
SCORE_ALL = """
import sys
from pathlib import Path
import pandas as pd
from sample_data.perimeter import model_files

folder = Path(sys.argv[1])
for path in sorted(p for p in (folder / "models").rglob("*") if p.suffix in {".skops", ".onnx"}):
    model, note = model_files.load(path)
    rows = pd.read_parquet(folder / f"{note['model_id']}-detections.parquet")
    rows = rows[rows["model_version"] == note["model_version"]]
    found = rows[["event_id"]].assign(score=model_files.score(model, note, rows))
    found.to_parquet(folder / f"{path.stem}-again.parquet")
"""


@pytest.fixture(scope="module")
def folder(small: Any) -> Path:
    """A twentieth of the rows of all services, and their models."""
    return small.folder


def test_loaded_elsewhere_they_give_the_stored_scores(small: Any, folder: Path, repository: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", SCORE_ALL, str(folder)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for service in SERVICES:
        stored = pd.read_parquet(folder / f"{service.key}-detections.parquet")
        for role in ("champion", "challenger"):
            version = service.texts[role]
            mine = stored[(stored["model_version"] == version) & stored["score"].notna()]
            if version == VENDOR:  # which changed its scale later
                mine = mine[mine["occurred_at"] < pd.Timestamp(small.sample.window("vendor_scale")[0])]
            again = pd.read_parquet(folder / f"{version}-again.parquet").set_index("event_id")["score"]
            near = 1e-6 if version == SEQUENCE else 1e-12  # onnxruntime adds up in single precision
            np.testing.assert_allclose(again[mine["event_id"]], mine["score"], rtol=0, atol=near)


def test_the_list_of_trusted_types_is_what_they_need_and_no_more(folder: Path) -> None:
    files = sorted((folder / "models").rglob("*.skops"))
    assert len(files) == 2 * len(SERVICES) - 1
    assert [p.stem for p in (folder / "models").rglob("*.onnx")] == [SEQUENCE]
    needed = {name for path in files for name in io.get_untrusted_types(file=path)}
    assert needed == set(model_files.TRUSTED)


def test_a_file_that_is_not_the_saved_one_is_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "boost-7.skops"
    saved = folder / "models" / "bot" / path.name
    path.write_bytes(saved.read_bytes() + b" ")
    note = json.loads(saved.with_suffix(".json").read_text(encoding="utf-8"))
    path.with_suffix(".json").write_text(json.dumps(note))
    with pytest.raises(BadInput, match="is not the file that was saved"):
        model_files.load(path)
    path.write_bytes(saved.read_bytes())
    path.with_suffix(".json").write_text(json.dumps({**note, "scikit-learn": "0.1"}))
    with pytest.raises(BadInput, match=r"by scikit-learn 0\.1, this is "):
        model_files.load(path)


def test_notes_name_what_each_model_sees(folder: Path) -> None:
    for service in (s for s in SERVICES if s.key in ("bot", "dns")):
        for role in ("champion", "challenger"):
            end = "onnx" if service.texts[role] == SEQUENCE else "skops"
            model, note = model_files.load(folder / "models" / service.key / f"{service.texts[role]}.{end}")
            assert note["takes"] == (model_files.TEXT if end == "onnx" else model_files.SHAPE)
            if note["takes"] == model_files.TEXT:
                assert note["columns"] == ["payload"]
            else:
                assert len(note["columns"]) == model.n_features_in_
