"""Models saved as ONNX, asked for scores alone: what they take and give is held against their note first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np

from analytics.errors import BadInput
from analytics.explanations.onnx_files import DOING, STILL, Opened, Port, told

RUN_S = 30.0
"""Seconds after which a call is ended."""
_NUMBERS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64,
            "tensor(int32)": np.int32}  # fmt: skip
_STRING = "tensor(string)"
_MOST_CHARACTERS = 1_000_000
"""Of texts in one call."""
_NEAR = 1e-6
"""How far a probability may be outside of 0 to 1 by rounding."""


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """An ONNX model behind the one method that is asked of models here."""

    opened: Opened
    columns: tuple[str, ...]
    """As the note names them."""
    text: bool
    """Whether it takes texts."""
    output: str
    """Name of what holds the score."""

    @property
    def named(self) -> bool:
        """Tell whether it has an input for each column; else it takes all of them as one table."""
        return not self.text and {i.name for i in self.opened.inputs} == set(self.columns)

    def takes_texts(self) -> tuple[str, ...]:
        """Return the columns that it takes as texts."""
        return tuple(i.name for i in self.opened.inputs if i.type == _STRING) if self.named else ()

    def predict_proba(self, rows: Sequence[str] | np.ndarray) -> np.ndarray:
        """Return rows × 2: one less the score, and the score.

        Parameters
        ----------
        rows
            Texts, or rows × columns.

        Raises
        ------
        BadInput
            The model does not take them, does not come to an end, or gives no probability.
        """
        if not self.text:
            score = self._asked(rows)
        else:
            texts, score = [str(t) for t in rows], np.zeros(len(rows))
            for at in _in_parts(texts, alike=self._as_long_as_the_text):
                score[at] = self._asked([texts[i] for i in at])
        return np.column_stack([1 - score, score])

    @property
    def _as_long_as_the_text(self) -> bool:
        """Tell whether it takes rows of characters of any length: what it says of a text must not hang on others."""
        port = self.opened.inputs[0]
        return port.type != _STRING and not isinstance(port.shape[1], int)

    def _asked(self, rows: Any) -> np.ndarray:
        found = _run(self.opened.session, self.output, self._feed(rows))
        flat = found[:, -1] if found.ndim == 2 and found.shape[1] in (1, 2) else found
        if flat.shape != (len(rows),):
            shape = " × ".join(map(str, found.shape))
            raise _refused(f"it gave numbers of the shape {shape} for {len(rows):,} rows.", "It must give one a row.")
        score = flat.astype(np.float64)
        wrong = ~((score >= -_NEAR) & (score <= 1 + _NEAR))
        if wrong.any():
            found_ = f"it gave {score[wrong][0]:g}, which is no probability ({wrong.sum():,} of {len(score):,} inputs)."
            raise _refused(found_, "Its output must lie between 0 and 1.")
        return np.clip(score, 0, 1)

    def _feed(self, rows: Any) -> dict[str, np.ndarray]:
        every = self.opened.inputs
        if self.named:
            table = np.asarray(rows)
            return {i.name: _shaped(i, table[:, self.columns.index(i.name)]) for i in every}
        if not self.text:
            return {every[0].name: _numbers(every[0], np.asarray(rows))}
        if every[0].type != _STRING:
            return {every[0].name: _codes(rows, every[0])}
        return {every[0].name: _shaped(every[0], rows)}


def fitting(opened: Opened, note: dict[str, Any], text: bool, path: Path) -> OnnxModel:
    """Return the model of a file, where its inputs and outputs are what its note says.

    Raises
    ------
    BadInput
        They are not.
    """
    columns = tuple(note["columns"])
    every = opened.inputs
    why = _of_text(every) if text else _of_columns(every, columns)
    if not why and any(isinstance((i.shape or [1])[0], int) for i in every):
        why = "takes a fixed number of rows; its first dimension must be free."
    if why:
        raise BadInput(DOING, f"{told(path)} {why}", f"Export the model anew, or mend its note. {STILL}")
    wanted = note.get("output")
    outputs = [o.name for o in opened.outputs if o.type in ("tensor(float)", "tensor(double)")]
    if wanted is not None and wanted in outputs:
        outputs = [wanted]
    elif wanted is not None or len(outputs) != 1:
        names = ", ".join(outputs)
        found = f"{told(path)} has {len(outputs)} outputs of numbers ({names}), and its note names none of them."
        fix = "Say in its note which one is the score (output), and export it as numbers (for skl2onnx zipmap=False)."
        raise BadInput(DOING, found, f"{fix} {STILL}")
    return OnnxModel(opened, columns, text, outputs[0])


def _of_text(every: Sequence[Port]) -> str:
    """Return why inputs are not those of a model of texts; empty where they are."""
    if len(every) == 1:
        kind, shape = every[0].type, every[0].shape
        if kind == _STRING and _one_a_row(shape):
            return ""
        if kind in ("tensor(int64)", "tensor(int32)") and len(shape) == 2:
            return ""
    return f"takes {_said(every)}; a model of texts takes one column of text, or rows of whole numbers: characters."


def _of_columns(every: Sequence[Port], columns: tuple[str, ...]) -> str:
    """Return why inputs are not columns; empty where they are."""
    if {i.name for i in every} == set(columns):
        if all(_one_a_row(i.shape) and i.type in (*_NUMBERS, _STRING) for i in every):
            return ""
    elif len(every) == 1 and every[0].type in _NUMBERS and len(every[0].shape) == 2:
        width = every[0].shape[1]
        if not isinstance(width, int) or width == len(columns):
            return ""
    return f"takes {_said(every)}; its note names {len(columns)} columns ({', '.join(columns)})."


def _one_a_row(shape: Sequence[Any]) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _said(every: Sequence[Port]) -> str:
    """Return what inputs a model has."""
    listed = [f"{i.name}: {i.type.removeprefix('tensor(').removesuffix(')')} {i.shape}" for i in every]
    return "; ".join(listed) or "no input"


def _refused(found: str, fix: str) -> BadInput:
    return BadInput("asking the model", found, fix)


def _run(session: Any, output: str, feed: dict[str, np.ndarray]) -> np.ndarray:
    """Return an output, or say why there is none; a call that does not end is ended."""
    runtime: Any = import_module("onnxruntime")
    options = runtime.RunOptions()
    end = Timer(RUN_S, setattr, (options, "terminate", True))
    end.daemon = True
    end.start()
    try:
        return np.asarray(session.run([output], feed, options)[0])
    except Exception as e:  # onnxruntime has a class of errors for each of its states
        late = f", after {RUN_S:g} seconds" if options.terminate else ""
        raise _refused(f"it ended with an error ({type(e).__name__}{late}).", "It does not take such an input.") from e
    finally:
        end.cancel()


def _shaped(of: Port, values: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Return one column in the type and shape of an input."""
    if of.type == _STRING:
        column = np.empty(len(values), dtype=object)
        column[:] = [str(v).encode("utf-8", "replace").decode() for v in values]  # half a pair has no UTF-8
    else:
        column = _numbers(of, np.asarray(values, dtype=np.float64))
    return column.reshape(-1, 1) if len(of.shape) == 2 else column


def _numbers(of: Port, values: np.ndarray) -> np.ndarray:
    """Return numbers in the type of an input."""
    kind = _NUMBERS[of.type]
    if kind in (np.int32, np.int64) and not (values == np.round(values)).all():
        raise _refused(f"{of.name} takes whole numbers.", "Give one.")
    return values.astype(kind)


def _codes(texts: Sequence[str], of: Port) -> np.ndarray:
    """Return texts as the numbers of their characters (Unicode), 0 behind the end, as long as the model says.

    Where it takes any length, all of them have the same; the empty text is one 0.
    """
    fixed = isinstance(of.shape[1], int)
    wide = of.shape[1] if fixed else max(1, *map(len, texts))
    found = np.zeros((len(texts), wide), dtype=_NUMBERS[of.type])
    for row, text in zip(found, texts, strict=True):
        read = text[:wide]
        row[: len(read)] = [ord(c) for c in read]
    return found


def _in_parts(texts: Sequence[str], alike: bool) -> Iterator[np.ndarray]:
    """Yield places of texts in parts that a call can hold: the longest one tells how many.

    Parameters
    ----------
    alike
        Only texts of the same length go together.
    """
    long = np.array([len(t) for t in texts], dtype=int)
    for some in [np.flatnonzero(long == n) for n in np.unique(long)] if alike else [np.arange(len(texts))]:
        step = max(1, _MOST_CHARACTERS // int(long[some].max(initial=1)))
        for at in range(0, len(some), step):
            yield some[at : at + step]
