"""Which columns of a model are categories, and which values of them it knows."""

from __future__ import annotations

from typing import Any

import numpy as np


def categories(model: Any, columns: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that a model knows of each of its categories; none where it takes any.

    Parameters
    ----------
    model
        ONNX with an input for each column, or a pipeline that begins with encoders of scikit-learn.
    columns
        As its note names them.
    """
    if hasattr(model, "takes_texts"):
        return dict.fromkeys(model.takes_texts(), ())
    first = model.steps[0][1] if type(model).__name__ == "Pipeline" else model
    parts = first.transformers_ if type(first).__name__ == "ColumnTransformer" else [("", first, columns)]
    found: dict[str, tuple[str, ...]] = {}
    for _, encoder, chosen in parts:
        begin = encoder.steps[0][1] if type(encoder).__name__ == "Pipeline" else encoder
        for column, known in zip(chosen, getattr(begin, "categories_", ()), strict=False):
            if np.asarray(known).dtype.kind in "OUT":
                name = column if isinstance(column, str) else columns[column]
                found[name] = tuple(str(v) for v in known)
    return found
