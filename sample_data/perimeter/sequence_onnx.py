"""The network over the signs of a text as an ONNX file: rows of the Unicode numbers of characters, of any length."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from sample_data.perimeter.sequence import OTHER, WIDTH, SequenceModel

_OPSET, _IR = 20, 10
"""Of 2023: what was made since is not needed."""


def saved(model: SequenceModel) -> bytes | None:
    """Return the content of the file; None where the package onnx is not installed."""
    try:
        onnx: Any = import_module("onnx")
    except ImportError:
        return None
    helper, kind = onnx.helper, onnx.TensorProto
    node = helper.make_node
    nodes = [
        node("Min", ["characters", "other"], ["code"]),
        node("Gather", ["place", "code"], ["sign"]),
        node("Gather", ["one_hot", "sign"], ["signs_last"]),
        node("Transpose", ["signs_last"], ["signs"], perm=[0, 2, 1]),
        node("Conv", ["signs", "filters", "shift"], ["match"], kernel_shape=[WIDTH], pads=[WIDTH, WIDTH]),
        node("Relu", ["match"], ["felt"]),
        node("ReduceMax", ["felt", "windows"], ["best"], keepdims=0),
        node("Cast", ["best"], ["exact"], to=kind.DOUBLE),  # sums in another order come to the same score
        node("Gemm", ["exact", "weight", "bias"], ["log_odds"]),
        node("Sigmoid", ["log_odds"], ["score"]),
    ]
    constants = {
        "other": np.array(OTHER),
        "place": model.place,
        "one_hot": np.eye(model.filters.shape[1], dtype=np.float32)[:, 1:],  # place 0 is no sign
        "filters": model.filters[:, 1:].transpose(2, 1, 0),
        "shift": model.shift,
        "windows": np.array([2]),
        "weight": model.weight[:, None].astype(np.float64),
        "bias": model.bias.astype(np.float64),
    }
    graph = helper.make_graph(
        nodes,
        "sequence",
        [helper.make_tensor_value_info("characters", kind.INT64, ["rows", "length"])],
        [helper.make_tensor_value_info("score", kind.DOUBLE, ["rows", 1])],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    return made.SerializeToString()
