"""How much of each technique the version in use catches: believable, as a scenario of a bank should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sample_data.perimeter import load, models
from sample_data.perimeter.models import CHAMPION

pytestmark = pytest.mark.slow
SCENARIO = load()


def recall_by_technique(service: str) -> pd.Series:
    """Recall of a trained champion on attacks that it was not trained on."""
    numbers, rng = SCENARIO.services[service], np.random.default_rng(3)
    trained = models.train(SCENARIO, numbers, rng)
    attacks = models.attacks(numbers, 6000, rng)
    caught = trained.score(attacks)[CHAMPION] >= trained.thresholds[CHAMPION]
    return pd.Series(caught).groupby(attacks["technique"]).agg(["mean", "size"])[lambda r: r["size"] >= 100]["mean"]


@pytest.mark.parametrize("service", SCENARIO.services)
def test_no_technique_is_caught_almost_always(service: str) -> None:
    found = recall_by_technique(service)
    assert len(found) >= 2
    assert found.max() < 0.97
    assert found.min() > 0.1


def test_of_domain_names_word_lists_pass_and_classic_families_are_caught() -> None:
    found = recall_by_technique("dns")
    assert 0.12 < found.pop("dga: word list") < 0.28
    assert set(found.index) == {"dga: congruential letters", "dga: hashed date"}
    assert found.between(0.82, 0.97).all()
