"""A small simulated perimeter, written once a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sample_data.perimeter import Written, load, write
from sample_data.perimeter.placing import Sample


@dataclass(frozen=True)
class Small:
    """A twentieth of the rows, all of the volume."""

    sample: Sample
    folder: Path
    written: list[Written]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The sample and its files."""
    sample = Sample(load(), datetime(2026, 11, 22, tzinfo=UTC), 1, 0.05)
    folder = tmp_path_factory.mktemp("perimeter")
    return Small(sample, folder, write(folder, sample.seed, sample.end, sample.scale))
