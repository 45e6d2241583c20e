"""Files of models saved as ONNX: parsed and looked through before they are run.

A file may hold operators of the standard, and all of its numbers itself; it is run by onnxruntime on the processor
alone, in one thread. The packages are an extra: nothing else but what writes such a file needs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from analytics.errors import BadInput

DOING = "loading a model"
STILL = "Scores, thresholds and labels need no model file: only the explanation is missing."


def told(path: Path) -> str:
    """Return a model file as people are told of it: its place beside the warehouse, no folder of the machine."""
    return "/".join(path.parts[-3:])


_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
"""Of the standard."""
_TOKENIZER = ("com.microsoft", "Tokenizer")
"""Cuts texts into words or characters: the one operator beyond the standard, which converters use for texts."""
_EXTERNAL = 1
"""TensorProto.EXTERNAL."""


class Port(NamedTuple):
    """An input or an output."""

    name: str
    type: str
    """As onnxruntime says it: ``tensor(float)``."""
    shape: list[Any]
    """A number of each dimension that is fixed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be run."""

    session: Any
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def opened(content: bytes, path: Path) -> Opened:
    """Return what runs a file's content.

    Parameters
    ----------
    path
        For messages alone: nothing is read from it.

    Raises
    ------
    BadInput
        The packages are not there, or the content is no model that may be run here.
    """
    onnx, runtime = _packages(path)
    try:
        model = onnx.load_model_from_string(content)
    except Exception as e:  # a damaged file can fail anywhere inside protobuf
        raise _no_model(path, e) from e
    if why := next(_faults(model), ""):
        raise BadInput(DOING, f"{told(path)} {why}", f"Export the model without that. {STILL}")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is raised; its words may hold text from the file
    options.add_session_config_entry("session.load_model_format", "ONNX")
    runtime.disable_telemetry_events()
    try:
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"], enable_fallback=0)
        ins, outs = (
            tuple(Port(p.name, p.type, list(p.shape)) for p in ports)
            for ports in (session.get_inputs(), session.get_outputs())
        )
        return Opened(session, ins, outs)
    except Exception as e:  # onnxruntime has a class of errors for each of its states
        raise _no_model(path, e) from e


def _packages(path: Path) -> tuple[Any, Any]:
    try:
        return import_module("onnx"), import_module("onnxruntime")
    except ImportError as e:
        found = f"{told(path)} is an ONNX model, and the packages onnx and onnxruntime are not both installed here."
        fix = "Install them: pip install 'bartizan[onnx]', or make setup in the folder of Bartizan."
        raise BadInput(DOING, found, f"{fix} {STILL}") from e


def _no_model(path: Path, error: Exception) -> BadInput:
    found = f"{told(path)} cannot be read as an ONNX model ({type(error).__name__})."
    return BadInput(DOING, found, f"Export it again, with its note. {STILL}")


def _faults(model: Any) -> Iterator[str]:
    """Yield what a parsed file may not hold."""
    if not model.graph.node:
        yield "holds no operators."
    if model.functions:
        yield "defines operators of its own."
    for graph in _graphs(model.graph):
        for tensor in _tensors(graph):
            if tensor.data_location == _EXTERNAL or tensor.external_data:
                yield "keeps numbers in another file (external data)."
        for node in graph.node:
            if node.domain not in _DOMAINS and (node.domain, node.op_type) != _TOKENIZER:
                yield f"needs an operator that is not of the standard ({node.domain}: {node.op_type})."


def _graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph and all those inside its loops and branches."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs):
                yield from _graphs(inner)


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield the constants of a graph."""
    yield from graph.initializer
    sparse = list(graph.sparse_initializer)
    for node in graph.node:
        for attribute in node.attribute:
            yield from [attribute.t, *attribute.tensors]
            sparse += [attribute.sparse_tensor, *attribute.sparse_tensors]
    for one in sparse:
        yield from (one.values, one.indices)
