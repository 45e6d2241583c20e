"""What all recipes share: the steps they return, invented times, and the files of the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.warehouse.contract import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """Files of one kind that are imported together."""

    kind: Kind
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one public data set becomes model outputs."""

    name: str
    """Name of the set, and of its folder in the data directory."""
    title: str
    """One line: what is scored by what."""
    invented: str
    """What the data set does not say and the recipe made up; stands in the notes of every model."""
    write: Callable[[Path, Path], list[Step]]
    """``write(data, out)``: read the set below ``data``, write into ``out``, return the import steps."""


def source(data: Path, folder: str, *names: str) -> list[Path]:
    """Return the named files of a data set.

    Raises
    ------
    BadInput
        If one of them is not there.
    """
    paths = [data / folder / name for name in names]
    for path in paths:
        if not path.is_file():
            raise BadInput(
                f"reading the data set {folder}",
                f"there is no file {path}.",
                "Name the directory that holds the data sets with --data.",
            )
    return paths


def invented_times(n: int, start: datetime, days: int, seed: int) -> pd.DatetimeIndex:
    """Spread n events evenly over a window, in shuffled order.

    Shuffled, because the order of the rows in a file means nothing and must not look like a trend.

    Parameters
    ----------
    n
        Number of events.
    start
        Start of the window, aware.
    days
        Its length in days.
    seed
        Of the shuffle.

    Returns
    -------
    pandas.DatetimeIndex
        n UTC times in [start, start + days), whole seconds.
    """
    seconds = days * 86_400 * np.random.default_rng(seed).permutation(n) // n
    return pd.DatetimeIndex(pd.Timestamp(start) + pd.to_timedelta(seconds, unit="s")).tz_convert("UTC")


def judged(score: Sequence[float] | np.ndarray | pd.Series, threshold: float) -> np.ndarray:
    """Return the decision of each score: ``alert`` at and above the threshold, else ``allow``."""
    return np.where(np.asarray(score) >= threshold, "alert", "allow")


def write_models(path: Path, models: Sequence[Mapping[str, Any]]) -> Step:
    """Write model versions as CSV and return the step that registers them."""
    pd.DataFrame(models).to_csv(path, index=False)
    return Step("models", (path,))


def write_lines(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as JSON lines; numbers keep every digit, missing values are left out.

    ``DataFrame.to_json`` rounds to 15 digits, which is not enough for a score.
    """
    times = frame.select_dtypes("datetimetz").columns
    frame = frame.assign(**{name: frame[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in times})
    with path.open("w", encoding="utf-8") as out:
        for row in frame.to_dict("records"):
            kept = {name: value for name, value in row.items() if not pd.isna(value)}
            out.write(json.dumps(kept, ensure_ascii=False) + "\n")
