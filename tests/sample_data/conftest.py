"""The recipes' files, written once a session from the public data sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from sample_data.recipes import RECIPES
from sample_data.recipes.step import Step


@dataclass(frozen=True)
class Written:
    """What one recipe wrote."""

    out: Path
    steps: list[Step]

    def frame(self, kind: str) -> pd.DataFrame:
        """All files of a kind, as they are (FLOAT stays FLOAT), under each other."""
        files = [path for step in self.steps if step.kind == kind for path in step.files]
        return pd.concat([read_as_written(path) for path in files], ignore_index=True)


def read_as_written(path: Path) -> pd.DataFrame:
    """Read a file with pandas alone: every digit kept, only empty fields missing."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".jsonl":
        return pd.DataFrame([json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line])
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="session")
def written(shared_data: Path, once: Callable[..., Written]) -> Callable[[str], Written]:
    """Write a recipe's files on first use; call with the name of the set."""

    @cache
    def write(name: str) -> Written:
        return once(name, lambda out: Written(out, RECIPES[name].write(shared_data, out)))

    return write
