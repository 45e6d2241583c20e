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
    parts = first.transformers_ if type(first).__name__ == "ColumnTransformer" else [("", first, slice(None))]
    found: dict[str, tuple[str, ...]] = {}
    for _, encoder, chosen in parts:
        steps = [step for _, step in encoder.steps] if type(encoder).__name__ == "Pipeline" else [encoder]
        every = next((step.categories_ for step in steps if hasattr(step, "categories_")), ())
        for name, known in zip(_names(steps[0], chosen, columns) if len(every) else (), every, strict=True):
            if np.asarray(known).dtype.kind in "OUT":
                found[name] = tuple(str(v) for v in known if v is not None and v == v)  # NaN is no value
    return found


def _names(fitted: Any, chosen: Any, columns: list[str]) -> list[str]:
    """Return the columns that a step was fitted on; without names these were chosen by place, a slice or a mask."""
    return list(getattr(fitted, "feature_names_in_", ())) or np.array(columns)[chosen].tolist()
