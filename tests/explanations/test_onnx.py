"""ONNX models: shap's own values for the scikit-learn model that they are, and files that are refused."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from onnx import helper
from scipy.special import expit

from analytics.errors import BadInput
from analytics.explanations import attributions as att
from analytics.explanations import batch, measures, onnx_files, onnx_models, shapley, text, words
from analytics.explanations.flip import nearest_flip
from analytics.explanations.models import load, read
from analytics.explanations.results import Agreement, Attributions, Explanation, NotExplained
from analytics.explanations.searching import Flip
from analytics.explanations.what_if import WhatIf, what_if
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, explained, import_files, open_reader
from tests.explanations import onnx_made as made

Models = dict[str, Any]
FEATURES = ("log size", "log peers", "log rate", "log age")
NUMBERS, TEXTS = Scope("n", "network"), Scope("t", "linear")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    """A folder with the models of scikit-learn as ONNX."""
    folder = tmp_path_factory.mktemp("onnx")
    made.save(folder, made.network(models["network"][0]), model_version="numbers", columns=list(FEATURES))
    for version, strings in (("codes", False), ("strings", True)):
        file = made.grams(models["linear"][0], strings)
        made.save(folder, file, model_version=version, takes="text", columns=["payload"])
    return folder


@pytest.fixture(scope="module")
def reader(warehouse: Path, tmp_path_factory: pytest.TempPathFactory, models: Models) -> Reader:
    """A warehouse whose models of numbers and of texts are kept as ONNX."""
    directory = shutil.copytree(warehouse, tmp_path_factory.mktemp("of onnx") / "warehouse")
    for scope, file, note in (
        (NUMBERS, made.network(models["network"][0]), models["network"][1]),
        (TEXTS, made.grams(models["linear"][0]), models["linear"][1]),
    ):
        (directory / "models" / str(scope.model) / f"{scope.version}.skops").unlink()
        said = {k: v for k, v in note.items() if k != "sha256"}
        made.save(directory, file, model_id=scope.model, model_version=scope.version, **said)
    return open_reader(directory, local_viewer())


def test_numbers_have_the_values_of_shap(saved: Path, models: Models, numbers: np.ndarray) -> None:
    shap = pytest.importorskip("shap")
    model = models["network"][0]
    masker = shap.maskers.Independent(numbers[40:100], 100)
    theirs = shap.explainers.Exact(lambda x: model.predict_proba(x)[:, 1], masker)(numbers[:12])
    loaded = load(saved, "m", "numbers")
    found = att.attributions(loaded.model, loaded.note, numbers[:12], numbers[40:100])
    assert isinstance(found, Attributions)
    np.testing.assert_allclose(found.values, theirs.values, atol=1e-6)  # a network of single precision
    np.testing.assert_allclose(found.base, theirs.base_values, atol=1e-6)
    np.testing.assert_allclose(found.output, model.predict_proba(numbers[:12])[:, 1], atol=1e-6)
    assert found.residual.max() < att.TOLERANCE
    assert (found.unit, found.method, found.n_background) == ("probability", att.COALITIONS, 60)


@pytest.mark.parametrize("version", ["codes", "strings"])
def test_texts_have_the_values_of_shap(saved: Path, models: Models, texts: list[str], version: str) -> None:
    """As a game of the parts of a text, in which the model of scikit-learn scores what is left of it."""
    shap = pytest.importorskip("shap")
    model, some = models["linear"][0], ["get q7-", "update xkq7/zz", "xkq7 a=xkq7", ""]
    loaded = load(saved, "m", version)
    found = att.attributions(loaded.model, loaded.note, some, texts[40:100])
    assert isinstance(found, Attributions)
    for i, whole in enumerate(some[:3]):
        pieces = [whole[a:b] for a, b in text.parts(whole)]
        names = list(dict.fromkeys(pieces))
        assert len(names) > 2

        def game(who: np.ndarray, pieces: list[str] = pieces, names: list[str] = names) -> np.ndarray:
            left = ["".join(p for p in pieces if there[names.index(p)]) for there in who]
            return model.predict_proba(left)[:, 1]

        masker = shap.maskers.Independent(np.zeros((1, len(names))))
        theirs = shap.explainers.Exact(game, masker)(np.ones((1, len(names))))
        row = found.values[i].toarray()[0]
        mine = {n: row[j] for j, n in enumerate(found.names)}
        np.testing.assert_allclose([mine[n] for n in names], theirs.values[0], atol=1e-6)
        np.testing.assert_allclose(found.base, theirs.base_values, atol=1e-6)
    assert found.values[3].nnz == 0
    assert found.residual.max() < att.TOLERANCE and found.error.max() == 0


def test_many_parts_are_estimated_within_their_error(saved: Path, models: Models, texts: list[str]) -> None:
    whole = "xkq7 update home b-2 q7- zz1 get a"
    names = list(dict.fromkeys(whole[a:b] for a, b in text.parts(whole)))
    assert 10 < len(names) <= shapley.MOST_EXACT

    def game(who: np.ndarray) -> np.ndarray:
        spans = text.parts(whole)
        left = ["".join(whole[a:b] for a, b in spans if there[names.index(whole[a:b])]) for there in who]
        return models["linear"][0].predict_proba(left)[:, 1]

    exact = shapley.exact(game, len(names))
    loaded = load(saved, "m", "codes")
    found = att.attributions(loaded.model, loaded.note, [whole], texts[40:100], 60)
    assert isinstance(found, Attributions)
    mine = found.values.toarray()[0]
    assert list(found.names) == names
    assert 0 < found.error[0] < 0.05
    assert np.abs(mine - exact).max() < 4 * found.error[0]
    assert found.residual[0] < att.TOLERANCE


def test_a_detection_is_explained_checked_and_asked(reader: Reader, frame: pd.DataFrame, models: Models) -> None:
    e = measures.explain(reader, NUMBERS, "n7").result
    assert isinstance(e, Explanation)
    assert not e.other_scale, "the saved model gives the stored score"
    assert e.base + sum(c.value for c in (*e.raised, *e.lowered)) == pytest.approx(e.output, abs=1e-6)
    assert words.method(e).startswith("Exact Shapley values over all combinations of features")
    assert "(probability)" in words.base(e) and e.threshold_output == 0.5
    told = measures.check(reader, NUMBERS, "n7").result
    assert isinstance(told, Agreement) and told.n == 4
    row = frame[(frame["event_id"] == "n7") & (frame["model_version"] == "network")].iloc[0]
    own = {f"f.{c[4:]}": float(row[f"f.{c[4:]}"]) for c in FEATURES}
    w = what_if(reader, NUMBERS, "n7", None, own | {"f.size": 9.5}).result
    assert isinstance(w, WhatIf)
    x = np.log(np.array([list((own | {"f.size": 9.5}).values())]) + 1e-3)
    assert w.changed.score == pytest.approx(models["network"][0].predict_proba(x)[0, 1], abs=1e-6)
    f = nearest_flip(reader, NUMBERS, "n7", None).result
    assert isinstance(f, Flip) and f.found


def test_a_text_is_marked_checked_and_turned(reader: Reader, models: Models) -> None:
    attack = next(f"t{i}" for i in range(100) if _score(reader, f"t{i}") >= 0.5)
    e = measures.explain(reader, TEXTS, attack).result
    assert isinstance(e, Explanation)
    assert e.base + sum(m.value for m in e.marks) == pytest.approx(e.output, abs=1e-6)
    assert "the output of the empty text, to" in words.base(e)
    assert "as parts of the text are left out" in words.method(e)
    assert measures.explain(reader, TEXTS, attack).result == e, "kept, and read again"
    told = measures.check(reader, TEXTS, attack).result
    assert isinstance(told, Agreement) and told.second.startswith("leaving out parts")
    assert told.held is not None
    f = nearest_flip(reader, TEXTS, attack, None).result
    assert isinstance(f, Flip) and f.found
    w = what_if(reader, TEXTS, attack, None, "xkq7 \u202e<img src=x>").result
    assert isinstance(w, WhatIf) and "\u202e" not in w.changed.sentence


def _score(reader: Reader, event: str) -> float:
    e = measures.explain(reader, TEXTS, event).result
    assert isinstance(e, Explanation) and e.score is not None
    return e.score


def test_batches_store_what_adds_up(reader: Reader) -> None:
    said = list(batch.run(reader, [NUMBERS, TEXTS], 20, 5, lambda *_: None))
    assert [(s["failed"], s["why"]) for s in said[:2]] == [(0, ""), (0, "")]
    now = open_reader(reader.directory, local_viewer())
    for scope in (NUMBERS, TEXTS):
        rows = pd.read_parquet(explained.files(now, scope, now.query).listed["path"].iloc[0])
        assert len(rows) >= 20
        np.testing.assert_allclose(rows["base"] + rows["added"].map(np.sum) + rows["rest"], rows["output"], atol=1e-6)
        e = measures.explain(now, scope, str(rows["event_id"].iloc[0])).result
        assert isinstance(e, Explanation) and e.source == "This was worked out beforehand, in a batch."


def test_a_batch_says_what_to_do_about_a_file_that_is_refused(reader: Reader, tmp_path: Path) -> None:
    directory = shutil.copytree(reader.directory, tmp_path / "warehouse")
    path = directory / "models" / "n" / "network.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    said = list(batch.run(open_reader(directory, local_viewer()), [NUMBERS], 5, 0, lambda *_: None))
    assert "is not the file that was saved. Save the model again, with its note." in said[0]["why"]


def test_a_row_that_a_model_does_not_take_fails_alone(reader: Reader, tmp_path: Path, models: Models) -> None:
    """A network of which the logarithm of a negative number comes out for some rows."""
    odd = made.network(models["network"][0])
    odd.graph.node[-1].output[0] = "p"
    odd.graph.node.extend(
        [
            helper.make_node("Add", ["x", "offset"], ["up"]),
            helper.make_node("Log", ["up"], ["some"]),
            helper.make_node("Mul", ["some", "none"], ["nothing"]),
            helper.make_node("ReduceSum", ["nothing", "axis"], ["sum"], keepdims=1),
            helper.make_node("Add", ["p", "sum"], ["score"]),
        ]
    )
    for name, value in (("offset", np.float32(1.8)), ("none", np.float32(0)), ("axis", made.AXIS)):
        odd.graph.initializer.append(made.numpy_helper.from_array(np.asarray(value), name))
    directory = shutil.copytree(reader.directory, tmp_path / "warehouse")
    note = {k: v for k, v in models["network"][1].items() if k != "sha256"}
    made.save(directory, odd, model_id="n", model_version="network", **note)
    mine = open_reader(directory, local_viewer())
    found = batch.plan(mine, NUMBERS, 60, 0)
    assert isinstance(found, batch.Plan)
    values = found.inputs.given(found.usual)
    fine = found.usual[(values > -1.8).all(axis=1)]
    rows = mine.query(*batch.queries.keyed(found.source, list(found.keys["event_id"]), *_span(found)))
    rows = rows.merge(found.keys.drop(columns="occurred_at"), on="event_id")
    told = batch.explain_rows(found, rows, found.inputs.given(fine))
    bad = (found.inputs.given(rows) <= -1.8).any(axis=1)
    assert 0 < bad.sum() < len(rows)
    failed = told.set_index("event_id")["failed"].reindex(rows["event_id"])
    assert (failed.notna().to_numpy() == bad).all()
    assert failed[failed.notna()].str.contains("it gave nan, which is no probability").all()


def _span(p: batch.Plan) -> tuple[Any, Any]:
    return p.keys["occurred_at"].min().to_pydatetime(), p.keys["occurred_at"].max().to_pydatetime()


FINE = made.simple(made.mean(), axis=made.AXIS)
REFUSED: dict[str, tuple[Any, str]] = {
    "truncated": (FINE.SerializeToString()[:-40], "cannot be read as an ONNX model"),
    "no protobuf": (b"\x80\x04cposix\nsystem\n.", "cannot be read as an ONNX model"),
    "empty": (b"", "holds no operators"),
    "names that are no text": (FINE.SerializeToString().replace(b"x", b"\xff"), "cannot be read as an ONNX model"),
    "external data": (made.external(), "keeps numbers in another file"),
    "external data in a branch": (made.hidden_external(), "keeps numbers in another file"),
    "another domain": (
        made.simple([helper.make_node("Run", ["x"], ["score"], domain="evil")]),
        "an operator that is not of the standard .evil: Run.",
    ),
    "of the runtime alone": (
        made.simple([helper.make_node("EPContext", ["x"], ["score"], domain="com.microsoft")]),
        "an operator that is not of the standard",
    ),
    "unknown operator": (made.simple([helper.make_node("Nothing", ["x"], ["score"])]), "cannot be read as an ONNX"),
    "three columns": (made.simple(made.mean(), ("rows", 3), axis=made.AXIS), "its note names 2 columns .a, b."),
    "a text": (made.simple([helper.make_node("Cast", ["x"], ["score"], to=1)], kind=made.STRING), "takes x: string"),
    "one row": (made.simple(made.mean(), (1, 2), axis=made.AXIS), "takes a fixed number of rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_files_that_are_refused(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    file, why = REFUSED[name]
    made.save(tmp_path, file)
    with pytest.raises(BadInput, match=why) as refused:
        load(tmp_path, "m", "1")
    assert refused.value.doing == "loading a model"
    assert "Scores, thresholds and labels need no model file" in refused.value.fix
    assert capfd.readouterr() == ("", ""), "what onnxruntime says may hold text of the file"


def test_operators_of_its_own_two_outputs_and_texts_are_held_against_the_note(tmp_path: Path) -> None:
    own = made.simple([helper.make_node("Mine", ["x"], ["score"], domain="own")])
    inner = [helper.make_node("Identity", ["a"], ["b"])]
    own.functions.append(helper.make_function("own", "Mine", ["a"], ["b"], inner, [helper.make_opsetid("", 20)]))
    made.save(tmp_path, own)
    with pytest.raises(BadInput, match="defines operators of its own"):
        load(tmp_path, "m", "1")
    two = made.simple([*made.mean("score"), *made.mean("other")[1:]], axis=made.AXIS)
    two.graph.output.append(helper.make_tensor_value_info("other", made.FLOAT, ["rows", 1]))
    made.save(tmp_path, two)
    with pytest.raises(BadInput, match=r"2 outputs of numbers .score, other.* none of them"):
        load(tmp_path, "m", "1")
    made.save(tmp_path, two, output="label")
    with pytest.raises(BadInput, match="none of them"):
        load(tmp_path, "m", "1")
    made.save(tmp_path, two, output="other")
    assert load(tmp_path, "m", "1").model.output == "other"
    made.save(tmp_path, FINE, takes="text", columns=["payload"])
    with pytest.raises(BadInput, match="a model of texts takes one column of text"):
        load(tmp_path, "m", "1")


def test_only_the_noted_file_and_one_of_a_version(tmp_path: Path, models: Models, save: Any) -> None:
    path = made.save(tmp_path, FINE, sha256="0")
    with pytest.raises(BadInput, match="is not the file that was saved"):
        load(tmp_path, "m", "1")
    made.save(tmp_path, FINE)
    load(tmp_path, "m", "1")
    save(tmp_path, models["linear"][0])
    with pytest.raises(BadInput, match="two files of m 1"):
        load(tmp_path, "m", "1")
    with path.open("ab") as f:
        f.truncate(256 * 2**20 + 1)
    with pytest.raises(BadInput, match="larger than 256 MiB"):
        read(path)


def test_without_the_packages_it_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.save(tmp_path, FINE, model_version="absent", threshold=0.1)

    def missing(name: str) -> Any:
        if name == "onnxruntime":
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(onnx_files, "import_module", missing)
    monkeypatch.setattr("analytics.explanations.models._MODELS", type(load.__globals__["_MODELS"])())
    with pytest.raises(BadInput, match=r"onnx and onnxruntime are not both installed here\. .*bartizan\[onnx\]"):
        load(tmp_path, "m", "absent")


ROWS = np.array([[0.1, 0.2], [1.0, 2.0]])
MEAN = made.mean("m")
ANSWERS: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "no number": (
        [*MEAN, helper.make_node("Div", ["zero", "zero"], ["nan"]), helper.make_node("Mul", ["m", "nan"], ["score"])],
        {"zero": np.float32(0)}, "it gave nan, which is no probability .2 of 2",
    ),
    "no probability": (
        [*MEAN, helper.make_node("Add", ["m", "much"], ["score"])], {"much": np.float32(5)}, "is no probability",
    ),
    "one for all": ([*MEAN, helper.make_node("ReduceMean", ["m"], ["score"])], {}, "numbers of the shape 1 × 1 for 2"),
    "an error": (
        [*MEAN, helper.make_node("Gather", ["m", "far"], ["score"], axis=0)], {"far": np.array([99])},
        "it ended with an error",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(ANSWERS))
def test_answers_that_are_refused(tmp_path: Path, name: str) -> None:
    nodes, constants, why = ANSWERS[name]
    made.save(tmp_path, made.simple(nodes, axis=made.AXIS, **constants))
    loaded = load(tmp_path, "m", "1")
    with pytest.raises(BadInput, match=why) as refused:
        loaded.model.predict_proba(ROWS)
    assert refused.value.doing == "asking the model"
    found = att.attributions(loaded.model, loaded.note, ROWS, ROWS)
    assert isinstance(found, NotExplained) and found.why.startswith("The model cannot be asked: ")


def test_whole_numbers_are_not_cut(tmp_path: Path) -> None:
    nodes = [helper.make_node("Cast", ["x"], ["f"], to=1), *made.simple(made.mean(), axis=made.AXIS).graph.node]
    nodes[1].input[0] = "f"
    made.save(tmp_path, made.simple(nodes, kind=made.INT, axis=made.AXIS))
    model = load(tmp_path, "m", "1").model
    assert model.predict_proba(np.array([[1.0, 2.0]])).shape == (1, 2)
    with pytest.raises(BadInput, match="x takes whole numbers"):
        model.predict_proba(ROWS)


def test_whole_numbers_stay_whole_where_an_explanation_is_checked(tmp_path: Path) -> None:
    names = ("hits", "age")
    nodes = [
        *(helper.make_node("Cast", [name], [f"{name} as float"], to=1) for name in names),
        helper.make_node("Sub", [f"{name} as float" for name in names], ["more"]),
        helper.make_node("Sigmoid", ["more"], ["score"]),
    ]
    inputs = [helper.make_tensor_value_info(name, made.INT, ["rows", 1]) for name in names]
    x = np.random.default_rng(0).poisson((20, 22), (100, 2))
    frame = pd.DataFrame({"event_id": [f"k{i}" for i in range(100)], "f.hits": x[:, 0], "f.age": x[:, 1]})
    at = pd.date_range("2026-11-01", periods=100, freq="h")
    frame = frame.assign(model_id="k", model_version="1", occurred_at=at, score=expit(x[:, 0] - x[:, 1]))
    frame.to_parquet(tmp_path / "k.parquet")
    (tmp_path / "k.csv").write_text("model_id,model_version,threshold\nk,1,0.5\n")
    import_files(tmp_path / "w", "models", [str(tmp_path / "k.csv")])
    import_files(tmp_path / "w", "detections", [str(tmp_path / "k.parquet")])
    said = {"model_id": "k", "takes": "shape", "columns": list(names)}
    made.save(tmp_path / "w", made.model(nodes, inputs, {}), model_version="1", **said)
    told = measures.check(open_reader(tmp_path / "w", local_viewer()), Scope("k", "1"), "k7").result
    assert isinstance(told, Agreement) and told.n == 2


def test_a_model_without_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.save(tmp_path, made.endless())
    monkeypatch.setattr(onnx_models, "RUN_S", 0.2)
    with pytest.raises(BadInput, match=r"it ended with an error .* after 0\.2 seconds"):
        load(tmp_path, "m", "1").model.predict_proba(ROWS)


def test_texts_that_are_no_utf8_and_long_ones_are_read(saved: Path) -> None:
    for version in ("codes", "strings"):
        model = load(saved, "m", version).model
        hostile = ["\ud800", "a\0b", "😀\u202e", "", "x" * 100_000, *["y" * 40_000] * 40]
        found = model.predict_proba(hostile)[:, 1]
        assert found.shape == (45,) and np.isfinite(found).all()
        assert len(set(found[5:])) == 1


def test_a_text_of_a_fixed_length_is_cut_or_filled(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], to=1),
        helper.make_node("Mul", ["f", "small"], ["g"]),
        helper.make_node("ReduceSum", ["g", "axis"], ["score"], keepdims=1),
    ]
    file = made.simple(nodes, ("rows", 4), made.INT, small=np.float32(0.001), axis=made.AXIS)
    made.save(tmp_path, file, takes="text", columns=["payload"])
    model = load(tmp_path, "m", "1").model
    found = model.predict_proba(["", "a", "abcd", "abcde"])[:, 1]
    np.testing.assert_allclose(found, [0, 0.097, 0.394, 0.394], atol=1e-6)


def test_a_text_of_any_length_scores_the_same_beside_longer_ones(tmp_path: Path) -> None:
    """A share of all characters: what stood behind the end of the shorter ones would count."""
    nodes = [
        helper.make_node("Equal", ["x", "a"], ["same"]),
        helper.make_node("Cast", ["same"], ["there"], to=1),
        helper.make_node("ReduceMean", ["there", "axis"], ["score"], keepdims=1),
    ]
    made.save(
        tmp_path,
        made.simple(nodes, ("rows", "long"), made.INT, a=np.int64(ord("a")), axis=made.AXIS),
        takes="text",
        columns=["payload"],
    )
    model = load(tmp_path, "m", "1").model
    found = model.predict_proba(["a", "abbb", "", "aa", "ab", "bb"])[:, 1]
    np.testing.assert_allclose(found, [1, 0.25, 0, 1, 0.5, 0], atol=1e-6)
    assert model.predict_proba([]).shape == (0, 2)
