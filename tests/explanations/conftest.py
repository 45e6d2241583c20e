"""What tests of explanations share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.viewer import local_viewer
from analytics.warehouse import Reader, open_reader
from tests.explanations.made import KNOWN_ATTACK, TEXTS, fitted, make_frame, make_rows, make_warehouse, save_model


@pytest.fixture(scope="session")
def models() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Fitted models and their notes, by kind; nobody changes them."""
    return {k: (m, {**note, "sha256": k}) for k, (m, note) in fitted().items()}


@pytest.fixture(scope="session")
def save() -> Callable[..., Path]:
    """The writer of a model and its note into a folder; keywords replace what the note says."""
    return save_model


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """What the models of texts were fitted on."""
    return TEXTS


@pytest.fixture(scope="session")
def numbers() -> np.ndarray:
    """What the models of numbers were fitted on."""
    return make_rows()[0]


@pytest.fixture(scope="session")
def frame(models: dict[str, Any]) -> pd.DataFrame:
    """All detections: the independent truth."""
    return make_frame(models)


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory, models: dict[str, Any], frame: pd.DataFrame) -> Path:
    """A warehouse of them with their models beside it; copy it, never change it."""
    return make_warehouse(tmp_path_factory.mktemp("explanations"), models, frame)


@pytest.fixture(scope="session")
def known_attack() -> str:
    """The event of an attack that was let through and found later."""
    return KNOWN_ATTACK


@pytest.fixture
def reader(warehouse: Path) -> Reader:
    """A reader of this machine's user."""
    return open_reader(warehouse, local_viewer())
