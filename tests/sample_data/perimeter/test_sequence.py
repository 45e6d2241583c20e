"""The network that reads names: its gradient, that it learns, and that its ONNX file gives the very scores."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from analytics.errors import NoData
from analytics.explanations import batch, measures, models
from analytics.explanations.flip import nearest_flip
from analytics.explanations.onnx_models import OnnxModel
from analytics.explanations.results import Explanation
from analytics.explanations.searching import Flip
from analytics.explanations.what_if import WhatIf, what_if
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, explained, open_reader
from sample_data.perimeter import load, model_files, sequence, sequence_onnx
from sample_data.perimeter import models as training

SCENARIO = load()
DNS = SCENARIO.services["dns"]
VERSION = DNS.texts["challenger"]
SCOPE = Scope("dns", VERSION)
ODD = ["", ".", "x", "\0", "漢字.com", "🙂", "half \ud800 pair", "A" * 300, "quarrywillow.top\n", "\u0130ß.example"]


@pytest.fixture(scope="module")
def trained() -> training.Trained:
    """Both versions, as the sample trains them."""
    return training.train(SCENARIO, DNS, np.random.default_rng(1))


@pytest.fixture(scope="module")
def names() -> pd.DataFrame:
    """Names that they were not trained on, of every kind."""
    rng, kinds = np.random.default_rng(2), ("ordinary", "lookalike", "plain", "evasive", "story")
    return pd.concat([training.generate(DNS, kind, 1000, rng) for kind in kinds], ignore_index=True)


@pytest.fixture(scope="module")
def saved(trained: training.Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of both versions."""
    folder = tmp_path_factory.mktemp("saved")
    model_files.save(folder / model_files.FOLDER, DNS, trained)
    return folder


@pytest.fixture(scope="module")
def file(saved: Path) -> OnnxModel:
    """The file as analytics opens it."""
    found = models.load(saved, "dns", VERSION).model
    assert isinstance(found, OnnxModel)
    return found


def network(of: training.Trained) -> sequence.SequenceModel:
    """The network itself."""
    return of.models[training.CHALLENGER]


def test_the_gradient_is_that_of_the_mean_cross_entropy(trained: training.Trained) -> None:
    texts, target = ["quarrywillow.top", "ab", "xkq7zz.ru", "blue-garden.com"], np.array([1, 0, 1, 0])
    model = network(trained)
    parts = [np.asarray(p, dtype=np.float64) for p in (model.filters, model.shift, model.weight, model.bias)]
    at = sequence._places(model.place, texts)

    def loss() -> float:
        filters, shift, weight, bias = parts
        best = sequence._matches(filters, at).max(axis=1)
        p = expit(np.maximum(best + shift, 0) @ weight + bias)
        return -float(np.log(np.where(target == 1, p, 1 - p)).mean())

    gradients = sequence._gradients(parts, at, target.astype(np.float64))
    assert (gradients[0][:, 0] == 0).all(), "the padding learns nothing"
    for part, gradient in zip(parts, gradients, strict=True):
        strong = np.argsort(-np.abs(gradient), axis=None)[:20]
        for cell in (np.unravel_index(i, part.shape) for i in strong):
            was, ends = part[cell], []
            for step in (1e-6, -1e-6):
                part[cell] = was + step
                ends.append(loss())
            part[cell] = was
            assert gradient[cell] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-3, abs=1e-8)


def test_it_finds_more_hidden_names_than_the_forest_within_the_same_budget(
    trained: training.Trained, names: pd.DataFrame
) -> None:
    caught = {}
    for role, score in trained.score(names).items():
        fired = pd.Series(score >= trained.thresholds[role]).groupby(names["stratum"]).mean()
        assert fired["lookalike"] < 1.6 * DNS["false_alarms"] / DNS["lookalikes"]
        assert fired["ordinary"] < 0.03
        assert fired["story"] < 0.05, "the new family is new to both"
        caught[role] = DNS["evasive"] * fired["evasive"] + (1 - DNS["evasive"]) * fired["plain"]
    assert caught["challenger"] > 0.6
    assert caught["challenger"] > caught["champion"] + 0.2
    assert network(trained).predict_proba([""])[0, 1] < 0.2, "what says nothing is no attack"


def test_the_same_names_give_the_same_network_to_the_last_digit(names: pd.DataFrame) -> None:
    some = names.iloc[::20]
    texts, attack = some["payload"].tolist(), some["attack"].to_numpy(dtype=bool)
    first, again, other = (sequence.fit(texts, attack, seed) for seed in (0, 0, 1))
    assert sequence_onnx.saved(first) == sequence_onnx.saved(again) != sequence_onnx.saved(other)


def test_the_file_gives_the_very_scores(trained: training.Trained, file: OnnxModel, names: pd.DataFrame) -> None:
    texts = [*names["payload"], *ODD]
    mine, theirs = network(trained).predict_proba(texts), file.predict_proba(texts)
    assert mine.shape == theirs.shape == (len(texts), 2)
    np.testing.assert_allclose(theirs, mine, rtol=0, atol=1e-6)
    np.testing.assert_allclose(trained.score(names)["challenger"], mine[: len(names), 1], rtol=0, atol=0)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_has_its_score_alone_and_beside_others(trained: training.Trained, file: OnnxModel, text: str) -> None:
    model, beside = network(trained), [text, "a" * 90, ""]
    alone = model.predict_proba([text])[0, 1]
    assert 0 <= alone <= 1
    assert model.predict_proba(beside)[0, 1] == pytest.approx(alone, abs=1e-9), "padding says nothing"
    assert file.predict_proba(beside)[0, 1] == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "same"),
    [("Quarry-Willow.TOP", "quarry-willow.top"), ("quarry漢\ud800willow🙂top", "quarry\0\0willow/top"), ("\0", "")],
    ids=["capital letters are small ones", "signs that are not known say nothing", "nor does padding"],
)
def test_signs_that_are_the_same(file: OnnxModel, text: str, same: str) -> None:
    assert file.predict_proba([text])[0, 1] == file.predict_proba([same])[0, 1]


def test_without_the_package_this_version_alone_has_no_file(
    trained: training.Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(sequence_onnx, "import_module", missing)
    model_files.save(tmp_path / model_files.FOLDER, DNS, trained)
    champion = DNS.texts["champion"]
    assert sorted(p.name for p in tmp_path.rglob("*.*")) == [f"{champion}.json", f"{champion}.skops"]
    with pytest.raises(NoData, match=f"no file of dns {VERSION} lies beside the warehouse"):
        models.load(tmp_path, "dns", VERSION)


@pytest.mark.slow
def test_an_alarm_is_explained_asked_and_turned_and_batches_add_up(sample_warehouse: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(sample_warehouse, tmp_path / "warehouse")
    reader = open_reader(directory, local_viewer())
    said = list(batch.run(reader, [SCOPE], 40, 40, lambda *_: None))
    assert (said[0]["failed"], said[0]["why"]) == (0, "")
    reader = open_reader(directory, local_viewer())
    rows = _stored(reader)
    assert len(rows) > 40 and rows["failed"].isna().all() and (rows["error"] == 0).all(), "short: all combinations"
    np.testing.assert_allclose(rows["base"] + rows["added"].map(np.sum), rows["output"], rtol=0, atol=1e-6)
    alarm = str(rows[rows["decision"] != "allow"]["event_id"].iloc[0])
    e = measures.explain(reader, SCOPE, alarm).result
    assert isinstance(e, Explanation) and not e.other_scale, "the file gives the stored score"
    f = nearest_flip(reader, SCOPE, alarm, None).result
    assert isinstance(f, Flip) and f.found
    w = what_if(reader, SCOPE, alarm, None, "").result
    assert isinstance(w, WhatIf) and w.changed.decision == "allow"


def _stored(reader: Reader) -> pd.DataFrame:
    """The explanations of the version."""
    return pd.concat([pd.read_parquet(p) for p in explained.files(reader, SCOPE, reader.query).listed["path"]])
