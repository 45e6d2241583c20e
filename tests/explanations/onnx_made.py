"""Models of scikit-learn written as ONNX by hand, and files that are none or would do harm."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, STRING, INT = TensorProto.FLOAT, TensorProto.STRING, TensorProto.INT64


def model(nodes: list[Any], inputs: list[Any], constants: dict[str, Any], output: str = "score", **more: Any) -> Any:
    """A model with one output of a number a row."""
    out = [helper.make_tensor_value_info(output, FLOAT, ["rows", 1])]
    made = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    graph = helper.make_graph(nodes, "made", inputs, out, made)
    opsets = [helper.make_opsetid(d, v) for d, v in (("", 20), ("ai.onnx.ml", 3), ("com.microsoft", 1))]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, **more)


def network(pipeline: Any) -> Any:
    """A StandardScaler and an MLPClassifier of one hidden layer, over a table of numbers."""
    scaler, last = pipeline[0], pipeline[1]
    single = lambda x: np.asarray(x, dtype=np.float32)  # noqa: E731
    constants = {"mean": scaler.mean_, "scale": scaler.scale_, "w1": last.coefs_[0], "b1": last.intercepts_[0],
                 "w2": last.coefs_[1], "b2": last.intercepts_[1]}  # fmt: skip
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "scale"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "w1", "b1"], ["first"]),
        helper.make_node("Relu", ["first"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "w2", "b2"], ["out"]),
        helper.make_node("Sigmoid", ["out"], ["score"]),
    ]
    table = [helper.make_tensor_value_info("x", FLOAT, ["rows", scaler.n_features_in_])]
    return model(nodes, table, {k: single(v) for k, v in constants.items()})


def grams(pipeline: Any, strings: bool = False) -> Any:
    """A TfidfVectorizer over characters and a LogisticRegression, over codes of characters or over texts."""
    read, last = pipeline[0], pipeline[1]
    names = list(read.get_feature_names_out())
    low, high = read.ngram_range
    by_length = [[g for g in names if len(g) == n] for n in range(1, high + 1)]
    starts = np.cumsum([0, *(len(g) * (i + 1) for i, g in enumerate(by_length[:-1]))])
    ordered = [g for part in by_length for g in part]
    pool = [c for g in ordered for c in g]
    constants = {"idf": read.idf_.astype(np.float32), "w": last.coef_.T.astype(np.float32),
                 "b": last.intercept_.astype(np.float32), "one": np.float32(1), "tiny": np.float32(1e-30)}  # fmt: skip
    pooled: dict[str, Any] = {"pool_strings": pool} if strings else {"pool_int64s": [ord(c) for c in pool]}
    counted = helper.make_node(
        "TfIdfVectorizer", ["tokens" if strings else "x"], ["n"], mode="TF", min_gram_length=low,
        max_gram_length=high, max_skip_count=0, ngram_counts=[int(s) for s in starts],
        ngram_indexes=[names.index(g) for g in ordered],
        **pooled,
    )  # fmt: skip
    cut = helper.make_node("Tokenizer", ["x"], ["tokens"], domain="com.microsoft", mark=0, mincharnum=1,
                           pad_value="", tokenexp="(.)")  # fmt: skip
    nodes = [
        *([cut] if strings else []),
        counted,
        helper.make_node("Max", ["n", "one"], ["least"]),
        helper.make_node("Log", ["least"], ["log"]),
        helper.make_node("Min", ["n", "one"], ["there"]),
        helper.make_node("Add", ["log", "there"], ["tf"]),
        helper.make_node("Mul", ["tf", "idf"], ["weighted"]),
        helper.make_node("ReduceL2", ["weighted", "axis"], ["length"], keepdims=1),
        helper.make_node("Max", ["length", "tiny"], ["long"]),
        helper.make_node("Div", ["weighted", "long"], ["unit"]),
        helper.make_node("Gemm", ["unit", "w", "b"], ["out"]),
        helper.make_node("Sigmoid", ["out"], ["score"]),
    ]
    given = (
        helper.make_tensor_value_info("x", STRING, ["rows"])
        if strings
        else (helper.make_tensor_value_info("x", INT, ["rows", "characters"]))
    )
    return model(nodes, [given], constants | {"axis": np.array([1])})


def save(folder: Path, made: Any, **said: Any) -> Path:
    """Save a model with its note; what is said replaces what the note would say."""
    note = {"model_id": "m", "model_version": "1", "takes": "shape", "columns": ["a", "b"], "threshold": 0.5, **said}
    path = folder / "models" / str(note["model_id"]) / f"{note['model_version']}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    note = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **note}
    path.with_suffix(".json").write_text(json.dumps(note))
    return path


def simple(nodes: list[Any], shape: Sequence[Any] = ("rows", 2), kind: int = FLOAT, **constants: Any) -> Any:
    """A model of an input x; its nodes end in score."""
    return model(nodes, [helper.make_tensor_value_info("x", kind, shape)], constants)


def mean(ends: str = "score") -> list[Any]:
    """The mean of a row, between 0 and 1."""
    return [
        helper.make_node("ReduceMean", ["x", "axis"], ["middle"], keepdims=1),
        helper.make_node("Sigmoid", ["middle"], [ends]),
    ]


AXIS = np.array([1])


def external() -> Any:
    """A model whose weights lie in another file."""
    made = simple([helper.make_node("MatMul", ["x", "w"], ["score"])], w=np.zeros((2, 1), np.float32))
    tensor = made.graph.initializer[0]
    onnx.external_data_helper.set_external_data(tensor, "../../../../etc/passwd")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    return made


def hidden_external() -> Any:
    """The same inside a branch."""

    def branch(name: str) -> Any:
        value = numpy_helper.from_array(np.zeros((1, 1), np.float32), "v")
        node = helper.make_node("Constant", [], [name], value=value)
        return helper.make_graph([node], name, [], [helper.make_tensor_value_info(name, FLOAT, [1, 1])])

    then = branch("then")
    tensor = then.node[0].attribute[0].t
    onnx.external_data_helper.set_external_data(tensor, "weights.bin")
    return simple([helper.make_node("If", ["yes"], ["score"], then_branch=then, else_branch=branch("other"))],
                  yes=np.array(True))  # fmt: skip


def endless() -> Any:
    """A loop that has no end."""
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["v"], ["w"])], "body",
        [value("i", INT, []), value("go", TensorProto.BOOL, []), value("v", FLOAT, None)],
        [value("on", TensorProto.BOOL, []), value("w", FLOAT, None)],
    )  # fmt: skip
    loop = helper.make_node("Loop", ["", "yes", "x"], ["all"], body=body)
    sum_ = helper.make_node("ReduceMean", ["all", "axis"], ["score"], keepdims=1)
    return simple([loop, sum_], yes=np.array(True), axis=AXIS)


def with_category(pipeline: Any) -> Any:
    """A one-hot encoder of a word, a number as it is, and a LogisticRegression: an input for each column."""
    known = pipeline[0].named_transformers_["word"].categories_[0]
    coef = pipeline[1].coef_[0]
    weights = [float(w) for w in coef[: len(known)]]
    constants = {"w": np.array([coef[-1]], np.float32), "b": pipeline[1].intercept_.astype(np.float32)}
    nodes = [
        helper.make_node("LabelEncoder", ["protocol"], ["kind"], domain="ai.onnx.ml",
                         keys_strings=[str(k) for k in known], values_floats=weights, default_float=0.0),
        helper.make_node("Mul", ["size", "w"], ["large"]),
        helper.make_node("Add", ["kind", "large"], ["both"]),
        helper.make_node("Add", ["both", "b"], ["out"]),
        helper.make_node("Sigmoid", ["out"], ["score"]),
    ]  # fmt: skip
    inputs = [helper.make_tensor_value_info("size", FLOAT, ["rows", 1]),
              helper.make_tensor_value_info("protocol", STRING, ["rows", 1])]  # fmt: skip
    return model(nodes, inputs, constants)
